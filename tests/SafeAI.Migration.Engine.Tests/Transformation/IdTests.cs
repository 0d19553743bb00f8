using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Tests.Transformation;

/// <summary>Ids of several templates, and ids that are made further by functions, types and defaults.</summary>
public sealed class IdTests
{
    private static (string? Id, Reject? Reject) Map(string id, params (string Name, object? Value)[] fields)
    {
        using var mapper = Given.Mapper($$"""{ "nodes": [ { "type": "T", "id": {{id}} } ] }""");
        var items = new List<GraphItem>();
        var reject = mapper.Map(Given.Record(fields), items);
        return (items.SingleOrDefault()?.Id, reject);
    }

    [Theory]
    [InlineData("a", "b", "", "t:a:b")]
    [InlineData(null, "b", "", "t#b")]
    [InlineData("a", null, "", "t#3")]
    [InlineData("", "b", "", "t#b")]
    [InlineData("", "b", ", \"keepEmpty\": true", "t::b")]
    [InlineData(null, "", ", \"keepEmpty\": true", "t#")]
    [InlineData(null, null, ", \"keepEmpty\": true", "t#3")]
    public void The_first_template_counts_whose_fields_have_a_value(string? a, string? b, string more, string expected)
    {
        var (id, reject) = Map($$"""{ "template": ["t:{a}:{b}", "t#{b}", "t#{$ordinal}"]{{more}} }""", ("a", a), ("b", b));
        Assert.True(reject is null, reject?.Reason);
        Assert.Equal(expected, id);
    }

    [Fact]
    public void Where_no_template_has_all_its_fields_the_record_is_rejected()
    {
        var (_, reject) = Map("""{ "template": ["t:{a}", "t#{b}"] }""", ("a", null), ("b", null));
        Assert.Equal((ErrorCode.MissingValue, "b", "$.nodes[0].id"), (reject!.Code, reject.Field, reject.Rule));
    }

    [Fact]
    public void A_value_that_an_id_cannot_hold_is_not_passed_over()
    {
        Assert.Equal(ErrorCode.UnsupportedValue, Map("""{ "template": ["t:{a}", "t#{b}"] }""", ("a", "\ud800"), ("b", "x")).Reject!.Code);
        Assert.Equal(ErrorCode.ConversionFailed, Map("""{ "template": ["t:{a.x}", "t#{b}"] }""", ("a", "{oops"), ("b", "x")).Reject!.Code);
    }

    [Fact]
    public async Task A_lookup_s_row_makes_its_id_as_the_row_itself_does()
    {
        var schema = new RecordSchema("teams", [new("code", typeof(string)), new("name", typeof(string)), new("rival", typeof(string))]);
        Record[] rows = [.. new[] { ("a", "A", null), (null, "B", "A"), (null, "C", "B"), (null, null, "C"), ("e", "E", "nobody") }.Select((r, i) => schema.CreateRecord([r.Item1, r.Item2, r.Item3], new RecordSource("teams"), i + 1))];
        using var mapper = await CompiledMapping.CreateAsync(MappingDocument.Parse("""
            { "lookups": { "teams": { "table": "teams", "key": "name", "nullKeys": "skip" } },
              "nodes": { "type": "Team", "id": { "template": ["team:{code}", "team#{name}", "team##{$ordinal}"] } },
              "relationships": { "type": "RIVAL", "optional": true, "from": { "type": "Team", "id": { "template": ["team:{code}", "team#{name}", "team##{$ordinal}"] } },
                "to": { "type": "Team", "id": { "lookup": { "in": "teams", "by": "rival", "template": ["team:{code}", "team#{name}"] } } } } }
            """), openLookup: _ => new Rows(rows));
        var items = new List<GraphItem>();
        Assert.Equal([null, null, null, null, ErrorCode.MissingValue], rows.Select(r => mapper.Map(r, items)?.Code));
        Assert.Equal(["team:a", "team#B", "team#C", "team##4"], items.OfType<GraphNode>().Select(n => n.Id));
        Assert.Equal(["team#B>team:a", "team#C>team#B", "team##4>team#C"], items.OfType<GraphRelationship>().Select(r => $"{r.FromId}>{r.ToId}"));
    }

    [Theory]
    [InlineData("\"apply\": [\"lower\"]")]
    [InlineData("\"private\": true")]
    [InlineData("\"type\": \"string\"")]
    public void An_id_that_is_made_further_keeps_records_apart_and_needs_its_fields_too(string more)
    {
        var id = $$"""{ "template": "t:{a}:{b}", {{more}} }""";
        Assert.Equal("t:x%3ay:z", Map(id, ("a", "x:y"), ("b", "z")).Id!.ToLowerInvariant());
        Assert.Equal("t:x:y%3az", Map(id, ("a", "x"), ("b", "y:z")).Id!.Replace("3A", "3a", StringComparison.Ordinal));
        Assert.Equal((ErrorCode.MissingValue, null), (Map(id, ("a", "x"), ("b", null)).Reject?.Code, Map(id, ("a", "x"), ("b", null)).Id));
        Assert.Equal(ErrorCode.MissingValue, Map(id, ("a", ""), ("b", "x")).Reject?.Code);
        var keeps = $$"""{ "template": "t:{a}:{b}", "keepEmpty": true, {{more}} }""";
        Assert.Equal("t::x", Map(keeps, ("a", ""), ("b", "x")).Id);
        Assert.Equal(ErrorCode.MissingValue, Map(keeps, ("a", null), ("b", "x")).Reject?.Code);
    }

    [Fact]
    public void A_default_stands_in_where_a_field_of_the_id_is_missing()
    {
        Assert.Equal("nobody", Map("""{ "template": "t:{a}:{b}", "default": "nobody" }""", ("a", "x"), ("b", null)).Id);
        Assert.Equal("t:x:y", Map("""{ "template": "t:{a}:{b}", "default": "nobody" }""", ("a", "x"), ("b", "y")).Id);
    }

    [Fact]
    public void A_private_id_shows_in_no_message() =>
        Assert.DoesNotContain("canary", Map("""{ "template": ["t:{a}", "u:{b}"], "private": true, "type": "uuid" }""", ("a", null), ("b", "canary-1")).Reject!.ToString(), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{ "template": [] }""", "$.nodes[0].id.template")]
    [InlineData("""{ "template": ["t:{a}", 5] }""", "$.nodes[0].id.template[1]")]
    [InlineData("""{ "template": ["t:{a}", "t:none"] }""", "$.nodes[0].id")]
    [InlineData("""{ "template": ["t:{a}", "{a}{b}"] }""", "$.nodes[0].id")]
    [InlineData("""{ "template": ["t:{a}", "t:{b"] }""", "$.nodes[0].id.template[1]")]
    public void Wrong_lists_of_templates_are_faults(string id, string path) =>
        Assert.Equal(path, Given.Faults($$"""{ "nodes": [ { "type": "T", "id": {{id}} } ] }""")[0].Path);

    [Fact]
    public void Of_a_property_there_is_one_template() =>
        Assert.Equal("$.nodes[0].properties.p", Assert.Single(Given.Faults("""{ "nodes": [ { "type": "T", "id": "{a}", "properties": { "p": { "template": ["{a}", "{b}"] } } } ] }""")).Path);

    [Fact]
    public void Records_that_make_one_id_by_different_templates_are_held_against_each_other()
    {
        using var mapper = Given.Mapper("""{ "nodes": [ { "type": "T", "id": { "template": ["t:{a}", "t:{b}"] }, "properties": { "n": "n" } } ] }""");
        Assert.Null(mapper.Map(Given.Record(("a", "x"), ("b", null), ("n", 1L)), []));
        Assert.Equal(ErrorCode.DuplicateKey, mapper.Map(Given.Record(("a", null), ("b", "x"), ("n", 2L)), [])!.Code);
    }

    private sealed class Rows(Record[] rows) : IRecordSource
    {
        public RecordSource Source { get; } = new("teams");

        public SourceMetadata Metadata => throw new NotSupportedException();

        public async IAsyncEnumerable<RecordBatch> ReadAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            yield return new RecordBatch(rows, []);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
