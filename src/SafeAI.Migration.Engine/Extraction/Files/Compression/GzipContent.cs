using System.IO.Compression;

namespace SafeAI.Migration.Engine.Extraction.Files.Compression;

/// <summary>
/// The content of a gzip file. The framework takes a file that is cut off for one that ends. So where the file ends, a member
/// of a known content is read behind its own: it comes out as it is only where everything before was whole.
/// </summary>
internal sealed class GzipContent : ReadOnlyStream
{
    private static readonly byte[] s_mark = "\0SafeAI.Migration: end of file\0"u8.ToArray();
    private static readonly byte[] s_markMember = Compress(s_mark);

    private readonly MarkableStream _input;
    private readonly GZipStream _gzip;
    private bool _ended;

    public GzipContent(Stream compressed)
    {
        _input = new MarkableStream(compressed);
        _gzip = new GZipStream(_input, CompressionMode.Decompress);
    }

    public override int Read(Span<byte> buffer)
    {
        if (_ended || buffer.IsEmpty)
            return 0;
        var count = Inflate(buffer);
        if (count == 0)
            CheckEnd();
        _ended = count == 0;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _gzip.Dispose();
        base.Dispose(disposing);
    }

    private static byte[] Compress(byte[] content)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest))
            gzip.Write(content);
        return output.ToArray();
    }

    // What comes out from here on is not of the file, and goes to nobody.
    private void CheckEnd()
    {
        _input.Mark();
        var last = new byte[s_mark.Length + 1];
        var length = 0;
        while (length < last.Length && Inflate(last.AsSpan(length)) is > 0 and var count)
            length += count;
        if (!last.AsSpan(0, length).SequenceEqual(s_mark))
            throw new InvalidDataException("the gzip data is cut off, or followed by something else.");
    }

    private int Inflate(Span<byte> buffer)
    {
        try
        {
            return _gzip.Read(buffer);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException("the gzip data is damaged or cut off.", e);
        }
    }

    /// <summary>A file, and behind it the member of known content once it is asked for.</summary>
    private sealed class MarkableStream(Stream file) : ReadOnlyStream
    {
        private readonly MemoryStream _mark = new(s_markMember, writable: false);
        private bool _isMarked;

        public void Mark() => _isMarked = true;

        public override int Read(Span<byte> buffer) => file.Read(buffer) is > 0 and var count ? count : _isMarked ? _mark.Read(buffer) : 0;

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                file.Dispose();
            base.Dispose(disposing);
        }
    }
}
