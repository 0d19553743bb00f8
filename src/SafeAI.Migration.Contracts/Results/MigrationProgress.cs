using System.Globalization;

namespace SafeAI.Migration;

/// <summary>How far a run has come, how fast it goes, and how long it will still take.</summary>
public sealed record MigrationProgress
{
    /// <summary>When this was so, in UTC.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>What the run is at.</summary>
    public MigrationPhase Phase { get; init; }

    /// <summary>How many records there are in all, as far as the sources can tell; null where they cannot.</summary>
    public long? TotalRecords { get; init; }

    /// <summary>Records whose nodes are settled: loaded, unchanged, rejected, or left out by the mapping.</summary>
    public long ProcessedRecords { get; init; }

    /// <summary>The share of the processed records that were not rejected, from 0 to 1; null before the first.</summary>
    public double? SuccessRate { get; init; }

    /// <summary>Items a second in this phase at present, smoothed.</summary>
    public double CurrentRate { get; init; }

    /// <summary>Items a second in this phase since it began; in all phases together where the run has ended.</summary>
    public double AverageRate { get; init; }

    /// <summary>How much of the work is done, from 0 to 100; null while the total is not known.</summary>
    public double? PercentComplete { get; init; }

    /// <summary>How long the run has been at work, in seconds.</summary>
    public double ElapsedSeconds { get; init; }

    /// <summary>How long it will still take, in seconds, from the smoothed rate and the platform's rate limit; null while that cannot be told.</summary>
    public double? SecondsRemaining { get; init; }

    /// <summary>Requests that the platform allows in a window, or the run's own cap where that is lower; null where there is neither.</summary>
    public long? RateLimit { get; init; }

    /// <summary>Until when nothing is sent, in UTC, because the rate limit is used up; null while something may be.</summary>
    public DateTimeOffset? RateLimitedUntil { get; init; }

    /// <summary>Batches under way.</summary>
    public int ActiveBatches { get; init; }

    /// <summary>The phases in their order: Extract, Nodes, Relationships, Verification.</summary>
    public IReadOnlyList<PhaseProgress> Phases { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => string.Concat(
        PercentComplete is { } percent ? FormattableString.Invariant($"{percent:0} %, ") : "",
        FormattableString.Invariant($"{ProcessedRecords} records, {CurrentRate:0}/s"),
        SecondsRemaining is { } left ? FormattableString.Invariant($", {TimeSpan.FromSeconds(Math.Ceiling(left)):c} left") : "",
        RateLimitedUntil is { } until ? FormattableString.Invariant($", waits for the rate limit until {until:u}") : "");
}

/// <summary>How far one phase of a run has come.</summary>
/// <param name="Name">Extract (counted in records), Nodes, Relationships or Verification (counted in items).</param>
/// <param name="Done">How many are done.</param>
/// <param name="Total">How many there are in all, as far as can be told; null where it cannot.</param>
/// <param name="AverageRate">How many a second since the phase began; 0 where it has not.</param>
/// <param name="ElapsedSeconds">How long the phase has been at work, in seconds.</param>
public sealed record PhaseProgress(string Name, long Done, long? Total, double AverageRate, double ElapsedSeconds)
{
    /// <summary>The phase, how much of it is done, and how fast that goes.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Name}: {Done:N0}{(Total is { } total ? $" of {total:N0}" : "")}{(AverageRate > 0 ? $", {AverageRate:N0}/s" : "")}");
}
