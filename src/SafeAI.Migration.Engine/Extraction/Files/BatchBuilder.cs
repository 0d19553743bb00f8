namespace SafeAI.Migration.Engine.Extraction.Files;

/// <summary>A batch in the making; it numbers the records.</summary>
internal sealed class BatchBuilder(string sourceName, long lastOrdinal)
{
    private readonly List<Record> _records = new(RecordBatch.Size);
    private readonly List<Reject> _rejects = [];
    private long _last = lastOrdinal;

    /// <summary>The number of the next record or reject.</summary>
    public long NextOrdinal => _last + 1;

    public bool IsFull => _records.Count + _rejects.Count >= RecordBatch.Size;

    /// <summary>What is to be added to the notes of the metadata.</summary>
    public IList<string> Notes { get; } = [];

    public void Add(Record record)
    {
        _records.Add(record);
        _last++;
    }

    public void Reject(string reason, long line, string? rawText, string? field = null, object? value = null, Exception? exception = null)
    {
        _rejects.Add(new Reject(MigrationStage.Extract, ErrorCode.BadRecord, reason, new RecordPosition(sourceName, NextOrdinal, line))
        {
            RawText = rawText,
            Field = field,
            Value = value,
            Exception = exception,
        });
        _last++;
    }

    /// <summary>The place behind the last record or reject.</summary>
    public SourcePosition? Position { get; set; }

    /// <summary>The batch, without what comes up to a given number.</summary>
    public RecordBatch ToBatch(long after)
    {
        if (NextOrdinal - _records.Count - _rejects.Count <= after)
        {
            _records.RemoveAll(r => r.GetPosition().Ordinal <= after);
            _rejects.RemoveAll(r => r.Position.Ordinal <= after);
        }

        return new RecordBatch(_records, _rejects) { Position = Position };
    }
}
