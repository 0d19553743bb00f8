using System.Collections.Concurrent;
using System.Text;
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

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task No_request_is_larger_than_its_bytes_but_one_of_a_single_item(int throttleLimit)
    {
        // Texts of one, three and four bytes a character; every seventh item is larger than a request may be.
        string[] characters = ["x", "\u6f22", "\ud83d\ude00"];
        using var folder = new TemporaryFolder();
        await using var inner = GraphStoreDestination.Open(Path.Combine(folder.Path, "a.graph"), create: true);
        var requests = new ConcurrentBag<(int Items, long Bytes)>();
        await using var store = InterceptedGraph.Of(inner, (member, arguments, call) =>
        {
            if (member is nameof(IGraphDestination.WriteNodesAsync) or nameof(IGraphDestination.WriteRelationshipsAsync))
            {
                var items = arguments.OfType<IEnumerable<GraphItem>>().Single().ToList();
                requests.Add((items.Count, items.Sum(i => Encoding.UTF8.GetByteCount((string)i.Properties["text"]!))));
            }

            return call();
        });
        await using var session = new LoadSession(store, new LoadOptions { BatchBytes = 50_000, ThrottleLimit = throttleLimit, Verify = VerifyMode.Content });

        for (var i = 0; i < 140; i++)
            await session.AddAsync(new GraphNode("Thing", $"n{i}", Text(i)));
        for (var i = 0; i < 140; i++)
            await session.AddAsync(new GraphRelationship("KNOWS", $"r{i}", "Thing", $"n{i % 5}", "Thing", $"n{i / 5}", Text(i)));
        var result = await session.CompleteAsync();

        Assert.Equal((MigrationStatus.Completed, true, 140L, 140L), (result.Status, result.Verified, result.Nodes.Created, result.Relationships.Created));
        Assert.All(requests, r => Assert.True(r.Items == 1 || r.Bytes <= 50_000, $"{r.Items} items of {r.Bytes} bytes"));
        Assert.Contains(requests, r => r.Items > 1 && r.Bytes > 25_000);
        Assert.Equal(40, requests.Count(r => r is { Items: 1, Bytes: > 50_000 }));

        PropertySet Text(int i) => new(["text"], [string.Concat(Enumerable.Repeat(characters[i % 3], (i % 7 == 0 ? 60_000 : 1_000 + i * 50) / Encoding.UTF8.GetByteCount(characters[i % 3]) + 1))]);
    }
}
