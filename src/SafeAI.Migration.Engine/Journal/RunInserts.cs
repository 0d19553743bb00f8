using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Journal;

/// <summary>The prepared statements of a run's log. They run on the journal's writing thread only.</summary>
internal sealed class RunInserts : IDisposable
{
    /// <summary>How many bytes the hashes of older journals have.</summary>
    public const int OldHashLength = 16;

    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);

    public void Batch(SqliteConnection connection, long key, BatchKey batch, int items, byte[] data) => Run(
        connection,
        "INSERT INTO batch (key, type, from_type, to_type, labels, items, data, hash) VALUES ($0, $1, $2, $3, $4, $5, $6, $7)",
        key, batch.Type, batch.FromType, batch.ToType, batch.Labels, items, data, HashOf(data, key, batch));

    public void Outcome(SqliteConnection connection, long key, BatchState state, byte[] data) => Run(
        connection, "INSERT INTO outcome (key, state, data, hash) VALUES ($0, $1, $2, $3)", key, (int)state, data, HashOf(data, key, state));

    /// <summary>By this, a batch that is read is told to be what was written.</summary>
    public static byte[] HashOf(byte[] data, long key, BatchKey batch) => HashOf(data, $"{key} {batch.Type} {batch.FromType} {batch.ToType} {batch.Labels}");

    /// <summary>By this, an outcome that is read is told to be what was written.</summary>
    public static byte[] HashOf(byte[] data, long key, BatchState state) => HashOf(data, $"{key} {(int)state}");

    /// <summary>The hash of older journals, of the data alone.</summary>
    public static byte[] OldHashOf(byte[] data) => SHA256.HashData(data)[..OldHashLength];

    private static byte[] HashOf(byte[] data, FormattableString about)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(FormattableString.Invariant(about)));
        hash.AppendData(data);
        return hash.GetHashAndReset();
    }

    public void Checkpoint(SqliteConnection connection, long run, string data, MigrationPhase phase)
    {
        Run(
            connection,
            "INSERT INTO checkpoint (run, time, data) VALUES ($0, $1, $2) ON CONFLICT DO UPDATE SET time = excluded.time, data = excluded.data",
            run, JournalFile.Text(DateTimeOffset.UtcNow), data);
        Run(connection, "UPDATE run SET phase = $0 WHERE number = $1 AND phase <> $0", phase.ToString(), run);
    }

    public void Reject(SqliteConnection connection, long run, MigrationStage stage, RecordPosition position, byte[] line) => Run(
        connection,
        "INSERT INTO reject (run, stage, source, ordinal, data) VALUES ($0, $1, $2, $3, $4)",
        run, stage.ToString(), position.Source ?? "", position.Ordinal, line);

    public void Dispose()
    {
        foreach (var command in _commands.Values)
            command.Dispose();
    }

    private void Run(SqliteConnection connection, string sql, params object?[] values)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
#pragma warning disable CA2100 // The texts stand above; values are parameters.
            command.CommandText = sql;
#pragma warning restore CA2100
            for (var i = 0; i < values.Length; i++)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = "$" + i.ToString(System.Globalization.CultureInfo.InvariantCulture);
                command.Parameters.Add(parameter);
            }

            _commands[sql] = command;
        }

        for (var i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        command.ExecuteNonQuery();
    }
}
