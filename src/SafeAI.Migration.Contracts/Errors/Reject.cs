namespace SafeAI.Migration;

/// <summary>
/// A record that was not loaded: kept whole, with the stage, the rule and the reason.
/// </summary>
public sealed class Reject
{
    /// <summary>Creates a reject.</summary>
    public Reject(MigrationStage stage, string code, string reason, RecordPosition position)
    {
        ArgumentException.ThrowIfNullOrEmpty(code);
        ArgumentNullException.ThrowIfNull(reason);
        Stage = stage;
        Code = code;
        Reason = reason;
        Position = position;
    }

    /// <summary>The stage that turned it away.</summary>
    public MigrationStage Stage { get; }

    /// <summary>The stable id of the reason, one of <see cref="ErrorCode"/>.</summary>
    public string Code { get; }

    /// <summary>The rule that it broke, for instance the mapping's path or the constraint's name; null where there is none.</summary>
    public string? Rule { get; init; }

    /// <summary>The field concerned, or null.</summary>
    public string? Field { get; init; }

    /// <summary>The value concerned, or null.</summary>
    public object? Value { get; init; }

    /// <summary>Why, and what to do about it.</summary>
    public string Reason { get; }

    /// <summary>Where the record was read.</summary>
    public RecordPosition Position { get; }

    /// <summary>The record itself; null where none could be made.</summary>
    public Record? Record { get; init; }

    /// <summary>The text that was read, where no record could be made from it.</summary>
    public string? RawText { get; init; }

    /// <summary>The item that could not be loaded, where the record was mapped.</summary>
    public GraphItem? Item { get; init; }

    /// <summary>The cause, or null.</summary>
    public Exception? Exception { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Position}{(Field is null ? "" : $", field '{Field}'")}: {Reason}";
}
