using System.Text;

namespace SafeAI.Migration;

/// <summary>
/// One row on its way from a source to a destination. The class of a record is emitted once per schema and has
/// one settable property per field, so that PowerShell treats it like any typed object; the methods here are the
/// engine's way in, and are methods so that they do not show among the fields.
/// </summary>
public abstract class Record
{
#pragma warning disable CA1051 // The emitted classes read and write the array directly; a property would cost a call per value.
    /// <summary>The values in the schema's order.</summary>
    protected readonly object?[] Values;
#pragma warning restore CA1051

    private readonly RecordSchema _schema;
    private readonly RecordSource _source;
    private readonly long _ordinal;
    private readonly long _line;

    /// <summary>Called by the emitted classes only; use <see cref="RecordSchema.CreateRecord"/>.</summary>
    protected Record(RecordSchema schema, object?[] values, RecordSource source, long ordinal, long line)
    {
        _schema = schema;
        Values = values;
        _source = source;
        _ordinal = ordinal;
        _line = line;
    }

    /// <summary>The shape of this record.</summary>
    public RecordSchema GetSchema() => _schema;

    /// <summary>The stream that this record came from.</summary>
    public RecordSource GetSource() => _source;

    /// <summary>Where this record was read.</summary>
    public RecordPosition GetPosition() => new(_source.Name, _ordinal, _line);

    /// <summary>The value at a place.</summary>
    /// <param name="ordinal">The field's place, from 0.</param>
    public object? GetValue(int ordinal) => Values[ordinal];

    /// <summary>Sets the value at a place.</summary>
    /// <param name="ordinal">The field's place, from 0.</param>
    /// <param name="value">A value of the field's type, or null.</param>
    /// <exception cref="InvalidCastException">The value is of another type.</exception>
    public void SetValue(int ordinal, object? value)
    {
        var field = _schema.Fields[ordinal];
        if (value is not null && !field.Type.IsInstanceOfType(value))
            throw new InvalidCastException($"The field '{field.Name}' holds {field.Type.Name}, not {value.GetType().Name}.");
        Values[ordinal] = value;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder(_schema.Name).Append(' ').Append('{');
        for (var i = 0; i < Values.Length && text.Length < 200; i++)
            text.Append(i == 0 ? " " : ", ").Append(_schema.Fields[i].Name).Append('=').Append(Values[i] ?? "null");
        return text.Append(" }").ToString();
    }
}
