using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Loading;

/// <summary>A batch is written to the journal while the one before it is under way, where nothing has to be asked first.</summary>
public sealed class BatchHeadStartTests : JournalTests
{
    private static readonly LoadOptions s_options = new() { BatchSize = 10, ThrottleLimit = 1 };
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);
    private readonly GraphStoreDestination _store;

    public BatchHeadStartTests() => _store = OpenStore();

    [Theory]
    [InlineData(nameof(IGraphDestination.WriteNodesAsync))]
    [InlineData(nameof(IGraphDestination.WriteRelationshipsAsync))]
    public async Task The_next_batch_is_on_disk_while_one_is_under_way(string write)
    {
        var isNodes = write == nameof(IGraphDestination.WriteNodesAsync);
        LoadSession? session = null;
        var calls = 0;

        // What the type has is known from the first batch on. The answer to the second waits for the third to be on disk.
        var graph = InterceptedGraph.Of(_store, (member, call) => member == write && Interlocked.Increment(ref calls) == 2 ? AfterAsync(call) : call());
        session = LoadRun.Begin(Journal, graph, s_options, new LoadRunDescription());
        await using var ended = session;
        for (var i = 0; i < 40; i++)
            await session.AddAsync(Node(i)).AsTask().WaitAsync(s_patience);
        for (var i = 0; i < 35 && !isNodes; i++)
            await session.AddAsync(new GraphRelationship("NEXT", $"r{i}", "Thing", $"n{i}", "Thing", $"n{(i + 1) % 40}", PropertySet.Empty));
        var result = await session.CompleteAsync().WaitAsync(s_patience);

        Assert.Equal((MigrationStatus.Completed, 40L, isNodes ? 0L : 35L), (result.Status, result.Nodes.Created, result.Relationships.Created));

        async Task<WriteAnswer> AfterAsync(Func<object?> call)
        {
            while (RunJournal.Batches(Journal, session!.MigrationId).Count(b => b.Key.IsNode == isNodes) < 3)
                await Task.Yield();
            return await (Task<WriteAnswer>)call()!;
        }
    }

    [Fact]
    public async Task An_id_that_is_under_way_is_asked_for_first()
    {
        var asked = new List<string>();
        var graph = InterceptedGraph.Of(_store, (member, arguments, call) =>
        {
            if (member == nameof(IGraphDestination.ReadNodesAsync))
                asked.AddRange((IEnumerable<string>)arguments[1]!);
            return call();
        });
        await using var session = LoadRun.Begin(Journal, graph, s_options, new LoadRunDescription());
        for (var i = 0; i < 20; i++)
            await session.AddAsync(Node(i));
        await session.AddAsync(new GraphNode("Thing", "n10", new PropertySet(["i"], [-1L])));
        for (var i = 20; i < 39; i++)
            await session.AddAsync(Node(i));
        var result = await session.CompleteAsync();

        Assert.Equal((MigrationStatus.Completed, new ItemCounts(39, 1, 0)), (result.Status, result.Nodes));
        Assert.Equal(["n10"], asked);
        var again = Assert.Single(RunJournal.Batches(Journal, session.MigrationId).SelectMany(b => b.Items), i => i.Existed);
        Assert.Equal(("n10", 10L), (again.Id, again.Before!["i"]));
        Assert.Equal(-1L, Assert.Single(await _store.ReadNodesAsync("Thing", ["n10"])).Properties["i"]);
    }

    [Fact]
    public async Task What_is_not_sent_after_all_does_not_count_as_sent()
    {
        LoadSession? session = null;
        var calls = 0;
        var graph = InterceptedGraph.Of(_store, (member, call) =>
            member == nameof(IGraphDestination.WriteNodesAsync) && Interlocked.Increment(ref calls) == 2 ? FailAsync() : call());
        session = LoadRun.Begin(Journal, graph, s_options, new LoadRunDescription());
        await using (session)
        {
            var failure = await Assert.ThrowsAsync<MigrationException>(async () =>
            {
                for (var i = 0; i < 1000; i++)
                    await session.AddAsync(Node(i)).AsTask().WaitAsync(s_patience);
            });
            await session.CompleteAsync().WaitAsync(s_patience);
            Assert.Equal(ErrorCode.PlatformFailed, failure.Code);
        }

        // Nobody knows what came of the second; everybody knows that the third never left.
        Assert.Equal(2, calls);
        Assert.Equal(
            [BatchState.Confirmed, BatchState.Sent, BatchState.NotWritten],
            RunJournal.Batches(Journal, session.MigrationId).Select(b => b.State).Take(3));

        async Task<WriteAnswer> FailAsync()
        {
            while (RunJournal.Batches(Journal, session!.MigrationId).Count() < 3)
                await Task.Yield();
            throw new MigrationException(ErrorCode.PlatformFailed, "Nobody knows.") { IsTransient = true };
        }
    }

    private static GraphNode Node(int i) => new("Thing", $"n{i}", new PropertySet(["i"], [(long)i]));
}
