using System.Diagnostics;
using System.Text.Json;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Integration.Tests.Runner;

/// <summary>The console program as a real process, in a folder of its own.</summary>
internal sealed record RunnerProcess(int ExitCode, string Output, string Errors)
{
    /// <summary>What it printed, as JSON; fails where there is anything else on standard output.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    public static Task<RunnerProcess> RunAsync(string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        RunAsync(folder, environment, null, arguments);

    /// <summary>Runs it with something at its side, which may kill it.</summary>
    public static async Task<RunnerProcess> RunAsync(string folder, IReadOnlyDictionary<string, string> environment, Func<Process, Task>? beside, params string[] arguments)
    {
        var command = Repository.Program("SafeAI.Migration.Runner", "safeai-migrate");
        var start = new ProcessStartInfo(command[0])
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        foreach (var argument in command.Skip(1).Concat(arguments))
            start.ArgumentList.Add(argument);
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["XDG_STATE_HOME"] = Path.Combine(folder, "state");
        start.Environment["XDG_CACHE_HOME"] = Path.Combine(folder, "cache");
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (beside is not null)
            await beside(process);
        await process.WaitForExitAsync();
        return new RunnerProcess(process.ExitCode, await output, await errors);
    }

    public static Task<RunnerProcess> RunAsync(string folder, params string[] arguments) =>
        RunAsync(folder, new Dictionary<string, string>(), arguments);

    /// <summary>Runs a plan, or goes on with its run, with the journal NAME.journal in the folder; perhaps it crashes at a point.</summary>
    public static Task<RunnerProcess> RunPlanAsync(string folder, string name, string plan, string command, string? crashAt)
    {
        var environment = new Dictionary<string, string>();
        if (crashAt is not null)
            environment["SAFEAI_MIGRATION_CRASH_AT"] = crashAt;
        string[] what = command == "run" ? [command, plan] : [command];
        return RunAsync(folder, environment, [.. what, "--json", "--journal", Path.Combine(folder, name + ".journal")]);
    }

    /// <summary>The figures that a resumed run has in common with an undisturbed one, and whether it was verified.</summary>
    public string Figures => string.Join(' ', new[] { "status", "read", "loaded", "unchanged", "rejected", "skipped", "nodes", "relationships", "verified", "differences" }
        .Select(n => $"{n}={Json.GetProperty(n).GetRawText().Replace(" ", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal)}"));
}
