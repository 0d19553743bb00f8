namespace SafeAI.Migration.Engine.Extraction.Files.Csv;

/// <summary>What is wrong with a field's quotes.</summary>
internal enum QuoteFault
{
    None,

    /// <summary>The text ends before the quote is closed.</summary>
    Unclosed,

    /// <summary>Something other than a delimiter follows the closing quote.</summary>
    TextAfterQuote,
}

/// <summary>
/// Walks over the raw text of one row, in UTF-8, where the parser does not say enough: which fields stand in quotes, and where
/// quotes are at fault.
/// </summary>
internal ref struct CsvScanner(CsvDialect dialect, ReadOnlySpan<byte> text)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private readonly CsvDialect _dialect = dialect;
    private int _position;
    private bool _ended;

    /// <summary>The field's number, from 0; -1 before the first.</summary>
    public int Field { get; private set; } = -1;

    /// <summary>Where the field begins, its quote included.</summary>
    public int Start { get; private set; }

    /// <summary>Where its closing quote is; where it ends, where there is none.</summary>
    public int Close { get; private set; }

    public bool IsQuoted { get; private set; }

    public QuoteFault Fault { get; private set; }

    /// <summary>Goes to the next field.</summary>
    /// <returns>Whether there is one.</returns>
    public bool MoveNext()
    {
        if (_ended)
            return false;
        Field++;
        Start = _position;
        Fault = QuoteFault.None;
        IsQuoted = _position < _text.Length && _text[_position] == _dialect.Quote;
        if (IsQuoted)
            PassQuoted();

        // Up to the delimiter or the end of the line.
        var rest = _text[_position..];
        var stop = rest.IndexOfAny((byte)'\r', (byte)'\n', _dialect.Delimiter);
        if (IsQuoted && Fault == QuoteFault.None && stop != 0 && rest.Length > 0)
            Fault = QuoteFault.TextAfterQuote;
        if (!IsQuoted)
            Close = _position + (stop < 0 ? rest.Length : stop);
        _ended = stop < 0 || rest[stop] is (byte)'\r' or (byte)'\n';
        _position += stop < 0 ? rest.Length : stop + (_ended ? 0 : 1);
        return true;
    }

    private void PassQuoted()
    {
        var quote = _dialect.Quote!.Value;
        _position++;
        while (_text[_position..].IndexOf(quote) is >= 0 and var next)
        {
            _position += next;
            if (_position + 1 == _text.Length || _text[_position + 1] != quote)
            {
                Close = _position++;
                return;
            }

            _position += 2;
        }

        Fault = QuoteFault.Unclosed;
        Close = _position = _text.Length;
    }
}
