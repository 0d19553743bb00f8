using System.Globalization;
using Npgsql;
using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Databases;
using SafeAI.Migration.TestKit;
using SafeAI.Migration.TestKit.Postgres;

namespace SafeAI.Migration.Integration.Tests.Extraction.Databases;

public sealed class PostgreSqlSourceTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    private PostgresDatabase Database => fixture.Database;

    [Fact]
    public async Task A_table_of_pgbench_is_read_whole_in_the_order_of_its_key()
    {
        await using var database = await Database.Server.CreateDatabaseAsync();
        await PgBench.InitializeAsync(database);
        await database.ExecuteAsync("ANALYZE; UPDATE pgbench_accounts SET abalance = aid WHERE aid % 3 = 0");
        await using var source = await PostgreSqlSource.OpenAsync(new() { ConnectionString = database.Uri, Table = "pgbench_accounts" });
        Assert.Equal($"{database.DisplayName} public.pgbench_accounts", source.Source.Name);
        Assert.InRange(source.Metadata.EstimatedRecords!.Value, 99_000, 101_000);
        Assert.Equal(["aid", "bid", "abalance", "filler"], source.Metadata.Schema!.Fields.Select(f => f.Name));
        Assert.Equal("aid", Assert.Single(source.Metadata.Schema.Key).Name);

        var records = await source.ReadAllAsync();

        Assert.Equal(Enumerable.Range(1, 100_000), records.Select(r => (int)r.GetValue(0)!));
        Assert.All(records, r => Assert.Equal((int)r.GetValue(0)! % 3 == 0 ? (int)r.GetValue(0)! : 0, r.GetValue(2)));
        Assert.Equal(100_000, source.Source.Read);
        Assert.Equal(100_000, source.Metadata.Records);
        Assert.Equal(new RecordPosition(source.Source.Name, 4711), records[4710].GetPosition());
    }

    [Theory]
    [InlineData("Order Items", "\"Order Items\"")]
    [InlineData("public.Order Items", "\"Order Items\"")]
    [InlineData("\"Sales.EU\".\"say \"\"hi\"\"\"", "\"say \"\"hi\"\"\"")]
    [InlineData("ACCOUNTS", "accounts")]
    [InlineData("Public.Accounts", "accounts")]
    [InlineData("\"Public\".accounts", null)]
    [InlineData("totals", "totals")]
    [InlineData("measurements", "measurements")]
    public async Task Tables_are_found_by_their_names_with_and_without_quotes(string table, string? found)
    {
        await Database.ExecuteAsync(""""
            CREATE SCHEMA IF NOT EXISTS "Sales.EU";
            CREATE TABLE IF NOT EXISTS "Order Items" ("Item ""No""" int PRIMARY KEY, "select" text);
            CREATE TABLE IF NOT EXISTS "Sales.EU"."say ""hi""" (a int);
            CREATE TABLE IF NOT EXISTS accounts (a int);
            CREATE OR REPLACE VIEW totals AS SELECT 1 AS a WHERE false;
            CREATE TABLE IF NOT EXISTS measurements (day date, v int) PARTITION BY RANGE (day);
            """");
        var open = () => fixture.OpenTableAsync(table);
        if (found is null)
        {
            Assert.Equal(ErrorCode.SourceNotFound, (await Assert.ThrowsAsync<MigrationException>(open)).Code);
            return;
        }

        await using var source = await open();
        Assert.EndsWith("." + found, source.Source.Name, StringComparison.Ordinal);
        Assert.Empty(await source.ReadAllAsync());
    }

    [Fact]
    public async Task Names_of_columns_survive_quotes_keywords_and_case()
    {
        await Database.ExecuteAsync(""""
            CREATE TABLE odd_names ("Item ""No""" int PRIMARY KEY, "select" text, "a b" text, "Name" text, name text);
            INSERT INTO odd_names VALUES (1, 's', 'ab', 'N', 'n');
            """");
        await using var source = await fixture.OpenTableAsync("odd_names");
        var record = Assert.Single(await source.ReadAllAsync());
        Assert.Equal([1, "s", "ab", "N", "n"], Enumerable.Range(0, 5).Select(record.GetValue));
        Assert.Equal("Name,name_2", string.Join(',', record.GetSchema().Fields.Skip(3).Select(f => f.PropertyName)));
    }

    [Fact]
    public async Task A_query_with_parameters_is_read()
    {
        await using var source = await PostgreSqlSource.OpenAsync(new()
        {
            ConnectionString = Database.ConnectionString,
            Query = "SELECT i AS id, i * 2 AS id, @label || i AS label FROM generate_series(1, @n) i WHERE i >= @from ORDER BY i;",
            Parameters = new Dictionary<string, object?> { ["@label"] = "x'y", ["n"] = 2500, ["from"] = "3" },
        });
        Assert.Equal($"{Database.DisplayName} query", source.Source.Name);
        var records = await source.ReadAllAsync();
        Assert.Equal(2498, records.Count);
        Assert.Equal(["id", "id_2", "label"], records[0].GetSchema().Fields.Select(f => f.Name));
        Assert.Equal("The query names this column 'id' too.", records[0].GetSchema().Fields[1].Note);
        Assert.Equal([3, 6, "x'y3"], Enumerable.Range(0, 3).Select(records[0].GetValue));
    }

    [Fact]
    public async Task The_read_goes_on_after_a_given_key_of_several_columns()
    {
        await Database.ExecuteAsync("""
            CREATE TABLE keyed (region text, at timestamptz, n numeric, v int, PRIMARY KEY (region, at, n));
            INSERT INTO keyed SELECT 'r' || (i % 3), timestamptz '2024-01-01' + (i / 10) * interval '1.5 ms', i % 10 + 0.10, i FROM generate_series(1, 3000) i;
            """);
        await using var all = await fixture.OpenTableAsync("keyed");
        var expected = await all.ReadAllAsync();
        Assert.Equal(3000, expected.Count);
        foreach (var at in new[] { 0, 1499, 2998, 2999 })
        {
            await using var rest = await PostgreSqlSource.OpenAsync(new()
            {
                ConnectionString = Database.ConnectionString,
                Table = "keyed",
                AfterKey = [.. expected[at].GetSchema().Key.Select(k => expected[at].GetValue(k.Ordinal)!)],
            });
            Assert.Equal(expected.Skip(at + 1).Select(r => r.Get("v")), (await rest.ReadAllAsync()).Select(r => r.Get("v")));
        }

        await using var batches = await fixture.OpenTableAsync("keyed");
        var count = 0;
        await foreach (var batch in batches.ReadAsync())
        {
            count += batch.Records.Count;
            var position = SourcePosition.Parse(batch.Position!.ToJson());
            Assert.Equal(count, position.Ordinal);
            await using var rest = await PostgreSqlSource.OpenAsync(new() { ConnectionString = Database.ConnectionString, Table = "keyed", StartAfter = position });
            Assert.Equal(batches.Metadata.QuickFingerprint, rest.Metadata.QuickFingerprint);
            var records = await rest.ReadAllAsync();
            Assert.Equal(expected.Skip(count).Select(r => r.Get("v")), records.Select(r => r.Get("v")));
            Assert.Equal(records.Select((_, i) => count + i + 1L), records.Select(r => r.GetPosition().Ordinal));
        }

        // The server counts the same moment, whichever way the rows are read.
        foreach (var options in new PostgreSqlSourceOptions[]
        {
            new() { ConnectionString = Database.ConnectionString, Table = "keyed", CountRows = true },
            new() { ConnectionString = Database.ConnectionString, Table = "keyed", CountRows = true, Readers = 3 },
            new() { ConnectionString = Database.ConnectionString, Table = "keyed", CountRows = true, AfterKey = ["r0", "2024-01-01", 0] },
            new() { ConnectionString = Database.ConnectionString, Query = "SELECT * FROM keyed WHERE v > @v; ", CountRows = true, Parameters = new Dictionary<string, object?> { ["v"] = 100 } },
        })
        {
            await using var counted = await PostgreSqlSource.OpenAsync(options);
            var read = new List<Record>();
            await foreach (var batch in counted.ReadAsync())
            {
                if (read.Count == 0)
                    await Database.ExecuteAsync("INSERT INTO keyed VALUES ('new', now(), random(), 0)");
                read.AddRange(batch.Records);
            }

            Assert.Equal(read.Count, counted.Metadata.SourceCount);
            Assert.DoesNotContain(read, r => "new".Equals(r.Get("region")));
            await Database.ExecuteAsync("DELETE FROM keyed WHERE region = 'new'");
        }

        // Neither a query nor a table read by several promises an order.
        await using var query = await PostgreSqlSource.OpenAsync(new() { ConnectionString = Database.ConnectionString, Query = "SELECT * FROM keyed" });
        await foreach (var batch in query.ReadAsync())
            Assert.Null(batch.Position);
        await using var parallel = await PostgreSqlSource.OpenAsync(new() { ConnectionString = Database.ConnectionString, Table = "keyed", Readers = 2 });
        await foreach (var batch in parallel.ReadAsync())
            Assert.Null(batch.Position);
        await Database.ExecuteAsync("ALTER TABLE keyed ADD COLUMN w int");
        await using var changed = await fixture.OpenTableAsync("keyed");
        Assert.NotEqual(batches.Metadata.QuickFingerprint, changed.Metadata.QuickFingerprint);
    }

    [Fact]
    public async Task A_lost_connection_is_opened_again_and_no_row_is_lost_or_doubled()
    {
        await Database.ExecuteAsync("""
            CREATE TABLE long_read (id text PRIMARY KEY, filler text);
            INSERT INTO long_read SELECT md5(i::text), repeat('x', 1000) FROM generate_series(1, 40000) i;
            """);
        await using var source = await fixture.OpenTableAsync("long_read");
        var ids = new HashSet<string>();
        var ordinals = new List<long>();
        var kills = 0;
        await foreach (var batch in source.ReadAsync())
        {
            foreach (var record in batch.Records)
            {
                Assert.True(ids.Add((string)record.GetValue(0)!));
                ordinals.Add(record.GetPosition().Ordinal);
            }

            if (ids.Count is 1000 or 20_000)
                kills += (int)(long)(await Database.ScalarAsync("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE '%long_read%' AND backend_type = 'client backend' AND pid <> pg_backend_pid()"))!;
        }

        Assert.Equal(2, kills);
        Assert.Equal(40_000, ids.Count);
        Assert.Equal(Enumerable.Range(1, 40_000).Select(i => (long)i), ordinals);
        Assert.Equal(40_000, source.Source.Read);
        Assert.Contains(source.Metadata.Notes, n => n.StartsWith("The connection was lost after record ", StringComparison.Ordinal)
            && n.EndsWith("and the read went on from there: the rows after it are of a later moment.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false, "A query cannot be read on: start again, or read a table with a primary key.")]
    [InlineData(true, "Without a key, read in its order, the table cannot be read on: start again.")]
    public async Task A_lost_connection_without_a_key_is_an_error_that_names_the_last_record(bool isTable, string remedy)
    {
        await Database.ExecuteAsync("DROP TABLE IF EXISTS lost_no_key; CREATE TABLE lost_no_key (id int, filler text); INSERT INTO lost_no_key SELECT i, repeat('x', 1000) FROM generate_series(1, 40000) i;");
        // A server that is ended may still say why, or not, depending on what it does at that moment; a network never does.
        await using var relay = new TcpRelay(Database.Server.Host, Database.Server.Port, cutAfter: 10_000_000);
        await using var source = await PostgreSqlSource.OpenAsync(new()
        {
            ConnectionString = new NpgsqlConnectionStringBuilder(Database.ConnectionString) { Port = relay.Port }.ConnectionString,
            Table = isTable ? "lost_no_key" : null,
            Query = isTable ? null : "SELECT * FROM lost_no_key",
        });
        var (read, e) = await ReadUntilLostAsync(source, () => Task.CompletedTask);
        Assert.InRange(read, 9_000, 9_999);
        Assert.Equal(
            string.Create(CultureInfo.InvariantCulture, $"The connection of {source.Source.Name} was lost after record {read} (id={read}): The connection was closed by the server. {remedy}"),
            e.Message);
    }

    [Fact]
    public async Task A_server_that_says_why_it_ends_is_quoted()
    {
        await Database.ExecuteAsync("CREATE OR REPLACE VIEW lost_while_working AS SELECT repeat('ä', 100) AS name, CASE WHEN i > 500 THEN pg_sleep(600)::text END FROM generate_series(1, 1000) i");
        await using var source = await fixture.OpenTableAsync("lost_while_working");
        var (read, e) = await ReadUntilLostAsync(source, async () =>
        {
            while (!"PgSleep".Equals(await Database.ScalarAsync($"SELECT wait_event FROM {Readers("lost_while_working")}")))
                await Task.Yield();
            await Database.ScalarAsync($"SELECT pg_terminate_backend(pid) FROM {Readers("lost_while_working")}");
        });
        Assert.Equal(500, read);
        Assert.Equal(
            $"The connection of {source.Source.Name} was lost after record 500 (name={new string('ä', 60)}…): terminating connection due to administrator command. Without a key, read in its order, the table cannot be read on: start again.",
            e.Message);
    }

    // The server's own workers name a table, too, while they vacuum it.
    private static string Readers(string table) => $"pg_stat_activity WHERE query LIKE '%{table}%' AND backend_type = 'client backend' AND state = 'active' AND pid <> pg_backend_pid()";

    private static async Task<(long Read, MigrationException Error)> ReadUntilLostAsync(PostgreSqlSource source, Func<Task> loseAsync)
    {
        long read = 0;
        var e = await Assert.ThrowsAsync<MigrationException>(async () =>
        {
            await foreach (var batch in source.ReadAsync())
            {
                if (read == 0)
                    await loseAsync();
                read += batch.Records.Count;
            }
        });
        Assert.Equal(read, source.Source.Read);
        Assert.Equal((ErrorCode.SourceUnreadable, true), (e.Code, e.IsTransient));
        return (read, e);
    }

    [Fact]
    public async Task Stopping_early_ends_the_statement_on_the_server()
    {
        await using var source = await fixture.OpenQueryAsync("SELECT generate_series(1, 2000000000), repeat('x', 1000) /*stopped early*/");
        await foreach (var batch in source.ReadAsync())
            break;
        Assert.Equal(RecordBatch.Size, source.Source.Read);
        Assert.Equal(0L, await Database.ScalarAsync("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%stopped early%' AND state = 'active' AND pid <> pg_backend_pid()"));
    }

    [Fact]
    public async Task Cancelling_ends_the_read()
    {
        using var cancel = new CancellationTokenSource();
        await using var source = await fixture.OpenQueryAsync("SELECT generate_series(1, 2000000000)");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var batch in source.ReadAsync(cancel.Token))
                await cancel.CancelAsync();
        });
    }

    [Fact]
    public async Task A_source_never_writes()
    {
        await Database.ExecuteAsync("CREATE TABLE precious (id int); INSERT INTO precious VALUES (1)");
        await using var source = await fixture.OpenQueryAsync("DELETE FROM precious RETURNING id");
        var e = await Assert.ThrowsAsync<MigrationException>(source.ReadAllAsync);
        Assert.Equal(
            $"The query of {Database.DisplayName} query would write: cannot execute DELETE in a read-only transaction. A source is read in a read-only session.",
            e.Message);
        Assert.Equal(1L, await Database.ScalarAsync("SELECT count(*) FROM precious"));
    }

    [Fact]
    public async Task A_table_without_columns_has_records_without_fields()
    {
        await Database.ExecuteAsync("CREATE TABLE no_columns (); INSERT INTO no_columns SELECT FROM generate_series(1, 3)");
        await using var source = await fixture.OpenTableAsync("no_columns");
        Assert.Equal(3, (await source.ReadAllAsync()).Count);
    }

    [Fact]
    public async Task A_unique_index_over_columns_that_are_never_null_serves_as_key()
    {
        await Database.ExecuteAsync("""
            CREATE TABLE unique_only (a int NOT NULL, b text NOT NULL, c int UNIQUE, d int NOT NULL);
            CREATE UNIQUE INDEX ON unique_only (d) WHERE d > 5;
            CREATE UNIQUE INDEX ON unique_only (lower(b));
            CREATE UNIQUE INDEX ON unique_only (b, a) INCLUDE (c);
            """);
        await using var source = await fixture.OpenTableAsync("unique_only");
        Assert.Equal(["b", "a"], source.Metadata.Schema!.Key.Select(k => k.Name));
    }
}
