using System.Management.Automation;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.PowerShell.Binding;
using SafeAI.Migration.PowerShell.Completers;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Removes runs from the journal, with their batches, their before-images and their rejects, and gives the room back.</summary>
/// <remarks>
/// Nothing changes at the destination; but a run that was removed can be neither resumed nor undone. The journal keeps every
/// run until it is removed: about 60 bytes for each item loaded, and what was there before for each item overwritten.
/// A run that is at work is refused.
/// </remarks>
/// <example>
///   <code>Get-Migration -Status Failed | Remove-Migration -WhatIf</code>
///   <para>Shows which runs would go if those that failed were removed.</para>
/// </example>
/// <example>
///   <code>Remove-Migration -OlderThan 90 -Confirm:$false</code>
///   <para>Removes the runs that began more than 90 days ago, without asking; something to do once a week.</para>
/// </example>
[Cmdlet(VerbsCommon.Remove, "Migration", DefaultParameterSetName = "Id", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemoveMigrationCommand : MigrationCmdlet
{
    /// <summary>The ids of the runs.</summary>
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Id", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("MigrationId")]
    [ArgumentCompleter(typeof(MigrationIdCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = [];

    /// <summary>Removes all runs that began more than so many days ago and are not at work.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "OlderThan")]
    [ValidateRange(0, 36_500)]
    public int OlderThan { get; set; }

    /// <summary>The journal's file. Without it, the one in the user's own state folder is used.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? JournalPath { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        // Before the first run there is no journal, and so nothing to remove.
        if (JournalPath is null && ParameterSetName == "OlderThan" && !File.Exists(JournalFile.DefaultPath))
            return;
        using var journal = OrStop(() => JournalFile.OpenExisting(JournalPath is null ? null : FullPath(JournalPath)));
        var before = DateTimeOffset.UtcNow.AddDays(-OlderThan);
        var runs = ParameterSetName == "OlderThan"
            ? [.. OrStop(() => journal.Runs()).Where(r => r.Started < before && r.Status != MigrationStatus.Running).Select(r => r.Id)]
            : Id;
        foreach (var id in runs)
        {
            try
            {
                var run = journal.Run(id);
                if (ShouldProcess($"{run.Id}, {run.Status}, started {run.Started.LocalDateTime:g}, {run.Destination}", "Remove the run from the journal"))
                    journal.Remove(id);
            }
            catch (MigrationException e)
            {
                WriteError(Errors.RecordFor(e, id));
            }
        }
    }
}
