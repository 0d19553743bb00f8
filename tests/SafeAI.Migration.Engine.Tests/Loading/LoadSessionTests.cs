using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Loading;

/// <summary>Loads into a real graph store file, and looks at what is in it afterwards.</summary>
public sealed class LoadSessionTests : IDisposable
{
    private readonly string _store = Path.Combine(Path.GetTempPath(), $"load-{Guid.NewGuid():N}.graph");

    public void Dispose()
    {
        foreach (var file in Directory.GetFiles(Path.GetTempPath(), Path.GetFileName(_store) + "*"))
            File.Delete(file);
    }

    [Fact]
    public async Task Everything_is_loaded_and_the_figures_add_up()
    {
        var result = await LoadAsync(Graph(nodes: 2500, relationships: 3000));

        Assert.Equal(MigrationStatus.Completed, result.Status);
        Assert.Equal(new ItemCounts(2500, 0, 0), result.Nodes);
        Assert.Equal(new ItemCounts(3000, 0, 0), result.Relationships);
        Assert.Equal(result.Read, result.Loaded + result.Unchanged + result.Rejected + result.Skipped);
        Assert.Equal(5500, result.Read);
        Assert.True(result.Verified);
    }

    [Fact]
    public async Task The_same_load_again_changes_nothing_at_the_destination()
    {
        await LoadAsync(Graph(2500, 3000));
        var before = await ContentAsync();

        var again = await LoadAsync(Graph(2500, 3000));

        Assert.Equal(new ItemCounts(0, 0, 2500), again.Nodes);
        Assert.Equal(new ItemCounts(0, 0, 3000), again.Relationships);
        Assert.Equal(again.Read, again.Unchanged);
        Assert.Equal(before, await ContentAsync());
    }

    [Fact]
    public async Task A_later_load_of_another_type_with_the_same_id_leaves_what_is_there()
    {
        await LoadAsync([Node("a", ("name", "Ada"))]);
        var before = Assert.Single(await NodesAsync());

        var result = await LoadAsync([new GraphNode("Ship", "a", new PropertySet(["name"], ["Ada II"]))]);

        Assert.Equal(new ItemCounts(1, 0, 0), result.Nodes);
        var after = Assert.Single(await NodesAsync());
        Assert.Equal((before.Type, "Ada"), (after.Type, after.Properties["name"]));
    }

    [Fact]
    public async Task Changed_values_are_updated_null_removes_and_others_stay()
    {
        await LoadAsync([Node("a", ("name", "Ada"), ("age", 36L), ("city", "London"))]);

        var result = await LoadAsync([Node("a", ("name", "Ada Lovelace"), ("age", null))]);

        Assert.Equal(new ItemCounts(0, 1, 0), result.Nodes);
        var node = Assert.Single(await NodesAsync());
        Assert.Equal("Ada Lovelace", node.Properties["name"]);
        Assert.False(node.Properties.ContainsKey("age"));
        Assert.Equal("London", node.Properties["city"]);
        Assert.True(result.Verified);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(16)]
    public async Task The_last_of_several_items_with_one_id_wins_however_many_batches_run_at_once(int throttle)
    {
        var items = Enumerable.Range(0, 4000).Select(i => Node($"n{i % 40}", ("seen", (long)i), ($"from{i % 3}", true)));

        var result = await LoadAsync(items, new LoadOptions { BatchSize = 50, ThrottleLimit = throttle, Verify = VerifyMode.Content });

        Assert.Equal(40, result.Nodes.Created);
        Assert.Equal(4000, result.Nodes.Total);
        Assert.All(await NodesAsync(), n => Assert.Equal(3960 + long.Parse(n.Id[1..]), n.Properties["seen"]));
        Assert.All(await NodesAsync(), n => Assert.Equal(4, n.Properties.Count));
    }

    [Fact]
    public async Task A_relationship_whose_end_is_missing_is_rejected_alone_and_says_which_end()
    {
        var rejects = new List<Reject>();
        var items = new GraphItem[]
        {
            Node("a"), Node("b"), Relationship("a", "b"), Relationship("a", "nobody"), Relationship("nobody", "b"),
        };

        var result = await LoadAsync(items, new LoadOptions { ErrorBudget = ErrorBudget.OfCount(2) }, rejects);

        Assert.Equal(MigrationStatus.Completed, result.Status);
        Assert.Equal(1, result.Relationships.Created);
        Assert.Equal(2, result.Rejected);
        Assert.Equal(2, rejects.Count);
        Assert.All(rejects, r => Assert.Equal(ErrorCode.MissingEnd, r.Code));
        Assert.All(rejects, r => Assert.Contains("there is no node Thing 'nobody'", r.Reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task More_rejects_than_the_budget_allows_fail_the_run_and_the_rest_is_loaded()
    {
        await using var store = GraphStoreDestination.Open(_store, create: true);
        await using var session = new LoadSession(store, new LoadOptions());
        await session.AddAsync(Node("a"));
        await session.AddAsync(Relationship("a", "nobody"));

        var result = await session.CompleteAsync();

        Assert.Equal(MigrationStatus.Failed, result.Status);
        Assert.Equal(ErrorCode.ErrorBudgetExceeded, session.Failure?.Code);
        Assert.Equal(1, result.Nodes.Created);
        Assert.Equal("1 of 2 records were rejected; the error budget allows 0. Mend the rejected records and run the migration again, or allow more.", result.Error);
    }

    [Fact]
    public async Task Every_kind_of_value_comes_back_as_it_was()
    {
        var values = new (string, object?)[]
        {
            ("text", "Zoë \0 \ud83d\ude00 \"quoted\""), ("empty", ""), ("whole", long.MinValue), ("float", 0.1), ("round", 2.0), ("tiny", double.Epsilon),
            ("yes", true), ("instant", new DateTimeOffset(2024, 2, 29, 23, 59, 59, 123, TimeSpan.FromHours(5.5)).AddTicks(4567)),
            ("utc", new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero)), ("local", new DateTime(2024, 3, 31, 2, 30, 0)),
            ("day", new DateOnly(1, 1, 1)), ("time", new TimeOnly(23, 59, 59, 999)), ("span", new TimeSpan(3, 4, 5, 6, 7)),
            ("texts", new[] { "a", "" }), ("numbers", new[] { 1L, -1L }), ("floats", new[] { 1.0, 2.5 }), ("days", new[] { new DateOnly(2024, 2, 29) }),
        };

        var result = await LoadAsync([Node("a", values)]);

        Assert.True(result.Verified);
        var node = Assert.Single(await NodesAsync());
        foreach (var (name, value) in values)
        {
            Assert.Equal(value?.GetType(), node.Properties[name]?.GetType());
            Assert.Equal(value, node.Properties[name]);
        }
    }

    [Theory]
    [InlineData("Per`son")]
    [InlineData("A B")]
    [InlineData("1st")]
    [InlineData("x) DETACH DELETE (n")]
    public async Task A_label_that_is_no_plain_identifier_is_refused_before_anything_is_sent(string label)
    {
        await using var store = GraphStoreDestination.Open(_store, create: true);
        await using var session = new LoadSession(store, new LoadOptions());

        var refusal = await Assert.ThrowsAsync<MigrationException>(async () => await session.AddAsync(new GraphNode(label, "a", PropertySet.Empty)));

        Assert.Equal(ErrorCode.UnsafeIdentifier, refusal.Code);
    }

    [Fact]
    public async Task Records_that_never_arrive_are_accounted_for()
    {
        var source = new RecordSource("people.csv");
        var schema = new RecordSchema("people", [new RecordField("id", typeof(string))]);
        source.AddRead(10);
        source.AddRejected(2);
        await using var store = GraphStoreDestination.Open(_store, create: true);
        await using var session = new LoadSession(store, new LoadOptions { ErrorBudget = ErrorBudget.Unlimited });
        for (var i = 1; i <= 4; i++)
        {
            var record = schema.CreateRecord([$"p{i}"], source, i);
            await session.AddAsync(new GraphNode("Person", $"p{i}", PropertySet.Empty, record: record));
        }

        var result = await session.CompleteAsync();

        Assert.Equal((12, 4, 0, 2, 6), (result.Read, result.Loaded, result.Unchanged, result.Rejected, result.Skipped));
    }

    [Fact]
    public async Task What_a_pipeline_turns_away_before_the_load_is_told_and_counted()
    {
        var (source, conversion) = (new RecordSource("people.csv"), new ConversionCounts());
        var schema = new RecordSchema("people", [new RecordField("id", typeof(string))]);
        var records = Enumerable.Range(1, 5).Select(i => schema.CreateRecord([$"p{i}"], source, i)).ToArray();
        source.AddRead(5);
        Reject Of(MigrationStage stage, long ordinal, Record? record = null) => new(stage, ErrorCode.BadRecord, "No.", new RecordPosition("people.csv", ordinal)) { Record = record };

        // Before the load knows of the stream, while it runs, and after it has ended.
        source.AddRejected([Of(MigrationStage.Extract, 6)]);
        conversion.AddRejected(Of(MigrationStage.Transform, 1, records[0]));
        source.FoundInvalid.Add(Of(MigrationStage.Validate, 2, records[1]));
        var heard = new List<string>();
        await using var store = GraphStoreDestination.Open(_store, create: true);
        using var monitor = new SafeAI.Migration.Engine.Monitoring.RunMonitor([new Listener(r => heard.Add($"{r.Stage} {r.Position.Ordinal}"))]);
        await using var session = new LoadSession(store, new LoadOptions { ErrorBudget = ErrorBudget.Parse("2") }, _ => Assert.Fail("The stages have shown their rejects themselves."), monitor: monitor);
        session.FollowPipeline();
        await session.AddAsync(new GraphNode("Person", "p3", PropertySet.Empty, record: records[2], conversion: conversion));
        await session.AddAsync(new GraphNode("Person", "p4", PropertySet.Empty, record: records[3], conversion: conversion));
        source.FoundInvalid.Add(Of(MigrationStage.Validate, 5, records[4]));
        source.FoundInvalid.Add(Of(MigrationStage.Validate, 5, records[4]));

        // The budget of two is used by the source and the conversion; the validation has one of its own.
        var result = await session.CompleteAsync();
        Assert.Equal(MigrationStatus.Completed, result.Status);
        Assert.Equal((6, 2, 0, 4, 0), (result.Read, result.Loaded, result.Unchanged, result.Rejected, result.Skipped));
        source.FoundInvalid.Add(Of(MigrationStage.Validate, 4, records[3]));
        Assert.Equal(["Transform 1", "Extract 6", "Validate 2", "Validate 5", "Validate 5"], heard);
    }

    [Fact]
    public void Rejects_wait_for_a_load_as_far_as_they_fit_and_until_they_are_forgotten()
    {
        var trail = new RejectTrail();
        var reject = new Reject(MigrationStage.Validate, ErrorCode.RuleBroken, "No.", new RecordPosition("r", 1));
        for (var i = 0; i < RejectTrail.MostKept + 5; i++)
            trail.Add(reject);
        var (first, second) = (0, 0);
        var following = trail.Follow(_ => first++);
        Assert.Equal(RejectTrail.MostKept, first);
        using var other = trail.Follow(_ => second++);
        trail.Add(reject);
        Assert.Equal((RejectTrail.MostKept + 1, 1), (first, second));
        following.Dispose();
        trail.Add(reject);
        Assert.Equal((RejectTrail.MostKept + 1, 2), (first, second));
        other.Dispose();
        trail.Add(reject);
        trail.Forget();
        using var late = trail.Follow(_ => second++);
        Assert.Equal(2, second);
    }

    [Fact]
    public async Task Relationships_beyond_the_memory_limit_go_over_disk_and_none_is_lost()
    {
        // 20,000 are kept in memory; five nodes make every batch share nodes with the others.
        var source = new RecordSource("edges.csv");
        var schema = new RecordSchema("edges", [new RecordField("n", typeof(int))]);
        source.AddRead(45_000);
        var edges = Enumerable.Range(0, 45_000).Select(i => (GraphItem)new GraphRelationship(
            "KNOWS", $"r{i}", "Thing", $"n{i % 5}", "Thing", $"n{i / 5 % 5}",
            new PropertySet(["i", "day"], [(long)i, new DateOnly(2024, 1, 1).AddDays(i)]),
            schema.CreateRecord([i], source, i + 1)));
        var nodes = Enumerable.Range(0, 5).Select(i => Node($"n{i}"));

        var result = await LoadAsync(edges.Concat(nodes), new LoadOptions { ThrottleLimit = 8, Verify = VerifyMode.Content });

        Assert.True(result.Verified);
        Assert.Equal(45_000, result.Relationships.Created);
        Assert.Equal(45_005, result.Loaded);
        await using var store = GraphStoreDestination.Open(_store, create: false);
        var sum = 0L;
        await foreach (var relationship in store.StreamRelationshipsAsync("KNOWS"))
            sum += (long)relationship.Properties["i"]!;
        Assert.Equal(45_000L * 44_999 / 2, sum);
    }

    [Fact]
    public async Task Content_verification_notices_what_changed_behind_the_runs_back()
    {
        await using var store = GraphStoreDestination.Open(_store, create: true);
        await using var session = new LoadSession(store, new LoadOptions { BatchSize = 1, Verify = VerifyMode.Content });
        await session.AddAsync(Node("a", ("name", "Ada")));

        // The first batch is on its way before the second is taken, and loaded when that one waits for its lane.
        await session.AddAsync(Node("b", ("name", "Bob")));
        await using (var meddler = GraphStoreDestination.Open(_store, create: false))
        {
            while ((await meddler.ReadNodesAsync("Thing", ["a"])).Count == 0)
                await Task.Yield();
            await meddler.WriteNodesAsync("Thing", [Node("a", ("name", "Eve"))]);
        }

        var result = await session.CompleteAsync();

        Assert.Equal((MigrationStatus.Failed, false, 1L), (result.Status, result.Verified, result.Differences));
        Assert.Equal(ErrorCode.VerificationFailed, session.Failure?.Code);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(true, 1)]
    [InlineData(false, 1)]
    public async Task Count_verification_compares_with_what_the_destination_itself_counts(bool isNode, long lost)
    {
        await using var store = GraphStoreDestination.Open(_store, create: true);
        await store.WriteNodesAsync("Thing", [Node("there"), Node("other")]);
        var counted = 0;
        var graph = InterceptedGraph.Of(store, (member, call) =>
        {
            // Before the load it counts each type, and all of them once more at its end.
            if (member == (isNode ? nameof(IGraphDestination.CountNodesAsync) : nameof(IGraphDestination.CountRelationshipsAsync)) && lost > 0 && ++counted == 2)
            {
                if (isNode)
                    store.DeleteNodesAsync("Thing", ["other"], withRelationships: false).Wait();
                else
                    store.DeleteRelationshipsAsync("KNOWS", ["k"]).Wait();
            }

            return call();
        });
        await using var session = new LoadSession(graph, new LoadOptions { Verify = VerifyMode.Count });
        await session.AddAsync(Node("a"));
        await session.AddAsync(Node("there"));
        await session.AddAsync(new GraphRelationship("KNOWS", "k", "Thing", "a", "Thing", "there", PropertySet.Empty));

        var result = await session.CompleteAsync();

        Assert.Equal((lost == 0 ? MigrationStatus.Completed : MigrationStatus.Failed, lost == 0, lost), (result.Status, result.Verified, result.Differences));
        Assert.Equal(lost == 0 ? null : ErrorCode.VerificationFailed, session.Failure?.Code);
    }

    [Fact]
    public async Task The_store_is_readable_by_its_owner_only()
    {
        await GraphStoreDestination.Open(_store, create: true).DisposeAsync();

        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_store));
    }

    [Fact]
    public async Task A_file_that_is_no_store_is_refused_and_left_alone()
    {
        await File.WriteAllTextAsync(_store, "not a database, and longer than the header that SQLite looks for in a file ........................................");

        var refusal = Assert.Throws<MigrationException>(() => GraphStoreDestination.Open(_store, create: true));

        Assert.Equal(ErrorCode.StoreFailed, refusal.Code);
        Assert.Equal($"{_store} is not a graph store. Name another file.", refusal.Message);
        Assert.StartsWith("not a database", await File.ReadAllTextAsync(_store), StringComparison.Ordinal);
    }

    private static GraphNode Node(string id, params (string Name, object? Value)[] properties) =>
        new("Thing", id, PropertySet.From(properties.Select(p => KeyValuePair.Create(p.Name, p.Value))));

    private static GraphRelationship Relationship(string from, string to) =>
        new("KNOWS", GraphRelationship.DefaultId(from, to), "Thing", from, "Thing", to, PropertySet.Empty);

    // Relationships first, so that they have to wait for their nodes.
    private static IEnumerable<GraphItem> Graph(int nodes, int relationships) =>
        Enumerable.Range(0, relationships)
            .Select(i => (GraphItem)new GraphRelationship(
                "KNOWS", $"r{i}", "Thing", $"n{i % nodes}", "Thing", $"n{i * 7 % nodes}", new PropertySet(["i"], [(long)i])))
            .Concat(Enumerable.Range(0, nodes).Select(i => Node($"n{i}", ("number", (long)i), ("name", $"Thing {i}"))));

    private async Task<MigrationResult> LoadAsync(IEnumerable<GraphItem> items, LoadOptions? options = null, List<Reject>? rejects = null)
    {
        await using var store = GraphStoreDestination.Open(_store, create: true);
        await using var session = new LoadSession(store, options ?? new LoadOptions { Verify = VerifyMode.Content }, reject =>
        {
            lock (rejects ?? [])
                rejects?.Add(reject);
        });
        foreach (var item in items)
            await session.AddAsync(item);
        return await session.CompleteAsync();
    }

    private async Task<List<GraphNode>> NodesAsync()
    {
        await using var store = GraphStoreDestination.Open(_store, create: false);
        var nodes = new List<GraphNode>();
        await foreach (var node in store.StreamNodesAsync("Thing"))
            nodes.Add(node);
        return nodes;
    }

    private async Task<List<string>> ContentAsync()
    {
        await using var store = GraphStoreDestination.Open(_store, create: false);
        var content = (await NodesAsync()).ConvertAll(n => Convert.ToHexString(GraphContent.Hash(n, n.Properties, n.Labels)));
        await foreach (var relationship in store.StreamRelationshipsAsync("KNOWS"))
            content.Add(Convert.ToHexString(GraphContent.Hash(relationship, relationship.Properties, null)));
        return content;
    }

    private sealed class Listener(Action<Reject> heard) : SafeAI.Migration.Engine.Monitoring.IRunObserver
    {
        public void Observe(SafeAI.Migration.Engine.Monitoring.RunEvent happened)
        {
            if (happened is SafeAI.Migration.Engine.Monitoring.RecordRejected rejected)
                heard(rejected.Reject);
        }
    }
}
