using System.Text.Json;
using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.Validation;
using SafeAI.Migration.TestKit;
using SafeAI.Migration.TestKit.Postgres;
using SafeAI.Migration.TestKit.Sandbox;

namespace SafeAI.Migration.Integration.Tests.Validation;

/// <summary>What references and schemas lead to: streams, tables, and the platform as a real process.</summary>
public sealed class ReferenceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_reference_leads_into_a_stream()
    {
        var known = new Dictionary<string, IReadOnlyList<Record>> { ["Codes"] = [Row("x"), Row("y")] };
        using var validator = await CreateAsync("""{"references":{"field":"a","stream":"codes"}}""", new ReferenceScope { Streams = known });
        Assert.Equal([true, true, false], new[] { "x", "y", "z" }.Select(v => validator.Check(Row(v)) is null));

        var failure = await Assert.ThrowsAsync<MigrationException>(() => CreateAsync("""{"references":{"field":"a","stream":"cods"}}""", new ReferenceScope { Streams = known }));
        Assert.Equal(ErrorCode.SourceNotFound, failure.Code);
        Assert.Contains("Codes", failure.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reference_leads_into_a_table_of_SQLite()
    {
        using (var connection = new SqliteConnection($"Data Source={Path.Combine(_folder.Path, "codes.db")};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE codes (code INTEGER PRIMARY KEY, part TEXT); INSERT INTO codes VALUES (1, 'p'), (2, 'q')";
            command.ExecuteNonQuery();
        }

        using (var validator = await CreateAsync("""{"references":{"field":"a","path":"codes.db","table":"codes","to":"code"}}"""))
            Assert.Equal([true, true, false], new object[] { "1", 2L, "3" }.Select(v => validator.Check(Row(v)) is null));
        using (var both = await CreateAsync("""{"references":{"fields":["a","b"],"path":"codes.db","table":"codes","to":["code","part"]}}"""))
            Assert.Equal([true, false], new[] { "p", "q" }.Select(v => both.Check(Row(1L, v)) is null));
    }

    [Fact]
    public async Task A_reference_and_an_agreement_lead_into_a_table_of_PostgreSQL()
    {
        await using var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE codes (code int PRIMARY KEY, part text); INSERT INTO codes VALUES (1, 'p'), (2, 'q')");
        var target = $"\"connection_string\":{JsonSerializer.Serialize(database.ConnectionString)},\"table\":\"codes\"";

        using (var reference = await CreateAsync($$$"""{"references":{"field":"a",{{{target}}},"to":"code"}}"""))
            Assert.Equal([true, true, false], new object[] { "1", 2L, "3" }.Select(v => reference.Check(Row(v)) is null));
        using (var agreement = await CreateAsync($$$"""{"agreements":{"key":"a","field":"b",{{{target}}},"key_to":"code","to":"part"}}"""))
            Assert.Equal([true, false, true], new[] { Row(1L, "p"), Row("2", "p"), Row(3L, "p") }.Select(r => agreement.Check(r) is null));
        var failure = await Assert.ThrowsAsync<MigrationException>(() => CreateAsync($$$"""{"references":{"field":"a",{{{target}}},"to":"kode"}}"""));
        Assert.Equal(ErrorCode.UnknownField, failure.Code);
    }

    [Fact]
    public async Task References_and_the_schema_lead_to_the_platform()
    {
        await using var sandbox = await SandboxServer.StartAsync();
        await using var platform = sandbox.Open();
        await platform.PrepareAsync(["Country", "Person"], ["LIVES_IN"]);
        await platform.WriteNodesAsync("Country", [Node("Country", "de", "49"), Node("Country", "fr", "33")]);
        await platform.WriteNodesAsync("Person", [Node("Person", "1", "x")]);
        await platform.WriteRelationshipsAsync("LIVES_IN", "Person", "Country", [Relationship("1", "Person", "1", "Country", "de")]);
        var scope = new ReferenceScope { Destination = () => platform };

        using (var byId = await CreateAsync("""{"references":{"field":"a","node":"Country"}}""", scope))
            Assert.Equal([true, true, false], new[] { "de", "fr", "it" }.Select(v => byId.Check(Row(v)) is null));
        using (var byProperty = await CreateAsync("""{"references":{"field":"a","node":"Country","to":"code"}}""", scope))
            Assert.Equal([true, false], new object[] { 33L, "39" }.Select(v => byProperty.Check(Row(v)) is null));

        using var validation = await StreamValidation.CreateAsync(new StreamValidationOptions
        {
            Configuration = JsonSerializer.Deserialize<JsonElement>("""{"schema":"knowledge_graph_schema","level":"lenient"}"""),
            Folder = _folder.Path,
            Destination = platform,
        });
        Assert.Null(validation.Check(Node("Country", "it", "39"), out _));
        Assert.Equal("constraint_check:unknownType", validation.Check(Node("Contry", "it", "39"), out _)!.Rule);
        Assert.Equal("relationship_check:endTypes", validation.Check(Relationship("2", "Country", "it", "Person", "1"), out _)!.Rule);
        Assert.Null(validation.Check(Relationship("3", "Person", "1", "Country", "it"), out var isHeld));
        Assert.True(isHeld);
        Assert.Null(validation.Check(Relationship("4", "Person", "9", "Country", "it"), out _));
        var held = new List<HeldItem>();
        await foreach (var item in validation.CompleteAsync())
            held.Add(item);

        // The first person is on the platform already, the ninth nowhere.
        Assert.Equal([("3", null), ("4", ErrorCode.MissingEnd)], held.Select(h => (h.Item.Id, h.Reject?.Code)));
    }

    [Fact]
    public async Task The_platforms_schema_may_describe_its_properties_as_objects()
    {
        using var answer = JsonDocument.Parse(
            """
            {"nodes":[{"type":"N","properties":[{"name":"name","type":"string","required":true},{"name":"age","type":"integer"},"note"],"constraints":["age_max:150"]}],
             "relationships":[]}
            """);
        using var validator = await Validator.CreateAsync(SchemaFiles.ReadPlatform(answer.RootElement) with { Level = ValidationLevel.Lenient });
        Assert.Null(Broken(["name", "age"], "a", 150L));
        Assert.Equal("constraint_check:required:N.name", Broken(["age"], 1L));
        Assert.Equal("type_check:type:N.age", Broken(["name", "age"], "a", "1"));
        Assert.Equal("constraint_check:maximum:N.age", Broken(["name", "age"], "a", 151L));

        string? Broken(string[] names, params object?[] values) => validator.Check(new GraphNode("N", "1", new PropertySet(names, values)), out _)?.Rule;
    }

    private static GraphNode Node(string type, string id, string code) => new(type, id, new PropertySet(["code"], [code]));

    private static GraphRelationship Relationship(string id, string fromType, string from, string toType, string to) =>
        new("LIVES_IN", id, fromType, from, toType, to, PropertySet.Empty);

    private static Record Row(object? a, object? b = null) =>
        new RecordSchema("r", [new RecordField("a", typeof(object)), new RecordField("b", typeof(object))]).CreateRecord([a, b], new RecordSource("r"), 1);

    private Task<Validator> CreateAsync(string configuration, ReferenceScope? scope = null)
    {
        using var document = JsonDocument.Parse(configuration);
        var read = ValidationConfiguration.Read(document.RootElement, "The configuration", p => Path.GetFullPath(p, _folder.Path), scope);
        return Validator.CreateAsync(new ValidationOptions { Rules = read.Rules, Level = ValidationLevel.Lenient });
    }
}
