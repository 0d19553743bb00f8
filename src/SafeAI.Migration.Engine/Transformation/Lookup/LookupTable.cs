using System.Globalization;
using SafeAI.Migration.Engine.Extraction;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>The rows of a lookup by key: in memory while there are few, in a temporary file beyond that.</summary>
public sealed class LookupTable : IDisposable
{
    private readonly LookupMapping _mapping;
    private readonly KeyTable _rows;
    private readonly List<string> _fields = [];
    private UInt128 _lastKey;
    private object?[]? _lastRow;
    private bool _hasLast;

    private LookupTable(LookupMapping mapping, int memoryLimit)
    {
        _mapping = mapping;
        _rows = new KeyTable(memoryLimit);
    }

    /// <summary>How many keys there are.</summary>
    public long Count => _rows.Count;

    /// <summary>The fields that can be looked up.</summary>
    public IReadOnlyList<string> Fields => _fields;

    /// <summary>Reads a lookup whole.</summary>
    /// <param name="mapping">What it is called and looked up by.</param>
    /// <param name="source">The source of its rows; the caller disposes of it.</param>
    /// <param name="memoryLimit">How many rows are held in memory; more go to a temporary file.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <exception cref="MigrationException">A field is not there, a row is bad, or a key occurs twice or is null.</exception>
    public static async Task<LookupTable> LoadAsync(
        LookupMapping mapping, IRecordSource source, int memoryLimit = KeyTable.DefaultMemoryLimit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(mapping);
        ArgumentNullException.ThrowIfNull(source);
        var table = new LookupTable(mapping, memoryLimit);
        try
        {
            RecordSchema? schema = null;
            int[] key = [], fields = [];
            await foreach (var batch in source.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                // A row that is left out would be a value that is silently missing later.
                if (batch.Rejects.Count > 0)
                    throw table.Fail(batch.Rejects[0].Code, $"has a bad row: {batch.Rejects[0]}", "Correct the row.", batch.Rejects[0].Position);
                foreach (var record in batch.Records)
                {
                    if (!ReferenceEquals(record.GetSchema(), schema))
                    {
                        schema = record.GetSchema();
                        (key, fields) = table.Bind(schema);
                    }

                    table.Add(record, key, fields);
                }
            }

            return table;
        }
        catch
        {
            table.Dispose();
            throw;
        }
    }

    internal int IndexOf(string field) => _fields.FindIndex(f => f.Equals(field, StringComparison.OrdinalIgnoreCase));

    internal object?[]? Find(ReadOnlySpan<string> key)
    {
        var id = KeyTable.KeyOf(key);
        if (_hasLast && id == _lastKey)
            return _lastRow;
        _lastRow = _rows.Find(id) is { } bytes ? ValueCodec.Decode(bytes) : null;
        _lastKey = id;
        _hasLast = true;
        return _lastRow;
    }

    /// <inheritdoc/>
    public void Dispose() => _rows.Dispose();

    private (int[] Key, int[] Fields) Bind(RecordSchema schema)
    {
        var faults = new FaultList();
        int[] Places(IEnumerable<string> names, string member) => [.. names.Select(n =>
        {
            var index = schema.IndexOf(n);
            if (index < 0)
                FieldResolver.Report(schema, faults, n, MappingElement.Join(_mapping.Path, member));
            return index;
        })];
        if (_fields.Count == 0)
            _fields.AddRange(_mapping.Fields.Count > 0 ? _mapping.Fields : schema.Fields.Select(f => f.Name));
        var key = Places(_mapping.Key, "key");
        var fields = Places(_fields, "fields");
        faults.ThrowIfAny($"lookup {_mapping.Name}");
        return (key, fields);
    }

    private void Add(Record record, int[] key, int[] fields)
    {
        var texts = new string[key.Length];
        for (var i = 0; i < key.Length; i++)
        {
            var value = record.GetValue(key[i]);
            if (value is null && _mapping.NullKeys == NullKeyPolicy.Skip)
                return;
            texts[i] = GraphText.Format(value);
            if (texts[i].Length == 0 && _mapping.NullKeys == NullKeyPolicy.Error)
                throw Fail(ErrorCode.MissingValue, $"has a row without '{_mapping.Key[i]}', at {record.GetPosition()}.", "Give the row a key, or choose \"nullKeys\": \"skip\".", record.GetPosition());
        }

        var row = ValueCodec.Encode([.. fields.Select(record.GetValue)]);
        var id = KeyTable.KeyOf(texts);
        if (_mapping.Duplicates == DuplicatePolicy.Last)
            _rows.Set(id, row);
        else if (_rows.GetOrAdd(id, row) is not null && _mapping.Duplicates == DuplicatePolicy.Error)
            throw Fail(ErrorCode.DuplicateKey, $"has the key '{string.Join(", ", texts)}' twice, the second time at {record.GetPosition()}.",
                "Remove one, or choose \"duplicates\": \"first\" or \"last\".", record.GetPosition());
    }

    private MigrationException Fail(string code, string what, string remedy, RecordPosition position) =>
        new(code, string.Create(CultureInfo.InvariantCulture, $"The lookup '{_mapping.Name}' {what}"), remedy)
        {
            Stage = MigrationStage.Transform,
            Position = position,
        };
}

/// <summary>A value from the row of a lookup that the record's fields name; null where one of those is null, or an empty text that is no key.</summary>
internal sealed class LookupSource(LookupUse use, LookupTable table, int field, ValueSource[] key) : ValueSource
{
    private readonly string[] _texts = new string[key.Length];

    public override string? Field { get; } = string.Join(", ", key.Select(k => k.Field));

    public override bool IsPrivate { get; } = Array.Exists(key, k => k.IsPrivate);

    public override object? Get(Evaluation evaluation)
    {
        var hasEmpty = false;
        for (var i = 0; i < key.Length; i++)
        {
            var value = key[i].Get(evaluation);
            if (evaluation.Failed || value is null)
                return null;
            _texts[i] = GraphText.Format(value);
            hasEmpty |= _texts[i].Length == 0;
        }

        if (table.Find(_texts) is { } row)
            return row[field];
        if (use.IsOptional || hasEmpty)
            return null;
        evaluation.IsUnfound = !evaluation.Failed;
        return evaluation.Fail(
            ErrorCode.MissingValue,
            $"'{string.Join(", ", _texts)}' is not in the lookup '{use.Lookup}'. Add it there, or choose \"missing\": \"null\".", string.Join(", ", _texts));
    }
}
