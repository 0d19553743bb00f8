using System.Text.Json;
using SafeAI.Migration.Engine.Audit;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.TestKit.Sandbox;

namespace SafeAI.Migration.Integration.Tests.Runner;

/// <summary>Changes the limits of a run from another process while it is at work.</summary>
public sealed class SetCommandTests
{
    [Fact]
    public async Task A_cap_on_requests_that_holds_a_run_up_is_taken_away_and_the_run_goes_on()
    {
        await using var sandbox = await SandboxServer.StartAsync();
        using var plan = new RunningPlan(3000, Destination(sandbox), """ "batchSize": 50, "maxRequestsPerMinute": 2 """);
        plan.Start();
        await plan.UntilAsync(() => plan.Newest() is not null);

        // At two requests a minute it would take more than half an hour.
        var set = await SetAsync(plan, "--requests-per-minute", "0", "--json");

        Assert.Equal((0, 0, JsonValueKind.Null), (set.ExitCode, Limit(set.Json, "requestsPerMinute").GetInt32(), Limit(set.Json, "throttleLimit").ValueKind));
        Assert.Equal(0, await plan.EndAsync());
        Assert.Equal(3000, await sandbox.StatisticAsync("nodes"));
        Assert.Contains("limits from now on: no cap on requests", plan.Errors, StringComparison.Ordinal);
        var change = Assert.Single(plan.LogLines(), l => l.GetProperty("eventId").GetInt32() == 1004);
        Assert.Equal(0, change.GetProperty("requestsPerMinute").GetInt32());
        using var journal = JournalFile.OpenExisting(plan.Journal);
        Assert.Equal(["no cap on requests"], AuditTrail.Events(journal, plan.Newest()!.Id, [AuditActionType.Limit]).Select(e => e.Action.Details));
        Assert.Empty(AuditChecker.Check(journal).Findings);
    }

    [Fact]
    public async Task Fewer_batches_go_at_once_when_somebody_says_so_and_more_again_later()
    {
        await using var sandbox = await SandboxServer.StartAsync();
        await sandbox.SetFaultsAsync("""[{"kind":"slow","milliseconds":300,"every":1}]""");
        using var plan = new RunningPlan(20_000, Destination(sandbox), """ "batchSize": 10, "throttleLimit": 6 """);
        plan.Start();
        await plan.UntilAsync(() => Active(plan.LogLines()).Any(a => a > 1));

        Assert.Equal(0, (await SetAsync(plan, "--throttle", "1")).ExitCode);

        // Those under way end as they are; after them there is one at a time.
        await plan.UntilAsync(() => Active(plan.LogLines()) is { Count: > 5 } active && active.TakeLast(5).All(a => a == 1));
        var status = await RunnerProcess.RunAsync(plan.Folder, "status", plan.Newest()!.Id, "--journal", plan.Journal);
        Assert.Contains("Limits         1 batch at once", status.Output, StringComparison.Ordinal);

        Assert.Equal(0, (await SetAsync(plan, "--throttle", "12")).ExitCode);
        await plan.UntilAsync(() => Active(plan.LogLines()).Any(a => a > 6));
        plan.Interrupt();
        Assert.Equal(4, await plan.EndAsync());
    }

    [Theory]
    [InlineData(new string[0], "Give --requests-per-minute, --throttle or both.")]
    [InlineData(new[] { "--throttle", "0" }, "--throttle is from 1 to 64.")]
    [InlineData(new[] { "--requests-per-minute", "-1" }, "--requests-per-minute is 0 or more.")]
    [InlineData(new[] { "--throttle", "2" }, "is completed; there is nothing left to limit.")]
    public async Task What_cannot_be_set_is_said_and_ends_with_code_2(string[] arguments, string said)
    {
        using var plan = new RunningPlan(10, """{ "store": "people.graph" }""", "");
        var run = await RunnerProcess.RunAsync(plan.Folder, "run", plan.Plan, "--journal", plan.Journal, "--json");

        var set = await RunnerProcess.RunAsync(plan.Folder, ["set", run.Json.GetProperty("migrationId").GetString()!, "--journal", plan.Journal, .. arguments]);

        Assert.Equal(2, set.ExitCode);
        Assert.Contains(said, set.Errors, StringComparison.Ordinal);
    }

    private static string Destination(SandboxServer sandbox) => $$"""{ "endpoint": "{{sandbox.Endpoint}}", "apiKey": "{{sandbox.ApiKey}}" }""";

    private static Task<RunnerProcess> SetAsync(RunningPlan plan, params string[] arguments) =>
        RunnerProcess.RunAsync(plan.Folder, ["set", plan.Newest()!.Id, "--journal", plan.Journal, .. arguments]);

    private static JsonElement Limit(JsonElement run, string name) => run.GetProperty("limits").GetProperty(name);

    private static List<int> Active(IReadOnlyList<JsonElement> lines) =>
        [.. lines.Where(l => l.GetProperty("event").GetString() == "progress").Select(l => l.GetProperty("figures").GetProperty("activeBatches").GetInt32())];
}
