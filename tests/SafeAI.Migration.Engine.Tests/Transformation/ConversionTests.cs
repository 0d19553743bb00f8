using System.Globalization;
using System.Numerics;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Tests.Transformation;

public class ConversionTests
{
    private static readonly DateTimeOffset s_leapNoon = new(2024, 2, 29, 12, 0, 0, TimeSpan.Zero);

    public static TheoryData<string, object?, object?> Converted => new()
    {
        { "'type': 'string'", 1.50m, "1.5" },
        { "'type': 'string'", "", "" },
        { "'type': 'string'", null, null },
        { "'type': 'integer'", " 17 ", 17L },
        { "'type': 'integer'", "-9223372036854775808", long.MinValue },
        { "'type': 'integer'", "17.0", 17L },
        { "'type': 'integer'", "1e3", 1000L },
        { "'type': 'integer'", "", null },
        { "'type': 'integer'", "  ", null },
        { "'type': 'integer'", 17.0, 17L },
        { "'type': 'integer'", 17m, 17L },
        { "'type': 'integer'", new BigInteger(17), 17L },
        { "'type': 'integer', 'culture': 'de-DE'", "1.234.567", 1234567L },
        { "'type': 'integer', 'culture': 'en-US'", "-1,234,567", -1234567L },
        { "'type': 'integer', 'culture': 'en-US'", "1234567", 1234567L },
        { "'type': 'integer', 'culture': 'hi-IN'", "12,34,567", 1234567L },
        { "'type': 'integer', 'culture': 'fr-FR'", " 1 234 567 ", 1234567L },
        { "'type': 'decimal', 'culture': 'fr-FR'", "1\u202f234,5", 1234.5 },
        { "'type': 'float', 'culture': 'en-US'", "1,234.5e2", 123450.0 },
        { "'type': 'integer', 'lossy': 'allow'", "17.6", 18L },
        { "'type': 'float'", "1.5e3", 1500.0 },
        { "'type': 'float'", "0.1", 0.1 },
        { "'type': 'float'", 7L, 7.0 },
        { "'type': 'float'", "0.12345678901234568", 0.12345678901234568 },
        { "'type': 'float', 'lossy': 'allow'", "0.12345678901234567890123", 0.12345678901234568 },
        { "'type': 'float', 'culture': 'fr-FR'", "1,5", 1.5 },
        { "'type': 'decimal'", "1234567890.12", 1234567890.12 },
        { "'type': 'decimal', 'culture': 'de-DE'", "1.234,50", 1234.5 },
        { "'type': 'decimal', 'culture': 'de-CH'", "1’234.50", 1234.5 },
        { "'type': 'decimal'", 7L, 7.0 },
        { "'type': 'decimal'", "0.000", 0.0 },
        { "'type': 'decimal'", "1.23456e-27", 1.23456e-27 },
        { "'type': 'decimal'", "5e-324", double.Epsilon },
        { "'type': 'integer'", "9.007199254740993E15", 9007199254740993L },
        { "'type': 'integer', 'culture': 'de-DE'", "1.234,000", 1234L },
        { "'type': 'integer', 'lossy': 'allow'", "1e-400", 0L },
        { "'type': 'decimal', 'lossy': 'allow'", "1.2345678901234567891e-25", 1.2345678901234567891e-25 },
        { "'type': 'boolean'", "YES", true },
        { "'type': 'boolean'", "f", false },
        { "'type': 'boolean'", 1L, true },
        { "'type': 'boolean'", "", null },
        { "'type': 'boolean', 'true': ['ja'], 'false': ['nein']", " Ja ", true },
        { "'type': 'date'", "2024-02-29", new DateOnly(2024, 2, 29) },
        { "'type': 'date'", "2024-02-29T00:00:00", new DateOnly(2024, 2, 29) },
        { "'type': 'date'", new DateTime(2024, 2, 29), new DateOnly(2024, 2, 29) },
        { "'type': 'date', 'formats': ['yyyy-MM-dd', 'dd.MM.yyyy']", "29.02.2024", new DateOnly(2024, 2, 29) },
        { "'type': 'date', 'formats': 'd MMMM yyyy', 'culture': 'de-DE'", "3 März 2024", new DateOnly(2024, 3, 3) },
        { "'type': 'date', 'lossy': 'allow'", "2024-02-29T13:00:00", new DateOnly(2024, 2, 29) },
        { "'type': 'time'", "13:45", new TimeOnly(13, 45) },
        { "'type': 'time'", "13:45:01.5", new TimeOnly(13, 45, 1, 500) },
        { "'type': 'time'", TimeSpan.FromHours(13), new TimeOnly(13, 0) },
        { "'type': 'datetime'", "2024-02-29T12:00:00Z", s_leapNoon },
        { "'type': 'datetime'", "2024-02-29 14:00:00+02:00", s_leapNoon },
        { "'type': 'datetime'", "2024-02-29T12:00:00.000000000Z", s_leapNoon },
        { "'type': 'datetime', 'timeZone': 'Europe/Berlin'", "2024-02-29T13:00:00", s_leapNoon },
        { "'type': 'datetime', 'timeZone': 'Europe/Berlin'", new DateTime(2024, 2, 29, 13, 0, 0), s_leapNoon },
        { "'type': 'datetime', 'timeZone': 'UTC'", new DateOnly(2024, 2, 29), s_leapNoon.AddHours(-12) },
        { "'type': 'datetime', 'formats': ['unixSeconds']", 1709208000L, s_leapNoon },
        { "'type': 'datetime', 'formats': ['unixMilliseconds']", "1709208000000", s_leapNoon },
        { "'type': 'datetime', 'formats': ['dd/MM/yyyy HH:mm zzz']", "29/02/2024 14:00 +02:00", s_leapNoon },
        { "'type': 'localdatetime'", "2024-02-29T12:00:00", new DateTime(2024, 2, 29, 12, 0, 0) },
        { "'type': 'localdatetime', 'timeZone': 'Europe/Berlin'", "2024-02-29T12:00:00Z", new DateTime(2024, 2, 29, 13, 0, 0) },
        { "'type': 'duration'", "PT1H30M", TimeSpan.FromMinutes(90) },
        { "'type': 'duration'", "01:30:00", TimeSpan.FromMinutes(90) },
        { "'type': 'duration'", "-P1DT1S", -new TimeSpan(1, 0, 0, 1) },
        { "'type': 'duration'", "PT1.1234567000S", new TimeSpan(11_234_567) },
        { "'type': 'duration'", "01:30:00.1234567000", new TimeSpan(0, 1, 30, 0) + new TimeSpan(1_234_567) },
        { "'type': 'duration', 'lossy': 'allow'", "PT1.12345678951S", new TimeSpan(11_234_567) },
        { "'type': 'time', 'formats': 'h:mm tt'", "1:45 PM", new TimeOnly(13, 45) },
        { "'type': 'time', 'formats': 'yyyy-MM-dd HH:mm', 'lossy': 'allow'", "2024-02-29 13:45", new TimeOnly(13, 45) },
        { "'type': 'uuid'", "{6F9619FF-8B86-D011-B42D-00CF4FC964FF}", "6f9619ff-8b86-d011-b42d-00cf4fc964ff" },
        { "'type': 'json'", new Dictionary<string, object?> { ["a"] = new object[] { 1, "ü" } }, """{"a":[1,"ü"]}""" },
        { "'type': 'json'", """{"a": 1}""", """{"a": 1}""" },
        { "'type': 'list<integer>'", new[] { "1", "2" }, new[] { 1L, 2L } },
        { "'type': 'list<integer>'", "[1, 2]", new[] { 1L, 2L } },
        { "'type': 'integer[]', 'apply': [{'split': ','}]", "1,2", new[] { 1L, 2L } },
        { "'type': 'list<string>'", "a", new[] { "a" } },
        { "'type': 'list<string>'", Array.Empty<object>(), Array.Empty<string>() },
        { "'type': 'list<date>'", new[] { "2024-02-29" }, new[] { new DateOnly(2024, 2, 29) } },
        { "'default': 'unknown'", null, "unknown" },
        { "'default': 'unknown'", "", "unknown" },
        { "'type': 'integer', 'default': 0", "", 0L },
        { "'type': 'date', 'default': '1970-01-01'", null, new DateOnly(1970, 1, 1) },
    };

    [Theory]
    [MemberData(nameof(Converted))]
    public void Values_convert(string definition, object? value, object? expected)
    {
        var result = Given.Value("'field': 'v', ".Replace('\'', '"') + definition.Replace('\'', '"'), value);
        Assert.Equal(expected, result);
        Assert.Equal(expected?.GetType(), result?.GetType());
    }

    public static TheoryData<string, object?, string> Refused => new()
    {
        { "'type': 'integer'", "abc", ErrorCode.ConversionFailed },
        { "'type': 'integer'", "1,234", ErrorCode.ConversionFailed },
        { "'type': 'integer'", "17.5", ErrorCode.LossyConversion },
        { "'type': 'integer'", "1e-30", ErrorCode.LossyConversion },
        { "'type': 'integer'", "1e-400", ErrorCode.LossyConversion },
        { "'type': 'integer'", "1.00000000000000000000000000001", ErrorCode.LossyConversion },
        { "'type': 'integer'", "9007199254740993.0000000000000001", ErrorCode.LossyConversion },
        { "'type': 'decimal'", "1.2345678901234567e-25", ErrorCode.LossyConversion },
        { "'type': 'decimal'", "1.23456e-320", ErrorCode.LossyConversion },
        { "'type': 'float'", "1.2345678901234567e-25", ErrorCode.LossyConversion },
        { "'type': 'float'", "1.23456e-320", ErrorCode.LossyConversion },
        { "'type': 'integer'", 17.5, ErrorCode.LossyConversion },
        { "'type': 'integer'", "9223372036854775808", ErrorCode.LossyConversion },
        { "'type': 'integer', 'lossy': 'allow'", "9223372036854775808", ErrorCode.LossyConversion },
        { "'type': 'integer'", "1e30", ErrorCode.LossyConversion },
        { "'type': 'integer'", double.NaN, ErrorCode.ConversionFailed },
        { "'type': 'integer'", true, ErrorCode.ConversionFailed },
        { "'type': 'integer', 'culture': 'en-US'", "1,5", ErrorCode.ConversionFailed },
        { "'type': 'integer', 'culture': 'en-US'", "1,2345", ErrorCode.ConversionFailed },
        { "'type': 'integer', 'culture': 'en-US'", "1234,567", ErrorCode.ConversionFailed },
        { "'type': 'integer', 'culture': 'en-US'", "1,", ErrorCode.ConversionFailed },
        { "'type': 'integer', 'culture': 'en-US'", ",123", ErrorCode.ConversionFailed },
        { "'type': 'integer', 'culture': 'en-US'", "1,,234", ErrorCode.ConversionFailed },
        { "'type': 'integer', 'culture': 'hi-IN'", "1,234,567", ErrorCode.ConversionFailed },
        { "'type': 'float', 'culture': 'de-DE'", "1.5", ErrorCode.ConversionFailed },
        { "'type': 'decimal', 'culture': 'de-DE'", "12.50", ErrorCode.ConversionFailed },
        { "'type': 'decimal', 'culture': 'fr-FR'", "12 50", ErrorCode.ConversionFailed },
        { "'type': 'decimal', 'culture': 'en-US'", "1,234.5,6", ErrorCode.ConversionFailed },
        { "'type': 'float'", "0.123456789012345678", ErrorCode.LossyConversion },
        { "'type': 'float'", "9007199254740993", ErrorCode.LossyConversion },
        { "'type': 'float'", 9007199254740993L, ErrorCode.LossyConversion },
        { "'type': 'float'", "1e400", ErrorCode.LossyConversion },
        { "'type': 'float'", "1e-400", ErrorCode.LossyConversion },
        { "'type': 'float'", "NaN", ErrorCode.UnsupportedValue },
        { "'type': 'float'", "1,5", ErrorCode.ConversionFailed },
        { "'type': 'decimal'", "0.50000000000000000000000000000000001", ErrorCode.LossyConversion },
        { "'type': 'decimal'", "12345678901234567.89", ErrorCode.LossyConversion },
        { "'type': 'decimal'", "1e40", ErrorCode.LossyConversion },
        { "'type': 'decimal'", "x", ErrorCode.ConversionFailed },
        { "'type': 'boolean'", "maybe", ErrorCode.ConversionFailed },
        { "'type': 'boolean', 'true': ['ja'], 'false': ['nein']", "yes", ErrorCode.ConversionFailed },
        { "'type': 'date'", "2023-02-29", ErrorCode.ConversionFailed },
        { "'type': 'date'", "29.02.2024", ErrorCode.ConversionFailed },
        { "'type': 'date'", "2024-02-29T13:00:00", ErrorCode.LossyConversion },
        { "'type': 'date'", s_leapNoon, ErrorCode.LossyConversion },
        { "'type': 'time'", "25:00", ErrorCode.ConversionFailed },
        { "'type': 'time'", "13:45:01.123456789", ErrorCode.LossyConversion },
        { "'type': 'time'", new DateTime(2024, 2, 29, 1, 0, 0), ErrorCode.LossyConversion },
        { "'type': 'datetime'", "2024-02-29T12:00:00", ErrorCode.ConversionFailed },
        { "'type': 'datetime'", "2024-02-29T12:00:00.123456789Z", ErrorCode.LossyConversion },
        { "'type': 'datetime'", "yesterday", ErrorCode.ConversionFailed },
        { "'type': 'datetime', 'formats': 'unixSeconds'", long.MaxValue, ErrorCode.LossyConversion },
        { "'type': 'localdatetime'", "2024-02-29T12:00:00Z", ErrorCode.LossyConversion },
        { "'type': 'time', 'formats': 'yyyy-MM-dd HH:mm'", "2024-02-29 13:45", ErrorCode.LossyConversion },
        { "'type': 'duration'", "P1M", ErrorCode.LossyConversion },
        { "'type': 'duration'", "PT1.12345678951S", ErrorCode.LossyConversion },
        { "'type': 'duration'", "PT0.00000009S", ErrorCode.LossyConversion },
        { "'type': 'duration'", "01:30:00.12345678", ErrorCode.LossyConversion },
        { "'type': 'duration'", "soon", ErrorCode.ConversionFailed },
        { "'type': 'uuid'", "6F9619FF", ErrorCode.ConversionFailed },
        { "'type': 'json'", "{oops", ErrorCode.ConversionFailed },
        { "'type': 'string'", new[] { "a" }, ErrorCode.ConversionFailed },
        { "'type': 'list<integer>'", new[] { "1", "x" }, ErrorCode.ConversionFailed },
        { "'required': true", null, ErrorCode.MissingValue },
        { "'required': true", "", ErrorCode.MissingValue },
        { "'type': 'integer', 'required': true", " ", ErrorCode.MissingValue },
        { "'required': false", new Dictionary<string, object?>(), ErrorCode.UnsupportedValue },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Values_that_do_not_convert_are_rejects(string definition, object? value, string code) =>
        Assert.Equal(code, Given.Code(("'field': 'v', " + definition).Replace('\'', '"'), value));

    [Fact]
    public void Numbers_are_the_nearest_that_a_double_holds_however_they_are_written()
    {
        var random = new Random(7);
        string[] odd =
        [
            "0", "-0", "0.0", "-0.00", "+1.5", ".5", "-.5", "5.", "0005", "-007.50", "1", "-1", " 1.5 ", "15e-1", "999999999999999", "-99999999999999.9",
            "1234567890123456", "0.00000000000001", "0.000000000000001", "0.123456789012345", "00000000000000.1", "000000000000000.1",
        ];
        var drawn = Enumerable.Range(0, 20_000).Select(_ =>
        {
            var digits = random.NextInt64((long)Math.Pow(10, random.Next(1, 16))).ToString(CultureInfo.InvariantCulture);
            var point = random.Next(1, digits.Length + 1);
            return $"{(random.Next(3) == 0 ? "-" : "")}{digits[..point]}{(point < digits.Length ? "." : "")}{digits[point..]}";
        });
        foreach (var type in new[] { "decimal", "float" })
        {
            using var mapper = Given.Mapper($$"""{ "nodes": [ { "type": "T", "id": "t:{$ordinal}", "merge": true, "properties": { "p": { "field": "v", "type": "{{type}}" } } } ] }""");
            Assert.All(odd.Concat(drawn), text => Assert.Equal(
                double.Parse(text, CultureInfo.InvariantCulture), ((GraphNode)Given.Items(mapper, Given.Record(("v", text)))[0]).Properties["p"]));
        }
    }

    [Theory]
    [InlineData("-")]
    [InlineData(".")]
    [InlineData("-.")]
    [InlineData("1..2")]
    [InlineData("1.2.3")]
    [InlineData("--1")]
    [InlineData("1-")]
    [InlineData("1,5")]
    [InlineData("1/2")]
    [InlineData("1:2")]
    [InlineData("١")] // a digit, but not one of these
    public void What_only_resembles_a_number_is_none(string text)
    {
        Assert.Equal(ErrorCode.ConversionFailed, Given.Code("\"field\": \"v\", \"type\": \"decimal\"", text));
        Assert.Equal(ErrorCode.ConversionFailed, Given.Code("\"field\": \"v\", \"type\": \"float\"", text));
    }

    // In Berlin, 2024-03-31 02:00–03:00 does not exist and 2024-10-27 02:00–03:00 occurs twice. Lord Howe moves by half an hour.
    [Theory]
    [InlineData("Europe/Berlin", "2024-03-31T01:59:59", "", "2024-03-31T00:59:59Z")]
    [InlineData("Europe/Berlin", "2024-03-31T02:30:00", "", null)]
    [InlineData("Europe/Berlin", "2024-03-31T02:30:00", "'invalid': 'forward'", "2024-03-31T01:30:00Z")]
    [InlineData("Europe/Berlin", "2024-03-31T02:30:00", "'invalid': 'backward'", "2024-03-31T00:30:00Z")]
    [InlineData("Europe/Berlin", "2024-03-31T03:00:00", "", "2024-03-31T01:00:00Z")]
    [InlineData("Europe/Berlin", "2024-10-27T02:30:00", "", null)]
    [InlineData("Europe/Berlin", "2024-10-27T02:30:00", "'ambiguous': 'earlier'", "2024-10-27T00:30:00Z")]
    [InlineData("Europe/Berlin", "2024-10-27T02:30:00", "'ambiguous': 'later'", "2024-10-27T01:30:00Z")]
    [InlineData("Europe/Berlin", "2024-10-27T03:00:00", "", "2024-10-27T02:00:00Z")]
    [InlineData("Australia/Lord_Howe", "2024-10-06T02:15:00", "'invalid': 'forward'", "2024-10-05T15:45:00Z")]
    [InlineData("Australia/Lord_Howe", "2024-04-07T01:45:00", "'ambiguous': 'later'", "2024-04-06T15:15:00Z")]
    [InlineData("America/New_York", "2024-11-03T01:30:00", "", null)]
    public void Local_times_at_the_edges_of_summer_time_follow_the_policy(string zone, string local, string policy, string? expected)
    {
        var definition = $"'field': 'v', 'type': 'datetime', 'timeZone': '{zone}'{(policy.Length > 0 ? ", " : "")}{policy}".Replace('\'', '"');
        if (expected is null)
            Assert.Equal(ErrorCode.ConversionFailed, Given.Code(definition, local));
        else
            Assert.Equal(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture), ((DateTimeOffset)Given.Value(definition, local)!).ToUniversalTime());
    }

    [Theory]
    [InlineData("'type': 'intger'", "integer")]
    [InlineData("'type': 'numeric'", "decimal")]
    [InlineData("'type': '5'", null)]
    [InlineData("'type': 'datetime', 'timeZone': 'Europe/Berln'", "Europe/Berlin")]
    [InlineData("'type': 'boolean', 'true': ['x']", null)]
    [InlineData("'type': 'boolean', 'true': ['x'], 'false': ['X']", null)]
    [InlineData("'type': 'integer', 'formats': ['x']", null)]
    [InlineData("'type': 'integer', 'lossy': 'alow'", "allow")]
    [InlineData("'culture': 'de-DE'", null)]
    [InlineData("'type': 'date', 'default': 'soon'", null)]
    public void Wrong_conversions_are_faults(string definition, string? suggestion)
    {
        var fault = Assert.Single(Given.Faults(
            $$"""{ 'nodes': [ { 'type': 'T', 'id': '{key}', 'properties': { 'p': { 'field': 'v', {{definition}} } } } ] }""".Replace('\'', '"')));
        Assert.StartsWith("$.nodes[0].properties.p", fault.Path, StringComparison.Ordinal);
        Assert.Equal(suggestion, fault.Suggestion);
    }

    [Fact]
    public void The_reason_names_the_value_the_rule_and_the_field()
    {
        var (_, reject) = Given.Property("\"field\": \"v\", \"type\": \"integer\"", "abc");
        Assert.Equal("v", reject!.Field);
        Assert.Equal("abc", reject.Value);
        Assert.Equal("$.nodes[0].properties.p.type", reject.Rule);
        Assert.Contains("'abc'", reject.Reason, StringComparison.Ordinal);
        Assert.Equal("things.csv, line 4", reject.Position.ToString());
    }
}
