using System.Management.Automation;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.PowerShell.Binding;
using SafeAI.Migration.PowerShell.Completers;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Changes how much a run may ask of its destination, while it is at work too.</summary>
/// <remarks>
/// The limits are kept in the journal; the process that works on the run looks there once a second, and the audit trail has an
/// event for each change. What is under way ends as it is. More batches at once than the run began with are made of nodes from then on, and of
/// relationships and verification from the beginning of these phases on. A run that was stopped or killed keeps to its limits when it is resumed.
/// A run into a local graph store sends no requests, so that only -ThrottleLimit says something to it.
/// </remarks>
/// <example>
///   <code>Get-Migration -Status Running | Set-Migration -RequestsPerMinute 30 -ThrottleLimit 1 -WhatIf</code>
///   <para>Shows which runs would be slowed down for as long as others need the platform.</para>
/// </example>
/// <example>
///   <code>Get-Migration -Status Running | Select-Object -First 1 | Set-Migration -RequestsPerMinute 0 -PassThru</code>
///   <para>Takes the cap of the newest run at work away again, so that only the platform's own limit counts, and shows the run.</para>
/// </example>
[Cmdlet(VerbsCommon.Set, "Migration", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(MigrationRun))]
public sealed class SetMigrationCommand : MigrationCmdlet
{
    /// <summary>The ids of the runs: loads that are at work or can be resumed.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("MigrationId")]
    [ArgumentCompleter(typeof(ChangeableIdCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = [];

    /// <summary>Requests a minute at most, whatever the platform allows; 0 takes the cap away. Without it, the cap stays as it is.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int RequestsPerMinute { get; set; }

    /// <summary>Batches under way at once at most, from 1 to 64. Without it, the number stays as it is.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; }

    /// <summary>The journal's file. Without it, the one in the user's own state folder is used.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? JournalPath { get; set; }

    /// <summary>Writes each run that was changed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var limits = new RunLimits
        {
            RequestsPerMinute = MyInvocation.BoundParameters.ContainsKey(nameof(RequestsPerMinute)) ? RequestsPerMinute : null,
            ThrottleLimit = MyInvocation.BoundParameters.ContainsKey(nameof(ThrottleLimit)) ? ThrottleLimit : null,
        };
        using var journal = OrStop(() => JournalFile.OpenExisting(JournalPath is null ? null : FullPath(JournalPath)));
        foreach (var id in Id)
        {
            try
            {
                var run = journal.Run(id);
                if (!ShouldProcess($"{run.Id}, {run.Status}, into {run.Destination}", $"Limit to {limits}"))
                    continue;
                run = RunControl.SetLimits(journal, id, limits);
                if (PassThru)
                    WriteObject(run);
            }
            catch (MigrationException e)
            {
                WriteError(Errors.RecordFor(e, id));
            }
        }
    }
}
