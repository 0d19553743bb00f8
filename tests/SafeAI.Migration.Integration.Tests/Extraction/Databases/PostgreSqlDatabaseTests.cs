using SafeAI.Migration.Engine.Extraction.Databases;
using SafeAI.Migration.TestKit.Postgres;

namespace SafeAI.Migration.Integration.Tests.Extraction.Databases;

/// <summary>The catalogue, and tables read as of one moment by several connections.</summary>
public sealed class PostgreSqlDatabaseTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    private PostgresDatabase Database => fixture.Database;

    private PostgreSqlConnectionOptions Options => new() { ConnectionString = Database.ConnectionString };

    [Fact]
    public async Task The_catalogue_of_pgbench_has_its_keys_and_its_loading_order()
    {
        await using var database = await Database.Server.CreateDatabaseAsync();
        await PgBench.InitializeAsync(database);
        await database.ExecuteAsync("ANALYZE");
        await using var opened = await PostgreSqlDatabase.OpenAsync(new() { ConnectionString = database.Uri });
        Assert.Equal(database.DisplayName, opened.Catalog.Name);
        Assert.Equal(
            ["public.pgbench_branches", "public.pgbench_tellers", "public.pgbench_accounts", "public.pgbench_history"],
            opened.Catalog.Tables.Select(t => t.ToString()).OrderBy(n => n switch { "public.pgbench_branches" => 0, "public.pgbench_tellers" => 1, "public.pgbench_accounts" => 2, _ => 3 }));
        Assert.Equal("pgbench_branches", opened.Catalog.Tables[0].Name);
        Assert.Equal("pgbench_history", opened.Catalog.Tables[3].Name);
        var accounts = opened.Catalog.Find("public", "pgbench_accounts")!;
        Assert.Equal(["aid"], accounts.PrimaryKey);
        Assert.Equal(
            [("aid", "integer", typeof(int), false), ("bid", "integer", typeof(int), true), ("abalance", "integer", typeof(int), true), ("filler", "character(84)", typeof(string), true)],
            accounts.Columns.Select(c => (c.Name, c.SourceType, c.Type, c.IsNullable)));
        Assert.InRange(accounts.EstimatedRows!.Value, 99_000, 101_000);
        var key = Assert.Single(accounts.ForeignKeys);
        Assert.Equal("public.pgbench_branches (bid) <- bid", $"{key.ReferencedSchema}.{key.ReferencedTable} ({string.Join(",", key.ReferencedColumns)}) <- {string.Join(",", key.Columns)}");
        Assert.Equal(3, opened.Catalog.Find("public", "pgbench_history")!.ForeignKeys.Count);
        Assert.Empty(opened.Catalog.Notes);
    }

    [Fact]
    public async Task The_catalogue_knows_domains_views_comments_unique_keys_and_circles()
    {
        await using var database = await Database.Server.CreateDatabaseAsync();
        await database.ExecuteAsync("""
            CREATE SCHEMA hr;
            CREATE DOMAIN hr.code AS varchar(8);
            CREATE TABLE hr.dept (id int PRIMARY KEY, code hr.code[] UNIQUE, head int, tags text[]);
            CREATE TABLE hr.person (a int, b int, dept int NOT NULL REFERENCES hr.dept, boss_a int, boss_b int, email text UNIQUE, PRIMARY KEY (b, a), FOREIGN KEY (boss_b, boss_a) REFERENCES hr.person);
            CREATE TABLE hr.head (id int PRIMARY KEY REFERENCES hr.dept);
            ALTER TABLE hr.dept ADD CONSTRAINT dept_head FOREIGN KEY (head) REFERENCES hr.head;
            CREATE VIEW hr.names AS SELECT email FROM hr.person;
            CREATE TABLE hr.parts (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
            CREATE TABLE hr.parts_1 PARTITION OF hr.parts FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
            CREATE TABLE hr.aaa (id int, at date, FOREIGN KEY (id, at) REFERENCES hr.parts);
            COMMENT ON TABLE hr.dept IS 'Departments';
            COMMENT ON COLUMN hr.dept.code IS 'Short names';
            """);
        await using var opened = await PostgreSqlDatabase.OpenAsync(new() { ConnectionString = database.ConnectionString, Schema = "hr" });
        var catalog = opened.Catalog;
        var names = catalog.Tables.Select(t => t.Name).ToList();
        Assert.Equal(["aaa", "dept", "head", "names", "parts", "person"], names.Order());
        Assert.True(names.IndexOf("parts") < names.IndexOf("aaa"));
        Assert.True(names.IndexOf("dept") < names.IndexOf("person"));
        Assert.Equal("The foreign keys of hr.dept are part of a circle: some refer to tables that come after it.", Assert.Single(catalog.Notes));

        var dept = catalog.Find("hr", "dept")!;
        Assert.Equal("Departments", dept.Comment);
        Assert.Equal("Short names", dept.Columns[1].Comment);
        Assert.Equal(("hr.code[]", typeof(string[])), (dept.Columns[1].SourceType, dept.Columns[1].Type));
        var person = catalog.Find("hr", "person")!;
        Assert.Equal(["b", "a"], person.PrimaryKey);
        Assert.Equal(["email"], Assert.Single(person.UniqueKeys));
        var boss = Assert.Single(person.ForeignKeys, k => k.ReferencedTable == "person");
        Assert.Equal(["boss_b", "boss_a"], boss.Columns);
        Assert.Equal(["b", "a"], boss.ReferencedColumns);
        Assert.True(catalog.Find("hr", "names")!.IsView);
        Assert.Single(catalog.Find("hr", "aaa")!.ForeignKeys);
    }

    [Fact]
    public async Task A_schema_that_is_not_there_is_named_with_those_that_are()
    {
        await using var database = await Database.Server.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE SCHEMA crm");
        var e = await Assert.ThrowsAsync<MigrationException>(() => PostgreSqlDatabase.OpenAsync(new() { ConnectionString = database.ConnectionString, Schema = "cmr" }));
        Assert.Equal(ErrorCode.SourceNotFound, e.Code);
        Assert.Equal($"There is no schema 'cmr' in {database.DisplayName}. There are: crm, public.", e.Message);
    }

    [Fact]
    public async Task All_tables_are_of_the_moment_at_which_the_database_was_opened()
    {
        await Database.ExecuteAsync("""
            DROP TABLE IF EXISTS snap_child; DROP TABLE IF EXISTS snap_parent;
            CREATE TABLE snap_parent (id int PRIMARY KEY); CREATE TABLE snap_child (id int PRIMARY KEY, parent int REFERENCES snap_parent);
            INSERT INTO snap_parent SELECT generate_series(1, 5000); INSERT INTO snap_child SELECT i, i FROM generate_series(1, 5000) i;
            """);
        await using var opened = await PostgreSqlDatabase.OpenAsync(Options);
        await Database.ExecuteAsync("""
            INSERT INTO snap_parent SELECT generate_series(5001, 6000); INSERT INTO snap_child SELECT i, i FROM generate_series(5001, 6000) i;
            DELETE FROM snap_child WHERE id <= 100; UPDATE snap_child SET parent = 6000 WHERE id = 200;
            """);
        await using var parents = await opened.OpenTableAsync(opened.Catalog.Find("public", "snap_parent")!);
        await using var children = await opened.OpenTableAsync(opened.Catalog.Find("public", "snap_child")!, readers: 3);
        Assert.Equal(Enumerable.Range(1, 5000), (await parents.ReadAllAsync()).Select(r => (int)r.Get("id")!));
        var read = await children.ReadAllAsync();
        Assert.Equal(Enumerable.Range(1, 5000), read.Select(r => (int)r.Get("id")!).Order());
        Assert.All(read, r => Assert.Equal(r.Get("id"), r.Get("parent")));
    }

    [Theory]
    [InlineData("id int PRIMARY KEY", "i", true)]
    [InlineData("id text PRIMARY KEY", "md5(i::text)", true)]
    [InlineData("id int, region text, PRIMARY KEY (region, id)", "i, 'r' || (i % 2)", true)]
    [InlineData("id int PRIMARY KEY", "i", false)]
    [InlineData("id int", "i", true)]
    public async Task Several_readers_read_every_row_once_and_all_of_one_moment(string columns, string values, bool byKey)
    {
        await Database.ExecuteAsync($"""
            DROP TABLE IF EXISTS wide_read; CREATE TABLE wide_read ({columns}, v int, filler text);
            INSERT INTO wide_read SELECT {values}, i, repeat('x', 200) FROM generate_series(1, 30000) i; ANALYZE wide_read;
            """);
        await using var source = await PostgreSqlSource.OpenAsync(new() { ConnectionString = Database.ConnectionString, Table = "wide_read", OrderByKey = byKey, Readers = 4 });
        var seen = new HashSet<int>();
        var ordinals = new HashSet<long>();
        var first = true;
        await foreach (var batch in source.ReadAsync())
        {
            if (first)
                await Database.ExecuteAsync("UPDATE wide_read SET v = -v WHERE v % 7 = 0; DELETE FROM wide_read WHERE v % 11 = 0; INSERT INTO wide_read SELECT * FROM wide_read WHERE false");
            first = false;
            foreach (var record in batch.Records)
            {
                Assert.True(seen.Add((int)record.Get("v")!));
                Assert.True(ordinals.Add(record.GetPosition().Ordinal));
            }
        }

        Assert.True(seen.SetEquals(Enumerable.Range(1, 30_000)));
        Assert.True(ordinals.SetEquals(Enumerable.Range(1, 30_000).Select(i => (long)i)));
        Assert.Equal(30_000, source.Source.Read);
        // A first key column of two values makes a range for each, and one for what may be beyond.
        var readers = columns.Contains("region", StringComparison.Ordinal) ? 3 : 4;
        Assert.Contains($"Read by up to {readers} connections at once, all of one moment.", source.Metadata.Notes);
    }

    [Fact]
    public async Task A_reader_that_loses_its_connection_goes_on_in_the_same_moment()
    {
        await Database.ExecuteAsync("""
            CREATE UNLOGGED TABLE parallel_lost (id int PRIMARY KEY, filler text); ALTER TABLE parallel_lost ALTER filler SET STORAGE EXTERNAL;
            INSERT INTO parallel_lost SELECT i, repeat('x', 3000) FROM generate_series(1, 60000) i; ANALYZE parallel_lost;
            """);
        await using var source = await PostgreSqlSource.OpenAsync(new() { ConnectionString = Database.ConnectionString, Table = "parallel_lost", Readers = 3 });
        var seen = new HashSet<int>();
        var killed = 0L;
        await foreach (var batch in source.ReadAsync())
        {
            if (seen.Count == 0)
                await Database.ExecuteAsync("DELETE FROM parallel_lost");

            // A part may be so small that the network keeps all of it: then there is nothing to lose.
            if (killed == 0)
            {
                killed = (long)(await Database.ScalarAsync("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE '%FROM ONLY \"public\".\"parallel_lost\" AS source_rows WHERE%' AND wait_event = 'ClientWrite' AND pid <> pg_backend_pid()"))!;
            }

            foreach (var record in batch.Records)
                Assert.True(seen.Add((int)record.Get("id")!));
        }

        Assert.InRange(killed, 1, 3);
        Assert.Equal(60_000, seen.Count);
        Assert.Contains(source.Metadata.Notes, n => n.StartsWith("A connection was lost ", StringComparison.Ordinal) && n.EndsWith("and the read went on from there, still of the same moment.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_moment_that_is_gone_ends_the_read_and_names_the_last_key()
    {
        await using var database = await Database.Server.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE moment (id int PRIMARY KEY, filler text); INSERT INTO moment SELECT i, repeat('x', 1000) FROM generate_series(1, 40000) i");
        await using var opened = await PostgreSqlDatabase.OpenAsync(new() { ConnectionString = database.ConnectionString });
        var table = Assert.Single(opened.Catalog.Tables);
        await using var source = await opened.OpenTableAsync(table);
        var read = 0;
        var e = await Assert.ThrowsAsync<MigrationException>(async () =>
        {
            await foreach (var batch in source.ReadAsync())
            {
                if (read == 0)
                {
                    // The keeper is gone before the reader is ended, which could come back to its moment otherwise.
                    Assert.Equal(true, await database.ScalarAsync("SELECT pg_terminate_backend(pid, 300000) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'"));
                    Assert.Equal(1L, await database.ScalarAsync("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()"));
                }

                read += batch.Records.Count;
            }
        });
        var gone = $"The moment that the readers of {database.DisplayName} share cannot be seen any more: the connection that kept it is gone.";
        Assert.InRange(read, 250, 39_999);
        Assert.Equal((ErrorCode.SourceUnreadable, true), (e.Code, e.IsTransient));
        Assert.Equal($"The connection of {source.Source.Name} was lost after record {read} (id={read}): {gone} Start again once the server answers again.", e.Message);

        e = await Assert.ThrowsAsync<MigrationException>(() => opened.OpenTableAsync(table));
        Assert.Equal((ErrorCode.SourceUnreadable, true), (e.Code, e.IsTransient));
        Assert.Equal($"{gone} Start the read again.", e.Message);
    }

    [Fact]
    public async Task A_query_has_an_estimate_without_being_counted()
    {
        await Database.ExecuteAsync("CREATE TABLE estimated AS SELECT i AS id FROM generate_series(1, 10000) i; ANALYZE estimated");
        await using var source = await PostgreSqlSource.OpenAsync(new()
        {
            ConnectionString = Database.ConnectionString,
            Query = "SELECT * FROM estimated WHERE id <= @top",
            Parameters = new Dictionary<string, object?> { ["top"] = 5000 },
        });
        Assert.InRange(source.Metadata.EstimatedRecords!.Value, 4000, 6000);
        await using var show = await fixture.OpenQueryAsync("SHOW server_version");
        Assert.Null(show.Metadata.EstimatedRecords);
        Assert.Single(await show.ReadAllAsync());
    }

    [Fact]
    public async Task The_number_of_readers_is_limited()
    {
        var e = await Assert.ThrowsAsync<MigrationException>(() => PostgreSqlSource.OpenAsync(new() { ConnectionString = Database.ConnectionString, Table = "t", Readers = 65 }));
        Assert.Equal("A table cannot be read by 65 connections. Give a number from 1 to 64.", e.Message);
    }
}
