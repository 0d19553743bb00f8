using System.Collections;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Planning;
using SafeAI.Migration.TestKit;
using SafeAI.Migration.TestKit.Sandbox;

namespace SafeAI.Migration.Integration.Tests.Runner;

public sealed class ResumeCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Journal => Path.Combine(_folder.Path, "j");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_run_at_work_is_refused_to_others_and_after_Ctrl_C_it_can_be_resumed()
    {
        await using var sandbox = await SandboxServer.StartAsync();
        await sandbox.SetFaultsAsync("""[{"kind":"slow","milliseconds":150,"every":1}]""");
        WritePeople(4000);
        var plan = WritePlan($$"""{ "endpoint": "{{sandbox.Endpoint}}", "apiKey": "{{sandbox.ApiKey}}" }""", """ "batchSize": 50, "throttleLimit": 2 """);
        using var process = Start("run", plan, "--json", "--journal", Journal);
        var output = process.StandardOutput.ReadToEndAsync();
        while (!HasBatches())
            await Task.Yield();

        var refused = await RunnerProcess.RunAsync(_folder.Path, "resume", Newest().Id, "--json", "--journal", Journal);
        Assert.Equal(3, refused.ExitCode);
        Assert.StartsWith($"The run {Newest().Id} is at work in process {process.Id}.", refused.Json.GetProperty("error").GetString(), StringComparison.Ordinal);

        using (var kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync();
        await process.WaitForExitAsync();
        Assert.Equal(4, process.ExitCode);
        Assert.Contains("\"status\": \"stopped\"", await output, StringComparison.Ordinal);
        Assert.Equal((MigrationStatus.Stopped, true), (Newest().Status, Newest().IsResumable));
        Assert.InRange(await sandbox.StatisticAsync("nodes"), 1, 3999);

        await sandbox.SetFaultsAsync("[]");
        var last = await RunnerProcess.RunAsync(_folder.Path, "resume", "--json", "--journal", Journal);

        Assert.Equal((0, Newest().Id, 4000, 4000), (last.ExitCode, last.Json.GetProperty("migrationId").GetString(),
            last.Json.GetProperty("loaded").GetInt32(), last.Json.GetProperty("nodes").GetProperty("created").GetInt32()));
        Assert.Equal(4000, await sandbox.StatisticAsync("nodes"));
        Assert.Equal(2, (await RunnerProcess.RunAsync(_folder.Path, "resume", "--journal", Journal)).ExitCode);
        Assert.DoesNotContain(sandbox.ApiKey, Encoding.UTF8.GetString(await File.ReadAllBytesAsync(Journal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_or_mapping_that_has_changed_is_refused_unless_forced()
    {
        WritePeople(3000);
        var plan = WritePlan("""{ "store": "people.graph" }""", """ "batchSize": 100, "verify": "content" """);
        var environment = new Dictionary<string, string> { ["SAFEAI_MIGRATION_CRASH_AT"] = "outcome.after:9" };
        await RunnerProcess.RunAsync(_folder.Path, environment, "run", plan, "--journal", Journal);
        Assert.Equal(MigrationStatus.Interrupted, Newest().Status);
        WritePeople(3001);

        var source = await RunnerProcess.RunAsync(_folder.Path, "resume", "--json", "--journal", Journal);
        Assert.Equal((3, "SourceChanged"), (source.ExitCode, source.Json.GetProperty("code").GetString()));
        Assert.Equal(MigrationStatus.Interrupted, Newest().Status);

        File.WriteAllText(plan, File.ReadAllText(plan).Replace("\"integer\"", "\"string\"", StringComparison.Ordinal));
        var mapping = await RunnerProcess.RunAsync(_folder.Path, "resume", "--json", "--journal", Journal);
        Assert.StartsWith("The mapping is not what it was", mapping.Json.GetProperty("error").GetString(), StringComparison.Ordinal);

        var forced = await RunnerProcess.RunAsync(_folder.Path, "resume", "--force", "--json", "--journal", Journal);
        Assert.Equal((0, true, 3001), (forced.ExitCode, forced.Json.GetProperty("verified").GetBoolean(), forced.Json.GetProperty("read").GetInt32()));
        await using var store = GraphStoreDestination.Open(Path.Combine(_folder.Path, "people.graph"), create: false);
        Assert.Equal(3001, (await store.CountNodesAsync(["Person"]))["Person"]);
        await foreach (var person in store.StreamNodesAsync("Person"))
            Assert.IsType<string>(person.Properties["number"]);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("canary", false)]
    public async Task A_run_of_a_plan_without_a_file_is_resumed_from_what_the_journal_kept_unless_a_secret_is_missing(string secret, bool works)
    {
        WritePeople(3000);
        var source = new Hashtable
        {
            ["path"] = "people.csv",
            ["mapping"] = new Hashtable { ["nodes"] = new Hashtable { ["type"] = "Person", ["id"] = "person:{id}" } },
        };
        var plan = new Hashtable { ["source"] = source, ["destination"] = new Hashtable { ["store"] = "people.graph" }, ["options"] = new Hashtable { ["batchSize"] = 50 } };
        if (secret.Length > 0)
            plan["destination"] = new Hashtable { ["store"] = "people.graph", ["apiKey"] = secret };
        using var stop = new CancellationTokenSource();
        var read = PlanFile.FromDictionary(plan, _folder.Path).WithFullPaths(p => Path.GetFullPath(p, _folder.Path));
        var stopped = await PlanRunner.RunAsync(read, new PlanRunOptions { JournalPath = Journal, OnProgress = _ => stop.Cancel() }, stop.Token);
        Assert.Equal((MigrationStatus.Stopped, true, null), (stopped.Status, Newest().IsFromPlan, Newest().PlanPath));

        // From another folder: the plan's own paths stay what they were.
        var elsewhere = Directory.CreateDirectory(Path.Combine(_folder.Path, "elsewhere")).FullName;
        var resumed = await RunnerProcess.RunAsync(elsewhere, "resume", stopped.MigrationId, "--json", "--journal", Journal);

        Assert.Equal(works ? 0 : 2, resumed.ExitCode);
        if (works)
            Assert.Equal((stopped.MigrationId, 3000), (resumed.Json.GetProperty("migrationId").GetString(), resumed.Json.GetProperty("loaded").GetInt32()));
        else
            Assert.Contains("$.destination.apiKey: a secret stood here in clear and was not kept", resumed.Json.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("canary", Encoding.UTF8.GetString(await File.ReadAllBytesAsync(Journal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_journal_that_cannot_be_written_ends_the_run_before_anything_is_sent()
    {
        WritePeople(10);
        var plan = WritePlan("""{ "store": "people.graph" }""", "");
        Directory.CreateDirectory(Journal);

        var run = await RunnerProcess.RunAsync(_folder.Path, "run", plan, "--json", "--journal", Journal);

        Assert.Equal((3, "JournalFailed"), (run.ExitCode, run.Json.GetProperty("code").GetString()));
        Assert.False(File.Exists(Path.Combine(_folder.Path, "people.graph")));
    }

    private bool HasBatches()
    {
        if (!File.Exists(Journal))
            return false;
        try
        {
            using var journal = JournalFile.Open(Journal);
            return journal.Runs() is [var run] && RunJournal.Batches(journal, run.Id).Any(b => b.State == BatchState.Confirmed);
        }
        catch (MigrationException)
        {
            return false;
        }
    }

    private MigrationRun Newest()
    {
        using var journal = JournalFile.OpenExisting(Journal);
        return journal.Runs()[0];
    }

    private Process Start(params string[] arguments)
    {
        var command = Repository.Program("SafeAI.Migration.Runner", "safeai-migrate");
        return Process.Start(new ProcessStartInfo(command[0], [.. command.Skip(1), .. arguments])
        {
            WorkingDirectory = _folder.Path, RedirectStandardOutput = true,
        })!;
    }

    private void WritePeople(int count)
    {
        var people = new StringBuilder("id\n");
        for (var i = 0; i < count; i++)
            people.Append(i).Append('\n');
        _folder.Write("people.csv", people.ToString());
    }

    private string WritePlan(string destination, string options) => _folder.Write("plan.json", $$"""
        {
          "sources": [ {
            "path": "people.csv",
            "mapping": { "nodes": [ { "type": "Person", "id": "person:{id}", "properties": { "number": { "field": "id", "type": "integer" } } } ] }
          } ],
          "destination": {{destination}},
          "options": { {{options}} }
        }
        """);
}
