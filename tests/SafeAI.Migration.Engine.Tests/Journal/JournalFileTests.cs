using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Journal;

public sealed class JournalFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string FilePath => Path.Combine(_folder.Path, "migrations.journal");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_is_readable_by_its_owner_only_and_syncs_fully()
    {
        using var journal = JournalFile.Open(FilePath);

        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
        journal.Write(c => Assert.Equal(("wal", 2L), ((string)Scalar(c, "PRAGMA journal_mode"), (long)Scalar(c, "PRAGMA synchronous"))));
    }

    [Fact]
    public void What_was_written_is_there_when_it_is_opened_again()
    {
        using (var journal = JournalFile.Open(FilePath))
        using (var run = RunJournal.Begin(journal, NewRun("1")))
            run.End(new MigrationResult { MigrationId = "1", Status = MigrationStatus.Completed, Read = 7 }, MigrationPhase.Ended);

        using var again = JournalFile.OpenExisting(FilePath);

        var found = Assert.Single(again.Runs());
        Assert.Equal(("1", MigrationStatus.Completed, 7L, false), (found.Id, found.Status, found.Result?.Read, found.IsResumable));
        Assert.Equal(new LoadOptions { BatchSize = 17, ErrorBudget = ErrorBudget.OfShare(0.0123) }, found.Options);
        Assert.Equal([new MigrationRunSource("people.csv", "quick:1")], found.Sources);
    }

    [Fact]
    public void An_older_journal_is_brought_up_to_date_and_keeps_what_it_has()
    {
        var older = new JournalArea("x", ["CREATE TABLE x (a TEXT); INSERT INTO x VALUES ('kept')"]);
        var newer = older with { Steps = [.. older.Steps, "ALTER TABLE x ADD COLUMN b TEXT DEFAULT 'new'"] };
        var other = new JournalArea("y", ["CREATE TABLE y (a TEXT)"]);
        using (var connection = Connect())
            JournalSchema.Prepare(connection, FilePath, [older]);

        using (var connection = Connect())
        {
            JournalSchema.Prepare(connection, FilePath, [newer, other]);
            JournalSchema.Prepare(connection, FilePath, [newer, other]);

            Assert.Equal("kept new 0", Scalar(connection, "SELECT a || ' ' || b || ' ' || (SELECT COUNT(*) FROM y) FROM x"));
            var refusal = Assert.Throws<MigrationException>(() => JournalSchema.Prepare(connection, FilePath, [older]));
            Assert.Equal(ErrorCode.JournalFailed, refusal.Code);
            Assert.Contains("newer program", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_runs_of_the_first_version_are_there_in_this_one_and_new_ones_follow()
    {
        using (var connection = Connect())
        {
            JournalSchema.Prepare(connection, FilePath, [.. JournalTables.Areas.Take(2).Select(a => a with { Steps = [a.Steps[0]] })]);
            using var command = connection.CreateCommand();
            command.CommandText = """
                INSERT INTO run (id, name, kind, status, phase, started, destination, sources, options, process_id, process_started, machine, session)
                VALUES ('old', 'people', 'Load', 'Failed', 'Nodes', '2024-01-01T00:00:00.0000000Z', 'somewhere', '[]', '{"batchSize":17}', 1, 1, '', '');
                INSERT INTO batch (key, type, labels, items, data) VALUES ((1 << 32) + 1, 'T', '', 1, $data);
                """;
            command.Parameters.AddWithValue("$data", BatchCodec.WriteItems([Item("a")], new Dictionary<string, Type>()));
            command.ExecuteNonQuery();
        }

        using var journal = JournalFile.Open(FilePath);

        var old = Assert.Single(journal.Runs());
        Assert.Equal(("old", "people", MigrationStatus.Failed, 17, false, true), (old.Id, old.Name, old.Status, old.Options.BatchSize, old.IsFromPlan, old.IsResumable));
        Assert.Equal("a", RunJournal.Batches(journal, "old").Single().Items.Single().Id);
        using (var resumed = RunJournal.Claim(journal, "old"))
            Assert.Equal(2, resumed.Sent(new BatchKey("T", null, null, ""), [Item("b")]).Number);
        using (var run = RunJournal.Begin(journal, NewRun("new"), new StoredPlan("{}", "/")))
            await run.Sent(new BatchKey("T", null, null, ""), [Item("c")]).OnDisk;
        Assert.Equal(["new", "old"], journal.Runs().Select(r => r.Id));
        Assert.True(Engine.Audit.AuditChecker.Check(journal).IsIntact);
        journal.Write(c => Assert.Equal(
            string.Join(' ', JournalTables.Areas.OrderBy(a => a.Name, StringComparer.Ordinal).Select(a => $"{a.Name}={a.Steps.Count}")),
            Scalar(c, "SELECT group_concat(name || '=' || version, ' ') FROM (SELECT * FROM area ORDER BY name)")));
    }

    [Fact]
    public void A_file_of_another_program_is_refused_and_left_alone()
    {
        using (var connection = Connect())
            LocalDatabase.Execute(connection, "CREATE TABLE t (a TEXT)");
        var before = File.ReadAllBytes(FilePath);

        var refusal = Assert.Throws<MigrationException>(() => JournalFile.Open(FilePath));

        Assert.Equal(ErrorCode.JournalFailed, refusal.Code);
        Assert.StartsWith($"{FilePath} is a database of another kind, not a journal.", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(FilePath));
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_and_left_alone()
    {
        var text = string.Concat(Enumerable.Repeat("not a database ", 20));
        _folder.Write("migrations.journal", text);

        var refusal = Assert.Throws<MigrationException>(() => JournalFile.Open(FilePath));

        Assert.StartsWith($"{FilePath} is not a journal.", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(FilePath));
    }

    [Fact]
    public void A_folder_that_does_not_exist_or_takes_no_file_is_said()
    {
        var missing = Assert.Throws<MigrationException>(() => JournalFile.Open(Path.Combine(_folder.Path, "none", "x")));
        Assert.Contains("The folder of the journal", missing.Message, StringComparison.Ordinal);

        // A file that may not even be made: where there is a folder of that name.
        Directory.CreateDirectory(FilePath);
        var refused = Assert.Throws<MigrationException>(() => JournalFile.Open(FilePath));
        Assert.Equal(ErrorCode.JournalFailed, refused.Code);
        Assert.Contains("cannot be opened for writing", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_is_said_and_what_could_not_be_logged_is_the_end_of_the_log()
    {
        using var journal = JournalFile.Open(FilePath);
        using var run = RunJournal.Begin(journal, NewRun("1"));
        journal.Write(c => LocalDatabase.Execute(c, "PRAGMA max_page_count=30"));

        var refusals = new List<MigrationException>();
        for (var i = 0; i < 40; i++)
        {
            try
            {
                await run.Sent(new BatchKey("T", null, null, ""), [Item("a" + new string('x', 9000))]).OnDisk;
            }
            catch (MigrationException e)
            {
                refusals.Add(e);
            }
        }

        Assert.NotEmpty(refusals);
        Assert.All(refusals, r => Assert.Equal((ErrorCode.JournalFailed, true), (r.Code, r.IsTransient)));
        Assert.Contains("is full", refusals[0].Message, StringComparison.Ordinal);
        Assert.Same(refusals[0], journal.Failure);
        Assert.Throws<MigrationException>(() => journal.Write(_ => { }));
    }

    [Fact]
    public void Runs_are_listed_newest_first_by_id_prefix_and_status()
    {
        using var journal = JournalFile.Open(FilePath);
        foreach (var (id, status) in new[] { ("a1", MigrationStatus.Completed), ("a2", MigrationStatus.Failed), ("b1", MigrationStatus.Stopped) })
        {
            using var run = RunJournal.Begin(journal, NewRun(id));
            run.End(new MigrationResult { MigrationId = id, Status = status }, MigrationPhase.Nodes);
        }

        Assert.Equal(["b1", "a2", "a1"], journal.Runs().Select(r => r.Id));
        Assert.Equal(["a2", "a1"], journal.Runs("a*").Select(r => r.Id));
        Assert.Equal(["b1", "a2"], journal.Runs(null, [MigrationStatus.Failed, MigrationStatus.Stopped]).Select(r => r.Id));
        Assert.Equal(ErrorCode.RunNotFound, Assert.Throws<MigrationException>(() => journal.Run("a")).Code);
    }

    [Fact]
    public async Task A_removed_run_leaves_nothing_and_the_file_becomes_smaller()
    {
        using var journal = JournalFile.Open(FilePath);
        using (var other = RunJournal.Begin(journal, NewRun("0")))
        {
            await other.Sent(new BatchKey("T", null, null, ""), [Item("other")]).OnDisk;
            using var run = RunJournal.Begin(journal, NewRun("1"));
            for (var i = 0; i < 50; i++)
                await run.Sent(new BatchKey("T", null, null, ""), [Item("a" + new string('x', 20_000))]).OnDisk;
            File.WriteAllText(Path.Combine(run.Folder, "big"), "");
            Assert.Equal(ErrorCode.RunInUse, Assert.Throws<MigrationException>(() => journal.Remove("1")).Code);
        }

        var size = new FileInfo(FilePath).Length + new FileInfo(FilePath + "-wal").Length;

        journal.Remove("1");

        Assert.True(new FileInfo(FilePath).Length < size / 4, $"{new FileInfo(FilePath).Length} of {size}");
        Assert.Equal("0", Assert.Single(journal.Runs()).Id);
        Assert.Equal("other", RunJournal.Batches(journal, "0").Single().Items[0].Id);
        Assert.False(Directory.Exists(FilePath + ".files"));
    }

    private static MigrationRun NewRun(string id) => new()
    {
        Id = id,
        Destination = "somewhere",
        Started = DateTimeOffset.UtcNow,
        Sources = [new MigrationRunSource("people.csv", "quick:1")],
        Options = new LoadOptions { BatchSize = 17, ErrorBudget = ErrorBudget.OfShare(0.0123) },
    };

    private static JournaledItem Item(string id) => new() { Id = id, AfterHash = new byte[16], Tickets = [new JournaledTicket(new RecordTicket(0, 1), 0)] };

    private static object Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar()!;
    }

    private SqliteConnection Connect() => LocalDatabase.Open(FilePath, "", SqliteOpenMode.ReadWriteCreate);
}
