using System.Globalization;
using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Journal;

/// <summary>Tells a journal from other files, and brings the tables of an older one up to date.</summary>
internal static class JournalSchema
{
    /// <summary>Marks a file as a journal: "SAIJ" in SQLite's application id.</summary>
    private const int ApplicationId = 0x5341494A;

    /// <summary>Creates the tables in an empty file, adds to those of an older version, and refuses what is something else.</summary>
    public static void Prepare(SqliteConnection connection, string path, IReadOnlyList<JournalArea>? areas = null)
    {
        areas ??= JournalTables.Areas;
        if (IsCurrent(connection, path, areas))
            return;

        // A page size and a way of giving room back are chosen before the first table is there.
        if (Scalar(connection, "SELECT COUNT(*) FROM sqlite_master") == 0)
            LocalDatabase.Execute(connection, "PRAGMA page_size=8192; PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL;");
        using var transaction = connection.BeginTransaction();
        if (Scalar(connection, "PRAGMA application_id") == 0 && Scalar(connection, "SELECT COUNT(*) FROM sqlite_master") == 0)
        {
            LocalDatabase.Execute(connection, string.Create(
                CultureInfo.InvariantCulture,
                $"CREATE TABLE area (name TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID; PRAGMA application_id = {ApplicationId};"));
        }

        Check(connection, path, areas);
        foreach (var area in areas)
        {
            for (var version = VersionOf(connection, area.Name); version < area.Steps.Count; version++)
                LocalDatabase.Execute(connection, area.Steps[(int)version]);
            using var command = connection.CreateCommand();
            command.CommandText = "INSERT INTO area (name, version) VALUES ($name, $version) ON CONFLICT DO UPDATE SET version = excluded.version";
            command.Parameters.AddWithValue("$name", area.Name);
            command.Parameters.AddWithValue("$version", area.Steps.Count);
            command.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    /// <summary>Refuses a file that is no journal, or that a newer program made.</summary>
    public static void Check(SqliteConnection connection, string path, IReadOnlyList<JournalArea>? areas = null)
    {
        if (Scalar(connection, "PRAGMA application_id") != ApplicationId)
            throw new MigrationException(ErrorCode.JournalFailed, $"{path} is a database of another kind, not a journal.", "Name another file with -JournalPath or --journal.");
        foreach (var area in areas ?? JournalTables.Areas)
        {
            var version = VersionOf(connection, area.Name);
            if (version > area.Steps.Count)
                throw new MigrationException(
                    ErrorCode.JournalFailed,
                    $"The journal {path} was written by a newer program: its tables of {area.Name} have the version {version}; this program knows version {area.Steps.Count}.",
                    "Use the newer program, or name another file.");
        }
    }

    /// <summary>Whether nothing is to be done; a file that is something else is refused.</summary>
    public static bool IsCurrent(SqliteConnection connection, string path, IReadOnlyList<JournalArea>? areas = null)
    {
        areas ??= JournalTables.Areas;
        if (Scalar(connection, "SELECT COUNT(*) FROM sqlite_master") == 0)
            return false;
        Check(connection, path, areas);
        return areas.All(a => VersionOf(connection, a.Name) == a.Steps.Count);
    }

    private static long VersionOf(SqliteConnection connection, string area)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT version FROM area WHERE name = $name";
        command.Parameters.AddWithValue("$name", area);
        return Convert.ToInt64(command.ExecuteScalar() ?? 0L, CultureInfo.InvariantCulture);
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

/// <summary>Failures of the journal's file as failures of the engine.</summary>
internal static class JournalError
{
    // What Linux and macOS say of a file system that takes no writes, in the form in which .NET gives it.
    private const int ReadOnlyDisk = 30;

    public static MigrationException From(Exception cause, string path) => cause switch
    {
        MigrationException known => known,
        SqliteException { SqliteErrorCode: 5 or 6 } => new MigrationException(
            ErrorCode.JournalFailed, $"The journal {path} is being written by another process.", "Wait for it to end, then run again.", cause) { IsTransient = true },
        SqliteException { SqliteErrorCode: 26 } => new MigrationException(
            ErrorCode.JournalFailed, $"{path} is not a journal.", "Name another file with -JournalPath or --journal.", cause),
        SqliteException { SqliteErrorCode: 11 } => new MigrationException(
            ErrorCode.JournalFailed, $"The journal {path} is damaged: {cause.Message}", "Restore it from a backup, or name another file.", cause),
        SqliteException { SqliteErrorCode: 13 } => Full(cause, path),

        // The files beside the journal, which it needs for any write, are made only where there is room for them.
        SqliteException { SqliteErrorCode: 10 or 14 } when HasNoRoom(path) => Full(cause, path),
        _ when IsFullDisk(cause) => Full(cause, path),
        _ when cause is SqliteException { SqliteErrorCode: 8 or 14 or 23 } or UnauthorizedAccessException or IOException { HResult: ReadOnlyDisk } || Directory.Exists(path) => new MigrationException(
            ErrorCode.JournalFailed, $"The journal {path} cannot be opened for writing.", "Check the permissions of the file and its folder, or name another with -JournalPath or --journal.", cause),
        _ => new MigrationException(ErrorCode.JournalFailed, $"The journal {path} failed: {cause.Message}", null, cause),
    };

    /// <summary>Whether a file could not be written because there is no room.</summary>
    public static bool IsFullDisk(Exception cause) => cause is IOException { HResult: 28 or unchecked((int)0x80070070) };

    private static bool HasNoRoom(string path)
    {
        try
        {
            return new DriveInfo(path).AvailableFreeSpace < 1 << 16;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }

    private static MigrationException Full(Exception cause, string path) => new(
        ErrorCode.JournalFailed, $"The disk of the journal {path} is full.", "Make room, then resume the run; what was confirmed is kept.", cause) { IsTransient = true };
}
