using System.Buffers.Text;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace SafeAI.Migration.Engine.Extraction.Files.Json;

/// <summary>Reads numbers so that none changes: as long, decimal or BigInteger, as double or decimal, or else as their text.</summary>
internal static class JsonNumber
{
    // Every decimal number of so many digits comes back from a double unchanged, unless it is so small that doubles are sparse.
    private const int DoubleDigits = 15;
    private const double LeastDouble = 1e-290;
    private const int DecimalDigits = 28;

    /// <param name="reader">Stands on a number.</param>
    /// <param name="isText">Whether no type holds it exactly, so that its text is returned.</param>
    public static object Read(ref Utf8JsonReader reader, out bool isText)
    {
        isText = false;
        if (reader.TryGetInt64(out var integer))
            return integer;
        var token = reader.ValueSpan;
        var (digits, isInteger, hasExponent) = Examine(token);
        if (isInteger)
            return digits <= DecimalDigits && reader.TryGetDecimal(out var large)
                ? large
                : BigInteger.Parse(Encoding.ASCII.GetString(token), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (Utf8Parser.TryParse(token, out double number, out _) && double.IsFinite(number)
            && ((digits <= DoubleDigits && (digits == 0 || Math.Abs(number) > LeastDouble)) || ComesBack(number, token)))
            return number;
        if (!hasExponent && token.Length - token.IndexOf((byte)'.') - 1 <= DecimalDigits && digits <= DecimalDigits && reader.TryGetDecimal(out var fraction))
            return fraction;
        isText = true;
        return Encoding.ASCII.GetString(token);
    }

    /// <summary>Reads the text of a number.</summary>
    public static object Read(string token)
    {
        var reader = new Utf8JsonReader(Encoding.ASCII.GetBytes(token));
        reader.Read();
        return Read(ref reader, out _);
    }

    /// <summary>How many digits count, from the first to the last that is not zero; of an integer, all after the first.</summary>
    private static (int Digits, bool IsInteger, bool HasExponent) Examine(ReadOnlySpan<byte> token)
    {
        var digits = 0;
        var zeros = 0;
        var isInteger = true;
        foreach (var b in token)
        {
            switch (b)
            {
                case (byte)'e' or (byte)'E':
                    return (digits, false, true);
                case (byte)'.':
                    isInteger = false;
                    break;
                case (byte)'0':
                    zeros += digits > 0 ? 1 : 0;
                    break;
                case >= (byte)'1' and <= (byte)'9':
                    digits += zeros + 1;
                    zeros = 0;
                    break;
            }
        }

        return (digits + (isInteger ? zeros : 0), isInteger, false);
    }

    /// <summary>Whether the shortest text of the double says the same number.</summary>
    private static bool ComesBack(double number, ReadOnlySpan<byte> token) =>
        Normalize(Encoding.ASCII.GetString(token)) == Normalize(number.ToString("R", CultureInfo.InvariantCulture));

    /// <summary>The digits from the first to the last that is not zero, and the power of ten of the first.</summary>
    private static (string Digits, long Exponent) Normalize(string text)
    {
        var e = text.IndexOfAny(['e', 'E']);
        var exponent = 0L;
        if (e >= 0 && !long.TryParse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent))
            return (text, 0);
        var mantissa = (e < 0 ? text : text[..e]).TrimStart('-', '+');
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        exponent += (point < 0 ? mantissa.Length : point) - 1;
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        var significant = digits.TrimStart('0');
        return (significant.TrimEnd('0'), exponent - (digits.Length - significant.Length));
    }
}
