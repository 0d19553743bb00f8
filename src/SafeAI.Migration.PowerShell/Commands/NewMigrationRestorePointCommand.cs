using System.Management.Automation;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Rollback;
using SafeAI.Migration.PowerShell.Binding;
using SafeAI.Migration.PowerShell.Completers;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Writes a restore point to an archive that can be taken to another machine: of one run, or of a graph as it is now.</summary>
/// <remarks>
/// With -Id, the archive holds what the run touched as it was before: what the journal needs to put the run back. Without it,
/// the archive holds the whole graph. It is a zip file with a line of JSON per batch, node or relationship and a manifest with
/// a SHA-256 of each part, beside which stands its own; points in time keep their types. It is readable by its owner only, and never overwritten.
/// Undo-Migration -Path restores from it.
/// </remarks>
/// <example>
///   <code>New-MigrationRestorePoint -Store ./quickstart.graph -Path ./before.zip</code>
///   <para>Keeps a graph store as it is now, for instance before a load.</para>
/// </example>
/// <example>
///   <code>New-MigrationRestorePoint -Path ./platform.zip</code>
///   <para>Keeps the graph of the platform that Connect-SafeAI connected to.</para>
/// </example>
[Cmdlet(VerbsCommon.New, "MigrationRestorePoint", DefaultParameterSetName = "ApiKey", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(RestorePoint))]
public sealed class NewMigrationRestorePointCommand : DestinationCmdlet
{
    /// <summary>The id of the run whose restore point is written, one only. Without it, the graph is written as it is now.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("MigrationId")]
    [ArgumentCompleter(typeof(MigrationIdCompleter))]
    [ValidateCount(1, 1)]
    public string[]? Id { get; set; }

    /// <summary>The archive to write, one only, which must not exist.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateCount(1, 1)]
    public string[] Path { get; set; } = [];

    /// <summary>The journal's file. Without it, the one in the user's own state folder is used.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? JournalPath { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var path = FullPath(Path[0]);
        if (!ShouldProcess(path, Id is null ? $"Write a restore point of {DestinationName}" : $"Write the restore point of {Id[0]}"))
            return;
        using var journal = OrStop(() => Id is null ? JournalFile.Open(JournalPath is null ? null : FullPath(JournalPath)) : JournalFile.OpenExisting(JournalPath is null ? null : FullPath(JournalPath)));
        if (Id is not null)
        {
            WriteObject(Wait(token => RestoreArchiveWriter.WriteRunAsync(journal, Id[0], path, token)));
            return;
        }

        var destination = OpenDestination(forWriting: false);
        try
        {
            WriteObject(Wait(token => RestoreArchiveWriter.WriteGraphAsync(journal, destination, path, token)));
        }
        finally
        {
            destination.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }
}
