namespace SafeAI.Migration;

/// <summary>How much a run may ask of the destination, as somebody changed it after the run began. What is null is as the run began.</summary>
public sealed record RunLimits
{
    /// <summary>Requests a minute at most; 0 for no cap of the run's own, so that only the platform's limit counts; null where it was not changed.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>Batches under way at once at most, from 1 to 64; null where it was not changed.</summary>
    public int? ThrottleLimit { get; init; }

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is out of its range.</exception>
    public void Validate()
    {
        if (RequestsPerMinute is { } requests)
            ArgumentOutOfRangeException.ThrowIfNegative(requests, nameof(RequestsPerMinute));
        if (ThrottleLimit is not { } batches)
            return;
        ArgumentOutOfRangeException.ThrowIfLessThan(batches, 1, nameof(ThrottleLimit));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(batches, 64, nameof(ThrottleLimit));
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", new[]
    {
        RequestsPerMinute switch { null => null, 0 => "no cap on requests", 1 => "1 request a minute", { } cap => FormattableString.Invariant($"{cap} requests a minute") },
        ThrottleLimit switch { null => null, 1 => "1 batch at once", { } batches => FormattableString.Invariant($"{batches} batches at once") },
    }.OfType<string>());
}
