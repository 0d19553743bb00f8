using System.Threading.Channels;

namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>Collects records and rejects and hands them on in batches.</summary>
internal sealed class BatchCollector(ChannelWriter<RecordBatch> writer)
{
    private List<Record> _records = new(RecordBatch.Size);
    private List<Reject> _rejects = [];

    /// <summary>Whether a batch is complete.</summary>
    public bool IsFull => _records.Count + _rejects.Count >= RecordBatch.Size;

    /// <summary>Tells the place behind the last record or reject that was added; null where there is none.</summary>
    public Func<SourcePosition?>? Position { get; set; }

    public void Add(Record record) => _records.Add(record);

    public void Add(Reject reject) => _rejects.Add(reject);

    /// <summary>Hands on what there is; waits while the consumer is behind.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_records.Count + _rejects.Count == 0)
            return;
        var batch = new RecordBatch(_records, _rejects) { Position = Position?.Invoke() };
        _records = new List<Record>(RecordBatch.Size);
        _rejects = [];
        await writer.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
    }
}
