using System.Globalization;

namespace SafeAI.Migration.Engine.Monitoring;

/// <summary>The words and numbers that the page and the Markdown share.</summary>
internal static class ReportText
{
    public static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    public static string Number(double value) => value.ToString(value < 10 ? "0.#" : "N0", CultureInfo.InvariantCulture);

    public static string Percent(double share) => (share * 100).ToString("0.##", CultureInfo.InvariantCulture) + " %";

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    public static string Duration(double seconds) => TimeSpan.FromSeconds(seconds) switch
    {
        { TotalSeconds: < 60 } => seconds.ToString("0.0", CultureInfo.InvariantCulture) + " s",
        { TotalHours: < 1 } t => string.Create(CultureInfo.InvariantCulture, $"{t.Minutes} min {t.Seconds} s"),
        { TotalDays: < 1 } t => string.Create(CultureInfo.InvariantCulture, $"{t.Hours} h {t.Minutes} min"),
        var t => string.Create(CultureInfo.InvariantCulture, $"{(int)t.TotalDays} d {t.Hours} h"),
    };

    public static string Status(MigrationStatus status) => status switch
    {
        MigrationStatus.Completed => "Completed",
        MigrationStatus.Running => "Running",
        MigrationStatus.Stopped => "Stopped",
        MigrationStatus.Failed => "Failed",
        _ => status.ToString(),
    };

    public static string Equation(MigrationReport report) => string.Create(
        CultureInfo.InvariantCulture,
        $"{report.Result.Read:N0} read = {report.Result.Loaded:N0} loaded + {report.Result.Unchanged:N0} unchanged + {report.Result.Rejected:N0} rejected + {report.Result.Skipped:N0} skipped");

    public static string Verification(MigrationReport report) => report.Result switch
    {
        { Verified: true } when report.Run.Options.Verify == VerifyMode.Count => "Passed: the destination's own counts are as expected.",
        { Verified: true } => "Passed: everything was read back and is the same.",
        { Verified: false, Differences: var n } => $"Failed: {Number(n)} items are missing or differ.",
        _ when report.Run.Options.Verify == VerifyMode.None => "Not asked for. Every batch's confirmation was compared with what was sent.",
        _ => "Not reached.",
    };

    public static string Rollback(MigrationReport report)
    {
        var (delete, restore, lost, open) = report.Rollback;
        if (report.Run.Kind == MigrationKind.Undo)
            return $"This run put back the run {report.Run.Target}.";
        if (delete + restore + lost + open == 0)
            return "Nothing to put back: the journal has no change of this run.";
        var text = $"An undo would delete {Number(delete)} items that the run created and restore {Number(restore)} that it changed, unless others have changed them since.";
        if (open > 0)
            text += $" {Number(open)} items were sent and not confirmed; an undo asks the destination about them.";
        return lost > 0 ? text + $" The former values of {Number(lost)} items are not kept." : text;
    }

    /// <summary>The facts about the run.</summary>
    public static IEnumerable<(string Name, string Value)> Facts(MigrationReport report)
    {
        var run = report.Run;
        yield return ("Run", run.Id);
        if (run.Name.Length > 0)
            yield return ("Name", run.Name);
        yield return ("Destination", run.Destination);
        if (run.Sources.Count > 0)
            yield return (run.Sources.Count == 1 ? "Source" : "Sources", string.Join(", ", run.Sources.Select(s => s.Name)));
        if (run.PlanPath is not null)
            yield return ("Plan", run.PlanPath);
        yield return ("Started", Time(run.Started));
        if (run.Ended is { } ended)
            yield return ("Ended", Time(ended));
        yield return ("Machine", run.Machine);
        yield return ("Options", string.Create(
            CultureInfo.InvariantCulture,
            $"batch size {run.Options.BatchSize}, {run.Options.ThrottleLimit} at once, verification {run.Options.Verify.ToString().ToLowerInvariant()}, error budget {run.Options.ErrorBudget}"));
        if (run.MappingHash is not null)
            yield return ("Mapping", run.MappingHash);
    }

    public static string AuditHead(MigrationReport report) => report.Audit.HeadNumber == 0
        ? "The audit trail is empty."
        : $"The trail ends with event {Number(report.Audit.HeadNumber)}, whose hash is {report.Audit.HeadHash}. Kept elsewhere, it shows whether the trail was changed since.";

    /// <summary>Why fewer are unchanged by type than in all, or null: what comes again with the same values is not sent, and so is in no batch.</summary>
    public static string? Repeats(MigrationReport report)
    {
        var nodes = report.Result.Nodes.Unchanged - report.Types.Where(t => t.Kind == "node").Sum(t => t.Unchanged);
        var relationships = report.Result.Relationships.Unchanged - report.Types.Where(t => t.Kind == "relationship").Sum(t => t.Unchanged);
        if (nodes <= 0 && relationships <= 0)
            return null;
        var what = string.Join(" and ", new[] { Of(nodes, "node"), Of(relationships, "relationship") }.OfType<string>());
        return $"Of those unchanged, {what} came again in this run with the same values, and {(Math.Max(nodes, 0) + Math.Max(relationships, 0) == 1 ? "is" : "are")} not counted here.";

        static string? Of(long count, string kind) => count <= 0 ? null : $"{Number(count)} {kind}{(count == 1 ? "" : "s")}";
    }

    /// <summary>The quality in a sentence.</summary>
    public static string Quality(QualityReport quality)
    {
        if (quality.Score is not { } score)
            return $"Nothing could be tested in the {Number(quality.Records)} that came, so there is no score.";
        var text = $"Score {Percent(score)}, where {Percent(quality.Threshold)} is asked for: {(quality.Passed ? "passed" : "not passed")}. {Number(quality.Records)} were checked.";
        var low = quality.Dimensions.Where(d => !d.IsSufficient && d.Minimum is not null).Select(d => $"{d.Dimension} {Percent(d.Minimum!.Value)}").ToArray();
        return low.Length == 0 ? text : $"{text} Not reached: at least {string.Join(", ", low)}.";
    }

    /// <summary>The chart in words.</summary>
    public static string Course(MigrationReport report)
    {
        if (report.Course.Count < 2)
            return "The run was too short for a course to be recorded.";
        var peak = report.Course.MaxBy(p => p.ItemsPerSecond)!;
        var last = report.Course[^1];
        return $"{Number(last.Items)} items in {Duration(last.Seconds)}: {Number(last.Seconds > 0 ? last.Items / last.Seconds : 0)} a second on average, "
            + $"{Number(peak.ItemsPerSecond)} a second at most, after {Duration(peak.Seconds)}.";
    }

    public static string Where(RejectReason reason) =>
        string.Join(", ", new[] { reason.Field is null ? null : $"field {reason.Field}", reason.Rule is null ? null : $"rule {reason.Rule}" }.OfType<string>());
}
