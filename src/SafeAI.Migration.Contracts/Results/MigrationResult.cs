using System.Text.Json.Serialization;

namespace SafeAI.Migration;

/// <summary>Where a run stands.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<MigrationStatus>))]
public enum MigrationStatus
{
    /// <summary>Still at work.</summary>
    Running,

    /// <summary>Everything was loaded, within the error budget, and verified where that was asked.</summary>
    Completed,

    /// <summary>It ended without having loaded what it should have.</summary>
    Failed,

    /// <summary>It was stopped before its end, and can be resumed.</summary>
    Stopped,

    /// <summary>Its process ended before it did; it can be resumed.</summary>
    Interrupted,

    /// <summary>Putting it back has begun and has not come to its end; it can no longer be resumed.</summary>
    RollingBack,

    /// <summary>It was put back; the undo says what was kept because others changed it since.</summary>
    RolledBack,
}

/// <summary>How thoroughly a run is checked after loading.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<VerifyMode>))]
public enum VerifyMode
{
    /// <summary>Not at all; each batch's confirmation is still compared with what was sent.</summary>
    None,

    /// <summary>The destination's own counts per type are compared with what the run created.</summary>
    Count,

    /// <summary>Every item of the run is read back and its values compared.</summary>
    Content,
}

/// <summary>What became of the nodes or relationships of a run.</summary>
/// <param name="Created">New at the destination.</param>
/// <param name="Updated">Already there, with other values.</param>
/// <param name="Unchanged">Already there with the same values; not written.</param>
public sealed record ItemCounts(long Created, long Updated, long Unchanged)
{
    /// <summary>None.</summary>
    public static ItemCounts Zero { get; } = new(0, 0, 0);

    /// <summary>All of them.</summary>
    public long Total => Created + Updated + Unchanged;

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Created} created, {Updated} updated, {Unchanged} unchanged");
}

/// <summary>
/// What a run did, in figures that add up: <see cref="Read"/> = <see cref="Loaded"/> + <see cref="Unchanged"/> +
/// <see cref="Rejected"/> + <see cref="Skipped"/>.
/// </summary>
public sealed record MigrationResult
{
    /// <summary>The run's id; ids sort by the time of the start.</summary>
    public required string MigrationId { get; init; }

    /// <summary>How it ended.</summary>
    public MigrationStatus Status { get; init; }

    /// <summary>Where it was loaded, without any secret.</summary>
    public string Destination { get; init; } = "";

    /// <summary>Records read.</summary>
    public long Read { get; init; }

    /// <summary>Records of which at least one node or relationship was created or updated, and none rejected.</summary>
    public long Loaded { get; init; }

    /// <summary>Records of which everything was at the destination already.</summary>
    public long Unchanged { get; init; }

    /// <summary>Records turned away by any stage.</summary>
    public long Rejected { get; init; }

    /// <summary>Records from which nothing was to be loaded: filtered out on the way, by the mapping's conditions, or not reached.</summary>
    public long Skipped { get; init; }

    /// <summary>The nodes.</summary>
    public ItemCounts Nodes { get; init; } = ItemCounts.Zero;

    /// <summary>The relationships.</summary>
    public ItemCounts Relationships { get; init; } = ItemCounts.Zero;

    /// <summary>Batches confirmed by the destination.</summary>
    public long Batches { get; init; }

    /// <summary>Requests that were sent again.</summary>
    public long Retries { get; init; }

    /// <summary>What was to be verified at the end. None, too, in results that were journaled before this was kept.</summary>
    public VerifyMode Verify { get; init; }

    /// <summary>Whether verification found what was sent; null where it was not asked or not reached.</summary>
    public bool? Verified { get; init; }

    /// <summary>Items that verification found missing or different.</summary>
    public long Differences { get; init; }

    /// <summary>From the start to the end, in seconds.</summary>
    public double ElapsedSeconds { get; init; }

    /// <summary>How far it came, how fast it went, and how long it will still take; null where nobody kept track.</summary>
    public MigrationProgress? Progress { get; init; }

    /// <summary>Why it failed, or null.</summary>
    public string? Error { get; init; }

    /// <summary>The stable id of why it failed, one of <see cref="Migration.ErrorCode"/>, or null.</summary>
    public string? ErrorCode { get; init; }
}
