using System.Globalization;
using System.Text;

namespace SafeAI.Migration.Engine.Extraction.Files.Sql;

/// <summary>The kinds of tokens of SQL.</summary>
internal enum SqlTokenKind
{
    /// <summary>The text ends.</summary>
    End,

    /// <summary>A keyword or a name without quotes.</summary>
    Word,

    /// <summary>A name in quotes.</summary>
    Name,

    /// <summary>A text in quotes.</summary>
    Text,

    /// <summary>A number without sign.</summary>
    Number,

    /// <summary>A text in dollar quotes.</summary>
    DollarText,

    /// <summary>A character that stands for itself.</summary>
    Symbol,
}

/// <summary>Splits SQL into tokens, however long; only the present one is in memory.</summary>
/// <param name="stream">The SQL in UTF-8.</param>
/// <param name="dialect">Which SQL.</param>
/// <param name="maxSize">The longest token, or line of data, in bytes.</param>
internal sealed class SqlScanner(Stream stream, SqlDialect dialect, int maxSize)
{
    private byte[] _buffer = new byte[256 * 1024];
    private byte[] _scratch = new byte[4096];
    private int _tokenStart;
    private int _position;
    private int _end;
    private bool _ended;
    private int _counted;
    private long _line = 1;
    private bool _hasEscapes;
    private bool _hasBackslashes;

    public SqlTokenKind Kind { get; private set; }

    /// <summary>The character of a symbol.</summary>
    public byte Symbol { get; private set; }

    /// <summary>The token as it stands in the text, with its quotes.</summary>
    public ReadOnlySpan<byte> Raw => _buffer.AsSpan(_tokenStart, _position - _tokenStart);

    /// <summary>Whether a comment said that the dump is complete.</summary>
    public bool SawClosingComment { get; private set; }

    /// <summary>The line, from 1, on which the token begins.</summary>
    public long Line
    {
        get
        {
            _line += _buffer.AsSpan(_counted, _tokenStart - _counted).Count((byte)'\n');
            _counted = _tokenStart;
            return _line;
        }
    }

    public bool IsWord(ReadOnlySpan<byte> word) => Kind == SqlTokenKind.Word && Ascii.EqualsIgnoreCase(Raw, word);

    public bool IsSymbol(char symbol) => Kind == SqlTokenKind.Symbol && Symbol == symbol;

    /// <summary>The name that a word or a name in quotes means; unquoted names of PostgreSQL are in lower case already.</summary>
    public string Identifier => Encoding.UTF8.GetString(Kind == SqlTokenKind.Name ? Content : Raw);

    /// <summary>What stands between the quotes, with doubled quotes and escapes resolved. Valid until the next token.</summary>
    public ReadOnlySpan<byte> Content
    {
        get
        {
            var inner = _buffer.AsSpan(_tokenStart + 1, _position - _tokenStart - 2);
            return _hasEscapes ? Unescape(inner) : inner;
        }
    }

    /// <summary>Goes to the next token.</summary>
    public SqlTokenKind Next()
    {
        Kind = Scan();
        CheckSize(_position - _tokenStart);
        return Kind;
    }

    private SqlTokenKind Scan()
    {
        SkipSpace();
        _hasEscapes = false;
        if (!Has(0))
            return SqlTokenKind.End;
        var first = _buffer[_position];
        switch (first)
        {
            case (byte)'\'':
                PassQuoted(first, dialect == SqlDialect.MySql);
                return SqlTokenKind.Text;
            case (byte)'"' or (byte)'`':
                PassQuoted(first, backslash: false);
                return SqlTokenKind.Name;
            case (byte)'[' when dialect == SqlDialect.Sqlite:
                PassQuoted((byte)']', backslash: false);
                return SqlTokenKind.Name;
            case (byte)'$' when dialect == SqlDialect.PostgreSql && PassDollarQuoted():
                return SqlTokenKind.DollarText;
            case >= (byte)'0' and <= (byte)'9':
                PassNumber();
                return SqlTokenKind.Number;
        }

        if (IsWordByte(first))
        {
            while (Has(0) && IsWordByte(_buffer[_position]))
                _position++;
            return SqlTokenKind.Word;
        }

        _position++;
        Symbol = first;
        return SqlTokenKind.Symbol;
    }

    /// <summary>Whether the very next byte, without white space between, is this one.</summary>
    public bool IsFollowedBy(char symbol) => Has(0) && _buffer[_position] == symbol;

    /// <summary>Takes the text that follows immediately, in which a backslash escapes, as the present token.</summary>
    public void NextEscapedText()
    {
        _tokenStart = _position;
        _hasEscapes = false;
        PassQuoted((byte)'\'', backslash: true);
        Kind = SqlTokenKind.Text;
    }

    /// <summary>Takes the rest of the line as the present token, without its line break.</summary>
    /// <returns>Whether there was a line.</returns>
    public bool NextLine(out ReadOnlySpan<byte> line)
    {
        _tokenStart = _position;
        var searched = 0;
        while (true)
        {
            var index = _buffer.AsSpan(_position + searched, _end - _position - searched).IndexOf((byte)'\n');
            if (index >= 0 || !More(ref searched))
            {
                var length = index >= 0 ? searched + index : _end - _position;
                line = _buffer.AsSpan(_position, length);
                if (line.EndsWith("\r"u8))
                    line = line[..^1];
                CheckSize(length);
                var any = index >= 0 || length > 0;
                _position += length + (index >= 0 ? 1 : 0);
                return any;
            }
        }
    }

    private bool More(ref int searched)
    {
        searched = _end - _position;
        return Fill();
    }

    private static bool IsWordByte(byte b) =>
        b is (>= (byte)'a' and <= (byte)'z') or (>= (byte)'A' and <= (byte)'Z') or (>= (byte)'0' and <= (byte)'9') or (byte)'_' or (byte)'$' or (byte)'@' or >= 0x80;

    private bool Has(int offset)
    {
        while (_position + offset >= _end)
            if (!Fill())
                return false;
        return true;
    }

    private void SkipSpace()
    {
        while (true)
        {
            _tokenStart = _position;
            if (!Has(0))
                return;
            var b = _buffer[_position];
            if (b is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)'\f')
                _position++;
            else if ((b == '-' && Has(1) && _buffer[_position + 1] == '-') || (b == '#' && dialect == SqlDialect.MySql))
                SkipLineComment();
            else if (b == '/' && Has(1) && _buffer[_position + 1] == '*')
                SkipBlockComment();
            else
                return;
        }
    }

    private void SkipLineComment()
    {
        NextLine(out var comment);
        SawClosingComment |= comment.StartsWith("-- Dump completed"u8) || comment.StartsWith("-- PostgreSQL database dump complete"u8);
    }

    private void SkipBlockComment()
    {
        _position += 2;
        while (Has(1) && !(_buffer[_position] == '*' && _buffer[_position + 1] == '/'))
            _tokenStart = ++_position;
        _position = Math.Min(_position + 2, _end);
    }

    private void PassQuoted(byte quote, bool backslash)
    {
        _hasBackslashes = backslash;
        _position++;
        while (true)
        {
            var rest = _buffer.AsSpan(_position, _end - _position);
            var index = backslash ? rest.IndexOfAny(quote, (byte)'\\') : rest.IndexOf(quote);
            if (index < 0)
            {
                _position = _end;
                if (!Fill())
                    throw new SqlEndException();
                continue;
            }

            _position += index;
            if (backslash && _buffer[_position] == '\\')
            {
                _hasEscapes = true;
                if (!Has(1))
                    throw new SqlEndException();
                _position += 2;
            }
            else if (Has(1) && _buffer[_position + 1] == quote)
            {
                _hasEscapes = true;
                _position += 2;
            }
            else
            {
                _position++;
                return;
            }
        }
    }

    private bool PassDollarQuoted()
    {
        var length = 1;
        while (Has(length) && IsWordByte(_buffer[_position + length]) && _buffer[_position + length] != '$')
            length++;
        if (!Has(length) || _buffer[_position + length] != '$')
            return false;
        length++;
        var tag = _buffer.AsSpan(_position, length).ToArray();
        _position += length;
        while (true)
        {
            var index = _buffer.AsSpan(_position, _end - _position).IndexOf(tag);
            if (index >= 0)
            {
                _position += index + length;
                return true;
            }

            _position = Math.Max(_position, _end - length);
            if (!Fill())
                throw new SqlEndException();
        }
    }

    private void PassNumber()
    {
        while (Has(0) && (IsWordByte(_buffer[_position]) || _buffer[_position] == '.' || IsExponentSign()))
            _position++;
    }

    private bool IsExponentSign() =>
        _buffer[_position] is (byte)'+' or (byte)'-'
        && _buffer[_position - 1] is (byte)'e' or (byte)'E'
        && !Raw.StartsWith("0x"u8);

    private ReadOnlySpan<byte> Unescape(ReadOnlySpan<byte> inner)
    {
        if (_scratch.Length < inner.Length)
            _scratch = new byte[Math.Max(inner.Length, _scratch.Length * 2)];
        var quote = _buffer[_tokenStart];
        var length = 0;
        for (var i = 0; i < inner.Length; i++)
        {
            var b = inner[i];
            if (b == quote && i + 1 < inner.Length)
            {
                i++;
            }
            else if (b == '\\' && _hasBackslashes && i + 1 < inner.Length)
            {
                b = inner[++i];
                if (b is (byte)'%' or (byte)'_' && dialect == SqlDialect.MySql)
                    _scratch[length++] = (byte)'\\';
                b = b switch
                {
                    (byte)'0' => 0,
                    (byte)'b' => (byte)'\b',
                    (byte)'f' when dialect != SqlDialect.MySql => (byte)'\f',
                    (byte)'n' => (byte)'\n',
                    (byte)'r' => (byte)'\r',
                    (byte)'t' => (byte)'\t',
                    (byte)'Z' when dialect == SqlDialect.MySql => 26,
                    _ => b,
                };
            }

            _scratch[length++] = b;
        }

        return _scratch.AsSpan(0, length);
    }

    private void CheckSize(int size)
    {
        if (size > maxSize)
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"a value is longer than the limit of {maxSize} bytes."));
    }

    private bool Fill()
    {
        if (_ended)
            return false;
        CheckSize(_end - _tokenStart);
        _ = Line;
        var shift = _tokenStart;
        _buffer.AsSpan(shift, _end - shift).CopyTo(_buffer);
        _tokenStart = 0;
        _counted = 0;
        _position -= shift;
        _end -= shift;
        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
        var count = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += count;
        _ended = count == 0;
        return count > 0;
    }
}

/// <summary>The text ended within a statement.</summary>
internal sealed class SqlEndException : Exception;
