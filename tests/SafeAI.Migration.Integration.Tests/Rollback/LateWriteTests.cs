using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Rollback;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Integration.Tests.Rollback;

/// <summary>When the request of a process that died arrives after all.</summary>
public enum Arrival
{
    /// <summary>After the resumed run has asked for it, before it sends anything.</summary>
    AfterTheQuestion,

    /// <summary>Between the resumed run's look at what is there and its own request.</summary>
    BeforeTheNextRequest,

    /// <summary>After the resumed run has died, too.</summary>
    AfterTheResume,
}

/// <summary>A request that was on its way when its process died arrives later than the question whether it did.</summary>
public sealed class LateWriteTests : GraphTests
{
    [Theory]
    [InlineData(Arrival.AfterTheQuestion)]
    [InlineData(Arrival.BeforeTheNextRequest)]
    [InlineData(Arrival.AfterTheResume)]
    public async Task What_it_wrote_is_the_runs_own_work_in_figures_and_undo(Arrival arrival)
    {
        var store = OpenStore();
        await store.WriteNodesAsync("Person", [.. Enumerable.Range(0, 20).Select(i => Person(i, "before"))]);
        var before = await JournaledLoad.ContentAsync(store);
        var expected = await UndisturbedAsync();

        // The second batch leaves, and nobody is there for its answer.
        Func<object?>? onItsWay = null;
        var writes = 0;
        var graph = InterceptedGraph.Of(store, (member, call) =>
        {
            if (member != nameof(IGraphDestination.WriteNodesAsync) || ++writes != 2)
                return call();
            onItsWay = call;
            return Task.FromException<WriteAnswer>(new MigrationException(ErrorCode.PlatformFailed, "Nobody knows.") { IsTransient = true });
        });
        string id;
        await using (var session = LoadRun.Begin(Journal, graph, Options, new LoadRunDescription()))
        {
            id = session.MigrationId;
            await FeedAsync(session);
            Assert.Equal(MigrationStatus.Failed, (await session.CompleteAsync()).Status);
        }

        var resumed = InterceptedGraph.Of(store, (member, call) =>
        {
            if (member == nameof(IGraphDestination.WriteNodesAsync) && arrival == Arrival.BeforeTheNextRequest)
                Arrive();
            return call();
        });
        await using (var session = await LoadRun.ResumeAsync(Journal, id, resumed, Options, new LoadRunDescription()))
        {
            if (arrival == Arrival.AfterTheQuestion)
                Arrive();
            if (arrival != Arrival.AfterTheResume)
            {
                await FeedAsync(session);
                var result = await session.CompleteAsync();
                Assert.Equal((MigrationStatus.Completed, true, expected.Nodes), (result.Status, result.Verified, result.Nodes));
                Assert.Equal(expected.Content, await JournaledLoad.ContentAsync(store));
            }
        }

        if (arrival == Arrival.AfterTheResume)
            Arrive();
        var plan = await MigrationUndo.PlanAsync(Journal, id, store).ToListAsync();
        var undo = await MigrationUndo.RunAsync(Journal, id, store);

        Assert.Equal((true, 0L, 0L), (undo.IsComplete, undo.Kept, undo.AlreadyBefore));
        Assert.All(plan, p => Assert.True(p.Action is UndoAction.Delete or UndoAction.Restore, $"{p.Id}: {p.Action} {p.Reason}"));
        Assert.Equal(before, await JournaledLoad.ContentAsync(store));

        void Arrive()
        {
            var arriving = onItsWay;
            onItsWay = null;
            ((Task<WriteAnswer>?)arriving?.Invoke())?.Wait();
        }
    }

    [Theory]
    [InlineData(LoadMode.Insert, VerifyMode.Count)]
    [InlineData(LoadMode.Upsert, VerifyMode.Count)]
    [InlineData(LoadMode.Replace, VerifyMode.Content)]
    public async Task A_resumed_run_takes_what_it_wrote_before_for_its_own_in_every_mode(LoadMode mode, VerifyMode verify)
    {
        var store = OpenStore();
        await store.WriteNodesAsync("Person", [Person(1000, "before")]);
        var writes = 0;
        var graph = InterceptedGraph.Of(store, (member, call) =>
        {
            // The third batch arrives, and its answer does not; none after it arrives.
            if (member is not (nameof(IGraphDestination.WriteNodesAsync) or nameof(IGraphDestination.InsertNodesAsync)) || ++writes < 3)
                return call();
            if (writes == 3)
                call();
            return Task.FromException<WriteAnswer>(new MigrationException(ErrorCode.PlatformFailed, "Nobody knows.") { IsTransient = true });
        });
        var options = Options with { Mode = mode, Verify = verify };
        string id;
        await using (var session = LoadRun.Begin(Journal, graph, options, new LoadRunDescription()))
        {
            id = session.MigrationId;
            await FeedAsync(session);
            Assert.Equal(MigrationStatus.Failed, (await session.CompleteAsync()).Status);
        }

        await using var resumed = await LoadRun.ResumeAsync(Journal, id, store, options, new LoadRunDescription());
        await FeedAsync(resumed);
        var result = await resumed.CompleteAsync();

        Assert.Equal((MigrationStatus.Completed, true, 0L), (result.Status, result.Verified, result.Rejected));
        Assert.Equal(41, result.Nodes.Created);
        Assert.Equal(42, (await store.CountNodesAsync(["Person"]))["Person"]);
    }

    [Fact]
    public async Task An_undo_that_found_somebody_elses_work_at_its_end_puts_everything_back_when_it_is_called_again()
    {
        var store = OpenStore();
        string id;
        await using (var session = LoadRun.Begin(Journal, store, Options, new LoadRunDescription()))
        {
            id = session.MigrationId;
            await FeedAsync(session);
            await session.CompleteAsync();
        }

        var after = (await store.ReadNodesAsync("Person", ["7"])).Single();
        var isBack = false;
        var graph = InterceptedGraph.Of(store, (member, call) =>
        {
            var answer = call();
            if (member == nameof(IGraphDestination.DeleteNodesAsync) && !isBack && store.ReadNodesAsync("Person", ["7"]).Result.Count == 0)
            {
                isBack = true;
                store.WriteNodesAsync("Person", [after]).Wait();
            }

            return answer;
        });

        Assert.Equal(ErrorCode.VerificationFailed, (await Assert.ThrowsAsync<MigrationException>(() => MigrationUndo.RunAsync(Journal, id, graph))).Code);
        var undo = await MigrationUndo.RunAsync(Journal, id, graph);

        Assert.Equal((true, 1L), (undo.IsComplete, undo.NodesDeleted));
        Assert.Empty(await JournaledLoad.ContentAsync(store));
    }

    private static LoadOptions Options => new() { BatchSize = 10, ThrottleLimit = 1, Verify = VerifyMode.Content };

    private static GraphNode Person(int i, string name) => new("Person", $"{i}", new PropertySet(["name", "number"], [name, (long)i]));

    // Ten that are there, twenty that are there or new, and some of each once more with other values.
    private static async Task FeedAsync(LoadSession session)
    {
        foreach (var item in Enumerable.Range(10, 40).Select(i => Person(i, "first")).Concat([.. Enumerable.Range(15, 10).Select(i => Person(i, "second")), Person(7, "first")]))
        {
            try
            {
                await session.AddAsync(item);
            }
            catch (MigrationException)
            {
                return;
            }
        }
    }

    private async Task<(ItemCounts Nodes, IReadOnlyList<string> Content)> UndisturbedAsync()
    {
        var store = OpenStore("whole.graph");
        await store.WriteNodesAsync("Person", [.. Enumerable.Range(0, 20).Select(i => Person(i, "before"))]);
        await using var session = LoadRun.Begin(Journal, store, Options, new LoadRunDescription());
        await FeedAsync(session);
        return ((await session.CompleteAsync()).Nodes, await JournaledLoad.ContentAsync(store));
    }
}
