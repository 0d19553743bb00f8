using System.Globalization;
using System.Numerics;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>Reads numbers, and refuses those that would change.</summary>
internal sealed class NumberConverter
{
    // A double keeps 15 decimal digits always and 17 at most; a decimal keeps 28 always.
    private const int SafeDoubleDigits = 15;
    private const int SafeDecimalDigits = 28;

    private static readonly double[] s_powersOfTen = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

    private readonly CultureInfo _culture;
    private readonly NumberStyles _integerStyle;
    private readonly NumberStyles _style;
    private readonly bool _allowsLoss;
    private readonly bool _isInvariant;
    private readonly DigitGroups _groups;

    public NumberConverter(ConversionMapping mapping)
    {
        _culture = mapping.Culture;
        _allowsLoss = mapping.Lossy == LossPolicy.Allow;

        _isInvariant = Equals(mapping.Culture, CultureInfo.InvariantCulture);
        _integerStyle = NumberStyles.Integer | (_isInvariant ? 0 : NumberStyles.AllowThousands);
        _style = StyleOf(mapping.Culture);
        _groups = new DigitGroups(mapping.Culture);
    }

    /// <summary>How numbers may be written: group separators are read only where a culture says which they are.</summary>
    public static NumberStyles StyleOf(CultureInfo culture) =>
        NumberStyles.Float | (Equals(culture, CultureInfo.InvariantCulture) ? 0 : NumberStyles.AllowThousands);

    public object? ToInteger(object? value, Evaluation evaluation)
    {
        switch (value)
        {
            case long:
                return value;
            case string text when !_groups.AreSound(text):
                return Ungrouped(value, evaluation);
            case string text:
                if (long.TryParse(text, _integerStyle, _culture, out var parsed))
                    return parsed;
                if (Rational.Read(text, _style, _culture) is { } exact)
                    return FromFraction(exact, value, evaluation);
                // The smallest ones are those that come out as nothing.
                return double.TryParse(text, _style, _culture, out var size) && !double.IsNaN(size) && text.AsSpan().ContainsAnyInRange('0', '9')
                    ? size == 0 ? FromFraction(new Rational(1, 3), value, evaluation) : Range(value, evaluation, "64 bits")
                    : evaluation.Fail(ErrorCode.ConversionFailed, $"{Converter.Show(value)} is not a whole number{Culture()}.", value);
            case int or short or byte or sbyte or ushort or uint:
                return System.Convert.ToInt64(value, CultureInfo.InvariantCulture);
            case decimal number:
                return FromDecimal(number, value, evaluation);
            case double or float:
                return FromDouble(System.Convert.ToDouble(value, CultureInfo.InvariantCulture), value, evaluation);
            case ulong or BigInteger or Int128 or UInt128:
                return GraphValue.TryNormalize(value, out var result, out _, out _) ? result : Range(value, evaluation, "64 bits");
            default:
                return evaluation.Fail(ErrorCode.ConversionFailed, $"{Converter.Show(value)} is not a whole number.", value);
        }
    }

    public object? ToFloat(object? value, Evaluation evaluation)
    {
        switch (value)
        {
            case double:
                return value;
            case string text when _isInvariant && TryPlain(text, out var plain):
                return plain;
            case string text when !_groups.AreSound(text):
                return Ungrouped(value, evaluation);
            case string text:
                if (!double.TryParse(text, _style, _culture, out var parsed))
                    return evaluation.Fail(ErrorCode.ConversionFailed, $"{Converter.Show(value)} is not a number{Culture()}.", value);
                return CheckDouble(text, parsed, value, evaluation);
            case long number:
                return number is >= -(1L << 53) and <= 1L << 53 || Accepts(evaluation)
                    ? (double)number
                    : Loss(value, evaluation, "more digits than a floating-point number keeps");
            case decimal number:
                return GraphValue.TryToDouble(number, out var result) || Accepts(evaluation)
                    ? result
                    : Loss(value, evaluation, "more digits than a floating-point number keeps");
            case float or Half:
                return GraphValue.TryNormalize(value, out var widened, out var code, out var reason) ? widened : evaluation.Fail(code, reason, value);
            case int or short or byte or sbyte or ushort or uint:
                return System.Convert.ToDouble(value, CultureInfo.InvariantCulture);
            case ulong or BigInteger or Int128 or UInt128:
                return ToFloat(GraphText.Format(value), evaluation);
            default:
                return evaluation.Fail(ErrorCode.ConversionFailed, $"{Converter.Show(value)} is not a number.", value);
        }
    }

    public object? ToDecimal(object? value, Evaluation evaluation)
    {
        switch (value)
        {
            case string text when _isInvariant && TryPlain(text, out var plain):
                return plain;
            case string text when !_groups.AreSound(text):
                return Ungrouped(value, evaluation);
            case string text:
                if (decimal.TryParse(text, _style, _culture, out var parsed))
                {
                    var digits = SignificantDigits(text);
                    if (digits <= SafeDoubleDigits && double.TryParse(text, _style, _culture, out var near) && Keeps(near, digits))
                        return near;
                    return digits <= SafeDecimalDigits && parsed != 0 && LastPlace(parsed, digits) <= SafeDecimalDigits
                        ? FromDecimal(parsed)
                        : Accepts(evaluation) ? double.Parse(text, _style, _culture) : Loss(value, evaluation, "more digits than a number keeps");
                }

                return double.TryParse(text, _style, _culture, out var number)
                    ? double.IsFinite(number) ? Range(value, evaluation, "a decimal number") : Range(value, evaluation, "any number")
                    : evaluation.Fail(ErrorCode.ConversionFailed, $"{Converter.Show(value)} is not a decimal number{Culture()}.", value);
            case decimal exact:
                return FromDecimal(exact);
            case long integer:
                return FromDecimal(integer);
            default:
                return ToFloat(value, evaluation);
        }

        object? FromDecimal(decimal exact) => GraphValue.TryToDouble(exact, out var stored) || Accepts(evaluation)
            ? stored
            : Loss(value, evaluation, "more digits than a floating-point number keeps");
    }

    /// <summary>
    /// Reads a number as most are: up to 15 digits, perhaps a minus and a point. A double holds its digits and the power of ten that
    /// divides them exactly, so that the quotient is the nearest double (Clinger, How to Read Floating Point Numbers Accurately, 1990).
    /// </summary>
    private static bool TryPlain(string text, out double number)
    {
        number = 0;
        var start = text.Length > 0 && text[0] == '-' ? 1 : 0;
        if (text.Length - start is 0 or > SafeDoubleDigits + 1)
            return false;
        var digits = 0L;
        var point = -1;
        for (var i = start; i < text.Length; i++)
        {
            var digit = (uint)(text[i] - '0');
            if (digit <= 9)
                digits = (digits * 10) + digit;
            else if (text[i] == '.' && point < 0 && i > start && i < text.Length - 1)
                point = i;
            else
                return false;
        }

        // Minus zero is left to those who know what becomes of it.
        if ((point < 0 && text.Length - start > SafeDoubleDigits) || (digits == 0 && start == 1))
            return false;
        var size = point < 0 ? digits : digits / s_powersOfTen[text.Length - 1 - point];
        number = start == 1 ? -size : size;
        return true;
    }

    /// <summary>Whether a double keeps a number of few digits. The smallest ones have fewer themselves.</summary>
    private static bool Keeps(double number, int digits) => number == 0
        ? digits == 0
        : !double.IsSubnormal(number) || SignificantDigits(number.ToString("R", CultureInfo.InvariantCulture)) == digits;

    /// <summary>Where behind the point a number of so many digits has its last one. A decimal ends at the 28th place, and was rounded there.</summary>
    private static int LastPlace(decimal number, int digits) => digits - 1 - (int)Math.Floor(Math.Log10((double)Math.Abs(number)));

    private object? CheckDouble(string text, double parsed, object? value, Evaluation evaluation)
    {
        if (!double.IsFinite(parsed))
            return double.IsNaN(parsed) || !text.AsSpan().ContainsAnyInRange('0', '9')
                ? evaluation.Fail(ErrorCode.UnsupportedValue, $"{Converter.Show(value)} cannot be stored as a number. Map it to null or to a text.", value)
                : Range(value, evaluation, "a floating-point number");
        var digits = SignificantDigits(text);
        if (digits <= SafeDoubleDigits && Keeps(parsed, digits))
            return parsed;
        var keeps = parsed != 0 && digits <= SafeDecimalDigits
            && decimal.TryParse(text, _style, _culture, out var exact)
            && exact != 0 && LastPlace(exact, digits) <= SafeDecimalDigits && GraphValue.TryToDouble(exact, out _);
        return keeps || Accepts(evaluation) ? parsed : Loss(value, evaluation, "more digits than a floating-point number keeps");
    }

    private object? FromFraction(Rational number, object? value, Evaluation evaluation)
    {
        var whole = number.Round();
        if (whole < long.MinValue || whole > long.MaxValue)
            return Range(value, evaluation, "64 bits");
        return number.IsWhole || Accepts(evaluation) ? (long)whole : Loss(value, evaluation, "digits after the decimal point");
    }

    private object? FromDecimal(decimal number, object? value, Evaluation evaluation)
    {
        var whole = decimal.Round(number);
        if (whole is < long.MinValue or > long.MaxValue)
            return Range(value, evaluation, "64 bits");
        return whole == number || Accepts(evaluation) ? (long)whole : Loss(value, evaluation, "digits after the decimal point");
    }

    private object? FromDouble(double number, object? value, Evaluation evaluation)
    {
        if (double.IsNaN(number))
            return evaluation.Fail(ErrorCode.ConversionFailed, "Not-a-number is not a whole number.", value);
        var whole = Math.Round(number);
        if (whole is < -9223372036854775808.0 or >= 9223372036854775808.0)
            return Range(value, evaluation, "64 bits");
        return whole == number || Accepts(evaluation) ? (long)whole : Loss(value, evaluation, "digits after the decimal point");
    }

    // What the mapping allows is counted, never silent.
    private bool Accepts(Evaluation evaluation) => _allowsLoss && evaluation.Lose();

    private static object? Loss(object? value, Evaluation evaluation, string what) =>
        evaluation.Fail(ErrorCode.LossyConversion,
            $"{Converter.Show(value)} has {what}. Choose a type that keeps it, such as 'string', or allow the loss with \"lossy\": \"allow\".", value);

    private static object? Range(object? value, Evaluation evaluation, string what) =>
        evaluation.Fail(ErrorCode.LossyConversion, $"{Converter.Show(value)} does not fit {what}. Map it with the type 'string'.", value);

    private object? Ungrouped(object? value, Evaluation evaluation) => evaluation.Fail(ErrorCode.ConversionFailed,
        $"{Converter.Show(value)} has a group separator where {_culture.Name} does not group digits, so that it may be of another culture. Give its own 'culture'.", value);

    private string Culture() => Equals(_culture, CultureInfo.InvariantCulture) ? "" : $" as {_culture.Name} writes it";

    /// <summary>Digits from the first that is not 0 to the last that is not 0, before an exponent.</summary>
    internal static int SignificantDigits(string text)
    {
        var count = 0;
        var zeros = 0;
        foreach (var c in text)
        {
            if (c is 'e' or 'E')
                break;
            if (!char.IsAsciiDigit(c))
                continue;
            if (c == '0')
            {
                if (count > 0)
                    zeros++;
                continue;
            }

            count += zeros + 1;
            zeros = 0;
        }

        return count;
    }
}
