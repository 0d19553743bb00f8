namespace SafeAI.Migration.Engine.Journal;

/// <summary>How far a run had come at one moment, so that it can go on from there.</summary>
internal sealed record RunCheckpoint
{
    /// <summary>The names of the streams that records came from, in the order of their numbers in the tickets.</summary>
    public IReadOnlyList<string> Streams { get; init; } = [];

    /// <summary>The place from which the reading can go on: every node before it is settled, every relationship before it on disk. Null for the start, or where nothing can be sought.</summary>
    public ReadMark? Mark { get; init; }

    /// <summary>The counts of the sources that were read to their end before that place, by their number in the plan.</summary>
    public IReadOnlyList<SourceCounts> Finished { get; init; } = [];

    /// <summary>How many bytes of the file of relationships are on disk and whole.</summary>
    public long SpoolLength { get; init; }

    /// <summary>The numbers of relationships in that file that do not count, since their records are read again.</summary>
    public IReadOnlyList<NumberRange> SpoolGaps { get; init; } = [];

    /// <summary>Requests that were sent again so far, by all processes that worked on the run.</summary>
    public long Retries { get; init; }

    /// <summary>How long all processes have worked on the run.</summary>
    public double ElapsedSeconds { get; init; }

    /// <summary>The figures at that moment.</summary>
    public MigrationResult? Result { get; init; }
}

/// <summary>A place in the reading of a run's sources.</summary>
internal sealed record ReadMark
{
    /// <summary>The number of the stream of the last record before the place of which an item came; -1 where none came.</summary>
    public int Stream { get; init; } = -1;

    /// <summary>The number of the last record of that stream before the place.</summary>
    public long Ordinal { get; init; }

    /// <summary>The source's number in the plan, from 0.</summary>
    public int Source { get; init; }

    /// <summary>The text form of the <see cref="SourcePosition"/>; null for the source's start.</summary>
    public string? Position { get; init; }

    /// <summary>What had been counted of this source up to there.</summary>
    public SourceCounts Counts { get; init; } = new(0, 0, 0, 0);

    /// <summary>The number of the last relationship that was put aside before the place.</summary>
    public long Relationships { get; init; }

    /// <summary>How many records the stages before the load had rejected before the place.</summary>
    public long Rejects { get; init; }
}

/// <summary>What was counted of a source.</summary>
/// <param name="Read">Records read, the rejected ones too.</param>
/// <param name="Rejected">Records that the source rejected.</param>
/// <param name="ConversionRejected">Records that the conversion rejected.</param>
/// <param name="ConversionSkipped">Records from which the conversion made nothing.</param>
internal sealed record SourceCounts(long Read, long Rejected, long ConversionRejected, long ConversionSkipped);

/// <summary>Numbers from one to another, both included.</summary>
internal sealed record NumberRange(long First, long Last);
