using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Loading;

public sealed class BatchBytesTests
{
    [Fact]
    public async Task Batches_stay_within_their_bytes_and_an_item_that_is_larger_goes_alone()
    {
        using var folder = new TemporaryFolder();
        await using var store = GraphStoreDestination.Open(Path.Combine(folder.Path, "a.graph"), create: true);
        await using var session = new LoadSession(store, new LoadOptions { BatchBytes = 50_000, Verify = VerifyMode.Content });

        for (var i = 0; i < 100; i++)
            await session.AddAsync(new GraphNode("Thing", $"n{i}", Text(10_000)));
        await session.AddAsync(new GraphNode("Thing", "large", Text(100_000)));
        for (var i = 0; i < 100; i++)
            await session.AddAsync(new GraphRelationship("KNOWS", $"r{i}", "Thing", $"n{i % 5}", "Thing", $"n{i / 5}", Text(10_000)));
        var result = await session.CompleteAsync();

        Assert.Equal((MigrationStatus.Completed, true, 101L, 100L), (result.Status, result.Verified, result.Nodes.Created, result.Relationships.Created));
        Assert.InRange(result.Batches, 40, 60);

        static PropertySet Text(int length) => new(["text"], [new string('x', length)]);
    }
}
