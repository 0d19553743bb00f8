using System.Text.Json;
using SafeAI.Migration.Engine.Validation.Schema;

namespace SafeAI.Migration.Engine.Tests.Validation;

/// <summary>
/// The keywords that are claimed, each with values on both sides of its border, by the rules of JSON Schema
/// (json-schema.org, draft 7 where drafts differ). A null is a value that is not there.
/// </summary>
public sealed class SchemaRuleTests
{
    [Theory]
    [InlineData("""{"type":"string"}""", """["a",""]""", """[1,true,[],{}]""")]
    [InlineData("""{"type":"integer"}""", """[1,-1,0,1.0,12345678901234567890]""", """[1.5,"1",true]""")]
    [InlineData("""{"type":"number"}""", """[1,1.5,-0.1]""", """["1",false]""")]
    [InlineData("""{"type":"boolean"}""", """[true,false]""", """[0,"true"]""")]
    [InlineData("""{"type":"array"}""", """[[],[1]]""", """["a",{}]""")]
    [InlineData("""{"type":"object"}""", """[{},{"a":1}]""", """[[],"a"]""")]
    [InlineData("""{"type":["integer","string"]}""", """[1,"a"]""", """[1.5,true]""")]
    [InlineData("""{"enum":["a",1,true,[1],{"k":2}]}""", """["a",1,1.0,true,[1],{"k":2}]""", """["A","1",2,false,[2],{"k":3}]""")]
    [InlineData("""{"const":"a"}""", """["a"]""", """["b",1]""")]
    [InlineData("""{"const":1}""", """[1,1.0]""", """["1",2,true]""")]
    [InlineData("""{"minimum":2}""", """[2,2.5,"a"]""", """[1.999,-2]""")]
    [InlineData("""{"maximum":2}""", """[2,1.5,"a"]""", """[2.001,12345678901234567890]""")]
    [InlineData("""{"exclusiveMinimum":2}""", """[2.001,3,"a"]""", """[2,1]""")]
    [InlineData("""{"exclusiveMaximum":2}""", """[1.999,1,"a"]""", """[2,3]""")]
    [InlineData("""{"minimum":2,"exclusiveMinimum":true}""", """[2.001]""", """[2]""")]
    [InlineData("""{"maximum":2,"exclusiveMaximum":true}""", """[1.999]""", """[2]""")]
    [InlineData("""{"maximum":2,"exclusiveMaximum":false}""", """[2]""", """[2.001]""")]
    [InlineData("""{"multipleOf":0.01}""", """[0,4.35,19.99,-0.07,1e15,"a"]""", """[0.075,4.351]""")]
    [InlineData("""{"minLength":2}""", """["ab","é𝄞",1]""", """["a","","𝄞"]""")]
    [InlineData("""{"maxLength":2}""", """["ab","","𝄞𝄞",123]""", """["abc","𝄞𝄞𝄞"]""")]
    [InlineData("""{"pattern":"a+"}""", """["a","xaay",1]""", """["b",""]""")]
    [InlineData("""{"pattern":"^\\d$"}""", """["1"]""", """["12","1\n","١"]""")]
    [InlineData("""{"pattern":"^[\\w$]+$"}""", """["a_1$"]""", """["ä","a-b"]""")]
    [InlineData("""{"pattern":"^[[a]$"}""", """["[","a"]""", """["b"]""")]
    [InlineData("""{"format":"date"}""", """["2024-02-29",5]""", """["2023-02-29","29.02.2024","2024-2-9"]""")]
    [InlineData("""{"format":"date-time"}""", """["2024-02-29T10:00:00Z","2024-02-29T10:00:00.123+01:00"]""", """["2024-02-29","2024-02-29T10:00:00","2024-02-30T10:00:00Z","2024-02-29 10:00:00Z"]""")]
    [InlineData("""{"format":"time"}""", """["10:00:00","10:00:00Z","10:00:00.5+01:00"]""", """["10:00","25:00:00","x"]""")]
    [InlineData("""{"format":"email"}""", """["a@b.c","a.b@example.com"]""", """["a","@b.c","a@","a b@c.d","a@b@c"]""")]
    [InlineData("""{"format":"uuid"}""", """["7d444840-9dc0-11d1-b245-5ffdce74fad2"]""", """["7d4448409dc011d1b2455ffdce74fad2","x"]""")]
    [InlineData("""{"format":"uri"}""", """["https://example.com/a?b","urn:a:b"]""", """["/a/b","example.com",""]""")]
    [InlineData("""{"format":"ipv4"}""", """["127.0.0.1"]""", """["127.1","256.0.0.1","01.2.3.4","2024-01-31"]""")]
    [InlineData("""{"format":"ipv6"}""", """["::1","2001:db8::1"]""", """["1.2.3.4","x"]""")]
    [InlineData("""{"format":"hostname"}""", """["example.com","a"]""", """["a b","-"]""")]
    [InlineData("""{"items":{"type":"integer"}}""", """[[],[1,2],"a"]""", """[[1,"a"]]""")]
    [InlineData("""{"contains":{"type":"integer"}}""", """[["a",1],5]""", """[[],["a"]]""")]
    [InlineData("""{"minItems":2}""", """[[1,2],"a"]""", """[[1],[]]""")]
    [InlineData("""{"maxItems":1}""", """[[1],[]]""", """[[1,2]]""")]
    [InlineData("""{"maxItems":0}""", """[[]]""", """[[1]]""")]
    [InlineData("""{"uniqueItems":true}""", """[[1,2,"1"],[[1],[2]]]""", """[[1,1],[1,1.0],[[1],[1]],[{"a":1},{"a":1}]]""")]
    [InlineData("""{"required":["k"]}""", """[{"k":1},{"k":null},"a",5]""", """[{},{"K":1}]""")]
    [InlineData("""{"properties":{"k":{"type":"integer"}}}""", """[{"k":1},{},"a"]""", """[{"k":"a"},{"k":null}]""")]
    [InlineData("""{"properties":{"k":{}},"additionalProperties":false}""", """[{"k":1},{},7]""", """[{"l":1}]""")]
    [InlineData("""{"additionalProperties":{"type":"integer"}}""", """[{"k":1}]""", """[{"k":"a"}]""")]
    [InlineData("""{"minProperties":1}""", """[{"k":1},"a"]""", """[{}]""")]
    [InlineData("""{"maxProperties":1}""", """[{"k":1},{}]""", """[{"k":1,"l":2}]""")]
    [InlineData("""{"propertyNames":{"maxLength":1}}""", """[{"k":1},{}]""", """[{"kk":1}]""")]
    [InlineData("""{"dependentRequired":{"a":["b"]}}""", """[{"a":1,"b":2},{"b":2},{}]""", """[{"a":1}]""")]
    [InlineData("""{"allOf":[{"minimum":1},{"maximum":3}]}""", """[1,3,"a"]""", """[0,4]""")]
    [InlineData("""{"anyOf":[{"maximum":1},{"minimum":3}]}""", """[1,3]""", """[2]""")]
    [InlineData("""{"oneOf":[{"minimum":1},{"maximum":3}]}""", """[0,4]""", """[1,3,"a"]""")]
    [InlineData("""{"not":{"type":"string"}}""", """[1]""", """["a"]""")]
    [InlineData("""{"if":{"type":"string"},"then":{"minLength":2},"else":{"minimum":2}}""", """["ab",2]""", """["a",1]""")]
    [InlineData("""{"$ref":"#/$defs/short"}""", """["ab",7]""", """["abc"]""")]
    [InlineData("""{"$ref":"#/$defs/tree"}""", """[{"next":{"next":{}}}]""", """[{"next":{"next":5}}]""")]
    [InlineData("""{"items":[{"type":"string"},{"type":"integer"}]}""", """[["a",1],["a"],[]]""", """[[1],["a","b"]]""")]
    [InlineData("""true""", """[1,"a"]""", """[]""")]
    [InlineData("""false""", """[]""", """[1,"a"]""")]
    public void Keyword(string schema, string accepted, string refused)
    {
        var compiled = CompiledSchema.Parse(
            """{"properties":{"v":SCHEMA},"$defs":{"short":{"maxLength":2},"tree":{"type":"object","properties":{"next":{"$ref":"#/$defs/tree"}}}}}"""
                .Replace("SCHEMA", schema, StringComparison.Ordinal));
        foreach (var value in Values(accepted))
            Assert.True(compiled.Accepts(RecordOf(value)), $"{schema} refused {value}");
        foreach (var value in Values(refused))
            Assert.False(compiled.Accepts(RecordOf(value)), $"{schema} accepted {value}");
    }

    [Fact]
    public void Values_of_NET_are_the_JSON_that_they_are_written_as()
    {
        Assert.True(Accepts("""{"type":"string","format":"date-time"}""", DateTimeOffset.UnixEpoch));
        Assert.True(Accepts("""{"type":"string","format":"date"}""", new DateOnly(2024, 1, 31)));
        Assert.True(Accepts("""{"const":"2024-01-31"}""", new DateOnly(2024, 1, 31)));
        Assert.True(Accepts("""{"type":"string","format":"uuid"}""", Guid.Empty));
        Assert.True(Accepts("""{"type":"integer"}""", 3.00m));
        Assert.True(Accepts("""{"type":"integer"}""", (byte)3));
        Assert.True(Accepts("""{"maximum":0.1}""", 0.1));
        Assert.False(Accepts("""{"maximum":0.1}""", 0.1000001));
        Assert.False(Accepts("""{"type":"number"}""", double.NaN));
    }

    [Fact]
    public void Null_is_absent_unless_the_schema_names_it()
    {
        var schema = CompiledSchema.Parse("""{"required":["v"],"properties":{"v":{"type":"string"}}}""");
        Assert.False(schema.Accepts(RecordOf(null)));
        Assert.True(CompiledSchema.Parse("""{"properties":{"v":{"type":"string"}}}""").Accepts(RecordOf(null)));
        Assert.True(CompiledSchema.Parse("""{"required":["v"],"properties":{"v":{"type":["string","null"]}}}""").Accepts(RecordOf(null)));
        Assert.True(CompiledSchema.Parse("""{"required":["v"],"properties":{"v":{"enum":["a",null]}}}""").Accepts(RecordOf(null)));
        Assert.True(CompiledSchema.Parse("""{"required":["v"],"properties":{"v":{"anyOf":[{"type":"null"},{"minLength":1}]}}}""").Accepts(RecordOf(null)));
    }

    [Fact]
    public void What_does_not_compile_is_named_and_only_its_property_is_slower()
    {
        var schema = CompiledSchema.Parse("""{"properties":{"v":{"items":[{"type":"string"}]},"w":{"type":"string"}}}""");
        Assert.Equal(["$.properties.v.items"], schema.NotCompiled);
        Assert.Equal(["$.patternProperties"], CompiledSchema.Parse("""{"patternProperties":{"^v":{"type":"string"}}}""").NotCompiled);
        Assert.False(CompiledSchema.Parse("""{"patternProperties":{"^v":{"type":"string"}}}""").Accepts(RecordOf(5L)));
    }

    [Theory]
    [InlineData("""{"properties":{"v":{"type":"text"}}}""", "'text' is no type")]
    [InlineData("""{"properties":{"v":{"pattern":"("}}}""", "no regular expression")]
    [InlineData("""{"properties":{"v":{"maxLength":-1}}}""", "$.properties.v.maxLength")]
    [InlineData("""{"unevaluatedProperties":false}""", "nothing here checks 'unevaluatedProperties'")]
    [InlineData("""{"properties":{"v":{"$ref":"other.json"}}}""", "Only references inside the document")]
    [InlineData("""{"properties":{"v":{"$ref":"#/$defs/none"}}}""", "which is not there")]
    [InlineData("""{"properties":{"v":{"$ref":"#/$defs/a","minLength":1}},"$defs":{"a":{}}}""", "Put both into 'allOf'")]
    [InlineData("""{"required":"v"}""", "$.required: it must be a list of texts")]
    [InlineData("""{""", "is not JSON")]
    public void Faults_are_named_with_their_place(string schema, string expected)
    {
        var failure = Assert.Throws<MigrationException>(() => CompiledSchema.Parse(schema));
        Assert.Equal(ErrorCode.InvalidSchema, failure.Code);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_checks_nothing_is_noted()
    {
        var schema = CompiledSchema.Parse("""{"properties":{"v":{"maxLenght":2,"format":"iban","title":"x","x-note":1}}}""");
        Assert.Equal(2, schema.Notes.Count);
        Assert.Contains("maxLenght", schema.Notes[0], StringComparison.Ordinal);
        Assert.Contains("iban", schema.Notes[1], StringComparison.Ordinal);
    }

    private static bool Accepts(string schema, object value) => CompiledSchema.Parse("{\"properties\":{\"v\":" + schema + "}}").Accepts(RecordOf(value));

    private static object?[] Values(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.EnumerateArray().Select(JsonValue.FromElement).ToArray();
    }

    private static Record RecordOf(object? value) =>
        new RecordSchema("r", [new RecordField("v", typeof(object))]).CreateRecord([value], new RecordSource("r"), 1);
}
