namespace SafeAI.Migration.Engine.Monitoring;

/// <summary>Everything that a report of a run says. Holds no value of any record.</summary>
public sealed record MigrationReport
{
    /// <summary>The run, with its figures.</summary>
    public required MigrationRun Run { get; init; }

    /// <summary>When the report was made, in UTC.</summary>
    public required DateTimeOffset Generated { get; init; }

    /// <summary>The version of the program that made it.</summary>
    public required string Version { get; init; }

    /// <summary>The run's figures; those of the last checkpoint where it has not ended.</summary>
    public MigrationResult Result => Run.Result ?? new MigrationResult { MigrationId = Run.Id, Status = Run.Status };

    /// <summary>Whether read = loaded + unchanged + rejected + skipped.</summary>
    public bool AddsUp => Result.Read == Result.Loaded + Result.Unchanged + Result.Rejected + Result.Skipped;

    /// <summary>What became of each type's items, nodes first.</summary>
    public required IReadOnlyList<TypeFigures> Types { get; init; }

    /// <summary>Why records were rejected, the most frequent first.</summary>
    public required IReadOnlyList<RejectReason> RejectReasons { get; init; }

    /// <summary>The run's course: at most 240 points.</summary>
    public required IReadOnlyList<ReportPoint> Course { get; init; }

    /// <summary>The phases, with what was done in each.</summary>
    public IReadOnlyList<PhaseProgress> Phases => Run.Progress?.Phases ?? Result.Progress?.Phases ?? [];

    /// <summary>What the journal keeps so that the run can be undone.</summary>
    public required RollbackReadiness Rollback { get; init; }

    /// <summary>What the audit trail has of the run.</summary>
    public required AuditSummary Audit { get; init; }

    /// <summary>The quality of the data, where it was measured.</summary>
    public QualityReport? Quality { get; init; }
}

/// <summary>What became of the items of one type.</summary>
/// <param name="Kind">node or relationship.</param>
/// <param name="Type">The type.</param>
/// <param name="Created">New at the destination.</param>
/// <param name="Updated">Changed there.</param>
/// <param name="Unchanged">There already with the same values.</param>
/// <param name="Rejected">Turned away when they were loaded.</param>
/// <param name="Pending">Sent, but not confirmed.</param>
public sealed record TypeFigures(string Kind, string Type, long Created, long Updated, long Unchanged, long Rejected, long Pending);

/// <summary>A reason for which records were rejected.</summary>
/// <param name="Stage">The stage that turned them away.</param>
/// <param name="Code">The stable id of the reason.</param>
/// <param name="Meaning">What that id means.</param>
/// <param name="Field">The field concerned, or null.</param>
/// <param name="Rule">The rule that was broken, or null.</param>
/// <param name="Count">How many records.</param>
/// <param name="Samples">Where the first of them were read.</param>
public sealed record RejectReason(string Stage, string Code, string Meaning, string? Field, string? Rule, long Count, IReadOnlyList<string> Samples);

/// <summary>One moment of a run's course.</summary>
/// <param name="Seconds">Since the start.</param>
/// <param name="Phase">What the run was at.</param>
/// <param name="Records">Records processed so far.</param>
/// <param name="Rejected">Records rejected so far.</param>
/// <param name="Items">Nodes, relationships and items read back so far.</param>
/// <param name="ItemsPerSecond">How many of these a second since the point before.</param>
public sealed record ReportPoint(double Seconds, MigrationPhase Phase, long Records, long Rejected, long Items, double ItemsPerSecond);

/// <summary>What the audit trail has of a run, and where the trail ends.</summary>
/// <param name="Events">The run's events in their order.</param>
/// <param name="HeadNumber">The number of the trail's last event of any run; 0 where the trail is empty.</param>
/// <param name="HeadHash">That event's hash: noted down elsewhere, it shows whether the trail was changed since. Empty where the trail is empty.</param>
public sealed record AuditSummary(IReadOnlyList<AuditLine> Events, long HeadNumber, string HeadHash);

/// <summary>One event of the audit trail.</summary>
/// <param name="Number">Its number in the trail.</param>
/// <param name="Time">When, in UTC.</param>
/// <param name="Action">What was done.</param>
/// <param name="Actor">Who did it.</param>
/// <param name="IsSigned">Whether it is signed.</param>
public sealed record AuditLine(long Number, DateTimeOffset Time, AuditActionType Action, string Actor, bool IsSigned);

/// <summary>What the journal keeps of a run so that it can be put back.</summary>
/// <param name="ToDelete">Items that the run created, and an undo deletes.</param>
/// <param name="ToRestore">Items that the run changed and whose former values are kept.</param>
/// <param name="WithoutFormerValues">Items that the run changed and whose former values are not kept.</param>
/// <param name="Unconfirmed">Items whose batch was sent but not confirmed; an undo asks the destination about them.</param>
public sealed record RollbackReadiness(long ToDelete, long ToRestore, long WithoutFormerValues, long Unconfirmed)
{
    /// <summary>Whether everything that the run did can be put back from the journal.</summary>
    public bool IsReady => WithoutFormerValues == 0;
}
