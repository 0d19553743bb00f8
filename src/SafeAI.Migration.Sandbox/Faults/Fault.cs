namespace SafeAI.Migration.Sandbox.Faults;

/// <summary>What goes wrong.</summary>
internal enum FaultKind
{
    /// <summary>429 before the statement runs.</summary>
    Status429,

    /// <summary>500 before the statement runs.</summary>
    Status500,

    /// <summary>503 before the statement runs.</summary>
    Status503,

    /// <summary>The answer comes late; the statement is committed in time.</summary>
    Slow,

    /// <summary>The request is held until the fault script is replaced, and runs then, whether anybody still waits for it or not.</summary>
    Late,

    /// <summary>The connection is reset and the statement undone.</summary>
    ResetBeforeCommit,

    /// <summary>The connection is reset and the statement committed.</summary>
    ResetAfterCommit,

    /// <summary>401; an access token is worthless afterwards, an API key stays good.</summary>
    ExpiredToken,

    /// <summary>The process is killed before the commit.</summary>
    CrashBeforeCommit,

    /// <summary>The process is killed after the commit, before the answer.</summary>
    CrashAfterCommit,
}

/// <summary>How a 429 or 503 says when to come back.</summary>
internal enum RetryAfterForm
{
    Seconds,
    Date,
    None,
}

/// <summary>One rule of a fault script.</summary>
internal sealed class Fault
{
    public required FaultKind Kind { get; init; }

    /// <summary>The form of Retry-After.</summary>
    public RetryAfterForm RetryAfter { get; init; } = RetryAfterForm.Seconds;

    /// <summary>The time that Retry-After names.</summary>
    public int Seconds { get; init; } = 1;

    /// <summary>How late a slow answer is.</summary>
    public int Milliseconds { get; init; } = 1000;

    /// <summary>The numbers of the requests it strikes, from 1; null where a probability decides.</summary>
    public IReadOnlySet<long>? Requests { get; init; }

    /// <summary>It strikes every request whose number this divides.</summary>
    public long? Every { get; init; }

    /// <summary>The share of requests it strikes.</summary>
    public double? Probability { get; init; }

    /// <summary>Where the sequence of random numbers starts.</summary>
    public int Seed { get; init; }

    /// <summary>How often it strikes at most.</summary>
    public long Times { get; init; } = long.MaxValue;

    /// <summary>Whether only statements that write are counted and struck.</summary>
    public bool MutatingOnly { get; init; }
}
