using SafeAI.Migration.TestKit;
using SafeAI.Migration.TestKit.Sandbox;

namespace SafeAI.Migration.Integration.Tests.Runner;

public sealed class RunCommandTests : IDisposable
{
    private static readonly string s_quickstart = Path.Combine(Repository.Root, "module", "samples", "quickstart", "migration.json");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_quickstart_loads_everything_but_its_dirty_rows_and_a_second_run_loads_nothing()
    {
        var first = await RunnerProcess.RunAsync(_folder.Path, "run", s_quickstart, "--json");

        Assert.Equal((0, "completed", true), (first.ExitCode, first.Json.GetProperty("status").GetString(), first.Json.GetProperty("verified").GetBoolean()));
        Assert.Equal((2221, 2212, 0, 9, 0), Records(first));
        Assert.Equal((2221, 0), Items(first, "nodes"));
        Assert.Equal((3592, 0), Items(first, "relationships"));

        var second = await RunnerProcess.RunAsync(_folder.Path, "run", s_quickstart, "--json");

        Assert.Equal(0, second.ExitCode);
        Assert.Equal((2221, 0, 2212, 9, 0), Records(second));
        Assert.Equal((0, 0), Items(second, "nodes"));
        Assert.Equal((0, 0), Items(second, "relationships"));
        Assert.Equal(9, File.ReadLines(Path.Combine(_folder.Path, "quickstart.rejects.ndjson")).Count());
    }

    [Fact]
    public async Task The_summary_for_people_adds_up_and_says_when_nothing_was_new()
    {
        await RunnerProcess.RunAsync(_folder.Path, "run", s_quickstart);

        var again = await RunnerProcess.RunAsync(_folder.Path, "run", s_quickstart);

        Assert.Contains("2,221 read = 0 loaded + 2,212 unchanged + 9 rejected + 0 skipped", again.Output, StringComparison.Ordinal);
        Assert.Contains("Nothing new was loaded", again.Output, StringComparison.Ordinal);
        Assert.Contains("customers.csv, line 43, field 'credit': 'n/a' is not a decimal number.", again.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_budget_that_is_exceeded_fails_the_run_with_code_3_and_says_so()
    {
        _folder.Write("people.csv", "id,age\n1,30\n2,old\n3,40\n");

        var run = await RunnerProcess.RunAsync(_folder.Path, "run", WritePlan(""), "--json");

        Assert.Equal((3, "failed"), (run.ExitCode, run.Json.GetProperty("status").GetString()));
        Assert.Equal((3, 2, 0, 1, 0), Records(run));
        Assert.StartsWith("1 of 3 records were rejected; the error budget allows 0.", run.Json.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "30", "not asked")]
    [InlineData("\"verify\": \"count\"", "30", "yes, the destination's counts are as expected")]
    [InlineData("\"verify\": \"content\"", "30", "yes, everything was read back and is the same")]
    [InlineData("\"verify\": \"content\", \"batchSize\": 1", "old", "not reached")]
    public async Task The_summary_says_what_was_verified_and_no_more(string options, string age, string said)
    {
        _folder.Write("people.csv", $"id,age\n1,{age}\n2,30\n3,30\n");

        var run = await RunnerProcess.RunAsync(_folder.Path, "run", WritePlan(options));

        Assert.Matches($@"(?m)^Verified +{said}\r?$", run.Output);
    }

    [Theory]
    [InlineData("{", "is not JSON: line 1, column 2.")]
    [InlineData("{}", "has 2 faults: $.sources: there is none; name at least one file, database or API; $.destination: there is none; name a store or an endpoint.")]
    [InlineData("""{"sources":[{"path":"people.csv","maping":"x"}],"destination":{"store":"s"}}""", "$.sources[0].maping: there is no such setting; did you mean mapping?")]
    [InlineData("""{"sources":[{"path":"none.csv","mapping":{"nodes":[{"type":"P","id":"{id}"}]}}],"destination":{"store":"s"}}""", "none.csv")]
    [InlineData("""{"sources":[{"path":"people.csv","mapping":{"nodes":[{"type":"P P","id":"{id}"}]}}],"destination":{"store":"s"}}""", "P P")]
    [InlineData("""{"sources":[{"path":"people.csv","mapping":{"nodes":[{"type":"P","id":"{idd}"}]}}],"destination":{"store":"s"}}""", "idd")]
    public async Task A_plan_with_faults_ends_with_code_2_names_them_and_writes_nothing(string plan, string said)
    {
        _folder.Write("people.csv", "id,age\n1,30\n");

        var run = await RunnerProcess.RunAsync(_folder.Path, "run", _folder.Write("plan.json", plan));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(said, run.Errors, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }

    [Fact]
    public async Task Wrong_arguments_end_with_code_2()
    {
        Assert.Equal(2, (await RunnerProcess.RunAsync(_folder.Path, "run")).ExitCode);
        Assert.Equal(2, (await RunnerProcess.RunAsync(_folder.Path, "walk")).ExitCode);
        Assert.Equal(2, (await RunnerProcess.RunAsync(_folder.Path, "run", "none.json")).ExitCode);
    }

    [Fact]
    public async Task The_platform_is_loaded_with_the_key_from_the_environment_which_shows_nowhere()
    {
        await using var sandbox = await SandboxServer.StartAsync("--api-key", "canary-4711");
        _folder.Write("people.csv", "id,age\n1,30\n2,40\n");
        var environment = new Dictionary<string, string> { ["SAFEAI_API_KEY"] = "canary-4711", ["SAFEAI_ENDPOINT"] = sandbox.Endpoint.ToString() };

        var run = await RunnerProcess.RunAsync(_folder.Path, environment, "run", WritePlan("", destination: "{}"), "--json");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(2, await sandbox.StatisticAsync("nodes"));
        Assert.DoesNotContain("canary", run.Output + run.Errors, StringComparison.Ordinal);

        environment["SAFEAI_API_KEY"] = "canary-wrong";
        var refused = await RunnerProcess.RunAsync(_folder.Path, environment, "run", WritePlan("", destination: "{}"), "--json");

        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("refused the key", refused.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", refused.Output + refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_sandbox_command_says_where_it_listens_and_ends_with_it()
    {
        var command = Repository.Program("SafeAI.Migration.Runner", "safeai-migrate");
        using var process = ChildProcess.Start([.. command, "sandbox", "--api-key", "k"]);

        var line = await process.ReadLineAsync();

        Assert.Matches("""^\{"url":"http://127\.0\.0\.1:\d+","apiKey":"k"\}$""", line);
        process.Kill();
    }

    private static (int, int, int, int, int) Records(RunnerProcess run) => (
        run.Json.GetProperty("read").GetInt32(), run.Json.GetProperty("loaded").GetInt32(), run.Json.GetProperty("unchanged").GetInt32(),
        run.Json.GetProperty("rejected").GetInt32(), run.Json.GetProperty("skipped").GetInt32());

    private static (int Created, int Updated) Items(RunnerProcess run, string kind) =>
        (run.Json.GetProperty(kind).GetProperty("created").GetInt32(), run.Json.GetProperty(kind).GetProperty("updated").GetInt32());

    private string WritePlan(string options, string destination = """{ "store": "people.graph" }""") => _folder.Write("plan.json", $$"""
        {
          "sources": [ {
            "path": "people.csv",
            "mapping": { "nodes": [ { "type": "Person", "id": "person:{id}", "properties": { "age": { "field": "age", "type": "integer" } } } ] }
          } ],
          "destination": {{destination}},
          "options": { {{options}} }
        }
        """);
}
