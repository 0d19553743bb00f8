using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;
using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Files;

namespace SafeAI.Migration.Engine.Validation;

/// <summary>
/// Reads a file of rejects back as the records that they were, each at the place where it was first read, so that
/// they can be mended and sent through again, with values of the kinds that they were. A node or relationship that came
/// without a record comes as one of its type, id, labels or ends, and properties. A line that holds only the text of a row
/// that never became a record is rejected again.
/// </summary>
public sealed class RejectRecordSource : IRecordSource
{
    private readonly IRecordSource _lines;
    private readonly Dictionary<string, RecordSource> _sources = new(StringComparer.Ordinal);
    private readonly List<(string Name, string[] Fields, RecordSchema Schema)> _schemas = [];

    private RejectRecordSource(IRecordSource lines) => _lines = lines;

    /// <summary>The file of rejects. Each record refers to the stream where it was first read, not to this one.</summary>
    public RecordSource Source => _lines.Source;

    /// <inheritdoc/>
    public SourceMetadata Metadata => _lines.Metadata;

    /// <summary>Opens a file of rejects.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.SourceNotFound"/> or <see cref="ErrorCode.SourceUnreadable"/>: it cannot be opened.</exception>
    /// <param name="path">The file.</param>
    /// <param name="startAfter">The position after which to begin, as a batch of an earlier read said it; null for the start.</param>
    public static RejectRecordSource Open(string path, SourcePosition? startAfter = null) =>
        new(FileSources.Open(new FileSourceOptions { Path = path, Format = FileFormat.NdJson, Fingerprint = false, StartAfter = startAfter }));

    /// <inheritdoc/>
    public async IAsyncEnumerable<RecordBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var batch in _lines.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var records = new List<Record>(batch.Records.Count);
            var rejects = new List<Reject>(batch.Rejects);
            foreach (var line in batch.Records)
            {
                if (Restore(line, out var reject) is { } record)
                    records.Add(record);
                else
                    rejects.Add(reject!);
            }

            yield return new RecordBatch(records, rejects) { Position = batch.Position };
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _lines.DisposeAsync();

    private Record? Restore(Record line, out Reject? reject)
    {
        reject = null;
        if (Value(line, "source") is not string name || name.Length == 0)
        {
            reject = new Reject(
                MigrationStage.Extract, ErrorCode.BadRecord, "The line is no reject: it does not say where its record was read. Read the file without -Rejects.", line.GetPosition())
            { Record = line };
            return null;
        }

        if (!_sources.TryGetValue(name, out var source))
            _sources.Add(name, source = new RecordSource(name));
        var (ordinal, number) = (Number(line, "ordinal"), Number(line, "line"));
        if (Value(line, "record") is not IDictionary values)
        {
            reject = new Reject(
                MigrationStage.Extract, Value(line, "code") as string ?? ErrorCode.BadRecord,
                "No record could be made from this row, so that it can only be mended at the source. " + Value(line, "reason"), new RecordPosition(name, ordinal, number))
            { RawText = Value(line, "raw") as string };
            source.AddRejected([reject]);
            return null;
        }

        source.AddRead();
        var kinds = Value(line, "kinds") as IDictionary;
        var names = values.Keys.Cast<object>().Select(k => k.ToString() ?? "").ToList();
        var restored = names.Select(f => RecordJson.Restore(values[f], kinds?.Contains(f) == true ? kinds[f] : null)).ToList();
        var stream = Value(line, "name") as string ?? (Path.GetFileNameWithoutExtension(name) is { Length: > 0 } stem ? stem : name);
        if (Value(line, "graph") is IDictionary graph)
        {
            stream = graph["type"] as string ?? stream;
            foreach (var part in graph.Keys.Cast<object>().Select(k => k.ToString() ?? "").Reverse())
            {
                names.Insert(0, names.Contains(part, StringComparer.OrdinalIgnoreCase) ? "_" + part : part);
                restored.Insert(0, graph[part]);
            }
        }

        return SchemaFor(stream, Value(line, "namespace") as string, [.. names]).CreateRecord([.. restored], source, ordinal, number);
    }

    private RecordSchema SchemaFor(string name, string? above, string[] fields)
    {
        for (var i = _schemas.Count - 1; i >= 0; i--)
        {
            if (_schemas[i].Name == name && _schemas[i].Schema.Namespace == above && _schemas[i].Fields.AsSpan().SequenceEqual(fields))
                return _schemas[i].Schema;
        }

        var schema = new RecordSchema(name, fields.Select(f => new RecordField(f, typeof(object)))) { Namespace = above };
        _schemas.Add((name, fields, schema));
        return schema;
    }

    private static object? Value(Record line, string field)
    {
        var ordinal = line.GetSchema().IndexOf(field);
        return ordinal >= 0 ? line.GetValue(ordinal) : null;
    }

    private static long Number(Record line, string field) =>
        Value(line, field) is { } value ? Convert.ToInt64(value, CultureInfo.InvariantCulture) : 0;
}
