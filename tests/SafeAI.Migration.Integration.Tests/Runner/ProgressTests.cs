using SafeAI.Migration.TestKit;
using SafeAI.Migration.TestKit.Sandbox;

namespace SafeAI.Migration.Integration.Tests.Runner;

/// <summary>What a run shows of its progress where there is a terminal, and where there is none.</summary>
public sealed class ProgressTests
{
    [Fact]
    public async Task In_a_terminal_there_are_bars_that_go_away_and_the_figures_stay()
    {
        await using var sandbox = await SandboxServer.StartAsync();
        await sandbox.SetFaultsAsync("""[{"kind":"slow","milliseconds":150,"every":1}]""");
        using var plan = new RunningPlan(
            1000, $$"""{ "endpoint": "{{sandbox.Endpoint}}", "apiKey": "{{sandbox.ApiKey}}" }""", """ "batchSize": 50, "throttleLimit": 2, "verify": "content" """);
        using var terminal = TerminalProcess.Start([.. Repository.Program("SafeAI.Migration.Runner", "safeai-migrate"), "run", plan.Plan, "--journal", plan.Journal], plan.Folder);

        Assert.Equal(0, await terminal.WaitForExitAsync(RunningPlan.Patience));

        await terminal.WaitForAsync("Verified       yes", RunningPlan.Patience);
        var screen = terminal.Screen;
        Assert.Contains("\u2501\u2501\u2501", screen, StringComparison.Ordinal);
        Assert.Matches(@"Nodes[^\n]*\d+%[^\n]* of 1,000, \d+/s", screen);
        Assert.Matches(@"people[^\n]*\d+%[^\n]*\d+ records, \d\d:\d\d:\d\d left", screen);
        Assert.Contains("Verification", screen, StringComparison.Ordinal);
        Assert.Contains("Records        1,000 read = 1,000 loaded + 0 unchanged + 0 rejected + 0 skipped", screen, StringComparison.Ordinal);
        Assert.True(screen.LastIndexOf('\u2501') < screen.IndexOf("Migration      ", StringComparison.Ordinal), "The bars go before the figures come.");
    }

    [Fact]
    public async Task What_is_said_meanwhile_stands_above_the_bars_and_nothing_of_them_stays_in_it()
    {
        await using var sandbox = await SandboxServer.StartAsync();
        await sandbox.SetFaultsAsync("""[{"kind":"slow","milliseconds":100,"every":1}]""");
        using var folder = new TemporaryFolder();

        // What is said of them takes a line and more or less of another.
        string Wrong(int i) => string.Join(' ', Enumerable.Repeat("no", 1 + i));
        var rows = Enumerable.Range(1, 600).Select(i => $"{i},{(i % 60 == 30 ? Wrong(i / 35) : i)}");
        folder.Write("people.csv", "id,age\n" + string.Join('\n', rows) + "\n");
        var plan = folder.Write("plan.json", $$"""
            {
              "source": { "path": "people.csv", "mapping": { "nodes": [ { "type": "Person", "id": "person:{id}", "properties": { "age": { "field": "age", "type": "integer" } } } ] } },
              "destination": { "endpoint": "{{sandbox.Endpoint}}", "apiKey": "{{sandbox.ApiKey}}" },
              "options": { "batchSize": 20, "throttleLimit": 1, "errorBudget": 20, "verify": "content" }
            }
            """);
        using var terminal = TerminalProcess.Start([.. Repository.Program("SafeAI.Migration.Runner", "safeai-migrate"), "run", plan], folder.Path);

        Assert.Equal(0, await terminal.WaitForExitAsync(RunningPlan.Patience));

        await terminal.WaitForAsync("Verified       yes", RunningPlan.Patience);
        Assert.Contains('\u2501', terminal.Screen);
        var lines = TerminalScreen.LinesOf(terminal.Screen);
        Assert.DoesNotContain(lines, l => l.Contains('\u2501', StringComparison.Ordinal));
        var first = lines.ToList().FindIndex(l => l.StartsWith("rejected:", StringComparison.Ordinal));
        var said = string.Join(' ', lines.Skip(first).TakeWhile(l => l.Length > 0 && !l.StartsWith("Migration ", StringComparison.Ordinal)));
        Assert.Equal(
            string.Join(' ', Enumerable.Range(0, 10).Select(i => (i * 60) + 30).Select(i => $"rejected: {Path.Combine(folder.Path, "people.csv")}, line {i + 1}, field 'age': '{Wrong(i / 35)}' is not a whole number.")),
            said);
    }

    [Fact]
    public async Task Without_a_terminal_there_are_plain_lines_on_standard_error_and_nothing_else_but_the_figures_on_standard_output()
    {
        using var plan = new RunningPlan(1000, """{ "store": "people.graph" }""", """ "verify": "content" """);

        var run = await RunnerProcess.RunAsync(plan.Folder, "run", plan.Plan, "--journal", plan.Journal, "--json");

        Assert.Equal(1000, run.Json.GetProperty("loaded").GetInt32());
        Assert.Equal([$"people: {run.Json.GetProperty("migrationId").GetString()} began", "people: relationships", "people: verification"], run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain('\u001b', run.Output + run.Errors);
    }
}
