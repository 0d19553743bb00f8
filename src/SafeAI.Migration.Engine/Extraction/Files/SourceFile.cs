using System.Security.Cryptography;

namespace SafeAI.Migration.Engine.Extraction.Files;

/// <summary>A file that is read once from start to end: its first bytes can be looked at before.</summary>
internal sealed class SourceFile : IDisposable
{
    private const int HeadSize = 64 * 1024;

    private readonly FingerprintStream _raw;
    private readonly byte[] _head = new byte[HeadSize];
    private readonly int _headLength;

    private SourceFile(string path, FingerprintStream raw)
    {
        Path = path;
        _raw = raw;
        _headLength = raw.ReadAtLeast(_head, _head.Length, throwOnEndOfStream: false);
        Content = new ReplayStream(_head.AsMemory(0, _headLength), raw);
    }

    /// <summary>The path as it was given.</summary>
    public string Path { get; }

    /// <summary>The first bytes of the content, 64 KiB where it is longer.</summary>
    public ReadOnlyMemory<byte> Head => _head.AsMemory(0, _headLength);

    /// <summary>Whether <see cref="Head"/> is all there is.</summary>
    public bool HeadIsAll => _headLength < HeadSize;

    /// <summary>The content from its start.</summary>
    public Stream Content { get; }

    /// <summary>How many bytes of the file were read so far.</summary>
    public long BytesRead => _raw.BytesRead;

    /// <summary>The SHA-256 of the file as it lies on disk; null until all of it was read.</summary>
    public string? Fingerprint => _raw.Fingerprint;

    public static SourceFile Open(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        FileStream? stream = null;
        try
        {
            stream = new FileStream(full, new FileStreamOptions
            {
                Mode = FileMode.Open,
                Access = FileAccess.Read,
                Share = FileShare.ReadWrite | FileShare.Delete,
                Options = FileOptions.SequentialScan,
                BufferSize = 0,
            });
            return new SourceFile(path, new FingerprintStream(stream));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new MigrationException(
                ErrorCode.SourceNotFound, $"There is no file '{full}'.", "Check the path; a relative one starts at the current directory.", e)
            { Stage = MigrationStage.Extract };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            stream?.Dispose();
            if (Directory.Exists(full))
                throw new MigrationException(ErrorCode.SourceNotFound, $"'{full}' is a folder, not a file.", "Name a file in it.", e) { Stage = MigrationStage.Extract };
            throw new MigrationException(
                ErrorCode.SourceUnreadable, $"The file '{full}' cannot be opened: {e.Message}", "Check its permissions and that no other program holds it.", e)
            { Stage = MigrationStage.Extract };
        }
    }

    public void Dispose() => Content.Dispose();

    /// <summary>Counts and hashes what passes.</summary>
    private sealed class FingerprintStream(Stream inner) : ReadOnlyStream
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public long BytesRead { get; private set; }

        public string? Fingerprint { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            var count = inner.Read(buffer);
            BytesRead += count;
            if (count > 0)
                _hash.AppendData(buffer[..count]);
            else if (buffer.Length > 0)
                Fingerprint ??= Convert.ToHexString(_hash.GetHashAndReset()).ToLowerInvariant();
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
                _hash.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
