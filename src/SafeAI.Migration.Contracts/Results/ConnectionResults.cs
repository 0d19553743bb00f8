namespace SafeAI.Migration;

/// <summary>The open connection of a PowerShell session. It holds no secret.</summary>
/// <param name="Endpoint">The platform's endpoint.</param>
/// <param name="Authentication">How it signs in: <c>ApiKey</c> or <c>ClientCredentials</c>.</param>
public sealed record SafeAIConnection(Uri Endpoint, string Authentication);

/// <summary>What works with an endpoint and a key.</summary>
public sealed record ConnectionTestResult
{
    /// <summary>The endpoint tested.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>Whether somebody answered.</summary>
    public bool Reachable { get; init; }

    /// <summary>Whether the key was accepted.</summary>
    public bool Authenticated { get; init; }

    /// <summary>Whether the key may read.</summary>
    public bool CanRead { get; init; }

    /// <summary>Whether the key may write. Tested with a statement that writes nothing; null where that was not tried.</summary>
    public bool? CanWrite { get; init; }

    /// <summary>Requests allowed per window; null where the platform does not say.</summary>
    public long? RateLimit { get; init; }

    /// <summary>Requests left in this window; null where the platform does not say.</summary>
    public long? RateLimitRemaining { get; init; }

    /// <summary>The node types that exist.</summary>
    public IReadOnlyList<string> NodeTypes { get; init; } = [];

    /// <summary>The relationship types that exist.</summary>
    public IReadOnlyList<string> RelationshipTypes { get; init; } = [];

    /// <summary>How long the platform took to answer a statement that does nothing, in milliseconds.</summary>
    public double LatencyMilliseconds { get; init; }

    /// <summary>What does not work and why, or null.</summary>
    public string? Error { get; init; }
}

/// <summary>A sandbox that runs as a child process.</summary>
/// <param name="Endpoint">Where it listens.</param>
/// <param name="ProcessId">Its process.</param>
/// <param name="Store">The file of its graph; null where it keeps it in memory.</param>
public sealed record SandboxInfo(Uri Endpoint, int ProcessId, string? Store);
