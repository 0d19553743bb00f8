namespace SafeAI.Migration;

/// <summary>Something found out before a migration.</summary>
/// <param name="Id">The stable id: one of <see cref="ErrorCode"/> for what a run would fail with, else a name of its own.</param>
/// <param name="Severity">How much it matters.</param>
/// <param name="Place">What it concerns: a place of the plan as a JSON path, or the destination.</param>
/// <param name="Message">What was found.</param>
/// <param name="Remedy">What to do about it, or null.</param>
public sealed record PreflightFinding(string Id, FindingSeverity Severity, string Place, string Message, string? Remedy = null)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Severity} {Id} at {Place}: {Message}{(Remedy is null ? "" : " " + Remedy)}";
}

/// <summary>A source of a migration before it is read.</summary>
/// <param name="Name">The source's name, without any secret.</param>
/// <param name="Rows">How many records it has; null where that is not known.</param>
/// <param name="IsEstimate">Whether that is an estimate.</param>
public sealed record SourcePreview(string Name, long? Rows, bool IsEstimate)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {(Rows is { } rows ? FormattableString.Invariant($"{(IsEstimate ? "about " : "")}{rows}") : "an unknown number of")} records";
}

/// <summary>What a migration would load of one type.</summary>
/// <param name="Kind">Node or Relationship.</param>
/// <param name="Type">The type.</param>
/// <param name="Count">How many items, an estimate from the first records of each source; null where that is not known.</param>
/// <param name="AtDestination">How many the destination has now; null where it cannot be asked.</param>
/// <param name="Overwritten">How many of them would get other values, an estimate; null where it cannot be asked.</param>
public sealed record TypePreview(string Kind, string Type, long? Count, long? AtDestination, long? Overwritten)
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Kind} {Type}: about {Count}, {AtDestination} there, {Overwritten} overwritten");
}

/// <summary>What a migration would do.</summary>
public sealed record MigrationPreview
{
    /// <summary>The plan's name.</summary>
    public required string Name { get; init; }

    /// <summary>Where it goes, without any secret.</summary>
    public required string Destination { get; init; }

    /// <summary>The sources in the order in which they are read.</summary>
    public IReadOnlyList<SourcePreview> Sources { get; init; } = [];

    /// <summary>What is loaded, nodes first.</summary>
    public IReadOnlyList<TypePreview> Types { get; init; } = [];

    /// <summary>The requests that are needed, an estimate; null where the numbers are not known, 0 for a store.</summary>
    public long? Requests { get; init; }

    /// <summary>Requests that are allowed a minute, by the platform or the plan; null for any number.</summary>
    public long? RequestsPerMinute { get; init; }

    /// <summary>The least time that the requests take at that limit, in seconds; null where that is not known.</summary>
    public double? SecondsAtRateLimit { get; init; }

    /// <summary>What was found, the gravest first.</summary>
    public IReadOnlyList<PreflightFinding> Findings { get; init; } = [];
}
