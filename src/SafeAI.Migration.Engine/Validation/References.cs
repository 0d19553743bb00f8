using System.Runtime.CompilerServices;
using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Validation;

/// <summary>What the references of a configuration may lead to, beyond files and tables: named streams of records, and the nodes at the destination.</summary>
public sealed record ReferenceScope
{
    /// <summary>Nothing but files and tables.</summary>
    public static ReferenceScope Empty { get; } = new();

    /// <summary>Records by the name that a reference gives as its <c>stream</c>; names are matched ignoring case.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<Record>> Streams { get; init; } = new Dictionary<string, IReadOnlyList<Record>>();

    /// <summary>Gives the graph whose nodes a reference names as its <c>node</c>; null where none is known. It is not disposed here.</summary>
    public Func<IGraphDestination>? Destination { get; init; }

    /// <summary>The records of a stream.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.SourceNotFound"/>: there is none of this name.</exception>
    internal ReferenceTarget Stream(string name)
    {
        var known = Streams.FirstOrDefault(s => s.Key.Equals(name, StringComparison.OrdinalIgnoreCase));
        return new ReferenceTarget($"the stream '{name}'", _ => known.Key is null
            ? throw new MigrationException(
                ErrorCode.SourceNotFound, $"A reference leads to the stream '{name}', which is not there.",
                Streams.Count == 0 ? "Give its records with -ReferenceData @{ NAME = records }." : $"Name one of {string.Join(", ", Streams.Keys.Order(StringComparer.Ordinal))}.")
            : Task.FromResult<IRecordSource>(new SequenceSource(known.Key, ToAsync(known.Value))));
    }

    /// <summary>The nodes of a type, as records of the fields that a reference compares.</summary>
    internal ReferenceTarget Nodes(string type, IReadOnlyList<string> fields) => new($"the {type} nodes", token => Destination is null
        ? throw new MigrationException(
            ErrorCode.NoDestination, $"A reference leads to the {type} nodes of the destination, and no destination is named.", "Pass -Endpoint or -Store.")
        : Task.FromResult<IRecordSource>(new SequenceSource(type, RecordsOf(Destination(), type, fields, token))));

    private static async IAsyncEnumerable<Record> RecordsOf(
        IGraphDestination destination, string type, IReadOnlyList<string> fields, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        GraphIdentifier.Check(type, "node type");
        var schema = new RecordSchema(type, fields.Select(f => new RecordField(f, typeof(object))));
        var source = new RecordSource(type);
        long ordinal = 0;
        await foreach (var node in destination.StreamNodesAsync(type, cancellationToken).ConfigureAwait(false))
        {
            var values = fields.Select(f => node.Properties.TryGetValue(f, out var value) ? value : f == "id" ? node.Id : null).ToArray();
            yield return schema.CreateRecord(values, source, ++ordinal);
        }
    }

#pragma warning disable CS1998 // There is nothing to wait for.
    private static async IAsyncEnumerable<Record> ToAsync(IReadOnlyList<Record> records)
    {
        foreach (var record in records)
            yield return record;
    }
#pragma warning restore CS1998

    /// <summary>Records that are at hand, as a source.</summary>
    private sealed class SequenceSource(string name, IAsyncEnumerable<Record> records) : IRecordSource
    {
        public RecordSource Source { get; } = new(name);

        public SourceMetadata Metadata { get; } = new() { Name = name, Format = "Records" };

        public async IAsyncEnumerable<RecordBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var batch = new List<Record>(RecordBatch.Size);
            await foreach (var record in records.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                batch.Add(record);
                if (batch.Count < RecordBatch.Size)
                    continue;
                yield return new RecordBatch(batch, []);
                batch = new List<Record>(RecordBatch.Size);
            }

            if (batch.Count > 0)
                yield return new RecordBatch(batch, []);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
