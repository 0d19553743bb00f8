using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Loading;

public sealed class RelationshipGroupsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(5, false)]
    [InlineData(60, true)]
    public async Task No_two_batches_under_way_have_a_node_in_common(int nodes, bool goAtOnce)
    {
        const int relationships = 10_000;
        await using var store = GraphStoreDestination.Open(Path.Combine(_folder.Path, "store.graph"), create: true);
        var busy = new List<HashSet<string>>();
        var (shared, most) = (0, 0);
        var two = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var graph = InterceptedGraph.Of(store, (member, arguments, call) => member == nameof(IGraphDestination.WriteRelationshipsAsync)
            ? WriteAsync((IReadOnlyList<GraphRelationship>)arguments[3]!, call)
            : call());
        await using var session = new LoadSession(graph, new LoadOptions { BatchSize = 100, ThrottleLimit = 8, Verify = VerifyMode.Content });
        for (var i = 0; i < nodes; i++)
            await session.AddAsync(new GraphNode("Thing", $"n{i}", PropertySet.Empty));
        for (var i = 0; i < relationships; i++)
            await session.AddAsync(new GraphRelationship("KNOWS", $"r{i}", "Thing", $"n{i % nodes}", "Thing", $"n{(i * 7 + i / nodes) % nodes}", PropertySet.Empty));

        var result = await session.CompleteAsync();

        Assert.Equal((MigrationStatus.Completed, true, new ItemCounts(relationships, 0, 0)), (result.Status, result.Verified, result.Relationships));
        Assert.Equal(0, shared);
        if (goAtOnce)
            Assert.InRange(most, 2, 8);

        async Task<WriteAnswer> WriteAsync(IReadOnlyList<GraphRelationship> batch, Func<object?> call)
        {
            var ends = batch.SelectMany(r => new[] { r.FromId, r.ToId }).ToHashSet();
            lock (busy)
            {
                shared += busy.Count(b => b.Overlaps(ends));
                busy.Add(ends);
                most = Math.Max(most, busy.Count);
                if (busy.Count == 2 || !goAtOnce)
                    two.TrySetResult();
            }

            // The first waits for company, so that there is some.
            await two.Task.WaitAsync(TimeSpan.FromMinutes(1));
            try
            {
                await Task.Yield();
                return await (Task<WriteAnswer>)call()!;
            }
            finally
            {
                lock (busy)
                    busy.Remove(ends);
            }
        }
    }
}
