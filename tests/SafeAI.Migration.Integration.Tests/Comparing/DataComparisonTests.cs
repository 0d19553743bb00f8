using SafeAI.Migration.Engine.Comparing;
using SafeAI.Migration.Engine.GraphStore;
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

    private static GraphNode Node(string id, string[] names, object?[] values) => new("P", id, new PropertySet(names, values));

    private static GraphRelationship Relationship(string id, string from, string to) => new("R", id, "P", from, "P", to, PropertySet.Empty);
}
