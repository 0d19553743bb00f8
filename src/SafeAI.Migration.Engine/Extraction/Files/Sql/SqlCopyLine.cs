namespace SafeAI.Migration.Engine.Extraction.Files.Sql;

/// <summary>Splits a line of a COPY block in PostgreSQL's text format.</summary>
internal static class SqlCopyLine
{
    /// <summary>Takes the next field off a line.</summary>
    /// <param name="line">What is left of the line; without the field afterwards.</param>
    /// <param name="scratch">Room for a field with escapes.</param>
    /// <param name="isNull">Whether the field is null.</param>
    /// <param name="isLast">Whether no field follows.</param>
    public static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> line, ref byte[] scratch, out bool isNull, out bool isLast)
    {
        var tab = line.IndexOf((byte)'\t');
        isLast = tab < 0;
        var field = isLast ? line : line[..tab];
        line = isLast ? default : line[(tab + 1)..];
        isNull = field is [(byte)'\\', (byte)'N'];
        return isNull || !field.Contains((byte)'\\') ? field : Unescape(field, ref scratch);
    }

    private static ReadOnlySpan<byte> Unescape(ReadOnlySpan<byte> field, ref byte[] scratch)
    {
        if (scratch.Length < field.Length)
            scratch = new byte[Math.Max(field.Length, scratch.Length * 2)];
        var length = 0;
        for (var i = 0; i < field.Length; i++)
        {
            var b = field[i];
            if (b == '\\' && i + 1 < field.Length)
                b = Escaped(field, ref i);
            scratch[length++] = b;
        }

        return scratch.AsSpan(0, length);
    }

    private static byte Escaped(ReadOnlySpan<byte> field, ref int i)
    {
        var b = field[++i];
        switch (b)
        {
            case (byte)'b':
                return (byte)'\b';
            case (byte)'f':
                return (byte)'\f';
            case (byte)'n':
                return (byte)'\n';
            case (byte)'r':
                return (byte)'\r';
            case (byte)'t':
                return (byte)'\t';
            case (byte)'v':
                return (byte)'\v';
            case (byte)'x' when i + 1 < field.Length && char.IsAsciiHexDigit((char)field[i + 1]):
                return Digits(field, ref i, 16, 2, 0);
            case >= (byte)'0' and <= (byte)'7':
                return Digits(field, ref i, 8, 2, b - '0');
            default:
                return b;
        }
    }

    private static byte Digits(ReadOnlySpan<byte> field, ref int i, int radix, int most, int value)
    {
        for (; most > 0 && i + 1 < field.Length; most--)
        {
            var c = (char)field[i + 1];
            var digit = char.IsAsciiHexDigit(c) ? Convert.ToInt32(c.ToString(), 16) : int.MaxValue;
            if (digit >= radix)
                break;
            value = (value * radix) + digit;
            i++;
        }

        return (byte)value;
    }
}
