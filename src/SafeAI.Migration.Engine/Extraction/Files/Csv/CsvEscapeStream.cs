namespace SafeAI.Migration.Engine.Extraction.Files.Csv;

/// <summary>
/// Turns quotes that are escaped by a character of their own into doubled quotes, so that one dialect is left to parse.
/// An escaped escape becomes one; before anything else the escape is an ordinary character.
/// </summary>
internal sealed class CsvEscapeStream(Stream inner, CsvDialect dialect, byte escape) : ReadOnlyStream
{
    private readonly byte[] _input = new byte[64 * 1024];
    private readonly byte[] _output = new byte[(64 * 1024) + 1];
    private readonly byte _quote = dialect.Quote!.Value;
    private int _outputStart;
    private int _outputEnd;
    private bool _isFieldStart = true;
    private bool _inQuotes;
    private bool _afterEscape;
    private bool _ended;

    public override int Read(Span<byte> buffer)
    {
        while (_outputStart == _outputEnd)
        {
            if (_ended)
                return 0;
            Fill();
        }

        var count = Math.Min(buffer.Length, _outputEnd - _outputStart);
        _output.AsSpan(_outputStart, count).CopyTo(buffer);
        _outputStart += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private void Fill()
    {
        var count = inner.Read(_input);
        _outputStart = _outputEnd = 0;
        _ended = count == 0;
        if (_ended && _afterEscape)
            Put(escape);
        foreach (var b in _input.AsSpan(0, count))
            Pass(b);
    }

    private void Pass(byte b)
    {
        if (_afterEscape)
        {
            _afterEscape = false;
            if (b == _quote)
                Put(_quote);
            else if (b != escape)
                Put(escape);
        }
        else if (_inQuotes)
        {
            if (b == escape)
            {
                _afterEscape = true;
                return;
            }

            _inQuotes = b != _quote;
        }
        else
        {
            _inQuotes = _isFieldStart && b == _quote;
        }

        _isFieldStart = b == dialect.Delimiter || b is (byte)'\n' or (byte)'\r';
        Put(b);
    }

    private void Put(byte b) => _output[_outputEnd++] = b;
}
