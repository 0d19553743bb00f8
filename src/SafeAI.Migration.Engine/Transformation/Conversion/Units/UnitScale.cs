using System.Collections.Frozen;
using System.Globalization;
using System.Numerics;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>How numbers of one unit become those of its quantity's base unit: times a factor, plus an offset, both exact.</summary>
internal sealed record UnitScale(Rational Factor, Rational Offset)
{
    // Floating-point arithmetic leaves noise after the fifteenth digit. A number that has fewer than this without it was written so.
    private const int WrittenDigits = 13;
    private const double Noise = 1e-12;

    // What the library rounds although it is defined exactly, as numbers of base units.
    private static readonly FrozenDictionary<string, Rational> s_defined = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["Mass.Stone"] = "6.35029318",
        ["Mass.Slug"] = "4.4482216152605/0.3048",
        ["Length.UsSurveyFoot"] = "1200/3937",
        ["Length.DtpPoint"] = "0.0254/72",
        ["Length.LightYear"] = "9460730472580800",
        ["Volume.UsOunce"] = "0.0000295735295625",
        ["Volume.ImperialOunce"] = "0.0000284130625",
        ["Volume.CubicYard"] = "0.764554857984",
        ["Volume.CubicMile"] = "4168181825.440579584",
        ["Volume.AcreFoot"] = "1233.48183754752",
        ["Volume.BoardFoot"] = "0.002359737216",
        ["Volume.UsBeerBarrel"] = "0.117347765304",
        ["Speed.Knot"] = "1852/3600",
        ["Force.OunceForce"] = "4.4482216152605/16",
        ["Energy.ElectronVolt"] = "1.602176634E-19",
        ["Energy.KiloelectronVolt"] = "1.602176634E-16",
        ["Energy.MegaelectronVolt"] = "1.602176634E-13",
        ["Energy.GigaelectronVolt"] = "1.602176634E-10",
        ["Energy.TeraelectronVolt"] = "1.602176634E-7",
        ["Energy.FootPound"] = "1.3558179483314004",
        ["Energy.HorsepowerHour"] = "2684519.537696172792",
        ["Power.MechanicalHorsepower"] = "745.69987158227022",
        ["Power.HydraulicHorsepower"] = "745.69987158227022",
        ["Pressure.PoundForcePerSquareInch"] = "4.4482216152605/0.00064516",
        ["Pressure.Torr"] = "101325/760",
        ["Pressure.MillimeterOfMercury"] = "133.322387415",
        ["Pressure.InchOfMercury"] = "3386.388640341",
        ["Pressure.TechnicalAtmosphere"] = "98066.5",
    }.ToFrozenDictionary(u => u.Key, u => Quotient(u.Value), StringComparer.Ordinal);

    public Rational ToBase(Rational number) => (number * Factor) + Offset;

    /// <summary>The scale from this unit to another of the same quantity.</summary>
    public UnitScale To(UnitScale other) => new(Factor / other.Factor, (Offset - other.Offset) / other.Factor);

    /// <summary>Finds the exact numbers behind a unit's floating-point conversions; null where there are none, or they cannot be told.</summary>
    /// <param name="unit">The unit with its quantity, such as Mass.Pound.</param>
    /// <param name="toBase">Converts to the base unit.</param>
    /// <param name="fromBase">Converts from the base unit.</param>
    public static UnitScale? Find(string unit, Func<double, double> toBase, Func<double, double> fromBase)
    {
        if (s_defined.TryGetValue(unit, out var defined))
            return new(defined, Rational.Zero);
        try
        {
            UnitScale? scale = null;
            if (Written(toBase(0)) is { } there && Written(toBase(1)) is { } thereOne)
                scale = new(thereOne - there, there);
            if ((scale is null || !Agrees(scale, toBase)) && Written(fromBase(0)) is { } back && Written(fromBase(1)) is { } backOne && backOne != back)
                scale = new(Rational.One / (backOne - back), Rational.Zero - (back / (backOne - back)));
            return scale is { Factor.IsZero: false } && Agrees(scale, toBase) ? scale : null;
        }
        catch (ArgumentException)
        {
            // The conversion has no result for one of these numbers, and so is no line.
            return null;
        }
    }

    private static bool Agrees(UnitScale scale, Func<double, double> toBase)
    {
        foreach (var number in new[] { 1.0, 1000, -7 })
        {
            var expected = scale.ToBase(Rational.From(number)).ToDouble(out _);
            if (!(Math.Abs(toBase(number) - expected) <= Noise * Math.Abs(expected)))
                return false;
        }

        return true;
    }

    /// <summary>The number as it was written in the source of a floating-point result, or null.</summary>
    private static Rational? Written(double number)
    {
        if (number != 0 && double.IsFinite(number) && Math.ScaleB(1, Math.ILogB(number)) == number)
            return Math.ILogB(number) is var power && power >= 0 ? new(BigInteger.Pow(2, power), 1) : new(1, BigInteger.Pow(2, -power));
        if (!double.IsFinite(number))
            return null;
        var shortest = number.ToString("R", CultureInfo.InvariantCulture);
        if (NumberConverter.SignificantDigits(shortest) <= 15)
            return Rational.Parse(shortest);
        var rounded = number.ToString("E14", CultureInfo.InvariantCulture);
        return NumberConverter.SignificantDigits(rounded) <= WrittenDigits ? Rational.Parse(rounded) : null;
    }

    private static Rational Quotient(string text)
    {
        var parts = text.Split('/');
        return parts.Length == 1 ? Rational.Parse(text) : Rational.Parse(parts[0]) / Rational.Parse(parts[1]);
    }
}
