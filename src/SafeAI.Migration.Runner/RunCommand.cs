using System.CommandLine;
using SafeAI.Migration.Engine.Planning;
using Spectre.Console;

namespace SafeAI.Migration.Runner;

/// <summary><c>safeai-migrate run PLAN</c>: runs a plan and says what came of it.</summary>
internal static class RunCommand
{
    private const int ShownRejects = 10;

    public static Command Create()
    {
        var plan = new Argument<string>("plan") { Description = "The plan: a JSON file." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object with the figures, and nothing else, on standard output." };
        var command = new Command("run", "Runs a plan: reads, maps, checks, loads, verifies.") { plan, json };
        var monitoring = new MonitoringOptions();
        monitoring.AddTo(command);
        command.SetAction((parsed, stopping) => RunAsync(parsed.GetValue(plan)!, parsed.GetValue(json), () => monitoring.Begin(parsed), stopping));
        return command;
    }

    private static async Task<int> RunAsync(string path, bool json, Func<MonitoringOptions.Monitoring> watch, CancellationToken stopping)
    {
        var output = new RunOutput(json);
        try
        {
            var plan = PlanFile.Load(path);
            using var monitoring = watch();
            using var monitor = monitoring.CreateMonitor();
            var shown = 0;
            var result = await output.WithProgressAsync(plan.Name, progress => PlanRunner.RunAsync(
                plan,
                progress,
                reject =>
                {
                    var number = Interlocked.Increment(ref shown);
                    if (number <= ShownRejects)
                        RunOutput.Warn($"rejected: {reject}");
                    else if (number == ShownRejects + 1)
                        RunOutput.Warn("further rejects are counted" + (plan.RejectPath is null ? "" : $" and kept in {plan.RejectPath}"));
                },
                monitor,
                stopping));
            output.Show(result, plan.RejectPath);
            return ExitCode.For(result);
        }
        catch (MigrationException e)
        {
            output.Fail(e);
            return ExitCode.For(e);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            output.Fail(e);
            return ExitCode.UnexpectedError;
        }
    }
}
