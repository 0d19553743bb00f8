using System.Text;

namespace SafeAI.Migration.Engine.Extraction.Files.Text;

/// <summary>
/// The text of a file in UTF-8, whatever its encoding, without a byte order mark. UTF-8 passes as it is, valid or not;
/// of other encodings what is not valid comes out as markers (see <see cref="InvalidBytes"/>).
/// </summary>
internal sealed class Utf8Stream : ReadOnlyStream
{
    private const int ChunkSize = 64 * 1024;

    private readonly SourceFile _file;
    private Stream _source;
    private Decoder? _decoder;
    private bool _undecided;
    private byte[] _bytes = [];
    private char[] _chars = [];
    private byte[] _output = [];
    private int _outputStart;
    private int _outputEnd;
    private bool _sourceEnded;

    /// <param name="file">The file, not read yet.</param>
    /// <param name="encodingName">The declared encoding; null tells it from the content.</param>
    public Utf8Stream(SourceFile file, string? encodingName)
    {
        _file = file;
        var head = file.Head.Span;
        _source = file.Content;
        Use(encodingName is null ? EncodingDetector.Detect(head) : EncodingDetector.Declared(encodingName, head));
        _undecided = encodingName is null && _decoder is null && Encoding.PreambleLength == 0 && IndexOfNonAscii(head) < 0;
        _source.ReadExactly(stackalloc byte[Encoding.PreambleLength]);
    }

    /// <summary>The encoding and how it was told; may change at the first bytes that are not ASCII.</summary>
    public EncodingDetector.Found Encoding { get; private set; }

    /// <summary>Whether markers stand for bytes that were not valid; never for UTF-8.</summary>
    public bool HasMarkers { get; private set; }

    /// <summary>Whether the file's own bytes pass, so that places in the text are places in the file.</summary>
    public bool IsPlain => _decoder is null && _file.Kind == Compression.CompressionKind.None;

    /// <summary>The encoding where it cannot change any more; otherwise null.</summary>
    public string? SettledEncoding => _undecided ? null : Encoding.Encoding.WebName;

    /// <summary>Goes to a place in the file; nothing may be read before the text is plain.</summary>
    /// <param name="position">A place with an offset.</param>
    public void Seek(SourcePosition position)
    {
        _source = _file.ContentFrom(position.Offset!.Value);
        if (!_undecided || position.Encoding is null)
            return;
        _undecided = false;
        Encoding = new EncodingDetector.Found(EncodingDetector.ByName(position.Encoding), 0, "told from the content", IsCertain: true);
    }

    public override int Read(Span<byte> buffer)
    {
        if (_decoder is not null)
            return ReadTranscoded(buffer);
        var count = _source.Read(buffer);
        if (!_undecided || IndexOfNonAscii(buffer[..count]) is not (>= 0 and var first))
            return count;
        Decide(buffer[first..count]);
        return first > 0 ? first : Read(buffer);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _source.Dispose();
        base.Dispose(disposing);
    }

    private static int IndexOfNonAscii(ReadOnlySpan<byte> bytes) => bytes.IndexOfAnyInRange((byte)0x80, (byte)0xFF);

    private void Use(EncodingDetector.Found found)
    {
        Encoding = found;
        if (found.Encoding is UTF8Encoding)
            return;
        _decoder = InvalidBytes.DecoderFor(found.Encoding, () => HasMarkers = true);
        _bytes = new byte[ChunkSize];
        _chars = new char[found.Encoding.GetMaxCharCount(ChunkSize) + 16];
        _output = new byte[System.Text.Encoding.UTF8.GetMaxByteCount(_chars.Length)];
    }

    // All before was ASCII, so the encoding can still be chosen.
    private void Decide(ReadOnlySpan<byte> bytes)
    {
        _undecided = false;
        var sample = new byte[Math.Max(ChunkSize, bytes.Length)];
        bytes.CopyTo(sample);
        var length = bytes.Length + _source.ReadAtLeast(sample.AsSpan(bytes.Length), sample.Length - bytes.Length, throwOnEndOfStream: false);
        Use(EncodingDetector.DetectEightBit(sample.AsSpan(0, length)));
        _source = new ReplayStream(sample.AsMemory(0, length), _source);
    }

    private int ReadTranscoded(Span<byte> buffer)
    {
        while (_outputStart == _outputEnd)
        {
            if (_sourceEnded)
                return 0;
            var count = _source.Read(_bytes);
            _sourceEnded = count == 0;
            var chars = _decoder!.GetChars(_bytes.AsSpan(0, count), _chars, flush: _sourceEnded);
            _outputStart = 0;
            _outputEnd = System.Text.Encoding.UTF8.GetBytes(_chars.AsSpan(0, chars), _output);
        }

        var length = Math.Min(buffer.Length, _outputEnd - _outputStart);
        _output.AsSpan(_outputStart, length).CopyTo(buffer);
        _outputStart += length;
        return length;
    }
}
