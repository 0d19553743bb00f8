using System.Diagnostics;
using System.Text.Json.Nodes;
using SafeAI.Migration.Engine.Audit;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Journal;

public sealed class RunJournalTests : JournalTests
{
    private static readonly BatchKey s_nodes = new("Person", null, null, "A B");
    private static readonly BatchKey s_relationships = new("KNOWS", "Person", "Person", "");

    [Fact]
    public async Task Batches_are_read_back_as_they_were_in_both_directions()
    {
        using var run = Begin("1");
        var before = new PropertySet(
            ["text", "whole", "part", "day", "instant", "list", "days"],
            ["Zoë", 1L, 0.1, new DateOnly(2024, 2, 29), new DateTimeOffset(2024, 1, 1, 1, 1, 1, TimeSpan.FromHours(5.5)), new[] { "a", "b" }, new[] { new DateOnly(1, 1, 1) }]);
        JournaledItem[] nodes =
        [
            Node("new", 1),
            new() { Id = "old", AfterHash = Hash(2), Before = before, LabelsBefore = ["A", "C"], Tickets = [Ticket(0, 2, 7), Ticket(3, 1L << 40, 8)] },
            new() { Id = "same", AfterHash = Hash(3), Outcome = ItemOutcome.Unchanged, Tickets = [Ticket(0, 3, 3)] },
        ];
        JournaledItem[] relationships =
        [
            new() { Id = "a->b", FromId = "a", ToId = "b", AfterHash = Hash(4), Tickets = [Ticket(1, 4, 4)] },
            new() { Id = "own", FromId = "a", ToId = "b", AfterHash = Hash(5), Tickets = [Ticket(1, 5, 5)] },
        ];

        var (first, _) = run.Sent(s_nodes, nodes, new Dictionary<string, Type> { ["day"] = typeof(DateOnly) });
        var (second, onDisk) = run.Sent(s_relationships, relationships);
        await onDisk;
        nodes[0].Outcome = ItemOutcome.Updated;
        nodes[0].Before = new PropertySet(["late"], ["x"]);
        nodes[0].AfterHash = Hash(9);
        nodes[1].Outcome = ItemOutcome.Updated;
        await run.Confirmed(first, nodes, [0]);

        var batches = run.Batches().ToList();
        Assert.Equal([(1L, s_nodes, BatchState.Confirmed), (2L, s_relationships, BatchState.Sent)], batches.Select(b => (b.Number, b.Key, b.State)));
        Assert.Equal([2L, 1L], run.Batches(backwards: true).Select(b => b.Number));
        Assert.Equal([second], run.Batches(state: BatchState.Sent).Select(b => b.Number));
        Assert.Equal([KeyValuePair.Create("day", typeof(DateOnly))], batches[0].Temporals);
        var read = batches[0].Items;
        Assert.Equal([ItemOutcome.Updated, ItemOutcome.Updated, ItemOutcome.Unchanged], read.Select(i => i.Outcome));
        Assert.Equal(("new", "x", Hash(9)[0]), (read[0].Id, read[0].Before?["late"], read[0].AfterHash[0]));
        Assert.Equal(before.ToList(), read[1].Before?.ToList());
        Assert.Equal(before.Values.Select(v => v?.GetType()), read[1].Before?.Values.Select(v => v?.GetType()));
        Assert.Equal(["A", "C"], read[1].LabelsBefore);
        Assert.Equal(nodes[1].Tickets, read[1].Tickets);
        Assert.False(read[2].Existed);
        Assert.Equal([("a->b", "a", "b"), ("own", "a", "b")], batches[1].Items.Select(i => (i.Id, i.FromId!, i.ToId!)));
        Assert.Equal(relationships.SelectMany(r => r.Tickets), batches[1].Items.SelectMany(r => r.Tickets));
    }

    [Fact]
    public async Task Batches_of_one_run_are_not_those_of_another_and_numbers_go_on_after_a_claim()
    {
        using (var one = Begin("1"))
        using (var two = Begin("2"))
        {
            await one.Sent(s_nodes, [Node("a", 1)]).OnDisk;
            await two.Sent(s_nodes, [Node("b", 1)]).OnDisk;
            await one.Sent(s_nodes, [Node("c", 1)]).OnDisk;
            await one.NotWritten(2);
        }

        using var again = RunJournal.Claim(Journal, "1");
        var (number, onDisk) = again.Sent(s_nodes, [Node("d", 1)]);
        await onDisk;

        Assert.Equal(3, number);
        Assert.Equal([(1L, "a"), (2L, "c"), (3L, "d")], again.Batches().Select(b => (b.Number, b.Items[0].Id)));
        Assert.Equal(BatchState.NotWritten, again.Batches().ElementAt(1).State);
        Assert.Equal(["b"], RunJournal.Batches(Journal, "2").Select(b => b.Items[0].Id));
    }

    [Fact]
    public void A_run_at_work_is_claimed_by_nobody_else_and_an_interrupted_one_is()
    {
        using (var run = Begin("1"))
        {
            var refusal = Assert.Throws<MigrationException>(() => RunJournal.Claim(Journal, "1"));
            Assert.Equal(ErrorCode.RunInUse, refusal.Code);
            Assert.Contains($"process {Environment.ProcessId}", refusal.Message, StringComparison.Ordinal);
            Assert.Equal(MigrationStatus.Running, Journal.Run("1").Status);
        }

        Assert.Equal((MigrationStatus.Interrupted, true), (Journal.Run("1").Status, Journal.Run("1").IsResumable));
        using var again = RunJournal.Claim(Journal, "1");
        Assert.Equal(MigrationStatus.Running, Journal.Run("1").Status);
    }

    [Fact]
    public void The_lock_of_a_process_that_is_gone_or_has_only_its_number_in_common_is_stale()
    {
        Begin("1").Dispose();
        using var child = Process.Start(new ProcessStartInfo("sleep", "600"))!;
        var started = child.StartTime.ToUniversalTime().Ticks;
        SetOwner(child.Id, started, Environment.MachineName);
        Assert.Equal(MigrationStatus.Running, Journal.Run("1").Status);

        SetOwner(child.Id, started - TimeSpan.FromMinutes(1).Ticks, Environment.MachineName);
        Assert.Equal(MigrationStatus.Interrupted, Journal.Run("1").Status);

        SetOwner(child.Id, started, Environment.MachineName);
        child.Kill();
        child.WaitForExit();
        Assert.Equal(MigrationStatus.Interrupted, Journal.Run("1").Status);

        // Nobody can tell from here.
        SetOwner(child.Id, started, "elsewhere");
        Assert.Equal(MigrationStatus.Running, Journal.Run("1").Status);
    }

    [Fact]
    public async Task Checkpoints_rejects_and_counts_are_kept()
    {
        using var run = Begin("1");
        Assert.Null(run.LastCheckpoint());
        var checkpoint = new RunCheckpoint
        {
            SpoolLength = 5,
            Streams = ["people.csv"],
            Mark = new ReadMark { Source = 1, Position = new SourcePosition { Ordinal = 90 }.ToJson(), Counts = new SourceCounts(90, 1, 2, 3), Relationships = 7 },
            Finished = [new SourceCounts(5, 0, 0, 0)],
            Result = new MigrationResult { MigrationId = "1", Read = 100, Nodes = new ItemCounts(1, 2, 3) },
        };

        await run.Checkpoint(checkpoint with { SpoolLength = 1 }, MigrationPhase.Nodes);
        await run.Checkpoint(checkpoint, MigrationPhase.Relationships);
        foreach (var (stage, ordinal) in new[] { (MigrationStage.Transform, 4L), (MigrationStage.Transform, 5), (MigrationStage.Load, 6), (MigrationStage.Load, 7) })
            await run.Reject(new Reject(stage, ErrorCode.BadRecord, "bad", new RecordPosition("people.csv", ordinal)), [(byte)ordinal]);
        run.ForgetRejects(1, (source, ordinal) => (source, ordinal) == ("people.csv", 6));
        await run.TypeCount(true, "Person", 7);
        await run.TypeCount(true, "Person", 9);

        var read = run.LastCheckpoint()!;
        Assert.Equal((5L, checkpoint.Mark, checkpoint.Result), (read.SpoolLength, read.Mark, read.Result));
        Assert.Equal(checkpoint.Streams, read.Streams);
        Assert.Equal(checkpoint.Finished, read.Finished);
        Assert.Equal((MigrationPhase.Relationships, 100L), (Journal.Run("1").Phase, Journal.Run("1").Result!.Read));
        Assert.Equal([4, 6], run.Rejects().Select(r => (int)r[0]));
        Assert.Equal(7, run.TypeCounts()[(true, "Person")]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_number_of_batches_at_the_end_is_part_of_the_audit_event_and_was_once_part_of_its_text(bool isEarlier)
    {
        using (var run = Begin("1"))
        {
            for (byte i = 1; i <= 3; i++)
                await run.Sent(s_nodes, [Node($"{i}", i)]).OnDisk;
            run.End(new MigrationResult { MigrationId = "1", Status = MigrationStatus.Completed }, MigrationPhase.Ended);
        }

        var ended = AuditTrail.Events(Journal, "1").Last();
        Assert.Equal((AuditActionType.End, 3L), (ended.Action.Type, ended.Metadata.Batches));
        Assert.DoesNotContain("batches", ended.Action.Details, StringComparison.Ordinal);
        Assert.Null(AuditTrail.Events(Journal, "1").First().Metadata.Batches);
        if (isEarlier)
            MakeEarlier();
        Assert.Equal((true, isEarlier ? null : 3L), (AuditChecker.Check(Journal).IsIntact, AuditTrail.Events(Journal, "1").Last().Metadata.Batches));
        Assert.Null(RunJournal.FirstMissingBatch(Journal, "1"));

        Journal.Write(c => LocalDatabase.Execute(c, "DELETE FROM batch WHERE key & 4294967295 > 1; DELETE FROM outcome WHERE key & 4294967295 > 1"));
        Assert.Equal(2, RunJournal.FirstMissingBatch(Journal, "1"));

        Journal.Write(c => LocalDatabase.Execute(c, isEarlier ? "UPDATE audit SET data = replace(data, '; 3 batches', '; 1 batches')" : "UPDATE audit SET data = replace(data, ',3]', ',1]')"));
        Assert.Null(RunJournal.FirstMissingBatch(Journal, "1"));
        Assert.Equal((AuditFindingKind.Changed, ended.Number), (AuditChecker.Check(Journal).Findings.Single() is var finding ? finding.Kind : default, finding.Number));

        // The event as programs wrote it before, with its hash.
        void MakeEarlier()
        {
            var row = AuditTrail.Rows(Journal).Last();
            var values = JsonNode.Parse(row.Data)!.AsArray();
            values.RemoveAt(13);
            values[7] = $"{values[7]}; 3 batches in the journal";
            var data = values.ToJsonString();
            Journal.Write(c =>
            {
                using var command = c.CreateCommand();
                command.CommandText = "UPDATE audit SET data = $data, hash = $hash WHERE number = $number";
                command.Parameters.AddWithValue("$data", data);
                command.Parameters.AddWithValue("$hash", AuditTrail.HashOf(data));
                command.Parameters.AddWithValue("$number", row.Number);
                command.ExecuteNonQuery();
            });
            new AuditHead(row.Number, AuditTrail.HashOf(data)).Write(Journal.Path);
        }
    }

    private static byte[] Hash(byte first) => [first, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];

    private static JournaledTicket Ticket(int source, long ordinal, ulong content) => new(new RecordTicket(source, ordinal), content);

    private static JournaledItem Node(string id, byte hash) => new() { Id = id, AfterHash = Hash(hash), Tickets = [Ticket(0, hash, hash)] };

    private RunJournal Begin(string id) => RunJournal.Begin(Journal, new MigrationRun { Id = id, Started = DateTimeOffset.UtcNow });

    private void SetOwner(int process, long started, string machine) => Journal.Write(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = "UPDATE run SET process_id = $id, process_started = $started, machine = $machine";
        command.Parameters.AddWithValue("$id", process);
        command.Parameters.AddWithValue("$started", started);
        command.Parameters.AddWithValue("$machine", machine);
        command.ExecuteNonQuery();
    });
}
