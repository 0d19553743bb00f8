using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Rollback;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Integration.Tests.Rollback;

/// <summary>After an undo the graph is the one before the run, value for value: in a store, and in the sandbox as a real process.</summary>
public sealed class UndoTests : GraphTests
{
    [Theory]
    [InlineData(true, (int)LastBatch.Confirmed)]
    [InlineData(true, (int)LastBatch.Arrived)]
    [InlineData(true, (int)LastBatch.NotSent)]
    [InlineData(false, (int)LastBatch.Arrived)]
    [InlineData(false, (int)LastBatch.NotSent)]
    public async Task What_a_run_created_and_changed_is_as_before_however_far_it_came(bool isPlatform, int last)
    {
        var graph = await OpenAsync(isPlatform);
        await JournaledLoad.RunAsync(Journal, graph, Given.Before);
        var before = await JournaledLoad.ContentAsync(graph);
        var id = await JournaledLoad.RunAsync(Journal, graph, Given.Later, last: (LastBatch)last);
        var after = await JournaledLoad.ContentAsync(graph);

        var result = await MigrationUndo.RunAsync(Journal, id, graph);

        Assert.Equal(before, await JournaledLoad.ContentAsync(graph));
        Assert.Equal((true, true, 0L), (result.IsComplete, result.Verified, result.Kept));
        Assert.Equal((LastBatch)last == LastBatch.NotSent ? 2 : 0, result.AlreadyBefore);
        Assert.Equal(Given.Later.Count - result.AlreadyBefore, result.NodesDeleted + result.NodesRestored + result.RelationshipsDeleted + result.RelationshipsRestored);
        Assert.Equal(MigrationStatus.RolledBack, Journal.Run(id).Status);
        Assert.Equal((MigrationKind.Undo, id, MigrationStatus.Completed), (Journal.Run(result.UndoId).Kind, Journal.Run(result.UndoId).Target, Journal.Run(result.UndoId).Status));

        // It can be run again, and put back again.
        var again = await JournaledLoad.RunAsync(Journal, graph, Given.Later);
        if ((LastBatch)last != LastBatch.NotSent)
            Assert.Equal(after, await JournaledLoad.ContentAsync(graph));
        await MigrationUndo.RunAsync(Journal, again, graph);
        Assert.Equal(before, await JournaledLoad.ContentAsync(graph));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Runs_on_top_of_each_other_are_put_back_from_the_last(bool isPlatform)
    {
        var graph = await OpenAsync(isPlatform);
        var first = await JournaledLoad.RunAsync(Journal, graph, Given.Before);
        var between = await JournaledLoad.ContentAsync(graph);
        var second = await JournaledLoad.RunAsync(Journal, graph, Given.Later);
        var top = await JournaledLoad.ContentAsync(graph);

        // The first alone: what the second changed stays, and so do the nodes that its relationships hang on.
        var plan = await MigrationUndo.PlanAsync(Journal, first, graph).ToListAsync();
        var kept = await MigrationUndo.RunAsync(Journal, first, graph);
        Assert.False(kept.IsComplete);
        Assert.Equal(plan.Where(p => p.Action == UndoAction.Keep).Select(p => p.ToString()).Order(), kept.KeptItems.Select(p => p.ToString()).Order());
        Assert.Equal(kept.NodesDeleted + kept.RelationshipsDeleted, plan.Count(p => p.Action == UndoAction.Delete));

        // What was taken is loaded again; then both in the right order.
        await JournaledLoad.RunAsync(Journal, graph, [.. Given.Before.Where(i => plan.Exists(p => p.Action == UndoAction.Delete && p.Id == i.Id && p.Type == i.Type))]);
        Assert.Equal(top, await JournaledLoad.ContentAsync(graph));
        Assert.True((await MigrationUndo.RunAsync(Journal, second, graph)).IsComplete);
        Assert.Equal(between, await JournaledLoad.ContentAsync(graph));
        Assert.True((await MigrationUndo.RunAsync(Journal, first, graph)).IsComplete);
        Assert.Empty(await JournaledLoad.ContentAsync(graph));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_others_changed_since_is_kept_and_reported_unless_forced(bool isPlatform)
    {
        var graph = await OpenAsync(isPlatform);
        await JournaledLoad.RunAsync(Journal, graph, Given.Before);
        var before = await JournaledLoad.ContentAsync(graph);
        var id = await JournaledLoad.RunAsync(Journal, graph, Given.Later);
        await graph.WriteNodesAsync("Person", [new GraphNode("Person", "1", new PropertySet(["name"], ["changed"]))]);
        await graph.DeleteNodesAsync("Person", ["2"], withRelationships: true);
        await graph.WriteNodesAsync("Person", [new GraphNode("Person", "other", PropertySet.Empty)]);
        await graph.WriteRelationshipsAsync("KNOWS", "Person", "Person", [new GraphRelationship("KNOWS", "foreign", "Person", "other", "Person", "11", PropertySet.Empty)]);

        var result = await MigrationUndo.RunAsync(Journal, id, graph);

        Assert.Equal(
            [("1", "It was changed since."), ("11", "It has relationships that are not the run's."), ("2", "It was deleted since.")],
            result.KeptItems.Where(k => k.IsNode).Select(k => (k.Id, k.Reason!)).Order());
        Assert.Equal((3L, false, true), (result.Kept, result.IsComplete, result.Verified));
        Assert.Equal("changed", (await graph.ReadNodesAsync("Person", ["1"])).Single().Properties["name"]);

        var forced = await MigrationUndo.RunAsync(Journal, id, graph, new UndoOptions { Force = true });

        Assert.Equal((true, 1L), (forced.IsComplete, forced.Detached));
        Assert.Contains(AuditActionType.Force, SafeAI.Migration.Engine.Audit.AuditTrail.Events(Journal, id).Select(e => e.Action.Type));
        await graph.DeleteNodesAsync("Person", ["other"], withRelationships: false);
        // The relationships of before that went with its node when somebody deleted it were not the run's.
        Assert.Equal(before.Where(c => !c.Contains(":KNOWS k1]", StringComparison.Ordinal) && !c.Contains(":KNOWS k2]", StringComparison.Ordinal)), await JournaledLoad.ContentAsync(graph));
    }

    [Fact]
    public async Task What_several_batches_wrote_and_others_changed_is_kept_once()
    {
        var graph = await OpenAsync(isPlatform: false);
        await JournaledLoad.RunAsync(Journal, graph, Given.Before);
        var id = await JournaledLoad.RunAsync(
            Journal, graph, [.. new[] { "first", "second", "third" }.Select(n => new GraphNode("Person", "1", new PropertySet(["name"], [n])))], batchSize: 1);
        await graph.WriteNodesAsync("Person", [new GraphNode("Person", "1", new PropertySet(["name"], ["changed"]))]);

        var kept = await MigrationUndo.RunAsync(Journal, id, graph);

        Assert.Equal((1L, 0L, 0L, "changed"), (kept.Kept, kept.NodesRestored, kept.AlreadyBefore, (await graph.ReadNodesAsync("Person", ["1"])).Single().Properties["name"]));
        Assert.Single(kept.KeptItems);

        var forced = await MigrationUndo.RunAsync(Journal, id, graph, new UndoOptions { Force = true });
        Assert.Equal((true, "p1"), (forced.IsComplete, (await graph.ReadNodesAsync("Person", ["1"])).Single().Properties["name"]));
    }

    [Fact]
    public async Task What_is_kept_is_not_held_in_memory_and_is_known_when_an_undo_goes_on()
    {
        const int size = 100;
        var store = OpenStore();
        GraphItem[] Nodes(string name) => [.. Enumerable.Range(0, 3 * size).Select(i => new GraphNode("P", $"{i:000}", new PropertySet(["name"], [name])))];
        var id = await JournaledLoad.RunAsync(Journal, store, [.. Nodes("first"), .. Nodes("second")], size);
        await store.WriteNodesAsync("P", [.. Nodes("changed").Cast<GraphNode>()]);

        // The ids of the first batch that is looked at; the last but one is looked at when two others were.
        var ids = new List<WeakReference>();
        var (looks, alive) = (0, size);
        var graph = InterceptedGraph.Of(store, (member, arguments, call) =>
        {
            if (member != nameof(IGraphDestination.ReadNodesAsync))
                return call();
            if (++looks == 1)
                ids.AddRange(((IReadOnlyCollection<string>)arguments[1]!).Select(i => new WeakReference(i)));
            if (looks < 3)
                return call();
            GC.Collect();
            alive = ids.Count(i => i.IsAlive);
            throw new MigrationException(ErrorCode.StoreFailed, "The disk is gone.");
        });
        Assert.Equal("The disk is gone.", (await Assert.ThrowsAsync<MigrationException>(() => MigrationUndo.RunAsync(Journal, id, graph))).What);
        Assert.Equal(size, ids.Count);
        Assert.InRange(alive, 0, size / 10);

        var kept = await MigrationUndo.RunAsync(Journal, id, store);

        Assert.Equal((3L * size, 0L, 0L, true), (kept.Kept, kept.NodesDeleted, kept.AlreadyBefore, kept.Verified));
        Assert.Equal(3 * size, kept.KeptItems.Select(k => k.Id).Distinct().Count());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_text_that_looks_like_a_point_in_time_is_put_back_where_others_of_its_name_are_points_in_time(bool isPlatform)
    {
        // The same moment, written in another way than the program does.
        const string text = "2024-02-29T12:00:00.500000+02:00";
        var graph = await OpenAsync(isPlatform);
        await graph.WriteNodesAsync("Person", [new GraphNode("Person", "1", new PropertySet(["name", "at"], ["old", text]))]);
        var before = await JournaledLoad.ContentAsync(graph);
        string id;
        await using (var run = LoadRun.Begin(Journal, graph, new LoadOptions { BatchSize = 1, ThrottleLimit = 1 }, new LoadRunDescription()))
        {
            await run.AddAsync(new GraphNode("Person", "2", new PropertySet(["name", "at"], ["new", new DateTimeOffset(2024, 2, 29, 12, 0, 0, 500, TimeSpan.FromHours(2))])));
            await run.AddAsync(new GraphNode("Person", "1", new PropertySet(["name"], ["new"])));
            var result = await run.CompleteAsync();
            Assert.Equal(1, result.Nodes.Updated);
            id = result.MigrationId;
        }

        var plan = await MigrationUndo.PlanAsync(Journal, id, graph).ToListAsync();
        var undo = await MigrationUndo.RunAsync(Journal, id, graph);

        Assert.Equal([(UndoAction.Delete, "2"), (UndoAction.Restore, "1")], plan.Select(p => (p.Action, p.Id)).OrderBy(p => p.Action));
        Assert.Equal((true, true), (undo.IsComplete, undo.Verified));
        Assert.Equal(before, await JournaledLoad.ContentAsync(graph));
    }

    [Fact]
    public async Task A_foreign_relationship_is_seen_beside_however_many_of_the_runs_own()
    {
        const int own = 10_500;
        var graph = await OpenAsync(isPlatform: false);
        var id = await JournaledLoad.RunAsync(
            Journal, graph,
            [
                .. Enumerable.Range(0, 3).Select(i => new GraphNode("Person", $"{i}", PropertySet.Empty)),
                .. Enumerable.Range(0, own).Select(i => new GraphRelationship("KNOWS", $"{i:00000}", "Person", "0", "Person", $"{i % 2}", PropertySet.Empty)),
            ],
            batchSize: 5000);
        await graph.WriteNodesAsync("Other", [new GraphNode("Other", "o", PropertySet.Empty)]);
        await graph.WriteRelationshipsAsync("SEES", "Other", "Person", [new GraphRelationship("SEES", "z", "Other", "o", "Person", "0", PropertySet.Empty)]);

        var plan = await MigrationUndo.PlanAsync(Journal, id, graph).ToListAsync();
        var kept = await MigrationUndo.RunAsync(Journal, id, graph);

        Assert.Equal([(UndoAction.Delete, own + 2), (UndoAction.Keep, 1)], plan.GroupBy(p => p.Action).Select(g => (g.Key, g.Count())).Order());
        Assert.Equal((own, 2L, 1L), (kept.RelationshipsDeleted, kept.NodesDeleted, kept.Kept));

        // Those of others that went with a node are all counted.
        await graph.WriteRelationshipsAsync("SEES", "Other", "Person", [.. Enumerable.Range(0, own).Select(i => new GraphRelationship("SEES", $"{i}", "Other", "o", "Person", "0", PropertySet.Empty))]);
        Assert.Equal((own + 1, true), ((await MigrationUndo.RunAsync(Journal, id, graph, new UndoOptions { Force = true })) is var forced ? forced.Detached : 0, forced.IsComplete));
    }

    [Fact]
    public async Task A_plan_touches_nothing()
    {
        var graph = await OpenAsync(isPlatform: true);
        await JournaledLoad.RunAsync(Journal, graph, Given.Before);
        var id = await JournaledLoad.RunAsync(Journal, graph, Given.Later);
        var (mutating, writes) = (await Sandbox.StatisticAsync("mutatingRequests"), await Sandbox.StatisticAsync("writes"));
        var files = Snapshot();

        var plan = await MigrationUndo.PlanAsync(Journal, id, graph).ToListAsync();

        Assert.Equal(Given.Later.Count, plan.Count);
        Assert.Equal((mutating, writes), (await Sandbox.StatisticAsync("mutatingRequests"), await Sandbox.StatisticAsync("writes")));
        Assert.Equal(files, Snapshot());
        Assert.True(plan[^1].EstimatedSeconds > 0);
        var restored = plan.Single(p => p is { IsNode: true, Id: "1" });
        Assert.Equal(UndoAction.Restore, restored.Action);
        Assert.Equal(["at", "day", "extra", "name"], restored.Properties.Order());
        Assert.True(plan.TakeWhile(p => !p.IsNode).Any() && plan.SkipWhile(p => !p.IsNode).All(p => p.IsNode));

        string[] Snapshot() => [.. Directory.GetFiles(Folder.Path).Order().Select(f => $"{Path.GetFileName(f)} {new FileInfo(f).Length}"), .. Journal.Runs().Select(r => r.Id)];
    }

    [Fact]
    public async Task The_relationships_of_a_node_with_very_many_are_read_page_by_page()
    {
        var store = await OpenAsync(isPlatform: false);
        var largest = 0;
        var graph = InterceptedGraph.Of(store, (member, call) =>
        {
            var answer = call();
            if (answer is Task<IReadOnlyList<GraphRelationship>> { Result.Count: var count })
                largest = Math.Max(largest, count);
            return answer;
        });
        await store.WriteNodesAsync("P", [new GraphNode("P", "other", PropertySet.Empty)]);
        GraphRelationship[] own = [.. Enumerable.Range(0, 25_000).Select(i => new GraphRelationship("R", $"r{i:D5}", "P", "hub", "P", "leaf", PropertySet.Empty))];
        var id = await JournaledLoad.RunAsync(
            Journal, store, [new GraphNode("P", "hub", PropertySet.Empty), new GraphNode("P", "leaf", PropertySet.Empty), new GraphNode("P", "lone", PropertySet.Empty), .. own], batchSize: 5000);

        largest = 0;
        Assert.All(await MigrationUndo.PlanAsync(Journal, id, graph).ToListAsync(), p => Assert.Equal(UndoAction.Delete, p.Action));
        Assert.InRange(largest, 1, 10_000);

        // One that is not the run's comes last of all; it keeps the node, and no other.
        await store.WriteRelationshipsAsync("S", "P", "P", [new GraphRelationship("S", "s", "P", "hub", "P", "other", PropertySet.Empty)]);
        largest = 0;
        var kept = Assert.Single(await MigrationUndo.PlanAsync(Journal, id, graph).Where(p => p.Action == UndoAction.Keep).ToListAsync());
        Assert.Equal(("hub", "It has relationships that are not the run's."), (kept.Id, kept.Reason));
        Assert.InRange(largest, 1, 10_000);
    }

    [Fact]
    public async Task What_goes_with_two_nodes_that_it_connects_is_counted_once_however_much_it_is()
    {
        var graph = await OpenAsync(isPlatform: false);
        var id = await JournaledLoad.RunAsync(Journal, graph, [new GraphNode("P", "hub", PropertySet.Empty), new GraphNode("P", "leaf", PropertySet.Empty)]);
        await graph.WriteRelationshipsAsync("R", "P", "P", [.. Enumerable.Range(0, 12_000).Select(i => new GraphRelationship("R", $"r{i}", "P", "hub", "P", "leaf", PropertySet.Empty))]);

        var forced = await MigrationUndo.RunAsync(Journal, id, graph, new UndoOptions { Force = true });

        Assert.Equal((true, 2L, 12_000L), (forced.IsComplete, forced.NodesDeleted, forced.Detached));
    }

    // Each node has a label that comes before its type in the order of the alphabet: an answer of the platform may name any first.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_relationship_keeps_the_node_that_it_hangs_on_and_none_of_another_type_with_the_id_of_its_other_end(bool isPlatform)
    {
        var graph = await OpenAsync(isPlatform);
        await graph.WriteNodesAsync("Q", [Labelled("Q", "1")]);
        var id = await JournaledLoad.RunAsync(Journal, graph, [Labelled("P", "1"), Labelled("P", "2"), Labelled("P", "3")]);
        await graph.WriteRelationshipsAsync("S", "Q", "P", [new GraphRelationship("S", "s", "Q", "1", "P", "2", PropertySet.Empty)]);
        await graph.WriteRelationshipsAsync("T", "P", "Q", [new GraphRelationship("T", "t", "P", "3", "Q", "1", PropertySet.Empty)]);

        var plan = await MigrationUndo.PlanAsync(Journal, id, graph).ToListAsync();
        var undo = await MigrationUndo.RunAsync(Journal, id, graph);

        Assert.Equal([("1", UndoAction.Delete), ("2", UndoAction.Keep), ("3", UndoAction.Keep)], plan.Select(p => (p.Id, p.Action)).Order());
        Assert.Equal((1L, 2L), (undo.NodesDeleted, undo.Kept));

        Assert.Equal((true, 2L), ((await MigrationUndo.RunAsync(Journal, id, graph, new UndoOptions { Force = true })) is var forced && forced.IsComplete, forced.Detached));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task A_relationship_that_somebody_laid_between_nodes_of_other_types_with_the_same_ids_is_not_the_runs(bool isPlatform, bool wasThere)
    {
        var graph = await OpenAsync(isPlatform);
        await graph.PrepareAsync(["P", "Q"], ["R"]);
        await graph.WriteNodesAsync("P", [Labelled("P", "1"), Labelled("P", "2")]);
        await graph.WriteNodesAsync("Q", [Labelled("Q", "1"), Labelled("Q", "2")]);
        if (wasThere)
            await graph.WriteRelationshipsAsync("R", "P", "P", [Between("P", "P", 1)]);
        var before = await JournaledLoad.ContentAsync(graph);
        var id = await JournaledLoad.RunAsync(Journal, graph, [Between("P", "P", 2)]);
        await graph.DeleteRelationshipsAsync("R", ["r"]);
        await graph.WriteRelationshipsAsync("R", "P", "Q", [Between("P", "Q", 2)]);
        var after = await JournaledLoad.ContentAsync(graph);

        var plan = await MigrationUndo.PlanAsync(Journal, id, graph).ToListAsync();
        var kept = await MigrationUndo.RunAsync(Journal, id, graph);

        Assert.Equal((UndoAction.Keep, "It was changed since."), (Assert.Single(plan).Action, plan[0].Reason));
        Assert.Equal((1L, "It was changed since."), (kept.Kept, Assert.Single(kept.KeptItems).Reason));
        Assert.Equal(after, await JournaledLoad.ContentAsync(graph));

        Assert.Equal((true, true), ((await MigrationUndo.RunAsync(Journal, id, graph, new UndoOptions { Force = true })) is var forced && forced.IsComplete, forced.Verified));
        Assert.Equal(before, await JournaledLoad.ContentAsync(graph));

        static GraphRelationship Between(string fromType, string toType, long n) => new("R", "r", fromType, "1", toType, "2", new PropertySet(["n"], [n]));
    }

    [Fact]
    public async Task What_cannot_be_put_back_is_refused()
    {
        var graph = await OpenAsync(isPlatform: false);
        var id = await JournaledLoad.RunAsync(Journal, graph, Given.Before);
        var other = OpenStore("other.graph");

        Assert.Equal(ErrorCode.InvalidOptions, (await Assert.ThrowsAsync<MigrationException>(() => MigrationUndo.RunAsync(Journal, id, other))).Code);
        Assert.Equal(ErrorCode.RunNotFound, (await Assert.ThrowsAsync<MigrationException>(() => MigrationUndo.RunAsync(Journal, "none", graph))).Code);
        var undo = await MigrationUndo.RunAsync(Journal, id, graph);
        Assert.Equal(ErrorCode.InvalidOptions, (await Assert.ThrowsAsync<MigrationException>(() => MigrationUndo.RunAsync(Journal, undo.UndoId, graph))).Code);
        var second = await JournaledLoad.RunAsync(Journal, graph, Given.Before);
        using (UndoJournal.Open(Journal, second, graph.DisplayName, force: false))
        {
            var inUse = await Assert.ThrowsAsync<MigrationException>(() => MigrationUndo.RunAsync(Journal, second, graph));
            Assert.Equal(ErrorCode.RunInUse, inUse.Code);
            Assert.Contains($"is being put back by process {Environment.ProcessId}", inUse.Message, StringComparison.Ordinal);
        }

        using var running = RunJournal.Begin(Journal, new MigrationRun { Id = "busy", Destination = graph.DisplayName, Started = DateTimeOffset.UtcNow });
        Assert.Equal(ErrorCode.RunInUse, (await Assert.ThrowsAsync<MigrationException>(() => MigrationUndo.RunAsync(Journal, "busy", graph))).Code);
    }

    private static GraphNode Labelled(string type, string id) => new(type, id, PropertySet.Empty, ["Extra"]);
}

/// <summary>A graph, and a load that changes parts of it.</summary>
internal static class Given
{
    private static readonly DateTimeOffset s_at = new(2024, 2, 29, 12, 0, 0, 500, TimeSpan.FromHours(2));

    /// <summary>Ten nodes with points in time, and relationships between them.</summary>
    public static IReadOnlyList<GraphItem> Before { get; } =
    [
        .. Enumerable.Range(1, 10).Select(i => new GraphNode(
            "Person", $"{i}", new PropertySet(["name", "at", "day", "whole", "list"], [$"p{i}", s_at, new DateOnly(2024, 1, i), (long)i, new[] { i + 0.5 }]), ["ExtraOld"])),
        .. Enumerable.Range(1, 9).Select(i => new GraphRelationship(
            "KNOWS", $"k{i}", "Person", $"{i}", "Person", $"{i + 1}", new PropertySet(["since"], [new DateOnly(2020, 1, i)]))),
    ];

    /// <summary>Nodes that are there with other values, types and labels; new ones; relationships of both kinds.</summary>
    public static IReadOnlyList<GraphItem> Later { get; } =
    [
        new GraphNode("Person", "1", new PropertySet(["name", "at", "day", "extra"], ["new", null, "2024-01-01x", true]), ["ExtraNew"]),
        .. Enumerable.Range(2, 3).Select(i => new GraphNode("Person", $"{i}", new PropertySet(["name", "whole"], ["new", (double)i]))),
        .. Enumerable.Range(11, 6).Select(i => new GraphNode("Person", $"{i}", new PropertySet(["name"], ["new"]))),
        .. Enumerable.Range(1, 2).Select(i => new GraphRelationship("KNOWS", $"k{i + 3}", "Person", $"{i + 3}", "Person", $"{i + 4}", new PropertySet(["since"], [2024L]))),
        .. Enumerable.Range(10, 5).Select(i => new GraphRelationship("LIKES", $"l{i}", "Person", $"{i}", "Person", $"{i + 1}", new PropertySet(["n"], [1L]))),
    ];
}
