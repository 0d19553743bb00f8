using System.Diagnostics;
using System.Globalization;
using SafeAI.Migration.TestKit;
using SafeAI.Migration.TestKit.Sandbox;
using Xunit.Abstractions;

namespace SafeAI.Migration.Integration.Tests.Runner;

/// <summary>
/// Ctrl+C in the middle of every kind of wait. Two seconds are promised; each wait would take ten minutes, and a test on a
/// machine with much else to do gives up after one.
/// </summary>
public sealed class StopTests(ITestOutputHelper log)
{
    [Theory]
    [InlineData("a slow answer", """[{"kind":"slow","milliseconds":600000,"every":1}]""", "", 0)]
    [InlineData("an answer before a try again", """[{"kind":"status429","retryAfter":"seconds","seconds":290,"every":1}]""", "", 0)]
    [InlineData("the platform's rate limit", "[]", "", 1)]
    [InlineData("a cap of one's own", "[]", """ "maxRequestsPerMinute": 1, """, 0)]
    public async Task A_run_that_waits_for_the_platform_stops_at_once_and_what_it_says_goes_on_with_it(string what, string faults, string options, int rateLimit)
    {
        await using var sandbox = await SandboxServer.StartAsync("--rate-limit", rateLimit.ToString(CultureInfo.InvariantCulture), "--rate-window", "600");
        await sandbox.SetFaultsAsync(faults);
        var destination = $$"""{ "endpoint": "{{sandbox.Endpoint}}", "apiKey": "{{sandbox.ApiKey}}" }""";
        using var plan = new RunningPlan(1000, destination, options + """ "batchSize": 100, "throttleLimit": 2 """);
        plan.Start();
        await plan.UntilAsync(() => plan.LogLines().Any(l => l.GetProperty("event").GetString() == "progress"));

        var run = await StopAsync(plan, what);

        Assert.InRange(await sandbox.StatisticAsync("nodes"), 0, 999);
        if (rateLimit > 0)
            return;
        await sandbox.SetFaultsAsync("[]");
        plan.Write(destination, """ "batchSize": 100 """);
        var told = plan.Errors.Split("Go on with: safeai-migrate ")[1].Trim().Split(' ');
        var resumed = await RunnerProcess.RunAsync(plan.Folder, [.. told, "--json"]);
        Assert.Equal((0, run.Id, 1000), (resumed.ExitCode, resumed.Json.GetProperty("migrationId").GetString(), resumed.Json.GetProperty("loaded").GetInt32()));
        Assert.Equal(1000, await sandbox.StatisticAsync("nodes"));
    }

    [Fact]
    public async Task A_run_that_waits_for_its_window_stops_at_once_and_can_be_resumed()
    {
        var (from, to) = (DateTime.UtcNow.AddHours(10), DateTime.UtcNow.AddHours(11));
        using var plan = new RunningPlan(
            1000, """{ "store": "people.graph" }""", """ "batchSize": 100 """,
            string.Create(CultureInfo.InvariantCulture, $$""" "window": { "from": "{{from:HH:mm}}", "to": "{{to:HH:mm}}", "timeZone": "UTC" }, """));
        plan.Start();
        await plan.UntilAsync(() => plan.Errors.Contains("Outside of the migration window", StringComparison.Ordinal));

        await StopAsync(plan, "a window");

        plan.Write("""{ "store": "people.graph" }""", "");
        var resumed = await RunnerProcess.RunAsync(plan.Folder, "resume", "--plan", "plan.json", "--journal", plan.Journal, "--json");
        Assert.Equal((0, 1000), (resumed.ExitCode, resumed.Json.GetProperty("loaded").GetInt32()));
    }

    [Fact]
    public async Task Where_nobody_waits_for_the_window_the_run_ends_with_an_exit_code_of_its_own_and_can_be_resumed()
    {
        var (from, to) = (DateTime.UtcNow.AddHours(10), DateTime.UtcNow.AddHours(11));
        using var plan = new RunningPlan(
            1000, """{ "store": "people.graph" }""", """ "batchSize": 100 """,
            string.Create(CultureInfo.InvariantCulture, $$""" "window": { "from": "{{from:HH:mm}}", "to": "{{to:HH:mm}}", "timeZone": "UTC" }, "outsideWindow": "end", """));

        var closed = await RunnerProcess.RunAsync(plan.Folder, "run", plan.Plan, "--journal", plan.Journal, "--json");

        Assert.Equal((5, "stopped", "WindowClosed"), (closed.ExitCode, closed.Json.GetProperty("status").GetString(), closed.Json.GetProperty("errorCode").GetString()));
        plan.Write("""{ "store": "people.graph" }""", "");
        var resumed = await RunnerProcess.RunAsync(plan.Folder, "resume", "--plan", "plan.json", "--journal", plan.Journal, "--json");
        Assert.Equal((0, 1000), (resumed.ExitCode, resumed.Json.GetProperty("loaded").GetInt32()));
    }

    [Fact]
    public async Task Ctrl_C_in_a_terminal_stops_the_run_and_says_how_to_go_on_below_the_bars()
    {
        await using var sandbox = await SandboxServer.StartAsync();
        await sandbox.SetFaultsAsync("""[{"kind":"slow","milliseconds":600000,"every":1}]""");
        using var plan = new RunningPlan(1000, $$"""{ "endpoint": "{{sandbox.Endpoint}}", "apiKey": "{{sandbox.ApiKey}}" }""", "");
        using var terminal = TerminalProcess.Start([.. Repository.Program("SafeAI.Migration.Runner", "safeai-migrate"), "run", plan.Plan, "--journal", plan.Journal], plan.Folder);
        await terminal.WaitForAsync("Nodes", RunningPlan.Patience);

        var pressed = Stopwatch.GetTimestamp();
        await terminal.TypeAsync("\u0003");
        Assert.Equal(4, await terminal.WaitForExitAsync(RunningPlan.Patience));

        log.WriteLine($"{Stopwatch.GetElapsedTime(pressed).TotalSeconds:0.00} s");
        await terminal.WaitForAsync($"Go on with: safeai-migrate resume {plan.Newest()!.Id}", RunningPlan.Patience);
        Assert.Equal((MigrationStatus.Stopped, true), (plan.Newest()!.Status, plan.Newest()!.IsResumable));
    }

    private async Task<MigrationRun> StopAsync(RunningPlan plan, string what)
    {
        var pressed = Stopwatch.GetTimestamp();
        plan.Interrupt();
        Assert.Equal(4, await plan.EndAsync());
        log.WriteLine($"{what}: {Stopwatch.GetElapsedTime(pressed).TotalSeconds:0.00} s");
        var run = plan.Newest()!;
        Assert.Equal((MigrationStatus.Stopped, true), (run.Status, run.IsResumable));
        Assert.Contains($"Go on with: safeai-migrate resume {run.Id} --journal {plan.Journal}", plan.Errors, StringComparison.Ordinal);
        return run;
    }
}
