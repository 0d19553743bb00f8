using Npgsql;

namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>A moment of the database that several connections see alike, for as long as this is not disposed.</summary>
internal sealed class PostgreSqlSnapshot : IAsyncDisposable
{
    /// <summary>Begins a transaction that sees one moment.</summary>
    public const string Begin = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";

    private PostgreSqlSnapshot(NpgsqlConnection connection, string id)
    {
        Connection = connection;
        Id = id;
    }

    /// <summary>The connection that keeps the moment; it sees it too.</summary>
    public NpgsqlConnection Connection { get; }

    /// <summary>The snapshot's id at the server.</summary>
    public string Id { get; }

    /// <summary>Exports the present moment. The connection belongs to the snapshot from now on.</summary>
    public static async Task<PostgreSqlSnapshot> ExportAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand($"{Begin}; SELECT pg_export_snapshot()", connection);
        await using var disposeCommand = command.ConfigureAwait(false);
        return new PostgreSqlSnapshot(connection, (string)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Connection.DisposeAsync();
}
