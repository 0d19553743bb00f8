using System.Numerics;
using System.Text.Json;
using SafeAI.Migration.Engine.Validation;
using SafeAI.Migration.Engine.Validation.Keys;
using SafeAI.Migration.Engine.Validation.Schema;

namespace SafeAI.Migration.Engine.Tests.Validation;

/// <summary>Keys, rules and rejects at their borders.</summary>
public sealed class RuleBorderTests
{
    [Fact]
    public void Numbers_at_the_ends_of_their_types_are_the_same_in_every_type_that_holds_them()
    {
        Assert.Equal(Of(0L), Of(0.0));
        Assert.Equal(Of(-5L), Of(-5.0));
        Assert.Equal(Of(0.5m), Of(0.5));
        Assert.Equal(Of(BigInteger.Pow(10, 19)), Of(1e19));
        Assert.NotEqual(Of(1e19), Of(2e19));
        Assert.NotEqual(Of(-1e19), Of(-2e19));
        Assert.NotEqual(Of(1e30), Of(2e30));
        Assert.NotEqual(Of(1e-30), Of(2e-30));
        Assert.NotEqual(Of(1.5m), Of(1L));
        Assert.NotEqual(Of(1.5m), Of(1.25m));
        Assert.Equal(Of(-BigInteger.Pow(10, 19)), Of(-10_000_000_000_000_000_000m));
        Assert.Equal(Of(BigInteger.Pow(10, 19)), Of(10_000_000_000_000_000_000m));
        Assert.Equal(Of(long.MinValue), Of(new BigInteger(long.MinValue)));
        Assert.Equal(Of(long.MaxValue), Of(new BigInteger(long.MaxValue)));
        Assert.Equal(Of(long.MinValue), Of((decimal)long.MinValue));
        Assert.Equal(Of(long.MaxValue), Of((decimal)long.MaxValue));
        Assert.NotEqual(Of(-BigInteger.Pow(10, 20)), Of(BigInteger.Pow(10, 20)));
        Assert.NotEqual(Of(long.MinValue), Of(new BigInteger(long.MinValue) - 1));
        Assert.Equal(Of(1e28), Of(10_000_000_000_000_000_000_000_000_000m));
        Assert.Equal(Of(1e30), Of(BigInteger.Pow(10, 30)));
        Assert.NotEqual(Of(double.PositiveInfinity), Of(double.NegativeInfinity));
        Assert.Equal(Of(double.NaN), Of(double.NaN));

        // Doubles that differ in their last digits only are different keys.
        Assert.NotEqual(Of(0.1234567890123456), Of(0.12345678901234561));
        Assert.NotEqual(Of(1.2345678901234567e19), Of(1.2345678901234569e19));
        Assert.Equal(Of(0.1), Of(0.1m));
    }

    [Theory]
    [InlineData("type", "Convert the field in the mapping (\"type\"")]
    [InlineData("required", "Fill the field at the source")]
    [InlineData("notNull", "Fill the field at the source")]
    [InlineData("maxLength", "Cut the field in the mapping")]
    [InlineData("enum", "Put the words right")]
    [InlineData("const", "Put the words right")]
    [InlineData("pattern", "Clean the field in the mapping")]
    [InlineData("format", "Clean the field in the mapping")]
    [InlineData("minimum", "widen the limits")]
    [InlineData("maximum", "widen the limits")]
    [InlineData("exclusiveMinimum", "widen the limits")]
    [InlineData("exclusiveMaximum", "widen the limits")]
    [InlineData("multipleOf", "widen the limits")]
    [InlineData("additionalProperties", "Leave these fields out of the mapping")]
    [InlineData("unique", "Remove the doubles at the source, or add the field")]
    [InlineData("compare", "Correct the two fields")]
    [InlineData("agree", "which of the two sources is right")]
    [InlineData("reference", "Add what is referred to")]
    [InlineData("missingEnd", "Load the missing nodes first")]
    [InlineData("endTypes", "Correct the types of the ends")]
    [InlineData("duplicate", "ids of their own")]
    [InlineData("selfLoop", "from a node to itself")]
    [InlineData("cardinality", "allow more of them")]
    [InlineData("unknownType", "describe it in the schema")]
    [InlineData("minItems", "or change the schema")]
    public void Every_rule_says_what_would_mend_it(string rule, string remedy) =>
        Assert.Contains(remedy, SafeAI.Migration.Engine.Validation.Rules.Remedies.For(rule), StringComparison.Ordinal);

    [Fact]
    public async Task An_empty_text_is_compared_with_nothing_and_refers_to_nothing()
    {
        var scope = new ReferenceScope { Streams = new Dictionary<string, IReadOnlyList<Record>> { ["known"] = [Row("x", null)] } };
        using var validator = await Validator.CreateAsync(new ValidationOptions
        {
            Rules = [new CompareRule("a", Comparison.Less, "b"), new ReferenceRule(["a"], scope.Stream("KNOWN"), ["a"])], Level = ValidationLevel.Lenient,
        });
        Assert.Null(validator.Check(Row("", "b")));
        Assert.Null(validator.Check(Row(null, "b")));
        Assert.Equal([0L, 0], validator.Report().Results.Select(r => r.Tested));
        Assert.Equal(["constraint_check:compare:a tested nothing.", "constraint_check:reference:a tested nothing."], validator.Report().Notes);
        Assert.Null(validator.Check(Row("x", "")));
        Assert.Equal("reference", validator.Check(Row("u", "z"))!.Rule!.Split(':')[1]);
        Assert.Equal([1L, 2], validator.Report().Results.Select(r => r.Tested));
    }

    [Fact]
    public async Task A_stream_that_is_not_there_is_named_with_those_that_are()
    {
        Assert.Contains("-ReferenceData @{ NAME = records }", (await FailureOfAsync(new ReferenceScope())).Remedy, StringComparison.Ordinal);
        var two = new ReferenceScope { Streams = new Dictionary<string, IReadOnlyList<Record>> { ["b"] = [], ["a"] = [] } };
        Assert.Equal("Name one of a, b.", (await FailureOfAsync(two)).Remedy);

        static async Task<MigrationException> FailureOfAsync(ReferenceScope scope) => await Assert.ThrowsAsync<MigrationException>(() =>
            Validator.CreateAsync(new ValidationOptions { Rules = [new ReferenceRule(["a"], scope.Stream("c"), ["a"])] }));
    }

    [Theory]
    [InlineData(999)]
    [InlineData(1000)]
    [InlineData(1001)]
    public async Task References_to_streams_of_any_length_know_every_record(int count)
    {
        var scope = new ReferenceScope { Streams = new Dictionary<string, IReadOnlyList<Record>> { ["known"] = [.. Enumerable.Range(1, count).Select(i => Row($"{i}", null))] } };
        using var validator = await Validator.CreateAsync(new ValidationOptions { Rules = [new ReferenceRule(["a"], scope.Stream("known"), ["a"])], Level = ValidationLevel.Lenient });
        for (var i = 1; i <= count; i++)
            Assert.Null(validator.Check(Row($"{i}", null)));
        Assert.NotNull(validator.Check(Row($"{count + 1}", null)));
    }

    [Fact]
    public async Task What_a_reference_reads_comes_in_batches()
    {
        var records = Enumerable.Range(1, SafeAI.Migration.Engine.Extraction.RecordBatch.Size * 2).Select(i => Row($"{i}", null)).ToArray();
        var target = new ReferenceScope { Streams = new Dictionary<string, IReadOnlyList<Record>> { ["known"] = records } }.Stream("known");
        var source = await target.OpenAsync(default);
        var sizes = new List<int>();
        await foreach (var batch in source.ReadAsync())
            sizes.Add(batch.Records.Count);
        Assert.Equal([SafeAI.Migration.Engine.Extraction.RecordBatch.Size, SafeAI.Migration.Engine.Extraction.RecordBatch.Size], sizes);
    }

    [Fact]
    public async Task Both_ends_must_be_known()
    {
        using var validator = await Validator.CreateAsync(new ValidationOptions { Level = ValidationLevel.Lenient });
        validator.Check(new GraphNode("N", "1", PropertySet.Empty), out _);
        validator.Check(new GraphNode("N", "2", PropertySet.Empty), out _);
        Assert.Equal([false, true, true, true], new[] { ("1", "2"), ("1", "9"), ("9", "1"), ("8", "9") }.Select(e => Hold(e.Item1, e.Item2)));
        var decided = new List<HeldItem>();
        await foreach (var held in validator.CompleteAsync(null))
            decided.Add(held);
        Assert.All(decided, d => Assert.Equal("relationship_check:missingEnd", d.Reject!.Rule));
        Assert.Equal(3, decided.Count);

        bool Hold(string from, string to)
        {
            validator.Check(new GraphRelationship("R", from + to, "N", from, "N", to, PropertySet.Empty), out var isHeld);
            return isHeld;
        }
    }

    [Fact]
    public async Task A_pair_is_a_double_only_where_doubles_are_forbidden()
    {
        using var validator = await Validator.CreateAsync(new ValidationOptions
        {
            Level = ValidationLevel.Lenient, Relationships = [new RelationshipRule("ONE") { Duplicates = false }, new RelationshipRule("MANY")],
        });
        validator.Check(new GraphNode("N", "1", PropertySet.Empty), out _);
        Assert.Equal([null, "relationship_check:duplicate", null, null], new[] { ("ONE", "a"), ("ONE", "b"), ("MANY", "a"), ("MANY", "b") }
            .Select(r => validator.Check(new GraphRelationship(r.Item1, r.Item2, "N", "1", "N", "1", PropertySet.Empty), out _)?.Rule));
    }

    [Fact]
    public async Task Types_are_known_by_a_schema_or_by_a_rule_of_their_own_kind()
    {
        var described = new ValidationOptions
        {
            Schemas = [new SchemaBinding(CompiledSchema.Parse("{}"), "N")], Relationships = [new RelationshipRule("R")], KnownTypesOnly = true, Level = ValidationLevel.Lenient,
        };
        using var validator = await Validator.CreateAsync(described);
        Assert.Null(validator.Check(new GraphNode("N", "1", PropertySet.Empty), out _));
        Assert.Equal("constraint_check:unknownType", validator.Check(new GraphNode("R", "1", PropertySet.Empty), out _)!.Rule);
        Assert.Null(validator.Check(new GraphRelationship("R", "1", "N", "1", "N", "1", PropertySet.Empty), out _));
        Assert.Equal("constraint_check:unknownType", validator.Check(new GraphRelationship("S", "1", "N", "1", "N", "1", PropertySet.Empty), out _)!.Rule);

        // Where constraints are not asked for, the type of a node that no schema describes is only noted, and that of a relationship is not.
        using var types = await Validator.CreateAsync(described with { Families = RuleFamilies.TypeCheck, KnownTypesOnly = true });
        Assert.Null(types.Check(new GraphNode("M", "1", PropertySet.Empty), out _));
        Assert.Null(types.Check(new GraphNode("N", "1", PropertySet.Empty), out _));
        Assert.Null(types.Check(new GraphRelationship("S", "1", "N", "1", "N", "1", PropertySet.Empty), out _));
        Assert.Equal("1 nodes of the type M are described by no schema; only the other rules were applied to them.", Assert.Single(types.Report().Notes, n => n.Contains("no schema", StringComparison.Ordinal)));

        // Without any schema, and without a wish for known types only, there is nothing to say.
        using var nothing = await Validator.CreateAsync(new ValidationOptions { Level = ValidationLevel.Lenient });
        Assert.Null(nothing.Check(new GraphNode("M", "1", PropertySet.Empty), out _));
        Assert.DoesNotContain(nothing.Report().Notes, n => n.Contains("no schema", StringComparison.Ordinal));
        using var onlyKnown = await Validator.CreateAsync(new ValidationOptions { KnownTypesOnly = true, Level = ValidationLevel.Lenient });
        Assert.Equal("constraint_check:unknownType", onlyKnown.Check(new GraphNode("M", "1", PropertySet.Empty), out _)!.Rule);
    }

    [Fact]
    public async Task A_node_that_only_counts_as_broken_is_an_end()
    {
        foreach (var (level, missing) in new[] { (ValidationLevel.None, 0L), (ValidationLevel.Lenient, 1L) })
        {
            using var validator = await Validator.CreateAsync(new ValidationOptions { Rules = [new NotNullRule(["a"])], Level = level });
            validator.Check(new GraphNode("N", "1", PropertySet.Empty), out _);
            validator.Check(new GraphNode("N", "2", new PropertySet(["a"], [1L])), out _);
            validator.Check(new GraphRelationship("R", "1", "N", "1", "N", "2", PropertySet.Empty), out _);
            await foreach (var held in validator.CompleteAsync(null))
                Assert.NotNull(held.Reject);
            Assert.Equal(missing, validator.Report().Results.Single(r => r.Rule == "missingEnd").Failed);
        }
    }

    [Fact]
    public async Task A_report_says_what_it_is_based_on()
    {
        using var empty = await Validator.CreateAsync(new ValidationOptions { Rules = [new NotNullRule(["a"])], Level = ValidationLevel.Lenient });
        Assert.Equal((false, 0.0), (empty.Report().Passed, empty.Report().ElapsedSeconds)); // nothing was tested
        Assert.Null(empty.Check(Row("x", null)));
        Assert.True(empty.Report() is { Passed: true, ElapsedSeconds: > 0, Recommendations: [] });

        using var two = await Validator.CreateAsync(new ValidationOptions { Rules = [new NotNullRule(["a"]), new NotNullRule(["b"]), new UniqueRule(["a"])], Level = ValidationLevel.Lenient, PrivateFields = ["a"] });
        Assert.EndsWith("It breaks 1 more rule: constraint_check:notNull:b.", two.Check(Row(null, null))!.Reason, StringComparison.Ordinal);
        Assert.Null(two.Check(Row("x", "y")));
        Assert.Equal(("***", "constraint_check:unique:a"), (two.Check(Row("x", "y"))!.Value, two.Check(Row("x", "y"))!.Rule));
        Assert.Null(two.Check(Row(null, "y"))!.Value); // there is nothing to hide
        var three = await Validator.CreateAsync(new ValidationOptions { Rules = [new NotNullRule(["a"]), new NotNullRule(["b"]), new NotNullRule(["c"])], Level = ValidationLevel.Lenient });
        Assert.Contains("It breaks 2 more rules: ", three.Check(Row(null, null))!.Reason, StringComparison.Ordinal);
        three.Dispose();
    }

    [Fact]
    public async Task Recommendations_of_the_quality_are_added_unless_a_rule_says_the_same()
    {
        using var document = JsonDocument.Parse("""{"not_null":"a","quality_threshold":0.5}""");
        var setup = new ValidationSetup { FullPath = p => p };
        var configuration = ValidationConfiguration.Read(document.RootElement.Clone(), "x", p => p);
        await setup.AddAsync(configuration);
        using var validator = await Validator.CreateAsync(setup.ToOptions() with { Quality = new QualityOptions { Threshold = 0.5 }, Level = ValidationLevel.Lenient });
        validator.Check(Row(null, "x"));
        validator.Check(Row("a", " x"));
        var report = validator.Report();
        Assert.Equal(["Completeness:Empty", "Consistency:WhiteSpace", "notNull"], report.Recommendations.Select(r => r.Rule).Order(StringComparer.Ordinal));
        Assert.Equal([1L, 1, 1], report.Recommendations.Select(r => r.Failed));
    }

    [Fact]
    public async Task Failures_name_the_first_recommendation_and_the_field()
    {
        var report = new ValidationReport { Records = 5, Invalid = 2, Level = ValidationLevel.Strict, ErrorBudget = ErrorBudget.None, Passed = false, Results = [], Recommendations = [], Notes = [], ElapsedSeconds = 0 };
        Assert.Equal("See the validation report.", StreamValidation.OverBudget(report)!.Remedy);
        using var validation = await StreamValidation.CreateAsync(new StreamValidationOptions { Configuration = JsonDocument.Parse("""{"fields":{"a":{"pattern":"^(a+)+$"}},"not_null":"b","error_budget":0}""").RootElement, Folder = "." });
        validation.Check(Row(new string('a', 40) + "!", null));
        Assert.StartsWith("First: ", validation.Failure()!.Remedy, StringComparison.Ordinal);
        using var undecided = await StreamValidation.CreateAsync(new StreamValidationOptions { Configuration = JsonDocument.Parse("""{"fields":{"a":{"pattern":"^(a+)+$"}},"error_budget":"unlimited"}""").RootElement, Folder = "." });
        undecided.Check(Row(new string('a', 40) + "!", "x"));
        Assert.StartsWith("The rule pattern of 'a' could not be decided 1 times: ", undecided.Failure()!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reject_says_only_what_there_is_to_say()
    {
        var bare = JsonDocument.Parse(RejectWriter.LineOf(new Reject(MigrationStage.Extract, ErrorCode.BadRecord, "No.", new RecordPosition("s", 3)))).RootElement;
        Assert.Equal(["source", "ordinal", "stage", "code", "reason"], bare.EnumerateObject().Select(p => p.Name));
        var full = JsonDocument.Parse(RejectWriter.LineOf(new Reject(MigrationStage.Extract, ErrorCode.BadRecord, "No.", new RecordPosition("s", 3, 1)) { Rule = "r", Field = "f", Value = 5L, RawText = "x" })).RootElement;
        Assert.Equal(["source", "ordinal", "line", "stage", "code", "rule", "field", "value", "reason", "raw"], full.EnumerateObject().Select(p => p.Name));
    }

    [Fact]
    public async Task Rejects_of_several_forms_come_back_in_their_own()
    {
        var path = Path.Combine(Path.GetTempPath(), $"safeai-{Guid.NewGuid():N}.ndjson");
        try
        {
            await File.WriteAllLinesAsync(path,
            [
                """{"source":"/x/s.csv","ordinal":1,"code":"c","record":{"a":1}}""", """{"source":"/x/s.csv","ordinal":2,"code":"c","record":{"b":1}}""",
                """{"source":"/x/t.csv","ordinal":1,"code":"c","record":{"a":1}}""", """{"source":"","ordinal":1,"record":{"a":1}}""", """{"source":5,"ordinal":1,"record":{"a":1}}""",
            ]);
            var (records, rejects) = (new List<Record>(), 0);
            await using var source = RejectRecordSource.Open(path);
            await foreach (var batch in source.ReadAsync())
            {
                records.AddRange(batch.Records);
                rejects += batch.Rejects.Count;
            }

            Assert.Equal([("s", "a"), ("s", "b"), ("t", "a")], records.Select(r => (r.GetSchema().Name, r.GetSchema().Fields[0].Name)));
            Assert.Equal(2, rejects);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Low_quality_alone_keeps_a_check_from_passing_and_names_what_to_do_first()
    {
        using var low = await StreamValidation.CreateAsync(new StreamValidationOptions { Configuration = JsonDocument.Parse("""{"unique":"b","quality_threshold":0.99}""").RootElement, Folder = "." });
        low.Check(Row(null, "x"));
        Assert.Equal((0L, false), (low.Report.Invalid, low.Report.Passed));
        Assert.StartsWith("First: ", low.Failure()!.Remedy, StringComparison.Ordinal);
        using var none = await StreamValidation.CreateAsync(new StreamValidationOptions { Configuration = JsonDocument.Parse("""{"quality_threshold":0.99}""").RootElement, Folder = "." });
        Assert.Equal(("Nothing could be tested, so there is no quality score.", "See the validation report."), (none.Failure()!.What, none.Failure()!.Remedy));
    }

    [Fact]
    public async Task Rejects_that_cannot_be_written_end_the_check()
    {
        using var writer = new RejectWriter(Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString(), "rejects.ndjson"));
        var failure = Assert.Throws<MigrationException>(() => writer.Write(new Reject(MigrationStage.Extract, ErrorCode.BadRecord, "No.", new RecordPosition("s", 1))));
        Assert.Equal(ErrorCode.StoreFailed, failure.Code);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task A_whole_number_of_any_size_comes_back_from_a_reject_as_one()
    {
        var path = Path.Combine(Path.GetTempPath(), $"safeai-{Guid.NewGuid():N}.ndjson");
        try
        {
            using (var writer = new RejectWriter(path))
                writer.Write(new Reject(MigrationStage.Validate, ErrorCode.RuleBroken, "No.", new RecordPosition("s", 1)) { Record = Row(new BigInteger(5), 5L) });
            await using var source = RejectRecordSource.Open(path);
            await foreach (var batch in source.ReadAsync())
                Assert.Equal([new BigInteger(5), 5L], Assert.Single(batch.Records) is var r ? [r.GetValue(0), r.GetValue(1)] : Array.Empty<object?>());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Ends_and_references_are_looked_up_at_the_destination()
    {
        var path = Path.Combine(Path.GetTempPath(), $"safeai-{Guid.NewGuid():N}.graph");
        try
        {
            await using var destination = SafeAI.Migration.Engine.GraphStore.GraphStoreDestination.Open(path, create: true);
            await destination.PrepareAsync(["N"], []);
            await destination.WriteNodesAsync("N", [new GraphNode("N", "there", new PropertySet(["code"], ["c"]))]);
            using var validator = await Validator.CreateAsync(new ValidationOptions { Level = ValidationLevel.Lenient });
            validator.Check(new GraphNode("N", "here", PropertySet.Empty), out _);
            validator.Check(new GraphRelationship("R", "good", "N", "here", "N", "there", PropertySet.Empty), out _);
            validator.Check(new GraphRelationship("R", "bad", "N", "here", "N", "nowhere", PropertySet.Empty), out _);
            var decided = new List<string>();
            await foreach (var held in validator.CompleteAsync(destination))
                decided.Add($"{held.Item.Id} {held.Reject?.Code}");
            Assert.Equal(["good ", $"bad {ErrorCode.MissingEnd}"], decided);

            var scope = new ReferenceScope { Destination = () => destination };
            using var references = await Validator.CreateAsync(new ValidationOptions
            {
                Rules = [new ReferenceRule(["a"], scope.Nodes("N", ["id"]), ["id"]), new ReferenceRule(["b"], scope.Nodes("N", ["code"]), ["code"])], Level = ValidationLevel.Lenient,
            });
            Assert.Null(references.Check(Row("there", "c")));
            Assert.Equal("a", references.Check(Row("c", "c"))!.Field);
            Assert.Equal("b", references.Check(Row("there", "there"))!.Field);
        }
        finally
        {
            File.Delete(path);
        }

        var without = await Assert.ThrowsAsync<MigrationException>(() => Validator.CreateAsync(new ValidationOptions { Rules = [new ReferenceRule(["a"], new ReferenceScope().Nodes("N", ["id"]), ["id"])] }));
        Assert.Equal(ErrorCode.NoDestination, without.Code);
    }

    [Fact]
    public void Numbers_are_ordered_up_to_where_a_decimal_holds_them()
    {
        Assert.Null(SafeAI.Migration.Engine.Validation.Rules.OrderedValue.NumberOf(7e27));
        Assert.NotNull(SafeAI.Migration.Engine.Validation.Rules.OrderedValue.NumberOf(6.9e27));
        Assert.NotNull(SafeAI.Migration.Engine.Validation.Rules.OrderedValue.NumberOf(-6.9e27f));
    }

    private static ValidationConfiguration Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        return ValidationConfiguration.Read(document.RootElement.Clone(), "The configuration", p => p);
    }

    private static Record Row(object? a, object? b) =>
        new RecordSchema("r", [new RecordField("a", typeof(object)), new RecordField("b", typeof(object))]).CreateRecord([a, b], new RecordSource("r"), 1);

    private static UInt128 Of(object? value)
    {
        var fingerprint = new KeyFingerprint();
        fingerprint.Add(value);
        return fingerprint.Value;
    }
}
