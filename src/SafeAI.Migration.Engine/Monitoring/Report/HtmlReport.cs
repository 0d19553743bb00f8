using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace SafeAI.Migration.Engine.Monitoring;

/// <summary>A report as one page that needs nothing but itself.</summary>
internal static class HtmlReport
{
    public static string Write(MigrationReport report)
    {
        var page = new StringBuilder(32_000);
        var run = report.Run;
        var title = run.Name.Length > 0 ? run.Name : run.Id;
        page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
            .Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n")
            .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n")
            .Append("<link rel=\"icon\" href=\"data:,\">\n")
            .Append("<title>").Append(Text($"Migration {title}: {ReportText.Status(run.Status).ToLowerInvariant()}")).Append("</title>\n<style>\n")
            .Append(ReportStyle.Css).Append("</style>\n</head>\n<body>\n");
        Head(page, report, title);
        page.Append("<main>\n");
        Summary(page, report);
        Course(page, report);
        Types(page, report);
        Rejects(page, report);
        Quality(page, report);
        Assurance(page, report);
        Facts(page, report);
        page.Append("</main>\n<footer><p>Made ").Append(Text(ReportText.Time(report.Generated))).Append(" by SafeAI.Migration ").Append(Text(report.Version))
            .Append(" from the journal. This page holds no value of any record and loads nothing from anywhere.</p></footer>\n</body>\n</html>\n");
        return page.ToString();
    }

    private static string Text(string value) => WebUtility.HtmlEncode(value);

    // A path is broken behind a part of it, where it has to be.
    private static string Breakable(string value) => Regex.Replace(Text(value), @"[/\\._\]]", "$0<wbr>");

    private static void Head(StringBuilder page, MigrationReport report, string title)
    {
        var run = report.Run;
        var tone = run.Status switch { MigrationStatus.Completed => "good", MigrationStatus.Failed => "bad", _ => "open" };
        page.Append("<header>\n<p class=\"eyebrow\">Migration report</p>\n<h1>").Append(Text(title)).Append("</h1>\n<p class=\"lead\"><span class=\"badge ").Append(tone).Append("\">")
            .Append(Text(ReportText.Status(run.Status))).Append("</span> <span>").Append(Text(ReportText.Time(run.Started))).Append("</span> <span>")
            .Append(Text(ReportText.Duration(report.Result.ElapsedSeconds))).Append("</span></p>\n");
        if (run.Error is { } error)
            page.Append("<p class=\"note bad\" role=\"alert\">").Append(Text(error)).Append("</p>\n");
        page.Append("</header>\n");
    }

    private static void Summary(StringBuilder page, MigrationReport report)
    {
        var result = report.Result;
        Open(page, "summary", "Summary");
        page.Append("<dl class=\"cards\">\n");
        Card("Records read", result.Read, "");
        Card("Loaded", result.Loaded, "loaded");
        Card("Unchanged", result.Unchanged, "unchanged");
        Card("Rejected", result.Rejected, "rejected");
        Card("Skipped", result.Skipped, "skipped");
        page.Append("</dl>\n");
        ReportCharts.Outcomes(page, report);
        page.Append("<p class=\"sum\">").Append(Text(ReportText.Equation(report))).Append(report.AddsUp ? "</p>\n" : ". <strong>These figures do not add up.</strong></p>\n");
        Table(page, "Nodes and relationships", ["", "Created", "Updated", "Unchanged"], [Counts("Nodes", result.Nodes), Counts("Relationships", result.Relationships)], numbersFrom: 1);
        page.Append("<p>").Append(Text($"{ReportText.Number(result.Batches)} batches confirmed, {ReportText.Number(result.Retries)} requests sent again.")).Append("</p>\n</section>\n");

        void Card(string name, long value, string tone) => page.Append("<div class=\"card ").Append(tone).Append("\"><dt>").Append(name).Append("</dt><dd>")
            .Append(ReportText.Number(value)).Append("</dd></div>\n");

        static string[] Counts(string name, ItemCounts counts) =>
            [name, ReportText.Number(counts.Created), ReportText.Number(counts.Updated), ReportText.Number(counts.Unchanged)];
    }

    private static void Course(StringBuilder page, MigrationReport report)
    {
        Open(page, "course", "Course and throughput");
        if (report.Course.Count > 1)
            ReportCharts.Throughput(page, report);
        page.Append("<p>").Append(Text(ReportText.Course(report))).Append("</p>\n");
        if (report.Phases.Count > 0)
        {
            Table(page, "Phases", ["Phase", "Done", "A second", "Time"], report.Phases.Select(p => new[]
            {
                p.Name, ReportText.Number(p.Done), ReportText.Number(p.AverageRate), ReportText.Duration(p.ElapsedSeconds),
            }), numbersFrom: 1);
        }

        page.Append("</section>\n");
    }

    private static void Types(StringBuilder page, MigrationReport report)
    {
        if (report.Types.Count == 0)
            return;
        Open(page, "types", "Types");
        Table(page, "What became of each type", ["Type", "Kind", "Created", "Updated", "Unchanged", "Rejected", "Pending"], report.Types.Select(t => new[]
        {
            t.Type, t.Kind, ReportText.Number(t.Created), ReportText.Number(t.Updated), ReportText.Number(t.Unchanged), ReportText.Number(t.Rejected), ReportText.Number(t.Pending),
        }), numbersFrom: 2);
        if (ReportText.Repeats(report) is { } repeats)
            page.Append("<p>").Append(Text(repeats)).Append("</p>\n");
        page.Append("</section>\n");
    }

    private static void Rejects(StringBuilder page, MigrationReport report)
    {
        Open(page, "rejects", "Rejects");
        if (report.RejectReasons.Count == 0)
        {
            page.Append("<p>").Append(report.Result.Rejected == 0 ? "No record was rejected." : "The journal does not hold the rejects.").Append("</p>\n</section>\n");
            return;
        }

        Table(page, "Why records were rejected", ["Records", "Reason", "Where", "Stage", "For instance"], report.RejectReasons.Select(r => new[]
        {
            ReportText.Number(r.Count), $"{r.Code}: {r.Meaning}", ReportText.Where(r), r.Stage, string.Join("; ", r.Samples),
        }), numbersFrom: int.MaxValue, longOnes: [2, 4]);
        page.Append("</section>\n");
    }

    private static void Quality(StringBuilder page, MigrationReport report)
    {
        if (report.Quality is not { } quality)
            return;
        Open(page, "quality", "Quality of the data");
        page.Append("<p class=\"note ").Append(quality.Passed ? "good" : "bad").Append("\">").Append(Text(ReportText.Quality(quality))).Append("</p>\n");
        Table(page, "Scores", ["Dimension", "Score", "Tested", "Passed"], quality.Dimensions.Where(d => d.Tested > 0).Select(d => new[]
        {
            d.Dimension.ToString(), d.Score is { } s ? ReportText.Percent(s) : "", ReportText.Number(d.Tested), ReportText.Number(d.Passed),
        }), numbersFrom: 1);
        page.Append("</section>\n");
    }

    private static void Assurance(StringBuilder page, MigrationReport report)
    {
        var verified = report.Result.Verified switch { true => "good", false => "bad", _ => "open" };
        Open(page, "verification", "Verification");
        page.Append("<p class=\"note ").Append(verified).Append("\">").Append(Text(ReportText.Verification(report))).Append("</p>\n</section>\n");
        Open(page, "rollback", "Rollback");
        page.Append("<p class=\"note ").Append(report.Rollback.IsReady ? "good" : "bad").Append("\">").Append(Text(ReportText.Rollback(report))).Append("</p>\n</section>\n");
        Open(page, "audit", "Audit trail");
        if (report.Audit.Events.Count > 0)
        {
            Table(page, "Events of this run", ["Event", "Time", "Action", "By", "Signed"], report.Audit.Events.Select(a => new[]
            {
                ReportText.Number(a.Number), ReportText.Time(a.Time), a.Action.ToString(), a.Actor, a.IsSigned ? "yes" : "no",
            }), numbersFrom: int.MaxValue);
        }

        page.Append("<p>").Append(Text(ReportText.AuditHead(report))).Append("</p>\n</section>\n");
    }

    private static void Facts(StringBuilder page, MigrationReport report)
    {
        Open(page, "facts", "About this run");
        page.Append("<dl class=\"facts\">\n");
        foreach (var (name, value) in ReportText.Facts(report))
            page.Append("<dt>").Append(Text(name)).Append("</dt><dd>").Append(Text(value)).Append("</dd>\n");
        page.Append("</dl>\n</section>\n");
    }

    private static void Open(StringBuilder page, string id, string title) => page.Append(
        CultureInfo.InvariantCulture, $"<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{Text(title)}</h2>\n");

    // A wide table scrolls by itself, also by keyboard, and the page never does.
    private static void Table(StringBuilder page, string caption, string[] head, IEnumerable<string[]> rows, int numbersFrom, int[]? longOnes = null)
    {
        page.Append("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"").Append(Text(caption)).Append("\">\n<table>\n<caption>").Append(Text(caption)).Append("</caption>\n<thead><tr>");
        for (var i = 0; i < head.Length; i++)
            page.Append("<th scope=\"col\"").Append(IsNumber(i) ? " class=\"number\">" : ">").Append(Text(head[i])).Append("</th>");
        page.Append("</tr></thead>\n<tbody>\n");
        foreach (var row in rows)
        {
            page.Append("<tr><th scope=\"row\">").Append(Text(row[0])).Append("</th>");
            for (var i = 1; i < row.Length; i++)
                page.Append(IsNumber(i) ? "<td class=\"number\">" : longOnes?.Contains(i) == true ? "<td class=\"long\">" : "<td>").Append(longOnes?.Contains(i) == true ? Breakable(row[i]) : Text(row[i])).Append("</td>");
            page.Append("</tr>\n");
        }

        page.Append("</tbody>\n</table>\n</div>\n");

        bool IsNumber(int column) => column >= numbersFrom;
    }
}
