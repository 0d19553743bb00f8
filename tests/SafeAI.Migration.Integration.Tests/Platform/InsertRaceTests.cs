using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Rollback;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Integration.Tests.Platform;

/// <summary>
/// A load that is only to insert, and a second client that makes an id between the load's look and its request: at the store
/// in a file, and at the sandbox as a real process.
/// </summary>
public sealed class InsertRaceTests : GraphTests
{
    private readonly List<Reject> _rejects = [];
    private IGraphDestination? _graph;
    private IGraphDestination? _somebody;

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, true, false)]
    [InlineData(true, false, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, true)]
    [InlineData(false, true, false)]
    [InlineData(false, false, true)]
    [InlineData(false, false, false)]
    public async Task What_somebody_made_in_between_is_refused_and_stays_as_it_is(bool isPlatform, bool isNode, bool startsEmpty)
    {
        await OpenBothAsync(isPlatform);
        await _graph!.WriteNodesAsync("End", [new GraphNode("End", "a", PropertySet.Empty), new GraphNode("End", "b", PropertySet.Empty)]);
        if (!startsEmpty)
            await WriteAsync(_graph, [Item(isNode, 100, "there")]);
        GraphItem theirs = isNode
            ? new GraphNode("P", "3", Named("theirs"), ["Theirs"])
            : new GraphRelationship("R", "3", "End", "a", "End", "b", Named("theirs"));
        var graph = BeforeTheFirstInsert(() => WriteAsync(_somebody!, [theirs]));

        // The second batch has the id once more.
        var (id, result) = await LoadAsync(graph, [.. Enumerable.Range(0, 10).Select(i => Item(isNode, i, "ours")), Item(isNode, 3, "again"), Item(isNode, 4, "again")]);

        var counts = isNode ? result.Nodes : result.Relationships;
        Assert.Equal((MigrationStatus.Completed, true, 2L, 10L), (result.Status, result.Verified, result.Rejected, result.Loaded));
        Assert.Equal(new ItemCounts(9, 1, 0), counts);
        Assert.Equal([(ErrorCode.AlreadyExists, "3"), (ErrorCode.AlreadyExists, "3")], _rejects.Select(r => (r.Code, r.Item!.Id)));
        Assert.Equal(GraphContent.Hash(theirs), GraphContent.Hash(await ReadAsync(isNode, "3")));
        Assert.Equal("again", (await ReadAsync(isNode, "4")).Properties["name"]);

        var undo = await MigrationUndo.RunAsync(Journal, id, _graph, new UndoOptions { Force = true });

        Assert.Equal((true, 0L, 9L), (undo.IsComplete, undo.Kept, isNode ? undo.NodesDeleted : undo.RelationshipsDeleted));
        Assert.Equal(GraphContent.Hash(theirs), GraphContent.Hash(await ReadAsync(isNode, "3")));
    }

    // In the other direction, or from a node of another type that has the id.
    [Theory]
    [InlineData(true, false, "End", "b", "a")]
    [InlineData(true, true, "End", "b", "a")]
    [InlineData(true, true, "Other", "a", "b")]
    [InlineData(true, false, "Other", "a", "b")]
    [InlineData(false, false, "End", "b", "a")]
    [InlineData(false, true, "End", "b", "a")]
    [InlineData(false, true, "Other", "a", "b")]
    [InlineData(false, false, "Other", "a", "b")]
    public async Task An_id_that_somebody_gave_to_a_relationship_of_other_nodes_exists_already_and_the_reject_says_what_it_joins(
        bool isPlatform, bool isInBetween, string fromType, string from, string to)
    {
        await OpenBothAsync(isPlatform);
        await WriteEndsAsync();
        await _graph!.PrepareAsync([], ["R"]);
        var theirs = new GraphRelationship("R", "3", fromType, from, "End", to, Named("ours"));
        if (!isInBetween)
            await WriteTheirsAsync();
        var graph = BeforeTheFirstInsert(() => isInBetween ? WriteTheirsAsync() : Task.CompletedTask);

        var (id, result) = await LoadAsync(graph, [.. Enumerable.Range(0, 10).Select(i => Item(isNode: false, i, "ours"))]);

        Assert.Equal((MigrationStatus.Completed, true, 1L, 9L), (result.Status, result.Verified, result.Rejected, result.Loaded));
        Assert.Equal((ErrorCode.AlreadyExists, "3"), (_rejects.Single().Code, _rejects.Single().Item!.Id));
        Assert.Equal(
            $"A relationship R '3' is at the destination already, and joins other nodes: {fromType} '{from}' and End '{to}'. Give (a)-[:R 3]->(b) an id of its own in the mapping.", _rejects[0].Reason);
        Assert.Equal(GraphContent.Hash(theirs), GraphContent.Hash(await ReadAsync(isNode: false, "3")));

        var undo = await MigrationUndo.RunAsync(Journal, id, _graph, new UndoOptions { Force = true });

        Assert.Equal((true, 0L, 9L), (undo.IsComplete, undo.Kept, undo.RelationshipsDeleted));
        Assert.Equal(GraphContent.Hash(theirs), GraphContent.Hash(await ReadAsync(isNode: false, "3")));

        Task WriteTheirsAsync() => _somebody!.WriteRelationshipsAsync("R", fromType, "End", [theirs]);
    }

    [Theory]
    [InlineData(true, LoadMode.Upsert)]
    [InlineData(true, LoadMode.Replace)]
    [InlineData(false, LoadMode.Upsert)]
    [InlineData(false, LoadMode.Replace)]
    public async Task A_relationship_of_nodes_of_another_type_with_the_same_ids_is_not_taken_for_the_one_that_is_wanted(bool isPlatform, LoadMode mode)
    {
        await OpenBothAsync(isPlatform);
        await WriteEndsAsync();
        await _graph!.PrepareAsync([], ["R"]);
        await _graph.WriteRelationshipsAsync("R", "Other", "End", [new GraphRelationship("R", "3", "Other", "a", "End", "b", Named("ours"))]);

        await using var session = LoadRun.Begin(Journal, _graph, Options with { Mode = mode }, new LoadRunDescription(), onReject: _rejects.Add);
        foreach (var item in Enumerable.Range(0, 10).Select(i => Item(isNode: false, i, "ours")))
            await session.AddAsync(item);
        var result = await session.CompleteAsync();

        Assert.Equal((MigrationStatus.Completed, true, 1L, 9L, 0L), (result.Status, result.Verified, result.Rejected, result.Loaded, result.Unchanged));
        Assert.Equal((ErrorCode.RequestRefused, "3"), (_rejects.Single().Code, _rejects.Single().Item!.Id));
        Assert.Equal("A relationship R '3' is at the destination already, and joins other nodes: Other 'a' and End 'b'. Give (a)-[:R 3]->(b) an id of its own in the mapping.", _rejects[0].Reason);
        Assert.Equal("Other", (await _graph.ReadRelationshipsAsync("R", "Other", "End", ["3"])).Single().FromType);
    }

    // Where the answer is lost, the load cannot be told apart from somebody who made the very same; where nothing was written, it can.
    [Theory]
    [InlineData("resetAfterCommit", "theirs", true)]
    [InlineData("resetAfterCommit", "theirs", false)]
    [InlineData("resetBeforeCommit", "theirs", true)]
    [InlineData("resetBeforeCommit", "ours", true)]
    [InlineData("resetBeforeCommit", "ours", false)]
    public async Task A_request_that_was_sent_twice_takes_its_own_work_for_its_own_and_no_others(string fault, string name, bool isNode)
    {
        await OpenBothAsync(isPlatform: true);
        await _graph!.WriteNodesAsync("End", [new GraphNode("End", "a", PropertySet.Empty), new GraphNode("End", "b", PropertySet.Empty)]);
        await WriteAsync(_graph, [Item(isNode, 100, "there")]);
        var graph = BeforeTheFirstInsert(async () =>
        {
            await WriteAsync(_somebody!, [Item(isNode, 3, name)]);
            await Sandbox.SetFaultsAsync($$"""[{"kind":"{{fault}}","requests":[1],"mutatingOnly":true}]""");
        });

        var (id, result) = await LoadAsync(graph, [.. Enumerable.Range(0, 10).Select(i => Item(isNode, i, "ours"))]);

        Assert.Equal((1L, 9L, 1L, true), (result.Retries, result.Loaded, result.Rejected, result.Verified));
        Assert.Equal((ErrorCode.AlreadyExists, "3"), (_rejects.Single().Code, _rejects.Single().Item!.Id));
        Assert.Equal(name, (await ReadAsync(isNode, "3")).Properties["name"]);

        var undo = await MigrationUndo.RunAsync(Journal, id, _graph);

        Assert.Equal((true, 0L, 9L), (undo.IsComplete, undo.Kept, isNode ? undo.NodesDeleted : undo.RelationshipsDeleted));
        Assert.Equal(name, (await ReadAsync(isNode, "3")).Properties["name"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_resumed_run_leaves_alone_what_somebody_made_before_the_request_that_nobody_knows_of(bool hasArrived)
    {
        await OpenBothAsync(isPlatform: false);
        var graph = InterceptedGraph.Of(_graph!, (member, call) =>
        {
            if (!IsWrite(member))
                return call();
            WriteAsync(_somebody!, [Item(true, 3, "theirs")]).Wait();
            if (hasArrived)
                call();
            return Task.FromException<WriteAnswer>(new MigrationException(ErrorCode.PlatformFailed, "Nobody knows.") { IsTransient = true });
        });
        GraphItem[] items = [.. Enumerable.Range(0, 10).Select(i => Item(true, i, "ours"))];
        var (id, failed) = await LoadAsync(graph, items);
        Assert.Equal(MigrationStatus.Failed, failed.Status);

        await using var resumed = await LoadRun.ResumeAsync(Journal, id, _graph!, Options, new LoadRunDescription(), onReject: _rejects.Add);
        foreach (var item in items)
            await resumed.AddAsync(item);
        var result = await resumed.CompleteAsync();

        Assert.Equal((MigrationStatus.Completed, true, new ItemCounts(9, 0, 0), 1L), (result.Status, result.Verified, result.Nodes, result.Rejected));
        Assert.Equal((ErrorCode.AlreadyExists, "3"), (_rejects.Single().Code, _rejects.Single().Item!.Id));
        Assert.Equal("theirs", (await ReadAsync(true, "3")).Properties["name"]);

        var undo = await MigrationUndo.RunAsync(Journal, id, _graph!, new UndoOptions { Force = true });

        Assert.Equal((true, 0L, 9L), (undo.IsComplete, undo.Kept, undo.NodesDeleted));
        Assert.Equal("theirs", (await ReadAsync(true, "3")).Properties["name"]);
    }

    [Fact]
    public async Task What_arrives_late_between_look_and_request_is_the_runs_own_and_gets_the_values_of_now()
    {
        await OpenBothAsync(isPlatform: false);
        Func<object?>? onItsWay = null;
        var first = InterceptedGraph.Of(_graph!, (member, call) =>
        {
            if (!IsWrite(member))
                return call();
            onItsWay = call;
            return Task.FromException<WriteAnswer>(new MigrationException(ErrorCode.PlatformFailed, "Nobody knows.") { IsTransient = true });
        });
        var (id, _) = await LoadAsync(first, [Item(true, 1, "earlier"), Item(true, 2, "ours")]);
        var second = BeforeTheFirstInsert(() => (Task)onItsWay!()!);

        await using var resumed = await LoadRun.ResumeAsync(Journal, id, second, Options, new LoadRunDescription(), onReject: _rejects.Add);
        await resumed.AddAsync(Item(true, 1, "now"));
        await resumed.AddAsync(Item(true, 2, "ours"));
        var result = await resumed.CompleteAsync();

        Assert.Equal((MigrationStatus.Completed, true, new ItemCounts(2, 0, 0), 0L), (result.Status, result.Verified, result.Nodes, result.Rejected));
        Assert.Equal("now", (await ReadAsync(true, "1")).Properties["name"]);
        Assert.Equal((true, 2L), ((await MigrationUndo.RunAsync(Journal, id, _graph!)) is var undo && undo.IsComplete, undo.NodesDeleted));
    }

    private static LoadOptions Options => new() { Mode = LoadMode.Insert, BatchSize = 10, ThrottleLimit = 1, Verify = VerifyMode.Content, ErrorBudget = ErrorBudget.OfCount(10) };

    private static bool IsWrite(string member) =>
        member is nameof(IGraphDestination.WriteNodesAsync) or nameof(IGraphDestination.WriteRelationshipsAsync)
            or nameof(IGraphDestination.InsertNodesAsync) or nameof(IGraphDestination.InsertRelationshipsAsync);

    private static PropertySet Named(string name) => new(["name", "day"], [name, new DateOnly(2024, 2, 29)]);

    private static GraphItem Item(bool isNode, int id, string name) =>
        isNode ? new GraphNode("P", $"{id}", Named(name)) : new GraphRelationship("R", $"{id}", "End", "a", "End", "b", Named(name));

    private static async Task WriteAsync(IGraphDestination graph, GraphItem[] items)
    {
        if (items is [GraphNode, ..])
            await graph.WriteNodesAsync("P", [.. items.Cast<GraphNode>()]);
        else
            await graph.WriteRelationshipsAsync("R", "End", "End", [.. items.Cast<GraphRelationship>()]);
    }

    private async Task<GraphItem> ReadAsync(bool isNode, string id) =>
        isNode ? (await _graph!.ReadNodesAsync("P", [id])).Single() : (await _graph!.ReadRelationshipsAsync("R", [id])).Single();

    // An answer of the platform names labels in the order of the alphabet: the type is the last of them.
    private async Task WriteEndsAsync()
    {
        await _graph!.WriteNodesAsync("End", [new GraphNode("End", "a", PropertySet.Empty, ["A"]), new GraphNode("End", "b", PropertySet.Empty, ["A"])]);
        await _graph.WriteNodesAsync("Other", [new GraphNode("Other", "a", PropertySet.Empty)]);
    }

    private IGraphDestination BeforeTheFirstInsert(Func<Task> act)
    {
        var isFirst = true;
        return InterceptedGraph.Of(_graph!, (member, call) =>
        {
            if (isFirst && IsWrite(member))
            {
                isFirst = false;
                act().Wait();
            }

            return call();
        });
    }

    private async Task<(string Id, MigrationResult Result)> LoadAsync(IGraphDestination graph, GraphItem[] items)
    {
        await using var session = LoadRun.Begin(Journal, graph, Options, new LoadRunDescription(), onReject: _rejects.Add);
        foreach (var item in items)
            await session.AddAsync(item);
        return (session.MigrationId, await session.CompleteAsync());
    }

    private async Task OpenBothAsync(bool isPlatform) => (_graph, _somebody) = (await OpenAsync(isPlatform), await OpenAsync(isPlatform));
}
