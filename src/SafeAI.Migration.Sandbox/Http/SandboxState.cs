using System.Collections.Concurrent;
using SafeAI.Migration.Sandbox.Cypher;
using SafeAI.Migration.Sandbox.Faults;
using SafeAI.Migration.Sandbox.Graph;

namespace SafeAI.Migration.Sandbox.Http;

/// <summary>Everything the endpoints share.</summary>
internal sealed class SandboxState(SandboxOptions options, MemoryGraph graph)
{
    private FaultScript _faults = options.Faults;

    public MemoryGraph Graph { get; } = graph;

    public StatementRunner Runner { get; } = new(graph);

    public AccessControl Access { get; } = new(options, TimeProvider.System);

    public RateLimiter Limiter { get; } = new(options.RateLimit, options.RateWindowSeconds, TimeProvider.System);

    public RequestCounts Counts { get; } = new();

    /// <summary>The faults that are played.</summary>
    public FaultScript Faults
    {
        get => Volatile.Read(ref _faults);
        set => Interlocked.Exchange(ref _faults, value).Replace();
    }
}

/// <summary>How many requests of each kind there were.</summary>
internal sealed class RequestCounts
{
    private readonly ConcurrentDictionary<string, long> _kinds = new(StringComparer.Ordinal);
    private long _mutating;
    private long _tooMany;
    private long _faults;
    private long _largestBody;

    public IReadOnlyDictionary<string, long> Kinds => new SortedDictionary<string, long>(_kinds);

    public long Mutating => Interlocked.Read(ref _mutating);

    public long TooMany => Interlocked.Read(ref _tooMany);

    public long Faults => Interlocked.Read(ref _faults);

    public long LargestBody => Interlocked.Read(ref _largestBody);

    public void Count(string kind) => _kinds.AddOrUpdate(kind, 1, static (_, count) => count + 1);

    public void CountMutating() => Interlocked.Increment(ref _mutating);

    public void CountTooMany() => Interlocked.Increment(ref _tooMany);

    public void CountFault() => Interlocked.Increment(ref _faults);

    public void SawBody(long length)
    {
        long known;
        while (length > (known = Interlocked.Read(ref _largestBody)))
        {
            Interlocked.CompareExchange(ref _largestBody, length, known);
        }
    }
}
