using System.CommandLine;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;
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
        var json = JsonOption();
        var journal = JournalOption();
        var command = new Command("run", "Runs a plan: reads, maps, checks, loads, verifies.") { plan, json, journal };
        var monitoring = new MonitoringOptions();
        monitoring.AddTo(command);
        command.SetAction((parsed, stopping) => RunAsync(
            new RunOutput(parsed.GetValue(json)),
            () => (PlanFile.Load(parsed.GetValue(plan)!), new PlanRunOptions { PlanPath = parsed.GetValue(plan), JournalPath = parsed.GetValue(journal) }),
            () => monitoring.Begin(parsed),
            stopping));
        return command;
    }

    /// <summary><c>safeai-migrate resume [ID]</c>: goes on with a run that did not come to its end.</summary>
    public static Command CreateResume()
    {
        var id = new Argument<string?>("id") { Description = "The run's id; without it, the newest run from a plan that can be resumed.", Arity = ArgumentArity.ZeroOrOne };
        var json = JsonOption();
        var journal = JournalOption();
        var force = new Option<bool>("--force") { Description = "Go on although a source or a mapping has changed: everything is read again from the start." };
        var command = new Command("resume", "Goes on with a run that was stopped, killed or failed.") { id, json, journal, force };
        var plan = new Option<string?>("--plan") { Description = "The run's plan: without an id, the newest run of it goes on. The journal is then the one that the plan names, unless --journal names another." };
        command.Add(plan);
        var monitoring = new MonitoringOptions();
        monitoring.AddTo(command);
        command.SetAction((parsed, stopping) => RunAsync(
            new RunOutput(parsed.GetValue(json)),
            () =>
            {
                var path = parsed.GetValue(plan) is { } named ? Path.GetFullPath(named) : null;
                using var file = JournalFile.OpenExisting(parsed.GetValue(journal) ?? (path is null ? null : PlanFile.Load(path).JournalPath));
                var run = LoadRun.Find(file, parsed.GetValue(id), fromPlan: true, planPath: path);
                return (PlanFile.OfRun(file, run), new PlanRunOptions { PlanPath = run.PlanPath, JournalPath = file.Path, ResumeId = run.Id, Force = parsed.GetValue(force) });
            },
            () => monitoring.Begin(parsed),
            stopping));
        return command;
    }

    private static Option<bool> JsonOption() => new("--json") { Description = "Print one JSON object with the figures, and nothing else, on standard output." };

    private static Option<string?> JournalOption() => new("--journal") { Description = "The journal's file; without it, the one in your own state folder." };

    private static async Task<int> RunAsync(RunOutput output, Func<(MigrationPlan Plan, PlanRunOptions Options)> choose, Func<MonitoringOptions.Monitoring> watch, CancellationToken stopping)
    {
        try
        {
            var (plan, options) = choose();
            foreach (var warning in plan.Warnings)
                RunOutput.Warn($"warning: {warning}");
            using var monitoring = watch();
            var shown = 0;
            var result = await output.WithProgressAsync(plan.Name, progress => PlanRunner.RunAsync(
                plan,
                options with
                {
                    OnReject = reject =>
                    {
                        var number = Interlocked.Increment(ref shown);
                        if (number <= ShownRejects)
                            output.Tell($"rejected: {reject}");
                        else if (number == ShownRejects + 1)
                            output.Tell("further rejects are counted" + (plan.RejectPath is null ? "" : $" and kept in {plan.RejectPath}"));
                    },
                    OnMessage = output.Tell,
                    Monitor = monitoring.CreateMonitor(progress),
                },
                stopping));
            output.Show(result, plan.RejectPath);
            if (result.Status == MigrationStatus.Stopped)
                output.TellHowToGoOn(result, options.JournalPath ?? plan.JournalPath);
            return ExitCode.For(result);
        }
        catch (MigrationException e)
        {
            output.Fail(e);
            return ExitCode.For(e);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            output.Tell("stopped before anything was loaded");
            return ExitCode.Stopped;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            output.Fail(e);
            return ExitCode.UnexpectedError;
        }
    }
}
