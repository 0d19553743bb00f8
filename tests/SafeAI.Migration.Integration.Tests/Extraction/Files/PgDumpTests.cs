using SafeAI.Migration.Engine.Extraction.Files;
using SafeAI.Migration.Integration.Tests.Extraction.Databases;
using SafeAI.Migration.TestKit.Postgres;

namespace SafeAI.Migration.Integration.Tests.Extraction.Files;

/// <summary>What pg_dump writes is read as the database itself is.</summary>
public sealed class PgDumpTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("safeai-pgdump-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string[]> Forms => new()
    {
        Array.Empty<string>(),
        new[] { "--inserts" },
        new[] { "--column-inserts", "--rows-per-insert=3" },
        new[] { "--compress=6" },
        new[] { "--clean", "--create", "--no-owner" },
        new[] { "--encoding=LATIN1" },
    };

    private async Task<string> DumpAsync(params string[] arguments)
    {
        var path = Path.Combine(_folder, "dump.sql" + (arguments.Contains("--compress=6") ? ".gz" : ""));
        await fixture.Database.RunAsync("pg_dump", [.. arguments, "--file", path]);
        return path;
    }

    private async Task LayAsync()
    {
        var script = Path.Combine(_folder, "lay.sql");
        await File.WriteAllTextAsync(script, Script);
        await fixture.Database.RunAsync("psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", script);
    }

    private const string Script = """
        DROP SCHEMA IF EXISTS shop CASCADE;
        CREATE SCHEMA shop;
        CREATE TYPE shop.mood AS ENUM ('so so', 'it''s good');
        CREATE TABLE shop."Line items" (id int PRIMARY KEY, customer_id bigint, "select" text);
        CREATE TABLE shop.customers (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a smallint, b integer NOT NULL DEFAULT (1 + 2), r real, d double precision,
            n numeric, n2 numeric(12,2), t text CHECK (t <> ';'), v varchar(20) DEFAULT 'x, (y)', c char(4), ok boolean, raw bytea, u uuid,
            day date, tod time, ts timestamp, tz timestamptz, j json, jb jsonb, ints int[], texts text[], days date[], m shop.mood, ip inet, span int4range, bits bit(5),
            twice bigint GENERATED ALWAYS AS (b::bigint * 2) STORED);
        ALTER TABLE shop."Line items" ADD CONSTRAINT "the customer" FOREIGN KEY (customer_id) REFERENCES shop.customers (id) ON DELETE CASCADE;
        CREATE FUNCTION shop.f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO shop.customers (b) VALUES (1); RETURN NEW; END; $$;
        CREATE FUNCTION shop.g(i int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN i > 0 THEN 1 ELSE 2 END; SELECT 3; END;
        CREATE TRIGGER tr BEFORE UPDATE ON shop.customers FOR EACH ROW EXECUTE FUNCTION shop.f();
        CREATE VIEW shop.seen AS SELECT id, t FROM shop.customers;
        COMMENT ON TABLE shop.customers IS 'INSERT INTO x VALUES (1); -- not';
        INSERT INTO shop.customers (a, b, r, d, n, n2, t, v, c, ok, raw, u, day, tod, ts, tz, j, jb, ints, texts, days, m, ip, span, bits) VALUES
            (7, -2147483648, 1.5, 0.1, 1.10, 12.50, E'tab\tline\nback\\slash ''quote'' Zoë', '', 'ab', true, '\x00ff5c27', '6f9619ff-8b86-d011-b42d-00c04fc964ff',
             '2024-02-29', '23:59:59.999999', '2024-03-31 02:30:00.123456', '2024-03-31 02:30:00.5+05:30', '{"b": 1.10, "a": [1]}', '{"a": null}', '{1,2,-3}', '{a,"b c",NULL,"d\"e,\\"}', '{2024-01-01}', 'it''s good', '10.1.2.3/24', '[1,5)', B'10110'),
            (NULL, 0, 'NaN', '-Infinity', 'NaN', NULL, '', NULL, NULL, false, '', NULL,
             'infinity', '24:00:00', '-infinity', '0044-03-15 00:00:00+00 BC', NULL, NULL, '{}', NULL, '{2024-01-01,infinity}', NULL, NULL, NULL, NULL),
            (NULL, 3, NULL, 1e300, 12345678901234567890123456789012345678901234567890, NULL, '\N', '\.', '', NULL, NULL, NULL,
             '0044-03-15 BC', NULL, NULL, NULL, NULL, NULL, '{{1,2},{3,4}}', NULL, NULL, 'so so', '::1', 'empty', NULL),
            (NULL, 4, NULL, NULL, 123456789012345678901234567890.123456789012345, NULL, 'NULL', 'x''); --', NULL, NULL, NULL, NULL,
             NULL, NULL, NULL, NULL, NULL, NULL, '{1,NULL}', NULL, NULL, NULL, NULL, NULL, NULL);
        INSERT INTO shop."Line items" VALUES (1, 1, 'a'), (2, NULL, NULL);
        """;

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task A_dump_gives_the_same_records_as_the_table(string[] arguments)
    {
        await LayAsync();
        var path = await DumpAsync(arguments);
        await using var dump = FileSources.Open(new FileSourceOptions { Path = path, Sql = new SqlDumpOptions { Table = "shop.customers" } });
        var records = await dump.ReadAllAsync();
        await using var table = await fixture.OpenTableAsync("shop.customers");
        var expected = await table.ReadAllAsync();

        Assert.Equal(4, records.Count);
        // A column that the database computes is not in the dump's rows.
        Assert.All(records, r => Assert.Null(r.Get("twice")));
        Assert.Equal("The database computes it; a dump does not hold it.", records[0].GetSchema().Fields[^1].Note);
        var fields = expected[0].GetSchema().Fields.Where(f => f.Name != "twice").Select(f => f.Name).ToList();
        for (var i = 0; i < records.Count; i++)
            foreach (var field in fields)
                Assert.True(Same(expected[i].Get(field), records[i].Get(field)), $"row {i + 1}, {field}: {Show(expected[i].Get(field))} in the table, {Show(records[i].Get(field))} in the dump");
        foreach (var field in fields)
            Assert.Equal(expected[0].GetSchema().Fields[expected[0].GetSchema().IndexOf(field)].Type, records[0].GetSchema().Fields[records[0].GetSchema().IndexOf(field)].Type);
        Assert.DoesNotContain(dump.Metadata.Notes, n => n.Contains("cut off", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_dump_describes_its_tables_and_their_order()
    {
        await LayAsync();
        await using var dump = FileSources.Open(new FileSourceOptions { Path = await DumpAsync() });
        Assert.Equal(6, (await dump.ReadAllAsync()).Count);
        var catalog = dump.Metadata.Catalog!;
        Assert.Equal(["shop.customers", "shop.Line items"], catalog.Tables.Select(t => t.ToString()));
        Assert.Equal(["id"], catalog.Tables[0].PrimaryKey);
        var key = Assert.Single(catalog.Tables[1].ForeignKeys);
        Assert.Equal(("the customer", "shop", "customers"), (key.Name, key.ReferencedSchema, key.ReferencedTable));
        Assert.Equal(["customer_id"], key.Columns);
        Assert.Equal(["id"], key.ReferencedColumns);
        Assert.Equal(
            ["id bigint", "a smallint", "b integer", "r real", "d double precision", "n numeric", "n2 numeric(12,2)", "t text", "v character varying(20)", "c character(4)"],
            catalog.Tables[0].Columns.Take(10).Select(c => $"{c.Name} {c.SourceType}"));
    }

    [Fact]
    public async Task A_dump_of_pgbench_is_read_whole()
    {
        await PgBench.InitializeAsync(fixture.Database);
        var path = await DumpAsync("--schema=public");
        await using var dump = FileSources.Open(new FileSourceOptions { Path = path });
        var counts = (await dump.ReadAllAsync()).GroupBy(r => r.GetSchema().Name).ToDictionary(g => g.Key, g => g.Count());
        Assert.Equal((100_000, 10, 1), (counts["pgbench_accounts"], counts["pgbench_tellers"], counts["pgbench_branches"]));
        Assert.Equal(["pgbench_branches", "pgbench_accounts", "pgbench_tellers", "pgbench_history"], dump.Metadata.Catalog!.Tables.Select(t => t.Name).OrderBy(n => n == "pgbench_branches" ? 0 : n == "pgbench_history" ? 2 : 1));
        Assert.Equal(4, dump.Metadata.Catalog.Tables.Count);
    }

    private static bool Same(object? left, object? right) =>
        left is Array a && right is Array b ? left.GetType() == right.GetType() && a.Cast<object?>().SequenceEqual(b.Cast<object?>()) : Equals(left, right);

    private static string Show(object? value) => value is null ? "null" : $"{value} ({value.GetType().Name})";
}
