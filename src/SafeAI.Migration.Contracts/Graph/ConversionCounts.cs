namespace SafeAI.Migration;

/// <summary>
/// What one conversion took in and turned away. Every item refers to the counts of its conversion, so that the load
/// at the end of a pipeline can account for records that never reached it.
/// </summary>
public sealed class ConversionCounts
{
    private long _records;
    private long _rejected;
    private long _skipped;

    /// <summary>A hash of the mapping, by which a changed one is told; null where it is not known.</summary>
    public string? MappingHash { get; set; }

    /// <summary>Records taken in.</summary>
    public long Records => Interlocked.Read(ref _records);

    /// <summary>Records that could not be converted.</summary>
    public long Rejected => Interlocked.Read(ref _rejected);

    /// <summary>Records from which the mapping makes nothing.</summary>
    public long Skipped => Interlocked.Read(ref _skipped);

    /// <summary>Counts one record taken in.</summary>
    public void AddRecord() => Interlocked.Increment(ref _records);

    /// <summary>The records that could not be converted, for the load at the end of a pipeline.</summary>
    public RejectTrail TurnedAway { get; } = new();

    /// <summary>Counts one record that could not be converted, and tells of it.</summary>
    public void AddRejected(Reject reject)
    {
        Interlocked.Increment(ref _rejected);
        TurnedAway.Add(reject);
    }

    /// <summary>Counts what was turned away and skipped before a conversion goes on in the middle of its source.</summary>
    public void AddEarlier(long rejected, long skipped)
    {
        Interlocked.Add(ref _records, rejected + skipped);
        Interlocked.Add(ref _rejected, rejected);
        Interlocked.Add(ref _skipped, skipped);
    }

    /// <summary>Counts one record from which the mapping makes nothing.</summary>
    public void AddSkipped() => Interlocked.Increment(ref _skipped);
}
