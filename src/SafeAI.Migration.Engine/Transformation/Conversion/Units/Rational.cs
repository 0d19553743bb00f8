using System.Globalization;
using System.Numerics;
using System.Text;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>A fraction in lowest terms. Nothing is ever rounded in it.</summary>
internal readonly record struct Rational
{
    /// <summary>Longer texts are not read as numbers: none is meant, and reading them takes long.</summary>
    public const int LongestText = 400;

    private readonly BigInteger _denominator;

    public Rational(BigInteger numerator, BigInteger denominator)
    {
        var divisor = BigInteger.GreatestCommonDivisor(numerator, denominator) * denominator.Sign;
        Numerator = numerator / divisor;
        _denominator = denominator / divisor;
    }

    public static Rational Zero => new(0, 1);

    public static Rational One => new(1, 1);

    public BigInteger Numerator { get; }

    public BigInteger Denominator => _denominator.IsZero ? 1 : _denominator;

    public bool IsZero => Numerator.IsZero;

    public bool IsWhole => Denominator.IsOne;

    public static Rational operator +(Rational a, Rational b) =>
        new((a.Numerator * b.Denominator) + (b.Numerator * a.Denominator), a.Denominator * b.Denominator);

    public static Rational operator -(Rational a, Rational b) =>
        new((a.Numerator * b.Denominator) - (b.Numerator * a.Denominator), a.Denominator * b.Denominator);

    public static Rational operator *(Rational a, Rational b) => new(a.Numerator * b.Numerator, a.Denominator * b.Denominator);

    public static Rational operator /(Rational a, Rational b) => new(a.Numerator * b.Denominator, a.Denominator * b.Numerator);

    public static Rational From(decimal number)
    {
        var bits = decimal.GetBits(number);
        var size = new BigInteger((uint)bits[0]) + (new BigInteger((uint)bits[1]) << 32) + (new BigInteger((uint)bits[2]) << 64);
        return new(bits[3] < 0 ? -size : size, BigInteger.Pow(10, (bits[3] >> 16) & 0xff));
    }

    /// <summary>The number that a text such as <c>-12.5E-3</c> writes.</summary>
    public static Rational Parse(string text)
    {
        var exponent = 0;
        var e = text.IndexOfAny(['e', 'E']);
        if (e >= 0)
        {
            exponent = int.Parse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            text = text[..e];
        }

        var point = text.IndexOf('.', StringComparison.Ordinal);
        if (point >= 0)
        {
            exponent -= text.Length - point - 1;
            text = text.Remove(point, 1);
        }

        var digits = BigInteger.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return exponent >= 0 ? new(digits * BigInteger.Pow(10, exponent), 1) : new(digits, BigInteger.Pow(10, -exponent));
    }

    /// <summary>Reads a number as a culture writes it, with all its digits; null where there is none, or none that a double comes near.</summary>
    public static Rational? Read(string text, NumberStyles style, CultureInfo culture)
    {
        if (text.Length > LongestText || !double.TryParse(text, style, culture, out var size) || !double.IsFinite(size)
            || (size == 0 && NumberConverter.SignificantDigits(text) > 0))
            return null;
        var plain = new StringBuilder(text.Length);
        foreach (var letter in text.Replace('\u2212', '-').Replace(culture.NumberFormat.NumberDecimalSeparator, "\n", StringComparison.Ordinal))
        {
            if (char.IsAsciiDigit(letter) || letter is '-' or 'e' or 'E')
                plain.Append(letter);
            else if (letter == '\n')
                plain.Append('.');
        }

        return Parse(plain.ToString());
    }

    /// <summary>The number of least digits that a double stands for: 0.1 is one tenth.</summary>
    public static Rational From(double number) => Parse(number.ToString("R", CultureInfo.InvariantCulture));

    /// <summary>
    /// The nearest double, and whether it stands for exactly this number: whether it can be told from its neighbours by the
    /// number's own digits.
    /// </summary>
    public double ToDouble(out bool isExact)
    {
        var number = Nearest();
        isExact = double.IsFinite(number) && From(number) == this;
        return number;
    }

    /// <summary>The nearest whole number; halves go to the even one.</summary>
    public BigInteger Round()
    {
        var floor = BigInteger.DivRem(Numerator, Denominator, out var rest);
        if (rest.Sign < 0)
            (floor, rest) = (floor - 1, rest + Denominator);
        var side = (rest * 2).CompareTo(Denominator);
        return side > 0 || (side == 0 && !floor.IsEven) ? floor + 1 : floor;
    }

    private double Nearest()
    {
        // Forty digits decide between two doubles.
        var size = (int)((Numerator.GetBitLength() - Denominator.GetBitLength()) * 0.30103);
        var power = 40 - size;
        var digits = power >= 0 ? Numerator * BigInteger.Pow(10, power) / Denominator : Numerator / (Denominator * BigInteger.Pow(10, -power));
        return double.Parse($"{digits}E{-power}", NumberStyles.Float, CultureInfo.InvariantCulture);
    }
}
