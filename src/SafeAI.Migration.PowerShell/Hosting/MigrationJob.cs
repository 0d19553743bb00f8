using System.Management.Automation;
using SafeAI.Migration.PowerShell.Binding;

namespace SafeAI.Migration.PowerShell.Hosting;

/// <summary>
/// A run of a plan as a job of this PowerShell process: Wait-Job, Receive-Job, Stop-Job and Remove-Job work with it. Stopping
/// it leaves a run that can be resumed, and so does the end of the process.
/// </summary>
internal sealed class MigrationJob : Job, IRunStreams
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly PlanRun _run;
    private readonly object _lock = new();
    private bool _hasEnded;

    /// <summary>Creates a job that has not begun.</summary>
    /// <param name="run">The run, which the job owns from now on.</param>
    /// <param name="command">What it is shown to run; holds no secret.</param>
    public MigrationJob(PlanRun run, string command)
        : base(command, run.Name)
    {
        _run = run;
        PSJobTypeName = "Migration";
    }

    /// <inheritdoc/>
    public override bool HasMoreData => Output.Count + Error.Count + Warning.Count + Verbose.Count + Progress.Count > 0;

    /// <inheritdoc/>
    public override string Location => Environment.MachineName;

    /// <inheritdoc/>
    public override string StatusMessage => JobStateInfo.State == JobState.Running ? $"{_run.Progress.Phase}: {_run.Progress}" : "";

    /// <summary>Begins the run.</summary>
    public void Start()
    {
        SetJobState(JobState.Running);
        var running = _run.Start();
        _ = Task.Run(() => WatchAsync(running));
    }

    /// <summary>Stops the run, and returns when it has ended.</summary>
    public override void StopJob()
    {
        lock (_lock)
        {
            // Whoever hears of the end may remove the job at once, before the last state is announced to all.
            if (_hasEnded)
                return;
            SetJobState(JobState.Stopping);
            _run.Stop();
        }

        Finished.WaitOne();
    }

    void IRunStreams.WriteWarning(string text) => Warning.Add(new WarningRecord(text));

    void IRunStreams.WriteError(ErrorRecord error) => Error.Add(error);

    void IRunStreams.WriteVerbose(string text) => Verbose.Add(new VerboseRecord(text));

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            StopJob();
        base.Dispose(disposing);
    }

    private async Task WatchAsync(Task<MigrationResult> running)
    {
        while (await Task.WhenAny(running, Task.Delay(s_interval)).ConfigureAwait(false) != running)
        {
            _run.TellTo(this);

            // Only the newest is of interest to whoever looks.
            Progress.ReadAll();
            Progress.Add(_run.ToProgressRecord());
        }

        _run.TellTo(this);
        Progress.ReadAll();
        var state = await TakeResultAsync(running).ConfigureAwait(false);
        lock (_lock)
        {
            _run.Dispose();
            _hasEnded = true;
        }

        SetJobState(state);
    }

    private async Task<JobState> TakeResultAsync(Task<MigrationResult> running)
    {
        try
        {
            var result = await running.ConfigureAwait(false);
            Output.Add(PSObject.AsPSObject(result));
            if (result is { Status: MigrationStatus.Stopped, ErrorCode: null })
            {
                Warning.Add(new WarningRecord(_run.NoteFor(result)));
                return JobState.Stopped;
            }

            if (_run.ErrorFor(result) is not { } error)
                return JobState.Completed;
            Error.Add(error);
            return result.Status == MigrationStatus.Stopped ? JobState.Stopped : JobState.Failed;
        }
        catch (OperationCanceledException)
        {
            return JobState.Stopped;
        }
        catch (MigrationException e)
        {
            Error.Add(Errors.RecordFor(e, e.Result));
            return JobState.Failed;
        }
        catch (Exception e)
        {
            // Nobody foresaw it: whoever receives the job is told all the same.
            Error.Add(new ErrorRecord(e, "UnexpectedError", ErrorCategory.NotSpecified, null));
            return JobState.Failed;
        }
    }
}
