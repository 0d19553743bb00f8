using System.Text;
using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Planning;
using SafeAI.Migration.TestKit;
using SafeAI.Migration.TestKit.Databases;

namespace SafeAI.Migration.Engine.Tests.Planning;

/// <summary>The mapping that a plan makes itself of a file: its fields and their types are those of the first thousand records.</summary>
public sealed class AutomaticMappingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Types_are_those_that_all_values_of_the_sample_bear_out()
    {
        var csv = new StringBuilder("whole,number,truth,day,moment,zip,mixed,late,empty,sometimes\n");
        for (var i = 1; i <= 1500; i++)
            csv.Append(FormattableString.Invariant($"{i},{i}.5,{(i % 2 == 0 ? "true" : "false")},2024-02-29,2024-02-29T12:00:00Z,0{i},{(i == 999 ? "n/a" : "1")},{(i == 1001 ? "x" : "2")},,{(i % 3 == 0 ? "" : "7")}\n"));
        var (nodes, result) = await RunAsync("rows.csv", csv.ToString());

        Assert.Equal((1499L, 1L), (result.Loaded, result.Rejected));
        Assert.All(nodes, n =>
        {
            var p = n.Properties;
            Assert.Equal(
                [typeof(long), typeof(double), typeof(bool), typeof(DateOnly), typeof(DateTimeOffset), typeof(string), typeof(string), typeof(long)],
                new[] { "whole", "number", "truth", "day", "moment", "zip", "mixed", "late" }.Select(name => p[name]!.GetType()));
            Assert.True(p["sometimes"] is null or 7L);
        });
        Assert.Equal(["n/a"], nodes.Select(n => n.Properties["mixed"]).Except(["1"]));
    }

    [Fact]
    public async Task Fields_that_only_later_records_have_are_mapped_too()
    {
        var lines = Enumerable.Range(1, 1200).Select(i => i switch
        {
            900 => """{"id": 900, "n": 2.5, "late": true}""",
            901 => """{"n": 1}""",
            _ => FormattableString.Invariant($$"""{"id": {{i}}, "n": {{i}}}"""),
        });
        var (nodes, result) = await RunAsync("rows.ndjson", string.Join('\n', lines));

        Assert.Equal((1200L, 0L), (result.Loaded, result.Rejected));
        Assert.Equal(true, Assert.Single(nodes, n => n.Properties["late"] is not null).Properties["late"]);
        Assert.Equal(2.5, nodes.Single(n => n.Properties["rows_id"] is 900L).Properties["n"]);
        Assert.Single(nodes, n => n.Properties["rows_id"] is null);
    }

    [Theory]
    [InlineData("keys.db", "\"type\": \"sqlite\", ")]
    [InlineData("keys.sql", "")]
    public async Task Rows_of_SQLite_without_keys_are_nodes_too(string file, string type)
    {
        var path = Path.Combine(_folder.Path, file);
        if (type.Length == 0)
        {
            _folder.Write(file, "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n" + MissingKeys.Script + "\nCOMMIT;\n");
        }
        else
        {
            await using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
            connection.Open();
            await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The script is of the tests.
            command.CommandText = MissingKeys.Script;
#pragma warning restore CA2100
            command.ExecuteNonQuery();
        }

        var plan = _folder.Write("plan.json", $$"""{ "sources": [ { {{type}}"path": "{{file}}", "mapping": "auto" } ], "destination": { "store": "{{Path.Combine(_folder.Path, "g.graph")}}" } }""");
        for (var run = 0; run < 2; run++)
        {
            var result = await PlanRunner.RunAsync(PlanFile.Load(plan), new PlanRunOptions { NoJournal = true });
            Assert.Equal((MigrationStatus.Completed, 0L), (result.Status, result.Rejected));
            Assert.Equal(
                run == 0 ? (new ItemCounts(MissingKeys.Nodes, 0, 0), new ItemCounts(MissingKeys.Relationships, 0, 0)) : (new ItemCounts(0, 0, MissingKeys.Nodes), new ItemCounts(0, 0, MissingKeys.Relationships)),
                (result.Nodes, result.Relationships));
        }
    }

    private async Task<(List<GraphNode> Nodes, MigrationResult Result)> RunAsync(string file, string content)
    {
        _folder.Write(file, content);
        var path = _folder.Write("plan.json", $$"""{ "sources": [ { "path": "{{file}}", "mapping": "auto" } ], "destination": { "store": "{{Path.Combine(_folder.Path, "g.graph")}}" }, "options": { "errorBudget": 5 } }""");
        var plan = PlanFile.Load(path);
        var result = await PlanRunner.RunAsync(plan, new PlanRunOptions { NoJournal = true });
        Assert.Equal(MigrationStatus.Completed, result.Status);
        await using var store = GraphStoreDestination.Open(plan.Destination.Store!, create: false);
        var nodes = new List<GraphNode>();
        await foreach (var node in store.StreamNodesAsync("Rows", CancellationToken.None))
            nodes.Add(node);
        return (nodes, result);
    }
}
