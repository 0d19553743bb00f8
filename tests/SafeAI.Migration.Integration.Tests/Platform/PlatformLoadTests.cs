using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.TestKit.Sandbox;

namespace SafeAI.Migration.Integration.Tests.Platform;

/// <summary>Loads over HTTP into the sandbox, which runs as a process of its own.</summary>
public sealed class PlatformLoadTests : IAsyncLifetime
{
    private SandboxServer _sandbox = null!;

    public async Task InitializeAsync() => _sandbox = await SandboxServer.StartAsync();

    public async Task DisposeAsync() => await _sandbox.DisposeAsync();

    [Fact]
    public async Task What_is_loaded_is_read_back_the_same()
    {
        var items = Graph(nodes: 2500, relationships: 4000).ToList();

        var result = await LoadAsync(items);

        Assert.Equal((MigrationStatus.Completed, true), (result.Status, result.Verified));
        Assert.Equal(new ItemCounts(2500, 0, 0), result.Nodes);
        Assert.Equal(new ItemCounts(4000, 0, 0), result.Relationships);
        await using var destination = _sandbox.Open();
        var back = await ReadAllAsync(destination);
        Assert.Equal(Canonical(items), Canonical(back));
    }

    [Fact]
    public async Task The_same_load_again_sends_no_mutating_request_but_the_constraints()
    {
        await LoadAsync(Graph(2500, 4000));
        var writes = await _sandbox.StatisticAsync("writes");
        var mutating = await _sandbox.StatisticAsync("mutatingRequests");

        var again = await LoadAsync(Graph(2500, 4000));

        Assert.Equal((0, 0, 6500), (again.Nodes.Created + again.Relationships.Created, again.Nodes.Updated + again.Relationships.Updated, again.Unchanged));
        Assert.Equal(writes, await _sandbox.StatisticAsync("writes"));
        Assert.InRange(await _sandbox.StatisticAsync("mutatingRequests") - mutating, 0, 2);
    }

    [Fact]
    public async Task A_fresh_load_takes_one_request_a_batch()
    {
        await LoadAsync(Graph(10, 0), new LoadOptions());
        var before = await _sandbox.StatisticAsync("mutatingRequests");

        var result = await LoadAsync(
            Enumerable.Range(0, 10_000).Select(i => new GraphNode("Other", $"o{i}", PropertySet.Empty)), new LoadOptions { BatchSize = 1000 });

        // A lane may be left with a part of a batch; four lanes, so three more batches at most. One for the constraint.
        Assert.InRange(result.Batches, 10, 13);
        Assert.Equal(result.Batches + 1, await _sandbox.StatisticAsync("mutatingRequests") - before);
    }

    [Fact]
    public async Task Every_kind_of_value_survives_the_journey_there_and_stays_unchanged_the_second_time()
    {
        var node = new GraphNode("Thing", "a", PropertySet.From(new Dictionary<string, object?>
        {
            ["text"] = "Zoë \ud83d\ude00 \"quoted\" \\ `tick`", ["empty"] = "", ["whole"] = long.MaxValue, ["float"] = 0.1, ["round"] = 2.0,
            ["yes"] = true, ["instant"] = new DateTimeOffset(2024, 2, 29, 23, 59, 59, TimeSpan.FromHours(5.5)),
            ["utc"] = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero), ["local"] = new DateTime(2024, 3, 31, 2, 30, 0),
            ["day"] = new DateOnly(2024, 2, 29), ["time"] = new TimeOnly(23, 59), ["texts"] = new[] { "a", "" },
            ["numbers"] = new[] { 1L, -1L }, ["days"] = new[] { new DateOnly(2024, 2, 29), new DateOnly(1999, 12, 31) },
            ["back"] = -new TimeSpan(1, 6, 30, 0), ["part"] = TimeSpan.FromSeconds(-0.5), ["long"] = TimeSpan.MaxValue, ["large"] = 1e16, ["huge"] = 1e300,
            ["tiny"] = double.Epsilon, ["minus zero"] = -0.0, ["least"] = long.MinValue, ["composed"] = "\u00e9", ["decomposed"] = "e\u0301", ["zero"] = "a\0b",
            ["none"] = Array.Empty<string>(), ["no numbers"] = Array.Empty<long>(), ["floats"] = new[] { 1.0, 1e16, -0.5 }, ["flags"] = new[] { true, false },
            ["instants"] = new[] { DateTimeOffset.MinValue, new DateTimeOffset(2024, 10, 27, 2, 30, 0, TimeSpan.FromHours(-3.5)) }, ["tick"] = new DateTime(638_000_000_000_000_001),
            ["odd name"] = "with a space", ["tick`name"] = "with a backtick", ["gone"] = null,
        }), ["Marked", "Other"]);

        var first = await LoadAsync([node]);
        var second = await LoadAsync([node]);

        Assert.True(first.Verified, first.Error);
        Assert.True(second.Verified, second.Error);
        Assert.Equal(new ItemCounts(0, 0, 1), second.Nodes);
        await using var destination = _sandbox.Open();
        var back = Assert.Single(await destination.ReadNodesAsync("Thing", ["a"]));
        Assert.Equal(["Marked", "Other"], back.Labels.Order());
        Assert.True(GraphContent.Covers(back.Properties, node.Properties));
        Assert.Equal(node.Properties.Count - 1, back.Properties.Count);
    }

    [Fact]
    public async Task Five_nodes_ten_thousand_relationships_and_eight_threads_make_no_duplicate_and_lose_none()
    {
        var nodes = Enumerable.Range(0, 5).Select(i => (GraphItem)new GraphNode("Hub", $"h{i}", PropertySet.Empty));
        var relationships = Enumerable.Range(0, 10_000).Select(i => (GraphItem)new GraphRelationship(
            "LINKS", $"l{i}", "Hub", $"h{i % 5}", "Hub", $"h{i / 5 % 5}", PropertySet.Empty));

        var result = await LoadAsync(
            relationships.Concat(nodes), new LoadOptions { ThrottleLimit = 8, BatchSize = 200, Verify = VerifyMode.Content });

        Assert.Equal((MigrationStatus.Completed, true, 10_000L), (result.Status, result.Verified, result.Relationships.Created));
        await using var destination = _sandbox.Open();
        Assert.Equal(10_000, (await destination.CountRelationshipsAsync(["LINKS"]))["LINKS"]);
    }

    [Theory]
    [InlineData("""[{"kind":"status429","retryAfter":"seconds","seconds":1,"requests":[5,9]}]""", 2)]
    [InlineData("""[{"kind":"status429","retryAfter":"date","seconds":1,"requests":[5]}]""", 1)]
    [InlineData("""[{"kind":"status429","retryAfter":"none","requests":[5,6,8]}]""", 3)]
    [InlineData("""[{"kind":"status500","requests":[5,8,12]}]""", 3)]
    [InlineData("""[{"kind":"status503","retryAfter":"none","requests":[5]}]""", 1)]
    [InlineData("""[{"kind":"resetBeforeCommit","requests":[5,9]}]""", 2)]
    [InlineData("""[{"kind":"resetAfterCommit","requests":[5,7,9,14]}]""", 4)]
    public async Task Faults_that_pass_are_waited_out_and_the_figures_stay_exact(string faults, int retries)
    {
        await _sandbox.SetFaultsAsync(faults);

        var result = await LoadAsync(Graph(4000, 6000), new LoadOptions { BatchSize = 500, Verify = VerifyMode.Content });

        Assert.Equal((MigrationStatus.Completed, true), (result.Status, result.Verified));
        Assert.Equal(new ItemCounts(4000, 0, 0), result.Nodes);
        Assert.Equal(new ItemCounts(6000, 0, 0), result.Relationships);
        Assert.Equal(retries, result.Retries);
        Assert.Equal(10_000, await _sandbox.StatisticAsync("nodes") + await _sandbox.StatisticAsync("relationships"));
    }

    [Fact]
    public async Task A_bad_item_is_found_in_its_batch_and_rejected_alone()
    {
        var rejects = new List<Reject>();
        var items = Enumerable.Range(0, 1000).Select(i => (GraphItem)new GraphNode("Hub", $"h{i}", PropertySet.Empty))
            .Concat(Enumerable.Range(0, 1000).Select(i => (GraphItem)new GraphRelationship(
                "LINKS", i == 617 ? "l3" : $"l{i}", "Hub", $"h{i}", "Hub", $"h{(i + 1) % 1000}", PropertySet.Empty)));

        var result = await LoadAsync(items, new LoadOptions { ErrorBudget = ErrorBudget.OfCount(1), BatchSize = 100 }, rejects);

        Assert.Equal((MigrationStatus.Completed, 999L, 1L), (result.Status, result.Relationships.Created, result.Rejected));
        var reject = Assert.Single(rejects);
        Assert.Equal(ErrorCode.RequestRefused, reject.Code);
        Assert.Equal("l3", reject.Item?.Id);
    }

    [Fact]
    public async Task A_platform_that_stays_broken_fails_the_run_and_nothing_is_claimed()
    {
        await _sandbox.SetFaultsAsync("""[{"kind":"status503","retryAfter":"none","every":1}]""");
        await using var destination = _sandbox.Open(maxRetries: 2);
        await using var session = new LoadSession(destination, new LoadOptions());
        await session.AddAsync(new GraphNode("Thing", "a", PropertySet.Empty));

        var result = await session.CompleteAsync();

        Assert.Equal((MigrationStatus.Failed, 0L, 1L, 0L, 1L), (result.Status, result.Loaded, result.Read, result.Rejected, result.Skipped));
        Assert.Equal(ErrorCode.PlatformFailed, session.Failure?.Code);
        Assert.True(session.Failure?.IsTransient);
    }

    private static IEnumerable<GraphItem> Graph(int nodes, int relationships) =>
        Enumerable.Range(0, relationships)
            .Select(i => (GraphItem)new GraphRelationship(
                "KNOWS", $"r{i}", "Thing", $"n{i % nodes}", "Thing", $"n{i * 7 % nodes}", new PropertySet(["i", "since"], [(long)i, new DateOnly(2024, 1, 1).AddDays(i)])))
            .Concat(Enumerable.Range(0, nodes).Select(i => new GraphNode("Thing", $"n{i}", new PropertySet(["number", "name"], [(long)i, $"Thing {i}"]))));

    private static async Task<List<GraphItem>> ReadAllAsync(IGraphDestination destination)
    {
        var items = new List<GraphItem>();
        var schema = await destination.GetSchemaAsync();
        foreach (var type in schema.NodeTypes)
        {
            await foreach (var node in destination.StreamNodesAsync(type))
                items.Add(node);
        }

        foreach (var type in schema.RelationshipTypes)
        {
            await foreach (var relationship in destination.StreamRelationshipsAsync(type))
                items.Add(relationship);
        }

        return items;
    }

    private static List<string> Canonical(IEnumerable<GraphItem> items) =>
        [.. items.Select(i => Convert.ToHexString(GraphContent.Hash(i, i.Properties, (i as GraphNode)?.Labels))).Order(StringComparer.Ordinal)];

    private async Task<MigrationResult> LoadAsync(IEnumerable<GraphItem> items, LoadOptions? options = null, List<Reject>? rejects = null)
    {
        await using var destination = _sandbox.Open();
        await using var session = new LoadSession(destination, options ?? new LoadOptions { Verify = VerifyMode.Content }, reject =>
        {
            if (rejects is null)
                return;
            lock (rejects)
                rejects.Add(reject);
        });
        foreach (var item in items)
            await session.AddAsync(item);
        return await session.CompleteAsync();
    }
}
