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
