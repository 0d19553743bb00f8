using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>What the sources share that read rows one after another on a thread of their own.</summary>
public abstract class DatabaseSource : IRecordSource
{
    private int _started;

    /// <summary>Creates a source.</summary>
    /// <param name="name">The name shown in positions and errors, without any secret.</param>
    /// <param name="format">The kind of database.</param>
    /// <param name="schema">The shape of the records.</param>
    private protected DatabaseSource(string name, string format, RecordSchema schema)
    {
        Source = new RecordSource(name);
        Metadata = new SourceMetadata { Name = name, Format = format, Schema = schema };
        foreach (var field in schema.Fields.Where(f => f.Note is not null))
            Metadata.Notes.Add($"{field.Name} ({field.SourceType}): {field.Note}");
    }

    /// <inheritdoc/>
    public RecordSource Source { get; }

    /// <inheritdoc/>
    public SourceMetadata Metadata { get; }

    /// <inheritdoc/>
    public async IAsyncEnumerable<RecordBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
            throw new InvalidOperationException("A source is read once; open it again.");
        var clock = Stopwatch.StartNew();
        try
        {
            await foreach (var batch in ReadAhead.RunAsync([ProduceAsync], cancellationToken).ConfigureAwait(false))
            {
                Source.AddRead(batch.Records.Count);
                Source.AddRejected(batch.Rejects);
                Metadata.Records = Source.Read;
                Metadata.Rejected = Source.Rejected;
                Metadata.ElapsedSeconds = clock.Elapsed.TotalSeconds;
                yield return batch;
            }

            Source.EstimatedRecords = Source.Read;
            AddClosingNotes();
        }
        finally
        {
            Metadata.ElapsedSeconds = clock.Elapsed.TotalSeconds;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    /// <summary>Reads rows into the collector, which is flushed whenever it is full, and at the end.</summary>
    private protected abstract Task ReadRowsAsync(BatchCollector batch, CancellationToken cancellationToken);

    /// <summary>Closes what was opened; no read is under way.</summary>
    private protected abstract ValueTask CloseAsync();

    /// <summary>Adds what is known only at the end to the notes.</summary>
    private protected virtual void AddClosingNotes()
    {
    }

    private async Task ProduceAsync(ChannelWriter<RecordBatch> writer, CancellationToken cancellationToken)
    {
        var batch = new BatchCollector(writer);
        try
        {
            await ReadRowsAsync(batch, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // What was read before a failure still counts.
            if (!cancellationToken.IsCancellationRequested)
                await batch.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
