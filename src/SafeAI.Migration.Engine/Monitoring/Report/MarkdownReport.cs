using System.Text;

namespace SafeAI.Migration.Engine.Monitoring;

/// <summary>A report as Markdown.</summary>
internal static class MarkdownReport
{
    public static string Write(MigrationReport report)
    {
        var text = new StringBuilder();
        var result = report.Result;
        text.Append("# Migration ").Append(Escape(report.Run.Name.Length > 0 ? report.Run.Name : report.Run.Id)).Append(": ").AppendLine(ReportText.Status(report.Run.Status).ToLowerInvariant()).AppendLine();
        text.Append(ReportText.Equation(report)).AppendLine(report.AddsUp ? "." : ". **These figures do not add up.**").AppendLine();
        if (report.Run.Error is { } error)
            text.Append("> ").AppendLine(Escape(error)).AppendLine();
        Table(text, ["fact", ""], ReportText.Facts(report).Select(f => new[] { f.Name, f.Value }));
        text.AppendLine("## Items").AppendLine();
        Table(text, ["", "created", "updated", "unchanged"], new[] { Counts("Nodes", result.Nodes), Counts("Relationships", result.Relationships) });
        text.Append(ReportText.Number(result.Batches)).Append(" batches confirmed, ").Append(ReportText.Number(result.Retries)).Append(" requests sent again, ")
            .Append(ReportText.Duration(result.ElapsedSeconds)).AppendLine(".").AppendLine();
        if (report.Types.Count > 0)
        {
            text.AppendLine("## Types").AppendLine();
            Table(text, ["kind", "type", "created", "updated", "unchanged", "rejected", "pending"], report.Types.Select(t => new[]
            {
                t.Kind, t.Type, ReportText.Number(t.Created), ReportText.Number(t.Updated), ReportText.Number(t.Unchanged), ReportText.Number(t.Rejected), ReportText.Number(t.Pending),
            }));
            if (ReportText.Repeats(report) is { } repeats)
                text.AppendLine(repeats).AppendLine();
        }

        text.AppendLine("## Course").AppendLine().AppendLine(ReportText.Course(report)).AppendLine();
        if (report.Phases.Count > 0)
            Table(text, ["phase", "done", "a second", "time"], report.Phases.Select(p => new[]
            {
                p.Name, ReportText.Number(p.Done), ReportText.Number(p.AverageRate), ReportText.Duration(p.ElapsedSeconds),
            }));
        text.AppendLine("## Rejects").AppendLine();
        if (report.RejectReasons.Count == 0)
            text.AppendLine(result.Rejected == 0 ? "None." : "The journal does not hold them.").AppendLine();
        else
            Table(text, ["records", "stage", "reason", "where", "for instance"], report.RejectReasons.Select(r => new[]
            {
                ReportText.Number(r.Count), r.Stage, $"{r.Code}: {r.Meaning}", ReportText.Where(r), string.Join("; ", r.Samples),
            }));
        if (report.Quality is { } quality)
        {
            text.AppendLine("## Quality").AppendLine().AppendLine(ReportText.Quality(quality)).AppendLine();
            Table(text, ["dimension", "score", "tested", "passed"], quality.Dimensions.Where(d => d.Tested > 0).Select(d => new[]
            {
                d.Dimension.ToString(), d.Score is { } s ? ReportText.Percent(s) : "", ReportText.Number(d.Tested), ReportText.Number(d.Passed),
            }));
        }

        text.AppendLine("## Verification").AppendLine().AppendLine(ReportText.Verification(report)).AppendLine();
        text.AppendLine("## Rollback").AppendLine().AppendLine(ReportText.Rollback(report)).AppendLine();
        text.AppendLine("## Audit").AppendLine();
        if (report.Audit.Events.Count > 0)
            Table(text, ["event", "time", "action", "by", "signed"], report.Audit.Events.Select(a => new[]
            {
                ReportText.Number(a.Number), ReportText.Time(a.Time), a.Action.ToString(), a.Actor, a.IsSigned ? "yes" : "no",
            }));
        text.AppendLine(ReportText.AuditHead(report)).AppendLine();
        text.Append("Made ").Append(ReportText.Time(report.Generated)).Append(" by SafeAI.Migration ").Append(report.Version).AppendLine(".");
        return text.ToString().ReplaceLineEndings("\n");

        static string[] Counts(string name, ItemCounts counts) =>
            [name, ReportText.Number(counts.Created), ReportText.Number(counts.Updated), ReportText.Number(counts.Unchanged)];
    }

    private static void Table(StringBuilder text, string[] head, IEnumerable<string[]> rows)
    {
        text.Append("| ").AppendJoin(" | ", head).AppendLine(" |");
        text.Append('|').AppendJoin("|", head.Select(_ => " --- ")).AppendLine("|");
        foreach (var row in rows)
            text.Append("| ").AppendJoin(" | ", row.Select(Escape)).AppendLine(" |");
        text.AppendLine();
    }

    private static string Escape(string value)
    {
        var text = new StringBuilder(value.Length);
        foreach (var c in value)
        {
            if (c is '\\' or '`' or '*' or '_' or '[' or ']' or '|' or '#')
                text.Append('\\').Append(c);
            else if (c == '<')
                text.Append("&lt;");
            else if (c == '&')
                text.Append("&amp;");
            else
                text.Append(char.IsControl(c) ? ' ' : c);
        }

        return text.ToString();
    }
}
