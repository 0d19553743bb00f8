using System.Text.Json.Serialization;

namespace SafeAI.Migration;

/// <summary>What a run in the journal did.</summary>
public enum MigrationKind
{
    /// <summary>It loaded nodes and relationships.</summary>
    Load,

    /// <summary>It put back what another run did.</summary>
    Undo,
}

/// <summary>How far a run has come.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<MigrationPhase>))]
public enum MigrationPhase
{
    /// <summary>Sources are read and nodes are loaded.</summary>
    Nodes,

    /// <summary>All sources were read and all nodes are settled; relationships are loaded.</summary>
    Relationships,

    /// <summary>Everything is settled; it is read back and compared.</summary>
    Verification,

    /// <summary>The run is over.</summary>
    Ended,
}

/// <summary>A run as the journal knows it.</summary>
public sealed record MigrationRun
{
    /// <summary>The run's id; ids sort by the time of the start.</summary>
    public required string Id { get; init; }

    /// <summary>The name of the plan, or what else the run was called.</summary>
    public string Name { get; init; } = "";

    /// <summary>What it did.</summary>
    public MigrationKind Kind { get; init; }

    /// <summary>Where it stands. A run whose process ended before the run did is <see cref="MigrationStatus.Interrupted"/>.</summary>
    public MigrationStatus Status { get; init; }

    /// <summary>How far it has come.</summary>
    public MigrationPhase Phase { get; init; }

    /// <summary>When it began, in UTC.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>When it ended, in UTC; null while it has not.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>Where it was loaded, without any secret: an endpoint, or a graph store's file.</summary>
    public string Destination { get; init; } = "";

    /// <summary>What it read, in order.</summary>
    public IReadOnlyList<MigrationRunSource> Sources { get; init; } = [];

    /// <summary>A hash of the mappings, so that a changed one is noticed; null where they are not known.</summary>
    public string? MappingHash { get; init; }

    /// <summary>How it was loaded.</summary>
    public LoadOptions Options { get; init; } = new();

    /// <summary>What was changed of it since, with Set-Migration or <c>safeai-migrate set</c>; null where nothing was.</summary>
    public RunLimits? Limits { get; init; }

    /// <summary>The plan's file; null where the plan was none, or the run came from a pipeline.</summary>
    public string? PlanPath { get; init; }

    /// <summary>Whether it came from a plan, a file or a hash table, and not from a pipeline.</summary>
    public bool IsFromPlan { get; init; }

    /// <summary>The figures: final ones once the run has ended, before that those of the last checkpoint.</summary>
    public MigrationResult? Result { get; init; }

    /// <summary>How far it has come, at most a second or two ago where it is at work; null where nobody kept track.</summary>
    public MigrationProgress? Progress { get; init; }

    /// <summary>The run that this one puts back; null unless it is an <see cref="MigrationKind.Undo"/>.</summary>
    public string? Target { get; init; }

    /// <summary>The process that works on it, or worked on it last.</summary>
    public int ProcessId { get; init; }

    /// <summary>The machine of that process.</summary>
    public string Machine { get; init; } = "";

    /// <summary>Why it failed, or null.</summary>
    public string? Error { get; init; }

    /// <summary>The journal's file.</summary>
    public string JournalPath { get; init; } = "";

    /// <summary>Whether it can be resumed: it has ended, or its process has, before everything was done.</summary>
    public bool IsResumable => Status is MigrationStatus.Stopped or MigrationStatus.Interrupted or MigrationStatus.Failed;

    /// <inheritdoc/>
    public override string ToString() => $"{Id} {Status}";
}

/// <summary>A source of a run.</summary>
/// <param name="Name">What it is called in positions and messages.</param>
/// <param name="Fingerprint">What it looked like when the run began, so that a changed one is noticed; null where it cannot be told.</param>
public sealed record MigrationRunSource(string Name, string? Fingerprint = null)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}
