using System.Numerics;
using System.Text.Json;
using SafeAI.Migration.Engine.Validation;
using SafeAI.Migration.Engine.Validation.Schema;

namespace SafeAI.Migration.Engine.Tests.Validation;

/// <summary>Values and schemas at the borders of what the keywords take.</summary>
public sealed class SchemaBorderTests
{
    [Theory]
    [InlineData("""{"format":"time"}""", "10:00:00", true)]
    [InlineData("""{"format":"time"}""", "10:00:+", false)]
    [InlineData("""{"format":"time"}""", "10:00-", false)]
    [InlineData("""{"format":"time"}""", "10:00:00+", false)]
    [InlineData("""{"format":"email"}""", "a>b@c", false)]
    [InlineData("""{"format":"email"}""", "a<b@c", false)]
    [InlineData("""{"format":"date-time"}""", "2024-02-29T10:00:00", false)]
    [InlineData("""{"format":"date-time"}""", "+024-02-29T10:00:00Z", false)]
    [InlineData("""{"format":"date-time"}""", "2024-02-29T10:00:00+0100", false)]
    [InlineData("""{"format":"date-time"}""", "2024-02-29T10:00:00x01:00", false)]
    [InlineData("""{"pattern":"^[[]$"}""", "[", true)]
    [InlineData("""{"pattern":"^[a-z-[aeiou]]$"}""", "b]", true)] // a class, then a bracket
    [InlineData("""{"pattern":"^[a-z-[aeiou]]$"}""", "b", false)]
    [InlineData("""{"pattern":"^[^$]$"}""", "$", false)]
    [InlineData("""{"pattern":"^[a$]b$"}""", "$b", true)]
    [InlineData("""{"pattern":"^[a]$"}""", "a", true)]
    [InlineData("""{"pattern":"^[a]$"}""", "a\n", false)]
    [InlineData("""{"pattern":"^\\D$"}""", "\u0661", true)] // a digit elsewhere is none here
    [InlineData("""{"pattern":"^\\D$"}""", "1", false)]
    public void Texts(string schema, string value, bool fits) => Assert.Equal(fits, Accepts(schema, value));

    [Fact]
    public void A_host_name_has_253_characters_at_most()
    {
        var name = string.Join('.', Enumerable.Repeat(new string('a', 62), 4)) + ".a"; // 253
        Assert.Equal(253, name.Length);
        Assert.True(Accepts("""{"format":"hostname"}""", name));
        Assert.False(Accepts("""{"format":"hostname"}""", name + "a"));
    }

    [Fact]
    public void Values_of_NET_pass_the_formats_that_they_are_written_in()
    {
        foreach (var kind in new[] { DateTimeKind.Utc, DateTimeKind.Unspecified, DateTimeKind.Local })
            Assert.True(Accepts("""{"type":"string","format":"date-time"}""", DateTime.SpecifyKind(DateTime.UnixEpoch, kind)));
        Assert.True(Accepts("""{"type":"string","format":"date-time"}""", new DateTimeOffset(2024, 1, 31, 10, 0, 0, TimeSpan.FromHours(1))));
        Assert.True(Accepts("""{"type":"string","format":"time"}""", new TimeOnly(10, 0)));
        Assert.False(Accepts("""{"type":"string","format":"date"}""", DateTime.UnixEpoch));
        Assert.False(Accepts("""{"type":"string","format":"time"}""", new DateOnly(2024, 1, 31)));
        Assert.True(Accepts("""{"const":"2024-01-31T00:00:00.0000000"}""", new DateTime(2024, 1, 31)));
        Assert.True(Accepts("""{"const":"2024-01-31T00:00:00.0000000+00:00"}""", new DateTimeOffset(2024, 1, 31, 0, 0, 0, TimeSpan.Zero)));
        Assert.True(Accepts("""{"const":"10:00:00.0000000"}""", new TimeOnly(10, 0)));
        Assert.True(Accepts("""{"const":"AAH/"}""", new byte[] { 0, 1, 255 }));
        Assert.True(Accepts("""{"type":"string","maxLength":4}""", new byte[] { 0, 1, 255 }));
        Assert.True(Accepts("""{"type":"string","const":"1.02:03:04"}""", new TimeSpan(1, 2, 3, 4)));
        Assert.True(Accepts("""{"maxLength":1}""", JsonDocument.Parse("\"a\"").RootElement));
        Assert.False(Accepts("""{"maxLength":1}""", JsonDocument.Parse("\"ab\"").RootElement));
    }

    [Fact]
    public void A_number_of_every_type_is_left_to_NJsonSchema_as_it_is()
    {
        foreach (var three in new object[] { 3L, 3, (short)3, (byte)3, 3UL, 3U, 3.0, 3f, 3.00m, new BigInteger(3) })
        {
            Assert.True(Fits("""{"type":"integer","minimum":3,"maximum":3}""", three), three.GetType().Name);
            Assert.False(Fits("""{"type":"integer","minimum":4}""", three), three.GetType().Name);
        }

        foreach (var half in new object[] { 3.5, 3.5f, 3.5m })
        {
            Assert.True(Fits("""{"type":"number","minimum":3.5,"maximum":3.5}""", half), half.GetType().Name);
            Assert.False(Fits("""{"type":"integer"}""", half), half.GetType().Name);
        }

        Assert.True(Fits("""{"type":"integer","minimum":-9223372036854775808}""", long.MinValue));
        Assert.True(Fits("""{"type":"integer","minimum":-9223372036854775808}""", new BigInteger(long.MinValue)));
        Assert.True(Fits("""{"type":"integer","maximum":9223372036854775807}""", (ulong)long.MaxValue));
    }

    [Theory]
    [InlineData("9223372036854775808")]
    [InlineData("-9223372036854775809")]
    [InlineData("100000000000000000000000000000000000005")]
    public async Task A_whole_number_beyond_64_bits_that_is_left_to_NJsonSchema_is_an_error_of_the_rule(string number)
    {
        using var validator = await Validator.CreateAsync(new ValidationOptions
        {
            Schemas = [new SchemaBinding(CompiledSchema.Parse("""{"properties":{"v":{"items":[{"type":"integer"}]}}}"""))], Level = ValidationLevel.Lenient,
        });
        var reject = validator.Check(RecordOf(new object?[] { BigInteger.Parse(number, System.Globalization.CultureInfo.InvariantCulture) }));
        Assert.Equal(ErrorCode.RuleFailed, reject!.Code);
        var report = validator.Report();
        Assert.Equal((1L, 1L), (Assert.Single(report.Results, r => r.Rule == "items").Errors, report.Invalid));
        Assert.False(report.Passed);
    }

    [Theory]
    [InlineData("""{"type":["integer","null"]}""", true)]
    [InlineData("""{"enum":[1,null]}""", true)]
    [InlineData("""{"enum":[1,2]}""", false)]
    [InlineData("""{"enum":[null]}""", true)]
    [InlineData("""{"const":null}""", true)]
    [InlineData("""{"allOf":[{"type":["integer","null"]},{}]}""", true)]
    [InlineData("""{"allOf":[{"type":"integer"},{}]}""", false)]
    public void A_null_counts_as_there_also_where_NJsonSchema_checks(string schema, bool isThere)
    {
        // The property itself is left to NJsonSchema, and with the second schema the record as a whole.
        var property = schema[..^1] + ""","items":[{"type":"string"}]}""";
        Assert.Equal(isThere, CompiledSchema.Parse($$"""{"required":["v"],"properties":{"v":{{property}} } }""").Accepts(RecordOf(null)));
        Assert.Equal(isThere, CompiledSchema.Parse($$"""{"required":["v"],"properties":{"v":{{schema}} },"additionalItems":true}""").Accepts(RecordOf(null)));
    }

    [Fact]
    public void What_is_left_to_NJsonSchema_may_refer_to_definitions_of_either_name()
    {
        foreach (var name in new[] { "definitions", "$defs" })
        {
            var schema = CompiledSchema.Parse($$"""{"properties":{"v":{"items":[{"$ref":"#/{{name}}/t"}]} },"{{name}}":{"t":{"type":"string"} } }""");
            Assert.True(schema.Accepts(RecordOf(new object?[] { "a" })), name);
            Assert.False(schema.Accepts(RecordOf(new object?[] { 1L })), name);
        }
    }

    [Fact]
    public void What_NJsonSchema_cannot_read_is_a_fault_of_the_schema()
    {
        foreach (var schema in new[] { """{"properties":5,"items":[{}]}""", """{"properties":{"v":true},"additionalItems":true}""", """{"properties":{"v":{"items":[{}]},"w":true}}""" })
        {
            var failure = Assert.Throws<MigrationException>(() => CompiledSchema.Parse(schema));
            Assert.Equal(ErrorCode.InvalidSchema, failure.Code);
            Assert.Contains("is left to NJsonSchema, which cannot read the schema", failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_title_of_a_schema_is_its_own()
    {
        Assert.Null(CompiledSchema.Parse("true").Title);
        Assert.Equal("T", CompiledSchema.Parse("""{"title":"T"}""").Title);
        Assert.Null(CompiledSchema.Parse("{}").Title);
    }

    [Theory]
    [InlineData("""{"properties":{"v":{"$ref":"#/definitions/t","title":"x"}},"definitions":{"t":{"type":"string"}}}""", null)]
    [InlineData("""{"properties":{"v":{"maxItems":2147483647}}}""", null)]
    [InlineData("""{"required":["a",1]}""", "$.required: it must be a list of texts")]
    [InlineData("""{"properties":{"v":{"type":["string",1]}}}""", "it must be a list of texts")]
    [InlineData("""{"properties":{"v":{"pattern":5}}}""", "this is no regular expression")]
    [InlineData("""{"properties":{"v":{"pattern":"a\\"}}}""", "this is no regular expression")]
    [InlineData("""{"patternProperties":{"(":{}}}""", "$.patternProperties: this is no regular expression")]
    [InlineData("""{"patternProperties":[]}""", "$.patternProperties: it must be an object")]
    [InlineData("""{"properties":{"v":{"$ref":"#/definitions/x/y"}},"definitions":{"x":5}}""", "which is not there")]
    [InlineData("""{"properties":{"v":{"$ref":"#/definitions/0"}},"definitions":{"0":{"type":"string"}}}""", null)]
    public void Faults_of_a_schema(string schema, string? fault)
    {
        if (fault is null)
            CompiledSchema.Parse(schema);
        else
            Assert.Contains(fault, Assert.Throws<MigrationException>(() => CompiledSchema.Parse(schema)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_schema_that_lets_anything_more_pass_has_no_rule_for_it()
    {
        Assert.Empty(CompiledSchema.Parse("""{"properties":{"v":{"uniqueItems":false}}}""").Notes);
        using var open = await Validator.CreateAsync(new ValidationOptions { Schemas = [new SchemaBinding(CompiledSchema.Parse("""{"additionalProperties":true}"""))] });
        Assert.DoesNotContain(open.Report().Results, r => r.Rule == "additionalProperties");
        using var typesOnly = await Validator.CreateAsync(new ValidationOptions
        {
            Schemas = [new SchemaBinding(CompiledSchema.Parse("""{"additionalProperties":false}"""))], Families = RuleFamilies.TypeCheck,
        });
        Assert.DoesNotContain(typesOnly.Report().Results, r => r.Rule == "additionalProperties");
        Assert.Null(typesOnly.Check(RecordOf("a")));
    }

    [Theory]
    [InlineData("""{"name":"P","required":["a"]}""", true)]
    [InlineData("""{"name":"P","optional":["a"]}""", true)]
    [InlineData("""{"name":"P","types":{"a":"string"}}""", true)]
    [InlineData("""{"name":5,"required":["a"]}""", false)]
    [InlineData("""{"required":["a"]}""", false)]
    [InlineData("""{"name":"P","required":"a"}""", false)]
    [InlineData("""{"name":"P","optional":"a"}""", false)]
    [InlineData("""{"name":"P"}""", false)]
    [InlineData("""["name"]""", false)]
    [InlineData("5", false)]
    public void Descriptions_of_node_types_are_told_from_schemas(string document, bool isDescription)
    {
        using var parsed = JsonDocument.Parse(document);
        Assert.Equal(isDescription, NodeTypeSchema.IsNodeType(parsed.RootElement));
    }

    [Theory]
    [InlineData("string", "\"x\"", "5")]
    [InlineData("integer", "5", "5.5")]
    [InlineData("float", "5.5", "\"x\"")]
    [InlineData("boolean", "true", "\"true\"")]
    [InlineData("datetime", "\"2024-01-31T10:00:00Z\"", "\"2024\"")]
    [InlineData("map", "{}", "[]")]
    [InlineData("list", "[1,\"a\"]", "{}")]
    [InlineData("list<string>", "[\"a\"]", "[1]")]
    [InlineData(" List<Integer> ", "[1]", "[\"a\"]")]
    public void Every_type_of_a_description_is_checked(string type, string fits, string other)
    {
        var schema = Assert.Single(SchemaFiles.Read($$"""{"name":"P","types":{"v":"{{type}}"} }""", "x", null, [])).Schema;
        Assert.True(schema.Accepts(RecordOf(JsonDocument.Parse(fits).RootElement)));
        Assert.False(schema.Accepts(RecordOf(JsonDocument.Parse(other).RootElement)));
    }

    [Theory]
    [InlineData("list<string")]
    [InlineData("list>")]
    [InlineData("list<stringx")]
    [InlineData("text>")]
    public void What_is_no_type_of_a_description_is_a_fault(string type) => Assert.Contains(
        $"has the type '{type}'",
        Assert.Throws<MigrationException>(() => SchemaFiles.Read($$"""{"name":"P","types":{"v":"{{type}}"} }""", "x", null, [])).Message, StringComparison.Ordinal);

    [Fact]
    public void A_constraint_may_begin_with_its_colon_and_names_must_be_texts()
    {
        Assert.Contains("':5' is not known", Assert.Throws<MigrationException>(() => SchemaFiles.Read("""{"name":"P","required":["a"],"constraints":[":5"]}""", "x", null, [])).Message, StringComparison.Ordinal);
        Assert.Contains("A list of names", Assert.Throws<MigrationException>(() => SchemaFiles.Read("""{"name":"P","required":["a",5]}""", "x", null, [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_descriptions_may_stand_in_one_file_and_nothing_else_among_them()
    {
        Assert.Equal(["P", "Q"], SchemaFiles.Read("""[{"name":"P","required":["a"]},{"name":"Q","required":["a"]}]""", "x", null, []).Select(b => b.Type));
        Assert.Contains("a schema is an object", Assert.Throws<MigrationException>(() => SchemaFiles.Read("""[{"name":"P","required":["a"]},{"type":"object"}]""", "x", null, [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_is_looked_for_in_the_registry_and_a_path_is_not()
    {
        var folder = Directory.CreateTempSubdirectory("safeai-registry-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "a.schema.json"), "{}");
            Directory.CreateDirectory(Path.Combine(folder, "in"));
            File.WriteAllText(Path.Combine(folder, "in", "b.schema.json"), "{}");
            Assert.Equal(Path.Combine(folder, "a.schema.json"), SchemaFiles.Find("a", folder, p => "/none/" + p));
            Assert.Equal(ErrorCode.SourceNotFound, Assert.Throws<MigrationException>(() => SchemaFiles.Find("in/b", folder, p => "/none/" + p)).Code);
            Assert.Equal(ErrorCode.SourceNotFound, Assert.Throws<MigrationException>(() => SchemaFiles.Find("/b", folder, p => "/none/" + p)).Code);
            File.WriteAllText(Path.Combine(folder, "\\b.schema.json"), "{}");
            Assert.Equal(ErrorCode.SourceNotFound, Assert.Throws<MigrationException>(() => SchemaFiles.Find("\\b", folder, p => "/none/" + p)).Code);
            Assert.Equal(ErrorCode.SourceNotFound, Assert.Throws<MigrationException>(() => SchemaFiles.Find("a", null, p => "/none/" + p)).Code);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_schema_that_cannot_be_read_is_said_to_be_unreadable()
    {
        var failure = await Assert.ThrowsAsync<MigrationException>(() => SchemaFiles.LoadAsync(Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString(), "x.json"), null, []));
        Assert.Equal(ErrorCode.SourceUnreadable, failure.Code);
        var folder = await Assert.ThrowsAsync<MigrationException>(() => SchemaFiles.LoadAsync(Path.GetTempPath(), null, []));
        Assert.Equal(ErrorCode.SourceUnreadable, folder.Code);
    }

    [Theory]
    [InlineData("{}")] // a part is missing
    [InlineData("[]")] // no object at all
    [InlineData("""{"nodes":5,"relationships":[]}""")]
    public void An_answer_of_another_form_is_no_schema_of_the_platform(string answer)
    {
        using var parsed = JsonDocument.Parse(answer);
        Assert.Equal(ErrorCode.UnexpectedAnswer, Assert.Throws<MigrationException>(() => SchemaFiles.ReadPlatform(parsed.RootElement)).Code);
    }

    [Fact]
    public void A_null_that_the_schema_does_not_name_is_not_there_also_where_NJsonSchema_checks()
    {
        foreach (var schema in new[] { """{"enum":[1,2]}""", """{"type":"integer"}""", """{"const":1}""" })
            Assert.True(CompiledSchema.Parse($$"""{"properties":{"v":{{schema}} },"additionalItems":true}""").Accepts(RecordOf(null)), schema);
    }

    [Fact]
    public async Task Values_of_records_whose_names_match_a_pattern_are_checked_as_a_rule_of_its_own()
    {
        using var validator = await Validator.CreateAsync(new ValidationOptions
        {
            Schemas = [new SchemaBinding(CompiledSchema.Parse("""{"properties":{"a":{}},"patternProperties":{"^v":{"type":"string"}},"additionalProperties":false}"""))], Level = ValidationLevel.Lenient,
        });
        Assert.Null(validator.Check(RecordOf("x")));
        Assert.Null(validator.Check(RecordOf(null)));
        Assert.Equal("constraint_check:patternProperties", validator.Check(RecordOf(5L))!.Rule);
        Assert.Equal("constraint_check:additionalProperties", validator.Check(new RecordSchema("r", [new RecordField("w", typeof(object))]).CreateRecord([1L], new RecordSource("r"), 1))!.Rule);
        Assert.Equal("constraint_check:patternProperties", validator.Check(new GraphNode("N", "1", new PropertySet(["v"], [5L])), out _)!.Rule);
        Assert.Null(validator.Check(new GraphNode("N", "1", new PropertySet(["a", "v"], [1L, "x"])), out _));
        Assert.Equal("constraint_check:additionalProperties", validator.Check(new GraphNode("N", "1", new PropertySet(["w"], [5L])), out _)!.Rule);
        var inner = CompiledSchema.Parse("""{"properties":{"v":{"patternProperties":{"^a":{}},"additionalProperties":false}}}""");
        Assert.True(inner.Accepts(RecordOf(new Dictionary<string, object?> { ["ab"] = 1L })));
        Assert.False(inner.Accepts(RecordOf(new Dictionary<string, object?> { ["b"] = 1L })));
        using var nested = await Validator.CreateAsync(new ValidationOptions { Schemas = [new SchemaBinding(inner)], Level = ValidationLevel.Lenient });
        Assert.Null(nested.Check(RecordOf(new Dictionary<string, object?> { ["ab"] = 1L })));
        Assert.NotNull(nested.Check(RecordOf(new Dictionary<string, object?> { ["b"] = 1L })));
    }

    [Fact]
    public async Task A_rule_of_a_whole_record_or_item_names_no_value()
    {
        using var validator = await Validator.CreateAsync(new ValidationOptions
        {
            Schemas = [new SchemaBinding(CompiledSchema.Parse("""{"maxProperties":1,"propertyNames":{"pattern":"^(a+)+$"}}""", patternTimeLimit: TimeSpan.FromMilliseconds(20)))], Level = ValidationLevel.Lenient,
        });
        var broken = validator.Check(new GraphNode("N", "1", new PropertySet(["a", "aa"], [1L, 2L])), out _);
        Assert.Equal(("constraint_check:maxProperties", null), (broken!.Rule, broken.Value));
        var undecided = validator.Check(new GraphNode("N", "1", new PropertySet([new string('a', 40) + "b"], [1L])), out _);
        Assert.Equal((ErrorCode.RuleFailed, null), (undecided!.Code, undecided.Value));
    }

    private static bool Fits(string schema, object value) =>
        CompiledSchema.Parse($$"""{"properties":{"v":{"items":[{{schema}}]} } }""").Accepts(RecordOf(new[] { value }));

    private static bool Accepts(string schema, object value) => CompiledSchema.Parse($$"""{"properties":{"v":{{schema}} } }""").Accepts(RecordOf(value));

    private static Record RecordOf(object? value) =>
        new RecordSchema("r", [new RecordField("v", typeof(object))]).CreateRecord([value], new RecordSource("r"), 1);
}
