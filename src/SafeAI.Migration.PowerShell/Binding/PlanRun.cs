using System.Collections.Concurrent;
using System.Management.Automation;
using SafeAI.Migration.Engine.Monitoring;
using SafeAI.Migration.Engine.Planning;

namespace SafeAI.Migration.PowerShell.Binding;

/// <summary>A run of a plan in the background: what it says is kept until somebody takes it to the streams.</summary>
internal sealed class PlanRun : IDisposable
{
    private readonly ConcurrentQueue<Action<IRunStreams>> _said = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly MigrationPlan _plan;
    private readonly PlanRunOptions _options;
    private readonly RunMonitor _monitor;
    private readonly LogFile? _log;
    private volatile MigrationException? _failure;

    /// <summary>Prepares a run; <see cref="Start"/> begins it.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="options">How it is run; who hears of it is added.</param>
    /// <param name="logPath">The full path of a log; null for none.</param>
    /// <param name="isVerbose">Whether the run's events are said too.</param>
    /// <exception cref="MigrationException">The log cannot be written.</exception>
    public PlanRun(MigrationPlan plan, PlanRunOptions options, string? logPath, bool isVerbose)
    {
        _plan = plan;
        _log = logPath is null ? null : new LogFile(logPath);
        var lines = isVerbose ? new TextLog(MigrationLogLevel.Information, line => _said.Enqueue(s => s.WriteVerbose(line))) : null;
        _monitor = new RunMonitor(new IRunObserver?[] { _log, lines }.OfType<IRunObserver>());
        _options = options with
        {
            Monitor = _monitor,
            OnReject = reject => _said.Enqueue(s => s.WriteError(Errors.RecordFor(reject))),
            OnFailure = failure => _failure = failure,
            OnMessage = message => _said.Enqueue(s => s.WriteWarning(message)),
        };
    }

    /// <summary>What the run is called.</summary>
    public string Name => _options.ResumeId is { } id ? $"Resuming {id}" : _plan.Name;

    /// <summary>How far it has come.</summary>
    public MigrationProgress Progress => _monitor.Progress;

    /// <summary>Begins the run.</summary>
    public Task<MigrationResult> Start() => Task.Run(() => PlanRunner.RunAsync(_plan, _options, _stopping.Token));

    /// <summary>Stops it: its result comes as soon as what is under way has let go. May be called more than once.</summary>
    public void Stop() => _stopping.Cancel();

    /// <summary>Takes what was said since the last time to the streams.</summary>
    public void TellTo(IRunStreams streams)
    {
        while (_said.TryDequeue(out var say))
            say(streams);
    }

    /// <summary>How far it has come, for the progress stream.</summary>
    public ProgressRecord ToProgressRecord()
    {
        var progress = Progress;
        var record = new ProgressRecord(1, Name, $"{progress.Phase}: {progress}");
        if (progress.PercentComplete is { } percent)
            record.PercentComplete = (int)Math.Clamp(percent, 0, 100);
        if (progress.SecondsRemaining is { } left)
            record.SecondsRemaining = (int)Math.Min(left, int.MaxValue);
        return record;
    }

    /// <summary>The error with which a run ends that did not come to a good end; null for one that did.</summary>
    public ErrorRecord? ErrorFor(MigrationResult result)
    {
        if (result.Status is not (MigrationStatus.Failed or MigrationStatus.Stopped or MigrationStatus.RolledBack))
            return null;
        if (_failure is { } failure)
        {
            failure.Result ??= result;
            return Errors.RecordFor(failure, result);
        }

        var code = result.ErrorCode ?? (result.Verified == false ? ErrorCode.VerificationFailed
            : _plan.Options.ErrorBudget.IsExceeded(result.Rejected, result.Read) ? ErrorCode.ErrorBudgetExceeded : ErrorCode.PlatformFailed);
        return Errors.RecordFor(new MigrationException(code, result.Error ?? "The migration did not come to its end.") { IsTransient = code == ErrorCode.WindowClosed, Result = result }, result);
    }

    /// <summary>What to say of a run that was stopped: that it was, and how to go on.</summary>
    public string NoteFor(MigrationResult result)
    {
        var journal = _options.JournalPath ?? _plan.JournalPath;
        return $"The migration {result.MigrationId} was stopped; what was confirmed stays. Go on with: Resume-Migration {result.MigrationId}"
            + (journal is null ? "" : $" -JournalPath '{journal.Replace("'", "''", StringComparison.Ordinal)}'");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _monitor.Dispose();
        _log?.Dispose();
        _stopping.Dispose();
    }
}
