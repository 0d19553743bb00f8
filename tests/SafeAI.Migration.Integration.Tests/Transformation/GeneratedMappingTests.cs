using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Databases;
using SafeAI.Migration.Engine.Extraction.Files;
using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Transformation;
using SafeAI.Migration.Integration.Tests.Extraction.Databases;
using SafeAI.Migration.TestKit;
using SafeAI.Migration.TestKit.Databases;
using SafeAI.Migration.TestKit.Postgres;

namespace SafeAI.Migration.Integration.Tests.Transformation;

/// <summary>A generated mapping, unedited, over a whole database: one node a row, one relationship a foreign key that is not null.</summary>
public sealed class GeneratedMappingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Of_pgbench_in_PostgreSql()
    {
        await using var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await PgBench.InitializeAsync(database);
        await database.ExecuteAsync("INSERT INTO pgbench_history SELECT i % 10 + 1, CASE WHEN i % 2 = 0 THEN 1 END, i + 1, i, now() FROM generate_series(0, 99) i");
        var counts = await MigrateAsync(database, loads: false);
        Assert.Equal(100_000 + 10 + 1 + 100, counts.Nodes);
        // Accounts and tellers refer to a branch; the history to a teller and an account, and to a branch where it names one.
        Assert.Equal(100_000 + 10 + 100 + 100 + 50, counts.Relationships);
    }

    [Fact]
    public async Task Of_a_music_shop_in_PostgreSql()
    {
        await using var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await database.ExecuteAsync(MusicShop.Script);
        Assert.Equal((MusicShop.Nodes, MusicShop.Relationships), await MigrateAsync(database));
    }

    [Fact]
    public async Task Of_foreign_keys_to_other_keys_in_PostgreSql()
    {
        await using var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await database.ExecuteAsync(OtherKeys.Script);
        Assert.Equal((OtherKeys.Nodes, OtherKeys.Relationships), await MigrateAsync(database));
    }

    [Fact]
    public async Task Of_foreign_keys_to_other_keys_in_SQLite()
    {
        var path = MakeSqlite(OtherKeys.Script);
        var catalog = await FileCatalog.ReadAsync([path]);
        var sources = catalog.Tables.Select(t => (Func<Task<IRecordSource>>)(() => Task.FromResult<IRecordSource>(SqliteSource.Open(new SqliteSourceOptions { Path = path, Table = t.Name }))));
        Assert.Equal((OtherKeys.Nodes, OtherKeys.Relationships), await MigrateAsync(catalog, sources));
    }

    [Fact]
    public async Task Of_foreign_keys_to_other_keys_in_a_dump()
    {
        await using var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await database.ExecuteAsync(OtherKeys.Script);
        var path = _folder.Write("keys.sql", await database.RunAsync("pg_dump", "--no-owner"));
        var catalog = await FileCatalog.ReadAsync([path]);
        Assert.Equal((OtherKeys.Nodes, OtherKeys.Relationships), await MigrateAsync(catalog, [() => Task.FromResult(FileSources.Open(new FileSourceOptions { Path = path }))]));
    }

    [Fact]
    public async Task Of_a_music_shop_in_SQLite()
    {
        var path = MakeSqlite(MusicShop.Script);
        var catalog = await FileCatalog.ReadAsync([path]);
        Assert.Equal(MusicShop.Tables, catalog.Tables.Count);
        var sources = catalog.Tables.Select(t => (Func<Task<IRecordSource>>)(() => Task.FromResult<IRecordSource>(SqliteSource.Open(new SqliteSourceOptions { Path = path, Table = t.Name }))));
        Assert.Equal((MusicShop.Nodes, MusicShop.Relationships), await MigrateAsync(catalog, sources));
    }

    [Fact]
    public async Task Of_a_music_shop_in_a_dump()
    {
        await using var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await database.ExecuteAsync(MusicShop.Script);
        var path = _folder.Write("shop.sql", await database.RunAsync("pg_dump", "--no-owner"));
        var catalog = await FileCatalog.ReadAsync([path]);
        Assert.Equal((MusicShop.Nodes, MusicShop.Relationships), await MigrateAsync(catalog, [() => Task.FromResult(FileSources.Open(new FileSourceOptions { Path = path }))]));
    }

    [Fact]
    public async Task Of_a_music_shop_in_csv_files()
    {
        await using var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await database.ExecuteAsync(MusicShop.Script);
        foreach (var table in new[] { "artist", "album", "genre", "track", "playlist", "playlist_track", "employee", "customer", "invoice", "invoice_line", "artist_genre" })
            await database.RunAsync("psql", "-qXc", $@"\copy {table} to '{Path.Combine(_folder.Path, table + ".csv")}' csv header");
        var catalog = await FileCatalog.ReadAsync([_folder.Path]);
        Assert.Equal(["artist_id"], catalog.Find(null, "artist")!.PrimaryKey);
        Assert.Equal(typeof(DateOnly), catalog.Find(null, "artist")!.Columns.Single(c => c.Name == "born").Type);
        Assert.Equal(["playlist_id", "track_id"], catalog.Find(null, "playlist_track")!.PrimaryKey);

        // Every row is a node or joins two. No name says that a representative is an employee, whom one reports to is one, and which fields
        // of an invoice together are its key.
        Assert.Equal((MusicShop.Nodes, MusicShop.Relationships - 1 - 2 - 2), await MigrateAsync(catalog, Directory.GetFiles(_folder.Path, "*.csv").Select(p => (Func<Task<IRecordSource>>)(() => Task.FromResult(FileSources.Open(new FileSourceOptions { Path = p }))))));
    }

    [Fact]
    public async Task Of_odd_tables_in_PostgreSql()
    {
        await using var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await database.ExecuteAsync(OddTables.Script + OddTables.PostgreSqlScript);
        Assert.Equal((OddTables.PostgreSqlNodes, OddTables.PostgreSqlRelationships), await MigrateAsync(database, notes: 1));
    }

    [Fact]
    public async Task Of_odd_tables_in_SQLite()
    {
        var path = MakeSqlite(OddTables.Script);
        var catalog = await FileCatalog.ReadAsync([path]);
        var sources = catalog.Tables.Where(t => !t.IsView).Select(t => (Func<Task<IRecordSource>>)(() => Task.FromResult<IRecordSource>(SqliteSource.Open(new SqliteSourceOptions { Path = path, Table = t.Name }))));
        Assert.Equal((OddTables.Nodes, OddTables.Relationships), await MigrateAsync(catalog, sources, notes: 1));
    }

    [Fact]
    public async Task Of_odd_tables_in_a_dump()
    {
        await using var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await database.ExecuteAsync(OddTables.Script + OddTables.PostgreSqlScript);
        var path = _folder.Write("odd.sql", await database.RunAsync("pg_dump", "--no-owner"));
        var catalog = await FileCatalog.ReadAsync([path]);
        Assert.Equal((OddTables.PostgreSqlNodes, OddTables.PostgreSqlRelationships), await MigrateAsync(catalog, [() => Task.FromResult(FileSources.Open(new FileSourceOptions { Path = path }))]));
    }

    [Fact]
    public async Task Of_rows_without_keys_in_SQLite()
    {
        var path = MakeSqlite(MissingKeys.Script);
        var catalog = await FileCatalog.ReadAsync([path]);
        Assert.Equal(["member", "place", "team", "ticket"], catalog.Tables.Where(t => t.HasNullKeys).Select(t => t.Name).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(SqliteCatalog.Read(path).Tables, t => t.HasNullKeys);
        var sources = catalog.Tables.Select(t => (Func<Task<IRecordSource>>)(() => Task.FromResult<IRecordSource>(SqliteSource.Open(new SqliteSourceOptions { Path = path, Table = t.Name }))));
        Assert.Equal((MissingKeys.Nodes, MissingKeys.Relationships), await MigrateAsync(catalog, sources));
        var ids = MappingGenerator.Generate(catalog).Document.Nodes.ToDictionary(n => n.Type, n => n.Id!.Templates.Select(t => t.Text));
        Assert.Equal(["team:{code}", "team#town,no:{town}:{no}", "team#na{{me}}:{\"na{me}\"}", "team#{$ordinal}"], ids["Team"]);
        Assert.Equal(["ticket:{serial}"], ids["Ticket"]);
        Assert.Equal(["whole:{code}"], ids["Whole"]);
    }

    [Fact]
    public async Task Of_rows_without_keys_in_a_dump()
    {
        var path = _folder.Write("null.sql", "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n" + MissingKeys.Script + "\nCOMMIT;\n");
        var catalog = await FileCatalog.ReadAsync([path]);
        Assert.Equal((MissingKeys.Nodes, MissingKeys.Relationships), await MigrateAsync(catalog, [() => Task.FromResult(FileSources.Open(new FileSourceOptions { Path = path }))]));
    }

    private string MakeSqlite(string script)
    {
        var path = Path.Combine(_folder.Path, "shop.db");
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Every script is of the tests.
        command.CommandText = script;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
        return path;
    }

    private async Task<(int Nodes, int Relationships)> MigrateAsync(PostgresDatabase database, bool loads = true, int notes = 0)
    {
        await using var source = await PostgreSqlDatabase.OpenAsync(new PostgreSqlConnectionOptions { ConnectionString = database.ConnectionString });
        return await MigrateAsync(source.Catalog, source.Catalog.Tables.Where(t => !t.IsView).Select(t => (Func<Task<IRecordSource>>)(async () => await source.OpenTableAsync(t))), loads, database, notes);
    }

    /// <summary>Loads everything into a graph store and counts what is there; or counts what was made, of which no id may come twice and no end be missing.</summary>
    private async Task<(int Nodes, int Relationships)> MigrateAsync(DatabaseCatalog catalog, IEnumerable<Func<Task<IRecordSource>>> sources, bool loads = true, PostgresDatabase? database = null, int notes = 0)
    {
        // What is written to a file is what is used.
        var generated = MappingGenerator.Generate(catalog);
        Assert.Equal(notes, generated.Notes.Count);
        var mapping = Path.Combine(_folder.Path, "all.map.json");
        MappingGenerator.Save(generated, mapping);
        using var mapper = await CompiledMapping.CreateAsync(
            await MappingDocument.LoadAsync(mapping), database: database is null ? null : new PostgreSqlConnectionOptions { ConnectionString = database.ConnectionString });
        await using var destination = GraphStoreDestination.Open(Path.Combine(_folder.Path, "all.graph"), create: true);
        await using var session = new LoadSession(destination, new LoadOptions(), r => Assert.Fail(r.ToString()));
        var items = new List<GraphItem>();
        var ids = new HashSet<(string, string)>();
        var ends = new HashSet<(string, string)>();
        int nodes = 0, relationships = 0;
        foreach (var open in sources)
        {
            await using var source = await open();
            session.Include(source.Source);
            foreach (var record in await source.ReadAllAsync())
            {
                items.Clear();
                var reject = mapper.Map(record, items);
                Assert.True(reject is null, reject?.ToString());
                foreach (var item in items)
                {
                    Assert.True(ids.Add((item.Type, item.Id)), $"{item} was made twice.");
                    if (loads)
                        await session.AddAsync(item, CancellationToken.None);
                    else if (item is GraphRelationship relationship)
                        ends.UnionWith([(relationship.FromType, relationship.FromId), (relationship.ToType, relationship.ToId)]);
                    nodes += loads || item is not GraphNode ? 0 : 1;
                    relationships += loads || item is not GraphRelationship ? 0 : 1;
                }
            }
        }

        Assert.Subset(ids, ends);
        if (!loads)
            return (nodes, relationships);
        session.Include(mapper.Counts);
        Assert.Equal(MigrationStatus.Completed, (await session.CompleteAsync(CancellationToken.None)).Status);
        foreach (var type in mapper.NodeTypes.Distinct())
            nodes += await CountAsync(destination.StreamNodesAsync(type, CancellationToken.None));
        foreach (var type in mapper.RelationshipTypes.Distinct())
            relationships += await CountAsync(destination.StreamRelationshipsAsync(type, CancellationToken.None));
        return (nodes, relationships);
    }

    private static async Task<int> CountAsync<T>(IAsyncEnumerable<T> stream)
    {
        var count = 0;
        await foreach (var _ in stream)
            count++;
        return count;
    }
}
