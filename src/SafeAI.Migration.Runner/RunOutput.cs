using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using SafeAI.Migration.Engine.Monitoring;
using Spectre.Console;

namespace SafeAI.Migration.Runner;

/// <summary>What a run says: the figures on standard output, everything else on standard error.</summary>
internal sealed class RunOutput(bool json)
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly IAnsiConsole _errors = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
    private volatile bool _hasBars;

    public static void Warn(string text) => Console.Error.WriteLine(text);

    public void Fail(Exception e)
    {
        Console.Error.WriteLine("error: " + e.Message);
        if (json)
            Print(new { status = "failed", code = (e as MigrationException)?.Code ?? "UnexpectedError", error = e.Message });
    }

    /// <summary>Says something on standard error, above the bars where there are any.</summary>
    public void Tell(string text)
    {
        if (_hasBars)
            _errors.Write(new LiveText(text));
        else
            Warn(text);
    }

    /// <summary>Runs work with bars of progress where somebody can see them, and with a line now and then where not.</summary>
    /// <param name="name">What the run is called.</param>
    /// <param name="work">The work; is given who shows the run's progress.</param>
    public async Task<MigrationResult> WithProgressAsync(string name, Func<IRunObserver, Task<MigrationResult>> work)
    {
        if (Console.IsErrorRedirected || !_errors.Profile.Capabilities.Ansi)
            return await work(new ProgressLines(name, Warn));
        try
        {
            return await ProgressBars.ShowAsync(_errors, name, bars =>
            {
                _hasBars = true;
                return work(bars);
            });
        }
        finally
        {
            _hasBars = false;
        }
    }

    public void Show(MigrationResult result, string? rejectPath)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        if (json)
        {
            Print(new
            {
                result.MigrationId, result.Status, result.Destination, result.Read, result.Loaded, result.Unchanged, result.Rejected, result.Skipped,
                Nodes = CountsOf(result.Nodes), Relationships = CountsOf(result.Relationships),
                result.Batches, result.Retries, result.Verify, result.Verified, result.Differences, result.ElapsedSeconds, result.Error, result.ErrorCode,
            });
            return;
        }

        var verified = result switch
        {
            { Verified: false } => $"no, {result.Differences:N0} items are missing or differ",
            { Verified: true, Verify: VerifyMode.Count } => "yes, the destination's counts are as expected",
            { Verified: true } => "yes, everything was read back and is the same",
            { Verify: VerifyMode.None } => "not asked",
            _ => "not reached",
        };
        Line("Migration", $"{result.MigrationId} {result.Status.ToString().ToLowerInvariant()}, {result.ElapsedSeconds:0.0} s");
        Line("Destination", result.Destination);
        Line("Records", $"{result.Read:N0} read = {result.Loaded:N0} loaded + {result.Unchanged:N0} unchanged + {result.Rejected:N0} rejected + {result.Skipped:N0} skipped");
        Line("Nodes", Text(result.Nodes));
        Line("Relationships", Text(result.Relationships));
        Line("Batches", $"{result.Batches:N0} confirmed, {result.Retries:N0} retries");
        Line("Verified", verified);
        if (result.Rejected > 0 && rejectPath is not null)
            Line("Rejects", $"kept in {Path.GetFullPath(rejectPath)}");
        if (result is { Status: MigrationStatus.Completed, Nodes: { Created: 0, Updated: 0 }, Relationships: { Created: 0, Updated: 0 } })
            Line("", "Nothing new was loaded: the destination had everything already.");
        if (result.Error is not null)
            Line("Error", result.Error);

        static void Line(string label, string text) => Console.WriteLine($"{label,-14} {text}");
        static string Text(ItemCounts counts) => string.Create(
            CultureInfo.InvariantCulture, $"{counts.Created:N0} created, {counts.Updated:N0} updated, {counts.Unchanged:N0} unchanged");
    }

    /// <summary>Says what putting a run back did.</summary>
    public void Show(UndoResult result)
    {
        if (json)
        {
            Print(result);
            return;
        }

        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        Console.WriteLine($"Undo of        {result.MigrationId} {result.Status.ToString().ToLowerInvariant()}, {result.ElapsedSeconds:0.0} s");
        Console.WriteLine($"Destination    {result.Destination}");
        Console.WriteLine($"Nodes          {result.NodesDeleted:N0} deleted, {result.NodesRestored:N0} restored");
        Console.WriteLine($"Relationships  {result.RelationshipsDeleted:N0} deleted, {result.RelationshipsRestored:N0} restored");
        Console.WriteLine($"Left           {result.AlreadyBefore:N0} were as before already, {result.Kept:N0} kept because others changed them since");
        foreach (var item in result.KeptItems.Take(10))
            Warn($"kept: {item}: {item.Reason}");
        if (result.Unconfirmed > 0)
            Warn($"{result.Unconfirmed} requests of the run may have left and were never confirmed; should one still arrive, the same command puts back what it writes, until then it changes nothing");
    }

    /// <summary>Says of a run that was stopped how to go on with it.</summary>
    public void TellHowToGoOn(MigrationResult result, string? journalPath)
    {
        var journal = journalPath is null ? "" : $" --journal {(journalPath.Contains(' ', StringComparison.Ordinal) ? $"\"{journalPath}\"" : journalPath)}";
        Tell($"stopped; what was confirmed stays. Go on with: safeai-migrate resume {result.MigrationId}{journal}");
    }

    public static object CountsOf(ItemCounts counts) => new { counts.Created, counts.Updated, counts.Unchanged };

    public static void Print(object value) => Console.WriteLine(JsonSerializer.Serialize(value, s_json));
}
