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
              "nodes": [ { "type": "T", "id": "{k}", "merge": true, "properties": { "country": { "lookup": { "in": "countries", "by": ["cc", "r"], "field": "name" {{use}} }, "apply": ["upper"] } } } ] }
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

    [Theory]
    [InlineData("error", null)]
    [InlineData("skip", "EMPTY")]
    public async Task A_row_with_a_null_key_is_an_error_unless_it_is_to_be_left_out(string policy, string? ofEmpty)
    {
        const string Rows = """[{"code":"DE","region":null,"name":"nowhere"},{"code":"DE","region":1,"name":"Germany"},{"code":"","region":1,"name":"empty"}]""";
        await File.WriteAllTextAsync(Path.Combine(_folder, "rows.json"), Rows);
        var document = MappingDocument.Parse($$"""
            { "lookups": { "c": { "path": "rows.json", "key": ["code", "region"], "nullKeys": "{{policy}}" } },
              "nodes": [ { "type": "T", "id": "{k}", "merge": true, "properties": { "country": { "lookup": { "in": "c", "by": ["cc", "r"], "field": "name" }, "apply": ["upper"] } } } ] }
            """) with { Folder = _folder };
        if (policy == "error")
        {
            var failure = await Assert.ThrowsAsync<MigrationException>(() => CompiledMapping.CreateAsync(document));
            Assert.Equal((ErrorCode.MissingValue, 1L), (failure.Code, failure.Position!.Value.Ordinal));
            Assert.Contains("\"nullKeys\": \"skip\"", failure.Remedy, StringComparison.Ordinal);
            return;
        }

        using var mapper = await CompiledMapping.CreateAsync(document);
        object? Country(object? code, object? region) => Given.Items(mapper, Given.Record(("k", "k"), ("cc", code), ("r", region)))[0].Properties["country"];
        Assert.Equal("GERMANY", Country("DE", 1L));
        Assert.Equal(ofEmpty, Country("", 1L));

        // What is null is not looked for, and an empty text that is no key means nothing.
        Assert.Null(Country("DE", null));
        Assert.Null(Country("DE", ""));
    }

    [Fact]
    public async Task Far_more_rows_than_are_held_in_memory_are_all_found_on_disk()
    {
        const int Count = 30_000;
        var path = Path.Combine(_folder, "many.db");
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={path};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE t (k TEXT PRIMARY KEY, v INTEGER); WITH n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 29999) INSERT INTO t SELECT 'k' || i, 3 * i FROM n;";
            command.ExecuteNonQuery();
        }

        var document = MappingDocument.Parse("""
            { "lookups": { "t": { "path": "many.db", "table": "t", "key": "k" } },
              "nodes": [ { "type": "T", "id": "{k}", "properties": { "v": { "lookup": { "in": "t", "by": "k", "field": "v" } } } } ] }
            """) with { Folder = _folder };
        using var mapper = await CompiledMapping.CreateAsync(document, memoryLimit: 500);
        for (var i = Count - 1; i >= 0; i -= 7)
            Assert.Equal(3L * i, Given.Items(mapper, Given.Record(("k", $"k{i}")))[0].Properties["v"]);
        Assert.Equal(ErrorCode.MissingValue, mapper.Map(Given.Record(("k", $"k{Count}")), [])!.Code);
    }

    [Fact]
    public async Task A_template_over_the_row_makes_the_id_of_an_end_as_a_node_makes_its_own()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "shops.csv"), "label,region,number\nx,n:1,1\ny,n,11\n");
        var document = MappingDocument.Parse("""
            { "lookups": { "shops": { "path": "shops.csv", "key": "label" } },
              "nodes": [ { "type": "Shop", "id": "shop:{region}:{number}", "source": "shops" },
                         { "type": "Bill", "id": "bill:{n}", "source": "things", "properties": { "where": { "lookup": { "in": "shops", "by": "shop", "missing": "null", "template": "{number}@{region|upper}" } } } } ],
              "relationships": [ { "type": "AT", "optional": true, "source": "things", "from": { "type": "Bill", "id": "bill:{n}" },
                                   "to": { "type": "Shop", "id": { "lookup": { "in": "shops", "by": "shop", "template": "shop:{region}:{number}" } } } } ] }
            """) with { Folder = _folder };
        using var mapper = await CompiledMapping.CreateAsync(document);
        var shop = new RecordSchema("shops", [new("region", typeof(string)), new("number", typeof(long))]).CreateRecord(["n:1", 1L], new RecordSource("shops"), 1);
        var items = Given.Items(mapper, Given.Record(("n", 1L), ("shop", "x")));
        Assert.Equal("1@N:1", items[0].Properties["where"]);
        Assert.Equal(Given.Items(mapper, shop)[0].Id, ((GraphRelationship)items[1]).ToId);
        Assert.Equal("shop:n%3A1:1", ((GraphRelationship)items[1]).ToId);

        // Nothing to look up means no relationship; a key that is not there never does so silently.
        Assert.Single(Given.Items(mapper, Given.Record(("n", 2L), ("shop", null))));
        var reject = mapper.Map(Given.Record(("n", 3L), ("shop", "z")), [])!;
        Assert.Equal((ErrorCode.MissingValue, "shop"), (reject.Code, reject.Field));
        Assert.NotEmpty(Given.Items(mapper, Given.Record(("n", 4L), ("shop", null))));
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
    [InlineData("""{ "lookups": { "c": { "path": "x", "key": "a" } }, "nodes": [ { "type": "T", "id": { "lookup": { "in": "c", "by": "a", "template": "{x}{y}" } } } ] }""", "$.nodes[0].id", null)]
    [InlineData("""{ "lookups": { "c": { "path": "x", "key": "a" } }, "nodes": [ { "type": "T", "id": "{a}", "properties": { "p": { "lookup": { "in": "c", "by": "a", "field": "b", "template": "{b}" } } } } ] }""", "$.nodes[0].properties.p.lookup", null)]
    [InlineData("""{ "lookups": { "c": { "path": "x", "key": "a" } }, "nodes": [ { "type": "T", "id": "{a}", "properties": { "p": { "lookup": { "in": "c", "by": "a", "template": "{b" } } } } ] }""", "$.nodes[0].properties.p.lookup.template", null)]
    [InlineData("""{ "lookups": { "c": { "path": "x", "key": "a", "nullKeys": "skp" } }, "nodes": [ { "type": "T", "id": "{a}" } ] }""", "$.lookups.c.nullKeys", "skip")]
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
