using System.Globalization;
using System.Net;
using System.Text;

namespace SafeAI.Migration.Engine.Monitoring;

/// <summary>The page's drawings. Each has a title and a description, and says the same in words beside it.</summary>
internal static class ReportCharts
{
    private const double Width = 720;
    private const double Height = 220;
    private const double Left = 78;
    private const double Bottom = 28;
    private const double Top = 12;

    /// <summary>What became of the records, as one bar.</summary>
    public static void Outcomes(StringBuilder page, MigrationReport report)
    {
        var result = report.Result;
        if (result.Read == 0)
            return;
        page.Append("<svg class=\"bar\" viewBox=\"0 0 100 4\" preserveAspectRatio=\"none\" role=\"img\" aria-labelledby=\"bar-title bar-text\">")
            .Append("<title id=\"bar-title\">What became of the records</title><desc id=\"bar-text\">").Append(WebUtility.HtmlEncode(ReportText.Equation(report))).Append("</desc>");
        double from = 0;
        foreach (var (tone, count) in new[] { ("loaded", result.Loaded), ("unchanged", result.Unchanged), ("rejected", result.Rejected), ("skipped", result.Skipped) })
        {
            if (count <= 0)
                continue;
            // What is there is to be seen, however little it is.
            var width = Math.Max(0.6, 100.0 * count / result.Read);
            width = Math.Min(width, 100 - from);
            page.Append(CultureInfo.InvariantCulture, $"<rect class=\"{tone}\" x=\"{from:0.###}\" y=\"0\" width=\"{width:0.###}\" height=\"4\"/>");
            from += width;
        }

        page.Append("</svg>\n");
    }

    /// <summary>Items a second over the time, with a band for each phase.</summary>
    public static void Throughput(StringBuilder page, MigrationReport report)
    {
        var course = report.Course;
        var end = Math.Max(0.001, course[^1].Seconds);
        var top = Ceiling(course.Max(p => p.ItemsPerSecond));
        page.Append(CultureInfo.InvariantCulture, $"<figure>\n<svg class=\"chart\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-labelledby=\"chart-title chart-text\">")
            .Append("<title id=\"chart-title\">Items a second over the time of the run</title><desc id=\"chart-text\">").Append(WebUtility.HtmlEncode(ReportText.Course(report))).Append("</desc>\n");
        Bands(page, course, end);
        foreach (var share in new[] { 0, 0.5, 1 })
        {
            var y = Y(top * share, top);
            page.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width}\" y1=\"{y:0.#}\" y2=\"{y:0.#}\"/>")
                .Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 8}\" y=\"{y + 4:0.#}\" text-anchor=\"end\">{Short(top * share)}</text>\n");
        }

        foreach (var share in new[] { 0, 0.5, 1 })
            page.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(end * share, end):0.#}\" y=\"{Height - 8}\" text-anchor=\"{(share == 0 ? "start" : share == 1 ? "end" : "middle")}\">{WebUtility.HtmlEncode(ReportText.Duration(end * share))}</text>\n");

        var line = new StringBuilder();
        foreach (var point in course)
            line.Append(CultureInfo.InvariantCulture, $"{(line.Length == 0 ? 'M' : 'L')}{X(point.Seconds, end):0.#} {Y(point.ItemsPerSecond, top):0.#}");
        page.Append(CultureInfo.InvariantCulture, $"<path class=\"area\" d=\"{line}L{X(end, end):0.#} {Y(0, top):0.#}L{X(course[0].Seconds, end):0.#} {Y(0, top):0.#}Z\"/>")
            .Append("<path class=\"line\" d=\"").Append(line).Append("\"/>\n</svg>\n<figcaption>Items a second: nodes, relationships and items read back.</figcaption>\n</figure>\n");
    }

    private static void Bands(StringBuilder page, IReadOnlyList<ReportPoint> course, double end)
    {
        var from = 0;
        for (var i = 1; i <= course.Count; i++)
        {
            if (i < course.Count && course[i].Phase == course[from].Phase)
                continue;
            var (x, to) = (X(course[from].Seconds, end), X(course[Math.Min(i, course.Count - 1)].Seconds, end));
            if (course[from].Phase != MigrationPhase.Ended)
            {
                page.Append(CultureInfo.InvariantCulture, $"<rect class=\"band {course[from].Phase.ToString().ToLowerInvariant()}\" x=\"{x:0.#}\" y=\"{Top}\" width=\"{Math.Max(0, to - x):0.#}\" height=\"{Height - Bottom - Top}\"/>");
                if (to - x > 90)
                    page.Append(CultureInfo.InvariantCulture, $"<text class=\"phase\" x=\"{x + 6:0.#}\" y=\"{Top + 16}\">{course[from].Phase}</text>\n");
            }

            from = i;
        }
    }

    private static double X(double seconds, double end) => Left + (Width - Left) * seconds / end;

    private static double Y(double rate, double top) => Height - Bottom - (Height - Bottom - Top) * rate / top;

    private static readonly double[] s_roundSteps = [1, 2, 4, 5, 8, 10];

    // The next round number.
    private static double Ceiling(double value)
    {
        if (value <= 1)
            return 1;
        var unit = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return s_roundSteps.Select(f => f * unit).First(v => v >= value);
    }

    private static string Short(double value) => value switch
    {
        >= 1_000_000 => (value / 1_000_000).ToString("0.#", CultureInfo.InvariantCulture) + " M",
        >= 1000 => (value / 1000).ToString("0.#", CultureInfo.InvariantCulture) + " k",
        _ => value.ToString("0.#", CultureInfo.InvariantCulture),
    };
}
