using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Integration.Tests.Platform;

/// <summary>What puts a graph back, at both kinds of destination: the store in a file, and the sandbox as a real process.</summary>
public sealed class DestinationTests : GraphTests
{
    private static readonly object[] s_temporals =
    [
        new DateTimeOffset(2024, 2, 29, 12, 0, 0, TimeSpan.FromHours(2)), new DateTime(2024, 2, 29, 12, 0, 0), new DateOnly(2024, 2, 29),
        new TimeOnly(12, 30, 1), new TimeSpan(1, 2, 3, 4), new[] { new DateOnly(2024, 2, 29), new DateOnly(2024, 3, 1) },
    ];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Points_in_time_come_back_as_such_also_as_the_state_before(bool isPlatform)
    {
        var graph = await OpenAsync(isPlatform);
        var node = new GraphNode("P", "1", new PropertySet(["a", "b", "c", "d", "e", "f", "text"], [.. s_temporals, "2024-02-29"]));
        await graph.WriteNodesAsync("P", [node]);

        var answer = await graph.WriteNodesAsync("P", [new GraphNode("P", "1", new PropertySet(["a"], [1L]))]);

        var before = answer.Items.Single().Before!;
        Assert.Equal([.. s_temporals, "2024-02-29"], before.OrderBy(p => p.Key).Select(p => p.Value!));
        var read = (await graph.ReadNodesAsync("P", ["1"])).Single();
        Assert.Equal([1L, .. s_temporals[1..], "2024-02-29"], read.Properties.OrderBy(p => p.Key).Select(p => p.Value!));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_node_gets_back_every_value_and_loses_labels(bool isPlatform)
    {
        var graph = await OpenAsync(isPlatform);
        await graph.WriteNodesAsync("P", [new GraphNode("P", "1", new PropertySet(["gone", "day"], ["x", "2024"]), ["A", "B"])]);

        var patch = new GraphNode("P", "1", new PropertySet(["gone", "day", "back"], [null, new DateOnly(2024, 1, 1), 0.5]), ["C"]);
        var answer = await graph.RestoreNodesAsync("P", [patch], ["A"]);

        Assert.Equal(("1", "x"), (answer.Items.Single().Id, answer.Items.Single().Before?["gone"]));
        var read = (await graph.ReadNodesAsync("P", ["1"])).Single();
        Assert.Equal(["B", "C"], read.Labels.Order());
        Assert.Equal([("back", 0.5), ("day", (object)new DateOnly(2024, 1, 1))], read.Properties.OrderBy(p => p.Key).Select(p => (p.Key, p.Value!)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_node_with_relationships_is_deleted_only_with_them(bool isPlatform)
    {
        var graph = await OpenAsync(isPlatform);
        await graph.WriteNodesAsync("P", [Node("P", "1"), Node("P", "2"), Node("P", "3")]);
        await graph.WriteNodesAsync("Q", [Node("Q", "1")]);
        await graph.WriteRelationshipsAsync("IS", "P", "Q", [new GraphRelationship("IS", "r", "P", "1", "Q", "1", new PropertySet(["n"], [7L]))]);
        await graph.WriteRelationshipsAsync("OF", "Q", "P", [new GraphRelationship("OF", "s", "Q", "1", "P", "2", PropertySet.Empty)]);

        Assert.Equal(["3"], await graph.DeleteNodesAsync("P", ["1", "2", "3", "never"], withRelationships: false));
        var incident = await graph.ReadRelationshipsOfAsync("P", ["1", "2"], limit: 10);
        Assert.Equal(
            [("IS", "r", "P", "1", "Q", "1"), ("OF", "s", "Q", "1", "P", "2")],
            incident.OrderBy(r => r.Id).Select(r => (r.Type, r.Id, r.FromType, r.FromId, r.ToType, r.ToId)));
        Assert.Equal(7L, incident.Single(r => r.Id == "r").Properties["n"]);
        Assert.Single(await graph.ReadRelationshipsOfAsync("Q", ["1"], limit: 1));

        Assert.Equal(["1"], await graph.DeleteNodesAsync("P", ["1"], withRelationships: true));
        Assert.Empty(await graph.ReadRelationshipsAsync("IS", ["r"]));
        Assert.Equal(["s"], await graph.DeleteRelationshipsAsync("OF", ["s", "r", "never"]));
        Assert.Equal(["2"], await graph.DeleteNodesAsync("P", ["1", "2"], withRelationships: false));
        Assert.Equal(1, (await graph.CountNodesAsync(["Q"]))["Q"]);
        await graph.ProbeWriteAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_relationships_of_one_node_come_page_by_page_each_once(bool isPlatform)
    {
        var graph = await OpenAsync(isPlatform);
        await graph.WriteNodesAsync("P", [Node("P", "1"), Node("P", "2")]);
        await graph.WriteNodesAsync("Q", [Node("Q", "1")]);
        await graph.WriteRelationshipsAsync("IS", "P", "Q", [.. new[] { "b", "a", "10", "9" }.Select(i => new GraphRelationship("IS", i, "P", "1", "Q", "1", PropertySet.Empty))]);
        await graph.WriteRelationshipsAsync("OF", "P", "P", [.. new[] { ("a", "1", "1"), ("b", "2", "1"), ("c", "2", "2") }.Select(r => new GraphRelationship("OF", r.Item1, "P", r.Item2, "P", r.Item3, PropertySet.Empty))]);

        var (met, after) = (new List<string>(), ("", ""));
        while (await graph.PageRelationshipsOfAsync("P", "1", after, limit: 2) is { Count: > 0 } page)
        {
            Assert.InRange(page.Count, 1, 2);
            met.AddRange(page.Select(r => $"{r.Type} {r.Id} {r.FromId} {r.ToId}"));
            after = (page[^1].Type, page[^1].Id);
        }

        Assert.Equal(["IS 10 1 1", "IS 9 1 1", "IS a 1 1", "IS b 1 1", "OF a 1 1", "OF b 2 1"], met);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Insert_rejects_what_is_there_alone_and_Replace_takes_away_what_an_item_does_not_have(bool isPlatform)
    {
        var graph = await OpenAsync(isPlatform);
        await graph.WriteNodesAsync("P", [Given("1", "a", "b"), Given("2", "a", "b")]);
        await graph.WriteRelationshipsAsync("R", "P", "P", [Between("r", "a", "b")]);
        var rejects = new List<Reject>();

        var inserted = await LoadAsync(LoadMode.Insert, Given("1", "c"), Given("3", "c"), Between("r", "c"), Between("s", "c"));

        Assert.Equal((MigrationStatus.Completed, 2L, 0L, 2L), (inserted.Status, inserted.Nodes.Created + inserted.Relationships.Created, inserted.Nodes.Updated + inserted.Relationships.Updated, inserted.Rejected));
        Assert.Equal([(ErrorCode.AlreadyExists, "1"), (ErrorCode.AlreadyExists, "r")], rejects.Select(r => (r.Code, r.Item!.Id)).OrderBy(r => r.Id));
        Assert.Equal([("1", "a b"), ("2", "a b"), ("3", "c"), ("r", "a b"), ("s", "c")], await NamesAsync());

        var replaced = await LoadAsync(LoadMode.Replace, Given("1", "a"), Given("2", "d"), Given("3", "c"), Between("r", "b", "e"), Between("s", "c"));

        Assert.Equal((MigrationStatus.Completed, new ItemCounts(0, 2, 1), new ItemCounts(0, 1, 1)), (replaced.Status, replaced.Nodes, replaced.Relationships));
        Assert.Equal([("1", "a"), ("2", "d"), ("3", "c"), ("r", "b e"), ("s", "c")], await NamesAsync());

        static PropertySet Named(string[] names) => new(names, [.. names]);
        static GraphNode Given(string id, params string[] names) => new("P", id, Named(names));
        static GraphRelationship Between(string id, params string[] names) => new("R", id, "P", "1", "P", "2", Named(names));

        async Task<MigrationResult> LoadAsync(LoadMode mode, params GraphItem[] items)
        {
            await using var session = new LoadSession(graph, new LoadOptions { Mode = mode, Verify = VerifyMode.Content, ErrorBudget = ErrorBudget.OfCount(10) }, rejects.Add);
            foreach (var item in items)
                await session.AddAsync(item);
            return await session.CompleteAsync();
        }

        async Task<IEnumerable<(string, string)>> NamesAsync() =>
            (await graph.StreamNodesAsync("P").ToListAsync<GraphItem>()).Concat(await graph.StreamRelationshipsAsync("R").ToListAsync<GraphItem>())
            .Select(i => (i.Id, string.Join(' ', i.Properties.Where(p => p.Value is not null).Select(p => p.Key).Order(StringComparer.Ordinal)))).OrderBy(i => i.Id, StringComparer.Ordinal);
    }

    // As MERGE does it: the platform knows labels, and not which of them is the main one.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_node_with_a_type_as_its_further_label_is_one_of_that_type_to_the_platform_only(bool isPlatform)
    {
        var graph = await OpenAsync(isPlatform);
        await graph.WriteNodesAsync("Person", [new GraphNode("Person", "1", new PropertySet(["name"], ["Ada"]), ["Ship"])]);

        var answer = await graph.WriteNodesAsync("Ship", [new GraphNode("Ship", "1", new PropertySet(["name"], ["Ada II"]))]);

        Assert.Equal(isPlatform ? "Ada" : null, answer.Items.Single().Before?["name"]);
        Assert.Equal(isPlatform ? "Ada II" : "Ada", (await graph.ReadNodesAsync("Person", ["1"])).Single().Properties["name"]);
        Assert.Equal("Ada II", (await graph.ReadNodesAsync("Ship", ["1"])).Single().Properties["name"]);
    }

    private static GraphNode Node(string type, string id) => new(type, id, PropertySet.Empty);
}
