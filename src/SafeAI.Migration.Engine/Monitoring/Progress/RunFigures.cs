namespace SafeAI.Migration.Engine.Monitoring;

/// <summary>What is counted in a run at one moment: all that the estimate of the time left is made from.</summary>
public sealed record RunFigures
{
    /// <summary>Since the run began.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>What the run is at.</summary>
    public MigrationPhase Phase { get; init; }

    /// <summary>Records read.</summary>
    public long Read { get; init; }

    /// <summary>Records there are in all, as far as the sources can tell; null where they cannot.</summary>
    public long? Expected { get; init; }

    /// <summary>Records that are settled.</summary>
    public long Processed { get; init; }

    /// <summary>Records that were rejected.</summary>
    public long Rejected { get; init; }

    /// <summary>Nodes that were handed to the run.</summary>
    public long NodesAccepted { get; init; }

    /// <summary>Nodes of batches that are settled.</summary>
    public long NodesSettled { get; init; }

    /// <summary>Relationships that were handed to the run.</summary>
    public long RelationshipsAccepted { get; init; }

    /// <summary>Relationships of batches that are settled.</summary>
    public long RelationshipsSettled { get; init; }

    /// <summary>Of the settled nodes, those that an earlier process of the run had settled: they took this one no time.</summary>
    public long NodesEarlier { get; init; }

    /// <summary>Of the settled relationships, those that an earlier process of the run had settled.</summary>
    public long RelationshipsEarlier { get; init; }

    /// <summary>Items that will be read back, as far as known; 0 where none will.</summary>
    public long ToVerify { get; init; }

    /// <summary>Items that were read back.</summary>
    public long Verified { get; init; }

    /// <summary>What became of the nodes.</summary>
    public ItemCounts Nodes { get; init; } = ItemCounts.Zero;

    /// <summary>What became of the relationships.</summary>
    public ItemCounts Relationships { get; init; } = ItemCounts.Zero;

    /// <summary>Requests that were answered.</summary>
    public long Requests { get; init; }

    /// <summary>Requests allowed in a window; null where the destination has no limit.</summary>
    public long? RateLimit { get; init; }

    /// <summary>Requests left in the present window.</summary>
    public long RateLimitLeft { get; init; }

    /// <summary>How long the present window lasts.</summary>
    public TimeSpan RateLimitReset { get; init; }

    /// <summary>Batches under way.</summary>
    public int ActiveBatches { get; init; }
}
