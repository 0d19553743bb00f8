using System.Globalization;
using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.Audit;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Journal;

/// <summary>
/// The durable local file that knows every run: its batches and what was there before them, its rejects, how far it has
/// come. Readable by its owner only. Several processes may use one file at once. Safe for several threads.
/// </summary>
public sealed class JournalFile : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly JournalWriter _writer;

    private JournalFile(string path, SqliteConnection connection)
    {
        Path = path;
        _connection = connection;
        _writer = new JournalWriter(connection, path);
    }

    /// <summary>The full path.</summary>
    public string Path { get; }

    /// <summary>Where the journal is where nothing else is said: in the user's own state folder.</summary>
    public static string DefaultPath
    {
        get
        {
            var folder = OperatingSystem.IsWindows()
                ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                : Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } state && System.IO.Path.IsPathRooted(state)
                    ? state
                    : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state");
            return System.IO.Path.Combine(folder, "safeai-migration", "migrations.journal");
        }
    }

    /// <summary>Opens a journal for reading and writing, creates it where there is none, and brings an older one up to date.</summary>
    /// <param name="path">The file; null for <see cref="DefaultPath"/>, whose folder is created too.</param>
    /// <exception cref="MigrationException"><see cref="ErrorCode.JournalFailed"/>: it cannot be opened or written, or is something else.</exception>
    public static JournalFile Open(string? path = null)
    {
        var full = System.IO.Path.GetFullPath(path ?? DefaultPath);
        SqliteConnection? connection = null;
        try
        {
            var folder = System.IO.Path.GetDirectoryName(full)!;
            if (path is null)
                PrivateFile.CreateFolder(folder);
            else if (!Directory.Exists(folder))
                throw new MigrationException(ErrorCode.JournalFailed, $"The folder of the journal {full} does not exist.", "Create the folder first, or name another file.");
            PrivateFile.Create(full);
            connection = LocalDatabase.Open(full, "PRAGMA synchronous=FULL; PRAGMA cache_size=-16000;");
            JournalSchema.Prepare(connection, full);
            LocalDatabase.Execute(connection, "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=2000;");
            AuditHead.Advance(connection, full);
            return new JournalFile(full, connection);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            connection?.Dispose();
            throw JournalError.From(e, full);
        }
        catch
        {
            connection?.Dispose();
            throw;
        }
    }

    /// <summary>Opens a journal that must exist.</summary>
    /// <param name="path">The file; null for <see cref="DefaultPath"/>.</param>
    /// <exception cref="MigrationException"><see cref="ErrorCode.RunNotFound"/>: there is none. <see cref="ErrorCode.JournalFailed"/>: it cannot be opened.</exception>
    public static JournalFile OpenExisting(string? path = null)
    {
        var full = System.IO.Path.GetFullPath(path ?? DefaultPath);
        return File.Exists(full)
            ? Open(full)
            : throw new MigrationException(ErrorCode.RunNotFound, $"There is no journal at {full}.", "Check the path; the first run creates the file.");
    }

    /// <summary>The runs, newest first.</summary>
    /// <param name="id">The id of the one wanted, which may end in an asterisk; null for all.</param>
    /// <param name="statuses">The statuses wanted; null or empty for all.</param>
    public IReadOnlyList<MigrationRun> Runs(string? id = null, IReadOnlyCollection<MigrationStatus>? statuses = null) => Read(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = RunRows.Select + " WHERE $id IS NULL OR r.id = $id OR ($prefix IS NOT NULL AND substr(r.id, 1, length($prefix)) = $prefix) ORDER BY r.number DESC";
        var isPrefix = id?.EndsWith('*') == true;
        command.Parameters.AddWithValue("$id", (object?)id ?? DBNull.Value);
        command.Parameters.AddWithValue("$prefix", isPrefix ? id![..^1] : DBNull.Value);
        using var reader = command.ExecuteReader();
        var runs = new List<MigrationRun>();
        while (reader.Read())
        {
            var run = RunRows.Read(reader, Path);
            if (statuses is null || statuses.Count == 0 || statuses.Contains(run.Status))
                runs.Add(run);
        }

        return runs;
    });

    /// <summary>One run.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.RunNotFound"/>: the journal knows no such run.</exception>
    public MigrationRun Run(string id)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        return Runs(id) is [var run]
            ? run
            : throw new MigrationException(ErrorCode.RunNotFound, $"The journal {Path} knows no run '{id}'.", "See Get-Migration for the runs that it knows.");
    }

    /// <summary>Forgets a run: its batches, what was there before them, its rejects. It can then be neither resumed nor undone.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.RunNotFound"/>, or <see cref="ErrorCode.RunInUse"/>: a process works on it.</exception>
    public void Remove(string id)
    {
        var run = Run(id);
        if (run.Status == MigrationStatus.Running)
            throw new MigrationException(ErrorCode.RunInUse, $"The run {id} is at work in process {run.ProcessId} on {run.Machine}.", "Stop it first.");
        RelationshipFolder(id, remove: true);
        WriteAudited(() => new AuditEntry(AuditActionType.Remove, id, run.Destination, $"the {run.Kind} of {Text(run.Started)}, {run.Status}"), connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = """
                DELETE FROM undo WHERE id = $id;
                DELETE FROM undo_kept WHERE id = $id;
                DELETE FROM batch WHERE key BETWEEN (SELECT number FROM run WHERE id = $id) << 32 AND ((SELECT number FROM run WHERE id = $id) + 1 << 32) - 1;
                DELETE FROM outcome WHERE key BETWEEN (SELECT number FROM run WHERE id = $id) << 32 AND ((SELECT number FROM run WHERE id = $id) + 1 << 32) - 1;
                DELETE FROM reject WHERE run = (SELECT number FROM run WHERE id = $id);
                DELETE FROM checkpoint WHERE run = (SELECT number FROM run WHERE id = $id);
                DELETE FROM type_count WHERE run = (SELECT number FROM run WHERE id = $id);
                DELETE FROM progress WHERE id = $id;
                DELETE FROM course WHERE id = $id;
                DELETE FROM control WHERE id = $id;
                DELETE FROM run WHERE id = $id;
                """;
            command.Parameters.AddWithValue("$id", id);
            command.ExecuteNonQuery();
        });
        GiveBackRoom();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _writer.Dispose();
        _connection.Dispose();
    }

    /// <summary>The folder where the run keeps what is too big for the journal.</summary>
    internal string RelationshipFolder(string id, bool remove = false)
    {
        var folder = System.IO.Path.Combine(Path + ".files", id);
        if (remove && Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
            if (!Directory.EnumerateFileSystemEntries(Path + ".files").Any())
                Directory.Delete(Path + ".files");
        }

        return folder;
    }

    /// <summary>Writes in the journal's order; the task ends when it is on disk.</summary>
    internal Task WriteAsync(Action<SqliteConnection> write) => _writer.Add(write);

    /// <summary>Writes in the journal's order; where it fails, nothing is written after it.</summary>
    internal Task LogAsync(Action<SqliteConnection> write) => _writer.Add(write, isLog: true);

    /// <summary>Writes and waits until it is on disk.</summary>
    internal void Write(Action<SqliteConnection> write) => _writer.Add(write).GetAwaiter().GetResult();

    /// <summary>Writes, enters an event in the audit trail in the same transaction, and waits until both are on disk.</summary>
    internal void WriteAudited(Func<AuditEntry> entry, Action<SqliteConnection> write)
    {
        // A transaction of its own, so that the file beside the journal follows the event at once.
        _writer.AddOutside(connection =>
        {
            LocalDatabase.Execute(connection, "BEGIN IMMEDIATE");
            write(connection);
            AuditTrail.Append(connection, entry());
            CrashPoint.Hit("audit.before");
            LocalDatabase.Execute(connection, "COMMIT");
            CrashPoint.Hit("audit.after");
            try
            {
                AuditHead.Advance(connection, Path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw JournalError.From(e, AuditHead.PathFor(Path));
            }
        }).GetAwaiter().GetResult();
    }

    /// <summary>Why an earlier write failed that nobody waited for; null where none did.</summary>
    internal MigrationException? Failure => _writer.Failure;

    /// <summary>Reads on a connection of its own, so that it holds up no writer.</summary>
    internal T Read<T>(Func<SqliteConnection, T> read)
    {
        try
        {
            using var connection = LocalDatabase.Open(Path, "", SqliteOpenMode.ReadWrite);
            return read(connection);
        }
        catch (SqliteException e)
        {
            throw JournalError.From(e, Path);
        }
    }

    /// <summary>Streams rows on a connection of its own.</summary>
    internal IEnumerable<T> Stream<T>(string sql, Func<SqliteDataReader, T> read, params (string Name, object Value)[] parameters)
    {
        SqliteConnection? connection = null;
        SqliteCommand? command = null;
        SqliteDataReader? reader = null;
        try
        {
            try
            {
                connection = LocalDatabase.Open(Path, "", SqliteOpenMode.ReadWrite);
                command = connection.CreateCommand();
#pragma warning disable CA2100 // The texts are constants of this assembly.
                command.CommandText = sql;
#pragma warning restore CA2100
                foreach (var (name, value) in parameters)
                    command.Parameters.AddWithValue(name, value);
                reader = command.ExecuteReader();
            }
            catch (SqliteException e)
            {
                throw JournalError.From(e, Path);
            }

            while (true)
            {
                T row;
                try
                {
                    if (!reader.Read())
                        yield break;
                    row = read(reader);
                }
                catch (SqliteException e)
                {
                    throw JournalError.From(e, Path);
                }

                yield return row;
            }
        }
        finally
        {
            reader?.Dispose();
            command?.Dispose();
            connection?.Dispose();
        }
    }

    /// <summary>A point in time as the journal keeps it.</summary>
    internal static string Text(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", CultureInfo.InvariantCulture);

    private void GiveBackRoom()
    {
        // Outside of a transaction. Where another process writes at this moment, the room is used again instead.
        try
        {
            _writer.AddOutside(connection => LocalDatabase.Execute(connection, "PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE);")).GetAwaiter().GetResult();
        }
        catch (MigrationException e) when (e.IsTransient)
        {
        }
    }
}
