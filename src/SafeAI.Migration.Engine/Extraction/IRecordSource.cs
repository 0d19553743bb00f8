namespace SafeAI.Migration.Engine.Extraction;

/// <summary>
/// Something that yields records: a table or query, a file, an API. It never holds more than a batch in memory, and
/// a row that is not well-formed becomes a reject of its batch while the rest goes on.
/// </summary>
public interface IRecordSource : IAsyncDisposable
{
    /// <summary>The stream's name and counts. The source itself counts what it reads and rejects.</summary>
    RecordSource Source { get; }

    /// <summary>Facts about what is read: known in part before the first batch, in full after the last.</summary>
    SourceMetadata Metadata { get; }

    /// <summary>Reads once: from the start, or after the position that the source was opened with. Only what is handed out is counted.</summary>
    /// <param name="cancellationToken">Stops the read at the next batch at the latest.</param>
    /// <exception cref="MigrationException">The source cannot be opened or read on.</exception>
    IAsyncEnumerable<RecordBatch> ReadAsync(CancellationToken cancellationToken = default);
}

/// <summary>Some records in a row, and the rows among them that could not be made into records.</summary>
/// <param name="Records">The records in the order of the source.</param>
/// <param name="Rejects">The rows that could not be made into records.</param>
public sealed record RecordBatch(IReadOnlyList<Record> Records, IReadOnlyList<Reject> Rejects)
{
    /// <summary>
    /// How many records a source puts into a batch. What is under way at once must be little: what a collection of the youngest
    /// objects finds alive is copied, and collected at a higher price later.
    /// </summary>
    public const int Size = 250;

    /// <summary>
    /// The place behind the last record or reject of this batch, from which another read can go on; null where the source
    /// promises no order, so that it can only be read again from its start.
    /// </summary>
    public SourcePosition? Position { get; init; }
}
