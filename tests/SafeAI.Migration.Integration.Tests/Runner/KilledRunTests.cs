using System.Diagnostics;
using System.Text;
using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Integration.Tests.Runner;

/// <summary>A run is killed at once, as <c>kill -9</c> does, wherever it happens to be, and run again.</summary>
public sealed class KilledRunTests : IDisposable
{
    private const int Rows = 30_000;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_again_it_ends_in_the_same_graph_as_an_undisturbed_run()
    {
        WriteSources();
        Assert.Equal(0, (await RunnerProcess.RunAsync(_folder.Path, "run", WritePlan("whole.graph"), "--json")).ExitCode);
        var whole = await ContentAsync("whole.graph");
        Assert.Equal(Rows + 100 + Rows, whole.Count);

        // Killed while nodes are loaded, and again while relationships are.
        var plan = WritePlan("killed.graph");
        await KillWhenAsync(plan, async store => (await store.CountNodesAsync(["Person"]))["Person"] is > 0 and < Rows);
        var afterFirst = (await ContentAsync("killed.graph")).Count;
        Assert.InRange(afterFirst, 1, whole.Count - 1);
        await KillWhenAsync(plan, async store => (await store.CountRelationshipsAsync(["LIVES_IN"]))["LIVES_IN"] is > 0 and < Rows);
        Assert.InRange((await ContentAsync("killed.graph")).Count, afterFirst, whole.Count - 1);

        var last = await RunnerProcess.RunAsync(_folder.Path, "run", plan, "--json");

        Assert.Equal((0, true), (last.ExitCode, last.Json.GetProperty("verified").GetBoolean()));
        Assert.Equal(whole, await ContentAsync("killed.graph"));
    }

    // Kills the program as soon as the store is as it should be then; runs it again where it was too fast.
    private async Task KillWhenAsync(string plan, Func<GraphStoreDestination, Task<bool>> isDue)
    {
        var command = Repository.Program("SafeAI.Migration.Runner", "safeai-migrate");
        var start = new ProcessStartInfo(command[0], [.. command.Skip(1), "run", plan])
        {
            WorkingDirectory = _folder.Path, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var store = Path.Combine(_folder.Path, "killed.graph");
        while (!process.HasExited)
        {
            if (!File.Exists(store) || new FileInfo(store).Length == 0)
                continue;
            try
            {
                await using var reader = GraphStoreDestination.Open(store, create: false);
                if (!await isDue(reader))
                    continue;
                process.Kill();
                break;
            }
            catch (MigrationException)
            {
                // The tables are being made at this moment.
            }
        }

        await process.WaitForExitAsync();
        Assert.True(process.ExitCode != 0, "The run was over before it could be killed.");
    }

    private void WriteSources()
    {
        var people = new StringBuilder("id,name,city\n");
        for (var i = 0; i < Rows; i++)
            people.Append(i).Append(",Person ").Append(i).Append(",c").Append(i % 100).Append('\n');
        _folder.Write("people.csv", people.ToString());
        var cities = new StringBuilder("code,name\n");
        for (var i = 0; i < 100; i++)
            cities.Append('c').Append(i).Append(",City ").Append(i).Append('\n');
        _folder.Write("cities.csv", cities.ToString());
    }

    private string WritePlan(string store) => _folder.Write(store + ".json", $$"""
        {
          "sources": [
            { "path": "cities.csv", "mapping": { "nodes": [ { "type": "City", "id": "city:{code}", "properties": { "name": "name" } } ] } },
            { "path": "people.csv", "mapping": {
                "nodes": [ { "type": "Person", "id": "person:{id}", "properties": { "name": "name", "number": { "field": "id", "type": "integer" } } } ],
                "relationships": [ { "type": "LIVES_IN", "from": { "type": "Person", "id": "person:{id}" }, "to": { "type": "City", "id": "city:{city}" } } ] } }
          ],
          "destination": { "store": "{{store}}" },
          "options": { "batchSize": 200, "verify": "content" }
        }
        """);

    private Task<List<string>> ContentAsync(string name) => StoreContent.HashesAsync(Path.Combine(_folder.Path, name));
}
