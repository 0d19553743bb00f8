using System.IO.Compression;

namespace SafeAI.Migration.Engine.Extraction.Files.Compression;

/// <summary>
/// The content of a gzip file. The framework takes a file that is cut off for one that ends, so a last member of a
/// known content is read behind the file's own: it comes out as it is only where everything before was whole.
/// </summary>
internal sealed class GzipContent : ReadOnlyStream
{
    private static readonly byte[] s_mark = "\0SafeAI.Migration: end of file\0"u8.ToArray();
    private static readonly byte[] s_markMember = Compress(s_mark);

    private readonly GZipStream _gzip;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private bool _ended;

    public GzipContent(Stream compressed) =>
        _gzip = new GZipStream(new JoinedStream(compressed, new MemoryStream(s_markMember, writable: false)), CompressionMode.Decompress);

    public override int Read(Span<byte> buffer)
    {
        if (!_ended && _end - _start <= s_mark.Length)
            Fill();
        var count = Math.Min(buffer.Length, _end - _start - (_ended ? 0 : s_mark.Length));
        _buffer.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
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

    // The last bytes are held back until it is known whether they are the mark.
    private void Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        while (!_ended && _end <= s_mark.Length)
        {
            int count;
            try
            {
                count = _gzip.Read(_buffer, _end, _buffer.Length - _end);
            }
            catch (InvalidDataException e)
            {
                throw new InvalidDataException("the gzip data is damaged or cut off.", e);
            }

            _end += count;
            _ended = count == 0;
        }

        if (!_ended)
            return;
        if (!_buffer.AsSpan(0, _end).EndsWith(s_mark))
            throw new InvalidDataException("the gzip data is cut off, or followed by something else.");
        _end -= s_mark.Length;
    }
}
