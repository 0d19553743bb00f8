namespace SafeAI.Migration;

/// <summary>How a run loads.</summary>
public sealed record LoadOptions
{
    /// <summary>Items in a batch at most, from 1 to 100,000.</summary>
    public int BatchSize { get; init; } = 1000;

    /// <summary>Batches under way at once at most, from 1 to 64.</summary>
    public int ThrottleLimit { get; init; } = 4;

    /// <summary>What is checked after loading.</summary>
    public VerifyMode Verify { get; init; }

    /// <summary>How many records may be rejected before the run counts as failed.</summary>
    public ErrorBudget ErrorBudget { get; init; } = ErrorBudget.None;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is out of its range.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(BatchSize, 100_000);
        ArgumentOutOfRangeException.ThrowIfLessThan(ThrottleLimit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ThrottleLimit, 64);
    }
}
