using SafeAI.Migration.Engine.Extraction.Files;
using SafeAI.Migration.Engine.Validation;
using SafeAI.Migration.Engine.Validation.Schema;

namespace SafeAI.Migration.Engine.Tests.Validation;

public sealed class ValidatorTests
{
    private static readonly RecordSource s_source = new("r.csv");

    [Theory]
    [InlineData(Comparison.Less, 1, 2, true)]
    [InlineData(Comparison.Less, 2, 2, false)]
    [InlineData(Comparison.LessOrEqual, 2, 2, true)]
    [InlineData(Comparison.LessOrEqual, 3, 2, false)]
    [InlineData(Comparison.Equal, 2, 2, true)]
    [InlineData(Comparison.Equal, 1, 2, false)]
    [InlineData(Comparison.Equal, 3, 2, false)]
    [InlineData(Comparison.NotEqual, 1, 2, true)]
    [InlineData(Comparison.NotEqual, 3, 2, true)]
    [InlineData(Comparison.NotEqual, 2, 2, false)]
    [InlineData(Comparison.GreaterOrEqual, 2, 2, true)]
    [InlineData(Comparison.GreaterOrEqual, 1, 2, false)]
    [InlineData(Comparison.Greater, 3, 2, true)]
    [InlineData(Comparison.Greater, 2, 2, false)]
    [InlineData(Comparison.Less, "9", "10", true)]
    [InlineData(Comparison.Less, "2024-01-31T12:00:00+02:00", "2024-01-31T11:00:00Z", true)]
    [InlineData(Comparison.Less, "a", "b", true)]
    [InlineData(Comparison.Less, "b", "a", false)]
    [InlineData(Comparison.Less, 5, "a", false)]
    public async Task Two_fields_are_compared(Comparison comparison, object a, object b, bool valid)
    {
        using var validator = await Of(new CompareRule("a", comparison, "b"));
        Assert.Equal(valid, validator.Check(RecordOf(1, a, b)) is null);
    }

    [Fact]
    public async Task What_is_not_there_is_not_compared()
    {
        using var validator = await Of(new CompareRule("a", Comparison.Less, "b"), new UniqueRule(["a", "b"]), new NotNullRule(["b"]));
        Assert.NotNull(validator.Check(RecordOf(1, 5, null)));
        Assert.NotNull(validator.Check(RecordOf(2, 5, "")));
        Assert.Equal([("compare", 0L, 0L), ("unique", 0, 0), ("notNull", 2, 2)], validator.Report().Results.Select(r => (r.Rule, r.Tested, r.Failed)));
        Assert.Contains(validator.Report().Notes, n => n.Contains("compare", StringComparison.Ordinal) && n.EndsWith("tested nothing.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_composite_key_is_unique_as_a_whole_and_the_first_place_is_named()
    {
        using var validator = await Of(new UniqueRule(["a", "b"]));
        Assert.Null(validator.Check(RecordOf(1, "x", 1)));
        Assert.Null(validator.Check(RecordOf(2, "x", 2)));
        Assert.Null(validator.Check(RecordOf(3, "y", 1)));
        var reject = validator.Check(RecordOf(4, "x", 1L));
        Assert.NotNull(reject);
        Assert.Equal(("constraint_check:unique:a, b", "a, b"), (reject.Rule, reject.Field));
        Assert.Contains("The first is at r.csv, line 1.", reject.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reference_leads_into_a_file()
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, "code,name\n1,one\n2,two\n");
            var target = new ReferenceTarget("codes", _ => Task.FromResult(FileSources.Open(new FileSourceOptions { Path = path, Format = FileFormat.Csv })));
            using (var validator = await Of(new ReferenceRule(["a"], target, ["code"])))
            {
                Assert.Null(validator.Check(RecordOf(1, 2L, null)));
                Assert.NotNull(validator.Check(RecordOf(2, "3", null)));
                Assert.Null(validator.Check(RecordOf(3, null, null)));
            }

            var failure = await Assert.ThrowsAsync<MigrationException>(() => Of(new ReferenceRule(["a"], target, ["kode"])));
            Assert.Equal(ErrorCode.UnknownField, failure.Code);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task A_pattern_that_takes_too_long_is_an_error_of_the_rule_and_never_a_pass()
    {
        var schema = CompiledSchema.Parse("""{"properties":{"a":{"pattern":"^(a+)+$"}}}""", patternTimeLimit: TimeSpan.FromMilliseconds(20));
        using var validator = await Validator.CreateAsync(new ValidationOptions { Schemas = [new SchemaBinding(schema)], ErrorBudget = ErrorBudget.Unlimited });
        Assert.Equal(ErrorCode.RuleFailed, validator.Check(RecordOf(1, new string('a', 40) + "!", null))!.Code);
        var report = validator.Report();
        var result = Assert.Single(report.Results);
        Assert.Equal((1L, 1L, 1L), (result.Tested, result.Failed, result.Errors));
        Assert.Contains("time limit", result.Error, StringComparison.Ordinal);
        Assert.False(report.Passed);
    }

    [Theory]
    [InlineData("unique")]
    [InlineData("reference")]
    public async Task A_rule_that_fails_itself_is_an_error_of_the_rule_and_never_a_pass(string name)
    {
        var streams = new Dictionary<string, IReadOnlyList<Record>> { ["known"] = [RecordOf(1, "x", null)] };
        var target = new ReferenceScope { Streams = streams }.Stream("known");
        using var validator = await Of(name == "unique" ? new UniqueRule(["a"]) : new ReferenceRule(["a"], target, ["a"]), new NotNullRule(["a"]));
        Assert.Null(validator.Check(RecordOf(1, "x", null)));
        var reject = validator.Check(RecordOf(2, new Unreadable(), null));
        Assert.Equal((ErrorCode.RuleFailed, $"constraint_check:{name}:a"), (reject!.Code, reject.Rule));
        Assert.IsType<NotSupportedException>(reject.Exception);
        Assert.NotNull(validator.Check(RecordOf(3, new Unreadable(), null)));

        var report = validator.Report();
        var result = report.Results.Single(r => r.Rule == name);
        Assert.Equal((3L, 2L, 2L, 1L), (result.Tested, result.Failed, result.Errors, result.Passed));
        Assert.Contains("NotSupportedException: It cannot be read.", result.Error, StringComparison.Ordinal);
        Assert.Equal((3L, 0L), report.Results.Where(r => r.Rule == "notNull").Select(r => (r.Passed, r.Errors)).Single());
        Assert.False(report.Passed);
    }

    [Fact]
    public async Task A_pattern_that_takes_too_long_among_the_fields_that_are_not_named_is_an_error()
    {
        var schema = CompiledSchema.Parse("""{"additionalProperties":{"pattern":"^(a+)+$"}}""", patternTimeLimit: TimeSpan.FromMilliseconds(20));
        using var validator = await Validator.CreateAsync(new ValidationOptions { Schemas = [new SchemaBinding(schema)], ErrorBudget = ErrorBudget.Unlimited });
        Assert.Equal(ErrorCode.RuleFailed, validator.Check(RecordOf(1, new string('a', 40) + "!", null))!.Code);
        Assert.Equal(1, validator.Report().Results.Single(r => r.Rule == "additionalProperties").Errors);
    }

    [Fact]
    public async Task Families_are_told_apart()
    {
        var schema = CompiledSchema.Parse("""{"required":["b"],"properties":{"a":{"type":"string","maxLength":1}}}""");
        Assert.Equal(["type", "maxLength", "required"], await Rules(RuleFamilies.Schema));
        Assert.Equal(["type"], await Rules(RuleFamilies.TypeCheck));
        Assert.Equal(["maxLength", "required"], await Rules(RuleFamilies.ConstraintCheck));

        async Task<IEnumerable<string>> Rules(RuleFamilies families)
        {
            using var validator = await Validator.CreateAsync(new ValidationOptions { Schemas = [new SchemaBinding(schema)], Families = families });
            return validator.Report().Results.Select(r => r.Rule).ToArray();
        }
    }

    [Fact]
    public async Task Every_rule_counts_what_it_tested_and_where_it_failed_first()
    {
        var schema = CompiledSchema.Parse("""{"additionalProperties":false,"required":["a"],"properties":{"a":{"type":"string","maxLength":1}}}""");
        using var validator = await Validator.CreateAsync(new ValidationOptions { Schemas = [new SchemaBinding(schema)], ErrorBudget = ErrorBudget.OfCount(7), Level = ValidationLevel.Lenient });
        for (var i = 1; i <= 7; i++)
            Assert.NotNull(validator.Check(RecordOf(i, "long", null)));
        Assert.Null(validator.Check(RecordOf(8, "s", null)));
        var report = validator.Report();
        Assert.Equal((8L, 7L, 1L), (report.Records, report.Invalid, report.Valid));
        var length = report.Results.Single(r => r.Rule == "maxLength");
        Assert.Equal((8L, 7L, 1L), (length.Tested, length.Failed, length.Passed));
        Assert.Equal([1L, 2, 3, 4, 5], length.FirstPositions.Select(p => p.Line));
        Assert.Equal((0L, 8L), (report.Results.Single(r => r.Rule == "additionalProperties").Failed, report.Results.Single(r => r.Rule == "required").Tested));
        Assert.True(report.Passed);
        Assert.NotNull(validator.Check(RecordOf(9, "s", 1)));
        Assert.False(validator.Report().Passed);
    }

    [Theory]
    [InlineData(ValidationLevel.Strict, 1, 1, false)]
    [InlineData(ValidationLevel.Strict, 1, 2, true)]
    [InlineData(ValidationLevel.Lenient, 1, 2, false)]
    [InlineData(ValidationLevel.None, 1, 2, false)]
    public async Task Only_strict_stops_and_only_over_the_budget(ValidationLevel level, int budget, int invalid, bool stops)
    {
        using var validator = await Validator.CreateAsync(new ValidationOptions { Rules = [new NotNullRule(["a"])], Level = level, ErrorBudget = ErrorBudget.OfCount(budget) });
        for (var i = 0; i < invalid; i++)
            validator.Check(RecordOf(i, null, null));
        Assert.Equal(stops, validator.MustStop);
        Assert.Equal(invalid <= budget, validator.Report().Passed);
    }

    [Fact]
    public async Task Private_values_are_masked()
    {
        var schema = CompiledSchema.Parse("""{"properties":{"a":{"maxLength":1},"b":{"maxLength":1}}}""");
        using var validator = await Validator.CreateAsync(new ValidationOptions { Schemas = [new SchemaBinding(schema)], PrivateFields = ["A"] });
        var reject = validator.Check(RecordOf(1, "secret", null))!;
        Assert.Equal("***", reject.Value);
        Assert.DoesNotContain("secret", reject.ToString(), StringComparison.Ordinal);
        Assert.Equal("open", validator.Check(RecordOf(2, null, "open"))!.Value);
    }

    [Fact]
    public async Task Nothing_tested_is_not_passed()
    {
        using var validator = await Of();
        Assert.Null(validator.Check(RecordOf(1, 1, 2)));
        Assert.False(validator.Report().Passed);
    }

    [Fact]
    public async Task Relationships_wait_for_their_ends()
    {
        using var validator = await Of();
        Assert.Null(validator.Check(Relationship("R", "1", "2"), out var isHeld));
        Assert.True(isHeld);
        Assert.Null(validator.Check(Relationship("R", "1", "3"), out _));
        Assert.Null(validator.Check(new GraphNode("N", "1", PropertySet.Empty), out _));
        Assert.Null(validator.Check(new GraphNode("N", "2", PropertySet.Empty), out _));
        Assert.Null(validator.Check(Relationship("R", "2", "1"), out isHeld));
        Assert.False(isHeld);
        var held = new List<HeldItem>();
        await foreach (var item in validator.CompleteAsync(null))
            held.Add(item);
        Assert.Equal(["1->2", "1->3"], held.Select(h => h.Item.Id));
        Assert.Null(held[0].Reject);
        Assert.Equal(ErrorCode.MissingEnd, held[1].Reject!.Code);
        var report = validator.Report();
        Assert.Equal((5L, 1L), (report.Records, report.Invalid));
        Assert.Equal((3L, 1L), (report.Results[0].Tested, report.Results[0].Failed));
    }

    [Fact]
    public async Task Many_relationships_wait_on_disk()
    {
        using var validator = await Of();
        const int Count = 25_000;
        for (var i = 0; i < Count; i++)
        {
            validator.Check(Relationship("R", $"{i}", "end"), out var isHeld);
            Assert.True(isHeld);
        }

        validator.Check(new GraphNode("N", "end", PropertySet.Empty), out _);
        for (var i = 1; i < Count; i++)
            validator.Check(new GraphNode("N", $"{i}", PropertySet.Empty), out _);
        var (valid, invalid) = (0, new List<string>());
        await foreach (var item in validator.CompleteAsync(null))
        {
            if (item.Reject is null)
                valid++;
            else
                invalid.Add(item.Item.FromId);
        }

        Assert.Equal(Count - 1, valid);
        Assert.Equal(["0"], invalid);
    }

    [Fact]
    public async Task Rules_of_relationships_are_kept()
    {
        using var validator = await Validator.CreateAsync(new ValidationOptions
        {
            Relationships =
            [
                new RelationshipRule("LOOP") { SelfLoops = false },
                new RelationshipRule("PAIR") { Duplicates = false },
                new RelationshipRule("TYPED") { From = "N", To = "N" },
                new RelationshipRule("FEW") { MostPerStart = 2 },
                new RelationshipRule("ONE") { MostPerEnd = 1 },
            ],
        });
        foreach (var id in new[] { "1", "2", "3", "4" })
            validator.Check(new GraphNode("N", id, PropertySet.Empty), out _);
        validator.Check(new GraphNode("M", "1", PropertySet.Empty), out _);

        Assert.Equal("selfLoop", Broken(Relationship("LOOP", "1", "1")));
        Assert.Null(Broken(Relationship("LOOP", "1", "2")));
        Assert.Null(Broken(Relationship("ANY", "1", "1")));
        Assert.Null(Broken(Relationship("PAIR", "1", "2", "a")));
        Assert.Equal("duplicate", Broken(Relationship("PAIR", "1", "2", "b")));
        Assert.Null(Broken(Relationship("PAIR", "2", "1", "c")));
        Assert.Equal("duplicate", Broken(Relationship("PAIR", "2", "3", "c")));
        Assert.Null(Broken(Relationship("TYPED", "1", "2")));
        Assert.Equal("endTypes", Broken(new GraphRelationship("TYPED", "x", "N", "1", "M", "1", PropertySet.Empty)));
        Assert.Equal("endTypes", Broken(new GraphRelationship("TYPED", "y", "M", "1", "N", "1", PropertySet.Empty)));
        Assert.Null(Broken(Relationship("FEW", "1", "2")));
        Assert.Null(Broken(Relationship("FEW", "1", "3")));
        Assert.Equal("cardinality", Broken(Relationship("FEW", "1", "4")));
        Assert.Null(Broken(Relationship("FEW", "2", "4")));
        Assert.Null(Broken(Relationship("ONE", "1", "2")));
        Assert.Equal("cardinality", Broken(Relationship("ONE", "3", "2")));

        string? Broken(GraphRelationship relationship) => validator.Check(relationship, out _)?.Rule?.Split(':')[1];
    }

    [Fact]
    public async Task A_description_of_a_node_type_is_a_schema()
    {
        var rules = new List<FieldRule>();
        var schemas = SchemaFiles.Read(
            """
            {"name":"Person","version":"1","required_properties":["name"],"optional_properties":["age","tags","born"],
             "property_types":{"name":"string","age":"integer","tags":"list<string>","born":"datetime"},
             "constraints":["name_length_max:3","age_min:0","age_max:150","name_unique:true"]}
            """, "x", null, rules);
        using var validator = await Validator.CreateAsync(new ValidationOptions { Schemas = schemas, Rules = rules });
        Assert.Null(Broken(("name", "abc"), ("age", 150L), ("tags", new[] { "a" }), ("born", DateTimeOffset.UnixEpoch)));
        Assert.Equal("schema:required:Person.name".Replace("schema", "constraint_check", StringComparison.Ordinal), Broken(("age", 1L)));
        Assert.Equal("constraint_check:maxLength:Person.name", Broken(("name", "abcd")));
        Assert.Equal("constraint_check:maximum:Person.age", Broken(("name", "a"), ("age", 151L)));
        Assert.Equal("type_check:type:Person.age", Broken(("name", "b"), ("age", "1")));
        Assert.Equal("constraint_check:items:Person.tags", Broken(("name", "c"), ("tags", new[] { 1L })));
        Assert.Equal("constraint_check:unique:Person.name", Broken(("name", "abc")));
        Assert.Null(validator.Check(new GraphNode("Other", "1", PropertySet.Empty), out _));
        Assert.Contains(validator.Report().Notes, n => n.Contains("Other", StringComparison.Ordinal));

        string? Broken(params (string Name, object Value)[] properties) => validator.Check(
            new GraphNode("Person", "1", new PropertySet([.. properties.Select(p => p.Name)], [.. properties.Select(p => p.Value)])), out _)?.Rule;
    }

    [Fact]
    public void Constraints_that_are_not_known_are_faults()
    {
        var failure = Assert.Throws<MigrationException>(() => SchemaFiles.Read(
            """{"name":"P","required_properties":["a"],"property_types":{"a":"text"},"constraints":["a_colour:red","a_length_max:x"]}""", "x", null, []));
        Assert.Contains("'a_colour:red' is not known", failure.Message, StringComparison.Ordinal);
        Assert.Contains("'a_length_max:x' has no number", failure.Message, StringComparison.Ordinal);
        Assert.Contains("'a'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_platforms_schema_knows_types_and_ends()
    {
        using var document = System.Text.Json.JsonDocument.Parse(
            """{"nodes":[{"type":"N","properties":["a"]}],"relationships":[{"type":"R","start":"N","end":"N","properties":[]}]}""");
        using var validator = await Validator.CreateAsync(SchemaFiles.ReadPlatform(document.RootElement) with { Level = ValidationLevel.Lenient });
        Assert.Null(validator.Check(new GraphNode("N", "1", PropertySet.Empty), out _));
        Assert.Equal("constraint_check:unknownType", validator.Check(new GraphNode("M", "1", PropertySet.Empty), out _)!.Rule);
        Assert.Null(validator.Check(Relationship("R", "1", "1"), out _));
        Assert.Equal("relationship_check:endTypes", validator.Check(new GraphRelationship("R", "2", "N", "1", "M", "1", PropertySet.Empty), out _)!.Rule);
    }

    private sealed class Unreadable
    {
        public override string ToString() => throw new NotSupportedException("It cannot be read.");
    }

    private static Task<Validator> Of(params FieldRule[] rules) => Validator.CreateAsync(new ValidationOptions { Rules = rules, Level = ValidationLevel.Lenient });

    private static GraphRelationship Relationship(string type, string from, string to, string? id = null) =>
        new(type, id ?? GraphRelationship.DefaultId(from, to), "N", from, "N", to, PropertySet.Empty);

    private static Record RecordOf(int line, object? a, object? b) =>
        new RecordSchema("r", [new RecordField("a", typeof(object)), new RecordField("b", typeof(object))]).CreateRecord([a, b], s_source, line, line);
}
