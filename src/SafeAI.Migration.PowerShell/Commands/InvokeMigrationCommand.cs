using System.Collections.Concurrent;
using System.Management.Automation;
using SafeAI.Migration.Engine.Monitoring;
using SafeAI.Migration.Engine.Planning;
using SafeAI.Migration.PowerShell.Binding;
using SafeAI.Migration.PowerShell.Hosting;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Runs a migration whole, as a plan says: reads, maps, loads, verifies.</summary>
/// <remarks>
/// The plan is a JSON file or a hash table; about_SafeAI_Migration_Plans describes it. Every fault of it is told at
/// once, with its place, before anything is read. One result object comes out at the end, with Status and Progress; its
/// figures add up: read = loaded + unchanged + rejected + skipped. Records that cannot be mapped or loaded become
/// non-terminating errors. A run that rejects more than its error budget allows, or whose verification finds a
/// difference, ends in a terminating error that carries the result. With -WhatIf nothing is read but what tells how much
/// there is: the sources and their rows, the nodes and relationships per type, the requests and the time that they need,
/// what would be overwritten, and what Test-Migration finds; nothing is written. Ctrl+C stops it at once; it can be resumed. To run it as a job, use
/// Start-Job or Start-ThreadJob.
/// </remarks>
/// <example>
///   <code>Invoke-Migration -Plan ./migration.json</code>
///   <para>Runs a plan file.</para>
/// </example>
/// <example>
///   <code>Invoke-Migration ./migration.json -WhatIf</code>
///   <para>Shows what would be done, and does nothing.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Invoke, "Migration", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(MigrationResult))]
[OutputType(typeof(MigrationPreview))]
public sealed class InvokeMigrationCommand : PlanCmdlet
{
    private readonly ConcurrentQueue<Reject> _rejects = new();
    private readonly ConcurrentQueue<string> _messages = new();

    /// <summary>The journal's file. Without it, the one that the plan names is used, else the one in the user's own state folder.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? JournalPath { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var plan = ReadPlan();
        var platform = PlatformOf(plan);
        if (!ShouldProcess(plan.Destination.Store ?? platform!.Endpoint.GetLeftPart(UriPartial.Authority), $"Run the migration '{plan.Name}'"))
        {
            var isWhatIf = MyInvocation.BoundParameters.TryGetValue("WhatIf", out var given) ? given : GetVariableValue("WhatIfPreference");
            if (LanguagePrimitives.IsTrue(isWhatIf))
                WriteObject(Wait(token => PlanPreview.MakeAsync(plan, platform, token)));
            return;
        }

        using var monitor = new RunMonitor();
        var options = new PlanRunOptions
        {
            Platform = platform,
            JournalPath = JournalPath is null ? null : FullPath(JournalPath),
            PlanPath = InputBinder.Unwrap(Plan) switch { string path => FullPath(path), FileInfo file => file.FullName, _ => null },
            Monitor = monitor,
            OnReject = _rejects.Enqueue,
            OnMessage = _messages.Enqueue,
        };
        var running = Task.Run(() => PlanRunner.RunAsync(plan, options, StoppingToken));
        while (!((IAsyncResult)running).AsyncWaitHandle.WaitOne(ProgressThrottle.Interval))
        {
            Drain();
            ShowProgress(plan, monitor.Progress);
        }

        Drain();
        WriteProgress(new ProgressRecord(1, plan.Name, "Done") { RecordType = ProgressRecordType.Completed });
        End(Wait(_ => running), plan);
    }

    private void End(MigrationResult result, MigrationPlan plan)
    {
        // After a stop the pipeline takes nothing any more, but the host does.
        if (StoppingToken.IsCancellationRequested)
        {
            Host.UI.WriteWarningLine($"The migration {result.MigrationId} was stopped; what was confirmed stays. Go on with: Resume-Migration {result.MigrationId}");
            return;
        }

        WriteObject(result);
        if (result.Status is MigrationStatus.Failed or MigrationStatus.Stopped or MigrationStatus.RolledBack)
        {
            var code = result.ErrorCode ?? (result.Verified == false ? ErrorCode.VerificationFailed
                : plan.Options.ErrorBudget.IsExceeded(result.Rejected, result.Read) ? ErrorCode.ErrorBudgetExceeded : ErrorCode.PlatformFailed);
            ThrowTerminatingError(Errors.RecordFor(new MigrationException(code, result.Error ?? "The migration did not come to its end."), result));
        }
    }

    private void Drain()
    {
        while (_messages.TryDequeue(out var message))
            WriteWarning(message);
        while (_rejects.TryDequeue(out var reject))
            WriteReject(reject);
    }

    private void ShowProgress(MigrationPlan plan, MigrationProgress progress)
    {
        var record = new ProgressRecord(1, plan.Name, $"{progress.Phase}: {progress}");
        if (progress.PercentComplete is { } percent)
            record.PercentComplete = (int)Math.Clamp(percent, 0, 100);
        if (progress.SecondsRemaining is { } left)
            record.SecondsRemaining = (int)Math.Min(left, int.MaxValue);
        WriteProgress(record);
    }
}
