using System.Text;

namespace SafeAI.Migration;

/// <summary>The stages that a record passes.</summary>
public enum MigrationStage
{
    /// <summary>Reading from the source.</summary>
    Extract,

    /// <summary>Mapping, cleaning and converting.</summary>
    Transform,

    /// <summary>Checking against rules.</summary>
    Validate,

    /// <summary>Writing to the destination.</summary>
    Load,

    /// <summary>Reading back and comparing.</summary>
    Verify,

    /// <summary>Putting the destination back.</summary>
    Undo,
}

/// <summary>A part of the data that was on its way to the destination together.</summary>
/// <param name="Source">The stream that it was read from; null where the items come from no record.</param>
/// <param name="First">The first of its records.</param>
/// <param name="Last">The last of its records.</param>
/// <param name="Batch">What its items are: a node type, or a relationship type with its ends.</param>
public sealed record DataSegment(string? Source, RecordPosition First, RecordPosition Last, string Batch)
{
    /// <inheritdoc/>
    public override string ToString() => Source is null ? Batch : $"{Batch}, {First} to {Last}";
}

/// <summary>
/// A failure of the engine: what happened and why, what to do, a stable id, whether a retry helps, and where in the
/// data it was. The inner cause is kept.
/// </summary>
public class MigrationException : Exception
{
    /// <summary>Creates a failure.</summary>
    /// <param name="code">One of <see cref="ErrorCode"/>.</param>
    /// <param name="what">What happened and why, a sentence.</param>
    /// <param name="remedy">What to do about it, a sentence, or null.</param>
    /// <param name="inner">The cause.</param>
    public MigrationException(string code, string what, string? remedy = null, Exception? inner = null)
        : base(remedy is null ? what : $"{what} {remedy}", inner)
    {
        ArgumentException.ThrowIfNullOrEmpty(code);
        Code = code;
        What = what;
        Remedy = remedy;
    }

    /// <summary>The stable id, one of <see cref="ErrorCode"/>.</summary>
    public string Code { get; }

    /// <summary>What happened and why.</summary>
    public string What { get; }

    /// <summary>What to do about it, or null.</summary>
    public string? Remedy { get; }

    /// <summary>Whether the same attempt may succeed later.</summary>
    public bool IsTransient { get; init; }

    /// <summary>The stage that failed, where known; set once on the way up.</summary>
    public MigrationStage? Stage { get; set; }

    /// <summary>The record at which it failed, where there is one.</summary>
    public RecordPosition? Position { get; init; }

    /// <summary>The field at which it failed, where there is one.</summary>
    public string? Field { get; init; }

    /// <summary>The part of the data at which it failed, where it is known; set once on the way up.</summary>
    public DataSegment? Segment { get; set; }

    /// <summary>What putting the run back did, where the failure led to that.</summary>
    public UndoResult? Undo { get; init; }

    /// <summary>The run's result so far, where the failure ended a run; set once on the way up.</summary>
    public MigrationResult? Result { get; set; }
}
