namespace SafeAI.Migration.Engine.Journal;

/// <summary>How far a run had come at one moment, so that it can go on from there.</summary>
internal sealed record RunCheckpoint
{
    /// <summary>The sources met so far, in the order of their numbers.</summary>
    public IReadOnlyList<SourceProgress> Sources { get; init; } = [];

    /// <summary>How many bytes of the file of relationships are on disk and whole.</summary>
    public long SpoolLength { get; init; }

    /// <summary>How many relationships those are.</summary>
    public long SpoolCount { get; init; }

    /// <summary>Requests that were sent again so far, by all processes that worked on the run.</summary>
    public long Retries { get; init; }

    /// <summary>How long all processes have worked on the run.</summary>
    public double ElapsedSeconds { get; init; }

    /// <summary>The figures at that moment.</summary>
    public MigrationResult? Result { get; init; }
}

/// <summary>How far a source was read and settled.</summary>
internal sealed record SourceProgress
{
    /// <summary>The stream's name.</summary>
    public required string Name { get; init; }

    /// <summary>The number of the last record up to which every node is settled and every relationship is on disk.</summary>
    public long Ordinal { get; init; }

    /// <summary>A place at or before that record from which the source can go on; null where there is none.</summary>
    public SourceMark? Mark { get; init; }

    /// <summary>Whether it was read to its end.</summary>
    public bool IsFinished { get; init; }
}

/// <summary>A place in a source, and what had been counted up to it.</summary>
internal sealed record SourceMark
{
    /// <summary>The text form of the <see cref="SourcePosition"/>; null where the source has none.</summary>
    public string? Position { get; init; }

    /// <summary>The number of the last record before the place.</summary>
    public long Ordinal { get; init; }

    /// <summary>Records read up to there, the rejected ones too.</summary>
    public long Read { get; init; }

    /// <summary>Records that the source rejected up to there.</summary>
    public long Rejected { get; init; }

    /// <summary>Records that the conversion rejected up to there.</summary>
    public long ConversionRejected { get; init; }

    /// <summary>Records from which the conversion made nothing up to there.</summary>
    public long ConversionSkipped { get; init; }
}
