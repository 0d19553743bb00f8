using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Monitoring;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// Looks once a second whether somebody changed a run's limits in its journal, and lets the run keep to them from then on.
/// Batches and requests under way end as they are.
/// </summary>
internal sealed class LimitsWatch : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly JournalFile _journal;
    private readonly string _id;
    private readonly LoadThrottle _throttle;
    private readonly IGraphDestination _destination;
    private readonly RunMonitor _monitor;
    private readonly object _lock = new();
    private readonly ITimer _timer;
    private RunLimits? _known;
    private bool _isDisposed;

    /// <summary>Takes over what was changed already, and begins to look.</summary>
    /// <param name="run">The run's journal.</param>
    /// <param name="throttle">The run's.</param>
    /// <param name="destination">The run's.</param>
    /// <param name="monitor">Hears of changes.</param>
    /// <param name="clock">The clock; null for the system's.</param>
    /// <exception cref="MigrationException"><see cref="ErrorCode.JournalFailed"/>.</exception>
    public LimitsWatch(RunJournal run, LoadThrottle throttle, IGraphDestination destination, RunMonitor monitor, TimeProvider? clock = null)
    {
        (_journal, _id, _throttle, _destination, _monitor) = (run.File, run.Run.Id, throttle, destination, monitor);
        Look();
        _timer = (clock ?? TimeProvider.System).CreateTimer(_ => LookAgain(), null, s_interval, s_interval);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();

        // A look that is under way comes to its end first.
        lock (_lock)
            _isDisposed = true;
    }

    private void LookAgain()
    {
        if (!Monitor.TryEnter(_lock))
            return;
        try
        {
            if (!_isDisposed)
                Look();
        }
        catch (MigrationException)
        {
            // The run does not depend on it; the next look may succeed.
        }
        finally
        {
            Monitor.Exit(_lock);
        }
    }

    private void Look()
    {
        var limits = RunControl.Read(_journal, _id);
        if (limits is null || limits == _known)
            return;
        _known = limits;
        if (limits.ThrottleLimit is { } batches)
            _throttle.Maximum = batches;
        if (limits.RequestsPerMinute is { } requests)
            _destination.MaxRequestsPerMinute = requests == 0 ? null : requests;
        _monitor.LimitsChanged(limits);
    }
}
