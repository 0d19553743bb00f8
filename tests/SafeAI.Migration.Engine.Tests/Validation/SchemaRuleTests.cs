using System.Text.Json;
using SafeAI.Migration.Engine.Validation.Schema;

namespace SafeAI.Migration.Engine.Tests.Validation;

/// <summary>Numbers, lists, nulls and faults of schemas, and what is left to NJsonSchema.</summary>
public sealed class SchemaRuleTests
{
    [Fact]
    public void A_pattern_is_slow_only_where_it_is_slow_twice()
    {
        var pattern = CompiledSchema.Parse("""{"properties":{"v":{"pattern":"^(a+)+$"}}}""", patternTimeLimit: TimeSpan.FromMilliseconds(20));
        Assert.True(pattern.Accepts(RecordOf("aaa")));
        Assert.Throws<System.Text.RegularExpressions.RegexMatchTimeoutException>(() => pattern.Accepts(RecordOf(new string('a', 40) + "!")));
    }

    [Theory]
    [InlineData("""{"type":"integer"}""", 3.0, true)]
    [InlineData("""{"type":"integer"}""", 3.5, false)]
    [InlineData("""{"type":"integer"}""", 3f, true)]
    [InlineData("""{"type":"integer"}""", 3.5f, false)]
    [InlineData("""{"type":"number"}""", 3.5f, true)]
    [InlineData("""{"type":"string"}""", float.NaN, true)]
    [InlineData("""{"type":"string"}""", double.PositiveInfinity, true)]
    [InlineData("""{"maximum":5}""", 7e27, false)]
    [InlineData("""{"maximum":5}""", -7e27, true)]
    [InlineData("""{"maximum":5}""", 7e27f, false)]
    [InlineData("""{"maximum":5}""", -8e27f, true)]
    [InlineData("""{"minimum":5}""", 1e300, true)]
    [InlineData("""{"minimum":5}""", -1e300, false)]
    [InlineData("""{"minimum":5.5}""", 5.5f, true)]
    [InlineData("""{"minimum":5.5}""", 5.25f, false)]
    [InlineData("""{"multipleOf":2}""", 7e27, true)]
    [InlineData("""{"multipleOf":3}""", 1e28, false)]
    [InlineData("""{"multipleOf":2}""", 8e27f, true)]
    [InlineData("""{"multipleOf":7}""", 1e30f, false)]
    [InlineData("""{"multipleOf":0.5}""", 2.5, true)]
    [InlineData("""{"multipleOf":0.5}""", 2.25f, false)]
    [InlineData("""{"enum":[1e28]}""", 1e28, true)]
    [InlineData("""{"enum":[1e28]}""", 2e28, false)]
    [InlineData("""{"const":16777216}""", 16777216f, true)]
    [InlineData("""{"const":1e30}""", 1e30, true)]
    [InlineData("""{"const":7.9e28}""", 7.9e28, true)]
    [InlineData("""{"const":79000000000000000000000000000}""", 7.9e28, true)]
    [InlineData("""{"const":7e27}""", 7e27, true)]
    [InlineData("""{"const":8e27}""", 7e27, false)]
    [InlineData("""{"const":0.1}""", 0.1, true)]
    [InlineData("""{"const":0.1}""", 0.1f, true)]
    [InlineData("""{"const":9007199254740993}""", 9007199254740992.0, false)]
    [InlineData("""{"const":9007199254740992}""", 9007199254740992.0, true)]
    [InlineData("""{"maximum":9007199254740991}""", 9007199254740992.0, false)]
    [InlineData("""{"const":0.30000000000000004}""", 0.30000000000000004, true)]
    [InlineData("""{"const":0.3}""", 0.30000000000000004, false)]
    [InlineData("""{"maximum":5}""", 7.9e28, false)]
    [InlineData("""{"minimum":5}""", 7.9e28f, true)]
    public void Floating_numbers_are_numbers(string schema, object value, bool accepted) => Assert.Equal(accepted, Accepts(schema, value));

    [Theory]
    [InlineData("""{"minimum":2.5}""", "2", false)]
    [InlineData("""{"minimum":2.5}""", "3", true)]
    [InlineData("""{"maximum":2.5}""", "2", true)]
    [InlineData("""{"maximum":2}""", "2", true)]
    [InlineData("""{"minimum":2}""", "2", true)]
    [InlineData("""{"exclusiveMinimum":-2.5}""", "-3", false)]
    [InlineData("""{"exclusiveMinimum":-2.5}""", "-2", true)]
    [InlineData("""{"exclusiveMaximum":2}""", "2", false)]
    [InlineData("""{"exclusiveMaximum":2.5}""", "2", true)]
    [InlineData("""{"multipleOf":5}""", "100000000000000000000000000000000000005", true)]
    [InlineData("""{"multipleOf":5}""", "100000000000000000000000000000000000006", false)]
    [InlineData("""{"multipleOf":0.5}""", "1", true)]
    [InlineData("""{"multipleOf":0.5}""", "100000000000000000000000000000000000005", true)]
    [InlineData("""{"multipleOf":0.3}""", "100000000000000000000000000000000000001", false)]
    [InlineData("""{"multipleOf":18446744073709551617}""", "340282366920938463463374607431768211455", true)]
    [InlineData("""{"multipleOf":18446744073709551617}""", "340282366920938463463374607431768211456", false)]
    [InlineData("""{"minimum":0}""", "-100000000000000000000000000000000000005", false)]
    [InlineData("""{"minimum":0}""", "100000000000000000000000000000000000005", true)]
    [InlineData("""{"const":79228162514264337593543950335}""", "79228162514264337593543950335", true)]
    [InlineData("""{"const":-79228162514264337593543950335}""", "-79228162514264337593543950335", true)]
    [InlineData("""{"const":79228162514264337593543950335}""", "79228162514264337593543950336", false)]
    [InlineData("""{"const":-79228162514264337593543950335}""", "-79228162514264337593543950336", false)]
    [InlineData("""{"const":5}""", "5", true)]
    [InlineData("""{"type":"integer"}""", "100000000000000000000000000000000000006", true)]
    public void Whole_numbers_may_have_any_size(string schema, string value, bool accepted) =>
        Assert.Equal(accepted, Accepts(schema, System.Numerics.BigInteger.Parse(value, System.Globalization.CultureInfo.InvariantCulture)));

    [Fact]
    public void Lists_and_tables_of_NET_are_arrays_and_objects()
    {
        Assert.True(Accepts("""{"items":{"type":"integer"},"minItems":2,"maxItems":2}""", new[] { 1, 2 }));
        Assert.True(Accepts("""{"minItems":2,"maxItems":2}""", Enumerable.Range(0, 2).Select(i => i)));
        Assert.False(Accepts("""{"minItems":3}""", Enumerable.Range(0, 2).Select(i => i)));
        using var document = JsonDocument.Parse("""{"list":[1,1],"object":{"k":null},"text":"ab","yes":true,"no":null}""");
        JsonElement Of(string name) => document.RootElement.GetProperty(name).Clone();
        Assert.False(Accepts("""{"uniqueItems":true}""", Of("list")));
        Assert.True(Accepts("""{"type":"array","maxItems":2,"items":{"const":1}}""", Of("list")));
        Assert.True(Accepts("""{"type":"object","required":["k"],"maxProperties":1}""", Of("object")));
        Assert.False(Accepts("""{"required":["l"]}""", Of("object")));
        Assert.True(Accepts("""{"type":"string","maxLength":2}""", Of("text")));
        Assert.True(Accepts("""{"type":"boolean","const":true}""", Of("yes")));
        Assert.False(Accepts("""{"minItems":3}""", Of("list")));
        Assert.True(Accepts("""{"enum":["2024-01-31"]}""", new DateOnly(2024, 1, 31)));
        Assert.False(Accepts("""{"enum":["2024-01-30"]}""", new DateOnly(2024, 1, 31)));
        Assert.False(Accepts("""{"enum":["5"]}""", 5L));
    }

    [Fact]
    public void A_graph_item_is_an_object_with_an_id()
    {
        var schema = CompiledSchema.Parse("""{"required":["id","a"],"properties":{"id":{"maxLength":2},"a":{"type":"integer"}},"maxProperties":1,"propertyNames":{"maxLength":1}}""");
        Assert.True(schema.Accepts(new GraphNode("N", "12", new PropertySet(["a"], [1L]))));
        Assert.True(schema.Accepts(new GraphNode("N", "12", new PropertySet(["a", "long"], [1L, null]))));
        Assert.False(schema.Accepts(new GraphNode("N", "123", new PropertySet(["a"], [1L]))));
        Assert.False(schema.Accepts(new GraphNode("N", "12", new PropertySet(["a"], [null]))));
        Assert.False(schema.Accepts(new GraphNode("N", "12", new PropertySet(["a"], ["x"]))));

        // A property of that name is meant before the item's own id.
        Assert.False(schema.Accepts(new GraphNode("N", "12", new PropertySet(["id"], ["123"]))));
        Assert.True(CompiledSchema.Parse("""{"properties":{"id":{"const":"own"}}}""").Accepts(new GraphNode("N", "12", new PropertySet(["id"], ["own"]))));
        Assert.False(CompiledSchema.Parse("""{"required":["other"]}""").Accepts(new GraphNode("N", "12", PropertySet.Empty)));
    }

    [Fact]
    public void Names_are_matched_with_their_case()
    {
        var record = new RecordSchema("r", [new RecordField("V", typeof(object))]).CreateRecord([1L], new RecordSource("r"), 1);
        Assert.False(CompiledSchema.Parse("""{"required":["v"]}""").Accepts(record));
        Assert.True(CompiledSchema.Parse("""{"properties":{"v":{"type":"string"}}}""").Accepts(record));
        Assert.False(CompiledSchema.Parse("""{"properties":{"v":{}},"additionalProperties":false}""").Accepts(record));
    }

    [Theory]
    [InlineData("""{"type":["string","null"]}""", true)]
    [InlineData("""{"type":"null"}""", true)]
    [InlineData("""{"type":"string"}""", false)]
    [InlineData("""{"type":["string","integer"]}""", false)]
    [InlineData("""{"enum":["a",null]}""", true)]
    [InlineData("""{"enum":["a"]}""", false)]
    [InlineData("""{"const":null}""", true)]
    [InlineData("""{"const":"a"}""", false)]
    [InlineData("""{"anyOf":[{"type":"null"},{"minLength":1}]}""", true)]
    [InlineData("""{"anyOf":[{"type":"string"},{"minLength":1}]}""", false)]
    [InlineData("""{}""", false)]
    [InlineData("""{"maxLength":2}""", false)]
    public void A_null_counts_as_there_where_the_schema_names_null(string schema, bool isThere)
    {
        // Compiled, and with a keyword beside it that leaves the whole record to NJsonSchema.
        foreach (var (rest, added) in new[] { ("", 0), (",\"additionalItems\":true", 1) })
        {
            var compiled = CompiledSchema.Parse($$"""{"required":["v"],"properties":{"v":{{schema}}}{{rest}}}""");
            Assert.Equal(added, compiled.NotCompiled.Count);
            Assert.Equal(isThere, compiled.Accepts(RecordOf(null)));
            Assert.False(compiled.Accepts(new RecordSchema("r", [new RecordField("w", typeof(object))]).CreateRecord([null], new RecordSource("r"), 1)));
        }

        var counting = CompiledSchema.Parse($$"""{"minProperties":1,"properties":{"v":{{schema}} } }""");
        Assert.Equal(isThere, counting.Accepts(RecordOf(null)));
        Assert.Equal(!isThere, CompiledSchema.Parse($$"""{"maxProperties":0,"properties":{"v":{{schema}} } }""").Accepts(RecordOf(null)));
    }

    [Fact]
    public void What_is_left_to_NJsonSchema_is_the_same_value()
    {
        const string Tuple = """{"properties":{"v":{"items":[SCHEMA]}}}""";
        bool Fits(string schema, object? value) => CompiledSchema.Parse(Tuple.Replace("SCHEMA", schema, StringComparison.Ordinal)).Accepts(RecordOf(new[] { value }));
        Assert.True(Fits("""{"type":"integer","maximum":9223372036854775807}""", long.MaxValue));
        Assert.True(Fits("""{"type":"integer"}""", 3.00m));
        Assert.True(Fits("""{"type":"integer"}""", 3.0));
        Assert.True(Fits("""{"type":"number"}""", 3.5m));
        Assert.False(Fits("""{"type":"integer"}""", 3.5));
        Assert.True(Fits("""{"type":"boolean"}""", true));
        Assert.True(Fits("""{"type":"string","maxLength":10}""", new DateOnly(2024, 1, 31)));
        Assert.True(Fits("""{"type":"object","properties":{"k":{"type":"string"},"n":{"type":"null"}},"required":["k","n"]}""", new Dictionary<string, object?> { ["k"] = "a", ["n"] = null }));
        Assert.False(Fits("""{"type":"object","properties":{"k":{"type":"string"}},"required":["k"]}""", new Dictionary<string, object?> { ["k"] = 1L }));
        Assert.True(Fits("""{"type":"array","items":{"type":"integer"}}""", new[] { 1L }));

        // A schema whose root cannot be compiled, with properties and without.
        Assert.True(CompiledSchema.Parse("""{"properties":{"v":{"items":[{"type":"string"}]}}}""").Accepts(RecordOf(new[] { "a" })));
        Assert.False(CompiledSchema.Parse("""{"additionalItems":true,"properties":{"v":{"type":"string"}}}""").Accepts(RecordOf(5L)));
        Assert.True(CompiledSchema.Parse("""{"additionalItems":true,"properties":{"v":{"type":"string"}}}""").Accepts(RecordOf("a")));
        Assert.False(CompiledSchema.Parse("""{"additionalItems":true,"required":["w"]}""").Accepts(RecordOf("a")));
    }

    [Fact]
    public void Comments_and_trailing_commas_are_let_pass() =>
        Assert.False(CompiledSchema.Parse("""{"required":["v",], /* a comment */ "title":"T",}""").Accepts(RecordOf(null)));

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
        Assert.Equal(["$.additionalItems"], CompiledSchema.Parse("""{"additionalItems":false,"required":["v"]}""").NotCompiled);
        Assert.Equal(["$.allOf[0].items"], CompiledSchema.Parse("""{"allOf":[{"items":[{}]}]}""").NotCompiled);
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
    [InlineData("""5""", "a schema is an object, true or false")]
    [InlineData("""{"properties":{"v":{"anyOf":[]}}}""", "$.properties.v.anyOf: it must be a list of schemas")]
    [InlineData("""{"properties":{"v":{"anyOf":{}}}}""", "$.properties.v.anyOf: it must be a list of schemas")]
    [InlineData("""{"properties":5}""", "$.properties: it must be an object")]
    [InlineData("""{"properties":{"v":{"multipleOf":0}}}""", "$.properties.v.multipleOf: it must be greater than 0")]
    [InlineData("""{"properties":{"v":{"multipleOf":-1}}}""", "$.properties.v.multipleOf: it must be greater than 0")]
    [InlineData("""{"properties":{"v":{"enum":5}}}""", "must be a list of the values that are allowed")]
    [InlineData("""{"properties":{"v":{"minLength":1.5}}}""", "it must be a whole number from 0")]
    [InlineData("""{"properties":{"v":{"minLength":"1"}}}""", "it must be a whole number from 0")]
    [InlineData("""{"properties":{"v":{"minLength":2147483648}}}""", "it must be a whole number from 0")]
    [InlineData("""{"properties":{"v":{"minimum":"1"}}}""", "it must be a number of at most 28 digits")]
    [InlineData("""{"properties":{"v":{"minimum":1e40}}}""", "it must be a number of at most 28 digits")]
    [InlineData("""{"properties":{"v":{"$ref":"#/$defs/list/2"}},"$defs":{"list":[true,true]}}""", "which is not there")]
    [InlineData("""{"properties":{"v":{"dependentRequired":[]}}}""", "$.properties.v.dependentRequired: it must be an object")]
    [InlineData("""{"required":"v","properties":5}""", "has 2 faults")]
    [InlineData("""{"required":"v"}""", "has a fault")]
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

    private static Record RecordOf(object? value) =>
        new RecordSchema("r", [new RecordField("v", typeof(object))]).CreateRecord([value], new RecordSource("r"), 1);
}
