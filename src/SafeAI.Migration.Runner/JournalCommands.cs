using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Monitoring;
using SafeAI.Migration.Engine.Rollback;

namespace SafeAI.Migration.Runner;

/// <summary>The commands that read what the journal knows, <c>status</c>, <c>report</c> and <c>verify</c>, and the one that writes to it, <c>set</c>.</summary>
internal static class JournalCommands
{
    /// <summary><c>safeai-migrate status [ID]</c>: says where runs stand.</summary>
    public static Command CreateStatus()
    {
        var id = new Argument<string?>("id") { Description = "The run's id; without it, all runs, the newest first.", Arity = ArgumentArity.ZeroOrOne };
        var json = new Option<bool>("--json") { Description = "Print one JSON object, or a list of them without an id, and nothing else, on standard output." };
        var journal = JournalOption();
        var command = new Command("status", "Says where a run stands, during it and afterwards, or lists all runs.") { id, json, journal };
        command.SetAction((parsed, _) => GuardAsync(new RunOutput(parsed.GetValue(json)), () =>
        {
            ShowStatus(parsed.GetValue(id), parsed.GetValue(journal), parsed.GetValue(json));
            return Task.FromResult(ExitCode.Done);
        }));
        return command;
    }

    /// <summary><c>safeai-migrate report ID --path FILE</c>: writes a report of a run.</summary>
    public static Command CreateReport()
    {
        var id = new Argument<string>("id") { Description = "The run's id." };
        var path = new Option<string>("--path") { Description = "The file to write; .json and .md tell the format, any other ending is a page.", Required = true };
        var journal = JournalOption();
        var command = new Command("report", "Writes a report of a run: a page, JSON or Markdown.") { id, path, journal };
        command.SetAction((parsed, _) => GuardAsync(new RunOutput(json: false), () =>
        {
            using var file = JournalFile.OpenExisting(parsed.GetValue(journal));
            ReportWriter.Write(ReportReader.Read(file, parsed.GetValue(id)!), parsed.GetValue(path)!, ReportFormat.Auto);
            Console.WriteLine(Path.GetFullPath(parsed.GetValue(path)!));
            return Task.FromResult(ExitCode.Done);
        }));
        return command;
    }

    /// <summary><c>safeai-migrate verify ID</c>: reads back what a run loaded.</summary>
    public static Command CreateVerify()
    {
        var id = new Argument<string>("id") { Description = "The run's id." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object with the figures, and nothing else, on standard output." };
        var journal = JournalOption();
        var command = new Command("verify", "Reads back everything that a run loaded, and compares it with the run's log. Writes nothing.") { id, json, journal };
        command.SetAction((parsed, stopping) => GuardAsync(new RunOutput(parsed.GetValue(json)), async () =>
        {
            using var file = JournalFile.OpenExisting(parsed.GetValue(journal));
            await using var destination = MigrationUndo.OpenDestination(file.Run(parsed.GetValue(id)!).Destination);
            var found = await RunVerifier.RunAsync(file, parsed.GetValue(id)!, destination, stopping);
            if (parsed.GetValue(json))
                RunOutput.Print(found);
            else
                Show(found);
            return found.IsSame ? ExitCode.Done : ExitCode.Failed;
        }));
        return command;
    }

    /// <summary><c>safeai-migrate set ID</c>: changes the limits of a run, while it is at work too.</summary>
    public static Command CreateSet()
    {
        var id = new Argument<string>("id") { Description = "The run's id." };
        var requests = new Option<int?>("--requests-per-minute") { Description = "Requests a minute at most; 0 takes the cap away, so that only the platform's limit counts." };
        var throttle = new Option<int?>("--throttle") { Description = "Batches under way at once at most, from 1 to 64." };
        requests.Validators.Add(found => Refuse(found, found.GetValueOrDefault<int?>() < 0, "--requests-per-minute is 0 or more."));
        throttle.Validators.Add(found => Refuse(found, found.GetValueOrDefault<int?>() is < 1 or > 64, "--throttle is from 1 to 64."));
        var json = new Option<bool>("--json") { Description = "Print one JSON object, and nothing else, on standard output." };
        var journal = JournalOption();
        var command = new Command("set", "Changes how much a run may ask of its destination: of one at work within a second, of a stopped one when it is resumed.")
        {
            id, requests, throttle, json, journal,
        };
        command.Validators.Add(found => Refuse(
            found, found.GetResult(requests) is null && found.GetResult(throttle) is null, "Give --requests-per-minute, --throttle or both."));
        command.SetAction((parsed, _) => GuardAsync(new RunOutput(parsed.GetValue(json)), () =>
        {
            using var file = JournalFile.OpenExisting(parsed.GetValue(journal));
            var run = RunControl.SetLimits(
                file, parsed.GetValue(id)!, new RunLimits { RequestsPerMinute = parsed.GetValue(requests), ThrottleLimit = parsed.GetValue(throttle) });
            if (parsed.GetValue(json))
                RunOutput.Print(ToObject(run));
            else
                Console.WriteLine($"{run.Id}  {run.Status}  {run.Limits}");
            return Task.FromResult(ExitCode.Done);
        }));
        return command;

        static void Refuse(SymbolResult found, bool isWrong, string message)
        {
            if (isWrong)
                found.AddError(message);
        }
    }

    private static Option<string?> JournalOption() => new("--journal") { Description = "The journal's file; without it, the one in your own state folder." };

    private static async Task<int> GuardAsync(RunOutput output, Func<Task<int>> work)
    {
        try
        {
            return await work();
        }
        catch (MigrationException e)
        {
            output.Fail(e);
            return ExitCode.For(e);
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Stopped;
        }
        catch (Exception e)
        {
            output.Fail(e);
            return ExitCode.UnexpectedError;
        }
    }

    private static void ShowStatus(string? id, string? journal, bool json)
    {
        // Before the first run there is no journal, and so no run to list.
        IReadOnlyList<MigrationRun> runs = [];
        if (id is not null || journal is not null || File.Exists(JournalFile.DefaultPath))
        {
            using var file = JournalFile.OpenExisting(journal);
            runs = id is null ? file.Runs() : [file.Run(id)];
        }

        if (json)
        {
            RunOutput.Print(id is null ? runs.Select(ToObject).ToArray() : ToObject(runs[0]));
            return;
        }

        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        if (runs.Count == 0)
            RunOutput.Warn("The journal knows no run.");
        foreach (var run in runs)
        {
            Console.WriteLine($"{run.Id}  {run.Started:yyyy-MM-dd HH:mm:ss}  {run.Status,-11}  {run.Kind,-4}  {run.Name}  {run.Destination}{(run.IsResumable && run.Kind == MigrationKind.Load ? "  (can be resumed)" : "")}");
            if (id is null)
                continue;
            if (run.Result is { } result)
                Console.WriteLine($"Records        {result.Read:N0} read = {result.Loaded:N0} loaded + {result.Unchanged:N0} unchanged + {result.Rejected:N0} rejected + {result.Skipped:N0} skipped");
            if (run.Progress is { } progress)
                Console.WriteLine($"Progress       {progress.Phase}: {progress}");
            if (run.Limits is { } limits)
                Console.WriteLine($"Limits         {limits}");
            if (run.Error is { } error)
                Console.WriteLine($"Error          {error}");
        }
    }

    private static object ToObject(MigrationRun run) => new
    {
        run.Id, run.Name, run.Kind, run.Status, run.Phase, run.Started, run.Ended, run.Destination, Sources = run.Sources.Select(s => s.Name),
        run.PlanPath, run.IsFromPlan, run.IsResumable, run.Target,
        Figures = run.Result is not { } r ? null : new { r.Read, r.Loaded, r.Unchanged, r.Rejected, r.Skipped, Nodes = RunOutput.CountsOf(r.Nodes), Relationships = RunOutput.CountsOf(r.Relationships), r.Verified },
        run.Progress, run.Limits, run.Error,
    };

    private static void Show(RunVerification found)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        Console.WriteLine($"Migration      {found.MigrationId}");
        Console.WriteLine($"Destination    {found.Destination}");
        Console.WriteLine($"Read back      {found.Items:N0} items = {found.Same:N0} the same + {found.Different:N0} different + {found.Missing:N0} missing");
        foreach (var sample in found.Samples)
            RunOutput.Warn(sample);
    }
}
