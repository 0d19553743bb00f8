using System.Management.Automation;
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
/// what would be overwritten, and what Test-Migration finds; nothing is written. Ctrl+C stops it within two seconds: what was
/// confirmed stays, and a warning says how to go on. With -AsJob it runs in the background: its records that are turned away
/// are the job's errors, its result is the job's output, and Stop-Job stops it as Ctrl+C does.
/// </remarks>
/// <example>
///   <code>Invoke-Migration -Plan ./migration.json</code>
///   <para>Runs a plan file.</para>
/// </example>
/// <example>
///   <code>Invoke-Migration ./migration.json -WhatIf</code>
///   <para>Shows what would be done, and does nothing.</para>
/// </example>
/// <example>
///   <code>Invoke-Migration ./migration.json -AsJob | Receive-Job -Wait -AutoRemoveJob</code>
///   <para>Runs it in the background and waits for it; without the second command, other work can be done meanwhile.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Invoke, "Migration", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(MigrationResult))]
[OutputType(typeof(MigrationPreview))]
[OutputType(typeof(Job))]
public sealed class InvokeMigrationCommand : PlanCmdlet
{
    /// <summary>The journal's file. Without it, the one that the plan names is used, else the one in the user's own state folder.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? JournalPath { get; set; }

    /// <summary>A file for a log: a line of JSON for each event of the run. One that exists is gone on with. With -Verbose, the events are shown too.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? LogPath { get; set; }

    /// <summary>Runs it in the background and gives a job at once; see Receive-Job, Wait-Job and Stop-Job. The job ends with this PowerShell process; the run can then be resumed.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

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

        var options = new PlanRunOptions
        {
            Platform = platform,
            JournalPath = JournalPath is null ? null : FullPath(JournalPath),
            PlanPath = InputBinder.Unwrap(Plan) switch { string path => FullPath(path), FileInfo file => file.FullName, _ => null },
        };
        var display = new RunDisplay(this);
        var run = OrStop(() => new PlanRun(plan, options, LogPath is null ? null : FullPath(LogPath), display.IsVerbose));
        if (AsJob)
            PlanRunHost.StartJob(this, run, $"Invoke-Migration {options.PlanPath ?? plan.Name}");
        else
            PlanRunHost.Run(this, run, display, StoppingToken);
    }
}
