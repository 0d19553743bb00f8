using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using SafeAI.Migration.Engine.Extraction.Files.Compression;

namespace SafeAI.Migration.Engine.Extraction.Files;

/// <summary>A file that is read once from start to end, expanded where it is compressed: its first bytes can be looked at before.</summary>
internal sealed class SourceFile : IDisposable
{
    private const int HeadSize = 64 * 1024;

    private readonly bool _isFingerprinted;
    private readonly Stream _raw;
    private FingerprintStream? _counted;
    private readonly ZipArchive? _archive;
    private readonly byte[] _head = new byte[HeadSize];
    private readonly int _headLength;

    private SourceFile(string path, FileStream raw, CompressionOptions options, bool isFingerprinted)
    {
        _isFingerprinted = isFingerprinted;
        Path = path;
        _raw = raw;
        var magic = new byte[16];
        var magicLength = raw.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        Kind = CompressionSniffer.Tell(path, magic.AsSpan(0, magicLength));
        ContentName = FileNames.WithoutCompression(path);
        Stream content;
        if (Kind == CompressionKind.Zip)
        {
            // An archive is read from its end, so its bytes do not pass in order.
            _archive = new ZipArchive(raw, ZipArchiveMode.Read);
            var entry = ZipEntries.Choose(_archive, path, options.Entry);
            ContentName = entry.FullName;
            content = new ExpansionGuard(new ZipContent(entry), path, options, () => entry.CompressedLength);
        }
        else
        {
            _counted = new FingerprintStream(new ReplayStream(magic.AsMemory(0, magicLength), raw), isHashed: isFingerprinted);
            content = Kind switch
            {
                CompressionKind.Gzip => new ExpansionGuard(new GzipContent(_counted), path, options, () => BytesRead),
                CompressionKind.Zstandard => new ExpansionGuard(new ZstandardContent(_counted), path, options, () => BytesRead),
                CompressionKind.Brotli => new ExpansionGuard(new BrotliContent(_counted), path, options, () => BytesRead),
                _ => _counted,
            };
        }

        _headLength = content.ReadAtLeast(_head, _head.Length, throwOnEndOfStream: false);
        Content = new ReplayStream(_head.AsMemory(0, _headLength), content);
    }

    /// <summary>The path as it was given.</summary>
    public string Path { get; }

    /// <summary>The name of what is read, without endings for compression; within an archive the name there.</summary>
    public string ContentName { get; }

    /// <summary>How the file is compressed.</summary>
    public CompressionKind Kind { get; }

    /// <summary>The first bytes of the content, 64 KiB where it is longer.</summary>
    public ReadOnlyMemory<byte> Head => _head.AsMemory(0, _headLength);

    /// <summary>The content from its start.</summary>
    public Stream Content { get; }

    /// <summary>How many bytes of the file, as it lies on disk, were read so far; of an archive about how many.</summary>
    public long BytesRead => _counted?.BytesRead ?? _raw.Position;

    /// <summary>How long the file is on disk, in bytes; null where it is not known, as for a pipe.</summary>
    public long? Length => _raw.CanSeek ? _raw.Length : null;

    public static SourceFile Open(string path, CompressionOptions options, bool isFingerprinted = true)
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
            return new SourceFile(path, stream, options, isFingerprinted);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new MigrationException(
                ErrorCode.SourceNotFound, $"There is no file '{full}'.", "Check the path; a relative one starts at the current directory.", e)
            { Stage = MigrationStage.Extract };
        }
        catch (InvalidDataException e)
        {
            stream?.Dispose();
            throw new MigrationException(
                ErrorCode.SourceUnreadable, $"The file '{full}' cannot be expanded: {e.Message}", "Check that the file is whole.", e)
            { Stage = MigrationStage.Extract };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            stream?.Dispose();
            throw new MigrationException(
                ErrorCode.SourceUnreadable, $"The file '{full}' cannot be opened: {e.Message}", "Check its permissions and that no other program holds it.", e)
            { Stage = MigrationStage.Extract };
        }
        catch
        {
            stream?.Dispose();
            throw;
        }
    }

    /// <summary>The content from a place on, in place of <see cref="Content"/>; of a file that is not compressed.</summary>
    /// <param name="offset">The byte of the file.</param>
    /// <exception cref="MigrationException"><see cref="ErrorCode.SourceUnreadable"/>: the file ends before it.</exception>
    public Stream ContentFrom(long offset)
    {
        if (offset > _raw.Length)
        {
            throw new MigrationException(
                ErrorCode.SourceUnreadable,
                string.Create(CultureInfo.InvariantCulture, $"'{Path}' has {_raw.Length} bytes, but the read should go on at byte {offset}."),
                "The file is another one than before; read it from its start.")
            { Stage = MigrationStage.Extract };
        }

        _raw.Position = offset;
        return _counted = new FingerprintStream(_raw, isHashed: false, offset);
    }

    /// <summary>Reads what is left of the file and returns the SHA-256 of all of it, in hexadecimal; null where a part was passed over or it is not wanted.</summary>
    public string? Finish()
    {
        if (_counted is not null)
            return _counted.Finish();
        if (!_isFingerprinted)
            return null;
        _raw.Position = 0;
        return Convert.ToHexString(SHA256.HashData(_raw)).ToLowerInvariant();
    }

    public void Dispose()
    {
        Content.Dispose();
        _archive?.Dispose();
        _raw.Dispose();
    }

}
