using System.Management.Automation;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Rollback;
using SafeAI.Migration.PowerShell.Completers;
using SafeAI.Migration.PowerShell.Hosting;

namespace SafeAI.Migration.PowerShell.Binding;

/// <summary>What the commands share that put runs back: which run or archive, and where.</summary>
public abstract class UndoCmdlet : DestinationCmdlet
{
    /// <summary>The ids of the runs.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("MigrationId")]
    [ArgumentCompleter(typeof(MigrationIdCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Id { get; set; }

    /// <summary>A run or its id, or an archive: its file, as Get-Item gives it, or its restore point.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    public PSObject? InputObject { get; set; }

    /// <summary>The journal's file. Without it, the one in the user's own state folder is used.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? JournalPath { get; set; }

    /// <summary>What the command is to work on: runs by their ids, or archives by their paths, one of the two.</summary>
    private protected (IReadOnlyList<string> Ids, IReadOnlyList<string> Paths) NamedBeside(string[] paths)
    {
        var named = RestoreInput.Of(Id, paths, InputObject);
        if (named.Ids.Count == 0 == (named.Paths.Count == 0))
            OrStop<bool>(() => throw new MigrationException(ErrorCode.InvalidOptions, "Neither a run nor an archive is named, or both are.", "Pass either -Id or -Path."));
        return named;
    }

    /// <summary>The journal that must exist.</summary>
    private protected JournalFile OpenJournal() => OrStop(() => JournalFile.OpenExisting(JournalPath is null ? null : FullPath(JournalPath)));

    /// <summary>The graph that a run loaded into: the one that the parameters name, else the one that the journal has for the run.</summary>
    private protected IGraphDestination OpenDestinationOf(MigrationRun run) => Store is not null || Endpoint is not null
        ? OpenDestination(forWriting: false)
        : OrStop(() => MigrationUndo.OpenDestination(
            run.Destination, run.Destination.StartsWith("http", StringComparison.Ordinal) ? CurrentConnection.Options(run.Destination, ApiKey, Credential) : null));
}
