using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Tests.Transformation;

public class CleaningTests
{
    public static TheoryData<string, object?, object?> Cases => new()
    {
        { "\"normalize\"", "e\u0301", "é" },
        { """{"normalize": "NFD"}""", "é", "e\u0301" },
        { """{"normalize": "NFKC"}""", "ﬁ①", "fi1" },
        { "\"normalize\"", "", "" },
        { "\"normalize\"", null, null },
        { "\"normalize\"", "가", "가" },
        { "\"stripControl\"", "a\0b\u0007c\u0085\td\n", "abc\td\n" },
        { """{"stripControl": true}""", "a\tb\n", "ab" },
        { "\"stripControl\"", "😀", "😀" },
        { """["wellFormed", "upper"]""", "a\ud83d", "A\ufffd" },
        { "\"wellFormed\"", "😀", "😀" },
        { "\"nullTokens\"", " N/A ", null },
        { "\"nullTokens\"", "NULL", null },
        { "\"nullTokens\"", "Null Island", "Null Island" },
        { "\"nullTokens\"", "", "" },
        { "\"nullTokens\"", 0L, 0L },
        { """{"nullTokens": ["keine"]}""", "KEINE", null },
        { """{"nullTokens": ["keine"]}""", "n/a", "n/a" },
        { "\"email\"", "  Ada.L@EXAMPLE.Org ", "Ada.L@example.org" },
        { "\"email\"", "ada@bücher.example", "ada@xn--bcher-kva.example" },
        { "\"email\"", "", "" },
        { "\"email\"", null, null },
        { """{"email": "null"}""", "nobody", null },
        { """{"email": "keep"}""", "nobody", "nobody" },
        { """{"email": "null"}""", "a@b@c.org", null },
        { """{"email": "null"}""", "a..b@c.org", null },
        { """{"email": "null"}""", "a b@c.org", null },
        { """{"email": "null"}""", "a@nodots", null },
        { """{"email": "null"}""", "a@-x.org", null },
        { "\"phone\"", "+49 (30) 1234-567", "+49301234567" },
        { "\"phone\"", "0049 30 1234567", "+49301234567" },
        { """{"phone": "49"}""", "030 / 123 45 67", "+49301234567" },
        { """{"phone": "+49"}""", "+49 (0)30 1234567", "+49301234567" },
        { """{"phone": {"invalid": "null"}}""", "030 1234567", null },
        { """{"phone": ["1", "keep"]}""", "call me", "call me" },
        { """{"phone": ["1", "null"]}""", "1234567890123456", null },
        { """{"phone": ["49", "null"]}""", "030+1234567", null },
        { """{"phone": ["49", "null"]}""", "++49301234567", null },
        { """{"phone": "49"}""", "٠٣٠ ١٢٣٤٥٦٧", "+49301234567" },
        { """{"clamp": [0, 100]}""", 101L, 100L },
        { """{"clamp": [0, 100]}""", -0.5, 0.0 },
        { """{"clamp": [0, 100]}""", "250", "100" },
        { """{"clamp": [0, 100]}""", "50", "50" },
        { """{"clamp": [0, 100]}""", "", "" },
        { """{"clamp": [0, 100, "null"]}""", 101m, null },
        { """{"clamp": [0.5, 100]}""", 0L, 0.5 },
        { """{"clamp": [0, 9007199254740992]}""", 9007199254740993L, 9007199254740992L },
        { """{"clamp": [0, 9007199254740992]}""", 9007199254740992L, 9007199254740992L },
        { """{"clamp": [0, 1, "null"]}""", "1.00000000000000000001", null },
        { """{"clamp": [0, 1, "null"]}""", "-0.00000000000000000001234567890123456789", null },
        { """{"clamp": [0, 1]}""", double.PositiveInfinity, 1.0 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Functions_clean(string apply, object? value, object? expected) =>
        Assert.Equal(expected, Given.Value($"\"field\": \"v\", \"apply\": {apply}", value));

    [Theory]
    [InlineData("\"email\"", "nobody")]
    [InlineData("\"phone\"", "12")]
    [InlineData("""{"clamp": [0, 100]}""", "abc")]
    [InlineData("""{"clamp": [0, 100, "error"]}""", "101")]
    public void What_cannot_be_cleaned_is_a_reject(string apply, string value) =>
        Assert.Equal(ErrorCode.ConversionFailed, Given.Code($"\"field\": \"v\", \"apply\": [{apply}]", value));

    private const string Rules = """
        {
          "clean": [
            { "name": "tidy", "fields": ["*"], "apply": ["trim", "nullTokens"] },
            { "name": "off", "enabled": false, "fields": ["*"], "apply": ["upper"] },
            { "name": "lower mail", "fields": ["e_mail"], "apply": ["lower"] },
            { "name": "others only", "source": "others", "fields": ["nope"], "apply": ["upper"] },
          ],
          "nodes": [ { "type": "T", "id": "{e_mail}", "include": ["*"], "when": { "field": "name", "isNull": false }, "properties": { "both": "{name} {e_mail}" } } ],
        }
        """;

    [Fact]
    public void Rules_work_in_their_order_wherever_a_field_is_used()
    {
        var mapper = Given.Mapper(Rules);
        var record = Given.Record(("e_mail", " ADA@x.org"), ("name", "Ada "), ("note", "n/a"));
        var node = Given.Items(mapper, record)[0];
        Assert.Equal("ada@x.org", node.Id);
        Assert.Equal([new("e_mail", "ada@x.org"), new("name", "Ada"), new("note", null), new("both", "Ada ada@x.org")], node.Properties);
        Assert.Equal(" ADA@x.org", record.GetValue(0));
        Assert.Empty(Given.Items(mapper, Given.Record(("e_mail", "x"), ("name", " - "), ("note", null))));
    }

    [Fact]
    public void A_rule_is_counted_once_per_record_and_field()
    {
        var mapper = Given.Mapper(Rules);
        for (var i = 0; i < 7; i++)
            Given.Items(mapper, Given.Record(("e_mail", "A@X.org"), ("name", i == 3 ? " Ada" : "Ada"), ("note", "")));
        var statistics = mapper.Log.Statistics;
        Assert.Equal([("tidy", "name", 7L, 1L), ("tidy", "e_mail", 7L, 0L), ("lower mail", "e_mail", 7L, 7L), ("tidy", "note", 7L, 0L)],
            statistics.Select(s => (s.Rule, s.Field!, s.Seen, s.Changed)).OrderBy(s => s.Item2 == "note" ? 3 : s.Rule == "lower mail" ? 2 : s.Item2 == "name" ? 0 : 1));
        Assert.Equal(5, statistics.Single(s => s.Rule == "lower mail").Samples.Count);
        Assert.Equal(new ValueSample(" Ada", "Ada"), Assert.Single(statistics.Single(s => s.Field == "name").Samples));
    }

    [Theory]
    [InlineData("""{ "fields": ["a"], "apply": ["trim"] }""")]
    [InlineData("""{ "name": "x", "apply": ["trim"] }""")]
    [InlineData("""{ "name": "x", "fields": ["a"], "apply": ["trimm"] }""")]
    [InlineData("""{ "name": "x", "fields": ["a"], "aply": ["trim"] }""")]
    [InlineData("""{ "name": "x", "fields": ["a"], "apply": [{ "email": "nul" }] }""")]
    [InlineData("""{ "name": "x", "fields": ["a"], "apply": ["trim"] }, { "name": "x", "fields": ["b"], "apply": ["trim"] }""")]
    public void Wrong_rules_are_faults(string rules) =>
        Assert.StartsWith("$.clean[", Given.Faults($$"""{ "clean": [ {{rules}} ], "nodes": [ { "type": "T", "id": "{a}" } ] }""")[0].Path, StringComparison.Ordinal);

    [Fact]
    public void A_rule_for_a_field_that_is_not_there_is_a_fault()
    {
        var mapper = Given.Mapper("""{ "clean": [ { "name": "x", "fields": ["emial"], "apply": ["trim"] } ], "nodes": [ { "type": "T", "id": "{email}" } ] }""");
        var fault = Assert.Single(Assert.Throws<InvalidMappingException>(() => mapper.Bind(Given.Record(("email", "x")).GetSchema())).Faults);
        Assert.Equal(("$.clean[0].fields", "email"), (fault.Path, fault.Suggestion));
    }
}
