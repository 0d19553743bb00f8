using System.Text.Json.Serialization;

namespace SafeAI.Migration;

/// <summary>What putting a run back does with an item.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<UndoAction>))]
public enum UndoAction
{
    /// <summary>Nothing: it is as it was before the run.</summary>
    None,

    /// <summary>The run created it, so it goes.</summary>
    Delete,

    /// <summary>The run changed it, so it gets every old value back.</summary>
    Restore,

    /// <summary>The run changed it and it was deleted since, so it is made again as it was.</summary>
    Recreate,

    /// <summary>Others changed it since, so it stays as it is.</summary>
    Keep,
}

/// <summary>What putting a run back would do with an item, or why it left it as it is.</summary>
public sealed record UndoPlanItem
{
    /// <summary>What is done.</summary>
    public required UndoAction Action { get; init; }

    /// <summary>Whether it is a node; otherwise it is a relationship.</summary>
    public required bool IsNode { get; init; }

    /// <summary>The node's main label or the relationship's type.</summary>
    public required string Type { get; init; }

    /// <summary>The id.</summary>
    public required string Id { get; init; }

    /// <summary>The id of the node where the relationship starts; null for a node.</summary>
    public string? FromId { get; init; }

    /// <summary>The id of the node where the relationship ends; null for a node.</summary>
    public string? ToId { get; init; }

    /// <summary>The properties that get another value or go.</summary>
    public IReadOnlyList<string> Properties { get; init; } = [];

    /// <summary>Why it is kept; null where it is not.</summary>
    public string? Reason { get; init; }

    /// <summary>How many seconds of putting back are estimated up to and including this item; null where nothing could be measured, as in a store that is to be made anew.</summary>
    public double? EstimatedSeconds { get; init; }

    /// <inheritdoc/>
    public override string ToString() => IsNode ? $"{Action} (:{Type} {Id})" : $"{Action} ({FromId})-[:{Type} {Id}]->({ToId})";
}

/// <summary>What putting a run back did.</summary>
public sealed record UndoResult
{
    /// <summary>The id under which the journal keeps the undo itself.</summary>
    public required string UndoId { get; init; }

    /// <summary>The run that was put back.</summary>
    public required string MigrationId { get; init; }

    /// <summary>How it ended.</summary>
    public MigrationStatus Status { get; init; }

    /// <summary>Where, without any secret.</summary>
    public string Destination { get; init; } = "";

    /// <summary>Nodes that the run had created and that are gone.</summary>
    public long NodesDeleted { get; init; }

    /// <summary>Nodes that have their old values back.</summary>
    public long NodesRestored { get; init; }

    /// <summary>Relationships that the run had created and that are gone.</summary>
    public long RelationshipsDeleted { get; init; }

    /// <summary>Relationships that have their old values back.</summary>
    public long RelationshipsRestored { get; init; }

    /// <summary>Items that were as before the run already.</summary>
    public long AlreadyBefore { get; init; }

    /// <summary>Items left as they are, because others changed them since or hung relationships on them.</summary>
    public long Kept { get; init; }

    /// <summary>Relationships of others that went with their nodes, because that was insisted on.</summary>
    public long Detached { get; init; }

    /// <summary>The kept items, 1000 at most.</summary>
    public IReadOnlyList<UndoPlanItem> KeptItems { get; init; } = [];

    /// <summary>Whether what was read back is the state before the run, kept items aside; null where it was not reached.</summary>
    public bool? Verified { get; init; }

    /// <summary>Items that are not as before the run although they should be.</summary>
    public long Differences { get; init; }

    /// <summary>Batches of the run that were gone through.</summary>
    public long Batches { get; init; }

    /// <summary>
    /// Requests of the run that may have left and were never confirmed, as its process was killed, its connection lost, or the
    /// platform failed, and that may still arrive. Batches are written ahead while others are under way, so that some of these
    /// may never have left. What one that arrives after the undo writes is put back by another undo of the run.
    /// </summary>
    public long Unconfirmed { get; init; }

    /// <summary>Whether everything the run did is put back.</summary>
    public bool IsComplete => Status == MigrationStatus.Completed && Kept == 0;

    /// <summary>From the start to the end, in seconds; after a resume, of the last process.</summary>
    public double ElapsedSeconds { get; init; }

    /// <summary>Why it failed, or null.</summary>
    public string? Error { get; init; }
}

/// <summary>What is needed to put a destination back exactly.</summary>
public sealed record RestorePoint
{
    /// <summary>The run that it puts back; null for an archive of a graph as a whole.</summary>
    public string? MigrationId { get; init; }

    /// <summary>When the run began or the archive was made, in UTC.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>Where it belongs to, without any secret.</summary>
    public string Destination { get; init; } = "";

    /// <summary>The run's status; null for an archive.</summary>
    public MigrationStatus? Status { get; init; }

    /// <summary>Batches in it.</summary>
    public long Batches { get; init; }

    /// <summary>Items in it: of batches, or of the graph.</summary>
    public long Items { get; init; }

    /// <summary>Its size in bytes.</summary>
    public long Size { get; init; }

    /// <summary>The file that holds it: a journal or an archive.</summary>
    public string Path { get; init; } = "";

    /// <inheritdoc/>
    public override string ToString() => MigrationId ?? Path;
}

/// <summary>One thing that was checked about putting a run back.</summary>
/// <param name="Name">What was checked.</param>
/// <param name="Passed">Whether it is as it must be.</param>
/// <param name="Message">What was found.</param>
public sealed record RollbackCheck(string Name, bool Passed, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Message}";
}

/// <summary>Whether a run can be put back.</summary>
public sealed record RollbackTestResult
{
    /// <summary>The run.</summary>
    public required string MigrationId { get; init; }

    /// <summary>Whether it can be put back; what others changed since does not stand in the way, and is kept.</summary>
    public bool CanRollBack => Checks.All(c => c.Passed);

    /// <summary>What was checked.</summary>
    public IReadOnlyList<RollbackCheck> Checks { get; init; } = [];

    /// <summary>Items that would be deleted.</summary>
    public long ToDelete { get; init; }

    /// <summary>Items that would get their old values back.</summary>
    public long ToRestore { get; init; }

    /// <summary>Items that are as before the run already.</summary>
    public long AlreadyBefore { get; init; }

    /// <summary>Items that others changed since, and that would be kept.</summary>
    public long Changed { get; init; }

    /// <summary>Those items, 1000 at most.</summary>
    public IReadOnlyList<UndoPlanItem> LaterChanges { get; init; } = [];

    /// <summary>How long it would take, in seconds.</summary>
    public double EstimatedSeconds { get; init; }
}
