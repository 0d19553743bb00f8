namespace SafeAI.Migration;

/// <summary>
/// What a stage of a pipeline turned away, on its way to the load at the pipeline's end, which keeps it in its journal. What
/// is turned away before the load meets the stream waits here, as much as fits. Safe for several threads at once.
/// </summary>
public sealed class RejectTrail
{
    /// <summary>How many rejects wait at most.</summary>
    public const int MostKept = 10_000;

    private readonly object _lock = new();
    private List<Reject> _kept = [];
    private Action<Reject>? _listener;

    /// <summary>Tells of a reject: to whoever follows, else to the first who will.</summary>
    public void Add(Reject reject)
    {
        ArgumentNullException.ThrowIfNull(reject);
        Action<Reject>? listener;
        lock (_lock)
        {
            listener = _listener;
            if (listener is null && _kept.Count < MostKept)
                _kept.Add(reject);
        }

        listener?.Invoke(reject);
    }

    /// <summary>Hears of what waits, and of what comes until the result is disposed of. A second listener hears of what comes too.</summary>
    /// <param name="listener">Is called from any thread.</param>
    public IDisposable Follow(Action<Reject> listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        List<Reject> kept;
        lock (_lock)
        {
            (kept, _kept) = (_kept, []);
            _listener += listener;
        }

        foreach (var reject in kept)
            listener(reject);
        return new Following(this, listener);
    }

    /// <summary>Lets go of what waits, as the pipeline that it belongs to has ended.</summary>
    public void Forget()
    {
        lock (_lock)
            _kept = [];
    }

    private sealed class Following(RejectTrail trail, Action<Reject> listener) : IDisposable
    {
        public void Dispose()
        {
            lock (trail._lock)
                trail._listener -= listener;
        }
    }
}
