using System.Text.Json.Nodes;
using SafeAI.Migration.Engine.Audit;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Audit;

public sealed class AuditTests : JournalTests
{

    public AuditTests()
    {
        for (var i = 1; i <= 3; i++)
        {
            using var run = RunJournal.Begin(Journal, new MigrationRun { Id = $"run{i}", Name = "people", Destination = "somewhere", Started = DateTimeOffset.UtcNow });
            run.End(new MigrationResult { MigrationId = $"run{i}", Status = MigrationStatus.Completed, Read = 7, Loaded = 7 }, MigrationPhase.Ended);
        }
    }

    [Fact]
    public void Several_that_write_to_one_journal_keep_its_head_together_and_no_check_ever_accuses_them()
    {
        // Each with the journal opened on its own, as processes have it.
        const int writers = 4;
        const int events = 100;
        using var start = new Barrier(writers + 1);
        var failures = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var left = writers;
        var threads = Enumerable.Range(0, writers).Select(_ => new Thread(() =>
        {
            using var journal = JournalFile.Open(Journal.Path);
            start.SignalAndWait();
            try
            {
                for (var i = 0; i < events; i++)
                    journal.WriteAudited(() => new AuditEntry(AuditActionType.Force, null, "somewhere", ""), _ => { });
            }
            catch (Exception e)
            {
                failures.Enqueue(e.ToString());
            }

            Interlocked.Decrement(ref left);
        })).ToList();
        threads.ForEach(t => t.Start());
        start.SignalAndWait();
        var checks = 0;
        while (Volatile.Read(ref left) > 0)
        {
            checks++;
            foreach (var finding in AuditChecker.Check(Journal).Findings)
                failures.Enqueue(finding.Message);
        }

        threads.ForEach(t => t.Join());

        Assert.Empty(failures);
        Assert.True(checks > 1);
        Assert.Equal(6 + writers * events, AuditHead.Read(Journal.Path)!.Number);
        Assert.True(AuditChecker.Check(Journal).IsIntact);
        Assert.Equal([AuditHead.PathFor(Journal.Path)], Directory.GetFiles(Folder.Path, "*.head*"));
    }

    [Fact]
    public void Several_that_find_the_head_behind_at_one_moment_bring_it_up_together()
    {
        const int openers = 4;
        var first = AuditTrail.Events(Journal).First().Metadata.Hash;
        var connections = Enumerable.Range(0, openers).Select(_ => LocalDatabase.Open(Journal.Path, "")).ToList();
        for (var round = 0; round < 200; round++)
        {
            new AuditHead(1, first).Write(Journal.Path);
            using var start = new Barrier(openers);
            Parallel.ForEach(connections, new ParallelOptions { MaxDegreeOfParallelism = openers }, connection =>
            {
                // Where there are fewer threads, they do not wait for each other.
                start.SignalAndWait(TimeSpan.FromMilliseconds(20));
                AuditHead.Advance(connection, Journal.Path);
            });
            Assert.Equal(6, AuditHead.Read(Journal.Path)!.Number);
        }

        connections.ForEach(c => c.Dispose());
    }

    [Theory]
    [InlineData("DELETE FROM audit WHERE number > 4", AuditFindingKind.Changed)]
    [InlineData("DELETE FROM audit WHERE number > 5", AuditFindingKind.Changed)]
    [InlineData(null, AuditFindingKind.HeadMissing)]
    public void What_was_cut_off_goes_on_showing_when_further_events_follow(string? sql, AuditFindingKind kind)
    {
        if (sql is null)
            File.Delete(AuditHead.PathFor(Journal.Path));
        else
            Journal.Write(c => LocalDatabase.Execute(c, sql));

        Journal.Remove("run1");
        Journal.Remove("run2");
        Journal.Remove("run3");
        JournalFile.Open(Journal.Path).Dispose();

        Assert.Contains(kind, AuditChecker.Check(Journal).Findings.Select(f => f.Kind));
    }

    [Fact]
    public void A_head_that_stayed_behind_when_its_process_died_accuses_nobody_and_catches_up()
    {
        var events = AuditTrail.Events(Journal).ToList();
        new AuditHead(5, events[4].Metadata.Hash).Write(Journal.Path);
        Assert.True(AuditChecker.Check(Journal).IsIntact);

        JournalFile.Open(Journal.Path).Dispose();

        Assert.Equal(6, AuditHead.Read(Journal.Path)!.Number);
        Journal.Write(c => LocalDatabase.Execute(c, "DELETE FROM audit WHERE number = 6"));
        Assert.Equal(AuditFindingKind.CutOff, AuditChecker.Check(Journal).Findings.Single().Kind);
    }

    [Fact]
    public void Every_event_says_who_did_what_where_and_follows_the_one_before()
    {
        Journal.Remove("run2");

        var events = AuditTrail.Events(Journal).ToList();

        Assert.Equal(
            [(1L, "run1", AuditActionType.Begin), (2, "run1", AuditActionType.End), (3, "run2", AuditActionType.Begin), (4, "run2", AuditActionType.End),
                (5, "run3", AuditActionType.Begin), (6, "run3", AuditActionType.End), (7, "run2", AuditActionType.Remove)],
            events.Select(e => (e.Number, e.MigrationId!, e.Action.Type)));
        var end = events[1];
        Assert.Equal((Environment.UserName, "user", Environment.MachineName, "somewhere"), (end.Actor.Id.Split('\\')[^1], end.Actor.Type, end.Context.Location, end.Action.Target));
        Assert.StartsWith("Completed; 7 read, 7 loaded, ", end.Action.Details, StringComparison.Ordinal);
        Assert.Contains(Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture), end.Context.Session, StringComparison.Ordinal);
        Assert.Equal(["", .. events.Take(6).Select(e => e.Metadata.Hash)], events.Select(e => e.Metadata.PreviousHash));
        Assert.Equal([3L, 4, 7], AuditTrail.Events(Journal, "run2").Select(e => e.Number));
        Assert.Equal([1L, 3, 5], AuditTrail.Events(Journal, "run*", [AuditActionType.Begin]).Select(e => e.Number));
        Assert.Equal([1L, 2], AuditTrail.Events(Journal, until: events[2].Time).Select(e => e.Number));
        Assert.Equal([6L, 7], AuditTrail.Events(Journal, since: events[5].Time).Select(e => e.Number));
    }

    [Fact]
    public void An_untouched_trail_is_intact()
    {
        var report = AuditChecker.Check(Journal, expectedHead: AuditTrail.Events(Journal).ElementAt(2).Metadata.Hash);

        Assert.Empty(report.Findings);
        Assert.Equal((true, 6L, 0L), (report.IsIntact, report.Events, report.Signed));
        Assert.Equal(AuditTrail.Events(Journal).Last().Metadata.Hash, report.Head);
    }

    [Theory]
    [InlineData("UPDATE audit SET data = replace(data, '7 read', '8 read') WHERE number = 2", AuditFindingKind.Changed, 2)]
    [InlineData("UPDATE audit SET data = 'x' WHERE number = 6", AuditFindingKind.Changed, 6)]
    [InlineData("DELETE FROM audit WHERE number = 3", AuditFindingKind.Removed, 3)]
    [InlineData("DELETE FROM audit WHERE number = 1", AuditFindingKind.Removed, 1)]
    [InlineData("DELETE FROM audit WHERE number > 4", AuditFindingKind.CutOff, 5)]
    [InlineData("DELETE FROM audit", AuditFindingKind.CutOff, 1)]
    [InlineData("UPDATE audit SET number = 99 WHERE number = 4; UPDATE audit SET number = 4 WHERE number = 5; UPDATE audit SET number = 5 WHERE number = 99", AuditFindingKind.Reordered, 4)]
    [InlineData("DELETE FROM audit WHERE number = 3; UPDATE audit SET number = number - 1 WHERE number > 3", AuditFindingKind.Reordered, 3)]
    public void What_was_done_to_it_is_found(string sql, AuditFindingKind kind, long number)
    {
        Journal.Write(c => LocalDatabase.Execute(c, sql));

        var report = AuditChecker.Check(Journal);

        Assert.False(report.IsIntact);
        Assert.Equal((kind, number), (report.Findings[0].Kind, report.Findings[0].Number));
    }

    [Fact]
    public void An_event_written_anew_with_its_hash_shows_by_the_one_that_follows()
    {
        var row = AuditTrail.Rows(Journal).ElementAt(1);
        var data = row.Data.Replace("7 read", "9 read", StringComparison.Ordinal);
        Assert.NotEqual(row.Data, data);
        Journal.Write(c =>
        {
            using var command = c.CreateCommand();
            command.CommandText = "UPDATE audit SET data = $data, hash = $hash WHERE number = 2";
            command.Parameters.AddWithValue("$data", data);
            command.Parameters.AddWithValue("$hash", AuditTrail.HashOf(data));
            command.ExecuteNonQuery();
        });

        var finding = AuditChecker.Check(Journal).Findings.Single();

        Assert.Equal((AuditFindingKind.Changed, 3L, "The event 3 does not follow the one before it."), (finding.Kind, finding.Number, finding.Message));
    }

    [Fact]
    public void A_trail_written_anew_shows_by_the_head_kept_elsewhere_and_by_the_signatures()
    {
        var head = AuditChecker.Check(Journal).Head;
        Rewrite(key: null);

        Assert.Empty(AuditChecker.Check(Journal).Findings);
        Assert.Equal(AuditFindingKind.CutOff, AuditChecker.Check(Journal, head).Findings.Single().Kind);
        Assert.Equal("No event is signed.", AuditChecker.Check(Journal, signingKeys: ["right"]).Findings.Single().Message);

        Rewrite("wrong");
        Assert.Equal(6, AuditChecker.Check(Journal, signingKeys: ["right"]).Findings.Count(f => f.Kind == AuditFindingKind.Signature));
        Rewrite("right");
        Assert.True(AuditChecker.Check(Journal, signingKeys: ["right"]) is { IsIntact: true, Signed: 6 });
        Journal.Write(c => LocalDatabase.Execute(c, "UPDATE audit SET signature = NULL WHERE number = 4"));
        Assert.Equal("The event 4 is not signed.", AuditChecker.Check(Journal, signingKeys: ["right"]).Findings.Single().Message);
    }

    [Fact]
    public void Any_bit_that_is_turned_anywhere_in_an_event_is_found()
    {
        Rewrite("right");
        Assert.True(AuditChecker.Check(Journal, signingKeys: ["right"]).IsIntact);
        using var connection = LocalDatabase.Open(Journal.Path, "");
        var turned = 0;
        foreach (var number in new[] { 1, 3, 6 })
        {
            foreach (var column in new[] { "data", "hash", "signature" })
            {
                var whole = (byte[])Scalar($"SELECT CAST({column} AS BLOB) FROM audit WHERE number = {number}");
                for (var i = 0; i < whole.Length; i++)
                {
                    var bytes = (byte[])whole.Clone();
                    bytes[i] ^= (byte)(1 << (i % 8));
                    Set(column, number, bytes);
                    Assert.False(AuditChecker.Check(Journal, signingKeys: ["right"]).IsIntact, $"The bit {i % 8} of the byte {i} of {column} of the event {number}");
                    turned++;
                }

                Set(column, number, whole);
            }

            for (var bit = 0; bit < 62; bit++)
            {
                var other = number ^ (1L << bit);
                if (other is >= 1 and <= 6)
                    continue;
                LocalDatabase.Execute(connection, $"UPDATE audit SET number = {other} WHERE number = {number}");
                Assert.False(AuditChecker.Check(Journal).IsIntact, $"The bit {bit} of the number {number}");
                LocalDatabase.Execute(connection, $"UPDATE audit SET number = {number} WHERE number = {other}");
            }
        }

        Assert.True(turned > 1000);
        Assert.True(AuditChecker.Check(Journal, signingKeys: ["right"]).IsIntact);

        object Scalar(string sql)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            return command.ExecuteScalar()!;
        }

        void Set(string column, int number, byte[] bytes)
        {
            using var command = connection.CreateCommand();
            command.CommandText = $"UPDATE audit SET {column} = CAST($bytes AS TEXT) WHERE number = {number}";
            command.Parameters.AddWithValue("$bytes", bytes);
            Assert.Equal(1, command.ExecuteNonQuery());
        }
    }

    [Fact]
    public void Any_bit_that_is_turned_in_the_head_file_is_found_or_changes_nothing_in_it()
    {
        var path = AuditHead.PathFor(Journal.Path);
        var whole = File.ReadAllBytes(path);
        var head = AuditHead.Read(Journal.Path);
        for (var bit = 0; bit < 8 * whole.Length; bit++)
        {
            var bytes = (byte[])whole.Clone();
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(path, bytes);
            Assert.True(AuditHead.Read(Journal.Path) == head || !AuditChecker.Check(Journal).IsIntact, System.Text.Encoding.Latin1.GetString(bytes));
        }
    }

    [Fact]
    public void A_trail_may_be_signed_with_several_keys_one_after_the_other()
    {
        Rewrite("old");
        foreach (var (number, hash) in AuditTrail.Rows(Journal).Where(r => r.Number > 3).Select(r => (r.Number, r.Hash)).ToList())
            Journal.Write(c => LocalDatabase.Execute(c, $"UPDATE audit SET signature = '{AuditTrail.Sign(hash, "new")}' WHERE number = {number}"));

        Assert.True(AuditChecker.Check(Journal, signingKeys: ["new", "old"]) is { IsIntact: true, Signed: 6 });
        Assert.Equal([1L, 2, 3], AuditChecker.Check(Journal, signingKeys: ["new"]).Findings.Select(f => f.Number));
        Assert.Equal("The signature of the event 4 was not made with one of the keys.", AuditChecker.Check(Journal, signingKeys: ["old", "other"]).Findings[0].Message);
    }

    [Fact]
    public void A_head_file_that_is_gone_is_a_finding()
    {
        File.Delete(Journal.Path + ".head");

        Assert.Equal(AuditFindingKind.HeadMissing, AuditChecker.Check(Journal).Findings.Single().Kind);
    }

    // What somebody does who may write the file and knows how: all hashes right again, and the file beside it too.
    private void Rewrite(string? key)
    {
        var previous = "";
        var rows = AuditTrail.Rows(Journal).ToList();
        foreach (var row in rows)
        {
            var values = JsonNode.Parse(row.Data)!.AsArray();
            values[12] = previous;
            var data = values.ToJsonString().Replace("7 read", "9 read", StringComparison.Ordinal);
            previous = AuditTrail.HashOf(data);
            Journal.Write(c =>
            {
                using var command = c.CreateCommand();
                command.CommandText = "UPDATE audit SET data = $data, hash = $hash, signature = $signature WHERE number = $number";
                command.Parameters.AddWithValue("$data", data);
                command.Parameters.AddWithValue("$hash", previous);
                command.Parameters.AddWithValue("$signature", key is null ? DBNull.Value : AuditTrail.Sign(previous, key));
                command.Parameters.AddWithValue("$number", row.Number);
                command.ExecuteNonQuery();
            });
        }

        new AuditHead(rows[^1].Number, previous).Write(Journal.Path);
    }
}
