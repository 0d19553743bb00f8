using System.Collections.ObjectModel;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.Audit;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Journal;

/// <summary>A plan as it is kept with its run.</summary>
/// <param name="Text">The plan as JSON, without the secrets that stood in it in clear.</param>
/// <param name="Folder">The folder that paths in it are relative to.</param>
internal sealed record StoredPlan(string Text, string Folder);

/// <summary>One run in a journal: claims it for this process, writes what happens to it, and reads it back.</summary>
internal sealed partial class RunJournal : IDisposable
{
    private readonly JournalFile _file;
    private readonly ProcessIdentity _process;
    private readonly long _number;
    private readonly RunInserts _inserts = new();
    private readonly object _numbering = new();
    private long _lastBatch;
    private bool _isReleased;

    private RunJournal(JournalFile file, MigrationRun run, long number, ProcessIdentity process, bool isNew)
    {
        (_file, Run, _number, _process, IsNew) = (file, run, number, process, isNew);
        _lastBatch = isNew ? 0 : LastBatch();
    }

    /// <summary>Whether it was begun by this process, so that nothing had been written of it before.</summary>
    public bool IsNew { get; }

    /// <summary>The run as it was when it was begun or claimed.</summary>
    public MigrationRun Run { get; }

    /// <summary>The journal.</summary>
    public JournalFile File => _file;

    /// <summary>The folder for what is too big for the journal; created where it does not exist.</summary>
    public string Folder
    {
        get
        {
            var folder = _file.RelationshipFolder(Run.Id);
            PrivateFile.CreateFolder(folder);
            return folder;
        }
    }

    /// <summary>Enters a new run.</summary>
    public static RunJournal Begin(JournalFile file, MigrationRun run, StoredPlan? plan = null)
    {
        var process = ProcessIdentity.Begin();
        long number = 0;
        run = run with { Status = MigrationStatus.Running, ProcessId = process.Id, Machine = process.Machine, JournalPath = file.Path };
        try
        {
            file.WriteAudited(() => Event(run, AuditActionType.Begin, AuditActionType.UndoBegin, run.Name), connection =>
            {
                using var command = connection.CreateCommand();
                command.CommandText = """
                    INSERT INTO run (id, name, kind, status, phase, started, destination, sources, mapping_hash, options, plan_path, plan, plan_folder, target, process_id, process_started, machine, session)
                    VALUES ($id, $name, $kind, $status, $phase, $started, $destination, $sources, $mapping_hash, $options, $plan_path, $plan, $plan_folder, $target, $process_id, $process_started, $machine, $session)
                    RETURNING number
                    """;
                Set(command, "$id", run.Id);
                Set(command, "$name", run.Name);
                Set(command, "$kind", run.Kind.ToString());
                Set(command, "$status", run.Status.ToString());
                Set(command, "$phase", run.Phase.ToString());
                Set(command, "$started", JournalFile.Text(run.Started));
                Set(command, "$destination", run.Destination);
                Set(command, "$sources", RunRows.ToJson(run.Sources));
                Set(command, "$mapping_hash", run.MappingHash);
                Set(command, "$options", RunRows.ToJson(run.Options));
                Set(command, "$plan_path", run.PlanPath);
                Set(command, "$plan", plan?.Text);
                Set(command, "$plan_folder", plan?.Folder);
                Set(command, "$target", run.Target);
                SetProcess(command, process);
                number = (long)command.ExecuteScalar()!;
            });
        }
        catch
        {
            process.End();
            throw;
        }

        return new RunJournal(file, run, number, process, isNew: true);
    }

    /// <summary>Takes over a run that no living process works on.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.RunNotFound"/>, or <see cref="ErrorCode.RunInUse"/>.</exception>
    public static RunJournal Claim(JournalFile file, string id)
    {
        var run = file.Run(id);
        var process = ProcessIdentity.Begin();
        long number = 0;
        try
        {
            // One transaction: of two processes that see a dead owner, only one may take its place.
            file.WriteAudited(() => Event(run, AuditActionType.Resume, AuditActionType.UndoResume, $"it was {run.Status}"), connection =>
            {
                using var find = connection.CreateCommand();
                find.CommandText = "SELECT number, status, process_id, process_started, machine, session FROM run WHERE id = $id";
                Set(find, "$id", id);
                using (var reader = find.ExecuteReader())
                {
                    reader.Read();
                    number = reader.GetInt64(0);
                    var owner = new ProcessIdentity(reader.GetInt32(2), reader.GetInt64(3), reader.GetString(4), reader.GetString(5));
                    if (reader.GetString(1) == nameof(MigrationStatus.Running) && owner.IsAlive)
                        throw new MigrationException(
                            ErrorCode.RunInUse, $"The run {id} is at work in {owner}.", "Wait for it, or stop it first.");
                }

                using var command = connection.CreateCommand();
                command.CommandText = """
                    UPDATE run SET status = 'Running', ended = NULL, result = NULL, error = NULL,
                        process_id = $process_id, process_started = $process_started, machine = $machine, session = $session
                    WHERE number = $number
                    """;
                Set(command, "$number", number);
                SetProcess(command, process);
                command.ExecuteNonQuery();
            });
        }
        catch
        {
            process.End();
            throw;
        }

        return new RunJournal(file, run with { Status = MigrationStatus.Running, ProcessId = process.Id, Machine = process.Machine }, number, process, isNew: false);
    }

    /// <summary>The plan of any run as it was kept; null where none was.</summary>
    public static StoredPlan? PlanOf(JournalFile file, string id) => file.Read(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT plan, plan_folder FROM run WHERE id = $id AND plan IS NOT NULL";
        Set(command, "$id", id);
        using var reader = command.ExecuteReader();
        return reader.Read() ? new StoredPlan(reader.GetString(0), reader.GetString(1)) : null;
    });

    /// <summary>Reads the batches of any run.</summary>
    /// <param name="file">The journal.</param>
    /// <param name="id">The run's id.</param>
    /// <param name="backwards">Whether the latest comes first.</param>
    /// <exception cref="MigrationException"><see cref="ErrorCode.RunNotFound"/>: the journal knows no such run.</exception>
    public static IEnumerable<JournaledBatch> Batches(JournalFile file, string id, bool backwards = false)
    {
        file.Run(id);
        var number = file.Read(connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT number FROM run WHERE id = $id";
            Set(command, "$id", id);
            return (long)command.ExecuteScalar()!;
        });
        return Batches(file, number, backwards, null);
    }

    /// <summary>Writes a batch ahead of its request.</summary>
    /// <returns>The batch's number, and a task that ends when it is on disk.</returns>
    public (long Number, Task OnDisk) Sent(BatchKey key, IReadOnlyList<JournaledItem> items, IReadOnlyDictionary<string, Type>? temporals = null)
    {
        var data = BatchCodec.WriteItems(items, temporals ?? ReadOnlyDictionary<string, Type>.Empty);
        return Numbered((c, number) => _inserts.Batch(c, KeyOf(number), key, items.Count, data));
    }

    /// <summary>Writes a batch's outcome once its answer is in. It is on disk before whatever is written next.</summary>
    public Task Confirmed(long number, IReadOnlyList<JournaledItem> items, IReadOnlyCollection<int> corrected)
    {
        var data = BatchCodec.WriteOutcome(items, corrected);
        return _file.LogAsync(c => _inserts.Outcome(c, KeyOf(number), BatchState.Confirmed, data));
    }

    /// <summary>
    /// Writes items that are not sent, with their outcome, as one: a batch without its outcome would count as sent, and what
    /// was there before as the run's own work.
    /// </summary>
    public Task Settled(BatchKey key, IReadOnlyList<JournaledItem> items, IReadOnlyDictionary<string, Type> temporals)
    {
        var (data, outcome) = (BatchCodec.WriteItems(items, temporals), BatchCodec.WriteOutcome(items, []));
        return Numbered((c, number) =>
        {
            _inserts.Batch(c, KeyOf(number), key, items.Count, data);
            _inserts.Outcome(c, KeyOf(number), BatchState.Confirmed, outcome);
        }).OnDisk;
    }

    // Batches come into the journal in the order of their numbers, so that one that is missing was taken away.
    private (long Number, Task OnDisk) Numbered(Action<SqliteConnection, long> write)
    {
        lock (_numbering)
        {
            var number = ++_lastBatch;
            return (number, _file.LogAsync(c => write(c, number)));
        }
    }

    /// <summary>The number of the first batch that is no longer in the journal, or whose outcome is all that is left; null where none is gone.</summary>
    public static long? FirstMissingBatch(JournalFile file, string id)
    {
        if (FirstGap(file, id) is { } missing)
            return missing;

        // Of batches that are missing at the end, nothing is left that would tell; the audit trail has how many there were.
        var last = file.Read(connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT coalesce(max(b.key) - (r.number << 32), 0) FROM run r LEFT JOIN batch b ON b.key BETWEEN r.number << 32 AND (r.number + 1 << 32) - 1 WHERE r.id = $id";
            Set(command, "$id", id);
            return (long)command.ExecuteScalar()!;
        });
        return last < BatchesAtEnd(file, id) ? last + 1 : null;
    }

    // Null where the run was killed, or ended by an older program. That the trail itself is damaged is found elsewhere.
    private static long? BatchesAtEnd(JournalFile file, string id)
    {
        try
        {
            var end = AuditTrail.Events(file, id, [AuditActionType.End]).LastOrDefault();
            return end?.Metadata.Batches ?? (end is not null && BatchesInDetails().Match(end.Action.Details) is { Success: true } match
                ? long.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
                : null);
        }
        catch (MigrationException e) when (e.Code == ErrorCode.JournalFailed)
        {
            return null;
        }
    }

    // Where an earlier program entered it.
    [GeneratedRegex(@"; (\d{1,18}) batches in the journal$", RegexOptions.CultureInvariant)]
    private static partial Regex BatchesInDetails();

    private static long? FirstGap(JournalFile file, string id) => file.Read(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = """
            WITH range AS (SELECT number << 32 AS first, (number + 1 << 32) - 1 AS last FROM run WHERE id = $id),
                known AS (SELECT key FROM batch, range WHERE key BETWEEN first AND last UNION SELECT key FROM outcome, range WHERE key BETWEEN first AND last),
                numbered AS (SELECT key, key - first AS number, row_number() OVER (ORDER BY key) AS place FROM known, range)
            SELECT min(CASE WHEN number <> place THEN place ELSE number END) FROM numbered WHERE number <> place OR NOT EXISTS (SELECT 1 FROM batch WHERE batch.key = numbered.key)
            """;
        Set(command, "$id", id);
        return command.ExecuteScalar() as long?;
    });

    /// <summary>Writes that nothing of a batch was written.</summary>
    public Task NotWritten(long number) => _file.LogAsync(c => _inserts.Outcome(c, KeyOf(number), BatchState.NotWritten, []));

    /// <summary>Writes that the destination did not have a batch when it was asked, with what is known of its items.</summary>
    public Task NotFound(long number, IReadOnlyList<JournaledItem> items)
    {
        var data = items.All(i => i.Outcome == ItemOutcome.Pending) ? [] : BatchCodec.WriteOutcome(items, []);
        return _file.LogAsync(c => _inserts.Outcome(c, KeyOf(number), BatchState.NotFound, data));
    }

    /// <summary>The run's batches in their order.</summary>
    /// <param name="backwards">Whether the latest comes first.</param>
    /// <param name="state">Only those in this state; null for all.</param>
    public IEnumerable<JournaledBatch> Batches(bool backwards = false, BatchState? state = null) => Batches(_file, _number, backwards, state);

    /// <summary>Writes how far the run has come.</summary>
    public Task Checkpoint(RunCheckpoint checkpoint, MigrationPhase phase) =>
        _file.LogAsync(c => _inserts.Checkpoint(c, _number, RunRows.ToJson(checkpoint), phase));

    /// <summary>The last checkpoint; null where there is none.</summary>
    public RunCheckpoint? LastCheckpoint() => _file.Read(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT data FROM checkpoint WHERE run = $run";
        Set(command, "$run", _number);
        return command.ExecuteScalar() is string text ? RunRows.FromJson<RunCheckpoint>(text) : null;
    });

    /// <summary>Keeps a reject as the line that a reject file has for it.</summary>
    public Task Reject(Reject reject, byte[] line) =>
        _file.LogAsync(c => _inserts.Reject(c, _number, reject.Stage, reject.Position, line));

    /// <summary>The lines of the rejects, in their order.</summary>
    public IEnumerable<byte[]> Rejects() => _file.Stream("SELECT data FROM reject WHERE run = $run ORDER BY key", r => (byte[])r[0], ("$run", _number));

    /// <summary>Forgets the rejects that will come again.</summary>
    /// <param name="kept">How many of those of the stages before the load stay, the first ones.</param>
    /// <param name="isSettled">Whether the load is done with a record, by its stream's name and number.</param>
    public void ForgetRejects(long kept, Func<string, long, bool> isSettled)
    {
        var forgotten = _file.Stream(
                "SELECT key, stage, source, ordinal FROM reject WHERE run = $run ORDER BY key",
                r => (Key: r.GetInt64(0), IsOfLoad: r.GetString(1) is "Load" or "Verify", Source: r.GetString(2), Ordinal: r.GetInt64(3)), ("$run", _number))
            .Where(r => r.IsOfLoad ? !isSettled(r.Source, r.Ordinal) : kept-- <= 0)
            .Select(r => r.Key).ToList();
        _file.Write(connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = "DELETE FROM reject WHERE key = $key";
            var parameter = command.Parameters.Add("$key", SqliteType.Integer);
            foreach (var key in forgotten)
            {
                parameter.Value = key;
                command.ExecuteNonQuery();
            }
        });
    }

    /// <summary>Keeps how many items of a type the destination had when the run met the type; the first number stays.</summary>
    public Task TypeCount(bool isNode, string type, long count) => _file.LogAsync(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = "INSERT INTO type_count (run, is_node, type, count) VALUES ($run, $is_node, $type, $count) ON CONFLICT DO NOTHING";
        Set(command, "$run", _number);
        Set(command, "$is_node", isNode ? 1 : 0);
        Set(command, "$type", type);
        Set(command, "$count", count);
        command.ExecuteNonQuery();
    });

    /// <summary>The numbers kept by <see cref="TypeCount"/>.</summary>
    public IReadOnlyDictionary<(bool IsNode, string Type), long> TypeCounts() => _file
        .Stream("SELECT is_node, type, count FROM type_count WHERE run = $run", r => (IsNode: r.GetInt64(0) == 1, Type: r.GetString(1), Count: r.GetInt64(2)), ("$run", _number))
        .ToDictionary(t => (t.IsNode, t.Type), t => t.Count);

    /// <summary>Keeps what only turns out while the run is at work: its sources, and the hash of its mappings.</summary>
    public void Describe(IReadOnlyList<MigrationRunSource> sources, string? mappingHash) => _file.Write(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = "UPDATE run SET sources = $sources, mapping_hash = coalesce($hash, mapping_hash) WHERE number = $number";
        Set(command, "$sources", RunRows.ToJson(sources));
        Set(command, "$hash", mappingHash);
        Set(command, "$number", _number);
        command.ExecuteNonQuery();
    });

    /// <summary>Ends the run, and lets go of it.</summary>
    public void End(MigrationResult result, MigrationPhase phase)
    {
        var details = FormattableString.Invariant(
            $"{result.Status}; {result.Read} read, {result.Loaded} loaded, {result.Unchanged} unchanged, {result.Rejected} rejected, {result.Skipped} skipped; nodes: {result.Nodes}; relationships: {result.Relationships}");

        // What the log has must be told where it cannot be changed unnoticed.
        long? batches = null;
        if (Run.Kind == MigrationKind.Load)
        {
            lock (_numbering)
                batches = _lastBatch;
        }

        _file.WriteAudited(() => Event(Run, AuditActionType.End, AuditActionType.UndoEnd, details) with { Batches = batches }, connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = "UPDATE run SET status = $status, phase = $phase, ended = $ended, result = $result, error = $error WHERE number = $number";
            Set(command, "$status", result.Status.ToString());
            Set(command, "$phase", phase.ToString());
            Set(command, "$ended", JournalFile.Text(DateTimeOffset.UtcNow));
            Set(command, "$result", RunRows.ToJson(result));
            Set(command, "$error", result.Error);
            Set(command, "$number", _number);
            command.ExecuteNonQuery();
        });
        Release();
    }

    /// <summary>Lets go of the run; unless it was ended before, it counts as interrupted.</summary>
    public void Dispose()
    {
        try
        {
            // What is still waiting is written first; the statements belong to the writing thread.
            _file.Write(_ => _inserts.Dispose());
        }
        catch (MigrationException)
        {
            // Whoever needed the write was told.
        }

        Release();
    }

    private static IEnumerable<JournaledBatch> Batches(JournalFile file, long run, bool backwards, BatchState? state) => file.Stream(
        "SELECT b.key, b.type, b.from_type, b.to_type, b.labels, b.data, o.state, o.data, b.hash, o.hash FROM batch b LEFT JOIN outcome o ON o.key = b.key "
        + "WHERE b.key BETWEEN $first AND $last AND ($state IS NULL OR coalesce(o.state, 0) = $state) ORDER BY b.key" + (backwards ? " DESC" : ""),
        ReadBatch,
        ("$first", run << 32),
        ("$last", (run + 1 << 32) - 1),
        ("$state", state is { } s ? (int)s : DBNull.Value));

    private static JournaledBatch ReadBatch(SqliteDataReader reader)
    {
        var key = new BatchKey(
            reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetString(3), reader.GetString(4));
        var number = reader.GetInt64(0) & 0xFFFF_FFFF;
        var (items, temporals) = BatchCodec.ReadItems(Checked(5, 8, data => RunInserts.HashOf(data, reader.GetInt64(0), key)), key.IsNode);
        var state = reader.IsDBNull(6) ? BatchState.Sent : (BatchState)reader.GetInt32(6);
        var outcome = state == BatchState.Sent ? [] : Checked(7, 9, data => RunInserts.HashOf(data, reader.GetInt64(0), state));
        if (state == BatchState.Confirmed || outcome.Length > 0)
            BatchCodec.ReadOutcome(outcome, items);
        return new JournaledBatch(number, key, state, items, temporals);

        byte[] Checked(int data, int hash, Func<byte[], byte[]> hashOf)
        {
            var bytes = (byte[])reader[data];
            return reader.IsDBNull(hash) || (byte[])reader[hash] is var known && (known.Length == RunInserts.OldHashLength ? RunInserts.OldHashOf(bytes) : hashOf(bytes)).AsSpan().SequenceEqual(known)
                ? bytes
                : throw new MigrationException(
                    ErrorCode.JournalFailed, $"The journal's batch {number} of {key} is not what was written: it was changed or damaged.", "Restore the journal from a backup.");
        }
    }

    private static AuditEntry Event(MigrationRun run, AuditActionType load, AuditActionType undo, string details) => run.Kind == MigrationKind.Load
        ? new AuditEntry(load, run.Id, run.Destination, details)
        : new AuditEntry(undo, run.Target, run.Destination, $"{run.Id}: {details}");

    private static void SetProcess(SqliteCommand command, ProcessIdentity process)
    {
        Set(command, "$process_id", process.Id);
        Set(command, "$process_started", process.Started);
        Set(command, "$machine", process.Machine);
        Set(command, "$session", process.Session);
    }

    private static void Set(SqliteCommand command, string name, object? value) => command.Parameters.AddWithValue(name, value ?? DBNull.Value);

    private long KeyOf(long batch) => (_number << 32) + batch;

    private long LastBatch() => _file.Read(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT coalesce(max(key), $first) - $first FROM batch WHERE key BETWEEN $first AND $last";
        Set(command, "$first", _number << 32);
        Set(command, "$last", (_number + 1 << 32) - 1);
        return (long)command.ExecuteScalar()!;
    });

    private void Release()
    {
        if (_isReleased)
            return;
        _isReleased = true;
        _process.End();
    }
}
