using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>
/// Decodes the binary form of <c>numeric</c>: how many digits of base 10,000, the weight of the first, the sign, how many decimal
/// places are shown, and the digits, each in two bytes (PostgreSQL's <c>numeric_send</c>).
/// </summary>
internal static class PostgreSqlNumeric
{
    private const int Header = 8;
    private const ushort Negative = 0x4000;
    private const ushort NaN = 0xC000;
    private const ushort PositiveInfinity = 0xD000;
    private const ushort NegativeInfinity = 0xF000;

    // All numbers of so many digits are decimals, and twelve groups of four fit an intermediate result.
    private const int SafeDigits = 28;

    private static readonly uint[] s_powers = [1, 10, 100, 1000];

    /// <summary>A number: decimal where it fits exactly, BigInteger or text where not, double for NaN and infinity.</summary>
    public static object Decode(ReadOnlySpan<byte> value)
    {
        var count = BinaryPrimitives.ReadInt16BigEndian(value);
        var weight = BinaryPrimitives.ReadInt16BigEndian(value[2..]);
        var sign = BinaryPrimitives.ReadUInt16BigEndian(value[4..]);
        var scale = BinaryPrimitives.ReadInt16BigEndian(value[6..]);
        var digits = value[Header..];
        switch (sign)
        {
            case NaN:
                return double.NaN;
            case PositiveInfinity:
                return double.PositiveInfinity;
            case NegativeInfinity:
                return double.NegativeInfinity;
        }

        if ((4 * Math.Max(0, weight + 1)) + scale > SafeDigits)
            return PostgreSqlText.ToNumber(Format(digits, count, weight, sign == Negative, scale));
        var fraction = (scale + 3) / 4;
        UInt128 number = 0;
        for (var place = (int)weight; place >= -fraction; place--)
            number = (number * 10_000) + DigitAt(digits, count, weight - place);
        // The last group holds places that are not shown.
        number /= s_powers[(4 * fraction) - scale];
        return new decimal((int)(uint)number, (int)(uint)(number >> 32), (int)(uint)(number >> 64), sign == Negative, (byte)scale);
    }

    private static uint DigitAt(ReadOnlySpan<byte> digits, int count, int index) =>
        index >= 0 && index < count ? BinaryPrimitives.ReadUInt16BigEndian(digits[(2 * index)..]) : 0u;

    private static string Format(ReadOnlySpan<byte> digits, int count, int weight, bool isNegative, int scale)
    {
        var text = new StringBuilder(isNegative ? "-" : "");
        if (weight < 0)
            text.Append('0');
        for (var place = weight; place >= 0; place--)
            text.Append(CultureInfo.InvariantCulture, $"{DigitAt(digits, count, weight - place).ToString(place == weight ? "0" : "0000", CultureInfo.InvariantCulture)}");
        if (scale == 0)
            return text.ToString();
        text.Append('.');
        var end = text.Length + scale;
        for (var place = -1; text.Length < end; place--)
            text.Append(DigitAt(digits, count, weight - place).ToString("0000", CultureInfo.InvariantCulture));
        text.Length = end;
        return text.ToString();
    }
}
