using System.Management.Automation;
using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Rollback;
using SafeAI.Migration.PowerShell.Binding;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Tests whether runs can be put back, or archives restored, and changes nothing.</summary>
/// <remarks>
/// Reads every batch of the restore point: none may be missing, each item that was overwritten must have its image, each part
/// of an archive its SHA-256. Asks the destination whether it answers and whether writing is allowed. Compares what is there now with what the
/// run left, and lists what others changed since, which Undo-Migration would keep.
/// </remarks>
/// <example>
///   <code>New-MigrationRestorePoint -Store ./quickstart.graph -Path ./today.zip; Test-MigrationRollback -Store ./quickstart.graph -Path ./today.zip</code>
///   <para>Keeps a graph store, and makes sure that it can be restored from the archive.</para>
/// </example>
/// <example>
///   <code>$point = New-MigrationRestorePoint ./nightly.zip; (Test-MigrationRollback -Path $point.Path).Checks</code>
///   <para>Keeps the platform's graph, and shows each thing that was checked about restoring it.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "MigrationRollback", DefaultParameterSetName = "ApiKey")]
[OutputType(typeof(RollbackTestResult))]
public sealed class TestMigrationRollbackCommand : UndoCmdlet
{
    /// <summary>The archives to test, in place of runs of the journal.</summary>
    [Parameter]
    [Alias("FullName")]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var (ids, paths) = NamedBeside(Path);
        foreach (var path in paths)
        {
            var archive = OrStop(() => RestoreArchive.Open(FullPath(path)));
            Test(OpenerOf(null), (open, token) => RollbackTester.TestAsync(archive, open, token));
        }

        if (ids.Count == 0)
            return;
        using var journal = OpenJournal();
        foreach (var id in ids)
        {
            var run = OrStop(() => journal.Run(id));
            Test(OpenerOf(run), (open, token) => RollbackTester.TestAsync(journal, id, open, token));
        }
    }

    // A store that is gone is a finding; that none is named is not.
    private Func<IGraphDestination> OpenerOf(MigrationRun? run)
    {
        var isPlatform = run?.Destination.StartsWith("http", StringComparison.Ordinal) != false;
        if (Store is not null || (Endpoint is null && !isPlatform))
        {
            var path = Store is not null ? FullPath(Store) : run!.Destination;
            return () => GraphStoreDestination.Open(path, create: false);
        }

        var platform = run is null ? OpenDestination(forWriting: false) : OpenDestinationOf(run);
        return () => platform;
    }

    private void Test(Func<IGraphDestination> open, Func<Func<IGraphDestination>, CancellationToken, Task<RollbackTestResult>> test)
    {
        IGraphDestination? opened = null;
        try
        {
            WriteObject(Wait(token => test(() => opened = open(), token)));
        }
        finally
        {
            opened?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }
}
