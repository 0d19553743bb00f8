using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.Audit;

namespace SafeAI.Migration.Engine.Journal;

/// <summary>What one process asks of another that works on a run: a row in the journal, which the other one looks at once a second.</summary>
public static class RunControl
{
    /// <summary>Changes the limits of a load that is at work, or that is to be resumed. What is null stays as it is.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="id">The run's id.</param>
    /// <param name="limits">The limits; at least one.</param>
    /// <returns>The run with its limits as they are now.</returns>
    /// <exception cref="MigrationException">
    /// <see cref="ErrorCode.RunNotFound"/>: the journal knows no such run. <see cref="ErrorCode.InvalidOptions"/>: there is nothing to change, or
    /// nothing that could keep to it.
    /// </exception>
    public static MigrationRun SetLimits(JournalFile journal, string id, RunLimits limits)
    {
        ArgumentNullException.ThrowIfNull(journal);
        ArgumentNullException.ThrowIfNull(limits);
        limits.Validate();
        if (limits == new RunLimits())
            throw new MigrationException(ErrorCode.InvalidOptions, "No limit is named.", "Name requests a minute, or batches at once.");
        var run = journal.Run(id);
        if (!CanBeChanged(run))
            throw new MigrationException(
                ErrorCode.InvalidOptions,
                run.Kind == MigrationKind.Undo ? $"The run {id} puts another one back; its limits cannot be changed." : $"The run {id} is {run.Status.ToString().ToLowerInvariant()}; there is nothing left to limit.",
                "See Get-Migration or safeai-migrate status for the runs that are at work or can be resumed.");
        journal.WriteAudited(() => new AuditEntry(AuditActionType.Limit, id, run.Destination, limits.ToString()), connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = """
                INSERT INTO control (id, requests_per_minute, throttle_limit) VALUES ($id, $requests, $throttle)
                ON CONFLICT DO UPDATE SET
                    requests_per_minute = coalesce(excluded.requests_per_minute, requests_per_minute),
                    throttle_limit = coalesce(excluded.throttle_limit, throttle_limit)
                """;
            command.Parameters.AddWithValue("$id", id);
            command.Parameters.AddWithValue("$requests", (object?)limits.RequestsPerMinute ?? DBNull.Value);
            command.Parameters.AddWithValue("$throttle", (object?)limits.ThrottleLimit ?? DBNull.Value);
            command.ExecuteNonQuery();
        });
        return journal.Run(id);
    }

    /// <summary>Whether a run's limits can be changed: a load that is at work or can be resumed.</summary>
    public static bool CanBeChanged(MigrationRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return run.Kind == MigrationKind.Load && (run.Status == MigrationStatus.Running || run.IsResumable);
    }

    /// <summary>The limits as somebody changed them; null where nobody did.</summary>
    internal static RunLimits? Read(JournalFile journal, string id) => journal.Read(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT requests_per_minute, throttle_limit FROM control WHERE id = $id";
        command.Parameters.AddWithValue("$id", id);
        using var reader = command.ExecuteReader();
        return reader.Read() ? LimitsOf(reader, 0) : null;
    });

    /// <summary>Limits in two columns of a row.</summary>
    internal static RunLimits LimitsOf(SqliteDataReader reader, int column) => new()
    {
        RequestsPerMinute = reader.IsDBNull(column) ? null : reader.GetInt32(column),
        ThrottleLimit = reader.IsDBNull(column + 1) ? null : reader.GetInt32(column + 1),
    };
}
