using Microsoft.Data.Sqlite;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>Opens SQLite files, the same way everywhere.</summary>
internal static class LocalDatabase
{
    static LocalDatabase() => SQLitePCL.Batteries_V2.Init();

    /// <summary>Opens a file, which must exist unless <paramref name="mode"/> says otherwise, and runs the given settings.</summary>
    public static SqliteConnection Open(string path, string settings, SqliteOpenMode mode = SqliteOpenMode.ReadWrite)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = false,
        }.ToString());
        try
        {
            connection.Open();
            Execute(connection, "PRAGMA busy_timeout=10000;" + settings);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Opens a file to read it, with the given settings; leaves nothing beside it that was not there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="attached">Another file that the connection is going to read, too; null for none.</param>
    public static SqliteConnection OpenToRead(string path, string settings, string? attached = null)
    {
        // Who may only read cannot take away the log and its index that SQLite puts beside the file; who may write would
        // take what a killed process left in the log into the file.
        return HasLog(path) || (attached is not null && HasLog(attached))
            ? Open(path, settings, SqliteOpenMode.ReadOnly)
            : Open(path, "PRAGMA query_only=ON;" + settings);

        static bool HasLog(string path) => new FileInfo(path + "-wal") is { Exists: true, Length: > 0 };
    }

    /// <summary>Makes a temporary file with a table in it.</summary>
    /// <param name="purpose">What it is for; a part of the file's name.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="table">The statement that makes the table.</param>
    /// <param name="failure">The error to throw where it cannot be made, from its cause and the path.</param>
    public static (TemporaryFile File, SqliteConnection Connection) OpenTemporary(
        string purpose, string settings, string table, Func<Exception, string, MigrationException> failure)
    {
        TemporaryFile file;
        try
        {
            file = new TemporaryFile(purpose);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw failure(e, Path.GetTempPath());
        }

        SqliteConnection? connection = null;
        try
        {
            connection = Open(file.Path, settings);
            Execute(connection, table);
            return (file, connection);
        }
        catch (SqliteException e)
        {
            connection?.Dispose();
            file.Dispose();
            throw failure(e, file.Path);
        }
    }

    /// <summary>Prepares a statement about one item, whose first two parameters are <c>$kind</c>, a number, and <c>$id</c>.</summary>
    public static SqliteCommand PrepareForItem(SqliteConnection connection, string sql)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // Every text comes from this assembly.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Parameters.Add("$kind", SqliteType.Integer);
        command.Parameters.Add("$id", SqliteType.Text);
        return command;
    }

    /// <summary>Runs statements that give no rows.</summary>
    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Every text comes from this assembly.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
