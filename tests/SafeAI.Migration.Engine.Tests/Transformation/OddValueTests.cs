using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Tests.Transformation;

/// <summary>
/// Every function, every conversion and every deduplication with the values that are most often forgotten: null, an empty text, a
/// surrogate pair, a combining mark, the four letters I of Turkish; of dates leap days, of times the edges of summer time.
/// </summary>
public sealed class OddValueTests : IDisposable
{
    private const string Secret = "correct horse battery staple";
    private const string Pair = "a😀b";
    private const string Mark = "e\u0301x";
    private const string Turkish = "Iİıi";

    private readonly string _key = Path.GetTempFileName();

    public OddValueTests() => File.WriteAllText(_key, Secret);

    public void Dispose() => File.Delete(_key);

    /// <summary>What a function makes of each odd value: a value, a pattern that it matches, or an error's code.</summary>
    private sealed record Odd(string Name, string Call, object? OfNull, object? OfEmpty, object? OfPair, object? OfMark, object? OfTurkish)
    {
        public IEnumerable<(object? Value, object? Expected)> Cases => [(null, OfNull), ("", OfEmpty), (Pair, OfPair), (Mark, OfMark), (Turkish, OfTurkish)];
    }

    private sealed record Error(string Code);

    private static Odd Same(string name, string call) => new(name, call, null, "", Pair, Mark, Turkish);

    private static Regex Token => new("^[0-9a-z]{20}$", RegexOptions.CultureInvariant);

    private static Regex Prefixed => new("^t-[0-9a-z]{20}$", RegexOptions.CultureInvariant);

    private static string Hmac(string text) => Convert.ToHexString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes(text))).ToLowerInvariant();

    private static readonly Error s_failed = new(ErrorCode.ConversionFailed);

    private static readonly Odd[] s_functions =
    [
        Same("trim", "\"trim\""),
        new("trim", """{"trim": "xi"}""", null, "", Pair, "e\u0301", "Iİı"),
        Same("trimStart", "\"trimStart\""),
        new("trimStart", """{"trimStart": "aI"}""", null, "", "😀b", Mark, "İıi"),
        Same("trimEnd", "\"trimEnd\""),
        new("trimEnd", """{"trimEnd": "bi"}""", null, "", "a😀", Mark, "Iİı"),
        Same("collapse", "\"collapse\""),
        new("lower", "\"lower\"", null, "", Pair, Mark, "iİıi"),
        new("lower", """{"lower": "tr-TR"}""", null, "", Pair, Mark, "ıiıi"),
        new("upper", "\"upper\"", null, "", "A😀B", "E\u0301X", "IİıI"),
        new("upper", """{"upper": "tr-TR"}""", null, "", "A😀B", "E\u0301X", "IİIİ"),
        new("title", "\"title\"", null, "", "A😀B", "E\u0301x", "Iİıi"),
        new("title", """{"title": "tr-TR"}""", null, "", "A😀B", "E\u0301x", "Iiıi"),
        new("replace", """{"replace": {"from": "i", "to": "j", "ignoreCase": true}}""", null, "", Pair, Mark, "jİıj"),
        new("regexReplace", """{"regexReplace": ["[\\w]$", "<$0>"]}""", null, "", "a😀<b>", "e\u0301<x>", "Iİı<i>"),
        new("extract", """{"extract": "^.."}""", null, null, "a\ud83d", "e\u0301", "Iİ"),
        new("substring", """{"substring": [1, 1]}""", null, "", "😀", "x", "İ"),
        new("left", """{"left": 1}""", null, "", "a", "e\u0301", "I"),
        new("right", """{"right": 2}""", null, "", "😀b", Mark, "ıi"),
        new("padLeft", """{"padLeft": [4, "0"]}""", null, "0000", "0" + Pair, "00" + Mark, Turkish),
        new("padRight", """{"padRight": [4, "😀"]}""", null, "😀😀😀😀", Pair + "😀", Mark + "😀😀", Turkish),
        new("prefix", """{"prefix": "\u0301"}""", null, "\u0301", "\u0301" + Pair, "\u0301" + Mark, "\u0301" + Turkish),
        new("suffix", """{"suffix": "İ"}""", null, "İ", Pair + "İ", Mark + "İ", Turkish + "İ"),
        new("digits", "\"digits\"", null, "", "", "", ""),
        new("slug", "\"slug\"", null, "", "a-b", "ex", "iiıi"),
        new("length", "\"length\"", null, 0L, 3L, 2L, 4L),
        new("split", """{"split": "ı"}""", null, Array.Empty<string>(), new[] { Pair }, new[] { Mark }, new[] { "Iİ", "i" }),
        Same("join", """{"join": "+"}"""),
        new("join", """[{"split": "ı"}, {"join": "+"}]""", null, "", Pair, Mark, "Iİ+i"),
        new("nullIf", """{"nullIf": {"values": ["iİıI", "éx", "a😀B"], "ignoreCase": true}}""", null, "", null, Mark, null),
        new("emptyToNull", "\"emptyToNull\"", null, null, Pair, Mark, Turkish),
        Same("compact", "\"compact\""),
        new("compact", """[{"split": ["ı", true]}, "compact"]""", null, Array.Empty<string>(), new[] { Pair }, new[] { Mark }, new[] { "Iİ", "i" }),
        Same("distinct", "\"distinct\""),
        new("distinct", """[{"regexReplace": [".+", "$0,$0"]}, {"split": ","}, "distinct"]""", null, Array.Empty<string>(), new[] { Pair }, new[] { Mark }, new[] { Turkish }),
        Same("first", "\"first\""),
        new("first", """[{"split": "ı"}, "first"]""", null, null, Pair, Mark, "Iİ"),
        Same("last", "\"last\""),
        new("last", """[{"split": "ı"}, "last"]""", null, null, Pair, Mark, "i"),
        new("map", """{"map": {"table": {"": "none", "A😀B": "pair", "éx": "composed", "iİıI": "letters"}, "ignoreCase": true}}""", null, "none", "pair", Mark, "letters"),
        new("map", """{"map": {"table": {"a😀b": "pair"}, "strict": true}}""", null, s_failed, "pair", s_failed, s_failed),
        new("normalize", "\"normalize\"", null, "", Pair, "éx", Turkish),
        new("normalize", """{"normalize": "NFD"}""", null, "", Pair, Mark, "II\u0307ıi"),
        new("normalize", """{"normalize": ["NFC"]}""", null, "", Pair, "éx", Turkish),
        new("normalize", """{"normalize": {"form": "NFKD"}}""", null, "", Pair, Mark, "II\u0307ıi"),
        Same("stripControl", "\"stripControl\""),
        Same("wellFormed", "\"wellFormed\""),
        new("wellFormed", """[{"extract": "^.."}, "wellFormed"]""", null, null, "a\ufffd", "e\u0301", "Iİ"),
        new("nullTokens", """{"nullTokens": ["iİıI", "éx"]}""", null, "", Pair, Mark, null),
        new("email", """{"email": "error"}""", null, "", s_failed, s_failed, s_failed),
        new("email", """[{"suffix": "@example.org"}, {"email": "keep"}]""", null, "@example.org", Pair + "@example.org", Mark + "@example.org", Turkish + "@example.org"),
        new("phone", """{"phone": ["49", "null"]}""", null, "", null, null, null),
        new("phone", """{"phone": {"callingCode": "49", "invalid": "error"}}""", null, "", s_failed, s_failed, s_failed),
        new("clamp", """{"clamp": [0, 1]}""", null, "", s_failed, s_failed, s_failed),
        new("clamp", """{"clamp": [0, 1, "clamp"]}""", null, "", s_failed, s_failed, s_failed),
        new("clamp", """{"clamp": [0, 1, "error"]}""", null, "", s_failed, s_failed, s_failed),
        new("hmac", "\"hmac\"", null, Hmac(""), Hmac(Pair), Hmac(Mark), Hmac(Turkish)),
        new("hmac", """{"hmac": ["main", 8]}""", null, Hmac("")[..8], Hmac(Pair)[..8], Hmac(Mark)[..8], Hmac(Turkish)[..8]),
        new("tokenise", "\"tokenise\"", null, "", Token, Token, Token),
        new("tokenise", """{"tokenise": ["main", "t-"]}""", null, "", Prefixed, Prefixed, Prefixed),
        new("mask", "\"mask\"", null, "", "***", "**", "****"),
        new("mask", """{"mask": [1, 1]}""", null, "", "a*b", "**", "I**i"),
        new("mask", """{"mask": [1, 0, "#"]}""", null, "", "a##", "e\u0301#", "I###"),
        new("truncate", """{"truncate": 2}""", null, "", "a😀", Mark, "Iİ"),
        new("drop", "\"drop\"", null, null, null, null, null),
    ];

    internal static IEnumerable<string> Calls => s_functions.Select(f => f.Call);

    public static TheoryData<string> Functions => [.. s_functions.Select(f => f.Call)];

    [Theory]
    [MemberData(nameof(Functions))]
    public void A_function_takes_every_odd_value_under_a_property_and_as_a_cleaning_rule(string call)
    {
        foreach (var (value, expected) in s_functions.Single(f => f.Call == call).Cases)
        {
            Check($$"""{ "keys": { "main": { "file": "{{_key}}" } }, "nodes": [ { "type": "T", "id": "{key}", "properties": { "p": { "field": "v", "apply": {{call}} } } } ] }""", value, expected);
            Check($$"""{ "keys": { "main": { "file": "{{_key}}" } }, "clean": { "name": "odd", "fields": "v", "apply": {{call}} }, "nodes": [ { "type": "T", "id": "{key}", "properties": { "p": "v" } } ] }""", value, expected);
        }
    }

    [Fact]
    public void Every_function_of_the_catalogue_has_its_odd_values() =>
        Assert.Equal(FunctionCatalog.All.Select(f => f.Name), s_functions.Select(f => f.Name).Distinct().Order(StringComparer.Ordinal));

    private static readonly DateOnly s_leap = new(2024, 2, 29);

    /// <summary>What each type makes of the odd values; then, by name, those that only it knows.</summary>
    private static readonly (ConversionType Type, string More, Odd Texts, (string Kind, string Value, object? Expected)[] Own)[] s_conversions =
    [
        (ConversionType.String, "", Same("", ""), []),
        (ConversionType.Integer, "", Numbers, [("leap", "2024-02-29", s_failed)]),
        (ConversionType.Float, "", Numbers, []),
        (ConversionType.Decimal, "", Numbers, [("culture", "1,5", s_failed)]),
        (ConversionType.Boolean, ", \"true\": [\"İYİ\", \"a😀b\"], \"false\": [\"hayır\"]", new("", "", null, null, true, s_failed, s_failed), [("turkish", "hayır", false), ("turkish", "HAYIR", s_failed), ("turkish", "İYİ", true)]),
        (ConversionType.Date, "", Numbers, [("leap", "2024-02-29", s_leap), ("leap", "2000-02-29", new DateOnly(2000, 2, 29)), ("leap", "1900-02-29", s_failed), ("leap", "2023-02-29", s_failed)]),
        (ConversionType.Time, "", Numbers, [("leap second", "23:59:60", s_failed), ("edge", "24:00", s_failed), ("edge", "00:00", default(TimeOnly))]),
        (ConversionType.DateTime, ", \"timeZone\": \"Europe/Berlin\"", Numbers,
        [
            ("leap", "2024-02-29T12:00:00", new DateTimeOffset(2024, 2, 29, 11, 0, 0, TimeSpan.Zero)), ("leap", "2023-02-29T12:00:00", s_failed),
            ("summer", "2024-03-31T01:59:59", new DateTimeOffset(2024, 3, 31, 0, 59, 59, TimeSpan.Zero)), ("summer", "2024-03-31T02:00:00", s_failed), ("summer", "2024-03-31T02:59:59", s_failed),
            ("summer", "2024-03-31T03:00:00", new DateTimeOffset(2024, 3, 31, 1, 0, 0, TimeSpan.Zero)),
            ("winter", "2024-10-27T01:59:59", new DateTimeOffset(2024, 10, 26, 23, 59, 59, TimeSpan.Zero)), ("winter", "2024-10-27T02:00:00", s_failed), ("winter", "2024-10-27T02:59:59", s_failed),
            ("winter", "2024-10-27T03:00:00", new DateTimeOffset(2024, 10, 27, 2, 0, 0, TimeSpan.Zero)),
        ]),
        (ConversionType.LocalDateTime, ", \"timeZone\": \"Europe/Berlin\"", Numbers,
        [
            ("leap", "2024-02-29T12:00:00", new DateTime(2024, 2, 29, 12, 0, 0)), ("leap", "2023-02-29T12:00:00", s_failed),
            ("summer", "2024-03-31T00:59:59Z", new DateTime(2024, 3, 31, 1, 59, 59)), ("summer", "2024-03-31T01:00:00Z", new DateTime(2024, 3, 31, 3, 0, 0)),
            ("winter", "2024-10-27T00:59:59Z", new DateTime(2024, 10, 27, 2, 59, 59)), ("winter", "2024-10-27T01:00:00Z", new DateTime(2024, 10, 27, 2, 0, 0)),
        ]),
        (ConversionType.Duration, "", Numbers, [("edge", "-PT0.0000001S", new TimeSpan(-1))]),
        (ConversionType.Uuid, "", Numbers, []),
        (ConversionType.Json, "", new("", "", null, s_failed, s_failed, s_failed, s_failed), [("pair", "\"😀\"", "\"😀\""), ("mark", "[\"e\u0301\"]", "[\"e\u0301\"]")]),
    ];

    private static Odd Numbers => new("", "", null, null, s_failed, s_failed, s_failed);

    public static TheoryData<string> Conversions => [.. s_conversions.Select(c => c.Type.ToString())];

    [Theory]
    [MemberData(nameof(Conversions))]
    public void A_conversion_takes_every_odd_value_alone_and_in_a_list(string name)
    {
        var (type, more, texts, own) = s_conversions.Single(c => c.Type.ToString() == name);
        foreach (var (value, expected) in texts.Cases.Concat(own.Select(o => ((object?)o.Value, o.Expected))))
        {
            Check(Mapping(type.ToString()), value, expected);
            if (expected is Error)
                Check(Mapping($"list<{type}>"), new[] { value }, expected);
        }

        string Mapping(string asked) => $$"""{ "nodes": [ { "type": "T", "id": "{key}", "properties": { "p": { "field": "v", "type": "{{asked.ToLowerInvariant()}}" {{more}} } } } ] }""";
    }

    [Fact]
    public void Every_type_has_its_odd_values_and_dates_and_times_those_of_their_own()
    {
        Assert.Equal(Enum.GetValues<ConversionType>().Order(), s_conversions.Select(c => c.Type).Order());
        foreach (var (type, _, _, own) in s_conversions)
        {
            if (type is ConversionType.Date or ConversionType.DateTime or ConversionType.LocalDateTime)
                Assert.Contains(own, o => o.Kind == "leap");
            if (type is ConversionType.DateTime or ConversionType.LocalDateTime)
                Assert.Superset(new HashSet<string> { "summer", "winter" }, own.Select(o => o.Kind).ToHashSet());
        }
    }

    // Null and empty keys are like no other; what only looks alike is not the same; case counts unless a function says otherwise.
    private static readonly string?[] s_keys = [null, "", Pair, Mark, Turkish, null, "", Pair, "éx", "iİıI", Mark, Turkish];

    public static TheoryData<KeepPolicy, string> Deduplications => new()
    {
        { KeepPolicy.First, "0 1 2 3 4 5 6 8 9" },
        { KeepPolicy.Last, "0 1 5 6 7 8 9 10 11" },
        { KeepPolicy.Error, "0 1 2 3 4 5 6 8 9" },
    };

    [Theory]
    [MemberData(nameof(Deduplications))]
    public void Records_with_odd_keys_are_the_same_only_where_their_keys_are(KeepPolicy keep, string expected)
    {
        using var mapper = Given.Mapper($$"""{ "deduplicate": { "key": "k", "keep": "{{keep.ToString().ToLowerInvariant()}}" }, "nodes": { "type": "T", "id": "{n}" } }""");
        var items = new List<GraphItem>();
        var schema = new RecordSchema("things", [new("k", typeof(string)), new("n", typeof(long))]);
        var rejects = s_keys.Select((k, i) => mapper.Map(schema.CreateRecord([k, (long)i], new RecordSource("things"), i + 1), items)).Count(r => r is not null);
        Assert.All(mapper.Complete(items), Assert.Null);
        Assert.Equal(expected, string.Join(' ', items.Select(i => i.Id)));
        Assert.Equal(keep == KeepPolicy.Error ? 3 : 0, rejects);
    }

    [Fact]
    public void Every_way_to_deduplicate_has_its_odd_values() =>
        Assert.Equal(Enum.GetValues<KeepPolicy>(), Deduplications.Select(d => (KeepPolicy)d[0]!));

    private static void Check(string mapping, object? value, object? expected)
    {
        using var mapper = Given.Mapper(mapping);
        var items = new List<GraphItem>();
        var reject = mapper.Map(Given.Record(("key", "k"), ("v", value)), items);
        var what = $"{mapping}\nof '{value}'";

        // Half of a pair is made by a function, and cannot be stored.
        if (expected is string text && GraphValue.HasLoneSurrogate(text))
            expected = new Error(ErrorCode.UnsupportedValue);
        if (expected is Error error)
        {
            Assert.True(reject?.Code == error.Code, $"{what} gave {reject?.Code ?? GraphText.Format(items[0].Properties["p"])} in place of {error.Code}.");
            return;
        }

        Assert.True(reject is null, $"{what}: {reject}");
        var result = items[0].Properties["p"];
        if (result is DateTimeOffset moment)
            result = moment.ToUniversalTime();
        if (expected is Regex pattern)
            Assert.Matches(pattern, (string)result!);
        else
            Assert.True(Equal(expected, result), $"{what} gave '{GraphText.Format(result)}' in place of '{GraphText.Format(expected)}'.");
    }

    private static bool Equal(object? expected, object? result) => expected is System.Collections.IEnumerable and not string
        ? result is not null && ((System.Collections.IEnumerable)expected).Cast<object>().SequenceEqual(((System.Collections.IEnumerable)result).Cast<object>())
        : Equals(expected, result);
}
