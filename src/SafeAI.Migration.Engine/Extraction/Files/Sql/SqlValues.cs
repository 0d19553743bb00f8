using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace SafeAI.Migration.Engine.Extraction.Files.Sql;

/// <summary>Reads the values of INSERT statements.</summary>
internal sealed class SqlValues(SqlScanner scanner, SqlDialect dialect)
{
    private const int MostShown = 60;

    private static readonly SearchValues<byte> s_hexDigits = SearchValues.Create("0123456789abcdefABCDEF"u8);

    /// <summary>Why a value could not be read, or null.</summary>
    public string? Fault { get; private set; }

    /// <summary>Reads a row in parentheses; goes behind it.</summary>
    /// <param name="table">The table.</param>
    /// <param name="places">Which column each value belongs to.</param>
    /// <param name="isOdd">Set where a column's type does not hold its value.</param>
    /// <returns>The values in the order of the table; null where there is a <see cref="Fault"/>.</returns>
    public object?[]? ReadRow(SqlTable table, int[] places, ref bool isOdd)
    {
        Fault = null;
        var values = new object?[table.Columns.Count];
        var count = 0;
        scanner.Next();
        while (true)
        {
            var column = count < places.Length ? table.Columns[places[count]] : null;
            var value = ReadValue(column, ref isOdd);
            if (column is not null)
                values[places[count]] = value;
            count++;
            if (!scanner.IsSymbol(','))
                break;
            scanner.Next();
        }

        if (!scanner.IsSymbol(')'))
            throw new SqlEndException();
        scanner.Next();
        if (count != places.Length)
            Fault ??= string.Create(CultureInfo.InvariantCulture, $"The row has {count} {(count == 1 ? "value" : "values")} where {places.Length} are expected.");
        return Fault is null ? values : null;
    }

    /// <summary>Reads the value that begins with the present token, up to the comma or parenthesis behind it.</summary>
    private object? ReadValue(SqlColumn? column, ref bool isOdd)
    {
        object? value = null;
        if (scanner.IsWord("NULL"u8) || (column is { IsComputed: true } && scanner.IsWord("DEFAULT"u8)))
        {
            scanner.Next();
        }
        else if (scanner.Kind == SqlTokenKind.Number || scanner.IsSymbol('-') || scanner.IsSymbol('+'))
        {
            value = ReadNumber(column, ref isOdd);
        }
        else if (scanner.IsWord("TRUE"u8) || scanner.IsWord("FALSE"u8))
        {
            value = Convert(column, scanner.Raw, SqlLiteral.Boolean, ref isOdd);
            scanner.Next();
        }
        else if (TryReadBytes(out var bytes, out var literal))
        {
            value = Convert(column, bytes, literal, ref isOdd);
        }

        // A cast says the type once more.
        while (scanner.IsSymbol(':'))
            while (scanner.Next() is SqlTokenKind.Word or SqlTokenKind.Name || scanner.IsSymbol('.') || scanner.IsSymbol('[') || scanner.IsSymbol(']'))
            {
            }

        if (!scanner.IsSymbol(',') && !scanner.IsSymbol(')'))
            PassExpression(column);
        return value;
    }

    private object? ReadNumber(SqlColumn? column, ref bool isOdd)
    {
        if (scanner.Kind == SqlTokenKind.Number)
        {
            var literal = scanner.Raw.StartsWith("0x"u8) ? SqlLiteral.Bytes : SqlLiteral.Number;
            var value = literal == SqlLiteral.Bytes
                ? Convert(column, FromHexOrFault(scanner.Raw[2..]), literal, ref isOdd)
                : Convert(column, scanner.Raw, literal, ref isOdd);
            scanner.Next();
            return value;
        }

        var sign = scanner.Symbol;
        scanner.Next();
        byte[] signed = sign == '-' ? [sign, .. scanner.Raw] : scanner.Raw.ToArray();
        var number = Convert(column, signed, SqlLiteral.Number, ref isOdd);
        scanner.Next();
        return number;
    }

    /// <summary>Reads a text, a text with a prefix, or a call of the few functions that dumps use; goes behind it.</summary>
    private bool TryReadBytes(out byte[] bytes, out SqlLiteral literal)
    {
        bytes = [];
        literal = SqlLiteral.Text;
        if (scanner.Kind == SqlTokenKind.Word && scanner.IsFollowedBy('\''))
            return TryReadPrefixed(out bytes, out literal);
        if (scanner.Kind == SqlTokenKind.Word && scanner.Raw[0] == '_')
            // MySQL names the character set before the text.
            scanner.Next();
        if (scanner.Kind == SqlTokenKind.Text)
        {
            bytes = scanner.Content.ToArray();
            scanner.Next();
            return true;
        }

        return scanner.Kind == SqlTokenKind.Word && scanner.IsFollowedBy('(') && TryCall(out bytes);
    }

    private bool TryReadPrefixed(out byte[] bytes, out SqlLiteral literal)
    {
        var prefix = (char)(scanner.Raw[0] | 0x20);
        var isKnown = scanner.Raw.Length == 1 && prefix is 'e' or 'x' or 'b' or 'n';
        // PostgreSQL's bit strings are texts of zeros and ones.
        isKnown &= prefix != 'b' || dialect == SqlDialect.MySql;
        literal = prefix is 'x' or 'b' && isKnown ? SqlLiteral.Bytes : SqlLiteral.Text;
        if (prefix == 'e' && isKnown)
            scanner.NextEscapedText();
        else
            scanner.Next();
        bytes = !isKnown || prefix is 'e' or 'n' ? scanner.Content.ToArray()
            : prefix == 'x' ? FromHexOrFault(scanner.Content)
            : FromBits(scanner.Content);
        scanner.Next();
        return true;
    }

    /// <summary>Calls replace, char and unistr, with which sqlite3 writes control characters, and CAST of a text.</summary>
    private bool TryCall(out byte[] result)
    {
        result = [];
        var name = Encoding.ASCII.GetString(scanner.Raw).ToLowerInvariant();
        if (name is not ("replace" or "char" or "unistr" or "cast"))
            return false;
        scanner.Next();
        var arguments = new List<byte[]>();
        do
        {
            scanner.Next();
            if (scanner.Kind == SqlTokenKind.Number)
            {
                arguments.Add(scanner.Raw.ToArray());
                scanner.Next();
            }
            else if (TryReadBytes(out var argument, out _))
            {
                arguments.Add(argument);
            }
            else
            {
                return false;
            }

            while (scanner.Kind == SqlTokenKind.Word)
                scanner.Next();
        }
        while (scanner.IsSymbol(','));
        if (!scanner.IsSymbol(')'))
            return false;
        scanner.Next();
        switch (name, arguments.Count)
        {
            case ("replace", 3):
                result = Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(arguments[0]).Replace(
                    Encoding.Latin1.GetString(arguments[1]), Encoding.Latin1.GetString(arguments[2]), StringComparison.Ordinal));
                return true;
            case ("char", 1) when Utf8Parser.TryParse(arguments[0], out int code, out _) && Rune.IsValid(code):
                result = Encoding.UTF8.GetBytes(new Rune(code).ToString());
                return true;
            case ("unistr", 1):
                result = Unistr(arguments[0]);
                return true;
            case ("cast", 1):
                result = arguments[0];
                return true;
            default:
                return false;
        }
    }

    private static byte[] Unistr(byte[] text)
    {
        var source = Encoding.UTF8.GetString(text);
        var result = new StringBuilder(source.Length);
        for (var i = 0; i < source.Length; i++)
        {
            var (skip, digits) = source[i] != '\\' || i + 1 == source.Length ? (0, 0) : source[i + 1] switch
            {
                '\\' => (1, 0),
                'u' => (2, 4),
                '+' => (2, 6),
                'U' => (2, 8),
                _ => (1, 4),
            };
            if (digits > 0 && i + skip + digits <= source.Length
                && int.TryParse(source.AsSpan(i + skip, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) && Rune.IsValid(code))
            {
                result.Append(new Rune(code));
                i += skip + digits - 1;
            }
            else
            {
                result.Append(source[i]);
                i += skip == 1 && digits == 0 ? 1 : 0;
            }
        }

        return Encoding.UTF8.GetBytes(result.ToString());
    }

    private object? Convert(SqlColumn? column, ReadOnlySpan<byte> value, SqlLiteral literal, ref bool isOdd)
    {
        if (column is null)
            return null;
        var converted = column.Read(value, literal, ref isOdd);
        if (converted is null)
            Fault ??= $"The text of column '{column.Name}' is not valid UTF-8. Give the dump's encoding.";
        return converted;
    }

    private void PassExpression(SqlColumn? column)
    {
        Fault ??= $"The value of column '{column?.Name}' is an expression, not a value: {Encoding.UTF8.GetString(scanner.Raw)}…";
        var depth = 0;
        while (scanner.Kind != SqlTokenKind.End && !(depth == 0 && (scanner.IsSymbol(',') || scanner.IsSymbol(')'))))
        {
            if (scanner.IsSymbol('('))
                depth++;
            else if (scanner.IsSymbol(')'))
                depth--;
            scanner.Next();
        }
    }

    /// <summary>The bytes that stand in hexadecimal; null where something else stands there.</summary>
    public static byte[]? FromHex(ReadOnlySpan<byte> digits)
    {
        if (digits.ContainsAnyExcept(s_hexDigits))
            return null;
        return System.Convert.FromHexString(Encoding.ASCII.GetString(digits.Length % 2 == 0 ? digits : [(byte)'0', .. digits]));
    }

    private byte[] FromHexOrFault(ReadOnlySpan<byte> digits)
    {
        if (FromHex(digits) is { } bytes)
            return bytes;
        Fault ??= $"A value in hexadecimal holds other characters: {Show(digits)}";
        return [];
    }

    private static string Show(ReadOnlySpan<byte> text) => text.Length <= MostShown ? Encoding.UTF8.GetString(text) : Encoding.UTF8.GetString(text[..MostShown]) + "…";

    private byte[] FromBits(ReadOnlySpan<byte> digits)
    {
        if (digits.ContainsAnyExcept("01"u8))
            Fault ??= $"A value in bits holds other characters: {Show(digits)}";
        var bytes = new byte[(digits.Length + 7) / 8];
        for (var i = 0; i < digits.Length; i++)
            if (digits[^(i + 1)] == '1')
                bytes[^((i / 8) + 1)] |= (byte)(1 << (i % 8));
        return bytes;
    }
}
