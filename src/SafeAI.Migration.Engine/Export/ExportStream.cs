using System.IO.Compression;

namespace SafeAI.Migration.Engine.Export;

/// <summary>A file that is written beside the one that it will be, and takes that one's place at the end.</summary>
internal sealed class ExportStream : IDisposable
{
    private readonly string _path;
    private readonly string _temporaryPath;
    private readonly FileStream _file;
    private Stream? _content;

    /// <exception cref="MigrationException"><see cref="ErrorCode.ExportFailed"/>: the file exists, or its folder cannot be written.</exception>
    public ExportStream(string path, bool force, bool append)
    {
        _path = Path.GetFullPath(path);
        _temporaryPath = Path.Combine(Path.GetDirectoryName(_path)!, $".{Path.GetFileName(_path)}.{Guid.NewGuid():N}.tmp");
        if (Directory.Exists(_path))
            throw Fail($"'{_path}' is a folder.", "Name a file.");
        Exists = File.Exists(_path);
        if (Exists && !force && !append)
            throw Fail($"The file '{_path}' exists already.", "Replace it with Force, add to it with Append, or name another.");
        try
        {
            // Exports hold what the source holds: only the owner may read them until the owner decides otherwise.
            var settings = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 1 << 16 };
            if (!OperatingSystem.IsWindows())
                settings.UnixCreateMode = Exists ? File.GetUnixFileMode(_path) | UnixFileMode.UserWrite | UnixFileMode.UserRead : UnixFileMode.UserRead | UnixFileMode.UserWrite;
            _file = new FileStream(_temporaryPath, settings);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fail($"The file '{_path}' cannot be written: {e.Message}", "Check the folder and its permissions.", e);
        }

        try
        {
            if (append && Exists)
                Copy();
            // A file compressed in two goes is one file to every reader of gzip; not so of brotli.
            _content = Path.GetExtension(_path).ToLowerInvariant() switch
            {
                ".gz" => new GZipStream(_file, CompressionLevel.Optimal, leaveOpen: true),
                ".br" => new BrotliStream(_file, CompressionLevel.Optimal, leaveOpen: true),
                _ => _file,
            };
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Whether there was a file of that name at the beginning.</summary>
    public bool Exists { get; }

    public Stream Content => _content!;

    /// <summary>How long the file is; after <see cref="Complete"/>.</summary>
    public long Length { get; private set; }

    /// <summary>Whether a file of this name is compressed.</summary>
    public static bool IsCompressed(string path) => Path.GetExtension(path).ToLowerInvariant() is ".gz" or ".br";

    /// <summary>Brings everything to the disk, and the file to its name.</summary>
    public void Complete()
    {
        try
        {
            if (!ReferenceEquals(_content, _file))
                _content!.Dispose();
            _file.Flush(flushToDisk: true);
            Length = _file.Length;
            _file.Dispose();
            File.Move(_temporaryPath, _path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fail($"The file '{_path}' cannot be written: {e.Message}", "Check the space and the permissions.", e);
        }
    }

    public static MigrationException Fail(string what, string? remedy, Exception? inner = null) =>
        new(ErrorCode.ExportFailed, what, remedy, inner) { Stage = MigrationStage.Load };

    public void Dispose()
    {
        try
        {
            if (_content is not null && !ReferenceEquals(_content, _file))
                _content.Dispose();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // What cannot be written any more is thrown away with the rest.
        }

        _content = _file;
        _file.Dispose();
        File.Delete(_temporaryPath);
    }

    private void Copy()
    {
        if (Path.GetExtension(_path).Equals(".br", StringComparison.OrdinalIgnoreCase))
            throw Fail("A file compressed with brotli cannot be added to.", "Write another file, or use gzip.");
        using var old = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.Read);
        old.CopyTo(_file);
    }
}
