using System.Management.Automation;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.PowerShell.Binding;
using SafeAI.Migration.PowerShell.Completers;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Lists the runs that the journal knows, newest first: where they stand, what they did, how far they came.</summary>
/// <remarks>
/// Every load that is not told otherwise is entered in the journal, a file in the user's own state folder or the one that
/// -JournalPath named. A run whose process ended before it did is shown as Interrupted; it can be resumed.
/// </remarks>
/// <example>
///   <code>Get-Migration</code>
///   <para>Lists all runs, the newest first.</para>
/// </example>
/// <example>
///   <code>Get-Migration -Status Completed, Failed | Select-Object -First 1 -Property Id, Status, Error</code>
///   <para>Shows the newest run that came to its end, and why it failed if it did.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "Migration")]
[OutputType(typeof(MigrationRun))]
public sealed class GetMigrationCommand : MigrationCmdlet
{
    /// <summary>The ids of the runs wanted; one may end in an asterisk. Without it, all are listed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("MigrationId")]
    [ArgumentCompleter(typeof(MigrationIdCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Id { get; set; }

    /// <summary>The statuses wanted. Without it, all are listed.</summary>
    [Parameter]
    public MigrationStatus[]? Status { get; set; }

    /// <summary>The journal's file. Without it, the one in the user's own state folder is used.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? JournalPath { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        // Before the first run there is no journal, and so no run to list.
        var path = JournalPath is null ? JournalFile.DefaultPath : FullPath(JournalPath);
        if (JournalPath is null && Id is null && !File.Exists(path))
            return;
        using var journal = OrStop(() => JournalFile.OpenExisting(path));
        foreach (var id in Id ?? [null!])
        {
            var runs = OrStop(() => journal.Runs(id, Status));
            if (runs.Count == 0 && id is not null && !id.EndsWith('*') && journal.Runs(id).Count == 0)
                WriteError(Errors.RecordFor(
                    new MigrationException(ErrorCode.RunNotFound, $"The journal {path} knows no run '{id}'.", "See Get-Migration for the runs that it knows."), id));
            WriteObject(runs, enumerateCollection: true);
        }
    }
}
