using System.Diagnostics;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Monitoring;

/// <summary>
/// Watches one run: keeps its progress, publishes its measurements and spans, and tells observers what happens. What is
/// counted is looked at several times a second, never per record. Safe for several threads.
/// </summary>
public sealed class RunMonitor : IDisposable
{
    private readonly object _lock = new();
    private readonly TimeProvider _clock;
    private readonly ProgressTracker _tracker = new();
    private readonly Dictionary<string, long?> _expected = new(StringComparer.Ordinal);
    private long _begun;
    private IRunObserver[] _observers;
    private RunTelemetry? _telemetry;
    private ITimer? _timer;
    private Func<RunFigures>? _figures;
    private string _migrationId = "";
    private MigrationPhase _phase;
    private long _nodesSettled;
    private long _relationshipsSettled;
    private long _nodesEarlier;
    private long _relationshipsEarlier;
    private long _verified;
    private int _active;
    private bool _ended;

    /// <summary>Creates a monitor for a run that has not begun.</summary>
    /// <param name="observers">Hear what happens; more can be added until the run begins.</param>
    /// <param name="clock">The clock; null for the system's.</param>
    public RunMonitor(IEnumerable<IRunObserver>? observers = null, TimeProvider? clock = null)
    {
        _observers = [.. observers ?? []];
        _clock = clock ?? TimeProvider.System;
    }

    /// <summary>The time between two looks at the figures.</summary>
    public static TimeSpan Interval { get; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How far the run has come.</summary>
    public MigrationProgress Progress
    {
        get
        {
            lock (_lock)
                return _tracker.Progress;
        }
    }

    /// <summary>Adds somebody who hears what happens.</summary>
    public void Add(IRunObserver observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        lock (_lock)
            _observers = [.. _observers, observer];
    }

    /// <summary>Announces a source that will be read later on, so that the total is known from the start.</summary>
    /// <param name="source">The source's stream as it was seen when it was looked at beforehand.</param>
    public void Expect(RecordSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        lock (_lock)
            _expected[source.Name] = source.EstimatedRecords;
    }

    /// <summary>Says that a record or item was turned away. The session says so itself for those that it turned away.</summary>
    public void Rejected(Reject reject)
    {
        if (_observers.Length > 0)
            Tell(new RecordRejected(_migrationId, Now, reject));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer?.Dispose();
        _telemetry?.Dispose();
    }

    /// <summary>The run begins.</summary>
    /// <param name="migrationId">Its id.</param>
    /// <param name="destination">Where it goes, for people.</param>
    /// <param name="options">How.</param>
    /// <param name="figures">Gives what the session counts; the monitor adds what it counts itself.</param>
    internal void Begin(string migrationId, string destination, LoadOptions options, Func<RunFigures> figures)
    {
        _migrationId = migrationId;
        _figures = figures;
        _begun = _clock.GetTimestamp();
        _telemetry = new RunTelemetry(migrationId, destination);
        Tell(new RunStarted(migrationId, Now, destination, options));
        Enter(MigrationPhase.Nodes);
        _timer = _clock.CreateTimer(_ => Look(), null, Interval, Interval);
    }

    /// <summary>The run keeps to other limits from now on.</summary>
    internal void LimitsChanged(RunLimits limits) => Tell(new LimitsChanged(_migrationId, Now, limits));

    /// <summary>The run comes to a phase.</summary>
    internal void Enter(MigrationPhase phase)
    {
        lock (_lock)
            _phase = phase;
        _telemetry!.Enter(phase);
        Tell(new PhaseStarted(_migrationId, Now, phase));
        Look();
    }

    /// <summary>Runs a batch's work, measured.</summary>
    internal async Task RunBatchAsync(BatchKey key, int items, Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        var started = _clock.GetTimestamp();
        Interlocked.Increment(ref _active);
        using var measured = _telemetry!.BeginBatch(key, items);
        try
        {
            await work(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            var code = (e as MigrationException)?.Code ?? (e is OperationCanceledException ? "Stopped" : e.GetType().Name);
            measured.Fail(code);
            Tell(new BatchFailed(_migrationId, Now, key.IsNode, key.Type, items, code));
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref _active);
        }

        Interlocked.Add(ref key.IsNode ? ref _nodesSettled : ref _relationshipsSettled, items);
        if (_observers.Length > 0)
            Tell(new BatchSettled(_migrationId, Now, key.IsNode, key.Type, items, _clock.GetElapsedTime(started)));
    }

    /// <summary>Items were settled without a batch of their own, as those are that an earlier process of the run had settled.</summary>
    internal void Settled(bool isNode, long items)
    {
        Interlocked.Add(ref isNode ? ref _nodesEarlier : ref _relationshipsEarlier, items);
        Interlocked.Add(ref isNode ? ref _nodesSettled : ref _relationshipsSettled, items);
    }

    /// <summary>Items were read back.</summary>
    internal void Verified(int items) => Interlocked.Add(ref _verified, items);

    /// <summary>The run ends; a second call says nothing.</summary>
    /// <returns>The result with the progress at the end.</returns>
    internal MigrationResult End(MigrationResult result)
    {
        lock (_lock)
        {
            if (_ended)
                return result with { Progress = _tracker.Progress };
            _ended = true;
        }

        _timer?.Dispose();
        if (result.Status == MigrationStatus.Completed)
            _phase = MigrationPhase.Ended;
        Look(final: true);
        _telemetry?.End(result);
        result = result with { Progress = Progress };
        Tell(new RunEnded(_migrationId, Now, result));
        return result;
    }

    private DateTimeOffset Now => _clock.GetUtcNow();

    // Looks at the figures and passes them on; where one look is under way still, the next is left out.
    private void Look(bool final = false)
    {
        if (final)
            Monitor.Enter(_lock);
        else if (!Monitor.TryEnter(_lock))
            return;
        try
        {
            if (_ended && !final)
                return;
            var figures = Complete(_figures!());
            var progress = _tracker.Update(figures, Now);
            _telemetry!.Publish(figures, progress);
            Tell(new ProgressMade(_migrationId, Now, figures, progress));
        }
        finally
        {
            Monitor.Exit(_lock);
        }
    }

    private RunFigures Complete(RunFigures figures) => figures with
    {
        Elapsed = _clock.GetElapsedTime(_begun),
        Phase = _phase,
        NodesEarlier = Interlocked.Read(ref _nodesEarlier),
        RelationshipsEarlier = Interlocked.Read(ref _relationshipsEarlier),
        NodesSettled = Interlocked.Read(ref _nodesSettled),
        RelationshipsSettled = Interlocked.Read(ref _relationshipsSettled),
        Verified = Interlocked.Read(ref _verified),
        ActiveBatches = Volatile.Read(ref _active),
        ToVerify = figures.ToVerify == 0 ? 0 : Distinct(figures.Nodes, figures.NodesAccepted) + Distinct(figures.Relationships, figures.RelationshipsAccepted),
    };

    // An item that comes again in one load counts as unchanged, and is read back once. Where most were unchanged, they
    // were so because an earlier load had brought them.
    private static long Distinct(ItemCounts settled, long accepted)
    {
        var changed = settled.Created + settled.Updated;
        return settled.Total == 0 || changed < settled.Unchanged ? accepted : (long)(accepted * (changed / (double)settled.Total));
    }

    /// <summary>The records there are in all: what opened sources say, and what was announced of the others.</summary>
    internal long? Expected(IReadOnlyList<RecordSource> opened)
    {
        lock (_lock)
        {
            long total = 0;
            foreach (var source in opened)
            {
                if (source.EstimatedRecords is not { } estimate)
                    return null;
                total += Math.Max(estimate, source.Read);
            }

            foreach (var (name, estimate) in _expected)
            {
                if (opened.Any(s => s.Name == name))
                    continue;
                if (estimate is not { } records)
                    return null;
                total += records;
            }

            return opened.Count + _expected.Count == 0 ? null : total;
        }
    }

    private void Tell(RunEvent happened)
    {
        foreach (var observer in _observers)
            observer.Observe(happened);
    }
}
