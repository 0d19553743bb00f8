using System.Collections.Frozen;

namespace SafeAI.Migration;

/// <summary>
/// The immutable shape of the records of one source: named, typed fields in order, and which of them are the key.
/// All records of a stream share one schema; schemas of the same shape share one emitted record class.
/// </summary>
public sealed class RecordSchema
{
    /// <summary>Members of <see cref="Record"/> and <see cref="object"/> that a property must not hide.</summary>
    private static readonly FrozenSet<string> s_reserved = FrozenSet.ToFrozenSet(
        ["Equals", "GetHashCode", "GetType", "ToString", "GetValue", "SetValue", "GetSchema", "GetPosition", "GetSource", "Values"],
        StringComparer.OrdinalIgnoreCase);

    private readonly RecordField[] _fields;
    private readonly FrozenDictionary<string, int> _byName;
    private readonly FrozenDictionary<string, int> _byNameIgnoringCase;
    private Func<RecordSchema, object?[], RecordSource, long, long, Record>? _factory;

    /// <summary>Creates a schema.</summary>
    /// <param name="name">What the records are, for instance the table or the file's name without its ending.</param>
    /// <param name="fields">The fields in order; two may not have exactly the same name.</param>
    /// <param name="key">The names of the key's fields in order, or nothing.</param>
    /// <exception cref="ArgumentException">A name occurs twice, or a key field does not exist.</exception>
    public RecordSchema(string name, IEnumerable<RecordField> fields, IEnumerable<string>? key = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(fields);
        Name = name;

        var taken = new HashSet<string>(s_reserved, StringComparer.OrdinalIgnoreCase);
        var placed = new List<RecordField>();
        foreach (var field in fields)
        {
            // A class cannot have a property without a name, or with a zero character in it.
            var property = field.Name.Length == 0 ? $"Column{placed.Count + 1}" : field.Name.Replace('\0', '_');
            string? note = null;
            if (!taken.Add(property))
            {
                var suffix = 2;
                while (!taken.Add($"{property}_{suffix}"))
                    suffix++;
                property = $"{property}_{suffix}";
                note = $"The property is named '{property}' because '{field.Name}' is taken.";
            }

            placed.Add(field.Place(placed.Count, property, note));
        }

        _fields = [.. placed];
        var exact = new Dictionary<string, int>(_fields.Length, StringComparer.Ordinal);
        var ignoringCase = new Dictionary<string, int>(_fields.Length, StringComparer.OrdinalIgnoreCase);
        foreach (var field in _fields)
        {
            if (!exact.TryAdd(field.Name, field.Ordinal))
                throw new ArgumentException($"The schema '{name}' has two fields named '{field.Name}'.", nameof(fields));
            ignoringCase.TryAdd(field.Name, field.Ordinal);
        }

        // The property's own name also finds the field, unless it is another field's name.
        foreach (var field in _fields)
        {
            exact.TryAdd(field.PropertyName, field.Ordinal);
            ignoringCase.TryAdd(field.PropertyName, field.Ordinal);
        }

        _byName = exact.ToFrozenDictionary(StringComparer.Ordinal);
        _byNameIgnoringCase = ignoringCase.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
        Key = [.. (key ?? []).Select(k => IndexOf(k) is var i and >= 0
            ? _fields[i]
            : throw new ArgumentException($"The schema '{name}' has no field '{k}' to be its key.", nameof(key)))];
    }

    /// <summary>What the records are, for instance the table or the file's name without its ending.</summary>
    public string Name { get; }

    /// <summary>The database's schema that the table is in; null where there is none. It tells tables of one name apart.</summary>
    public string? Namespace { get; init; }

    /// <summary>The fields in order.</summary>
    public IReadOnlyList<RecordField> Fields => _fields;

    /// <summary>The fields that identify a record at the source, in the key's order; empty where none are known.</summary>
    public IReadOnlyList<RecordField> Key { get; }

    /// <summary>Finds a field by its name: exactly, else ignoring case.</summary>
    /// <returns>The field's place, or -1.</returns>
    public int IndexOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _byName.TryGetValue(name, out var index) || _byNameIgnoringCase.TryGetValue(name, out index) ? index : -1;
    }

    /// <summary>The class of this schema's records, derived from <see cref="Record"/>.</summary>
    public Type RecordType => RecordTypes.For(this);

    /// <summary>Makes a record. The array belongs to the record from now on.</summary>
    /// <param name="values">One value per field, of the field's type or null. Not checked: a source promises it.</param>
    /// <param name="source">The stream that the record belongs to.</param>
    /// <param name="ordinal">The record's number in its stream, from 1.</param>
    /// <param name="line">The line on which it starts in its file, from 1; 0 where there are no lines.</param>
    public Record CreateRecord(object?[] values, RecordSource source, long ordinal, long line = 0)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(source);
        if (values.Length != _fields.Length)
            throw new ArgumentException($"{values.Length} values for the {_fields.Length} fields of '{Name}'.", nameof(values));
        return (_factory ??= RecordTypes.FactoryFor(this))(this, values, source, ordinal, line);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({string.Join(", ", _fields.Select(f => f.Name))})";
}
