using System.Management.Automation;
using System.Security;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Planning;
using SafeAI.Migration.PowerShell.Binding;
using SafeAI.Migration.PowerShell.Completers;
using SafeAI.Migration.PowerShell.Hosting;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Goes on with a run of a plan that was stopped, killed or failed.</summary>
/// <remarks>
/// What was confirmed is not sent again; of what was sent without an answer the destination is asked. Files are sought,
/// tables are read on after their key and APIs from their page on, where that can be; other sources are read again, and what
/// is settled is passed over. Read again is also a source whose mapping has to know all earlier records, because it drops duplicates or
/// refuses an id that comes twice.
/// The figures at the end are those of a run that was never disturbed. A source or a mapping that has changed since the run
/// began is noticed and refused, unless -Force is given: everything is then read again from the start. A file is told by its
/// length, time and ends; of a table only its columns and key are, and of a query or an API only what is asked: rows that were changed
/// there are not noticed.
/// A run that came from a pipeline goes on with the same pipeline and Import-SafeAIData -Resume.
/// </remarks>
/// <example>
///   <code>Get-Migration | Where-Object { $_.IsResumable -and $_.IsFromPlan } | Resume-Migration -WhatIf</code>
///   <para>Says which runs could go on.</para>
/// </example>
/// <example>
///   <code>Get-Migration -Status Interrupted | Where-Object IsFromPlan | Select-Object -First 1 | Resume-Migration</code>
///   <para>Goes on with the newest run whose process was killed.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Resume, "Migration", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(MigrationResult))]
[OutputType(typeof(Job))]
public sealed class ResumeMigrationCommand : MigrationCmdlet
{
    /// <summary>The ids of the runs. Without it, the newest run of a plan that can be resumed goes on.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("MigrationId")]
    [ArgumentCompleter(typeof(ResumableIdCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Id { get; set; }

    /// <summary>The journal's file. Without it, the one in the user's own state folder is used.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? JournalPath { get; set; }

    /// <summary>The path of the runs' plan. Without -Id, the newest run of it goes on. The journal is then the one that the plan names, unless -JournalPath names another.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PlanPath { get; set; }

    /// <summary>The API key for the runs' endpoint. Without it, the plan's own, the open connection's or the environment variable SAFEAI_API_KEY is used.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? ApiKey { get; set; }

    /// <summary>A client id and its secret, for OAuth client credentials in place of a key.</summary>
    [Parameter]
    [ValidateNotNull]
    public PSCredential? Credential { get; set; }

    /// <summary>Goes on although a source or a mapping has changed: everything is read again from the start.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>A file for a log: a line of JSON for each event of the run. One that exists is gone on with. With -Verbose, the events are shown too.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? LogPath { get; set; }

    /// <summary>Goes on in the background and gives a job for each run at once; see Receive-Job, Wait-Job and Stop-Job. The jobs end with this PowerShell process; the runs can then be resumed.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var plan = PlanPath is null ? null : FullPath(PlanPath);
        var named = JournalPath ?? (plan is null ? null : OrStop(() => PlanFile.Load(plan, new VaultSecretResolver(SessionState)).JournalPath));
        var path = named is null ? JournalFile.DefaultPath : FullPath(named);
        if (Id is null && named is null && !File.Exists(path))
        {
            WriteVerbose("There is no journal, and so no run to resume.");
            return;
        }

        foreach (var id in Id ?? [null!])
        {
            var run = OrStop(() =>
            {
                using var journal = JournalFile.OpenExisting(path);
                return LoadRun.Find(journal, id, fromPlan: true, planPath: plan);
            });
            if (ShouldProcess($"{run.Id}, {run.Status}, plan {run.PlanPath ?? run.Name}, into {run.Destination}", "Resume"))
                Resume(run, path);
        }
    }

    private void Resume(MigrationRun run, string journalPath)
    {
        var plan = OrStop(() =>
        {
            using var journal = JournalFile.OpenExisting(journalPath);
            return PlanFile.OfRun(journal, run, new VaultSecretResolver(SessionState)).WithFullPaths(FullPath);
        });
        var options = new PlanRunOptions
        {
            Platform = OrStop(() => CurrentConnection.Options(plan.Destination, ApiKey, Credential)), JournalPath = journalPath, ResumeId = run.Id, PlanPath = run.PlanPath, Force = Force,
        };
        var display = new RunDisplay(this);
        var resumed = OrStop(() => new PlanRun(plan, options, LogPath is null ? null : FullPath(LogPath), display.IsVerbose));
        if (AsJob)
            PlanRunHost.StartJob(this, resumed, $"Resume-Migration {run.Id}");
        else
            PlanRunHost.Run(this, resumed, display, StoppingToken);
    }
}
