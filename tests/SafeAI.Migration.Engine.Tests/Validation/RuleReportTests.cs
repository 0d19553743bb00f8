using SafeAI.Migration.Engine.Validation;
using SafeAI.Migration.Engine.Validation.Schema;

namespace SafeAI.Migration.Engine.Tests.Validation;

/// <summary>What rules are applied to, and what is said of those that are broken.</summary>
public sealed class RuleReportTests
{
    [Fact]
    public async Task A_rule_without_a_type_is_for_records_and_nodes_and_one_with_a_type_for_its_items()
    {
        using var validator = await OfAsync(new NotNullRule(["a"]), new NotNullRule(["b"]) { Type = "R" });
        Assert.Equal("a", validator.Check(Row(null, null))!.Field);
        Assert.Equal("a", validator.Check(new GraphNode("N", "1", PropertySet.Empty), out _)!.Field);
        Assert.Null(validator.Check(new GraphRelationship("S", "1", "N", "2", "N", "2", PropertySet.Empty), out _));
        Assert.Equal("R.b", validator.Check(new GraphRelationship("R", "1", "N", "2", "N", "2", PropertySet.Empty), out _)!.Field);
        Assert.Equal([("a", 2L), ("R.b", 1)], validator.Report().Results.Where(r => r.Rule == "notNull").Select(r => (r.Field!, r.Tested)));
    }

    [Fact]
    public async Task The_value_is_named_where_it_is_one()
    {
        var known = new Dictionary<string, IReadOnlyList<Record>> { ["known"] = [Row("x", "y")] };
        var target = new ReferenceScope { Streams = known }.Stream("known");
        using var validator = await OfAsync(new UniqueRule(["a"]), new UniqueRule(["a", "b"]), new ReferenceRule(["b"], target, ["b"]), new ReferenceRule(["a", "b"], target, ["a", "b"]));
        Assert.Null(validator.Check(Row("x", "y")));
        Assert.Equal(("a", "x"), Of(validator.Check(Row("x", "y"))));
        Assert.Equal(("b", "z"), Of(validator.Check(Row("u", "z"))));
        Assert.Equal(("a, b", null), Of(validator.Check(Row("v", "y"))));
        using var pairs = await OfAsync(new UniqueRule(["a", "b"]));
        pairs.Check(Row("x", "y"));
        Assert.Equal(("a, b", null), Of(pairs.Check(Row("x", "y"))));

        static (string?, object?) Of(Reject? reject) => (reject!.Field, reject.Value);
    }

    [Theory]
    [InlineData(7e27, 1.0)]
    [InlineData(1.0, -7e27)]
    [InlineData(8e27f, 1f)]
    [InlineData(true, false)]
    public async Task What_has_no_order_cannot_be_compared(object a, object b)
    {
        using var validator = await OfAsync(new CompareRule("a", Comparison.NotEqual, "b"));
        Assert.Contains("cannot be compared", validator.Check(Row(a, b))!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Floating_numbers_are_compared_as_numbers()
    {
        using var validator = await OfAsync(new CompareRule("a", Comparison.Less, "b"));
        Assert.Null(validator.Check(Row(1.5f, 2L)));
        Assert.Null(validator.Check(Row(-6e27, 6e27f)));
        Assert.Null(validator.Check(Row(new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc), "2024-01-02")));
        Assert.NotNull(validator.Check(Row(2.5, 2.5f)));
    }

    [Fact]
    public async Task A_title_names_the_nodes_that_a_schema_is_for()
    {
        using var validator = await OfAsync("""{"title":"person","required":["a"]}""");
        Assert.Equal("constraint_check:required:a", validator.Check(new GraphNode("Person", "1", PropertySet.Empty), out _)!.Rule);
        Assert.Null(validator.Check(new GraphNode("City", "1", PropertySet.Empty), out _));
        Assert.Null(validator.Check(new GraphRelationship("person", "1", "City", "1", "City", "1", PropertySet.Empty), out _));
        Assert.Contains(validator.Report().Notes, n => n.StartsWith("1 nodes of the type City", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Records_of_several_shapes_are_each_checked_by_their_own_fields()
    {
        using var validator = await OfAsync("""{"required":["a"],"properties":{"a":{"type":["integer","null"]},"b":{"type":"string"}}}""");
        var (ab, ba, b) = (Shape("a", "b"), Shape("b", "a"), Shape("b"));
        Assert.Null(validator.Check(Of(ab, 1L, "x")));
        Assert.Null(validator.Check(Of(ba, "x", 1L)));
        Assert.Null(validator.Check(Of(ab, null, "x"))); // null is named, and counts as there
        Assert.Equal("b", validator.Check(Of(ab, 1L, 2L))!.Field);
        Assert.Equal("constraint_check:required:a", validator.Check(Of(b, "x"))!.Rule);
        Assert.Null(validator.Check(Of(ba, "x", null)));
        Assert.Equal("a", validator.Check(Of(ba, "x", "y"))!.Field);

        static RecordSchema Shape(params string[] names) => new("r", names.Select(n => new RecordField(n, typeof(object))));
        static Record Of(RecordSchema schema, params object?[] values) => schema.CreateRecord([.. values], new RecordSource("r"), 1);
    }

    [Fact]
    public async Task Keywords_of_the_whole_are_applied_to_the_whole()
    {
        using var validator = await OfAsync("""{"minLength":5,"minProperties":2,"properties":{"a":{}}}""");
        var reject = validator.Check(Row("x", null));
        Assert.Equal(("constraint_check:minProperties", null, "It has fewer than 2 values."), (reject!.Rule, reject.Value, reject.Reason));
        Assert.Equal([("minLength", 0L), ("minProperties", 1)], validator.Report().Results.Select(r => (r.Rule, r.Tested)));
        var types = new ValidationOptions { Schemas = [new SchemaBinding(CompiledSchema.Parse("""{"type":"object","minProperties":2}"""))], Families = RuleFamilies.TypeCheck };
        using var onlyTypes = await Validator.CreateAsync(types);
        Assert.Equal(["type"], onlyTypes.Report().Results.Select(r => r.Rule));
    }

    [Fact]
    public async Task A_rule_that_fails_on_the_whole_names_no_value_and_one_on_a_field_names_its()
    {
        var whole = CompiledSchema.Parse("""{"propertyNames":{"pattern":"^(a+)+$"},"properties":{"a":{"pattern":"^(a+)+$"}}}""", patternTimeLimit: TimeSpan.FromMilliseconds(20));
        using var validator = await Validator.CreateAsync(new ValidationOptions { Schemas = [new SchemaBinding(whole)], Level = ValidationLevel.Lenient });
        var slow = new string('a', 40) + "!";
        var name = new RecordSchema("r", [new RecordField(slow, typeof(object))]).CreateRecord([1L], new RecordSource("r"), 1);
        Assert.Equal((ErrorCode.RuleFailed, null), Of(validator.Check(name)));
        Assert.Equal((ErrorCode.RuleFailed, slow), Of(validator.Check(Row(slow, null))));

        static (string, object?) Of(Reject? reject) => (reject!.Code, reject.Value);
    }

    [Theory]
    [InlineData("""{"required":["k"]}""", "properties", "has inner values that do not fit")]
    [InlineData("""{"properties":{"k":{"type":"string"}}}""", "properties", "has inner values that do not fit")]
    [InlineData("""{"additionalProperties":{"type":"string"}}""", "properties", "has inner values that do not fit")]
    [InlineData("false", "false", "is not allowed at all")]
    public async Task A_table_is_checked_as_one_value(string schema, string rule, string finding)
    {
        using var validator = await OfAsync($$"""{"properties":{"a":{{schema}} } }""");
        var good = new Dictionary<string, object?> { ["k"] = "x" };
        Assert.Equal(rule == "false", validator.Check(Row(good, null)) is not null);
        Assert.NotNull(validator.Check(Row(new Dictionary<string, object?> { [schema.Contains("required", StringComparison.Ordinal) ? "l" : "k"] = 1L }, null)));
        Assert.Equal(rule == "false", validator.Check(Row(5L, null)) is not null);
        var result = Assert.Single(validator.Report().Results);
        Assert.Equal((rule, "a", finding, rule == "false" ? 3L : 2L), (result.Rule, result.Field, result.Finding, result.Tested));
    }

    [Fact]
    public async Task Fields_that_a_schema_does_not_name_are_named()
    {
        using var validator = await OfAsync("""{"properties":{"a":{}},"additionalProperties":{"type":"string"}}""");
        Assert.Null(validator.Check(Row(1L, "x")));
        Assert.EndsWith("They are: b.", validator.Check(Row(1L, 2L))!.Reason, StringComparison.Ordinal);
        Assert.Null(validator.Check(new GraphNode("N", "1", new PropertySet(["a", "b", "c"], [1L, "x", null])), out _));
        Assert.EndsWith("They are: b, c.", validator.Check(new GraphNode("N", "2", new PropertySet(["a", "b", "c"], [1L, 2L, 3L])), out _)!.Reason, StringComparison.Ordinal);
        Assert.Equal((4L, 2L), validator.Report().Results.Where(r => r.Rule == "additionalProperties").Select(r => (r.Tested, r.Failed)).Single());
    }

    [Fact]
    public async Task A_recommendation_names_the_first_place()
    {
        using var validator = await OfAsync(new NotNullRule(["a"]));
        validator.Check(Row("x", null));
        validator.Check(Row(null, null, 7));
        validator.Check(Row(null, null, 8));
        var recommendation = Assert.Single(validator.Report().Recommendations);
        Assert.Equal(("notNull", "a", 2L, 2 / 3.0, 7L), (recommendation.Rule, recommendation.Field, recommendation.Failed, recommendation.Share, recommendation.Example!.Value.Ordinal));
    }

    [Theory]
    [InlineData("""{"name":"P","required":["a"]}""", "constraint_check:required:P.a")]
    [InlineData("""{"name":"P","optional":["a"],"constraints":["a_length_min:1","b_unique"]}""", null)]
    [InlineData("""{"name":"P","property_types":{"b":"integer"}}""", "type_check:type:P.b")]
    [InlineData("""{"name":"P","types":{"b":"list<integer>"}}""", "type_check:type:P.b")]
    [InlineData("""{"name":"P","types":{"a":"string"},"constraints":["b_pattern:^y"]}""", "constraint_check:pattern:P.b")]
    [InlineData("""{"name":"P","types":{"a":"string"},"constraints":["b_enum:y|z"]}""", "constraint_check:enum:P.b")]
    [InlineData("""{"name":"P","types":{"a":"string"},"constraints":["b_enum:x,z", "b_pattern:^x$", "b_length_max:1"]}""", null)]
    public async Task A_description_may_have_any_of_its_parts(string description, string? broken)
    {
        var rules = new List<FieldRule>();
        using var validator = await Validator.CreateAsync(new ValidationOptions { Schemas = SchemaFiles.Read(description, "x", null, rules), Rules = rules, Level = ValidationLevel.Lenient });
        Assert.Equal(broken, validator.Check(new GraphNode("P", "1", new PropertySet(["b"], ["x"])), out _)?.Rule);
    }

    [Fact]
    public async Task Unique_is_written_in_three_ways()
    {
        foreach (var constraint in new[] { "a_unique", "a_unique:true", "unique:a" })
        {
            var rules = new List<FieldRule>();
            SchemaFiles.Read($$"""{"name":"P","required":["a"],"constraints":["{{constraint}}"]}""", "x", null, rules);
            var rule = Assert.IsType<UniqueRule>(Assert.Single(rules));
            Assert.Equal(("P", "a"), (rule.Type, Assert.Single(rule.Fields)));
        }

        var pair = new List<FieldRule>();
        SchemaFiles.Read("""{"name":"P","required":["a"],"constraints":["unique:a, b"]}""", "x", null, pair);
        Assert.Equal(["a", "b"], ((UniqueRule)pair[0]).Fields);
        await Task.CompletedTask;
    }

    [Theory]
    [InlineData("""{"name":"P","required":["a"],"constraints":["a_unique:false"]}""", "'a_unique:false' is not known")]
    [InlineData("""{"name":"P","required":["a"],"constraints":["a_pattern:"]}""", "'a_pattern:' is not known")]
    [InlineData("""{"name":"P","required":["a"],"constraints":["a_enum:"]}""", "'a_enum:' is not known")]
    [InlineData("""{"name":"P","required":["a"],"constraints":["unique:"]}""", "'unique:' is not known")]
    [InlineData("""{"name":"P","required":["a"],"constraints":["_max:5"]}""", "'_max:5' is not known")]
    [InlineData("""{"name":"P","required":["a"],"constraints":"a_max:5"}""", "A list of names is expected for the constraints")]
    [InlineData("""{"name":"P","required":["a"],"types":{"a":"list<text>"}}""", "'a' has the type 'list<text>'")]
    [InlineData("""{"name":"P","required":["a"],"types":{"a":"list<string"}}""", "'a' has the type 'list<string'")]
    public void Faults_of_a_description_are_named(string description, string expected)
    {
        var failure = Assert.Throws<MigrationException>(() => SchemaFiles.Read(description, "x", null, []));
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_platforms_answer_says_which_properties_are_required()
    {
        using var answer = System.Text.Json.JsonDocument.Parse(
            """{"nodes":[{"type":"N","properties":[{"name":"a","type":"string","required":true},{"name":"b","required":false},"c"]}],"relationships":[]}""");
        using var validator = await Validator.CreateAsync(SchemaFiles.ReadPlatform(answer.RootElement) with { Level = ValidationLevel.Lenient });
        Assert.Equal("constraint_check:required:N.a", validator.Check(new GraphNode("N", "1", new PropertySet(["b"], [1L])), out _)!.Rule);
        Assert.Null(validator.Check(new GraphNode("N", "1", new PropertySet(["a"], ["x"])), out _));
    }

    private static Task<Validator> OfAsync(params FieldRule[] rules) => Validator.CreateAsync(new ValidationOptions { Rules = rules, Level = ValidationLevel.Lenient });

    private static Task<Validator> OfAsync(string schema) =>
        Validator.CreateAsync(new ValidationOptions { Schemas = [new SchemaBinding(CompiledSchema.Parse(schema))], Level = ValidationLevel.Lenient });

    private static Record Row(object? a, object? b, int ordinal = 1) =>
        new RecordSchema("r", [new RecordField("a", typeof(object)), new RecordField("b", typeof(object))]).CreateRecord([a, b], new RecordSource("r"), ordinal);
}
