namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// Lets batches through: as many at once as are allowed and as the machine and the destination bear.
/// When batches become slower than they usually are, fewer are let through; when they are as fast as usual again, more,
/// one by one. A gate in front of it may hold everything up between two batches. Safe for several threads.
/// </summary>
/// <remarks>
/// The limit moves as that of TCP does: halved at a sign of congestion, raised by one after a round without. A round is
/// twice as many batches as the limit. The sign is a round of which the median took more than twice as long as batches with
/// as many others under way usually take: single slow batches, which a busy machine, a pause of either side or the disk make,
/// say nothing of the destination. What is usual is learnt from the batches themselves and moves: quickly down, slowly up.
/// Time that a request spent waiting for the platform's rate limit is not counted, since that is no congestion.
/// </remarks>
public sealed class LoadThrottle
{
    /// <summary>The most batches at once that can be allowed.</summary>
    public const int HighestLimit = 64;

    private const double Slow = 2;
    private const int FewestInRound = 4;
    private const double LearnFaster = 0.3;
    private const double LearnSlower = 0.02;

    private readonly object _lock = new();
    private readonly TimeProvider _clock;
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private readonly Dictionary<(string Kind, int Level), double> _usual = [];
    private readonly List<double> _round = [];
    private int _maximum;
    private int _limit;
    private int _inUse;
    private long _lastStepDown;
    private long _started;

    /// <summary>Creates a throttle that starts at its limit.</summary>
    /// <param name="limit">Batches at once at most, from 1 to 64.</param>
    /// <param name="clock">The clock; null for the system's.</param>
    public LoadThrottle(int limit, TimeProvider? clock = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, HighestLimit);
        _clock = clock ?? TimeProvider.System;
        _maximum = _limit = limit;
    }

    /// <summary>Waited for before each batch, so that a run can be held up between two batches; null for nothing.</summary>
    public Func<CancellationToken, ValueTask>? Gate { get; set; }

    /// <summary>Batches at once at most, from 1 to 64. May be changed at any time; batches under way end as they are.</summary>
    public int Maximum
    {
        get => Volatile.Read(ref _maximum);
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, HighestLimit);
            lock (_lock)
            {
                // What was allowed in full stays so; what was held down goes on rising from where it is.
                _limit = _limit == _maximum ? value : Math.Min(_limit, value);
                _maximum = value;
                LetIn();
            }
        }
    }

    /// <summary>Batches at once that are let through now.</summary>
    public int Limit
    {
        get
        {
            lock (_lock)
                return _limit;
        }
    }

    /// <summary>Batches under way.</summary>
    public int InUse
    {
        get
        {
            lock (_lock)
                return _inUse;
        }
    }

    /// <summary>Waits until a batch may go, and counts it as under way while it does.</summary>
    /// <param name="kind">What its time is compared with: batches of the same kind.</param>
    /// <param name="isTypical">Whether it is of the usual size, so that something can be learnt from its time.</param>
    /// <param name="batch">The batch's work.</param>
    /// <param name="cancellationToken">Ends the wait, and is handed to the work.</param>
    public async Task RunAsync(string kind, bool isTypical, Func<CancellationToken, Task> batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(batch);
        if (Gate is { } gate)
            await gate(cancellationToken).ConfigureAwait(false);
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        Permit permit;
        lock (_lock)
            permit = new Permit(kind, _inUse, ++_started, _clock.GetTimestamp());
        var learnsFrom = false;
        try
        {
            var waits = RateLimitWait.Begin();
            await batch(cancellationToken).ConfigureAwait(false);
            permit.Milliseconds = Math.Max(0.1, (_clock.GetElapsedTime(permit.Since) - waits.Total).TotalMilliseconds);
            learnsFrom = isTypical;
        }
        finally
        {
            lock (_lock)
            {
                _inUse--;
                if (learnsFrom)
                    Learn(permit);
                LetIn();
            }
        }
    }

    private Task EnterAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource turn;
        lock (_lock)
        {
            if (_inUse < _limit && _waiting.Count == 0)
            {
                _inUse++;
                return Task.CompletedTask;
            }

            turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(turn);
        }

        return WaitAsync(turn, cancellationToken);

        static async Task WaitAsync(TaskCompletionSource turn, CancellationToken cancellationToken)
        {
            using (cancellationToken.UnsafeRegister(static (t, token) => ((TaskCompletionSource)t!).TrySetCanceled(token), turn))
                await turn.Task.ConfigureAwait(false);
        }
    }

    private void Learn(Permit permit)
    {
        var key = (permit.Kind, permit.Level);
        var milliseconds = permit.Milliseconds;
        var usual = UsualFor(permit);
        if (!_usual.TryGetValue(key, out var known))
            known = usual ?? milliseconds;
        _usual[key] = known + (milliseconds < known ? LearnFaster : LearnSlower) * (milliseconds - known);

        // Batches that began before the last step down say nothing about its effect.
        if (permit.Number <= _lastStepDown)
            return;
        _round.Add(milliseconds / (usual ?? milliseconds));
        if (_round.Count < Math.Max(FewestInRound, 2 * _limit))
            return;
        _round.Sort();
        var median = _round[(_round.Count - 1) / 2];
        _round.Clear();
        if (median > Slow)
        {
            _limit = Math.Max(1, _limit / 2);
            _lastStepDown = _started;
        }
        else if (_limit < _maximum)
        {
            _limit++;
        }
    }

    // With fewer others under way a batch takes no longer than with more, so that what is known of more will do.
    private double? UsualFor(Permit permit)
    {
        for (var level = permit.Level; level <= HighestLimit; level++)
        {
            if (_usual.TryGetValue((permit.Kind, level), out var usual))
                return usual;
        }

        return null;
    }

    private void LetIn()
    {
        while (_inUse < _limit && _waiting.TryDequeue(out var turn))
        {
            if (turn.TrySetResult())
                _inUse++;
        }
    }

    private sealed record Permit(string Kind, int Level, long Number, long Since)
    {
        public double Milliseconds { get; set; }
    }
}

/// <summary>The time that the requests of one batch spent waiting for the platform's rate limit.</summary>
internal sealed class RateLimitWait
{
    private static readonly AsyncLocal<RateLimitWait?> s_current = new();
    private long _ticks;

    /// <summary>The batch that the present request belongs to; null where it belongs to none.</summary>
    public static RateLimitWait? Current => s_current.Value;

    /// <summary>The waits so far.</summary>
    public TimeSpan Total => new(Interlocked.Read(ref _ticks));

    /// <summary>Begins one, which the requests of the present flow add to from here on.</summary>
    public static RateLimitWait Begin() => s_current.Value = new RateLimitWait();

    public void Add(TimeSpan wait) => Interlocked.Add(ref _ticks, wait.Ticks);
}
