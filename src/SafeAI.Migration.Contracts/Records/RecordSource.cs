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

    /// <summary>What tells that the stream is what it was at an earlier time, as far as that can be told before it is read; null where it cannot.</summary>
    public string? Fingerprint { get; set; }

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

    /// <summary>The rows that could not be made into a record, for the load at the end of a pipeline.</summary>
    public RejectTrail TurnedAway { get; } = new();

    /// <summary>The records that a validation on the way turned away, for the load at the end of a pipeline.</summary>
    public RejectTrail FoundInvalid { get; } = new();

    /// <summary>Counts records that were read.</summary>
    public void AddRead(long count = 1) => Interlocked.Add(ref _read, count);

    /// <summary>Counts records that were read but could not be made into a record; they count as read too.</summary>
    public void AddRejected(long count = 1)
    {
        Interlocked.Add(ref _read, count);
        Interlocked.Add(ref _rejected, count);
    }

    /// <summary>Counts rows that were read but could not be made into a record, and tells of them.</summary>
    public void AddRejected(IReadOnlyCollection<Reject> rejects)
    {
        ArgumentNullException.ThrowIfNull(rejects);
        if (rejects.Count == 0)
            return;
        AddRejected(rejects.Count);
        foreach (var reject in rejects)
            TurnedAway.Add(reject);
    }

    /// <summary>Counts a record as rejected that was counted as read when it came, and tells of it.</summary>
    public void AddRejectedLater(Reject reject)
    {
        Interlocked.Increment(ref _rejected);
        TurnedAway.Add(reject);
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
