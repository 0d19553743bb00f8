using System.Numerics;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Tests.Transformation;

/// <summary>Numbers with a unit, and what becomes of them in another.</summary>
public class UnitTests
{
    // What each unit is by its definition, not by a library.
    public static TheoryData<string, string, string, double> Defined => new()
    {
        { "1", "lb", "kg", 0.45359237 },
        { "1", "oz", "g", 28.349523125 },
        { "1", "st", "lb", 14 },
        { "1", "Mass.ShortTon", "lb", 2000 },
        { "1", "Mass.LongTon", "lb", 2240 },
        { "1", "Mass.LongHundredweight", "st", 8 },
        { "1", "gr", "mg", 64.79891 },
        { "1", "t", "kg", 1000 },
        { "1", "in", "cm", 2.54 },
        { "1", "mi", "m", 1609.344 },
        { "1", "mi", "ft", 5280 },
        { "1", "yd", "in", 36 },
        { "1", "nmi", "km", 1.852 },
        { "3937", "ftUS", "m", 1200 },
        { "72", "Length.DtpPoint", "in", 1 },
        { "1", "ly", "m", 9460730472580800 },
        { "1", "au", "m", 149597870700 },
        { "1", "ac", "m²", 4046.8564224 },
        { "1", "ha", "m2", 10000 },
        { "1", "mi^2", "ac", 640 },
        { "1", "UsGallon", "l", 3.785411784 },
        { "1", "ImperialGallon", "l", 4.54609 },
        { "1", "UsGallon", "UsOunce", 128 },
        { "1", "ImperialGallon", "ImperialOunce", 160 },
        { "1", "ImperialGallon", "ImperialPint", 8 },
        { "1", "bbl", "UsGallon", 42 },
        { "1", "UsBeerBarrel", "UsGallon", 31 },
        { "1", "yd³", "ft³", 27 },
        { "1", "ac-ft", "m³", 1233.48183754752 },
        { "1", "mph", "km/h", 1.609344 },
        { "18", "km/h", "m/s", 5 },
        { "3600", "kn", "m/s", 1852 },
        { "1", "lbf", "N", 4.4482216152605 },
        { "1", "kgf", "N", 9.80665 },
        { "16", "OunceForce", "lbf", 1 },
        { "1", "kcal", "J", 4184 },
        { "1", "kWh", "MJ", 3.6 },
        { "1", "BTU", "J", 1055.05585262 },
        { "1", "eV", "J", 1.602176634e-19 },
        { "1", "MegaelectronVolt", "keV", 1000 },
        { "1", "hp(M)", "W", 735.49875 },
        { "1", "atm", "torr", 760 },
        { "1", "atm", "bar", 1.01325 },
        { "1", "mmHg", "Pa", 133.322387415 },
        { "1", "inHg", "mmHg", 25.4 },
        { "1", "at", "Pa", 98066.5 },
        { "0.00064516", "psi", "Pa", 4.4482216152605 },
        { "1", "wk", "h", 168 },
        { "90", "min", "Duration.Hour", 1.5 },
        { "1", "KiB", "b", 8192 },
        { "1", "GiB", "MiB", 1024 },
        { "1", "Exbibyte", "Pebibyte", 1024 },
        { "1", "GB", "MB", 1000 },
        { "60", "bpm", "Hz", 1 },
        { "1", "r", "°", 360 },
        { "3600", "arcsec", "°", 1 },
        { "100", "°C", "°F", 212 },
        { "-40", "°F", "°C", -40 },
        { "98.6", "°F", "°C", 37 },
        { "-459.67", "°F", "K", 0 },
        { "0", "K", "°C", -273.15 },
        { "491.67", "°R", "°C", 0 },
        { "80", "°Ré", "°C", 100 },
        { "0.1", "km", "m", 100 },
        { "1.1", "m", "cm", 110 },
        { "0.3", "g", "mg", 300 },
        { "1", "nanogram", "kg", 1e-12 },
        { "1e300", "km", "km", 1e300 },
        { "4.2e-290", "km", "m", 4.2e-287 },
    };

    [Theory]
    [MemberData(nameof(Defined))]
    public void Units_are_what_they_are_defined_as(string number, string from, string to, double expected)
    {
        Assert.Equal(expected, Given.Value($"\"field\": \"v\", \"type\": \"float\", \"unit\": \"{to}\", \"fromUnit\": \"{from}\"", number));
        Assert.Equal(expected, Given.Value($"\"field\": \"v\", \"type\": \"decimal\", \"unit\": \"{to}\"", $"{number} {from}"));
    }

    public static TheoryData<string, object?, object?> Read => new()
    {
        { "'unit': 'kg'", null, null },
        { "'unit': 'kg'", "", null },
        { "'unit': 'kg'", "  ", null },
        { "'unit': 'km'", "12.5 km", 12.5 },
        { "'unit': 'km'", "12.5km", 12.5 },
        { "'unit': 'km'", "  12.5   KM ", 12.5 },
        { "'unit': 'km'", "+12.5\u00a0km", 12.5 },
        { "'unit': 'km'", "12.5 kilometers", 12.5 },
        { "'unit': 'km'", "12.5 Kilometer", 12.5 },
        { "'unit': 'km'", "-.5 km", -0.5 },
        { "'unit': 'km'", "1e3 m", 1.0 },
        { "'unit': 'km'", "1E3m", 1.0 },
        { "'unit': 'Kilometer'", "1 m", 0.001 },
        { "'unit': 'length.kilometer'", "1 m", 0.001 },
        { "'unit': 'km', 'fromUnit': 'm'", "500", 0.5 },
        { "'unit': 'km', 'fromUnit': 'm'", "500 km", 500.0 },
        { "'unit': 'km', 'fromUnit': 'm'", 500L, 0.5 },
        { "'unit': 'km', 'fromUnit': 'm'", 500, 0.5 },
        { "'unit': 'km', 'fromUnit': 'm'", 0.1, 0.0001 },
        { "'unit': 'km', 'fromUnit': 'm'", 0.1f, 0.0001 },
        { "'unit': 'km', 'fromUnit': 'm'", -7.25m, -0.00725 },
        { "'unit': 'km', 'fromUnit': 'm'", ulong.MaxValue - 551615, 18446744073709000.0 },
        { "'unit': 'm', 'fromUnit': 'km'", 0L, 0.0 },
        { "'unit': 'µm'", "1 μm", 1.0 },
        { "'unit': 'eV'", "5 eV", 5.0 },
        { "'unit': 'm²'", "3 m^2", 3.0 },
        { "'unit': '1/m'", "10 1/m", 10.0 },
        { "'unit': 'mW', 'fromUnit': 'W'", "2 mW", 2.0 },
        { "'unit': 'W'", "2 MW", 2e6 },
        { "'unit': 'kg', 'culture': 'de-DE'", "1.234,5 kg", 1234.5 },
        { "'unit': 'kg', 'culture': 'de-DE'", "-0,5 t", -500.0 },
        { "'unit': 'kg', 'culture': 'fr-FR'", "1 234,5 kg", 1234.5 },
        { "'unit': 'kg', 'culture': 'ru-RU'", "3,5 kg", 3.5 },
        { "'unit': 'kg', 'culture': 'tr-TR'", "3,5 kg", 3.5 },
        { "'unit': 'mi', 'culture': 'tr-TR'", "3,5 MI", 3.5 },
        { "'unit': 'kg', 'culture': 'sv-SE'", "\u22123,5 kg", -3.5 },
        { "'unit': 'lb', 'lossy': 'allow'", "1 kg", 2.2046226218487757 },
        { "'unit': 'rad', 'lossy': 'allow'", "180 °", Math.PI },
        { "'unit': 'mpg (imp.)', 'lossy': 'allow'", "10 L/100km", 28.248105314960625 },
        { "'unit': 'm³', 'lossy': 'allow'", "1 CubicMile", 4168181825.440579584 },
        { "'unit': 'J', 'lossy': 'allow'", "1 FootPound", 1.3558179483314004 },
        { "'unit': 'kJ', 'lossy': 'allow'", "1 HorsepowerHour", 2684.519537696172792 },
        { "'unit': 'W', 'lossy': 'allow'", "1 hp(I)", 745.69987158227022 },
        { "'unit': 'kg', 'default': '2 t'", null, 2000.0 },
    };

    [Theory]
    [MemberData(nameof(Read))]
    public void Numbers_are_read_with_their_units(string definition, object? value, object? expected)
    {
        foreach (var type in new[] { "float", "decimal" })
        {
            var read = Given.Value($"'field': 'v', 'type': '{type}', {definition}".Replace('\'', '"'), value);
            if (expected is double number && read is double stored)
                Assert.Equal(number, stored, Math.Abs(number) * 1e-15);
            else
                Assert.Equal(expected, read);
        }
    }

    [Fact]
    public void A_list_of_measures_becomes_numbers() =>
        Assert.Equal(new double[] { 1000, 2.5 }, Given.Value("\"field\": \"v\", \"type\": \"list<float>\", \"unit\": \"m\"", new[] { "1 km", "250 cm" }));

    public static TheoryData<string, object?, object> Whole => new()
    {
        { "'unit': 'm'", "1.5 km", 1500L },
        { "'unit': 'B'", "8 EiB", ErrorCode.LossyConversion },
        { "'unit': 'B', 'lossy': 'allow'", "8 EiB", ErrorCode.LossyConversion },
        { "'unit': 'B'", "7 EiB", 7L << 60 },
        { "'unit': 'B'", "-8 EiB", long.MinValue },
        { "'unit': 'm'", "150 cm", ErrorCode.LossyConversion },
        { "'unit': 'm', 'lossy': 'allow'", "149 cm", 1L },
        { "'unit': 'm', 'lossy': 'allow'", "150 cm", 2L },
        { "'unit': 'm', 'lossy': 'allow'", "250 cm", 2L },
        { "'unit': 'm', 'lossy': 'allow'", "-151 cm", -2L },
        { "'unit': 'm', 'lossy': 'allow'", "-149 cm", -1L },
        { "'unit': 'm'", "1e30 m", ErrorCode.LossyConversion },
        { "'unit': 'm'", "", null! },
    };

    [Theory]
    [MemberData(nameof(Whole))]
    public void Whole_numbers_stay_whole_or_are_refused(string definition, object? value, object expected)
    {
        definition = $"'field': 'v', 'type': 'integer', {definition}".Replace('\'', '"');
        if (expected is string code)
            Assert.Equal(code, Given.Code(definition, value));
        else
            Assert.Equal(expected, Given.Value(definition, value));
    }

    public static TheoryData<string, object?, string, string> Refused => new()
    {
        { "'unit': 'kg'", "12", ErrorCode.ConversionFailed, "'fromUnit'" },
        { "'unit': 'kg'", 12L, ErrorCode.ConversionFailed, "'fromUnit'" },
        { "'unit': 'kg'", "kg", ErrorCode.ConversionFailed, "not a number with a unit" },
        { "'unit': 'kg'", "abc kg", ErrorCode.ConversionFailed, "not a number with a unit" },
        { "'unit': 'kg'", "1 000 kg", ErrorCode.ConversionFailed, "not a number with a unit" },
        { "'unit': 'kg'", "1,5 kg", ErrorCode.ConversionFailed, "not a number with a unit" },
        { "'unit': 'kg'", "1..5 kg", ErrorCode.ConversionFailed, "not a number with a unit" },
        { "'unit': 'kg'", "1-5 kg", ErrorCode.ConversionFailed, "not a number with a unit" },
        { "'unit': 'kg'", "5 lb 3 oz", ErrorCode.ConversionFailed, "not a number with a unit" },
        { "'unit': 'kg'", "5 kgg", ErrorCode.ConversionFailed, "Units of Mass:" },
        { "'unit': 'kg'", "5 kg.", ErrorCode.ConversionFailed, "Units of Mass:" },
        { "'unit': 'kg'", "5 m", ErrorCode.ConversionFailed, "of the quantity Duration or Length, not Mass" },
        { "'unit': 'kg'", "5 °C", ErrorCode.ConversionFailed, "of the quantity Temperature, not Mass" },
        { "'unit': 'kg'", "5 cwt", ErrorCode.ConversionFailed, "LongHundredweight, ShortHundredweight" },
        { "'unit': 'W'", "5 Mw", ErrorCode.ConversionFailed, "Megawatt" },
        { "'unit': 'kg'", "NaN kg", ErrorCode.ConversionFailed, "not a number with a unit" },
        { "'unit': 'kg'", "Infinity kg", ErrorCode.ConversionFailed, "not a number with a unit" },
        { "'unit': 'kg', 'fromUnit': 'g'", double.NaN, ErrorCode.UnsupportedValue, "cannot be stored" },
        { "'unit': 'kg', 'fromUnit': 'g'", double.PositiveInfinity, ErrorCode.UnsupportedValue, "cannot be stored" },
        { "'unit': 'kg', 'fromUnit': 'g'", true, ErrorCode.ConversionFailed, "not a number" },
        { "'unit': 'kg', 'fromUnit': 'g'", "١٢", ErrorCode.ConversionFailed, "not a number with a unit" },
        { "'unit': 'kg', 'culture': 'en-US'", "1,5 kg", ErrorCode.ConversionFailed, "as en-US writes it" },
        { "'unit': 'kg', 'culture': 'de-DE'", "1,2,3 kg", ErrorCode.ConversionFailed, "as de-DE writes it" },
        { "'unit': 'lb'", "1 kg", ErrorCode.LossyConversion, "\"lossy\": \"allow\"" },
        { "'unit': '°C'", "100 °F", ErrorCode.LossyConversion, "more digits" },
        { "'unit': 'rad'", "180 °", ErrorCode.LossyConversion, "more digits" },
        { "'unit': 'kg'", "0.1234567890123456789 kg", ErrorCode.LossyConversion, "more digits" },
        { "'unit': 'kg', 'fromUnit': 'kg'", 9007199254740993L, ErrorCode.LossyConversion, "more digits" },
        { "'unit': 'm'", "1e308 km", ErrorCode.LossyConversion, "does not fit" },
        { "'unit': 'm', 'lossy': 'allow'", "1e308 km", ErrorCode.LossyConversion, "does not fit" },
        { "'unit': 'ly', 'lossy': 'allow'", "1e-320 m", ErrorCode.LossyConversion, "does not fit" },
        { "'unit': 'mpg (imp.)', 'lossy': 'allow'", "0 L/100km", ErrorCode.LossyConversion, "does not fit" },
        { "'unit': 'kg'", "1e999 kg", ErrorCode.ConversionFailed, "not a number with a unit" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_no_such_measure_is_rejected_and_the_reason_says_why(string definition, object? value, string code, string reason)
    {
        var (result, reject) = Given.Property($"'field': 'v', 'type': 'decimal', {definition}".Replace('\'', '"'), value);
        Assert.True(reject is not null, $"Expected a reject, but got {GraphText.Format(result)}.");
        Assert.Equal(code, reject.Code);
        Assert.Contains(reason, reject.Reason, StringComparison.Ordinal);
        Assert.Equal("$.nodes[0].properties.p.type", reject.Rule);
    }

    [Theory]
    [InlineData("12 Main Street", "Main")]
    [InlineData("5 cwt", "5 cwt")]
    [InlineData("1 kg", "1 kg")]
    public void The_reason_says_nothing_of_a_private_value(string value, string secret)
    {
        var (_, reject) = Given.Property("\"field\": \"v\", \"type\": \"decimal\", \"unit\": \"lb\", \"private\": true", value);
        Assert.DoesNotContain(secret, reject!.Reason, StringComparison.Ordinal);
        Assert.Null(reject.Value);
    }

    [Theory]
    [InlineData("'type': 'decimal', 'unit': 'kgx'", ".unit", "kg")]
    [InlineData("'type': 'decimal', 'unit': 'Kilogramm'", ".unit", "Kilogram")]
    [InlineData("'type': 'decimal', 'unit': 'gal'", ".unit", "Volume.UsGallon")]
    [InlineData("'type': 'decimal', 'unit': 'gallon'", ".unit", "Volume.UsGallon")]
    [InlineData("'type': 'decimal', 'unit': 'pt'", ".unit", "Length.DtpPoint")]
    [InlineData("'type': 'decimal', 'unit': 'kt'", ".unit", "Mass.Kilotonne")]
    [InlineData("'type': 'decimal', 'unit': 'm', 'fromUnit': 'kg'", ".fromUnit", "km")]
    [InlineData("'type': 'decimal', 'unit': 'kg', 'fromUnit': 'km'", ".fromUnit", "kg")]
    [InlineData("'type': 'decimal', 'unit': 'kg', 'fromUnit': 'punds'", ".fromUnit", "Pound")]
    [InlineData("'type': 'decimal', 'unit': 'kg', 'fromUnit': 'cwt'", ".fromUnit", "Mass.LongHundredweight")]
    [InlineData("'type': 'decimal', 'fromUnit': 'kg'", "", null)]
    [InlineData("'type': 'string', 'unit': 'kg'", "", null)]
    [InlineData("'type': 'duration', 'unit': 's'", "", null)]
    [InlineData("'unit': 'kg'", "", null)]
    [InlineData("'type': 'decimal', 'unit': ''", ".unit", null)]
    [InlineData("'type': 'decimal', 'unit': 5", ".unit", null)]
    [InlineData("'type': 'decimal', 'unit': 'kg', 'default': '2 m'", ".default", null)]
    public void Wrong_units_are_faults_of_the_mapping(string definition, string path, string? suggestion)
    {
        var fault = Assert.Single(Given.Faults(
            $$"""{ 'nodes': [ { 'type': 'T', 'id': '{key}', 'properties': { 'p': { 'field': 'v', {{definition}} } } } ] }""".Replace('\'', '"')));
        Assert.Equal("$.nodes[0].properties.p" + path, fault.Path);
        Assert.Equal(suggestion, fault.Suggestion);
    }

    [Fact]
    public void Units_of_other_quantities_are_named_with_both_quantities()
    {
        var fault = Assert.Single(Given.Faults("""
            { "nodes": [ { "type": "T", "id": "{key}", "properties": { "p": { "field": "v", "type": "float", "unit": "m", "fromUnit": "kg" } } } ] }
            """));
        Assert.Contains("'kg' is a unit of Mass, and 'm' one of Length", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_rounded_as_allowed_is_counted()
    {
        using var mapper = Given.Mapper("""
            { "nodes": [ { "type": "T", "id": "{key}", "properties": { "p": { "field": "v", "type": "float", "unit": "lb", "lossy": "allow" } } } ] }
            """);
        Given.Items(mapper, Given.Record(("key", "a"), ("v", "1 kg")));
        Given.Items(mapper, Given.Record(("key", "b"), ("v", "0.45359237 kg")));
        var rule = Assert.Single(mapper.Log.Statistics, r => r.Rule.EndsWith("float", StringComparison.Ordinal));
        Assert.Equal((2, 2, 1), (rule.Seen, rule.Changed, rule.Lossy));
    }

    // Written in one unit and read in another, a number comes back: over every pair of units that are known exactly.
    [Fact]
    public void Every_exact_unit_converts_there_and_back_without_loss()
    {
        var catalog = UnitCatalog.All;
        var units = catalog.Names(null, null).SelectMany(n => catalog.Find(n)).Distinct().Where(u => u.Scale is not null).ToArray();
        Assert.InRange(units.Length, 1400, 2000);
        var number = new Rational(new BigInteger(-12345), 1000);
        foreach (var quantity in units.GroupBy(u => u.Quantity))
        {
            foreach (var unit in quantity)
            {
                var first = quantity.First();
                Assert.Equal(number, first.Scale!.To(unit.Scale!).ToBase(unit.Scale!.To(first.Scale!).ToBase(number)));
                Assert.Equal(first.Convert(3, unit), first.Scale.To(unit.Scale).ToBase(new Rational(3, 1)).ToDouble(out _), 5e-5 * Math.Abs(first.Convert(3, unit)));
            }
        }
    }

    [Theory]
    [InlineData("0", 0.0, true)]
    [InlineData("-0.1", -0.1, true)]
    [InlineData("1E-300", 1e-300, true)]
    [InlineData("123456789012345678", 123456789012345680.0, false)]
    [InlineData("9007199254740993", 9007199254740992.0, false)]
    [InlineData("0.1000000000000000055511151231257827", 0.1, false)]
    [InlineData("179769313486231570000E288", double.MaxValue, true)]
    public void Fractions_become_the_nearest_double(string text, double expected, bool isExact)
    {
        Assert.Equal(expected, Rational.Parse(text).ToDouble(out var exact));
        Assert.Equal(isExact, exact);
    }
}
