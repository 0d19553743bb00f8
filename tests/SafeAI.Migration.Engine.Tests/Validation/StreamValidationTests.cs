using System.Text.Json;
using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Validation;

namespace SafeAI.Migration.Engine.Tests.Validation;

public sealed class StreamValidationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("safeai-stream-").FullName;

    [Fact]
    public async Task Items_go_on_or_are_turned_away_and_the_counts_add_up()
    {
        await using var destination = GraphStoreDestination.Open(Path.Combine(_folder, "g.graph"), create: true);
        var rejects = new List<Reject>();
        await using var session = new LoadSession(destination, new LoadOptions { ErrorBudget = ErrorBudget.Parse("10") }, rejects.Add);
        using var validation = await CreateAsync("""{ "fields": { "age": { "minimum": 18 } }, "level": "lenient" }""", destination);
        var source = new RecordSource("people");
        var schema = new RecordSchema("people", [new RecordField("id", typeof(string))]);
        session.Include(source);
        for (var i = 1; i <= 4; i++)
        {
            source.AddRead();
            var record = schema.CreateRecord([$"{i}"], source, i);
            await PassAsync(new GraphNode("Person", $"{i}", new PropertySet(["age"], [i == 2 ? 17L : 18L]), null, record, null));
            await PassAsync(new GraphRelationship("KNOWS", $"k{i}", "Person", $"{i}", "Person", $"{i + 1}", PropertySet.Empty, record, null));
        }

        await foreach (var held in validation.CompleteAsync())
        {
            if (held.Reject is { } reject)
                session.Reject(reject);
            else
                await session.AddAsync(held.Item);
        }

        Assert.Equal(ErrorCode.ErrorBudgetExceeded, validation.Failure()!.Code);
        var result = await session.CompleteAsync();
        Assert.Equal((4L, 1L, 3L), (result.Read, result.Loaded, result.Rejected));
        Assert.Equal(MigrationStatus.Completed, result.Status);

        // The second person was turned away, so that nobody can know it, and the friend of the last never comes.
        Assert.Equal(["constraint_check:minimum:age 2", "relationship_check:missingEnd k1", "relationship_check:missingEnd k2", "relationship_check:missingEnd k4"], rejects.Select(r => $"{r.Rule} {r.Item!.Id}"));

        async Task PassAsync(GraphItem item)
        {
            if (validation.Check(item, out var isHeld) is { } reject)
                session.Reject(reject);
            else if (!isHeld)
                await session.AddAsync(item);
        }
    }

    [Theory]
    [InlineData("strict", 0, true)]
    [InlineData("strict", 1, false)]
    [InlineData("lenient", 0, false)]
    [InlineData("none", 0, false)]
    public async Task Only_a_strict_check_ends_at_once(string level, int budget, bool ends)
    {
        using var validation = await CreateAsync($$"""{ "not_null": "a", "level": "{{level}}", "error_budget": {{budget}} }""");
        Assert.Null(validation.Check(Row("x")));
        var reject = validation.Check(Row(null));
        Assert.Equal(level == "none", reject is null);
        Assert.Equal(ends, validation.MustStop);
        Assert.Equal(level != "none" && budget == 0 ? ErrorCode.ErrorBudgetExceeded : null, validation.Failure()?.Code);
        Assert.Equal(1, validation.Report.Invalid);
    }

    [Fact]
    public async Task Low_quality_and_a_rule_that_cannot_be_decided_fail_the_whole()
    {
        using var low = await CreateAsync("""{ "quality_threshold": 0.9 }""");
        low.Check(Row("x"));
        Assert.Null(low.Failure());
        low.Check(Row(null));
        Assert.Equal(ErrorCode.QualityBelowThreshold, low.Failure()!.Code);

        using var broken = await CreateAsync("""{ "fields": { "a": { "pattern": "^(a+)+$" } }, "error_budget": "unlimited" }""");
        broken.Check(Row(new string('a', 40) + "!"));
        Assert.Equal(ErrorCode.RuleFailed, broken.Failure()!.Code);
    }

    [Fact]
    public async Task A_configuration_is_read_from_a_file_with_its_schema_beside_it()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "checks"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "checks", "a.schema.json"), """{ "required": ["a"] }""");
        await File.WriteAllTextAsync(Path.Combine(_folder, "checks", "check.json"), """{ "schema": "a", "level": "lenient" }""");
        using var validation = await StreamValidation.CreateAsync(new StreamValidationOptions
        {
            Configuration = JsonSerializer.SerializeToElement("checks/check.json"),
            Folder = _folder,
            SchemaRegistry = "checks",
        });
        Assert.NotNull(validation.Check(Row(null)));
        Assert.False(validation.MustStop);
    }

    [Fact]
    public async Task The_schema_of_a_store_is_what_types_it_has()
    {
        await using var destination = GraphStoreDestination.Open(Path.Combine(_folder, "s.graph"), create: true);
        const string Configuration = """{ "schema": "knowledge_graph_schema", "validation_rules": ["type_check", "relationship_check", "constraint_check"], "level": "lenient" }""";
        using (var empty = await CreateAsync(Configuration, destination))
        {
            Assert.Null(empty.Check(Node("Person"), out _));
            Assert.Contains(empty.Report.Notes, n => n.Contains("describes no node type yet", StringComparison.Ordinal));
        }

        await destination.PrepareAsync(["Person"], []);
        await destination.WriteNodesAsync("Person", [Node("Person")]);
        using var validation = await CreateAsync(Configuration, destination);
        Assert.Null(validation.Check(Node("Person"), out _));
        Assert.Equal("constraint_check:unknownType", validation.Check(Node("Persn"), out _)!.Rule);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static GraphNode Node(string type) => new(type, "1", PropertySet.Empty, null, null, null);

    private static Record Row(string? value) =>
        new RecordSchema("r", [new RecordField("a", typeof(string))]).CreateRecord([value], new RecordSource("r"), 1);

    private Task<StreamValidation> CreateAsync(string json, IGraphDestination? destination = null) => StreamValidation.CreateAsync(new StreamValidationOptions
    {
        Configuration = JsonDocument.Parse(json).RootElement,
        Folder = _folder,
        Destination = destination,
    });
}
