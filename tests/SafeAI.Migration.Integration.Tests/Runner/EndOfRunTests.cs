using System.Text.Json;
using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Planning;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Integration.Tests.Runner;

/// <summary>What a plan says of the end of its run: how a failure is met, and the report.</summary>
public sealed class EndOfRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("stop", "failed", 2)]
    [InlineData("rollback", "rolledBack", 0)]
    public async Task A_failed_run_is_kept_or_put_back_as_the_plan_says_and_reported_in_the_plans_journal(string onError, string status, int left)
    {
        _folder.Write("people.csv", "id,age\n1,30\n2,old\n3,40\n");
        var plan = WritePlan($""" "onError": "{onError}", "journal": "plan.journal", "report": "report.json" """);

        var run = await RunnerProcess.RunAsync(_folder.Path, "run", plan, "--json");

        Assert.Equal((3, status, "ErrorBudgetExceeded"), (run.ExitCode, run.Json.GetProperty("status").GetString(), run.Json.GetProperty("errorCode").GetString()));
        Assert.Equal(onError == "rollback", run.Json.GetProperty("error").GetString()!.Contains("The run was put back.", StringComparison.Ordinal));
        await using (var store = GraphStoreDestination.Open(Path.Combine(_folder.Path, "people.graph"), create: false))
            Assert.Equal(left, (await store.CountNodesAsync(["Person"])).GetValueOrDefault("Person"));
        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_folder.Path, "report.json")));
        Assert.Equal((run.Json.GetProperty("migrationId").GetString(), status), (
            report.RootElement.GetProperty("run").GetProperty("id").GetString(), report.RootElement.GetProperty("run").GetProperty("status").GetString()));
        Assert.True(File.Exists(Path.Combine(_folder.Path, "plan.journal")));
        Assert.False(Directory.Exists(Path.Combine(_folder.Path, "state")));
    }

    [Fact]
    public async Task A_journal_named_on_the_command_line_goes_before_the_plans_and_a_report_that_cannot_be_written_fails_no_run()
    {
        _folder.Write("people.csv", "id,age\n1,30\n");
        var plan = WritePlan(""" "journal": "plan.journal", "report": "none/report.html" """);

        var run = await RunnerProcess.RunAsync(_folder.Path, "run", plan, "--json", "--journal", "own.journal");

        Assert.Equal((0, "completed"), (run.ExitCode, run.Json.GetProperty("status").GetString()));
        Assert.Contains("There is no report of this run", run.Errors, StringComparison.Ordinal);
        Assert.Equal((true, false), (File.Exists(Path.Combine(_folder.Path, "own.journal")), File.Exists(Path.Combine(_folder.Path, "plan.journal"))));
    }

    [Theory]
    [InlineData("", 0, "completed", null)]
    [InlineData(""" "level": "none", """, 0, "completed", null)]
    [InlineData(""" "quality_threshold": 0.99, """, 3, "failed", "QualityBelowThreshold")]
    public async Task Nodes_that_break_a_rule_of_the_plan_are_rejected_counted_and_kept_once(string more, int code, string status, string? error)
    {
        _folder.Write("people.csv", "id,age\n1,30\n2,17\n3,40\n4,\n");
        _folder.Write("rejects", "of an earlier run\n");
        var plan = WritePlan($$""" "validation": { {{more}} "fields": { "age": { "minimum": 18 } } }, "options": { "errorBudget": 1, "rejectPath": "rejects" }, "report": "report.json" """);

        var run = await RunnerProcess.RunAsync(_folder.Path, "run", plan, "--json");

        Assert.Equal((code, status, error), (run.ExitCode, run.Json.GetProperty("status").GetString(), run.Json.GetProperty("errorCode").GetString()));
        var rejected = more.Contains("none", StringComparison.Ordinal) ? 0 : 1;
        Assert.Equal((4, rejected), (run.Json.GetProperty("read").GetInt32(), run.Json.GetProperty("rejected").GetInt32()));
        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_folder.Path, "report.json")));
        var isScored = report.RootElement.TryGetProperty("quality", out var quality) && quality.ValueKind == JsonValueKind.Object;
        Assert.Equal(error == "QualityBelowThreshold", isScored && !quality.GetProperty("passed").GetBoolean() && quality.GetProperty("records").GetInt32() == 4);
        var kept = Path.Combine(_folder.Path, "rejects");
        Assert.Equal(rejected > 0, File.Exists(kept));
        if (rejected > 0)
            Assert.Contains("minimum", Assert.Single(File.ReadLines(kept)), StringComparison.Ordinal);
        if (code == 0)
            Assert.Equal(4 - rejected, run.Json.GetProperty("nodes").GetProperty("created").GetInt32());
    }

    [Fact]
    public async Task A_validated_run_that_is_resumed_remembers_what_was_read_before()
    {
        _folder.Write("people.csv", "id,age\n" + string.Concat(Enumerable.Range(1, 3000).Select(i => $"{i},{(i == 3000 ? 1 : i)}\n")));
        var plan = WritePlan(""" "validation": { "unique": ["age"] }, "options": { "errorBudget": 1, "rejectPath": "rejects", "batchSize": 50, "verify": "content" } """);
        var journal = Path.Combine(_folder.Path, "j");
        using var stop = new CancellationTokenSource();
        var stopped = await PlanRunner.RunAsync(
            PlanFile.Load(plan).WithFullPaths(p => Path.GetFullPath(p, _folder.Path)),
            new PlanRunOptions { JournalPath = journal, PlanPath = plan, OnProgress = _ => stop.Cancel() }, stop.Token);
        Assert.Equal(MigrationStatus.Stopped, stopped.Status);

        var run = await RunnerProcess.RunAsync(_folder.Path, "resume", stopped.MigrationId, "--json", "--journal", journal);

        Assert.Equal((0, 3000, 2999, 1), (
            run.ExitCode, run.Json.GetProperty("read").GetInt32(), run.Json.GetProperty("loaded").GetInt32(), run.Json.GetProperty("rejected").GetInt32()));
        Assert.Contains("person:3000", Assert.Single(File.ReadLines(Path.Combine(_folder.Path, "rejects"))), StringComparison.Ordinal);
    }

    private string WritePlan(string more) => _folder.Write("plan.json", $$"""
        {
          "sources": [ {
            "path": "people.csv",
            "mapping": { "nodes": [ { "type": "Person", "id": "person:{id}", "properties": { "age": { "field": "age", "type": "integer" } } } ] }
          } ],
          "destination": { "store": "people.graph" },
          {{more}}
        }
        """);
}
