using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Planning;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Planning;

public sealed class PlanPreviewTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_tells_rows_items_and_overwrites_and_writes_nothing()
    {
        var plan = Plan("id,name,city\n1,Ann,K\n2,Ben,K\n3,Cy,B\n");
        var fresh = await PlanPreview.MakeAsync(plan);

        Assert.False(File.Exists(plan.Destination.Store));
        Assert.Equal((Path.Combine(_folder.Path, "p.csv"), 3L, false), (Assert.Single(fresh.Sources).Name, fresh.Sources[0].Rows, fresh.Sources[0].IsEstimate));
        Assert.Equal(["Node City 2 0 0", "Node P 3 0 0", "Relationship LIVES_IN 3 0 0"], fresh.Types.Select(Text));
        Assert.Empty(fresh.Findings);

        await PlanRunner.RunAsync(plan, new PlanRunOptions { NoJournal = true });
        _folder.Write("p.csv", "id,name,city\n1,Ann,K\n2,Benno,K\n3,Cy,B\n4,Di,B\n");
        var again = await PlanPreview.MakeAsync(plan);

        Assert.Equal(["Node City 2 2 0", "Node P 4 3 1", "Relationship LIVES_IN 4 3 0"], again.Types.Select(Text));
        Assert.Equal("WillOverwrite", Assert.Single(again.Findings).Id);
        await using var store = GraphStoreDestination.Open(plan.Destination.Store!, create: false);
        Assert.Equal(3, (await store.CountNodesAsync(["P"]))["P"]);
    }

    [Fact]
    public async Task A_large_source_is_extrapolated_from_its_first_records()
    {
        var plan = Plan("id,name,city\n" + string.Concat(Enumerable.Range(0, 5000).Select(i => $"{i},n{i},c\n")));

        var preview = await PlanPreview.MakeAsync(plan);

        Assert.Equal(5000, preview.Sources[0].Rows);
        Assert.Equal("Node P 5000 0 0", Text(preview.Types[1]));
    }

    [Theory]
    [InlineData("id,name\n1,Ann\n", "city", ErrorCode.UnknownField)]
    [InlineData("id,name,city\n1,Ann,K,x\n", "p.csv", ErrorCode.ErrorBudgetExceeded)]
    [InlineData("id,name,city\n", "no records", "NothingToRead")]
    public async Task What_stands_in_the_way_is_found(string content, string said, string id)
    {
        var preview = await PlanPreview.MakeAsync(Plan(content));

        Assert.Contains(preview.Findings, f => f.Id == id);
        Assert.Contains(said, string.Join(' ', preview.Findings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "level": "harsh", "not_nul": ["name"] }""", ErrorCode.InvalidSchema, "'not_nul'")]
    [InlineData("""{ "schema": { "properties": { "name": { "pattern": "(" } } } }""", ErrorCode.InvalidSchema, "pattern")]
    [InlineData("\"none.json\"", ErrorCode.SourceNotFound, "none.json")]
    [InlineData("""{ "references": [ { "field": "city", "path": "cities.csv", "to": "city" } ] }""", ErrorCode.SourceNotFound, "cities.csv")]
    [InlineData("""{ "schema": "knowledge_graph_schema", "not_null": ["name"] }""", null, "")]
    public async Task A_fault_of_the_validation_is_found_and_keeps_a_run_from_writing_anything(string validation, string? id, string said)
    {
        var plan = Plan("id,name,city\n1,Ann,K\n", $"\"validation\": {validation},");

        var preview = await PlanPreview.MakeAsync(plan);

        Assert.Equal([(id ?? "ValidationNotSampled", "$.validation")], preview.Findings.Select(f => (f.Id, f.Place)));
        Assert.Contains(said, string.Join(' ', preview.Findings), StringComparison.Ordinal);
        if (id is null)
            return;
        var journal = Path.Combine(_folder.Path, "journal");
        Assert.Equal(id, (await Assert.ThrowsAsync<MigrationException>(() => PlanRunner.RunAsync(plan, new PlanRunOptions { JournalPath = journal }))).Code);
        Assert.Equal((false, false), (File.Exists(plan.Destination.Store), File.Exists(journal)));
    }

    [Fact]
    public async Task The_rules_of_the_validation_are_applied_to_the_first_records_and_what_they_would_turn_away_is_found()
    {
        const string Rules = """
            "validation": { "fields": { "name": { "maxLength": 3 } }, "relationships": [ { "type": "LIVES_IN", "most_per_end": 2 } ] }, "options": { "errorBudget": 1 },
            """;
        var plan = Plan("id,name,city\n1,Ann,K\n2,Benno,B\n3,Cy,K\n4,Di,K\n", Rules);

        var preview = await PlanPreview.MakeAsync(plan);

        var rules = preview.Findings.Where(f => f.Place == "$.validation").Select(f => f.Message).ToArray();
        Assert.All(preview.Findings.Where(f => f.Place == "$.validation"), f => Assert.Equal((ErrorCode.RuleBroken, FindingSeverity.Warning), (f.Id, f.Severity)));
        Assert.Contains(rules, r => r.Contains("is longer than 3 characters", StringComparison.Ordinal));
        Assert.Contains(rules, r => r.Contains("has an end that does not", StringComparison.Ordinal));
        Assert.Contains(rules, r => r.Contains("one too many", StringComparison.Ordinal));

        // Two records are concerned: Benno, of whom nothing is then in B, and the third in K.
        Assert.Contains(preview.Findings, f => f.Id == ErrorCode.ErrorBudgetExceeded && f.Message.StartsWith("2 of the 4 records looked at would be rejected", StringComparison.Ordinal));
        Assert.False(File.Exists(plan.Destination.Store));

        // What it foretells is what a run does.
        var result = await PlanRunner.RunAsync(plan, new PlanRunOptions { NoJournal = true });
        Assert.Equal((MigrationStatus.Failed, 2L), (result.Status, result.Rejected));
    }

    [Fact]
    public async Task Ends_are_looked_for_only_where_all_of_the_sources_was_seen()
    {
        const string Rules = "\"validation\": { \"not_null\": [\"name\"] },";
        var mapping = """{ "nodes": [ { "type": "P", "id": "p:{id}", "properties": { "name": "name" } } ], "relationships": [ { "type": "NEXT", "from": { "type": "P", "id": "p:{id}" }, "to": { "type": "P", "id": "p:{city}" } } ] }""";
        foreach (var (count, expected) in new[] { (900, 1), (1500, 0) })
        {
            _folder.Write("p.csv", "id,name,city\n" + string.Concat(Enumerable.Range(1, count).Select(i => $"{i},n,{i + 1}\n")));
            var plan = PlanFile.Parse($$"""{ {{Rules}} "source": { "path": "./p.csv", "mapping": {{mapping}} }, "destination": { "store": "{{Path.Combine(_folder.Path, $"{count}.graph").Replace('\\', '/')}}" } }""", _folder.Path, "test");
            Assert.Equal(expected, (await PlanPreview.MakeAsync(plan)).Findings.Count(f => f.Message.Contains("missing", StringComparison.Ordinal) || f.Message.Contains(" end", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task A_validation_that_needs_a_destination_which_is_not_there_yet_says_that_it_was_not_applied()
    {
        var preview = await PlanPreview.MakeAsync(Plan("id,name,city\n1,Ann,K\n", """ "validation": { "references": { "field": "name", "node": "N" } }, """));
        Assert.Equal(("ValidationNotSampled", FindingSeverity.Information), Assert.Single(preview.Findings.Select(f => (f.Id, f.Severity))));
    }

    private static string Text(TypePreview type) => $"{type.Kind} {type.Type} {type.Count} {type.AtDestination} {type.Overwritten}";

    private MigrationPlan Plan(string content, string more = "")
    {
        _folder.Write("p.csv", content);
        return PlanFile.Parse($$"""
            { {{more}} "source": { "path": "p.csv", "mapping": {
                "nodes": [ { "type": "P", "id": "p:{id}", "properties": { "name": "name" } }, { "type": "City", "id": "{city}" } ],
                "relationships": [ { "type": "LIVES_IN", "from": { "type": "P", "id": "p:{id}" }, "to": { "type": "City", "id": "{city}" } } ] } },
              "destination": { "store": {{System.Text.Json.JsonSerializer.Serialize(Path.Combine(_folder.Path, "w.graph"))}} } }
            """, _folder.Path, "test");
    }
}
