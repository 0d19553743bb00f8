using System.Text;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Monitoring;

/// <summary>
/// Writes what happens in runs to a file, a line of JSON each, readable by its owner only. When the file is full it is
/// kept under the same name with .1, the one before with .2, and so on; the oldest goes. Lines are whole, and are on
/// their way to the disk when the call returns. Safe for several threads.
/// </summary>
public sealed class LogFile : IRunObserver, IDisposable
{
    private readonly object _lock = new();
    private readonly string _path;
    private readonly MigrationLogLevel _level;
    private readonly long _maxBytes;
    private readonly int _keep;
    private FileStream? _file;

    /// <summary>Opens a log, which is gone on with where it exists.</summary>
    /// <param name="path">The file.</param>
    /// <param name="level">What is written: this level and those above.</param>
    /// <param name="maxBytes">The size from which a new file is begun, in bytes.</param>
    /// <param name="keep">How many full files are kept beside the present one, from 1.</param>
    /// <exception cref="MigrationException"><see cref="ErrorCode.StoreFailed"/>: it cannot be written.</exception>
    public LogFile(string path, MigrationLogLevel level = MigrationLogLevel.Information, long maxBytes = 20_000_000, int keep = 5)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(keep);
        (_path, _level, _maxBytes, _keep) = (Path.GetFullPath(path), level, maxBytes, keep);
        try
        {
            _file = Open();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MigrationException(ErrorCode.StoreFailed, $"The log cannot be written to {_path}: {e.Message}", "Check the folder, or name another file.", e);
        }
    }

    /// <inheritdoc/>
    public void Observe(RunEvent happened)
    {
        if (LogLine.LevelOf(happened) < _level)
            return;
        var line = Encoding.UTF8.GetBytes(LogLine.Json(happened) + "\n");
        lock (_lock)
        {
            if (_file is null)
                return;
            try
            {
                if (_file.Position > 0 && _file.Position + line.Length > _maxBytes)
                    Rotate();
                _file.Write(line);
                _file.Flush();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A run is worth more than its log: where the disk is full, the log ends here.
                _file?.Dispose();
                _file = null;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _file?.Dispose();
            _file = null;
        }
    }

    private FileStream Open()
    {
        if (!File.Exists(_path))
            PrivateFile.Create(_path);
        return new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
    }

    private void Rotate()
    {
        _file!.Dispose();
        _file = null;
        for (var i = _keep - 1; i >= 1; i--)
        {
            if (File.Exists($"{_path}.{i}"))
                File.Move($"{_path}.{i}", $"{_path}.{i + 1}", overwrite: true);
        }

        File.Move(_path, _path + ".1", overwrite: true);
        _file = Open();
    }
}

/// <summary>Hands lines for people to whoever shows them.</summary>
/// <param name="level">What is shown: this level and those above.</param>
/// <param name="show">Takes a line; called from any thread.</param>
public sealed class TextLog(MigrationLogLevel level, Action<string> show) : IRunObserver
{
    /// <inheritdoc/>
    public void Observe(RunEvent happened)
    {
        if (LogLine.LevelOf(happened) >= level)
            show(LogLine.Text(happened));
    }
}
