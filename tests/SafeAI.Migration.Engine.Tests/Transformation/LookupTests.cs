using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Tests.Transformation;

public sealed class LookupTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("safeai-lookup-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<CompiledMapping> MapperAsync(string rows, string lookup = "", string use = "", int memoryLimit = 1000)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "countries.csv"), rows);
        var path = Path.Combine(_folder, "mapping.json");
        await File.WriteAllTextAsync(path, $$"""
            { "lookups": { "countries": { "path": "countries.csv", "key": ["code", "region"] {{lookup}} } },
              "nodes": [ { "type": "T", "id": "{k}", "properties": { "country": { "lookup": { "in": "countries", "by": ["cc", "r"], "field": "name" {{use}} }, "apply": ["upper"] } } } ] }
            """);
        return await CompiledMapping.CreateAsync(await MappingDocument.LoadAsync(path), memoryLimit: memoryLimit);
    }

    private const string Countries = "code,region,name\nDE,1,Germany\nFR,1,France\nDE,2,Deutschland\n";

    [Theory]
    [InlineData(1000)]
    [InlineData(1)]
    public async Task Values_are_joined_by_key(int memoryLimit)
    {
        using var mapper = await MapperAsync(Countries, memoryLimit: memoryLimit);
        object? Country(object? code, object? region) => Given.Items(mapper, Given.Record(("k", "k"), ("cc", code), ("r", region)))[0].Properties["country"];
        Assert.Equal("GERMANY", Country("DE", 1L));
        Assert.Equal("DEUTSCHLAND", Country("DE", "2"));
        Assert.Equal("FRANCE", Country("FR", 1m));
        Assert.Null(Country(null, 1L));
        Assert.Null(Country("DE", ""));
    }

    [Fact]
    public async Task A_key_that_is_not_there_rejects_unless_null_is_chosen()
    {
        var record = Given.Record(("k", "k"), ("cc", "XX"), ("r", 1L));
        using (var mapper = await MapperAsync(Countries))
        {
            var reject = mapper.Map(record, [])!;
            Assert.Equal((ErrorCode.MissingValue, "cc, r"), (reject.Code, reject.Field));
            Assert.Contains("'XX, 1' is not in the lookup 'countries'", reject.Reason, StringComparison.Ordinal);
        }

        using var lenient = await MapperAsync(Countries, use: ", \"missing\": \"null\"");
        Assert.Null(Given.Items(lenient, record)[0].Properties["country"]);
    }

    [Theory]
    [InlineData("error", null)]
    [InlineData("first", "GERMANY")]
    [InlineData("last", "ALLEMAGNE")]
    public async Task A_key_that_occurs_twice_follows_the_policy(string policy, string? expected)
    {
        const string Rows = Countries + "DE,1,Allemagne\n";
        if (expected is null)
        {
            var failure = await Assert.ThrowsAsync<MigrationException>(() => MapperAsync(Rows));
            Assert.Equal(ErrorCode.DuplicateKey, failure.Code);
            Assert.Equal(5, failure.Position!.Value.Line);
            return;
        }

        using var mapper = await MapperAsync(Rows, lookup: $", \"duplicates\": \"{policy}\"");
        Assert.Equal(expected, Given.Items(mapper, Given.Record(("k", "k"), ("cc", "DE"), ("r", 1L)))[0].Properties["country"]);
    }

    [Fact]
    public async Task Faults_of_a_lookup_are_named()
    {
        Assert.Equal(ErrorCode.MissingValue, (await Assert.ThrowsAsync<MigrationException>(() => MapperAsync("code,region,name\nDE,,x\n"))).Code);
        Assert.Equal("regoin", (await Assert.ThrowsAsync<InvalidMappingException>(() => MapperAsync("code,regoin,name\nDE,1,x\n"))).Faults[0].Suggestion);
        Assert.Equal(ErrorCode.BadRecord, (await Assert.ThrowsAsync<MigrationException>(() => MapperAsync("code,region,name\nDE,1,x,too,many\n"))).Code);
        using var mapper = await MapperAsync("code,region,nmae\nDE,1,x\n");
        Assert.Equal("nmae", Assert.Throws<InvalidMappingException>(() => mapper.Bind(Given.Record(("k", 1L), ("cc", 1L), ("r", 1L)).GetSchema())).Faults[0].Suggestion);
        Assert.Throws<InvalidMappingException>(() => new CompiledMapping(mapper.Document));
    }

    [Fact]
    public async Task A_lookup_in_a_database_is_opened_by_the_host()
    {
        var document = MappingDocument.Parse("""
            { "lookups": { "c": { "table": "countries", "key": "code" } }, "nodes": [ { "type": "T", "id": "{k}", "properties": { "p": { "lookup": { "in": "c", "by": "k", "field": "name" } } } } ] }
            """);
        await Assert.ThrowsAsync<InvalidMappingException>(() => CompiledMapping.CreateAsync(document));
        using var mapper = await CompiledMapping.CreateAsync(document, openLookup: l => new Rows(l.Table!, Given.Record(("code", 7L), ("name", new DateOnly(2024, 2, 29)))));
        Assert.Equal(new DateOnly(2024, 2, 29), Given.Items(mapper, Given.Record(("k", 7L)))[0].Properties["p"]);
    }

    [Theory]
    [InlineData("""{ "lookups": { "c": { "key": "a" } }, "nodes": [ { "type": "T", "id": "{a}" } ] }""", "$.lookups.c", null)]
    [InlineData("""{ "lookups": { "c": { "path": "x", "key": "a" } }, "nodes": [ { "type": "T", "id": "{a}", "properties": { "p": { "lookup": { "in": "d", "by": "a", "field": "b" } } } } ] }""", "$.nodes[0].properties.p.lookup", "c")]
    [InlineData("""{ "lookups": { "c": { "path": "x", "key": "a" } }, "nodes": [ { "type": "T", "id": "{a}", "properties": { "p": { "lookup": { "in": "c", "by": ["a", "b"], "field": "b" } } } } ] }""", "$.nodes[0].properties.p.lookup", null)]
    [InlineData("""{ "nodes": [ { "type": "T", "id": "{a}", "properties": { "p": { "lookup": { "in": "c", "by": "a", "feild": "b" } } } } ] }""", "$.nodes[0].properties.p.lookup.feild", "field")]
    public void Wrong_lookups_are_faults(string json, string path, string? suggestion)
    {
        var fault = Given.Faults(json)[0];
        Assert.Equal((path, suggestion), (fault.Path, fault.Suggestion));
    }

    private sealed class Rows(string name, params Record[] records) : IRecordSource
    {
        public RecordSource Source { get; } = new(name);

        public SourceMetadata Metadata => throw new NotSupportedException();

        public async IAsyncEnumerable<RecordBatch> ReadAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            yield return new RecordBatch(records, []);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
