using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.Journal;

namespace SafeAI.Migration.Engine.Rollback;

/// <summary>How far putting a run back has come.</summary>
internal sealed record UndoProgress
{
    /// <summary>The last batch that is dealt with; all with a smaller number are still to be done. Null where none is.</summary>
    public long? Done { get; init; }

    /// <summary>The batch for which requests may be under way; null where there is none.</summary>
    public long? Pending { get; init; }

    /// <summary>The places in that batch of the items that are to be put back.</summary>
    public IReadOnlyList<int> PendingItems { get; init; } = [];

    public long NodesDeleted { get; init; }

    public long NodesRestored { get; init; }

    public long RelationshipsDeleted { get; init; }

    public long RelationshipsRestored { get; init; }

    public long AlreadyBefore { get; init; }

    public long Kept { get; init; }

    public long Detached { get; init; }

    public long Batches { get; init; }
}

/// <summary>The undo itself as a run in the journal: resumable after a kill at any point.</summary>
internal sealed class UndoJournal : IDisposable
{
    private const int MostKept = 1000;
    private readonly JournalFile _file;
    private readonly RunJournal _run;

    private UndoJournal(JournalFile file, RunJournal run, bool isRepeated)
    {
        (_file, _run, IsRepeated) = (file, run, isRepeated);
        Progress = file.Stream("SELECT data FROM undo WHERE id = $id", r => RunRows.FromJson<UndoProgress>(r.GetString(0))!, ("$id", Id)).FirstOrDefault() ?? new UndoProgress();
    }

    /// <summary>The undo's own id.</summary>
    public string Id => _run.Run.Id;

    /// <summary>Whether another undo of the same run has been at work before.</summary>
    public bool IsRepeated { get; }

    /// <summary>How far it has come.</summary>
    public UndoProgress Progress { get; private set; }

    /// <summary>Begins to put a run back, or goes on where an earlier attempt was ended before its time.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.RunInUse"/>: another process is at it.</exception>
    public static UndoJournal Open(JournalFile file, string target, string destination, bool force)
    {
        var attempts = file.Runs().Where(r => r.Kind == MigrationKind.Undo && r.Target == target).ToList();
        if (attempts.Find(r => r.Status == MigrationStatus.Running) is { } other)
            throw InUse(target, other);
        RunJournal run;

        // One that put everything back and then found it different has nothing to go on with: the next begins at the end again.
        if (attempts is [{ Status: MigrationStatus.Interrupted or MigrationStatus.Stopped or MigrationStatus.Failed, Result: not { Verified: false } } last, ..] && last.Destination == destination)
        {
            run = RunJournal.Claim(file, last.Id);
        }
        else
        {
            run = RunJournal.Begin(file, new MigrationRun
            {
                Id = Loading.MigrationId.Create(),
                Name = "undo " + target,
                Kind = MigrationKind.Undo,
                Destination = destination,
                Target = target,
                Started = DateTimeOffset.UtcNow,
            });

            // Of two that began at the same moment, the first goes on.
            if (file.Runs().LastOrDefault(r => r.Kind == MigrationKind.Undo && r.Target == target && r.Status == MigrationStatus.Running) is { } first && first.Id != run.Run.Id)
            {
                run.Dispose();
                file.Remove(run.Run.Id);
                throw InUse(target, first);
            }
        }

        if (force)
            file.WriteAudited(() => new Audit.AuditEntry(AuditActionType.Force, target, destination, "later changes by others are overwritten"), _ => { });
        return new UndoJournal(file, run, attempts.Exists(r => r.Id != run.Run.Id));
    }

    /// <summary>Keeps what is about to be asked for a batch, so that a resume knows what was this undo's own work.</summary>
    public void Plan(long batch, IReadOnlyList<int> items) => Save(Progress with { Pending = batch, PendingItems = items }, []);

    /// <summary>Keeps that a batch is dealt with.</summary>
    public void Commit(UndoProgress progress, IReadOnlyList<UndoPlanItem> kept) => Save(progress with { Pending = null, PendingItems = [] }, kept);

    /// <summary>The items that were kept, in the order in which they were met.</summary>
    public IEnumerable<UndoPlanItem> Kept() => _file.Stream(
        "SELECT data FROM undo_kept WHERE id = $id ORDER BY key", r => RunRows.FromJson<UndoPlanItem>(r.GetString(0))!, ("$id", Id));

    /// <summary>The first of the items that were kept.</summary>
    public IReadOnlyList<UndoPlanItem> FirstKept() => [.. Kept().Take(MostKept)];

    /// <summary>Sets the status of the run that is put back; a run that the journal does not have is none.</summary>
    public void SetTargetStatus(MigrationStatus status) => _file.Write(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = "UPDATE run SET status = $status WHERE id = $id";
        command.Parameters.AddWithValue("$status", status.ToString());
        command.Parameters.AddWithValue("$id", _run.Run.Target);
        command.ExecuteNonQuery();
    });

    /// <summary>Ends the undo.</summary>
    public void End(UndoResult result)
    {
        var p = Progress;
        _run.End(
            new MigrationResult
            {
                MigrationId = Id,
                Status = result.Status,
                Destination = result.Destination,
                Read = p.NodesDeleted + p.NodesRestored + p.RelationshipsDeleted + p.RelationshipsRestored + p.AlreadyBefore + p.Kept,
                Loaded = p.NodesDeleted + p.NodesRestored + p.RelationshipsDeleted + p.RelationshipsRestored,
                Unchanged = p.AlreadyBefore,
                Skipped = p.Kept,
                Batches = p.Batches,
                Verified = result.Verified,
                Differences = result.Differences,
                ElapsedSeconds = result.ElapsedSeconds,
                Error = result.Error,
            },
            result.Status == MigrationStatus.Completed ? MigrationPhase.Ended : MigrationPhase.Nodes);
    }

    public void Dispose() => _run.Dispose();

    private static MigrationException InUse(string target, MigrationRun other) => new(
        ErrorCode.RunInUse, $"The run {target} is being put back by process {other.ProcessId} on {other.Machine}.", "Wait for it to end.");

    private void Save(UndoProgress progress, IReadOnlyList<UndoPlanItem> kept)
    {
        _file.Write(connection =>
        {
            Run(connection, "INSERT INTO undo (id, data) VALUES ($id, $data) ON CONFLICT DO UPDATE SET data = excluded.data", RunRows.ToJson(progress));
            foreach (var item in kept)
                Run(connection, "INSERT INTO undo_kept (id, data) VALUES ($id, $data)", RunRows.ToJson(item));
        });
        Progress = progress;

        void Run(SqliteConnection connection, string sql, string data)
        {
            using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The texts stand above; values are parameters.
            command.CommandText = sql;
#pragma warning restore CA2100
            command.Parameters.AddWithValue("$id", Id);
            command.Parameters.AddWithValue("$data", data);
            command.ExecuteNonQuery();
        }
    }
}
