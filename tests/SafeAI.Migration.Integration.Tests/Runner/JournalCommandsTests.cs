using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.TestKit;
using SafeAI.Migration.TestKit.Sandbox;

namespace SafeAI.Migration.Integration.Tests.Runner;

public sealed class JournalCommandsTests : IDisposable
{
    private static readonly string s_quickstart = Path.Combine(Repository.Root, "module", "samples", "quickstart", "migration.json");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_run_is_watched_reported_verified_and_found_changed_after_its_end()
    {
        Assert.Equal("[]", (await RunnerProcess.RunAsync(_folder.Path, "status", "--json")).Output.Trim());
        var run = await RunnerProcess.RunAsync(_folder.Path, "run", s_quickstart, "--json", "--journal", "j");
        var id = run.Json.GetProperty("migrationId").GetString()!;

        var status = await RunnerProcess.RunAsync(_folder.Path, "status", id, "--json", "--journal", "j");
        Assert.Equal((0, "completed", 2212, 2221), (
            status.ExitCode, status.Json.GetProperty("status").GetString(),
            status.Json.GetProperty("figures").GetProperty("loaded").GetInt32(), status.Json.GetProperty("figures").GetProperty("nodes").GetProperty("created").GetInt32()));
        var list = await RunnerProcess.RunAsync(_folder.Path, "status", "--journal", "j");
        Assert.Equal((0, 1), (list.ExitCode, list.Output.Split('\n').Count(l => l.StartsWith(id, StringComparison.Ordinal))));

        var report = await RunnerProcess.RunAsync(_folder.Path, "report", id, "--path", "r.md", "--journal", "j");
        Assert.Equal(0, report.ExitCode);
        Assert.Contains(id, await File.ReadAllTextAsync(Path.Combine(_folder.Path, "r.md")), StringComparison.Ordinal);

        var verified = await RunnerProcess.RunAsync(_folder.Path, "verify", id, "--json", "--journal", "j");
        Assert.Equal((0, 2221 + 3592, 0, 0), Figures(verified));

        await ChangeAsync(run.Json.GetProperty("destination").GetString()!);
        var changed = await RunnerProcess.RunAsync(_folder.Path, "verify", id, "--json", "--journal", "j");
        Assert.Equal((3, 2221 + 3592 - 2, 1, 1), Figures(changed));
        Assert.Equal(2, changed.Json.GetProperty("samples").GetArrayLength());

        Assert.Equal(3, (await RunnerProcess.RunAsync(_folder.Path, "undo", id, "--journal", "j")).ExitCode);
        Assert.Equal(2, (await RunnerProcess.RunAsync(_folder.Path, "verify", id, "--journal", "j")).ExitCode);
    }

    [Fact]
    public async Task An_undo_warns_of_requests_that_were_never_confirmed()
    {
        await using var sandbox = await SandboxServer.StartAsync();
        var environment = new Dictionary<string, string> { ["SAFEAI_API_KEY"] = sandbox.ApiKey };
        _folder.Write("people.csv", "id\n" + string.Join('\n', Enumerable.Range(0, 100)));
        var plan = _folder.Write("plan.json", $$"""
            { "sources": [ { "path": "people.csv", "mapping": { "nodes": [ { "type": "Person", "id": "person:{id}" } ] } } ],
              "destination": { "endpoint": "{{sandbox.Endpoint}}" }, "options": { "batchSize": 10, "throttleLimit": 1 } }
            """);
        await RunnerProcess.RunAsync(_folder.Path, new Dictionary<string, string>(environment) { ["SAFEAI_MIGRATION_CRASH_AT"] = "answer.after:3" }, "run", plan, "--journal", "j");
        var id = (await RunnerProcess.RunAsync(_folder.Path, environment, "status", "--json", "--journal", "j")).Json[0].GetProperty("id").GetString()!;

        var undo = await RunnerProcess.RunAsync(_folder.Path, environment, "undo", id, "--journal", "j");

        Assert.True(undo.ExitCode == 0, undo.Errors);
        Assert.Matches("[1-4] requests of the run may have left and were never confirmed; should one still arrive, the same command puts back what it writes", undo.Errors);
        Assert.Equal(0, await sandbox.StatisticAsync("nodes"));
        var again = await RunnerProcess.RunAsync(_folder.Path, environment, "undo", id, "--json", "--journal", "j");
        Assert.Equal((0, 0), (again.ExitCode, again.Json.GetProperty("nodesDeleted").GetInt32()));
    }

    [Theory]
    [InlineData("status", "none")]
    [InlineData("verify", "none")]
    [InlineData("report", "none", "--path", "r.md")]
    [InlineData("report", "none")]
    public async Task A_run_that_the_journal_does_not_know_ends_with_code_2(params string[] arguments) =>
        Assert.Equal(2, (await RunnerProcess.RunAsync(_folder.Path, arguments)).ExitCode);

    private static (int, int, int, int) Figures(RunnerProcess run) => (
        run.ExitCode, run.Json.GetProperty("same").GetInt32(), run.Json.GetProperty("different").GetInt32(), run.Json.GetProperty("missing").GetInt32());

    // Somebody else changes a node, and removes a relationship.
    private static async Task ChangeAsync(string path)
    {
        await using var store = GraphStoreDestination.Open(path, create: false);
        var node = await store.StreamNodesAsync("Customer").FirstAsync();
        await store.WriteNodesAsync("Customer", [new GraphNode("Customer", node.Id, new PropertySet(["name"], ["somebody else's"]))]);
        var type = (await store.GetSchemaAsync()).RelationshipTypes[0];
        await store.DeleteRelationshipsAsync(type, [(await store.StreamRelationshipsAsync(type).FirstAsync()).Id]);
    }
}
