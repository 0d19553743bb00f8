using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.Journal;

namespace SafeAI.Migration.Engine.Monitoring;

/// <summary>
/// Keeps a run's progress in the journal, once a second at most, so that any process can see it, and the run's course
/// for the report. A write that fails is left out: the run does not depend on it.
/// </summary>
public sealed class JournalProgress : IRunObserver
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly JournalFile _journal;
    private readonly object _lock = new();
    private ProgressMade? _last;
    private DateTimeOffset _kept = DateTimeOffset.MinValue;

    /// <summary>Creates one for the runs of a journal that must stay open while they are at work.</summary>
    public JournalProgress(JournalFile journal)
    {
        ArgumentNullException.ThrowIfNull(journal);
        _journal = journal;
    }

    /// <inheritdoc/>
    public void Observe(RunEvent happened)
    {
        ProgressMade made;
        lock (_lock)
        {
            if (happened is ProgressMade now)
                _last = now;
            else if (happened is not (PhaseStarted or RunEnded))
                return;
            if (_last is not { } last || (happened is ProgressMade && last.Time - _kept < s_interval && last.Figures.Phase != MigrationPhase.Ended))
                return;
            made = last;
            _kept = last.Time;
        }

        _ = _journal.WriteAsync(connection => Keep(connection, made));
    }

    /// <summary>The course of a run: what had been done at each moment, in order.</summary>
    internal static IReadOnlyList<CoursePoint> CourseOf(JournalFile journal, string id) =>
    [
        .. journal.Stream(
            "SELECT elapsed, phase, read, processed, rejected, nodes, relationships, verified, time FROM course WHERE id = $id ORDER BY number",
            r => new CoursePoint(
                r.GetDouble(0), Enum.TryParse<MigrationPhase>(r.GetString(1), out var phase) ? phase : default,
                r.GetInt64(2), r.GetInt64(3), r.GetInt64(4), r.GetInt64(5), r.GetInt64(6), r.GetInt64(7),
                DateTimeOffset.Parse(r.GetString(8), System.Globalization.CultureInfo.InvariantCulture)),
            ("$id", id)),
    ];

    private static void Keep(SqliteConnection connection, ProgressMade made)
    {
        using var command = connection.CreateCommand();
        command.CommandText = """
            INSERT INTO progress (id, data) VALUES ($id, $data) ON CONFLICT DO UPDATE SET data = excluded.data;
            INSERT INTO course (id, time, elapsed, phase, read, processed, rejected, nodes, relationships, verified)
            VALUES ($id, $time, $elapsed, $phase, $read, $processed, $rejected, $nodes, $relationships, $verified);
            """;
        var figures = made.Figures;
        command.Parameters.AddWithValue("$id", made.MigrationId);
        command.Parameters.AddWithValue("$data", RunRows.ToJson(made.Progress));
        command.Parameters.AddWithValue("$time", JournalFile.Text(made.Time));
        command.Parameters.AddWithValue("$elapsed", figures.Elapsed.TotalSeconds);
        command.Parameters.AddWithValue("$phase", figures.Phase.ToString());
        command.Parameters.AddWithValue("$read", figures.Read);
        command.Parameters.AddWithValue("$processed", figures.Processed);
        command.Parameters.AddWithValue("$rejected", figures.Rejected);
        command.Parameters.AddWithValue("$nodes", figures.NodesSettled);
        command.Parameters.AddWithValue("$relationships", figures.RelationshipsSettled);
        command.Parameters.AddWithValue("$verified", figures.Verified);
        command.ExecuteNonQuery();
    }
}

/// <summary>What a run had done at one moment.</summary>
internal sealed record CoursePoint(
    double Seconds, MigrationPhase Phase, long Read, long Processed, long Rejected, long Nodes, long Relationships, long Verified, DateTimeOffset Time)
{
    /// <summary>All items that were dealt with.</summary>
    public long Items => Nodes + Relationships + Verified;
}
