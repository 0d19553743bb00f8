using System.Collections.Concurrent;
using System.Management.Automation;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Monitoring;

namespace SafeAI.Migration.PowerShell.Binding;

/// <summary>
/// Shows a run in the progress and verbose streams, from the pipeline thread. What nobody wants to see is not even made:
/// with -ProgressAction SilentlyContinue, or the preference of that name, no figures are taken.
/// </summary>
internal sealed class RunDisplay
{
    private readonly PSCmdlet _cmdlet;
    private readonly ConcurrentQueue<string> _lines = new();

    public RunDisplay(PSCmdlet cmdlet)
    {
        _cmdlet = cmdlet;
        ShowsProgress = Preference(cmdlet, "ProgressAction", "ProgressPreference", ActionPreference.Continue) is not (ActionPreference.SilentlyContinue or ActionPreference.Ignore);
        IsVerbose = cmdlet.MyInvocation.BoundParameters.TryGetValue("Verbose", out var asked)
            ? asked is SwitchParameter { IsPresent: true }
            : Preference(cmdlet, "", "VerbosePreference", ActionPreference.SilentlyContinue) is not (ActionPreference.SilentlyContinue or ActionPreference.Ignore);
        Observer = IsVerbose ? new TextLog(MigrationLogLevel.Information, _lines.Enqueue) : null;
    }

    /// <summary>Whether the verbose stream is on.</summary>
    public bool IsVerbose { get; }

    /// <summary>Hears the run's events; null where the verbose stream is off.</summary>
    public IRunObserver? Observer { get; }

    /// <summary>Whether the command's progress is shown to anybody.</summary>
    public bool ShowsProgress { get; }

    /// <summary>Shows what is new.</summary>
    public void Update(LoadSession session)
    {
        WriteLines();
        Update(() => RecordFor(session.Snapshot()));
    }

    /// <summary>Shows progress, which is only made where it is shown.</summary>
    public void Update(Func<ProgressRecord> progress)
    {
        if (ShowsProgress)
            _cmdlet.WriteProgress(progress());
    }

    private static ProgressRecord RecordFor(MigrationResult result)
    {
        var record = new ProgressRecord(
            1,
            "Loading into " + result.Destination,
            FormattableString.Invariant($"{result.Read} records read; nodes: {result.Nodes}; relationships: {result.Relationships}; rejected: {result.Rejected}"));
        if (result.Progress is { } progress)
        {
            record.CurrentOperation = progress.RateLimitedUntil is { } until
                ? FormattableString.Invariant($"{progress.Phase}: waits for the rate limit until {until.ToLocalTime():T}")
                : FormattableString.Invariant($"{progress.Phase}: {progress.CurrentRate:0} items a second");
            record.PercentComplete = progress.PercentComplete is { } percent ? (int)percent : -1;
            record.SecondsRemaining = progress.SecondsRemaining is { } left and < int.MaxValue ? (int)Math.Ceiling(left) : -1;
        }

        return record;
    }

    /// <summary>Shows what is left, and takes the progress away.</summary>
    public void Close()
    {
        WriteLines();
        if (ShowsProgress)
            _cmdlet.WriteProgress(new ProgressRecord(1, "Loading", "Done") { RecordType = ProgressRecordType.Completed });
    }

    private void WriteLines()
    {
        while (_lines.TryDequeue(out var line))
            _cmdlet.WriteVerbose(line);
    }

    private static ActionPreference Preference(PSCmdlet cmdlet, string parameter, string variable, ActionPreference otherwise)
    {
        var value = cmdlet.MyInvocation.BoundParameters.TryGetValue(parameter, out var bound) ? bound : cmdlet.SessionState.PSVariable.GetValue(variable);
        return LanguagePrimitives.TryConvertTo<ActionPreference>(value, out var preference) && value is not null ? preference : otherwise;
    }
}
