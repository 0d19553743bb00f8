using System.Globalization;
using System.Text;

namespace SafeAI.Migration.Sandbox.Cypher.Parsing;

/// <summary>Cuts a statement's text into tokens.</summary>
internal sealed class Lexer(string text)
{
    private static readonly string[] s_symbols =
    [
        "<>", "<=", ">=", "+=", "=~", "..", "||", "!=", "::",
        "(", ")", "[", "]", "{", "}", ",", ":", ";", ".", "|", "&", "!", "%", "+", "-", "*", "/", "^", "=", "<", ">", "?",
    ];

    private readonly List<Token> _tokens = [];
    private int _offset;
    private int _line = 1;
    private int _lineStart;

    /// <summary>All tokens, the last of them the end.</summary>
    public static Token[] Read(string text) => new Lexer(text).Read();

    private Token[] Read()
    {
        while (true)
        {
            SkipBlanks();
            if (_offset >= text.Length)
                break;
            ReadToken();
        }

        _tokens.Add(new Token(TokenKind.End, "", Here(), text.Length));
        return [.. _tokens];
    }

    private Position Here() => new(_offset, _line, _offset - _lineStart + 1);

    private char At(int offset) => offset < text.Length ? text[offset] : '\0';

    private void Step()
    {
        if (text[_offset] == '\n')
        {
            _line++;
            _lineStart = _offset + 1;
        }

        _offset++;
    }

    private void SkipBlanks()
    {
        while (_offset < text.Length)
        {
            var c = text[_offset];
            if (char.IsWhiteSpace(c) || c == '\uFEFF')
            {
                Step();
            }
            else if (c == '/' && At(_offset + 1) == '/')
            {
                while (_offset < text.Length && text[_offset] != '\n')
                {
                    _offset++;
                }
            }
            else if (c == '/' && At(_offset + 1) == '*')
            {
                var start = Here();
                var end = text.IndexOf("*/", _offset + 2, StringComparison.Ordinal);
                if (end < 0)
                    throw CypherException.Syntax("Invalid input: a comment is not closed", start);
                while (_offset < end + 2)
                {
                    Step();
                }
            }
            else
            {
                return;
            }
        }
    }

    private void ReadToken()
    {
        var at = Here();
        var c = text[_offset];
        if (IsNameStart(c))
        {
            Add(TokenKind.Name, ReadName(), at);
        }
        else if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(At(_offset + 1)) && !AfterOperand()))
        {
            ReadNumber(at);
        }
        else if (c is '\'' or '"')
        {
            Add(TokenKind.String, ReadString(c, at), at);
        }
        else if (c == '`')
        {
            Add(TokenKind.QuotedName, ReadQuotedName(at), at);
        }
        else if (c == '$')
        {
            ReadParameter(at);
        }
        else
        {
            foreach (var symbol in s_symbols)
            {
                if (string.CompareOrdinal(text, _offset, symbol, 0, symbol.Length) == 0)
                {
                    _offset += symbol.Length;
                    Add(TokenKind.Symbol, symbol, at);
                    return;
                }
            }

            throw CypherException.Syntax($"Invalid input '{c}'", at);
        }
    }

    private void Add(TokenKind kind, string value, Position at) => _tokens.Add(new Token(kind, value, at, _offset));

    private static bool IsNameStart(char c) =>
        char.IsLetter(c) || c == '_' || char.GetUnicodeCategory(c) is UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation;

    private static bool IsNamePart(char c) =>
        IsNameStart(c) || char.IsDigit(c) || char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    // ".5" that touches a name or a closing bracket is a mistaken property access, not a number.
    private bool AfterOperand() =>
        _tokens.Count > 0 && _tokens[^1].End == _offset
        && (_tokens[^1].Kind is not TokenKind.Symbol || _tokens[^1].Text is ")" or "]" or "}");

    private string ReadName()
    {
        var start = _offset;
        while (_offset < text.Length && IsNamePart(text[_offset]))
        {
            _offset++;
        }

        return text[start.._offset];
    }

    private void ReadParameter(Position at)
    {
        _offset++;
        if (At(_offset) == '`')
        {
            Add(TokenKind.Parameter, ReadQuotedName(Here()), at);
            return;
        }

        var name = ReadName();
        if (name.Length == 0)
        {
            while (char.IsAsciiDigit(At(_offset)))
            {
                _offset++;
            }

            name = text[(at.Offset + 1).._offset];
        }

        if (name.Length == 0)
            throw CypherException.Syntax("Invalid input '$': a parameter needs a name", at);
        Add(TokenKind.Parameter, name, at);
    }

    private void ReadNumber(Position at)
    {
        if (text[_offset] == '0' && At(_offset + 1) is 'x' or 'o')
        {
            var hex = text[_offset + 1] == 'x';
            _offset += 2;
            while (hex ? char.IsAsciiHexDigit(At(_offset)) : At(_offset) is >= '0' and <= '7')
            {
                _offset++;
            }

            if (_offset - at.Offset == 2)
                throw CypherException.Syntax("invalid literal number", at);
            EndNumber(TokenKind.Integer, at);
            return;
        }

        var kind = TokenKind.Integer;
        SkipDigits();
        if (At(_offset) == '.' && char.IsAsciiDigit(At(_offset + 1)))
        {
            kind = TokenKind.Float;
            _offset++;
            SkipDigits();
        }

        if (At(_offset) is 'e' or 'E'
            && (char.IsAsciiDigit(At(_offset + 1)) || (At(_offset + 1) is '+' or '-' && char.IsAsciiDigit(At(_offset + 2)))))
        {
            kind = TokenKind.Float;
            _offset += 2;
            SkipDigits();
        }

        EndNumber(kind, at);
    }

    private void EndNumber(TokenKind kind, Position at)
    {
        if (_offset < text.Length && IsNamePart(text[_offset]))
            throw CypherException.Syntax("invalid literal number", at);
        Add(kind, text[at.Offset.._offset], at);
    }

    private void SkipDigits()
    {
        while (char.IsAsciiDigit(At(_offset)))
        {
            _offset++;
        }
    }

    private string ReadQuotedName(Position at)
    {
        var name = new StringBuilder();
        _offset++;
        while (true)
        {
            if (_offset >= text.Length)
                throw CypherException.Syntax("Failed to parse: a name in backticks is not closed", at);
            if (text[_offset] == '`')
            {
                if (At(_offset + 1) != '`')
                    break;
                _offset++;
            }

            name.Append(text[_offset]);
            Step();
        }

        _offset++;
        if (name.Length == 0)
            throw CypherException.Syntax("A name in backticks must not be empty", at);
        return name.ToString();
    }

    private string ReadString(char quote, Position at)
    {
        var value = new StringBuilder();
        _offset++;
        while (true)
        {
            if (_offset >= text.Length)
                throw CypherException.Syntax("Failed to parse string literal. The query must contain an even number of non-escaped quotes.", at);
            var c = text[_offset];
            if (c == quote)
                break;
            if (c == '\\')
            {
                ReadEscape(value);
                continue;
            }

            value.Append(c);
            Step();
        }

        _offset++;
        return value.ToString();
    }

    private void ReadEscape(StringBuilder value)
    {
        var at = Here();
        var c = At(_offset + 1);
        _offset += 2;
        switch (c)
        {
            case '\\' or '\'' or '"' or '`':
                value.Append(c);
                break;
            case 'b':
                value.Append('\b');
                break;
            case 'f':
                value.Append('\f');
                break;
            case 'n':
                value.Append('\n');
                break;
            case 'r':
                value.Append('\r');
                break;
            case 't':
                value.Append('\t');
                break;
            case 'u' or 'U':
                if (_offset + 4 > text.Length
                    || !ushort.TryParse(text.AsSpan(_offset, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit))
                    throw CypherException.Syntax("Invalid unicode escape: four hexadecimal digits must follow", at);
                value.Append((char)unit);
                _offset += 4;
                break;
            default:
                throw CypherException.Syntax($"Invalid input '\\{c}': no such escape", at);
        }
    }
}
