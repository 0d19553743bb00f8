using System.Text.Json;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Tests.Transformation;

public sealed class TransformationLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("safeai-log-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private const string Json = """
        { "nodes": [ { "type": "T", "id": "{k}", "merge": true, "properties": {
            "name": { "field": "name", "apply": ["trim"], "default": "unknown" },
            "age": { "field": "age", "type": "integer", "lossy": "allow" },
            "must": { "field": "must", "required": true },
            "secret": { "field": "secret", "apply": ["upper"], "private": true } } } ] }
        """;

    private static Record Row(object? name, object? age, object? must = null, object? secret = null) =>
        Given.Record(("k", "k"), ("name", name), ("age", age), ("must", must ?? "x"), ("secret", secret));

    [Fact]
    public void Every_rule_says_what_it_saw_changed_defaulted_rejected_and_lost()
    {
        var mapper = Given.Mapper(Json);
        List<GraphItem> items = [];
        Assert.Null(mapper.Map(Row(" Ada", "36"), items));
        Assert.Null(mapper.Map(Row(null, "36.4"), items));
        Assert.Null(mapper.Map(Row("Bob", 36L), items));
        Assert.NotNull(mapper.Map(Row("Eve", "old"), items));
        Assert.NotNull(mapper.Map(Row("Eve", null, ""), items));

        Dictionary<string, RuleStatistics> by = mapper.Log.Statistics.ToDictionary(s => s.Rule);
        RuleStatistics trim = by["$.nodes[0].properties.name.apply[0] trim"];
        Assert.Equal(("name", 5L, 1L, 0L), (trim.Field, trim.Seen, trim.Changed, trim.Rejected));
        Assert.Equal([new ValueSample(" Ada", "Ada")], trim.Samples);
        RuleStatistics @default = by["$.nodes[0].properties.name default"];
        Assert.Equal((5L, 1L), (@default.Seen, @default.Defaulted));
        RuleStatistics age = by["$.nodes[0].properties.age.type integer"];
        Assert.Equal((5L, 2L, 1L, 1L), (age.Seen, age.Changed, age.Rejected, age.Lossy));
        RuleStatistics must = by["$.nodes[0].properties.must required"];
        Assert.Equal((4L, 1L), (must.Seen, must.Rejected));
    }

    [Fact]
    public void Each_value_is_written_on_request_with_its_place_and_private_ones_masked()
    {
        var path = Path.Combine(_folder, "log.ndjson");
        using (var log = new TransformationLog(new TransformationLogOptions { Path = path, SampleSize = 1 }))
        {
            var mapper = new CompiledMapping(MappingDocument.Parse(Json), log);
            mapper.Map(Row(" Ada", "36", secret: "canary"), []);
            mapper.Map(Row("", "old", secret: "canary"), []);
            Assert.All(log.Statistics, s => Assert.True(s.Samples.Count <= 1));
            Assert.Equal(new ValueSample("***", "***"), Assert.Single(log.Statistics.Single(s => s.Field == "secret").Samples));
        }

        var text = File.ReadAllText(path);
        Assert.DoesNotContain("canary", text, StringComparison.OrdinalIgnoreCase);
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal(
            ["name changed  Ada>Ada", "age changed 36>36", "secret changed ***>***", "name defaulted >unknown", "age rejected old>"],
            lines.Select(l => $"{l.GetProperty("field")} {l.GetProperty("what")} {l.GetProperty("before")}>{l.GetProperty("after")}"));
        Assert.All(lines, l => Assert.Equal("things.csv 3 4", $"{l.GetProperty("source")} {l.GetProperty("record")} {l.GetProperty("line")}"));
        Assert.Equal(JsonValueKind.Number, lines[1].GetProperty("after").ValueKind);
    }

    [Fact]
    public void An_existing_file_is_not_overwritten()
    {
        var path = Path.Combine(_folder, "taken");
        File.WriteAllText(path, "mine");
        Assert.Equal(ErrorCode.StoreFailed, Assert.Throws<MigrationException>(() => new TransformationLog(new TransformationLogOptions { Path = path })).Code);
        Assert.Equal("mine", File.ReadAllText(path));
    }
}
