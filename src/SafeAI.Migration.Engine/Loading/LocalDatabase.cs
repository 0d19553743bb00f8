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
