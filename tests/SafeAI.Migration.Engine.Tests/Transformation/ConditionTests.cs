using System.Collections;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Tests.Transformation;

public class ConditionTests
{
    private static CompiledMapping Mapper(string when) =>
        Given.Mapper($$"""{ "nodes": [ { "type": "T", "id": "{k}", "when": {{when}} } ] }""");

    public static TheoryData<string, object?, bool> Cases => new()
    {
        { """{"field": "v", "equals": "a"}""", "a", true },
        { """{"field": "v", "equals": "a"}""", "A", false },
        { """{"field": "v", "equals": "a", "ignoreCase": true}""", "A", true },
        { """{"field": "v", "equals": "i", "ignoreCase": true}""", "İ", false },
        { """{"field": "v", "equals": 5}""", "5", true },
        { """{"field": "v", "equals": 5}""", 5.0m, true },
        { """{"field": "v", "equals": true}""", true, true },
        { """{"field": "v", "equals": "a"}""", null, false },
        { """{"field": "v", "in": ["a", "b"]}""", "b", true },
        { """{"field": "v", "in": [1, 2]}""", 3L, false },
        { """{"field": "v", "matches": "^\\d+$"}""", "12", true },
        { """{"field": "v", "matches": "^\\d+$"}""", "1x", false },
        { """{"field": "v", "matches": "."}""", null, false },
        { """{"field": "v", "isNull": true}""", null, true },
        { """{"field": "v", "isNull": true}""", "", false },
        { """{"field": "v", "isNull": false}""", "", true },
        { """{"field": "v", "isEmpty": true}""", " ", true },
        { """{"field": "v", "isEmpty": false}""", null, false },
        { """{"field": "v", "greaterThan": 5}""", "5.5", true },
        { """{"field": "v", "greaterThan": 5}""", 5L, false },
        { """{"field": "v", "atLeast": 5, "lessThan": 10}""", 5L, true },
        { """{"field": "v", "atLeast": 5, "lessThan": 10}""", 10L, false },
        { """{"field": "v", "atMost": "2024-02-29"}""", new DateOnly(2024, 2, 28), true },
        { """{"field": "v", "atMost": 1}""", null, false },
        { """{"field": "v", "atMost": "2024-02-29T11:00:00Z"}""", new DateTimeOffset(2024, 2, 29, 12, 0, 0, TimeSpan.FromHours(2)), true },
        { """{"field": "v", "greaterThan": "2024-02-29T11:00:00+01:00"}""", new DateTimeOffset(2024, 2, 29, 10, 0, 0, TimeSpan.Zero), false },
        { """{"field": "v", "atLeast": "2024-02-29"}""", new DateTimeOffset(2024, 2, 29, 0, 0, 0, TimeSpan.FromHours(2)), true },
        { """{"field": "v", "greaterThan": 1}""", "", false },
        { """{"field": "v", "lessThan": 1}""", -1e300, true },
        { """{"not": {"field": "v", "equals": "a"}}""", "b", true },
        { """{"or": [{"field": "v", "equals": "a"}, {"field": "v", "isNull": true}]}""", null, true },
        { """{"or": [{"field": "v", "equals": "a"}, {"field": "v", "isNull": true}]}""", "b", false },
        { """{"and": [{"field": "v", "isNull": false}, {"field": "k", "equals": "k"}]}""", "b", true },
        { """[{"field": "v", "isNull": false}, {"field": "k", "equals": "x"}]""", "b", false },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Conditions_decide_what_is_made(string when, object? value, bool expected)
    {
        var mapper = Mapper(when);
        Assert.Equal(expected ? 1 : 0, Given.Items(mapper, Given.Record(("k", "k"), ("v", value))).Count);
        Assert.Equal(expected ? 0 : 1, mapper.Counts.Skipped);
    }

    [Theory]
    [InlineData("""{"field": "v", "greaterThan": 5}""")]
    [InlineData("""{"not": {"field": "v", "greaterThan": 5}}""")]
    [InlineData("""{"or": [{"field": "v", "greaterThan": 5}, {"field": "k", "equals": "k"}]}""")]
    public void A_value_that_cannot_be_tested_rejects_the_record(string when)
    {
        var reject = Mapper(when).Map(Given.Record(("k", "k"), ("v", "abc")), [])!;
        Assert.Equal((ErrorCode.ConversionFailed, "v"), (reject.Code, reject.Field));
        Assert.StartsWith("$.nodes[0].when", reject.Rule, StringComparison.Ordinal);
    }

    [Fact]
    public void A_regular_expression_that_takes_too_long_rejects_the_record()
    {
        var reject = Mapper("""{"field": "v", "matches": "^(a+)+$"}""").Map(Given.Record(("k", "k"), ("v", new string('a', 40) + "!")), [])!;
        Assert.Equal((ErrorCode.ConversionFailed, "v", "$.nodes[0].when"), (reject.Code, reject.Field, reject.Rule));
        Assert.Contains("worked on this value for too long", reject.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("5")]
    [InlineData("""{"field": "v"}""")]
    [InlineData("""{"equals": 1}""")]
    [InlineData("""{"field": "v", "equals": null}""")]
    [InlineData("""{"field": "v", "equals": 1, "in": [1]}""")]
    [InlineData("""{"field": "v", "matches": "("}""")]
    [InlineData("""{"field": "v", "equal": 1}""")]
    [InlineData("""{"field": "v", "atMost": []}""")]
    public void Malformed_conditions_are_faults(string when) =>
        Assert.StartsWith("$.nodes[0].when", Given.Faults($$"""{ "nodes": [ { "type": "T", "id": "{k}", "when": {{when}} } ] }""")[0].Path, StringComparison.Ordinal);

    [Fact]
    public void An_unknown_field_in_a_condition_is_named() =>
        Assert.Equal("v", Assert.Throws<InvalidMappingException>(() => Mapper("""{"field": "vv", "isNull": true}""").Bind(Given.Record(("k", 1L), ("v", 1L)).GetSchema())).Faults[0].Suggestion);

    [Fact]
    public void A_script_decides_too_and_its_failure_rejects()
    {
        CompiledMapping Scripted(Func<Record, object?> script) => new(MappingDocument.FromDictionary(new Hashtable
        {
            ["nodes"] = new Hashtable { ["type"] = "T", ["id"] = "{k}", ["when"] = script },
        }));
        Assert.Single(Given.Items(Scripted(r => true), Given.Record(("k", 1L))));
        Assert.Empty(Given.Items(Scripted(r => null), Given.Record(("k", 1L))));
        Assert.Equal(ErrorCode.ConversionFailed, Scripted(r => "yes").Map(Given.Record(("k", 1L)), [])!.Code);
        Assert.IsType<InvalidOperationException>(Scripted(r => throw new InvalidOperationException("no")).Map(Given.Record(("k", 1L)), [])!.Exception);
    }
}
