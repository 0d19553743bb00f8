using System.CommandLine;
using System.Globalization;
using SafeAI.Migration.Engine.Planning;

namespace SafeAI.Migration.Runner;

/// <summary><c>safeai-migrate plan PLAN</c>: says what a run would do, and writes nothing.</summary>
internal static class PlanCommand
{
    public static Command Create()
    {
        var plan = new Argument<string>("plan") { Description = "The plan: a JSON file." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object, and nothing else, on standard output." };
        var command = new Command("plan", "Checks a plan and says what a run would do: sources and their rows, items per type, requests, findings. Writes nothing.") { plan, json };
        command.SetAction((parsed, stopping) => RunAsync(parsed.GetValue(plan)!, parsed.GetValue(json), stopping));
        return command;
    }

    private static async Task<int> RunAsync(string path, bool json, CancellationToken stopping)
    {
        var output = new RunOutput(json);
        try
        {
            var preview = await PlanPreview.MakeAsync(PlanFile.Load(path), cancellationToken: stopping);
            if (json)
                RunOutput.Print(preview);
            else
                Show(preview);
            return preview.Findings.Any(f => f.Severity == FindingSeverity.Error) ? ExitCode.BadArguments : ExitCode.Done;
        }
        catch (MigrationException e)
        {
            output.Fail(e);
            return ExitCode.For(e);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return ExitCode.Stopped;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            output.Fail(e);
            return ExitCode.UnexpectedError;
        }
    }

    private static void Show(MigrationPreview preview)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        Line("Migration", preview.Name);
        Line("Destination", preview.Destination);
        foreach (var source in preview.Sources)
            Line("Source", source.ToString());
        foreach (var type in preview.Types)
            Line(type.Kind, $"{type.Type}: about {Known(type.Count)}; {Known(type.AtDestination)} there now, of which about {Known(type.Overwritten)} would be overwritten");
        if (preview.Requests is { } requests && requests > 0)
        {
            Line("Requests", $"about {requests:N0}" + (preview.RequestsPerMinute is { } limit
                ? $", at {limit:N0} a minute at least {TimeSpan.FromSeconds(preview.SecondsAtRateLimit ?? 0):c}" : ""));
        }

        foreach (var finding in preview.Findings)
            Line(finding.Severity.ToString(), $"{finding.Id} at {finding.Place}: {finding.Message} {finding.Remedy}".TrimEnd());

        static string Known(long? number) => number is { } known ? known.ToString("N0", CultureInfo.InvariantCulture) : "an unknown number";
        static void Line(string label, string text) => Console.WriteLine($"{label,-14} {text}");
    }
}
