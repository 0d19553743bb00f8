using System.Text.Json;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Tests.Transformation;

public class FunctionTests
{
    // "e" + combining acute, the flag of Germany, a family joined of several people.
    private const string Accent = "e\u0301";
    private const string Flag = "🇩🇪";
    private const string Family = "👨‍👩‍👧";

    public static TheoryData<string, object?, object?> Cases => new()
    {
        { "\"trim\"", "  a b\t", "a b" },
        { "\"trim\"", "", "" },
        { "\"trim\"", null, null },
        { "\"trim\"", 17L, 17L },
        { "\"trim\"", "\u00a0a\u2003", "a" },
        { """{"trim": "-"}""", "--a-b-", "a-b" },
        { "\"trimStart\"", " a ", "a " },
        { "\"trimEnd\"", " a ", " a" },
        { "\"lower\"", "ÄÖI", "äöi" },
        { "\"lower\"", "İ", "İ" },
        { """{"lower": "tr-TR"}""", "Iİ", "ıi" },
        { "\"upper\"", "iı", "Iı" },
        { """{"upper": "tr-TR"}""", "iı", "İI" },
        { "\"upper\"", "straße", "STRAßE" },
        { "\"upper\"", Accent, "E\u0301" },
        { "\"title\"", "anna MARIA o'neil", "Anna Maria O'neil" },
        { "\"title\"", "", "" },
        { "\"collapse\"", "  a \t\n b  c ", "a b c" },
        { "\"collapse\"", "a b", "a b" },
        { "\"collapse\"", "\u00a0", "" },
        { """{"replace": ["+", "."]}""", "a+b+", "a.b." },
        { """{"replace": {"from": "A", "to": "", "ignoreCase": true}}""", "aBA", "B" },
        { """{"replace": ["", "x"]}""", "a", "a" },
        { """{"replace": ["1", "2"]}""", 11L, "22" },
        { """{"regexReplace": ["(\\d+)", "<$1>"]}""", "a12b", "a<12>b" },
        { """{"extract": "\\d+"}""", "a12b", "12" },
        { """{"extract": ["(\\w)@(\\w)", 2]}""", "a@b", "b" },
        { """{"extract": "\\d+"}""", "abc", null },
        { """{"substring": 1}""", "abc", "bc" },
        { """{"substring": [1, 1]}""", "abc", "b" },
        { """{"substring": [5, 1]}""", "abc", "" },
        { """{"substring": [1, 1]}""", "a😀c", "😀" },
        { """{"left": 2}""", "abc", "ab" },
        { """{"left": 9}""", "abc", "abc" },
        { """{"left": 0}""", "abc", "" },
        { """{"left": 1}""", Accent + "x", Accent },
        { """{"left": 1}""", Family + "x", Family },
        { """{"left": 4}""", 123456L, "1234" },
        { """{"right": 2}""", "abc", "bc" },
        { """{"right": 1}""", "x" + Flag, Flag },
        { """{"right": 9}""", "abc", "abc" },
        { """{"padLeft": [5, "0"]}""", "42", "00042" },
        { """{"padLeft": [5, "0"]}""", 42L, "00042" },
        { """{"padLeft": 3}""", "😀", "  😀" },
        { """{"padLeft": [5, "ab"]}""", "x", "ababx" },
        { """{"padRight": [3, "-"]}""", "a", "a--" },
        { """{"padRight": 1}""", "abc", "abc" },
        { """{"prefix": "x:"}""", "a", "x:a" },
        { """{"prefix": "x:"}""", null, null },
        { """{"suffix": "!"}""", "", "!" },
        { "\"digits\"", "+49 (30) 12-34", "49301234" },
        { "\"digits\"", "٣٤", "34" },
        { "\"digits\"", "𝟗x", "9" },
        { "\"digits\"", "none", "" },
        { "\"slug\"", " Crème  Brûlée! ", "creme-brulee" },
        { "\"slug\"", "日本 2", "日本-2" },
        { "\"slug\"", "😀", "" },
        { "\"length\"", Accent + Family, 2L },
        { "\"length\"", null, null },
        { """{"split": ";"}""", "a; b;;c", new[] { "a", "b", "c" } },
        { """{"split": [";", true]}""", "a;;c", new[] { "a", "", "c" } },
        { """{"split": ";"}""", "", Array.Empty<string>() },
        { """{"split": ";"}""", null, null },
        { """[{"split": ","}, "upper"]""", "a,b", new[] { "A", "B" } },
        { """[{"split": ","}, {"join": "+"}]""", "a,b", "a+b" },
        { """{"join": "+"}""", new object?[] { 1, null, "b" }, "1+b" },
        { """{"join": "+"}""", "a", "a" },
        { """{"nullIf": "N/A"}""", "N/A", null },
        { """{"nullIf": ["n/a", "-"]}""", "-", null },
        { """{"nullIf": {"values": ["n/a"], "ignoreCase": true}}""", "N/A", null },
        { """{"nullIf": "0"}""", 0L, null },
        { """{"nullIf": "x"}""", "y", "y" },
        { "\"emptyToNull\"", " \t", null },
        { "\"emptyToNull\"", "a", "a" },
        { "\"compact\"", new object?[] { "a", null, "" }, new[] { "a" } },
        { "\"distinct\"", new[] { "a", "b", "a" }, new[] { "a", "b" } },
        { "\"first\"", new[] { 1L, 2L }, 1L },
        { "\"last\"", new[] { 1L, 2L }, 2L },
        { "\"first\"", Array.Empty<string>(), null },
        { """{"map": {"m": "male", "f": "female"}}""", "m", "male" },
        { """{"map": {"m": "male"}}""", "x", "x" },
        { """{"map": {"table": {"m": "male"}, "ignoreCase": true}}""", "M", "male" },
        { """{"map": {"1": true}}""", 1L, true },
        { "\"trim\"", JsonDocument.Parse("\" x \"").RootElement, "x" },
        { "\"upper\"", JsonDocument.Parse("[\"a\"]").RootElement, new[] { "A" } },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Functions_do_what_they_say(string apply, object? value, object? expected) =>
        Assert.Equal(expected, Given.Value($"\"field\": \"v\", \"apply\": {apply}", value));

    [Fact]
    public void Every_function_has_a_case()
    {
        var used = Cases.Concat(CleaningTests.Cases).Select(c => (string)c[0]!).ToList();
        Assert.Empty(FunctionCatalog.All.Where(f => !f.IsPrivacy && !used.Any(u => u.Contains($"\"{f.Name}\"", StringComparison.Ordinal))).Select(f => f.Name));
    }

    [Fact]
    public void A_strict_table_refuses_what_it_does_not_know() =>
        Assert.Equal(ErrorCode.ConversionFailed, Given.Code("""
            "field": "v", "apply": [{"map": {"table": {"m": "male"}, "strict": true}}]
            """, "x"));

    [Fact]
    public void A_regular_expression_that_takes_too_long_rejects_the_record()
    {
        var (_, reject) = Given.Property("""
            "field": "v", "apply": [{"regexReplace": ["^(a+)+$", ""]}]
            """, new string('a', 40) + "!");
        Assert.Equal(ErrorCode.ConversionFailed, reject!.Code);
        Assert.Equal("$.nodes[0].properties.p.apply[0]", reject.Rule);
    }

    [Theory]
    [InlineData("\"trimm\"", "trim")]
    [InlineData("\"Pad_left\"", null)]
    [InlineData("""{"left": "x"}""", null)]
    [InlineData("""{"left": -1}""", null)]
    [InlineData("""{"replace": ["a"]}""", null)]
    [InlineData("""{"replace": ["a", "b", true, 1]}""", null)]
    [InlineData("""{"replace": {"from": "a", "too": "b"}}""", "to")]
    [InlineData("""{"extract": "("}""", null)]
    [InlineData("""{"lower": "xx-NOWHERE-1"}""", null)]
    [InlineData("""{"trim": "a", "lower": true}""", null)]
    [InlineData("17", null)]
    public void Wrong_calls_are_faults(string call, string? suggestion)
    {
        var fault = Given.Faults($$"""{ "nodes": [ { "type": "T", "id": "{key}", "properties": { "p": { "field": "v", "apply": [{{call}}] } } } ] }""")[0];
        Assert.StartsWith("$.nodes[0].properties.p.apply[0]", fault.Path, StringComparison.Ordinal);
        Assert.Equal(suggestion, fault.Suggestion);
    }
}
