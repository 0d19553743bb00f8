using System.Collections;
using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text.Json;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Tests.Transformation;

public class GraphValueTests
{
    public static TheoryData<object?, object?> Stored => new()
    {
        { null, null },
        { DBNull.Value, null },
        { "", "" },
        { "😀", "😀" },
        { 1, 1L },
        { (byte)255, 255L },
        { uint.MaxValue, 4294967295L },
        { (ulong)long.MaxValue, long.MaxValue },
        { new BigInteger(-5), -5L },
        { 0.1f, 0.1 },
        { (Half)0.5, 0.5 },
        { 0.1m, 0.1 },
        { 19.00m, 19.0 },
        { 1234567890123.45m, 1234567890123.45 },
        { 0.1234567890123456m, 0.1234567890123456 },
        { true, true },
        { 'x', "x" },
        { DayOfWeek.Monday, "Monday" },
        { Guid.Parse("6F9619FF-8B86-D011-B42D-00CF4FC964FF"), "6f9619ff-8b86-d011-b42d-00cf4fc964ff" },
        { new byte[] { 1, 2, 3 }, "AQID" },
        { new sbyte[] { -1, 2 }, new[] { -1L, 2L } },
        { new ulong[] { 1, 2 }, new[] { 1L, 2L } },
        { new uint[] { uint.MaxValue }, new[] { 4294967295L } },
        { IPAddress.Loopback, "127.0.0.1" },
        { new DateTime(2024, 2, 29, 1, 2, 3, DateTimeKind.Utc), new DateTimeOffset(2024, 2, 29, 1, 2, 3, TimeSpan.Zero) },
        { new DateTime(2024, 2, 29), new DateTime(2024, 2, 29) },
        { new DateOnly(2024, 2, 29), new DateOnly(2024, 2, 29) },
        { TimeSpan.FromTicks(1), TimeSpan.FromTicks(1) },
        { new[] { 1, 2 }, new[] { 1L, 2L } },
        { new object[] { 1, 2L, (short)3 }, new[] { 1L, 2L, 3L } },
        { new object[] { 1, 2.5 }, new[] { 1.0, 2.5 } },
        { Array.Empty<object>(), Array.Empty<string>() },
        { new ArrayList { "a", "b" }, new[] { "a", "b" } },
        { JsonDocument.Parse("[1, 2]").RootElement, new[] { 1L, 2L } },
        { JsonDocument.Parse("\"x\"").RootElement, "x" },
        { JsonDocument.Parse("null").RootElement, null },
    };

    [Theory]
    [MemberData(nameof(Stored))]
    public void Values_are_widened_to_what_the_graph_stores(object? value, object? expected)
    {
        var stored = GraphValue.Normalize(value);
        Assert.Equal(expected, stored);
        Assert.Equal(expected?.GetType(), stored?.GetType());
    }

    public static TheoryData<object, string> Refused => new()
    {
        { double.NaN, ErrorCode.UnsupportedValue },
        { new[] { ulong.MaxValue }, ErrorCode.LossyConversion },
        { float.PositiveInfinity, ErrorCode.UnsupportedValue },
        { ulong.MaxValue, ErrorCode.LossyConversion },
        { BigInteger.Pow(2, 70), ErrorCode.LossyConversion },
        { 0.12345678901234567890m, ErrorCode.LossyConversion },
        { decimal.MaxValue, ErrorCode.LossyConversion },
        { "\ud83d", ErrorCode.UnsupportedValue },
        { "x\ude00y", ErrorCode.UnsupportedValue },
        { new Hashtable { ["a"] = 1 }, ErrorCode.UnsupportedValue },
        { new Dictionary<string, object?> { ["a"] = 1 }, ErrorCode.UnsupportedValue },
        { new object?[] { "a", null }, ErrorCode.UnsupportedValue },
        { new object[] { "a", 1 }, ErrorCode.UnsupportedValue },
        { new object[] { new[] { 1 } }, ErrorCode.UnsupportedValue },
        { new object[] { 1L << 60, 0.5 }, ErrorCode.UnsupportedValue },
        { new string?[] { "a", null }, ErrorCode.UnsupportedValue },
        { new[] { 1.0, double.NaN }, ErrorCode.UnsupportedValue },
        { JsonDocument.Parse("{}").RootElement, ErrorCode.UnsupportedValue },
        { new Version(1, 2), ErrorCode.UnsupportedValue },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Values_that_the_graph_cannot_store_are_refused(object value, string code)
    {
        var failure = Assert.Throws<MigrationException>(() => GraphValue.Normalize(value));
        Assert.Equal(code, failure.Code);
    }

    [Fact]
    public void Half_a_pair_is_found_wherever_it_stands_and_a_whole_one_is_not_refused()
    {
        for (var length = 1; length <= 70; length++)
        {
            for (var at = 0; at < length; at++)
            {
                var (before, after) = (new string('\ue000', at), new string('a', length - at - 1));
                Assert.True(GraphValue.HasLoneSurrogate($"{before}\ud83d{after}"));
                Assert.True(GraphValue.HasLoneSurrogate($"{before}\ude00{after}"));
                Assert.False(GraphValue.HasLoneSurrogate($"{before}😀{after}"));
                Assert.False(GraphValue.HasLoneSurrogate($"{before}a{after}"));
            }
        }
    }

    public static TheoryData<object?, string> Texts => new()
    {
        { null, "" },
        { 1.50m, "1.5" },
        { 100m, "100" },
        { 1e21, "1E+21" },
        { -0.5, "-0.5" },
        { true, "true" },
        { new DateOnly(2024, 2, 29), "2024-02-29" },
        { new TimeOnly(1, 2, 3), "01:02:03" },
        { new TimeOnly(1, 2, 3, 40), "01:02:03.04" },
        { new DateTime(2024, 2, 29, 1, 2, 3), "2024-02-29T01:02:03" },
        { new DateTimeOffset(2024, 2, 29, 1, 2, 3, TimeSpan.Zero), "2024-02-29T01:02:03Z" },
        { new DateTimeOffset(2024, 2, 29, 1, 2, 3, TimeSpan.FromHours(2)), "2024-02-29T01:02:03+02:00" },
        { TimeSpan.FromMinutes(90), "PT1H30M" },
        { new[] { 1, 2 }, "[1,2]" },
        { new Dictionary<string, object?> { ["ä"] = null }, """{"ä":null}""" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Texts_of_values_do_not_depend_on_the_culture(object? value, string expected)
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("ar-SA");
            Assert.Equal(expected, GraphText.Format(value));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
