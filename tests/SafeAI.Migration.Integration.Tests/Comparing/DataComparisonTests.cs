using SafeAI.Migration.Engine.Comparing;
using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.TestKit;
using SafeAI.Migration.TestKit.Sandbox;

namespace SafeAI.Migration.Integration.Tests.Comparing;

public sealed class DataComparisonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_is_missing_extra_or_different_comes_out_with_both_values_and_the_figures_add_up()
    {
        await using var graph = GraphStoreDestination.Open(Path.Combine(_folder.Path, "a.graph"), create: true);
        await graph.WriteNodesAsync("P", [
            Node("same", ["a", "day", "whole"], ["x", new DateOnly(2024, 1, 1), 1.0]), Node("value", ["a", "list"], ["new", new[] { 1L, 2L }]),
            Node("extra", [], []), Node("more", ["a", "other"], ["x", 7L]), Node("label", [], [])]);
        await graph.WriteNodesAsync("Q", [new GraphNode("Q", "q", PropertySet.Empty)]);
        await graph.WriteRelationshipsAsync("R", "P", "P", [Relationship("r", "same", "value"), Relationship("s", "same", "more")]);
        using var comparison = new DataComparison(isWhole: false);

        // In any order; of two with one id, the later lies over the earlier.
        comparison.Add(Relationship("s", "same", "label"));
        comparison.Add(Node("value", ["a"], ["old"]));
        comparison.Add(Node("value", ["list"], [new[] { 1L }]));
        comparison.Add(Node("same", ["whole", "a", "day", "none"], [1L, "x", "2024-01-01", null]));
        comparison.Add(Node("gone", ["a"], ["x"]));
        comparison.Add(Node("more", ["a"], ["x"]));
        comparison.Add(new GraphNode("P", "label", PropertySet.Empty, ["L"]));
        comparison.Add(Relationship("r", "same", "value"));

        var differences = await comparison.CompareAsync(graph).ToListAsync();

        Assert.Equal(
            [
                "Different P label labels(): L, not ", "Different P value a: old, not new", "Different P value list: 1, not 1|2", "Different R s to(): label, not more",
                "Extra P extra", "Missing P gone",
            ],
            differences.Select(d => $"{d.Kind} {d.Type} {d.Id}{(d.Field is null ? "" : $" {d.Field}: {Text(d.Expected)}, not {Text(d.Actual)}")}").Order(StringComparer.Ordinal));
        var s = comparison.Summary;
        Assert.Equal((8L, 3L, 3L, 1L, 1L, false), (s.Items, s.Same, s.Different, s.Missing, s.Extra, s.IsSame));

        static string Text(object? value) => value is System.Collections.IEnumerable list and not string ? string.Join('|', list.Cast<object>()) : $"{value}";
    }

    [Fact]
    public async Task Two_graphs_are_compared_as_a_whole_and_by_type()
    {
        await using var sandbox = await SandboxServer.StartAsync();
        await using var platform = sandbox.Open();
        await using var store = GraphStoreDestination.Open(Path.Combine(_folder.Path, "a.graph"), create: true);
        GraphNode[] nodes = [.. Enumerable.Range(0, 2500).Select(i => Node($"{i}", ["n", "at"], [(long)i, new DateTime(2024, 1, 1).AddMinutes(i)]))];
        await store.WriteNodesAsync("P", nodes);
        foreach (var chunk in nodes.Chunk(1000))
            await platform.WriteNodesAsync("P", chunk);
        await platform.WriteNodesAsync("Q", [new GraphNode("Q", "q", PropertySet.Empty)]);
        Assert.Empty(await DifferencesAsync(["P"]));
        await platform.WriteNodesAsync("P", [Node("1234", ["added", "at"], [true, null])]);

        Assert.Equal([("added", null, true), ("at", new DateTime(2024, 1, 1).AddMinutes(1234), null)], (await DifferencesAsync(["P"])).OrderBy(d => d.Field).Select(d => (d.Field!, d.Expected, d.Actual)));
        Assert.Equal(("q", DifferenceKind.Extra), (await DifferencesAsync(["Q"])).Select(d => (d.Id, d.Kind)).Single());

        async Task<List<DataDifference>> DifferencesAsync(string[] types)
        {
            using var comparison = new DataComparison(isWhole: true);
            await comparison.AddAsync(store, types, []);
            return await comparison.CompareAsync(platform, types).ToListAsync();
        }
    }

    [Fact]
    public async Task Two_whole_graphs_are_compared_in_the_types_of_both()
    {
        await using var sandbox = await SandboxServer.StartAsync();
        await using var platform = sandbox.Open();
        await using var empty = GraphStoreDestination.Open(Path.Combine(_folder.Path, "empty.graph"), create: true);
        await using var full = GraphStoreDestination.Open(Path.Combine(_folder.Path, "full.graph"), create: true);
        foreach (var graph in new IGraphDestination[] { full, platform })
        {
            await graph.WriteNodesAsync("P", [Node("1", [], []), Node("2", [], [])]);
            await graph.WriteRelationshipsAsync("R", "P", "P", [Relationship("r", "1", "2")]);
        }

        foreach (var graph in new IGraphDestination[] { full, platform })
        {
            Assert.Equal(["Extra P 1", "Extra P 2", "Extra R r"], await CompareAsync(empty, graph));
            Assert.Equal(["Missing P 1", "Missing P 2", "Missing R r"], await CompareAsync(graph, empty));
            Assert.Empty(await CompareAsync(graph, full));
        }

        Assert.Empty(await CompareAsync(empty, empty));
    }

    [Fact]
    public async Task A_node_that_the_platform_lists_under_several_labels_is_compared_once()
    {
        await using var sandbox = await SandboxServer.StartAsync();
        await using var platform = sandbox.Open();
        await using var store = GraphStoreDestination.Open(Path.Combine(_folder.Path, "a.graph"), create: true);

        // Their types come after and before their further labels in every order; those of one are a type of others.
        GraphNode[] nodes = [new("P", "plain", PropertySet.Empty), new("E", "e", PropertySet.Empty, ["P"]), new("P", "p", PropertySet.Empty, ["E", "L"]), new("Z", "z", PropertySet.Empty, ["E", "P"])];
        foreach (var node in nodes)
        {
            await store.WriteNodesAsync(node.Type, [node]);
            await platform.WriteNodesAsync(node.Type, [node]);
        }

        using (var mapped = new DataComparison(isWhole: false))
        {
            foreach (var node in nodes)
                mapped.Add(node);
            Assert.Empty(await mapped.CompareAsync(platform).ToListAsync());
            Assert.Equal((4L, 4L), (mapped.Summary.Items, mapped.Summary.Same));
        }

        Assert.Empty(await CompareAsync(store, platform));
        Assert.Empty(await CompareAsync(platform, store));
        Assert.Empty(await CompareAsync(platform, platform));
        await platform.WriteNodesAsync("X", [new GraphNode("X", "x", PropertySet.Empty, ["E", "Y"])]);
        await store.WriteNodesAsync("A", [new GraphNode("A", "a", PropertySet.Empty, ["E"])]);
        await store.WriteNodesAsync("Z", [new GraphNode("Z", "z", new PropertySet(["n"], [1L]), [])]);
        await platform.DeleteNodesAsync("P", ["p"], withRelationships: false);
        Assert.Equal(["Different Z z n", "Extra E x", "Missing A a", "Missing P p"], await CompareAsync(store, platform));
        Assert.Equal(["Different Z z n", "Extra A a", "Extra P p", "Missing E x"], await CompareAsync(platform, store));
    }

    [Fact]
    public async Task Two_stores_differ_in_what_another_graph_would_differ_in_and_only_that_is_read()
    {
        await using var sandbox = await SandboxServer.StartAsync();
        await using var platform = sandbox.Open();
        await using var a = GraphStoreDestination.Open(Path.Combine(_folder.Path, "a.graph"), create: true);
        await using var b = GraphStoreDestination.Open(Path.Combine(_folder.Path, "b.graph"), create: true);
        GraphNode[] nodes = [.. Enumerable.Range(0, 3000).Select(i => Node($"{i}", ["n", "list"], [(long)i, new[] { 1L, i }]))];
        await a.WriteNodesAsync("P", nodes);
        await b.WriteNodesAsync("P", nodes);
        GraphRelationship[] relationships = [.. Enumerable.Range(0, 2000).Select(i => Relationship($"{i}", $"{i}", $"{i + 1}"))];
        await a.WriteRelationshipsAsync("R", "P", "P", relationships);
        await b.WriteRelationshipsAsync("R", "P", "P", relationships);

        // Everything that may differ, and what is the same though it is not the same bytes.
        await a.WriteNodesAsync("P", [Node("order", ["x", "y"], [1L, 2L]), Node("gone", ["x"], [1L]), Node("type", ["x"], [1L]), Node("less", ["x", "y"], [1L, 2L]), Node("label", [], [])]);
        await b.WriteNodesAsync("P", [Node("order", ["y", "x"], [2L, 1.0]), Node("extra", ["x"], [1L]), Node("type", ["x"], ["1"]), Node("less", ["x"], [1L])]);
        await b.WriteNodesAsync("P", [new GraphNode("P", "label", PropertySet.Empty, ["L"])]);
        await a.WriteNodesAsync("OnlyA", [new GraphNode("OnlyA", "1", PropertySet.Empty)]);
        await b.WriteNodesAsync("OnlyB", [new GraphNode("OnlyB", "1", PropertySet.Empty)]);
        await a.WriteRelationshipsAsync("R", "P", "P", [Relationship("end", "1", "2"), Relationship("gone", "1", "2")]);
        await b.WriteRelationshipsAsync("R", "P", "P", [Relationship("end", "1", "3"), Relationship("extra", "1", "2")]);
        foreach (var type in new[] { "P", "OnlyB" })
        {
            await foreach (var page in Chunks(b.StreamNodesAsync(type)))
            {
                foreach (var group in page.GroupBy(n => string.Join(',', n.Labels)))
                    await platform.WriteNodesAsync(type, [.. group]);
            }
        }

        await foreach (var page in Chunks(b.StreamRelationshipsAsync("R")))
            await platform.WriteRelationshipsAsync("R", "P", "P", page);

        foreach (var (nodeTypes, relationshipTypes) in new (string[]?, string[]?)[] { (null, null), (["P", "OnlyA", "OnlyB"], ["R"]), (["OnlyB"], null) })
        {
            var (stores, storeSummary) = await CompareAsync(b);
            var (graphs, graphSummary) = await CompareAsync(platform);

            Assert.Equal(graphs.Order(StringComparer.Ordinal), stores.Order(StringComparer.Ordinal));
            Assert.Equal(graphSummary, storeSummary);

            async Task<(List<string>, DataComparisonSummary)> CompareAsync(IGraphDestination graph)
            {
                using var comparison = new DataComparison(isWhole: true);
                await comparison.AddAsync(a, ["P", "OnlyA"], ["R"]);
                var differences = await comparison.CompareAsync(graph, nodeTypes, relationshipTypes).Select(d => $"{d.Kind} {d.Type} {d.Id} {d.Field} {d.Expected} {d.Actual}").ToListAsync();
                return (differences, comparison.Summary with { ElapsedSeconds = 0, Destination = "" });
            }
        }

        static async IAsyncEnumerable<List<T>> Chunks<T>(IAsyncEnumerable<T> items)
        {
            var page = new List<T>();
            await foreach (var item in items)
            {
                page.Add(item);
                if (page.Count < 1000)
                    continue;
                yield return page;
                page = [];
            }

            if (page.Count > 0)
                yield return page;
        }
    }

    private static async Task<List<string>> CompareAsync(IGraphDestination reference, IGraphDestination graph)
    {
        using var comparison = new DataComparison(isWhole: true);
        var schema = await reference.GetSchemaAsync();
        await comparison.AddAsync(reference, schema.NodeTypes, schema.RelationshipTypes);
        var differences = await comparison.CompareAsync(graph).Select(d => $"{d.Kind} {d.Type} {d.Id} {d.Field}".TrimEnd()).ToListAsync();
        var s = comparison.Summary;
        Assert.Equal((s.Items, differences.Count), (s.Same + s.Different + s.Missing + s.Extra, (int)(s.Different + s.Missing + s.Extra)));
        return [.. differences.Order(StringComparer.Ordinal)];
    }

    private static GraphNode Node(string id, string[] names, object?[] values) => new("P", id, new PropertySet(names, values));

    private static GraphRelationship Relationship(string id, string from, string to) => new("R", id, "P", from, "P", to, PropertySet.Empty);
}
