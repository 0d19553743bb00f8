using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Loading;

public sealed class ErrorBudgetTests : JournalTests
{
    [Fact]
    public async Task A_session_may_be_disposed_twice()
    {
        var store = OpenStore();
        await using var session = new LoadSession(store, new LoadOptions());
        await session.AddAsync(new GraphNode("Thing", "a", PropertySet.Empty));

        await session.DisposeAsync();
    }

    [Fact]
    public async Task Beyond_the_budget_nothing_more_is_sent_and_what_is_under_way_counts()
    {
        var store = OpenStore();
        var isLost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var calls = 0;

        // The first batch is under way for as long as the run is not lost. Of the second, one item is refused: its halves, the
        // second of their halves, and so on, until that item is alone.
        var graph = InterceptedGraph.Of(store, (member, call) => member != nameof(IGraphDestination.WriteNodesAsync) ? call() : Interlocked.Increment(ref calls) switch
        {
            1 => AfterAsync(isLost.Task, call),
            2 or 4 or 6 or 8 or 10 => Task.FromException<WriteAnswer>(new MigrationException(ErrorCode.RequestRefused, "It holds a bad item.")),
            _ => call(),
        });
        await using var session = LoadRun.Begin(Journal, graph, new LoadOptions { BatchSize = 10, ThrottleLimit = 2 }, new LoadRunDescription());

        var failure = await Assert.ThrowsAsync<MigrationException>(async () =>
        {
            for (var i = 0; i < 1000; i++)
                await session.AddAsync(new GraphNode("Thing", $"n{i}", new PropertySet(["i"], [(long)i])));
        });
        isLost.SetResult();
        var result = await session.CompleteAsync();

        Assert.Equal((ErrorCode.ErrorBudgetExceeded, MigrationStatus.Failed), (failure.Code, result.Status));
        Assert.Equal((10, new ItemCounts(19, 0, 0), 1L), (calls, result.Nodes, result.Rejected));
        Assert.Equal(19, (await store.CountNodesAsync(["Thing"]))["Thing"]);
        Assert.DoesNotContain(RunJournal.Batches(Journal, session.MigrationId), b => b.State == BatchState.Sent);
    }

    [Fact]
    public async Task Batches_that_are_held_up_when_the_budget_is_exceeded_hold_up_the_end_no_more()
    {
        var store = OpenStore();
        var graph = InterceptedGraph.Of(store, (member, call) => member != nameof(IGraphDestination.WriteNodesAsync) ? call()
            : Task.FromException<WriteAnswer>(new MigrationException(ErrorCode.RequestRefused, "Bad items.")));
        var isHeldUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var atGate = 0;

        // The items of the first batch are rejected; the second passes, and finds the budget exceeded, once another is held up.
        var throttle = new LoadThrottle(2)
        {
            Gate = async token =>
            {
                var number = Interlocked.Increment(ref atGate);
                if (number == 2)
                    await isHeldUp.Task;
                if (number < 3)
                    return;
                isHeldUp.TrySetResult();
                await Task.Delay(Timeout.Infinite, token);
            },
        };
        await using var session = new LoadSession(graph, new LoadOptions { BatchSize = 10, ThrottleLimit = 2 }, throttle: throttle);

        await Assert.ThrowsAsync<MigrationException>(async () =>
        {
            for (var i = 0; i < 1000; i++)
                await session.AddAsync(new GraphNode("Thing", $"n{i}", PropertySet.Empty));
        }).WaitAsync(TimeSpan.FromMinutes(1));
        var result = await session.CompleteAsync().WaitAsync(TimeSpan.FromMinutes(1));

        Assert.True(atGate > 2);
        Assert.Equal((MigrationStatus.Failed, ErrorCode.ErrorBudgetExceeded, 10L), (result.Status, result.ErrorCode, result.Rejected));
    }

    private static async Task<WriteAnswer> AfterAsync(Task before, Func<object?> call)
    {
        await before;
        return await (Task<WriteAnswer>)call()!;
    }
}
