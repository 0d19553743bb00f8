using System.Text.Json;
using SafeAI.Migration.Engine.Validation;
using SafeAI.Migration.Engine.Validation.Quality;
using SafeAI.Migration.Engine.Validation.Schema;

namespace SafeAI.Migration.Engine.Tests.Validation;

/// <summary>What the rules of a configuration add to the score: every test of a rule is a unit of its dimension.</summary>
public sealed class QualityRuleTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("safeai-quality-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("""{"fields":{"a":{"pattern":"^x"}}}""", QualityDimension.Accuracy, "pattern", "a")]
    [InlineData("""{"fields":{"a":{"enum":["x1","x2"]}}}""", QualityDimension.Accuracy, "enum", "a")]
    [InlineData("""{"references":{"field":"a","stream":"known","to":"key"}}""", QualityDimension.Accuracy, "reference", "a")]
    [InlineData("""{"compare":"b < c"}""", QualityDimension.Consistency, "compare", "b")]
    [InlineData("""{"agreements":{"key":"a","field":"b","stream":"known","key_to":"key","to":"value"}}""", QualityDimension.Consistency, "agree", "b")]
    [InlineData("""{"unique":"c"}""", QualityDimension.Uniqueness, "unique", "c")]
    public async Task A_rule_counts_for_its_dimension(string configuration, QualityDimension dimension, string check, string field)
    {
        object?[][] rows = [["x1", 1L, 2L], ["x2", 2L, 3L], ["y", 3L, 3L], [null, null, 4L]];
        var without = (await CheckAsync("{}", rows)).Dimensions.Single(d => d.Dimension == dimension);
        var report = await CheckAsync(configuration, rows);
        var result = Assert.Single(report.Checks, c => c.Check == check);
        Assert.Equal((dimension, field, result.Tested - 1, "r, record 3"), (result.Dimension, result.Field, result.Passed, result.Example.ToString()));
        var score = report.Dimensions.Single(d => d.Dimension == dimension);
        Assert.Equal((without.Tested + result.Tested, without.Passed + result.Passed), (score.Tested, score.Passed));

        // Three records have an a and a b, two of the keys are known, and all four have a c.
        Assert.Equal(check switch { "agree" => 3, "unique" => 4, _ => 3 }, result.Tested);
        var recommendation = Assert.Single(report.Recommendations, r => r.Check == check);
        Assert.Equal((field, 1L, 1.0 / result.Tested), (recommendation.Field, recommendation.Failed, recommendation.Share));
        Assert.NotEmpty(recommendation.Remedy);
        Assert.DoesNotContain(report.Excluded, e => e.Check == check);
    }

    [Fact]
    public async Task What_a_schema_or_rule_requires_is_what_should_be_there()
    {
        object?[][] rows = [["x", null, null], [" ", 1L, null]];
        Assert.Equal((6L, 2L), CountsOf((await CheckAsync("{}", rows)).Completeness));
        Assert.Equal((2L, 1L), CountsOf((await CheckAsync("""{"schema":{"required":["a"]}}""", rows)).Completeness));
        var both = await CheckAsync("""{"schema":{"required":["a"]},"not_null":"b"}""", rows);
        Assert.Equal((4L, 2L), CountsOf(both.Completeness));
        Assert.DoesNotContain(both.Checks, c => c.Check is "required" or "notNull");
        Assert.Equal(["c"], both.Excluded.Where(e => e.Dimension == QualityDimension.Completeness).Select(e => e.Field));
        Assert.Equal((6L, 2L), CountsOf((await CheckAsync("""{"schema":{"required":["a"]},"rules":"type_check"}""", rows)).Completeness));
    }

    [Fact]
    public async Task A_type_that_the_schema_names_is_not_learnt()
    {
        var rows = Enumerable.Range(1, 20).Select(i => new object?[] { i == 20 ? "x" : $"{i}", 1L, 1L }).ToArray();
        var learnt = await CheckAsync("{}", rows);
        Assert.Equal((20L, 19L), Assert.Single(learnt.Checks.Where(c => c is { Check: "Type", Field: "a" }).Select(c => (c.Tested, c.Passed))));
        var named = await CheckAsync("""{"fields":{"a":{"type":"string"}}}""", rows);
        Assert.Equal((20L, 20L), Assert.Single(named.Checks.Where(c => c is { Check: "type" or "Type", Field: "a" }).Select(c => (c.Tested, c.Passed))));
        Assert.Contains(named.Excluded, e => e is { Check: "Type", Field: "a", Reason: "The schema names the type." });

        // Another rule of the field, or the type of another field, names no type of it.
        var other = await CheckAsync("""{"fields":{"a":{"maxLength":5},"b":{"type":"integer"}}}""", rows);
        Assert.Contains(other.Checks, c => c is { Check: "Type", Field: "a" });
        var typed = new ValidationOptions { Schemas = [new SchemaBinding(CompiledSchema.Parse("""{"properties":{"a":{"type":"string"}}}"""), "N")] };
        using var checker = await QualityChecker.CreateAsync(new QualityOptions(), typed);
        foreach (var row in rows)
            checker.Add(new GraphNode("N", $"{row[0]}", new PropertySet(["a", "b"], [row[0], $"{row[1]}"])));
        Assert.Equal(["b"], checker.Report().Checks.Where(c => c.Check == "Type").Select(c => c.Field));
    }

    [Fact]
    public async Task A_check_that_cannot_run_is_left_out_and_said_so()
    {
        object?[][] rows = [["x1", 1L, 2L]];
        var report = await CheckAsync(
            """{"references":{"field":"a","path":"no-such.csv"},"agreements":{"key":"a","field":"b","stream":"known","key_to":"key","to":"wrong"},"relationships":{"type":"R"}}""", rows);
        var plain = await CheckAsync("{}", rows);
        Assert.Equal(plain.Score, report.Score);
        Assert.Equal(plain.Checks, report.Checks);
        var added = report.Excluded.Except(plain.Excluded).ToArray();
        Assert.Equal(
            [(QualityDimension.Accuracy, "reference", "a"), (QualityDimension.Consistency, "agree", "b"), (QualityDimension.Consistency, "relationships", null)],
            added.Select(e => (e.Dimension, e.Check, e.Field)));
        Assert.Contains("no-such.csv", added[0].Reason, StringComparison.Ordinal);
        Assert.Contains("'wrong'", added[1].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Values_for_which_a_rule_could_not_be_decided_count_neither_as_passed_nor_as_failed()
    {
        var options = new ValidationOptions
        {
            Schemas = [new SchemaBinding(CompiledSchema.Parse("""{"properties":{"a":{"pattern":"^(a+)+$"},"b":{"pattern":"^(a+)+$"}}}""", patternTimeLimit: TimeSpan.FromMilliseconds(20)))],
        };
        var slow = new string('a', 40) + "!";
        using var checker = await QualityChecker.CreateAsync(new QualityOptions(), options);
        Add(checker, [slow, slow, null], ["a", null, null], ["b", null, null]);
        var report = checker.Report();
        var result = Assert.Single(report.Checks, c => c.Check == "pattern");
        Assert.Equal(("a", 2L, 1L, "r, record 3"), (result.Field, result.Tested, result.Passed, result.Example.ToString()));
        Assert.Equal(["a", "b"], report.Excluded.Where(e => e.Check == "pattern").Select(e => e.Field));
        Assert.All(report.Excluded.Where(e => e.Check == "pattern"), e => Assert.Contains("time limit", e.Reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Graph_items_are_held_against_the_rules_of_their_type()
    {
        var options = new ValidationOptions
        {
            Schemas = [new SchemaBinding(CompiledSchema.Parse("""{"required":["name","code"],"properties":{"name":{"maxLength":1}}}"""), "City")],
            Rules = [new UniqueRule(["name"]) { Type = "City" }],
        };
        using var checker = await QualityChecker.CreateAsync(new QualityOptions(), options);
        checker.Add(new GraphNode("City", "1", new PropertySet(["name", "note"], ["a", null])));
        checker.Add(new GraphNode("City", "2", new PropertySet(["name"], ["a"])));
        checker.Add(new GraphNode("Land", "1", new PropertySet(["name"], ["long"])));
        checker.Add(new GraphRelationship("IN", "1", "City", "1", "Land", "1", new PropertySet(["since"], [null])));
        var report = checker.Report();

        // Of the two cities name and code are required, of the land and of the relationship all that they have.
        Assert.Equal((2L + 2 + 1 + 1, 2L + 0 + 1 + 0), CountsOf(report.Completeness));
        Assert.Equal((2L, 2L), Assert.Single(report.Checks.Where(c => c.Check == "maxLength").Select(c => (c.Tested, c.Passed))));
        Assert.Equal((2L, 1L), Assert.Single(report.Checks.Where(c => c.Check == "unique").Select(c => (c.Tested, c.Passed))));
    }

    [Fact]
    public async Task A_validation_with_a_threshold_counts_its_rules_too()
    {
        using var validator = await Validator.CreateAsync(new ValidationOptions
        {
            Rules = [new CompareRule("b", Comparison.Less, "c")],
            Level = ValidationLevel.Lenient,
            Quality = new QualityOptions { Threshold = 0.95 },
        });
        foreach (var record in Records([["x1", 1L, 2L], ["x2", 2L, 2L]]))
            validator.Check(record);
        var report = validator.Report();
        var check = Assert.Single(report.Quality!.Checks, c => c.Check == "compare");
        Assert.Equal((QualityDimension.Consistency, 2L, 1L), (check.Dimension, check.Tested, check.Passed));
        Assert.Single(report.Recommendations, r => r.Rule.EndsWith("compare", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_schema_for_nodes_by_its_title_requires_nothing_of_relationships()
    {
        var options = new ValidationOptions { Schemas = [new SchemaBinding(CompiledSchema.Parse("""{"title":"City","required":["name"]}"""))] };
        using var checker = await QualityChecker.CreateAsync(new QualityOptions(), options);
        checker.Add(new GraphNode("City", "1", PropertySet.Empty));
        checker.Add(new GraphRelationship("City", "1", "City", "1", "City", "1", PropertySet.Empty));
        Assert.Equal((1L, 0L), CountsOf(checker.Report().Completeness));
    }

    private static (long Tested, long Passed) CountsOf(QualityScore score) => (score.Tested, score.Passed);

    private static IEnumerable<Record> Records(object?[][] rows)
    {
        var source = new RecordSource("r");
        var schema = new RecordSchema("r", [new RecordField("a", typeof(object)), new RecordField("b", typeof(object)), new RecordField("c", typeof(object))]);
        return rows.Select((r, i) => schema.CreateRecord([.. r], source, i + 1));
    }

    private static void Add(QualityChecker checker, params object?[][] rows)
    {
        foreach (var record in Records(rows))
            checker.Add(record, wasRead: false);
    }

    private async Task<QualityReport> CheckAsync(string json, object?[][] rows)
    {
        var known = new RecordSchema("known", [new RecordField("key", typeof(object)), new RecordField("value", typeof(object))]);
        object?[][] values = [["x1", "1"], ["x2", 2.0], ["y", 4L]];
        var keys = json.Contains("references", StringComparison.Ordinal) ? values[..2] : values;
        var scope = new ReferenceScope
        {
            Streams = new Dictionary<string, IReadOnlyList<Record>> { ["known"] = [.. keys.Select((v, i) => known.CreateRecord([.. v], new RecordSource("known"), i + 1))] },
        };
        using var document = JsonDocument.Parse(json);
        var configuration = ValidationConfiguration.Read(document.RootElement.Clone(), "The configuration", p => Path.GetFullPath(p, _folder), scope);
        var setup = new ValidationSetup();
        await setup.AddAsync(configuration);
        using var checker = await QualityChecker.CreateAsync(new QualityOptions(), setup.ToOptions() with { Families = configuration.Families });
        Add(checker, rows);
        return checker.Report();
    }
}
