using System.Globalization;
using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.GraphStore;

/// <summary>The tables of a graph store file, and how its version is told.</summary>
internal static class GraphStoreSchema
{
    /// <summary>Marks a file as a graph store: "SAIG" in SQLite's application id.</summary>
    private const int ApplicationId = 0x53414947;

    private const int Version = 1;

    private const string Tables = """
        CREATE TABLE node (
            type TEXT NOT NULL, id TEXT NOT NULL, labels TEXT, properties TEXT NOT NULL,
            PRIMARY KEY (type, id)) WITHOUT ROWID;
        CREATE TABLE relationship (
            type TEXT NOT NULL, id TEXT NOT NULL,
            from_type TEXT NOT NULL, from_id TEXT NOT NULL, to_type TEXT NOT NULL, to_id TEXT NOT NULL,
            properties TEXT NOT NULL,
            PRIMARY KEY (type, id)) WITHOUT ROWID;
        CREATE INDEX relationship_from ON relationship (from_type, from_id);
        CREATE INDEX relationship_to ON relationship (to_type, to_id);
        """;

    /// <summary>Creates the tables in an empty file, and refuses a file that is something else.</summary>
    public static void Prepare(SqliteConnection connection, string path)
    {
        using var transaction = connection.BeginTransaction();
        if (Scalar(connection, "PRAGMA application_id") == 0 && Scalar(connection, "SELECT COUNT(*) FROM sqlite_master") == 0)
        {
            LocalDatabase.Execute(connection, Tables);
            LocalDatabase.Execute(connection, string.Create(
                CultureInfo.InvariantCulture, $"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Version};"));
            transaction.Commit();
            return;
        }

        Check(connection, path);
    }

    /// <summary>Refuses a file that is no graph store of this version.</summary>
    public static void Check(SqliteConnection connection, string path)
    {
        if (Scalar(connection, "PRAGMA application_id") != ApplicationId)
            throw new MigrationException(ErrorCode.StoreFailed, $"{path} is a database of another kind, not a graph store.", "Name another file.");
        var version = Scalar(connection, "PRAGMA user_version");
        if (version != Version)
            throw new MigrationException(
                ErrorCode.StoreFailed, $"The graph store {path} has the version {version}; this program reads version {Version}.", "Use a newer program.");
    }

    private static long Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The texts are the constants above.
        command.CommandText = sql;
#pragma warning restore CA2100
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }
}

/// <summary>Failures of the file as failures of the engine.</summary>
internal static class GraphStoreError
{
    public static MigrationException From(Exception cause, string path) => cause switch
    {
        SqliteException { SqliteErrorCode: 5 or 6 } => new MigrationException(
            ErrorCode.StoreFailed, $"The graph store {path} is being written by another process.", "Wait for it to end, then run again.", cause) { IsTransient = true },
        SqliteException { SqliteErrorCode: 26 } => new MigrationException(
            ErrorCode.StoreFailed, $"{path} is not a graph store.", "Name another file.", cause),
        SqliteException { SqliteErrorCode: 13 } => new MigrationException(
            ErrorCode.StoreFailed, $"The disk of the graph store {path} is full.", "Make room, then run again; what was confirmed is kept.", cause) { IsTransient = true },
        SqliteException { SqliteErrorCode: 8 or 14 } or UnauthorizedAccessException => new MigrationException(
            ErrorCode.StoreFailed, $"The graph store {path} cannot be opened for writing.", "Check the permissions of the file and its folder.", cause),
        _ => new MigrationException(ErrorCode.StoreFailed, $"The graph store {path} failed: {cause.Message}", null, cause),
    };
}
