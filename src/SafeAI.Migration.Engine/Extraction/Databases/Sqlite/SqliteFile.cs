using System.Globalization;
using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.Loading;
using SQLitePCL;

namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>A SQLite file opened for reading, its statements, and what it says when something is wrong.</summary>
internal sealed class SqliteFile : IDisposable
{
    private readonly SqliteConnection _connection;

    // What the file was when it was opened, where SQLite was told that nobody changes it; null where it sees changes itself.
    private readonly string? _state;

    private SqliteFile(string path, SqliteConnection connection, string? state)
    {
        Path = path;
        _connection = connection;
        _state = state;
    }

    /// <summary>The path as it was given.</summary>
    public string Path { get; }

    /// <summary>SQLite's own handle.</summary>
    public sqlite3 Handle => _connection.Handle!;

    /// <summary>Opens a file.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.SourceNotFound"/> or <see cref="ErrorCode.SourceUnreadable"/>.</exception>
    public static SqliteFile Open(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        if (!File.Exists(full))
        {
            throw Error(
                ErrorCode.SourceNotFound,
                Directory.Exists(full) ? $"'{full}' is a folder, not a SQLite file." : $"There is no file '{full}'.",
                "Check the path; a relative one starts at the current directory.");
        }

        SqliteConnection? connection = null;
        try
        {
            (connection, var isFixed) = Connect(full);
            var file = new SqliteFile(path, connection, isFixed ? StateOf(full) : null);
            // Reading the schema is what first touches the content.
            file.Query("SELECT count(*) FROM sqlite_schema", _ => { });
            return file;
        }
        catch (SqliteException e)
        {
            connection?.Dispose();
            throw e.SqliteErrorCode switch
            {
                raw.SQLITE_CANTOPEN => Error(ErrorCode.SourceUnreadable, $"'{full}' cannot be opened.", "Check its permissions, and those of its folder where there is a -wal file beside it.", e),
                _ => Describe(full, e.SqliteErrorCode, e.Message, e),
            };
        }
        catch
        {
            connection?.Dispose();
            throw;
        }
    }

    /// <summary>Prepares one statement; there must be nothing after it.</summary>
    /// <param name="text">The statement.</param>
    /// <param name="isOwn">Whether the statement was made here and not by the user.</param>
    public sqlite3_stmt Prepare(string text, bool isOwn)
    {
        var result = raw.sqlite3_prepare_v2(Handle, text, out var statement, out var tail);
        if (result != raw.SQLITE_OK)
        {
            var message = raw.sqlite3_errmsg(Handle).utf8_to_string();
            if (isOwn)
                throw Describe(Path, result, message);
            throw Error(ErrorCode.InvalidQuery, $"SQLite refused the query of '{Path}': {message}.", null);
        }

        if (!isOwn)
        {
            if (statement.IsInvalid)
                throw Error(ErrorCode.InvalidQuery, "The query is empty.", "Give one statement that returns rows.");
            if (HasStatement(tail))
            {
                raw.sqlite3_finalize(statement);
                throw Error(ErrorCode.InvalidQuery, "The query holds more than one statement.", "Give one statement that returns rows.");
            }

            if (raw.sqlite3_stmt_readonly(statement) == 0 && raw.sqlite3_db_readonly(Handle, "main") == 0)
            {
                raw.sqlite3_finalize(statement);
                throw Describe(Path, raw.SQLITE_READONLY, "attempt to write a readonly database");
            }

            if (raw.sqlite3_column_count(statement) == 0)
            {
                raw.sqlite3_finalize(statement);
                throw Error(ErrorCode.InvalidQuery, "The query returns no columns.", "Give one statement that returns rows.");
            }
        }

        return statement;
    }

    /// <summary>Runs a statement and reads its rows.</summary>
    public void Query(string text, Action<sqlite3_stmt> read, params string[] parameters)
    {
        var statement = Prepare(text, isOwn: true);
        try
        {
            for (var i = 0; i < parameters.Length; i++)
                raw.sqlite3_bind_text(statement, i + 1, parameters[i]);
            while (Step(statement))
                read(statement);
        }
        finally
        {
            raw.sqlite3_finalize(statement);
        }
    }

    /// <summary>Goes to the next row.</summary>
    /// <returns>Whether there is one.</returns>
    public bool Step(sqlite3_stmt statement, CancellationToken cancellationToken = default)
    {
        var result = raw.sqlite3_step(statement);
        if (result == raw.SQLITE_INTERRUPT)
            cancellationToken.ThrowIfCancellationRequested();
        return result == raw.SQLITE_ROW || (result == raw.SQLITE_DONE ? false : throw Describe(Path, result, raw.sqlite3_errmsg(Handle).utf8_to_string()));
    }

    /// <summary>An error that SQLite reports.</summary>
    public static MigrationException Describe(string path, int code, string message, Exception? inner = null)
    {
        if ((code & 0xff) == raw.SQLITE_NOTADB)
            return Error(ErrorCode.SourceUnreadable, $"'{path}' is not a SQLite database, or it is encrypted.", "Check that it is the right file.", inner);
        var (remedy, transient) = (code & 0xff) switch
        {
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => ("Another program holds it; try again when that is done.", true),
            raw.SQLITE_CORRUPT => ("The file is damaged; sqlite3's .recover may save what can be saved.", false),
            raw.SQLITE_READONLY => ("A source is opened read-only.", false),
            _ => ((string?)null, false),
        };
        return Error(ErrorCode.SourceUnreadable, string.Create(CultureInfo.InvariantCulture, $"'{path}' could not be read: {message} (SQLite error {code})."), remedy, inner, transient);
    }

    public static MigrationException Error(string code, string what, string? remedy, Exception? inner = null, bool transient = false) =>
        new(code, what, remedy, inner) { Stage = MigrationStage.Extract, IsTransient = transient };

    /// <summary>Makes sure, when all was read, that it was of one moment.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.SourceUnreadable"/>: somebody changed the file meanwhile.</exception>
    public void CheckUnchanged()
    {
        if (_state is not null && _state != StateOf(System.IO.Path.GetFullPath(Path)))
            throw Error(ErrorCode.SourceUnreadable, $"'{Path}' was changed while it was read.", "Read it again when nobody writes to it.", transient: true);
    }

    public void Dispose() => _connection.Dispose();

    // To read a file that is written through a log, SQLite makes the log and its index beside it. Only who may write takes them
    // away again; who may not even make them reads the file as one that nobody changes, as there is no log.
    private static (SqliteConnection Connection, bool IsFixed) Connect(string path)
    {
        if (!IsWrittenThroughLog(path) || new FileInfo(path + "-wal") is { Exists: true, Length: > 0 })
            return (LocalDatabase.Open(path, "", SqliteOpenMode.ReadOnly), false);
        SqliteConnection? connection = null;
        try
        {
            connection = LocalDatabase.OpenToRead(path, "");
            if (raw.sqlite3_db_readonly(connection.Handle!, "main") == 0)
            {
                LocalDatabase.Execute(connection, "SELECT count(*) FROM sqlite_schema");
                return (connection, false);
            }

            connection.Dispose();
        }
        catch (SqliteException e)
        {
            connection?.Dispose();
            if (e.SqliteErrorCode is not (raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY))
                throw;
        }

        return (LocalDatabase.Open(new Uri(path).AbsoluteUri + "?immutable=1", "", SqliteOpenMode.ReadOnly), true);
    }

    // Bytes 18 and 19 of SQLite's header are 2 in a file that is written through a log.
    private static bool IsWrittenThroughLog(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            var header = new byte[20];
            return file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) == header.Length && header[18] == 2;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string StateOf(string path) => $"{QuickFingerprint.OfFile(path)} {QuickFingerprint.OfLog(path + "-wal")}";

    /// <summary>Whether anything but white space, comments and semicolons follows.</summary>
    private bool HasStatement(string? tail)
    {
        while (!string.IsNullOrWhiteSpace(tail))
        {
            if (raw.sqlite3_prepare_v2(Handle, tail, out var statement, out var rest) != raw.SQLITE_OK)
                return true;
            if (!statement.IsInvalid)
            {
                raw.sqlite3_finalize(statement);
                return true;
            }

            if (rest == tail)
                return false;
            tail = rest;
        }

        return false;
    }
}
