using System.Management.Automation;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Rollback;
using SafeAI.Migration.PowerShell.Binding;
using SafeAI.Migration.PowerShell.Completers;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Lists restore points: those that the journal holds, one for each load, or those in archives.</summary>
/// <remarks>
/// Every load writes its restore point as it goes, ahead of each request: what will be overwritten, and the ids of what will be
/// created. Undo-Migration puts a destination back with it. An archive of New-MigrationRestorePoint is read with -Path; that
/// every part of it is undamaged is checked by Test-MigrationRollback and before it is restored.
/// </remarks>
/// <example>
///   <code>Get-MigrationRestorePoint</code>
///   <para>Lists the restore points in the journal, the newest first.</para>
/// </example>
/// <example>
///   <code>Get-MigrationRestorePoint | Sort-Object Size -Descending | Select-Object -First 5</code>
///   <para>Shows which runs take up most room in the journal.</para>
/// </example>
/// <example>
///   <code>Get-Item ./first.zip | Get-MigrationRestorePoint</code>
///   <para>Shows what an archive is of. Several files are taken as well.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "MigrationRestorePoint")]
[OutputType(typeof(RestorePoint))]
public sealed class GetMigrationRestorePointCommand : MigrationCmdlet
{
    /// <summary>The ids of the runs wanted; one may end in an asterisk. Without it, all are listed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("MigrationId")]
    [ArgumentCompleter(typeof(MigrationIdCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Id { get; set; }

    /// <summary>A run or its id, or an archive's file, as Get-Item gives it.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    public PSObject? InputObject { get; set; }

    /// <summary>The archives to read, in place of the journal.</summary>
    [Parameter]
    [Alias("FullName")]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>The journal's file. Without it, the one in the user's own state folder is used.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? JournalPath { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var (ids, paths) = RestoreInput.Of(Id, Path, InputObject);
        foreach (var path in paths)
            WriteObject(OrStop(() => RestoreArchive.Open(FullPath(path)).Point));

        // Before the first run there is no journal, and so nothing to list.
        if (paths.Count > 0 || (JournalPath is null && ids.Count == 0 && !File.Exists(JournalFile.DefaultPath)))
            return;
        using var journal = OrStop(() => JournalFile.OpenExisting(JournalPath is null ? null : FullPath(JournalPath)));
        foreach (var id in ids.Count > 0 ? ids : [null!])
        {
            if (id is not null && !id.EndsWith('*'))
                OrStop(() => journal.Run(id));
            foreach (var point in RestorePoints.List(journal, id))
                WriteObject(point);
        }
    }
}
