namespace SafeAI.Migration;

/// <summary>What is entered in the audit trail.</summary>
public enum AuditActionType
{
    /// <summary>A run began.</summary>
    Begin,

    /// <summary>A process took over a run that had not come to its end.</summary>
    Resume,

    /// <summary>A run ended, however it did.</summary>
    End,

    /// <summary>A run was removed from the journal.</summary>
    Remove,

    /// <summary>Putting back a run began.</summary>
    UndoBegin,

    /// <summary>A process took over putting back a run.</summary>
    UndoResume,

    /// <summary>Putting back a run ended, however it did.</summary>
    UndoEnd,

    /// <summary>A restore point was written to an archive.</summary>
    CreateRestorePoint,

    /// <summary>Somebody insisted on what is refused otherwise.</summary>
    Force,

    /// <summary>The limits of a run were changed.</summary>
    Limit,
}

/// <summary>An event of the audit trail. It is never changed, and holds the hash of the one before it.</summary>
public sealed record AuditEvent
{
    /// <summary>Its number; the first is 1, and there are no gaps.</summary>
    public required long Number { get; init; }

    /// <summary>When it happened, in UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The run concerned; null where it concerns none.</summary>
    public string? MigrationId { get; init; }

    /// <summary>Who did it.</summary>
    public required AuditActor Actor { get; init; }

    /// <summary>What was done.</summary>
    public required AuditAction Action { get; init; }

    /// <summary>Where it was done.</summary>
    public required AuditContext Context { get; init; }

    /// <summary>What makes the event trustworthy.</summary>
    public required AuditMetadata Metadata { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Number} {Action.Type} {Action.Target}";
}

/// <summary>Who did something.</summary>
/// <param name="Id">The account's name, with its domain where it has one.</param>
/// <param name="Type">What kind of actor it is: <c>user</c>.</param>
public sealed record AuditActor(string Id, string Type)
{
    /// <inheritdoc/>
    public override string ToString() => Id;
}

/// <summary>What was done.</summary>
/// <param name="Type">What kind of action it was.</param>
/// <param name="Target">What it was done to: a destination, a file, a run.</param>
/// <param name="Details">More about it, in a sentence or figures.</param>
public sealed record AuditAction(AuditActionType Type, string Target, string Details)
{
    /// <inheritdoc/>
    public override string ToString() => Details.Length == 0 ? $"{Type} {Target}" : $"{Type} {Target}: {Details}";
}

/// <summary>Where something was done.</summary>
/// <param name="Location">The machine.</param>
/// <param name="Session">The process.</param>
/// <param name="System">The operating system and the runtime.</param>
public sealed record AuditContext(string Location, string Session, string System)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Session} on {Location}, {System}";
}

/// <summary>What makes an event trustworthy.</summary>
/// <param name="Version">The version of the program that wrote it.</param>
/// <param name="Hash">The SHA-256 over the event and the hash before, in lower-case hexadecimal digits.</param>
/// <param name="PreviousHash">The hash of the event before; empty for the first.</param>
/// <param name="Signature">An HMAC of the hash with the signing key; null where there was no key.</param>
public sealed record AuditMetadata(string Version, string Hash, string PreviousHash, string? Signature)
{
    /// <summary>
    /// At the end of a load, how many batches the journal had of it, so that some that are gone from its end are missed; null for
    /// every other event, and for those of programs that did not enter it here.
    /// </summary>
    public long? Batches { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Hash;
}

/// <summary>What is wrong with an audit trail.</summary>
public enum AuditFindingKind
{
    /// <summary>An event is not what it was when it was written.</summary>
    Changed,

    /// <summary>Events are gone from the middle.</summary>
    Removed,

    /// <summary>An event stands in the place of another.</summary>
    Reordered,

    /// <summary>Events are gone from the end.</summary>
    CutOff,

    /// <summary>The file that remembers the last event is gone or unreadable, so that a cut end would not show.</summary>
    HeadMissing,

    /// <summary>A signature is missing where there should be one, or was not made with the key.</summary>
    Signature,
}

/// <summary>One thing that is wrong with an audit trail.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Number">The event's number; for those that are gone, the first one's.</param>
/// <param name="Message">What was found.</param>
public sealed record AuditFinding(AuditFindingKind Kind, long Number, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Kind}: {Message}";
}

/// <summary>What a check of an audit trail found.</summary>
public sealed record AuditReport
{
    /// <summary>Whether nothing is wrong.</summary>
    public bool IsIntact => Findings.Count == 0;

    /// <summary>How many events there are.</summary>
    public long Events { get; init; }

    /// <summary>How many of them are signed.</summary>
    public long Signed { get; init; }

    /// <summary>The hash of the last event, to be kept elsewhere and given as the expected head later; null where there is none.</summary>
    public string? Head { get; init; }

    /// <summary>What is wrong, in the order of the events; 1000 things at most.</summary>
    public IReadOnlyList<AuditFinding> Findings { get; init; } = [];

    /// <summary>The journal's file.</summary>
    public string JournalPath { get; init; } = "";
}
