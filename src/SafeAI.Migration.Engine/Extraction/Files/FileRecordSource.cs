using System.Diagnostics;
using System.Runtime.CompilerServices;
using SafeAI.Migration.Engine.Extraction.Files.Compression;

namespace SafeAI.Migration.Engine.Extraction.Files;

/// <summary>
/// What all file sources share: batches are made one ahead on another thread, and counted when they are handed out.
/// </summary>
internal abstract class FileRecordSource : IRecordSource
{
    private readonly Stopwatch _clock = new();
    private readonly long _after;
    private bool _started;
    private double _recordsPerByte;

    protected FileRecordSource(SourceFile file, FileSourceOptions options, string format)
    {
        File = file;
        Options = options;
        Source = new RecordSource(options.Path);
        Metadata = new SourceMetadata
        {
            Name = options.Path,
            Format = format,
            Compression = file.Kind == CompressionKind.None ? null : file.Kind.ToString().ToLowerInvariant(),
        };
        SchemaName = options.SchemaName ?? FileNames.Stem(file.ContentName);
        Source.Fingerprint = Metadata.QuickFingerprint = QuickFingerprint.OfFile(options.Path);
        _after = options.StartAfter?.Ordinal ?? 0;
    }

    public RecordSource Source { get; }

    public SourceMetadata Metadata { get; }

    protected SourceFile File { get; }

    protected FileSourceOptions Options { get; }

    protected string SchemaName { get; }

    /// <summary>Adds records and rejects until the batch is full.</summary>
    /// <returns>Whether there may be more.</returns>
    protected abstract bool ReadBatch(BatchBuilder batch);

    /// <summary>The place that is sought instead of reading up to it; null where the read begins at the start.</summary>
    protected SourcePosition? Sought { get; set; }

    /// <summary>The place behind the last record or reject of a batch that was just read.</summary>
    /// <param name="ordinal">The number of that record or reject.</param>
    protected virtual SourcePosition PositionAfter(long ordinal) => new() { Ordinal = ordinal };

    public async IAsyncEnumerable<RecordBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (_started)
            throw new InvalidOperationException("A source is read once; open it again.");
        _started = true;
        _clock.Start();
        var next = Produce(Sought?.Ordinal ?? 0, cancellationToken);
        try
        {
            while (true)
            {
                var (builder, more, failure) = await next.ConfigureAwait(false);
                var batch = builder.ToBatch(_after);
                if (more && failure is null)
                    next = Produce(builder.NextOrdinal - 1, cancellationToken);
                Count(batch);
                foreach (var note in builder.Notes)
                    Metadata.Notes.Add(note);
                if (batch.Records.Count + batch.Rejects.Count > 0)
                    yield return batch;
                if (failure is not null)
                    throw failure;
                if (!more)
                {
                    if (await Task.Run(File.Finish, cancellationToken).ConfigureAwait(false) is { } hash)
                        Metadata.Fingerprint = "sha256:" + hash;
                    Metadata.Bytes = File.BytesRead;
                    Source.EstimatedRecords = Source.Read;
                    break;
                }
            }
        }
        finally
        {
            // The batch under way uses the file until it is done.
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _clock.Stop();
            Metadata.ElapsedSeconds = _clock.Elapsed.TotalSeconds;
        }
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    protected virtual void Dispose() => File.Dispose();

    private void Count(RecordBatch batch)
    {
        Source.AddRead(batch.Records.Count);
        Source.AddRejected(batch.Rejects);
        Metadata.Records += batch.Records.Count + batch.Rejects.Count;
        Metadata.Rejected += batch.Rejects.Count;
        Metadata.Bytes = File.BytesRead;
        Source.EstimatedRecords = Estimate();
        Metadata.ElapsedSeconds = _clock.Elapsed.TotalSeconds;
    }

    // Bytes are read in blocks and ahead of the records: the most records for a byte that were ever seen are nearest to the truth.
    private long? Estimate()
    {
        if (File is not { Length: { } length, BytesRead: > 0 and var bytes })
            return null;
        _recordsPerByte = Math.Max(_recordsPerByte, Source.Read / (double)bytes);
        return Math.Max(Source.Read, (long)(length * _recordsPerByte));
    }

    private Task<Produced> Produce(long ordinal, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            var batch = new BatchBuilder(Source.Name, ordinal);
            try
            {
                var more = ReadBatch(batch);
                batch.Position = PositionAfter(batch.NextOrdinal - 1);
                return new Produced(batch, more, null);
            }
            catch (MigrationException e)
            {
                return new Produced(batch, false, e);
            }
            catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
            {
                return new Produced(batch, false, new MigrationException(
                    ErrorCode.SourceUnreadable,
                    FormattableString.Invariant($"'{Source.Name}' cannot be read on after {batch.NextOrdinal - 1} records: {e.Message}"),
                    "Check that the file is whole.",
                    e)
                { Stage = MigrationStage.Extract, Position = new RecordPosition(Source.Name, batch.NextOrdinal) });
            }
        },
        cancellationToken);

    private readonly record struct Produced(BatchBuilder Batch, bool More, MigrationException? Failure);
}
