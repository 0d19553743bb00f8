using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.Journal;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// A file for the time of one run: in the folder for temporary files, readable by its owner only, removed on disposal. While
/// it is in use it is locked, by which the files that killed processes left are told from those of living ones: these stay,
/// those are removed when a process makes its first.
/// </summary>
internal sealed class TemporaryFile : IDisposable
{
    private const string Prefix = "safeai-migration.";

    // SQLite's number for it.
    private const int FullDisk = 13;

    // A file is locked as soon as it is made; this is for the moment between.
    private static readonly TimeSpan s_youngest = TimeSpan.FromMinutes(1);
    private static int s_isSwept;

    private readonly FileStream _lock;

    /// <param name="purpose">What it is for; a part of its name.</param>
    /// <param name="folder">Where it is; null for the system's folder for temporary files.</param>
    public TemporaryFile(string purpose, string? folder = null)
    {
        if (folder is null)
        {
            folder = System.IO.Path.GetTempPath();
            if (Interlocked.Exchange(ref s_isSwept, 1) == 0)
                Sweep(folder, DateTime.UtcNow - s_youngest);
        }

        Path = System.IO.Path.Combine(folder, $"{Prefix}{purpose}.{Guid.NewGuid():N}.tmp");
        PrivateFile.Create(Path);
        _lock = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
    }

    public string Path { get; }

    /// <summary>The error of a temporary database that cannot be written or read.</summary>
    /// <param name="cause">Why.</param>
    /// <param name="what">What cannot be done, with the path.</param>
    /// <param name="then">What to do once there is room.</param>
    public static MigrationException Failure(Exception cause, string what, string then)
    {
        var isFull = cause is SqliteException { SqliteErrorCode: FullDisk } || JournalError.IsFullDisk(cause);
        return new MigrationException(
            ErrorCode.StoreFailed,
            $"{what}: {(isFull ? "its disk is full." : cause.Message)}",
            $"Make room in the folder for temporary files, or name another with the environment variable TMPDIR (TEMP on Windows), then {then}",
            cause) { IsTransient = isFull };
    }

    public void Dispose()
    {
        foreach (var path in WithCompanions(Path))
            Delete(path);
        _lock.Dispose();
    }

    /// <summary>Removes the files that processes left which are no more, and were last written to before a point in time.</summary>
    internal static void Sweep(string folder, DateTime before)
    {
        try
        {
            foreach (var path in Directory.EnumerateFiles(folder, Prefix + "*.tmp"))
            {
                if (File.GetLastWriteTimeUtc(path) < before && IsLeft(path))
                {
                    foreach (var file in WithCompanions(path))
                        Delete(file);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Whoever cannot look there leaves it to the system to clean up.
        }
    }

    // Whoever uses a file holds a lock on it that admits others who share it; this one asks for it alone.
    private static bool IsLeft(string path)
    {
        try
        {
            using var alone = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string[] WithCompanions(string path) => [path, path + "-journal", path + "-wal", path + "-shm"];

    private static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Windows keeps a file that a reader still has open; the folder is cleaned by the system.
        }
    }
}
