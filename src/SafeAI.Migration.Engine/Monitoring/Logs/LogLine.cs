using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using SafeAI.Migration.Engine.Journal;

namespace SafeAI.Migration.Engine.Monitoring;

/// <summary>
/// Turns what happens into lines of a log. A line holds ids, counts, codes and places, and never a value of a record nor
/// the text of a reason, which could quote one; what a private field holds can therefore not get into a log.
/// </summary>
internal static class LogLine
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonSerializerOptions s_figures = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The level of an event.</summary>
    public static MigrationLogLevel LevelOf(RunEvent happened) => happened switch
    {
        ProgressMade => MigrationLogLevel.Debug,
        RecordRejected => MigrationLogLevel.Warning,
        BatchFailed { Code: not "Stopped" } or RunEnded { Result.Status: MigrationStatus.Failed } => MigrationLogLevel.Error,
        _ => MigrationLogLevel.Information,
    };

    /// <summary>The event as one line of JSON, without its end.</summary>
    public static string Json(RunEvent happened)
    {
        using var line = new MemoryStream(256);
        using (var writer = new Utf8JsonWriter(line, s_options))
        {
            writer.WriteStartObject();
            writer.WriteString("time", JournalFile.Text(happened.Time));
            writer.WriteString("level", LevelOf(happened).ToString().ToLowerInvariant());
            writer.WriteNumber("eventId", IdOf(happened));
            writer.WriteString("event", NameOf(happened));
            writer.WriteString("migrationId", happened.MigrationId);
            Write(writer, happened);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(line.GetBuffer().AsSpan(0, (int)line.Length));
    }

    /// <summary>The event as a line for people.</summary>
    public static string Text(RunEvent happened) => FormattableString.Invariant($"[{IdOf(happened)}] ") + happened switch
    {
        RunStarted s => $"Migration {s.MigrationId} into {s.Destination} began.",
        PhaseStarted p => $"Phase {p.Phase} began.",
        BatchSettled b => FormattableString.Invariant($"Batch of {b.Items} {b.Type} settled in {b.Elapsed.TotalMilliseconds:0} ms."),
        BatchFailed b => FormattableString.Invariant($"Batch of {b.Items} {b.Type} failed: {b.Code}."),
        RecordRejected r => $"Rejected: {r.Reject.Position}, {r.Reject.Stage}, {r.Reject.Code}{(r.Reject.Field is null ? "" : ", field " + r.Reject.Field)}.",
        ProgressMade p => p.Progress + ".",
        LimitsChanged c => $"Limits from now on: {c.Limits}.",
        RunEnded e => FormattableString.Invariant($"Migration {e.MigrationId} {e.Result.Status}: {e.Result.Read} read, {e.Result.Loaded} loaded, {e.Result.Unchanged} unchanged, {e.Result.Rejected} rejected, {e.Result.Skipped} skipped."),
        _ => happened.GetType().Name,
    };

    private static int IdOf(RunEvent happened) => happened switch
    {
        RunStarted => LogEvents.RunStarted,
        PhaseStarted => LogEvents.PhaseStarted,
        ProgressMade => LogEvents.Progress,
        LimitsChanged => LogEvents.LimitsChanged,
        BatchSettled => LogEvents.BatchSettled,
        BatchFailed => LogEvents.BatchFailed,
        RecordRejected => LogEvents.RecordRejected,
        RunEnded { Result.Status: MigrationStatus.Failed } => LogEvents.RunFailed,
        RunEnded => LogEvents.RunEnded,
        _ => 0,
    };

    private static string NameOf(RunEvent happened) => happened switch
    {
        RunStarted => "run.started",
        PhaseStarted => "phase.started",
        ProgressMade => "progress",
        LimitsChanged => "limits.changed",
        BatchSettled => "batch.settled",
        BatchFailed => "batch.failed",
        RecordRejected => "record.rejected",
        RunEnded { Result.Status: MigrationStatus.Failed } => "run.failed",
        RunEnded => "run.ended",
        _ => "other",
    };

    private static void Write(Utf8JsonWriter writer, RunEvent happened)
    {
        switch (happened)
        {
            case RunStarted started:
                writer.WriteString("destination", started.Destination);
                writer.WritePropertyName("options");
                JsonSerializer.Serialize(writer, started.Options, s_figures);
                break;
            case PhaseStarted phase:
                writer.WriteString("phase", phase.Phase.ToString().ToLowerInvariant());
                break;
            case ProgressMade made:
                writer.WritePropertyName("figures");
                JsonSerializer.Serialize(writer, made.Figures, s_figures);
                break;
            case LimitsChanged { Limits: var limits }:
                if (limits.RequestsPerMinute is { } requests)
                    writer.WriteNumber("requestsPerMinute", requests);
                if (limits.ThrottleLimit is { } throttle)
                    writer.WriteNumber("throttleLimit", throttle);
                break;
            case BatchSettled batch:
                WriteBatch(writer, batch.IsNode, batch.Type, batch.Items);
                writer.WriteNumber("milliseconds", Math.Round(batch.Elapsed.TotalMilliseconds, 1));
                break;
            case BatchFailed batch:
                WriteBatch(writer, batch.IsNode, batch.Type, batch.Items);
                writer.WriteString("code", batch.Code);
                break;
            case RecordRejected { Reject: var reject }:
                writer.WriteString("stage", reject.Stage.ToString().ToLowerInvariant());
                writer.WriteString("code", reject.Code);
                if (reject.Rule is not null)
                    writer.WriteString("rule", reject.Rule);
                if (reject.Field is not null)
                    writer.WriteString("field", reject.Field);
                writer.WriteString("source", reject.Position.Source);
                writer.WriteNumber("ordinal", reject.Position.Ordinal);
                if (reject.Position.Line > 0)
                    writer.WriteNumber("line", reject.Position.Line);
                break;
            case RunEnded { Result: var result }:
                writer.WriteString("status", result.Status.ToString().ToLowerInvariant());
                writer.WriteNumber("read", result.Read);
                writer.WriteNumber("loaded", result.Loaded);
                writer.WriteNumber("unchanged", result.Unchanged);
                writer.WriteNumber("rejected", result.Rejected);
                writer.WriteNumber("skipped", result.Skipped);
                writer.WriteNumber("batches", result.Batches);
                writer.WriteNumber("retries", result.Retries);
                if (result.Verified is { } verified)
                    writer.WriteBoolean("verified", verified);
                writer.WriteNumber("elapsedSeconds", Math.Round(result.ElapsedSeconds, 3));
                break;
        }
    }

    private static void WriteBatch(Utf8JsonWriter writer, bool isNode, string type, int items)
    {
        writer.WriteString("kind", isNode ? "node" : "relationship");
        writer.WriteString("type", type);
        writer.WriteNumber("items", items);
    }
}
