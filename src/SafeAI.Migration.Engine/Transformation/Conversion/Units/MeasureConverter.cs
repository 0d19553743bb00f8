using System.Globalization;
using System.Numerics;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>
/// Reads numbers with a unit, such as 12.5 km, and converts them to one unit. The arithmetic is exact; a result that a number
/// cannot hold exactly is a loss.
/// </summary>
internal sealed class MeasureConverter
{
    private readonly UnitMapping _unit;
    private readonly CultureInfo _culture;
    private readonly NumberStyles _style;
    private readonly bool _isWhole;
    private readonly bool _allowsLoss;
    private readonly Dictionary<UnitDefinition, UnitScale?> _scales = new(ReferenceEqualityComparer.Instance);
    private readonly string _signs;
    private readonly DigitGroups _groups;

    public MeasureConverter(ConversionMapping mapping)
    {
        _unit = mapping.Unit!;
        _culture = mapping.Culture;
        _style = NumberConverter.StyleOf(mapping.Culture);
        _isWhole = mapping.Type == ConversionType.Integer;
        _allowsLoss = mapping.Lossy == LossPolicy.Allow;
        _groups = new DigitGroups(mapping.Culture);
        var format = mapping.Culture.NumberFormat;
        _signs = "+-\u2212eE \u00a0\u202f" + format.NumberDecimalSeparator + format.NumberGroupSeparator;
    }

    public object? Convert(object? value, Evaluation evaluation)
    {
        var from = _unit.Source;
        if (ReadNumber(value) is not { } number)
        {
            if (value is not string text)
            {
                return value is double or float or Half
                    ? evaluation.Fail(ErrorCode.UnsupportedValue, $"{Converter.Show(value)} cannot be stored as a number. Map it to null or to a text.", value)
                    : evaluation.Fail(ErrorCode.ConversionFailed, $"{Converter.Show(value)} is not a number.", value);
            }

            if (!Split(text, out number, out var units))
                return NotAMeasure(text, evaluation);
            if (units.Count > 1)
            {
                return evaluation.Fail(ErrorCode.ConversionFailed,
                    $"The unit of {Converter.Show(value)} may be {string.Join(", ", units.Select(u => u.Name))}. Write which one is meant, for instance with the function 'replace'.", value);
            }

            if (units.Count == 1)
                from = units[0];
        }

        return from is null
            ? evaluation.Fail(ErrorCode.ConversionFailed, $"{Converter.Show(value)} has no unit. Say with 'fromUnit' which is meant.", value)
            : Store(number, from, value, evaluation);
    }

    private object? Store(Rational number, UnitDefinition from, object? value, Evaluation evaluation)
    {
        if (!_scales.TryGetValue(from, out var scale))
        {
            scale = ReferenceEquals(from, _unit.Target) ? new UnitScale(Rational.One, Rational.Zero)
                : from.Scale is { } there && _unit.Target.Scale is { } here ? there.To(here) : null;
            _scales.Add(from, scale);
        }

        if (scale is not null)
            return Store(scale.ToBase(number), isKnown: true, value, evaluation);
        try
        {
            return from.Convert(number.ToDouble(out _), _unit.Target) is var result && double.IsFinite(result)
                ? Store(Rational.From(result), isKnown: false, value, evaluation)
                : Range(value, evaluation);
        }
        catch (ArgumentException)
        {
            return Range(value, evaluation);
        }
    }

    private object? Store(Rational number, bool isKnown, object? value, Evaluation evaluation)
    {
        if (_isWhole)
        {
            var whole = number.Round();
            if (whole < long.MinValue || whole > long.MaxValue)
                return Range(value, evaluation);
            return (isKnown && number.IsWhole) || Accepts(evaluation)
                ? (long)whole
                : Loss(value, evaluation, "is not a whole number");
        }

        var stored = number.ToDouble(out var isExact);
        if (!double.IsFinite(stored) || (stored == 0 && !number.IsZero))
            return Range(value, evaluation);
        return (isKnown && isExact) || Accepts(evaluation)
            ? stored
            : Loss(value, evaluation, "has more digits than a floating-point number keeps");
    }

    /// <summary>Takes a text apart where a number ends and a unit, or nothing, follows.</summary>
    private bool Split(string text, out Rational number, out IReadOnlyList<UnitDefinition> units)
    {
        text = text.Trim();
        var end = 0;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || _signs.Contains(text[end], StringComparison.Ordinal)))
            end++;
        for (; end > 0 && text.Length <= Rational.LongestText; end--)
        {
            units = [];
            if (!char.IsAsciiDigit(text[end - 1]) && text[end - 1] != '.')
                continue;
            var rest = text[end..].Trim();
            if (rest.Length > 0 && (units = _unit.Catalog.Find(rest, _unit.Target.Quantity)).Count == 0)
                continue;
            if (!_groups.AreSound(text[..end]) || Rational.Read(text[..end], _style, _culture) is not { } read)
                continue;
            number = read;
            return true;
        }

        (number, units) = (default, []);
        return false;
    }

    private static Rational? ReadNumber(object? value) => value switch
    {
        double number => double.IsFinite(number) ? Rational.From(number) : null,
        float number => float.IsFinite(number) ? Rational.Parse(number.ToString("R", CultureInfo.InvariantCulture)) : null,
        Half number => Half.IsFinite(number) ? Rational.Parse(number.ToString(CultureInfo.InvariantCulture)) : null,
        decimal number => Rational.From(number),
        long or int or short or byte or sbyte or ushort or uint or ulong or BigInteger or Int128 or UInt128 => Rational.Parse(GraphText.Format(value)),
        _ => null,
    };

    private object? NotAMeasure(string text, Evaluation evaluation)
    {
        // The value may be private: nothing of it but the whole is repeated.
        var number = text.Trim().TrimStart(_signs.ToCharArray()).TrimStart('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '.', ',', ' ');
        var elsewhere = number.Length == text.Trim().Length ? [] : _unit.Catalog.Find(number);
        var why = elsewhere.Count > 0 && elsewhere.All(u => u.Quantity != _unit.Target.Quantity)
            ? $"is of the quantity {string.Join(" or ", elsewhere.Select(u => u.Quantity).Distinct())}, not {_unit.Target.Quantity}."
            : $"is not a number with a unit{(Equals(_culture, CultureInfo.InvariantCulture) ? "" : $" as {_culture.Name} writes it")}. {UnitMapping.Others(_unit.Catalog, _unit.Target.Quantity)}";
        return evaluation.Fail(ErrorCode.ConversionFailed, $"{Converter.Show(text)} {why}", text);
    }

    private bool Accepts(Evaluation evaluation) => _allowsLoss && evaluation.Lose();

    private object? Loss(object? value, Evaluation evaluation, string what) => evaluation.Fail(ErrorCode.LossyConversion,
        $"{Converter.Show(value)} in {_unit.Target.Symbol} {what}. Choose another unit, or allow that it is rounded with \"lossy\": \"allow\".", value);

    private object? Range(object? value, Evaluation evaluation) => evaluation.Fail(ErrorCode.LossyConversion,
        $"{Converter.Show(value)} in {_unit.Target.Symbol} does not fit {(_isWhole ? "64 bits" : "a floating-point number")}. Choose another unit.", value);
}
