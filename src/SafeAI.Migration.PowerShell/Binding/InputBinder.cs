using System.Collections;
using System.Data;
using System.Management.Automation;

namespace SafeAI.Migration.PowerShell.Binding;

/// <summary>
/// Makes records of whatever comes down a pipeline: records pass as they are; hash tables, data rows, and objects
/// with properties, such as those of <c>Import-Csv</c>, become records of a schema learnt from their names.
/// </summary>
internal sealed class InputBinder
{
    private readonly RecordSource _source = new("pipeline");
    private readonly List<(string[] Names, RecordSchema Schema)> _schemas = [];
    private long _ordinal;

    /// <summary>The stream of the records made here.</summary>
    public RecordSource Source => _source;

    /// <summary>Makes a record.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.UnsupportedInput"/>: it has no named values.</exception>
    public Record Bind(object? value)
    {
        if (PipelineInput.Base(value) is Record record)
            return record;
        if (value is null)
            throw new MigrationException(
                ErrorCode.UnsupportedInput, $"{PipelineInput.Describe(value)} came down the pipeline, which is no record.", "Leave null out of the lists that are passed.");
        var input = PSObject.AsPSObject(value);
        var (names, values) = input.BaseObject switch
        {
            IDictionary dictionary => FromDictionary(dictionary),
            DataRow row => ([.. row.Table.Columns.Cast<DataColumn>().Select(c => c.ColumnName)], [.. row.ItemArray.Select(v => v is DBNull ? null : v)]),
            _ => FromProperties(input),
        };
        if (names.Length == 0 || input.BaseObject is string || input.BaseObject.GetType().IsPrimitive)
            throw new MigrationException(
                ErrorCode.UnsupportedInput, $"{PipelineInput.Describe(input)} came down the pipeline, which has no named values.",
                "Pass records, hash tables, data rows, or objects with properties such as those of Import-Csv.");
        _source.AddRead();
        return SchemaFor(names).CreateRecord(values, _source, ++_ordinal);
    }

    /// <summary>The value itself, without PowerShell's wrapping, lists and tables included.</summary>
    public static object? Unwrap(object? value)
    {
        // What a statement without output leaves, for instance an "if" in the literal of an object.
        if (ReferenceEquals(value, System.Management.Automation.Internal.AutomationNull.Value))
            return null;
        if (value is PSObject wrapped)
            value = wrapped.BaseObject is PSCustomObject ? ToTable(wrapped) : wrapped.BaseObject;
        return value switch
        {
            DBNull => null,
            IDictionary dictionary => UnwrapTable(dictionary),
            object?[] list => Array.ConvertAll(list, Unwrap),
            _ => value,
        };
    }

    private static Hashtable ToTable(PSObject wrapped)
    {
        var table = new Hashtable();
        foreach (var property in wrapped.Properties)
            table[property.Name] = property.Value;
        return table;
    }

    private static System.Collections.Specialized.OrderedDictionary UnwrapTable(IDictionary dictionary)
    {
        var copy = new System.Collections.Specialized.OrderedDictionary(dictionary.Count);
        foreach (DictionaryEntry entry in dictionary)
            copy[entry.Key.ToString()!] = Unwrap(entry.Value);
        return copy;
    }

    private static (string[], object?[]) FromDictionary(IDictionary dictionary)
    {
        var names = new List<string>(dictionary.Count);
        var values = new List<object?>(dictionary.Count);
        foreach (DictionaryEntry entry in dictionary)
        {
            names.Add(entry.Key.ToString()!);
            values.Add(Unwrap(entry.Value));
        }

        // A hash table has no order of its own: without one, each would have a schema of its own.
        if (dictionary is Hashtable)
        {
            var order = Enumerable.Range(0, names.Count).OrderBy(i => names[i], StringComparer.Ordinal).ToArray();
            return ([.. order.Select(i => names[i])], [.. order.Select(i => values[i])]);
        }

        return ([.. names], [.. values]);
    }

    private static (string[], object?[]) FromProperties(PSObject input)
    {
        var names = new List<string>();
        var values = new List<object?>();
        foreach (var property in input.Properties)
        {
            if (!property.IsGettable)
                continue;
            names.Add(property.Name);
            values.Add(Unwrap(ValueOf(property)));
        }

        return ([.. names], [.. values]);
    }

    private static object? ValueOf(PSPropertyInfo property)
    {
        try
        {
            return property.Value;
        }
        catch (GetValueException e)
        {
            throw new MigrationException(
                ErrorCode.UnsupportedInput, $"The property '{property.Name}' of an object in the pipeline cannot be read: {(e.InnerException ?? e).Message}",
                "Correct what computes it, or leave it out with Select-Object.", e);
        }
    }

    private RecordSchema SchemaFor(string[] names)
    {
        for (var i = _schemas.Count - 1; i >= 0; i--)
        {
            if (_schemas[i].Names.AsSpan().SequenceEqual(names))
                return _schemas[i].Schema;
        }

        var schema = new RecordSchema("pipeline", names.Select(n => new RecordField(n, typeof(object))));
        _schemas.Add((names, schema));
        return schema;
    }
}
