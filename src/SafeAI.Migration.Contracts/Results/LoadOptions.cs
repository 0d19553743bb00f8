using System.Text.Json.Serialization;

namespace SafeAI.Migration;

/// <summary>What a run does with items that are at the destination already.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<LoadMode>))]
public enum LoadMode
{
    /// <summary>Lays the properties over those that are there; others stay. What would not change is not written.</summary>
    Upsert,

    /// <summary>Rejects items whose id was there before the run.</summary>
    Insert,

    /// <summary>Gives them exactly the properties of the record; others go.</summary>
    Replace,
}

/// <summary>What happens when a run fails.</summary>
public enum FailureAction
{
    /// <summary>What was confirmed stays at the destination; the run can be resumed, or put back later.</summary>
    Keep,

    /// <summary>The run is put back.</summary>
    Rollback,
}

/// <summary>How a run loads.</summary>
public sealed record LoadOptions
{
    /// <summary>Items in a batch at most, from 1 to 100,000.</summary>
    public int BatchSize { get; init; } = 1000;

    /// <summary>Bytes in a batch at most, about; from 1,000 to 1,000,000,000. A batch holds one item at least.</summary>
    public long BatchBytes { get; init; } = 8_000_000;

    /// <summary>What is done with items that are at the destination already.</summary>
    public LoadMode Mode { get; init; }

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
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchBytes, 1000);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(BatchBytes, 1_000_000_000);
        ArgumentOutOfRangeException.ThrowIfLessThan(ThrottleLimit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ThrottleLimit, 64);
    }
}
