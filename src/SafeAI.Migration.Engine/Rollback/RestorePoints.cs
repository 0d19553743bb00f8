using SafeAI.Migration.Engine.Journal;

namespace SafeAI.Migration.Engine.Rollback;

/// <summary>The restore points that a journal holds: every load writes one as it goes, ahead of each request.</summary>
public static class RestorePoints
{
    /// <summary>The restore points, the newest first.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="id">The run's id, which may end in an asterisk; null for all.</param>
    public static IEnumerable<RestorePoint> List(JournalFile journal, string? id = null)
    {
        ArgumentNullException.ThrowIfNull(journal);
        foreach (var run in journal.Runs(id).Where(r => r.Kind == MigrationKind.Load))
        {
            var (batches, items, size) = journal.Stream(
                """
                SELECT count(*), coalesce(sum(items), 0), coalesce(sum(length(data)), 0) FROM batch
                WHERE key BETWEEN (SELECT number FROM run WHERE id = $id) << 32 AND ((SELECT number FROM run WHERE id = $id) + 1 << 32) - 1
                """,
                r => (r.GetInt64(0), r.GetInt64(1), r.GetInt64(2)),
                ("$id", run.Id)).Single();
            yield return new RestorePoint
            {
                MigrationId = run.Id,
                Created = run.Started,
                Destination = run.Destination,
                Status = run.Status,
                Batches = batches,
                Items = items,
                Size = size,
                Path = journal.Path,
            };
        }
    }
}
