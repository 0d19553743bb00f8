namespace SafeAI.Migration;

/// <summary>
/// One stream of records and its counts. Every record refers to its stream, so that a stage at the far end of a
/// pipeline can say how many records were read, and not only how many arrived.
/// </summary>
public sealed class RecordSource
{
    private long _read;
    private long _rejected;
    private long _estimated = -1;

    /// <summary>Creates a stream.</summary>
    /// <param name="name">The name shown in positions and errors: a file's path, a table; never a secret.</param>
    public RecordSource(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
    }

    /// <summary>The name shown in positions and errors.</summary>
    public string Name { get; }

    /// <summary>How many records have been read so far, the rejected ones included.</summary>
    public long Read => Interlocked.Read(ref _read);

    /// <summary>How many of them could not be made into a record.</summary>
    public long Rejected => Interlocked.Read(ref _rejected);

    /// <summary>How many records there are in all, as far as can be told at present; null where it cannot. Once all were read it is their number.</summary>
    public long? EstimatedRecords
    {
        get => Interlocked.Read(ref _estimated) is var estimate and >= 0 ? estimate : null;
        set => Interlocked.Exchange(ref _estimated, value ?? -1);
    }

    /// <summary>Counts records that were read.</summary>
    public void AddRead(long count = 1) => Interlocked.Add(ref _read, count);

    /// <summary>Counts records that were read but could not be made into a record; they count as read too.</summary>
    public void AddRejected(long count = 1)
    {
        Interlocked.Add(ref _read, count);
        Interlocked.Add(ref _rejected, count);
    }

    /// <summary>Counts records as rejected that were counted as read when they came.</summary>
    public void AddRejectedLater(long count = 1) => Interlocked.Add(ref _rejected, count);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
