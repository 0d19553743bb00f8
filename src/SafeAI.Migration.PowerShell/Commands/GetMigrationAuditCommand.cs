using System.Management.Automation;
using SafeAI.Migration.Engine.Audit;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.PowerShell.Binding;
using SafeAI.Migration.PowerShell.Completers;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Streams the events of the audit trail: who did what, when, where and to what.</summary>
/// <remarks>
/// Every begin, end, resume and undo of a run, every archive of a restore point, every removal of a run and everything that was
/// insisted on with force is an event in the journal. Events are only ever added, also when their run is removed; each holds the
/// hash of the one before it. Test-MigrationAudit makes sure that none was changed since. To export events, send them on:
/// to ConvertTo-Json as in the example, or Export-Clixml, which keep everything, or to Export-Csv, whose columns hold the
/// account, the action with its target and details, the process, and the hash.
/// </remarks>
/// <example>
///   <code>Get-MigrationAudit -Since (Get-Date).AddDays(-1) | Format-Table Time, Actor, Action, MigrationId</code>
///   <para>Shows what was done in the last 24 hours.</para>
/// </example>
/// <example>
///   <code>Get-MigrationAudit -Action UndoEnd, Remove | ConvertTo-Json -Depth 4 -EnumsAsStrings | Set-Content ./audit.json</code>
///   <para>Exports what was put back and what was removed.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "MigrationAudit")]
[OutputType(typeof(AuditEvent))]
public sealed class GetMigrationAuditCommand : MigrationCmdlet
{
    /// <summary>The ids of the runs wanted; one may end in an asterisk. Without it, the events of all are given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("MigrationId")]
    [ArgumentCompleter(typeof(MigrationIdCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Id { get; set; }

    /// <summary>The actions wanted. Without it, all are given.</summary>
    [Parameter]
    public AuditActionType[]? Action { get; set; }

    /// <summary>The accounts whose events are wanted, as Actor has them; wildcards are allowed. Without it, those of all are given.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Actor { get; set; }

    /// <summary>Only events of this moment or later.</summary>
    [Parameter]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Only events before this moment.</summary>
    [Parameter]
    public DateTimeOffset? Until { get; set; }

    /// <summary>The journal's file. Without it, the one in the user's own state folder is used.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? JournalPath { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        // Before the first run there is no journal, and so no event.
        if (JournalPath is null && !File.Exists(JournalFile.DefaultPath))
            return;
        var actors = Actor?.Select(a => WildcardPattern.Get(a, WildcardOptions.IgnoreCase)).ToArray();
        using var journal = OrStop(() => JournalFile.OpenExisting(JournalPath is null ? null : FullPath(JournalPath)));
        foreach (var id in Id ?? [null!])
        {
            using var events = AuditTrail.Events(journal, id, Action, Since, Until, actors is null ? null : a => Array.Exists(actors, p => p.IsMatch(a))).GetEnumerator();
            while (OrStop(events.MoveNext))
                WriteObject(events.Current);
        }
    }
}
