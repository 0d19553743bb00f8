using System.Management.Automation;
using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Rollback;
using SafeAI.Migration.PowerShell.Binding;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Puts runs back: what they created goes, what they overwrote gets every old value back, what others changed since stays.</summary>
/// <remarks>
/// The journal has, for every item that a run wrote, what was there before and a hash of what was there after. An item that is
/// as the run left it is put back; one that is as before already needs nothing; one that others changed since, or to which
/// others hung relationships, is kept and reported, unless -Force is given. Everything is read back and compared at the end.
///
/// The undo is itself a run in the journal. One that was ended before its time, even by a power cut, is gone on with by the
/// same command. The migration can be run again afterwards.
///
/// A request whose sender was killed or gave up may arrive at the platform after the undo, and make again what the undo took
/// away. The undo counts the requests that may have left and were never confirmed (Unconfirmed in its result) and warns of
/// them; once none can be under way any more, the same command puts back what they wrote. See about_SafeAI_Migration_Undo.
///
/// With -Path, or a file of Get-Item down the pipeline, the restore point comes from an archive of New-MigrationRestorePoint, made on
/// this machine or another; a graph
/// store that is gone is created anew where the archive is of a whole graph. With -WhatIf, the plan comes out as objects and nothing is touched.
/// </remarks>
/// <example>
///   <code>$run = Get-SourceData ./customers.csv | Convert-MigrationData ./customers.map.json | Import-SafeAIData -Store ./trial.graph; Undo-Migration $run.MigrationId -WhatIf</code>
///   <para>Loads a file into a graph store, and shows what putting that run back would do, item by item.</para>
/// </example>
/// <example>
///   <code>Get-Migration -Status Failed | Undo-Migration -Confirm:$false</code>
///   <para>Puts back the runs that failed, without asking, each where it had loaded to.</para>
/// </example>
[Cmdlet(VerbsCommon.Undo, "Migration", DefaultParameterSetName = "ApiKey", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(UndoResult), typeof(UndoPlanItem))]
public sealed class UndoMigrationCommand : UndoCmdlet
{
    private volatile UndoResult? _progress;
    private RunDisplay? _display;

    /// <summary>The archives to restore from, in place of runs of the journal.</summary>
    [Parameter]
    [Alias("FullName")]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>Puts back what others changed since, too, and lets relationships of others go with the nodes that go.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var (ids, paths) = NamedBeside(Path);
        foreach (var path in paths)
            Restore(path);
        if (ids.Count == 0)
            return;
        using var journal = OpenJournal();
        foreach (var id in ids)
            Undo(journal, id);
    }

    private void Undo(JournalFile journal, string id)
    {
        MigrationRun run;
        try
        {
            run = journal.Run(id);
        }
        catch (MigrationException e)
        {
            WriteError(Errors.RecordFor(e, id));
            return;
        }

        var destination = OpenDestinationOf(run);
        try
        {
            Ask(
                $"{run.Id}, started {run.Started.LocalDateTime:g}, {run.Destination}", "Put the run back",
                token => MigrationUndo.PlanAsync(journal, id, destination, Force, token),
                token => MigrationUndo.RunAsync(journal, id, destination, Options(), token));
        }
        finally
        {
            destination.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private void Restore(string path)
    {
        var archive = OrStop(() => RestoreArchive.Open(FullPath(path)));
        var store = Store is null ? null : FullPath(Store);
        var journalPath = JournalPath is null ? null : FullPath(JournalPath);

        // A whole graph can be restored where its store is gone; a run was loaded into one that must be there.
        var isNew = store is not null && archive.Point.MigrationId is null && !File.Exists(store);
        var destination = isNew ? null : OpenDestination(forWriting: false);
        try
        {
            Ask(
                destination?.DisplayName ?? store!, $"Restore from {archive.Path}",
                token => destination is null ? archive.PlanAsNewAsync(token) : archive.PlanAsync(destination, Force, token),
                async token =>
                {
                    archive.Check();
                    using var journal = JournalFile.Open(journalPath);
                    destination ??= GraphStoreDestination.Open(store!, create: true);
                    return await archive.RestoreAsync(journal, destination, Options(), token).ConfigureAwait(false);
                });
        }
        finally
        {
            destination?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private UndoOptions Options() => new() { Force = Force, OnProgress = _display!.ShowsProgress ? p => _progress = p : null };

    private void Ask(string target, string action, Func<CancellationToken, IAsyncEnumerable<UndoPlanItem>> plan, Func<CancellationToken, Task<UndoResult>> work)
    {
        if (!ShouldProcess($"{action}: {target}", $"{action}: {target}?", action, out var reason))
        {
            if (reason == ShouldProcessReason.WhatIf)
                ShowPlan(plan);
            return;
        }

        _display ??= new RunDisplay(this);
        var result = Wait(work, _display.ShowsProgress ? ShowProgress : null);
        WriteObject(result);
        if (result.Kept > 0)
            WriteWarning(FormattableString.Invariant($"{result.Kept} items of {result.MigrationId} were kept, because others changed them since or hung relationships on them; see KeptItems. -Force puts them back, too."));
        if (result.Unconfirmed > 0)
            WriteWarning(FormattableString.Invariant($"{result.Unconfirmed} requests of {result.MigrationId} may have left and were never confirmed. Should one still arrive at {result.Destination}, Undo-Migration {result.MigrationId} puts back what it writes; until then it changes nothing."));
    }

    private void ShowPlan(Func<CancellationToken, IAsyncEnumerable<UndoPlanItem>> plan)
    {
        try
        {
            StreamPump.Run(plan, item => WriteObject(item), ahead: 2000, StoppingToken);
        }
        catch (MigrationException e)
        {
            ThrowTerminatingError(Errors.RecordFor(e, null));
        }
        catch (OperationCanceledException) when (StoppingToken.IsCancellationRequested)
        {
            // The pipeline was stopped.
        }
    }

    private void ShowProgress()
    {
        if (_progress is { } p)
            _display!.Update(() => new ProgressRecord(1, "Putting back " + p.MigrationId, FormattableString.Invariant(
                $"nodes: {p.NodesDeleted} deleted, {p.NodesRestored} restored; relationships: {p.RelationshipsDeleted} deleted, {p.RelationshipsRestored} restored; kept: {p.Kept}")));
    }
}
