using System.Runtime.CompilerServices;
using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Files;

namespace SafeAI.Migration.Engine.Export;

/// <summary>Reads an exported file back: every value gets the type that it had, by the schema file beside it.</summary>
public sealed class TypedRecordSource : IRecordSource
{
    private readonly IRecordSource _inner;
    private readonly SchemaFile _file;
    private readonly RecordSchema _schema;
    private readonly bool _isText;
    private readonly Dictionary<RecordSchema, int[]> _places = new(ReferenceEqualityComparer.Instance);

    private TypedRecordSource(IRecordSource inner, SchemaFile file, bool isText)
    {
        _inner = inner;
        _file = file;
        _isText = isText;
        _schema = new RecordSchema(file.Name, file.Columns.Select(c => new RecordField(c.Name, c.Type, c.SourceType, c.IsNullable)), file.Key);
    }

    /// <inheritdoc/>
    public RecordSource Source => _inner.Source;

    /// <inheritdoc/>
    public SourceMetadata Metadata => _inner.Metadata;

    /// <summary>Opens a file.</summary>
    /// <param name="options">The file and how it is read.</param>
    /// <param name="schemaPath">The schema file that the export wrote.</param>
    /// <exception cref="MigrationException">A file cannot be read, or the schema file is none.</exception>
    public static TypedRecordSource Open(FileSourceOptions options, string schemaPath)
    {
        ArgumentNullException.ThrowIfNull(options);
        var file = SchemaFile.Load(schemaPath);
        // Only CSV has a delimiter; with a NUL in it, it would not be told from its content.
        if (file.Delimiter is { } delimiter)
            options = options with { Format = options.Format ?? FileFormat.Csv, Csv = options.Csv with { Delimiter = options.Csv.Delimiter ?? delimiter } };
        var inner = FileSources.Open(options);
        return new TypedRecordSource(inner, file, inner.Metadata.Format is "csv");
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<RecordBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var batch in _inner.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var records = new List<Record>(batch.Records.Count);
            var rejects = batch.Rejects.ToList();
            foreach (var record in batch.Records)
            {
                var field = "";
                try
                {
                    records.Add(Read(record, ref field));
                }
                catch (FormatException e)
                {
                    rejects.Add(new Reject(MigrationStage.Extract, ErrorCode.ConversionFailed, e.Message, record.GetPosition()) { Field = field, Record = record, Exception = e });
                }
            }

            Metadata.Schema = _schema;
            yield return batch with { Records = records, Rejects = rejects };
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _inner.DisposeAsync();

    private Record Read(Record record, ref string field)
    {
        var schema = record.GetSchema();
        if (!_places.TryGetValue(schema, out var places))
        {
            var names = schema.Fields.Select(f => _file.IsGuarded ? FormulaGuard.Unguard(f.Name) : f.Name).ToList();
            _places.Add(schema, places = [.. _file.Columns.Select(c => names.IndexOf(c.Name))]);
        }

        var values = new object?[places.Length];
        for (var i = 0; i < places.Length; i++)
        {
            var column = _file.Columns[i];
            field = column.Name;
            var value = places[i] < 0 ? null : record.GetValue(places[i]);
            if (_file.IsGuarded && value is string guarded && column.Type == typeof(string))
                value = FormulaGuard.Unguard(guarded);
            values[i] = column.Type == typeof(object) && _isText && value is string text ? ValueText.ReadJson(text) : ValueText.To(value, column.Type);
        }

        var position = record.GetPosition();
        return _schema.CreateRecord(values, record.GetSource(), position.Ordinal, position.Line);
    }
}
