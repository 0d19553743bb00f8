using System.Text.Json;
using SafeAI.Migration.Engine.Audit;
using SafeAI.Migration.Engine.Journal;

namespace SafeAI.Migration.Engine.Monitoring;

/// <summary>Makes a report of what the journal knows of a run.</summary>
public static class ReportReader
{
    private const int MostPoints = 240;
    private const int MostReasons = 20;
    private const int MostSamples = 5;

    /// <summary>Reads a run.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="id">The run's id.</param>
    /// <param name="quality">The quality of the data, where it was measured.</param>
    /// <param name="clock">The clock; null for the system's.</param>
    /// <exception cref="MigrationException"><see cref="ErrorCode.RunNotFound"/>, or <see cref="ErrorCode.JournalFailed"/>.</exception>
    public static MigrationReport Read(JournalFile journal, string id, QualityReport? quality = null, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(journal);
        var run = journal.Run(id);
        var (types, rollback) = Tally(journal, id);
        return new MigrationReport
        {
            Run = run,
            Generated = (clock ?? TimeProvider.System).GetUtcNow(),
            Version = typeof(ReportReader).Assembly.GetName().Version?.ToString(3) ?? "",
            Types = types,
            RejectReasons = Reasons(journal, id),
            Course = Points(JournalProgress.CourseOf(journal, id)),
            Rollback = rollback,
            Audit = AuditOf(journal, id),
            Quality = quality,
        };
    }

    private static AuditSummary AuditOf(JournalFile journal, string id)
    {
        var (lines, number, hash) = (new List<AuditLine>(), 0L, "");
        foreach (var row in AuditTrail.Rows(journal))
        {
            (number, hash) = (row.Number, row.Hash);
            var happened = row.ToEvent();
            if (happened.MigrationId == id)
                lines.Add(new AuditLine(row.Number, happened.Time, happened.Action.Type, happened.Actor.Id, row.Signature is not null));
        }

        return new AuditSummary(lines, number, hash);
    }

    private static (IReadOnlyList<TypeFigures>, RollbackReadiness) Tally(JournalFile journal, string id)
    {
        var counts = new SortedDictionary<(bool IsRelationship, string Type), long[]>();
        long restorable = 0, lost = 0;
        foreach (var batch in RunJournal.Batches(journal, id))
        {
            var key = (!batch.Key.IsNode, batch.Key.Type);
            if (!counts.TryGetValue(key, out var count))
                counts[key] = count = new long[(int)ItemOutcome.NotWritten + 1];
            if (batch.State is BatchState.NotWritten or BatchState.NotFound)
                continue;
            foreach (var item in batch.Items)
            {
                count[(int)item.Outcome]++;
                if (item.Outcome == ItemOutcome.Updated)
                    _ = item.Existed ? restorable++ : lost++;
            }
        }

        TypeFigures[] types =
        [
            .. counts.Select(c => new TypeFigures(
                c.Key.IsRelationship ? "relationship" : "node",
                c.Key.Type,
                c.Value[(int)ItemOutcome.Created],
                c.Value[(int)ItemOutcome.Updated],
                c.Value[(int)ItemOutcome.Unchanged],
                c.Value[(int)ItemOutcome.Rejected],
                c.Value[(int)ItemOutcome.Pending])),
        ];
        return (types, new RollbackReadiness(types.Sum(t => t.Created), restorable, lost, types.Sum(t => t.Pending)));
    }

    private static List<RejectReason> Reasons(JournalFile journal, string id)
    {
        var reasons = new Dictionary<(string Stage, string Code, string? Field, string? Rule), (long Count, List<string> Samples)>();
        foreach (var line in journal.Stream("SELECT j.data FROM reject j JOIN run r ON r.number = j.run WHERE r.id = $id ORDER BY j.key", r => (byte[])r[0], ("$id", id)))
        {
            using var document = JsonDocument.Parse(line);
            var reject = document.RootElement;
            var key = (Text(reject, "stage") ?? "", Text(reject, "code") ?? "", Text(reject, "field"), Text(reject, "rule"));
            if (!reasons.TryGetValue(key, out var known))
                known = (0, []);
            if (known.Samples.Count < MostSamples)
                known.Samples.Add(new RecordPosition(Text(reject, "source") ?? "", Number(reject, "ordinal"), Number(reject, "line")).ToString());
            reasons[key] = (known.Count + 1, known.Samples);
        }

        return
        [
            .. reasons.OrderByDescending(r => r.Value.Count).ThenBy(r => r.Key.Code, StringComparer.Ordinal).Take(MostReasons).Select(r => new RejectReason(
                r.Key.Stage, r.Key.Code, RejectMeanings.Of(r.Key.Code), r.Key.Field, r.Key.Rule, r.Value.Count, r.Value.Samples)),
        ];

        static string? Text(JsonElement reject, string name) =>
            reject.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        static long Number(JsonElement reject, string name) =>
            reject.TryGetProperty(name, out var value) && value.TryGetInt64(out var number) ? number : 0;
    }

    // As many points as a chart can show. A resumed run's later process begins anew with its time, and goes on behind the former's.
    private static List<ReportPoint> Points(IReadOnlyList<CoursePoint> course)
    {
        var points = new List<ReportPoint>();
        double offset = 0;
        CoursePoint? last = null, kept = null;
        var step = Math.Max(1, (int)Math.Ceiling(course.Count / (double)MostPoints));
        for (var i = 0; i < course.Count; i++)
        {
            var point = course[i];
            if (last is not null && point.Seconds < last.Seconds)
                (offset, kept) = (offset + last.Seconds, null);
            last = point;
            if (i % step != 0 && i != course.Count - 1)
                continue;
            var seconds = point.Seconds - (kept?.Seconds ?? 0);
            var items = point.Items - (kept?.Items ?? 0);
            points.Add(new ReportPoint(offset + point.Seconds, point.Phase, point.Processed, point.Rejected, point.Items, seconds > 0.05 ? Math.Max(0, items / seconds) : points.LastOrDefault()?.ItemsPerSecond ?? 0));
            kept = point;
        }

        // Nothing can be said of the time before the first point; it is taken to be like that after it.
        if (points.Count > 1)
            points[0] = points[0] with { ItemsPerSecond = points[1].ItemsPerSecond };

        return points;
    }
}

/// <summary>What the ids of reject reasons mean, in a sentence that holds no value.</summary>
internal static class RejectMeanings
{
    public static string Of(string code) => code switch
    {
        ErrorCode.BadRecord => "The row or line is not well-formed.",
        ErrorCode.ConversionFailed => "A value does not convert to the type that the mapping asks for.",
        ErrorCode.LossyConversion => "A value would lose something if it were converted.",
        ErrorCode.MissingValue => "A value is missing that an id or a required property needs.",
        ErrorCode.UnsupportedValue => "The platform cannot store a value of this kind.",
        ErrorCode.UnknownField => "The record does not have a field that the mapping names.",
        ErrorCode.MissingEnd => "A relationship's end node is not at the destination.",
        ErrorCode.RuleBroken => "The record breaks a rule of the validation.",
        ErrorCode.RuleFailed => "A rule of the validation failed itself, so that the record could not be judged.",
        ErrorCode.DuplicateKey => "The key occurs more than once.",
        ErrorCode.RequestRefused => "The destination refused the item.",
        ErrorCode.WriteMismatch => "The destination did not confirm the item.",
        _ => "See the rejected records themselves.",
    };
}
