using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Databases;

namespace SafeAI.Migration.Engine.Tests.Extraction.Databases;

public sealed class SqliteSourceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("safeai-sqlite").FullName;

    private string Path => System.IO.Path.Combine(_folder, "shop.db");

    public SqliteSourceTests() => SQLitePCL.Batteries_V2.Init();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_table_is_read_in_the_order_of_its_key_with_the_types_that_it_declares()
    {
        Execute("""
            CREATE TABLE "Order Items" (sku TEXT, no INTEGER NOT NULL, price REAL, picture BLOB, extra, amount DECIMAL(10,2), PRIMARY KEY (no, sku));
            INSERT INTO "Order Items" VALUES ('b', 2, 1.5, x'00ff', 'x', 12.5), ('00042', 1, NULL, NULL, 7, 3), ('a', 2, 0.1, x'', x'01', '12345678901234567890.10');
            """);
        await using var source = Open(table: "order items");
        var records = await ReadAsync(source);
        Assert.Equal($"{Path} Order Items", source.Source.Name);
        Assert.Equal([typeof(string), typeof(long), typeof(double), typeof(byte[]), typeof(object), typeof(object)], source.Metadata.Schema!.Fields.Select(f => f.Type));
        Assert.Equal(["TEXT", "INTEGER", "REAL", "BLOB", "", "DECIMAL(10,2)"], source.Metadata.Schema.Fields.Select(f => f.SourceType));
        Assert.Equal(["no", "sku"], source.Metadata.Schema.Key.Select(k => k.Name));
        Assert.Equal(["00042", 1L, null, null, 7L, 3L], Values(records[0]));
        // SQLite itself made a floating-point number of the last value when it was put into a column of numeric affinity.
        Assert.Equal(["a", 2L, 0.1, Array.Empty<byte>(), new byte[] { 1 }, 12345678901234567890.10], Values(records[1]));
        Assert.Equal(["b", 2L, 1.5, new byte[] { 0, 255 }, "x", 12.5], Values(records[2]));
        Assert.All(records, r => Assert.Same(source.Metadata.Schema, r.GetSchema()));
        Assert.Equal(3, source.Source.Read);
        Assert.Equal("utf-8", source.Metadata.Encoding);
    }

    [Fact]
    public async Task A_change_that_waits_in_the_log_beside_the_file_is_noticed_and_reading_is_none()
    {
        using var writer = new SqliteConnection($"Data Source={Path};Pooling=False");
        writer.Open();
        Run("PRAGMA journal_mode=WAL; CREATE TABLE t (id INTEGER PRIMARY KEY, n); INSERT INTO t VALUES (1, 1), (2, 2); PRAGMA wal_checkpoint(TRUNCATE);");
        var before = await FingerprintAsync();
        Assert.Equal(before, await FingerprintAsync());

        Run("UPDATE t SET n = 3 WHERE id = 2");
        var after = await FingerprintAsync();

        Assert.NotEqual(before, after);
        Assert.Equal(after, await FingerprintAsync());

        void Run(string sql)
        {
            using var command = writer.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }

        async Task<string?> FingerprintAsync()
        {
            await using var source = Open(table: "t");
            Assert.Equal(2, (await ReadAsync(source)).Count);
            Assert.Equal(source.Metadata.QuickFingerprint, source.Source.Fingerprint);
            return source.Metadata.QuickFingerprint;
        }
    }

    [Fact]
    public async Task Values_stored_otherwise_than_declared_come_as_they_are_and_are_counted()
    {
        Execute("""
            CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, s TEXT, d DATETIME);
            INSERT INTO t VALUES (1, 5, 'x', '2024-01-01'), (2, 'not a number', x'4142', 20240101), (3, 1.5, 'y', NULL), (4, NULL, NULL, NULL);
            """);
        await using var source = Open(table: "t");
        var records = await ReadAsync(source);
        Assert.Equal([1L, 5L, "x", "2024-01-01"], Values(records[0]));
        Assert.Equal([2L, "not a number", new byte[] { 0x41, 0x42 }, 20240101L], Values(records[1]));
        Assert.Equal([3L, 1.5, "y", null], Values(records[2]));
        Assert.Equal(typeof(long), records[0].GetSchema().Fields[1].Type);
        Assert.Equal(typeof(object), records[1].GetSchema().Fields[1].Type);
        Assert.Equal(
            [
                "n (INTEGER): 2 of the values are stored in another type than the column declares, and came as they are stored.",
                "s (TEXT): 1 of the values are stored in another type than the column declares, and came as they are stored.",
            ],
            source.Metadata.Notes);
    }

    [Theory]
    [InlineData("UTF-8")]
    [InlineData("UTF-16le")]
    [InlineData("UTF-16be")]
    public async Task Text_is_whole_in_every_encoding(string encoding)
    {
        Execute($"PRAGMA encoding = '{encoding}'; CREATE TABLE t (s TEXT); INSERT INTO t VALUES ('grün 漢字 😀'), ('a' || char(0) || 'b'), ('');");
        await using var source = Open(table: "t");
        Assert.Equal(["grün 漢字 😀", "a\0b", ""], (await ReadAsync(source)).Select(r => r.GetValue(0)));
        Assert.Equal(encoding.ToLowerInvariant(), source.Metadata.Encoding);
    }

    [Fact]
    public async Task Text_that_is_not_valid_is_rejected_whole_and_the_rest_goes_on()
    {
        Execute("CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT); INSERT INTO t VALUES (1, 'ok'), (2, CAST(x'61ff62' AS TEXT)), (3, 'ok too');");
        await using var source = Open(table: "t");
        var records = new List<Record>();
        var rejects = new List<Reject>();
        await foreach (var batch in source.ReadAsync())
        {
            records.AddRange(batch.Records);
            rejects.AddRange(batch.Rejects);
        }

        Assert.Equal([1L, 3L], records.Select(r => r.GetValue(0)));
        var reject = Assert.Single(rejects);
        Assert.Equal($"{Path} t, record 2, field 's': The text is not valid utf-8. Cast the column to BLOB in a query to get its bytes.", reject.ToString());
        Assert.Equal(new byte[] { 0x61, 0xff, 0x62 }, reject.Value);
        Assert.Equal((3, 1), (source.Source.Read, source.Source.Rejected));
    }

    [Fact]
    public async Task A_query_takes_parameters_and_tells_equal_names_apart()
    {
        Execute("CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'b');");
        await using var source = SqliteSource.Open(new()
        {
            Path = Path,
            Query = "SELECT id, id + 1 AS id, s FROM t WHERE s = @s AND id < :top ORDER BY id; -- the end\n",
            Parameters = new Dictionary<string, object?> { ["@s"] = "b", ["top"] = 3 },
        });
        var record = Assert.Single(await ReadAsync(source));
        Assert.Equal(["id", "id_2", "s"], record.GetSchema().Fields.Select(f => f.Name));
        Assert.Equal([2L, 3L, "b"], Values(record));
    }

    [Fact]
    public async Task The_read_goes_on_after_a_key()
    {
        Execute("CREATE TABLE t (a TEXT, b INTEGER, PRIMARY KEY (a, b)) WITHOUT ROWID; INSERT INTO t VALUES ('x', 1), ('x', 2), ('y', 1), ('y', 3);");
        await using var source = SqliteSource.Open(new() { Path = Path, Table = "t", AfterKey = ["x", 1] });
        Assert.Equal(["x2", "y1", "y3"], (await ReadAsync(source)).Select(r => $"{r.GetValue(0)}{r.GetValue(1)}"));
        Assert.Equal(
            "The primary key of 't' has 2 columns, but 1 values are given. Give one value per key column.",
            Assert.Throws<MigrationException>(() => SqliteSource.Open(new() { Path = Path, Table = "t", AfterKey = ["x"] })).Message);
    }

    [Theory]
    [InlineData("CREATE TABLE t (a TEXT, b REAL, c BLOB, n INTEGER, PRIMARY KEY (a, b, c)) WITHOUT ROWID", true)]
    [InlineData("CREATE TABLE t (a TEXT, b REAL, c BLOB, n INTEGER)", false)]
    public async Task The_read_goes_on_after_each_batch(string table, bool isSeekable)
    {
        Execute($"{table}; WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 2500) INSERT INTO t SELECT 'k' || (i % 7), i / 10.0, CAST('x' || i AS BLOB), i FROM r;");
        await using var whole = Open(table: "t");
        var all = new List<object?>();
        var positions = new List<(int Count, SourcePosition Position)>();
        await foreach (var batch in whole.ReadAsync())
        {
            all.AddRange(batch.Records.Select(r => r.GetValue(3)));
            positions.Add((all.Count, SourcePosition.Parse(batch.Position!.ToJson())));
        }

        Assert.Equal(Enumerable.Range(1, 10).Select(i => i * RecordBatch.Size), positions.Select(p => p.Count));
        foreach (var (count, position) in positions)
        {
            Assert.Equal((isSeekable, count), (position.IsSeekable, position.Ordinal));
            await using var rest = SqliteSource.Open(new() { Path = Path, Table = "t", StartAfter = position });
            var records = await ReadAsync(rest);
            Assert.Equal(all.Skip(count), records.Select(r => r.GetValue(3)));
            Assert.Equal(records.Select((_, i) => count + i + 1L), records.Select(r => r.GetPosition().Ordinal));
        }

        await using var query = Open(query: "SELECT n FROM t");
        await foreach (var batch in query.ReadAsync())
            Assert.Null(batch.Position);
    }

    [Fact]
    public async Task Many_rows_stream_and_a_read_can_be_left_early()
    {
        Execute("CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25500) INSERT INTO t SELECT i, 'row ' || i FROM n;");
        await using (var all = Open(table: "t"))
        {
            Assert.Equal(25500, all.Metadata.EstimatedRecords);
            Assert.Equal(Enumerable.Range(1, 25500).Select(i => (long)i), (await ReadAsync(all)).Select(r => (long)r.GetValue(0)!));
        }

        await using var some = Open(table: "t");
        await foreach (var batch in some.ReadAsync())
            break;
        Assert.Equal(RecordBatch.Size, some.Source.Read);
    }

    [Fact]
    public async Task Cancelling_interrupts_a_statement_that_has_no_row_yet()
    {
        Execute("CREATE TABLE t (id INTEGER)");
        using var cancel = new CancellationTokenSource();
        await using var source = SqliteSource.Open(new() { Path = Path, Query = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n" });
        var read = Task.Run(() => ReadAsync(source, cancel.Token));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
    }

    [Fact]
    public void The_catalogue_has_keys_and_the_loading_order()
    {
        Execute("""
            CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL REFERENCES Customers, a TEXT, b TEXT, FOREIGN KEY (a, b) REFERENCES pairs (x, y));
            CREATE TABLE customers (id INTEGER PRIMARY KEY, email VARCHAR(50) UNIQUE, boss INTEGER REFERENCES customers (id));
            CREATE TABLE pairs (x TEXT, y TEXT, PRIMARY KEY (y, x)) WITHOUT ROWID;
            CREATE VIEW names AS SELECT email FROM customers;
            CREATE UNIQUE INDEX partial ON orders (a) WHERE b IS NULL;
            INSERT INTO customers VALUES (1, 'a', NULL), (5, 'b', 1);
            """);
        var catalog = SqliteCatalog.Read(Path);
        Assert.Equal(["customers", "names", "pairs", "orders"], catalog.Tables.Select(t => t.ToString()));
        var orders = catalog.Find(null, "orders")!;
        Assert.Equal(["id"], orders.PrimaryKey);
        Assert.Empty(orders.UniqueKeys);
        Assert.Equal(
            ["customer -> customers (id)", "a,b -> pairs (x,y)"],
            orders.ForeignKeys.Select(k => $"{string.Join(",", k.Columns)} -> {k.ReferencedTable} ({string.Join(",", k.ReferencedColumns)})").OrderByDescending(t => t));
        var customers = catalog.Find(null, "customers")!;
        Assert.Equal(["email"], Assert.Single(customers.UniqueKeys));
        Assert.Equal(5, customers.EstimatedRows);
        Assert.Equal(("VARCHAR(50)", typeof(string), true), (customers.Columns[1].SourceType, customers.Columns[1].Type, customers.Columns[1].IsNullable));
        Assert.Equal(["y", "x"], catalog.Find(null, "pairs")!.PrimaryKey);
        Assert.True(catalog.Find(null, "names")!.IsView);
    }

    [Fact]
    public void What_cannot_be_opened_is_said_word_for_word()
    {
        Assert.Equal($"There is no file '{Path}'. Check the path; a relative one starts at the current directory.", Fail(table: "t").Message);
        Assert.Equal(ErrorCode.SourceNotFound, Fail(table: "t").Code);

        File.WriteAllText(Path, new string('x', 5000));
        Assert.Equal($"'{Path}' is not a SQLite database, or it is encrypted. Check that it is the right file.", Fail(table: "t").Message);
        File.Delete(Path);

        Execute("SELECT 1; VACUUM");
        Assert.Equal($"There is no table or view 't' in '{Path}'. The file has no tables.", Fail(table: "t").Message);
        Execute("CREATE TABLE customers (id INTEGER); CREATE TABLE other (id INTEGER)");
        Assert.Equal($"There is no table or view 'costumers' in '{Path}'. Similar: customers.", Fail(table: "costumers").Message);
        Assert.Equal($"There is no table or view 'zzz' in '{Path}'. There are: customers, other.", Fail(table: "zzz").Message);

        Assert.Equal($"SQLite refused the query of '{Path}': near \"FORM\": syntax error.", Fail(query: "SELECT * FORM t").Message);
        Assert.Equal($"SQLite refused the query of '{Path}': no such table: nowhere.", Fail(query: "SELECT * FROM nowhere").Message);
        Assert.Equal("The query holds more than one statement. Give one statement that returns rows.", Fail(query: "SELECT 1; SELECT 2").Message);
        Assert.Equal("The query returns no columns. Give one statement that returns rows.", Fail(query: "DELETE FROM customers").Message);
        Assert.Equal("The query is empty. Give one statement that returns rows.", Fail(query: "-- nothing").Message);
        Assert.Equal("The query's parameter '@id' has no value. Give a value for each parameter, by name.", Fail(query: "SELECT @id").Message);
        Assert.Equal("Neither a table nor a query is given. Give one of them.", Fail().Message);
        Assert.Equal("Both a table and a query are given. Give one of them.", Fail("t", "SELECT 1").Message);
    }

    [Fact]
    public async Task What_cannot_be_opened_or_bound_is_said_word_for_word_too()
    {
        Directory.CreateDirectory(Path);
        Assert.Equal($"'{Path}' is a folder, not a SQLite file. Check the path; a relative one starts at the current directory.", Fail(table: "t").Message);
        Directory.Delete(Path);

        Execute("CREATE TABLE t (id INTEGER)");
        var unbound = Assert.Throws<MigrationException>(() => SqliteSource.Open(new() { Path = Path, Query = "SELECT @id", Parameters = new Dictionary<string, object?> { ["id"] = new Version(1, 2) } }));
        Assert.Equal("SQLite has no type for the Version of the parameter '@id'. Give a number, a text, bytes, true or false, or null.", unbound.Message);
        Assert.Equal(ErrorCode.InvalidOptions, unbound.Code);

        using var holder = new SqliteConnection($"Data Source={Path};Pooling=false");
        holder.Open();
        using var hold = holder.CreateCommand();
        hold.CommandText = "BEGIN EXCLUSIVE";
        hold.ExecuteNonQuery();
        var held = await Assert.ThrowsAsync<MigrationException>(() => Task.Run(() => Open(table: "t")));
        Assert.Equal((ErrorCode.SourceUnreadable, true), (held.Code, held.IsTransient));
        Assert.Equal($"'{Path}' could not be read: database is locked (SQLite error 5). Another program holds it; try again when that is done.", held.Message);
    }

    [Fact]
    public void A_file_that_cannot_be_opened_is_told()
    {
        // SQLite takes no path of so many characters; permissions do not stop everybody.
        Execute("CREATE TABLE t (id INTEGER)");
        var folder = Directory.CreateDirectory(System.IO.Path.Combine([_folder, .. Enumerable.Repeat(new string('x', 200), 5)]));
        var far = System.IO.Path.Combine(folder.FullName, "far.db");
        File.Move(Path, far);
        var error = Assert.Throws<MigrationException>(() => SqliteSource.Open(new() { Path = far, Table = "t" }));
        Assert.Equal((ErrorCode.SourceUnreadable, false), (error.Code, error.IsTransient));
        Assert.Equal($"'{far}' cannot be opened. Check its permissions, and those of its folder where there is a -wal file beside it.", error.Message);
        Assert.IsType<SqliteException>(error.InnerException);
    }

    [Fact]
    public async Task Damage_at_random_is_a_reject_or_an_error_of_its_own()
    {
        Execute("""
            CREATE TABLE a (id INTEGER PRIMARY KEY, s TEXT UNIQUE, r REAL, b BLOB); CREATE TABLE c (x TEXT, y TEXT, a INTEGER REFERENCES a, PRIMARY KEY (x, y)) WITHOUT ROWID;
            CREATE VIEW v AS SELECT s FROM a; CREATE INDEX i ON c (a);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) INSERT INTO a SELECT i, 'ä' || i, i / 3.0, zeroblob(i % 50) FROM n;
            INSERT INTO c SELECT s, r, id FROM a;
            """);
        var whole = File.ReadAllBytes(Path);
        var failures = 0;
        for (var seed = 0; seed < 100; seed++)
        {
            var random = new Random(seed);
            var bytes = whole.ToArray();
            for (var times = random.Next(1, 20); times > 0; times--)
                bytes[random.Next(random.Next(2) == 0 ? 4096 : bytes.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(Path, seed % 10 == 0 ? bytes[..random.Next(bytes.Length)] : bytes);
            try
            {
                foreach (var table in SqliteCatalog.Read(Path).Tables)
                {
                    await using var source = Open(table: table.Name);
                    var read = 0;
                    await foreach (var batch in source.ReadAsync())
                        read += batch.Records.Count + batch.Rejects.Count;
                    Assert.Equal(read, source.Source.Read);
                }
            }
            catch (MigrationException)
            {
                failures++;
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"Damaged with the seed {seed}: {e}");
            }
        }

        Assert.InRange(failures, 10, 99);
    }

    [Fact]
    public async Task A_damaged_page_is_an_error_after_the_rows_before_it()
    {
        Execute("CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO t SELECT i, 'row ' || i FROM n;");
        using (var file = File.OpenWrite(Path))
        {
            file.Position = file.Length / 2 / 4096 * 4096;
            file.Write(new byte[8192]);
        }

        await using var source = Open(table: "t");
        var e = await Assert.ThrowsAsync<MigrationException>(() => ReadAsync(source));
        Assert.Equal($"'{Path}' could not be read: database disk image is malformed (SQLite error 11). The file is damaged; sqlite3's .recover may save what can be saved.", e.Message);
        Assert.InRange(source.Source.Read, 1000, 19_999);
    }

    [Fact]
    public async Task A_source_never_writes()
    {
        Execute("CREATE TABLE t (id INTEGER); INSERT INTO t VALUES (1)");
        await using (var source = SqliteSource.Open(new() { Path = Path, Query = "DELETE FROM t RETURNING id" }))
        {
            var e = await Assert.ThrowsAsync<MigrationException>(() => ReadAsync(source));
            Assert.Equal($"'{Path}' could not be read: attempt to write a readonly database (SQLite error 8). A source is opened read-only.", e.Message);
        }

        await using var left = Open(table: "t");
        Assert.Single(await ReadAsync(left));
    }

    [Fact]
    public async Task Reading_leaves_nothing_beside_a_file_that_is_written_through_a_log()
    {
        Execute("PRAGMA journal_mode=WAL; CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2)");
        Assert.Equal([Path], Directory.GetFiles(_folder));
        var (bytes, time) = (File.ReadAllBytes(Path), File.GetLastWriteTimeUtc(Path));

        Assert.Single(SqliteCatalog.Read(Path).Tables);
        foreach (var query in new[] { null, "SELECT id FROM t", "PRAGMA table_info(t)" })
        {
            await using var source = Open(query is null ? "t" : null, query);
            Assert.NotEmpty(await ReadAsync(source));
        }

        foreach (var query in new[] { "PRAGMA journal_mode = DELETE", "DELETE FROM t RETURNING id" })
            Assert.Equal($"'{Path}' could not be read: attempt to write a readonly database (SQLite error 8). A source is opened read-only.", Fail(query: query).Message);

        Assert.Equal([Path], Directory.GetFiles(_folder));
        Assert.Equal(bytes, File.ReadAllBytes(Path));
        Assert.Equal(time, File.GetLastWriteTimeUtc(Path));
    }

    private SqliteSource Open(string? table = null, string? query = null) => SqliteSource.Open(new() { Path = Path, Table = table, Query = query });

    private MigrationException Fail(string? table = null, string? query = null) => Assert.Throws<MigrationException>(() => Open(table, query));

    private void Execute(string statements)
    {
        using var connection = new SqliteConnection($"Data Source={Path};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = statements;
        command.ExecuteNonQuery();
    }

    private static object?[] Values(Record record) => [.. Enumerable.Range(0, record.GetSchema().Fields.Count).Select(record.GetValue)];

    private static async Task<List<Record>> ReadAsync(SqliteSource source, CancellationToken cancellationToken = default)
    {
        var records = new List<Record>();
        await foreach (var batch in source.ReadAsync(cancellationToken))
        {
            Assert.Empty(batch.Rejects);
            records.AddRange(batch.Records);
        }

        return records;
    }
}
