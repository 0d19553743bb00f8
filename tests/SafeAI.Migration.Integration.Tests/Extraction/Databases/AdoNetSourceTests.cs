using Npgsql;
using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Databases;
using SafeAI.Migration.TestKit.Databases;

namespace SafeAI.Migration.Integration.Tests.Extraction.Databases;

/// <summary>Providers loaded from their assemblies: one made for these tests, and a real one with a real server.</summary>
public sealed class AdoNetSourceTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    private static readonly string s_provider = typeof(ScriptedFactory).Assembly.Location;

    [Fact]
    public async Task Rows_come_through_the_data_reader_alone()
    {
        await using var source = await OpenAsync(query: "five rows");
        var records = new List<Record>();
        var rejects = new List<Reject>();
        await foreach (var batch in source.ReadAsync())
        {
            records.AddRange(batch.Records);
            rejects.AddRange(batch.Rejects);
        }

        Assert.Equal("safeai.migration.testkit.databases://north/shop query", source.Source.Name);
        var schema = source.Metadata.Schema!;
        Assert.Equal([typeof(long), typeof(string), typeof(int), typeof(string)], schema.Fields.Select(f => f.Type));
        Assert.Equal("The text form of SafeAI.Migration.TestKit.Databases.ScriptedPoint.", schema.Fields[1].Note);
        Assert.Equal(["1 1/7 1 ok", "2 2/7 two ok", "4 4/7  ok", "5 5/7 5 ok"], records.Select(r => $"{r.Get("id")} {r.Get("place")} {r.Get("mixed")} {r.Get("fragile")}"));
        Assert.Same(schema, records[0].GetSchema());
        Assert.Equal(typeof(object), records[1].GetSchema().Fields[2].Type);
        var reject = Assert.Single(rejects);
        Assert.Equal($"{source.Source.Name}, record 3, field 'fragile': The provider cannot give the value: A date of zeros is no date. Convert the column to text in a query.", reject.ToString());
        Assert.Equal("id=3, place=3/7, mixed=3", reject.RawText);
        Assert.Equal((5, 1), (source.Source.Read, source.Source.Rejected));
    }

    [Fact]
    public async Task Tables_are_quoted_as_the_provider_quotes_and_a_read_can_be_left_early()
    {
        await using var source = await OpenAsync(table: "shop.gad]gets");
        await foreach (var batch in source.ReadAsync())
            break;
        Assert.Equal(RecordBatch.Size, source.Source.Read);
    }

    [Fact]
    public async Task A_failure_in_the_middle_says_how_far_it_came()
    {
        await using var source = await OpenAsync(query: "breaks");
        var e = await Assert.ThrowsAsync<MigrationException>(async () =>
        {
            await foreach (var batch in source.ReadAsync())
                _ = batch;
        });
        Assert.Equal($"{source.Source.Name} could not be read on after record 2500: The server went away; try again. Start again.", e.Message);
        Assert.True(e.IsTransient);
        Assert.Equal(2500, source.Source.Read);
    }

    [Fact]
    public async Task What_is_wrong_is_said_word_for_word()
    {
        var folder = Path.GetDirectoryName(s_provider)!;
        Assert.Equal($"There is no provider assembly '{folder}/nowhere.dll'. Give the path of the provider's .dll, for instance MySqlConnector.dll.", (await FailAsync(provider: Path.Combine(folder, "nowhere.dll"))).Message);
        var contracts = typeof(Record).Assembly.Location;
        Assert.Equal($"'{contracts}' has no DbProviderFactory. It is not an ADO.NET provider; give the provider's own .dll.", (await FailAsync(provider: contracts)).Message);
        Assert.Equal($"'{s_provider}' has no factory 'Wrong'. There is SafeAI.Migration.TestKit.Databases.ScriptedFactory.", (await FailAsync(factory: "Wrong")).Message);
        var text = Path.GetTempFileName();
        Assert.Equal(
            $"'{text}' cannot be loaded as a provider: Bad IL format. The format of the file '{text}' is invalid. Give a .dll for this version of .NET, with what it needs in the same folder.",
            (await FailAsync(provider: text)).Message);
        File.Delete(text);

        var refused = await FailAsync(password: "wrong-canary");
        Assert.Equal(ErrorCode.EndpointUnreachable, refused.Code);
        Assert.Equal(
            "SafeAI.Migration.TestKit.Databases could not connect to safeai.migration.testkit.databases://north/shop: The password is wrong. Check the connection string, the user and the password.",
            refused.Message);
        Assert.DoesNotContain("canary", refused.ToString(), StringComparison.Ordinal);
        var query = await FailAsync();
        Assert.Equal((ErrorCode.InvalidQuery, "The database refused the statement of safeai.migration.testkit.databases://north/shop query: There is no 'nonsense'."), (query.Code, query.Message));
    }

    [Fact]
    public async Task A_provider_that_is_odd_is_described()
    {
        var here = typeof(PlainFactory).Assembly.Location;
        Assert.Equal(
            $"'{here}' has several factories. Name one of {typeof(IdleFactory).FullName}, {typeof(PlainFactory).FullName}, {typeof(UnmakeableFactory).FullName}.",
            (await FailAsync(provider: here)).Message);
        Assert.Equal(
            $"The factory {typeof(UnmakeableFactory).FullName} of '{here}' cannot be made: it has neither an Instance nor a public constructor.",
            (await FailAsync(provider: here, factory: typeof(UnmakeableFactory).FullName)).Message);
        Assert.Equal(
            $"The factory {typeof(IdleFactory).FullName} makes no connections.",
            (await FailAsync(provider: here, factory: typeof(IdleFactory).FullName)).Message);

        var refused = await FailAsync(provider: here, factory: typeof(PlainFactory).FullName, password: "canary");
        Assert.Equal(ErrorCode.InvalidConnection, refused.Code);
        Assert.Equal(
            $"{typeof(PlainFactory).Namespace} does not accept the connection string. Check the names of its settings in the provider's documentation.",
            refused.Message);
        Assert.DoesNotContain("canary", refused.ToString(), StringComparison.Ordinal);

        AdoNetSourceOptions Plain(string? table, string? query = null) => new() { ProviderPath = here, FactoryType = typeof(PlainFactory).FullName, ConnectionString = "File=x", Table = table, Query = query };
        var unsafeName = await Assert.ThrowsAsync<MigrationException>(() => AdoNetSource.OpenAsync(Plain("main.a b; DROP TABLE c")));
        Assert.Equal(ErrorCode.UnsafeIdentifier, unsafeName.Code);
        Assert.Equal("The provider does not say how it quotes names, and 'a b; DROP TABLE c' is not a plain one. Give a query in which the name is quoted.", unsafeName.Message);
        Assert.Equal("Neither a table nor a query is given. Give one of them.", (await Assert.ThrowsAsync<MigrationException>(() => AdoNetSource.OpenAsync(Plain(" ")))).Message);
        Assert.Equal("Both a table and a query are given. Give one of them.", (await Assert.ThrowsAsync<MigrationException>(() => AdoNetSource.OpenAsync(Plain("t", "q")))).Message);
    }

    [Fact]
    public async Task A_real_provider_reads_a_real_server()
    {
        await fixture.Database.ExecuteAsync("CREATE TABLE ado (id int PRIMARY KEY, name text, at timestamptz); INSERT INTO ado SELECT i, 'n' || i, '2024-01-01Z' FROM generate_series(1, 2500) i");
        await using var source = await AdoNetSource.OpenAsync(new()
        {
            ProviderPath = typeof(NpgsqlConnection).Assembly.Location,
            ConnectionString = new NpgsqlConnectionStringBuilder(fixture.Database.ConnectionString) { Password = null }.ConnectionString,
            Password = fixture.Database.Server.Password,
            Query = "SELECT id, name, at, ARRAY[id] AS ids FROM ado WHERE id > @from ORDER BY id",
            Parameters = new Dictionary<string, object?> { ["from"] = 100 },
        });
        var records = await source.ReadAllAsync();
        Assert.Equal(Enumerable.Range(101, 2400), records.Select(r => (int)r.Get("id")!));
        Assert.Equal("n101", records[0].Get("name"));
        Assert.Equal(new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc), records[0].Get("at"));
        Assert.Equal(new[] { 101 }, records[0].Get("ids"));
        Assert.DoesNotContain(fixture.Database.Server.Password, source.Source.Name, StringComparison.Ordinal);
        // The provider runs beside the engine's own copy of it.
        Assert.Equal("Npgsql", source.Metadata.Format);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_real_provider_is_loaded_once_and_leaves_no_connection_open()
    {
        var options = new AdoNetSourceOptions
        {
            ProviderPath = typeof(NpgsqlConnection).Assembly.Location,
            ConnectionString = fixture.Database.ConnectionString.Replace("Pooling=False", "Application Name=left open;Pooling=True", StringComparison.Ordinal),
            Query = "SELECT 123456789012345678901234567890.12345::numeric(35,5) AS big, 1.5::numeric(10,2) AS small, 1 AS one",
        };
        Assert.Contains("Pooling=True", options.ConnectionString, StringComparison.Ordinal);
        var assemblies = new HashSet<System.Reflection.Assembly>();
        for (var i = 0; i < 3; i++)
        {
            await using var source = await AdoNetSource.OpenAsync(options with { Query = options.Query!.Replace("123456789012345678901234567890", "1", StringComparison.Ordinal) });
            Assert.Equal(1.12345m, Assert.Single(await source.ReadAllAsync()).Get("big"));
            assemblies.Add(AdoNetProvider.Load(options.ProviderPath, null).GetType().Assembly);
        }

        Assert.Single(assemblies);
        while (!0L.Equals(await fixture.Database.ScalarAsync("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'left open'")))
            await Task.Yield();

        // What .NET's decimal does not hold is said beforehand.
        await using var wide = await AdoNetSource.OpenAsync(options);
        Assert.Equal(
            ["The provider gives a .NET decimal, which keeps 28 of the 35 digits. Convert the column to text in a query to keep all.", null, null],
            wide.Metadata.Schema!.Fields.Select(f => f.Note));
        Assert.Equal("big (numeric(35, 5)): The provider gives a .NET decimal, which keeps 28 of the 35 digits. Convert the column to text in a query to keep all.", Assert.Single(wide.Metadata.Notes));
        var refused = await Assert.ThrowsAsync<MigrationException>(() => AdoNetSource.OpenAsync(options with { Password = "canary" }));
        Assert.Equal(ErrorCode.AuthenticationFailed, refused.Code);
        Assert.Equal($"Npgsql could not connect to npgsql://tcp://{fixture.Database.Server.Host}:{fixture.Database.Server.Port}/{fixture.Database.Name}: 28P01: password authentication failed for user \"postgres\". Check the connection string, the user and the password.", refused.Message);
    }

    private static Task<AdoNetSource> OpenAsync(string? table = null, string? query = null) => AdoNetSource.OpenAsync(new()
    {
        ProviderPath = s_provider,
        ConnectionString = "Server=north;Database=shop",
        UserName = "reader",
        Password = "sesame",
        Table = table,
        Query = query,
    });

    private static Task<MigrationException> FailAsync(string? provider = null, string? factory = null, string password = "sesame") =>
        Assert.ThrowsAsync<MigrationException>(() => AdoNetSource.OpenAsync(new()
        {
            ProviderPath = provider ?? s_provider,
            FactoryType = factory,
            ConnectionString = $"Server=north;Database=shop;Password={password}",
            Query = "nonsense",
        }));
}
