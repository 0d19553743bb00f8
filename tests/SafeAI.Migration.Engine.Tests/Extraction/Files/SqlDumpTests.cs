using System.Runtime.CompilerServices;
using System.Text;
using SafeAI.Migration.Engine.Extraction.Files;

namespace SafeAI.Migration.Engine.Tests.Extraction.Files;

/// <summary>The dumps in the folder Dumps were written by mariadb-dump 10.11 and sqlite3 3.40.</summary>
public sealed class SqlDumpTests : FileSourceTest
{
    private static string Dump(string name, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Dumps", name);

    private static Task<Result> ReadDump(string path, string? table = null) =>
        Read(new FileSourceOptions { Path = path, Sql = new SqlDumpOptions { Table = table } });

    private Task<Result> ReadText(string text, string? table = null, SqlDialect? dialect = null) =>
        Read(new FileSourceOptions { Path = Write("dump.sql", text), Sql = new SqlDumpOptions { Table = table, Dialect = dialect } });

    private static string Show(object? value) => value switch
    {
        null => "∅",
        byte[] bytes => "0x" + Convert.ToHexString(bytes),
        IFormattable f => f.ToString(value is DateOnly or DateTime or TimeOnly ? "O" : null, System.Globalization.CultureInfo.InvariantCulture) + ":" + value.GetType().Name,
        _ => $"{value}",
    };

    private static string Show(CatalogForeignKey key) =>
        $"{key.Name}: {string.Join(',', key.Columns)} to {key.ReferencedTable}.{string.Join(',', key.ReferencedColumns)}";

    private static string[] Values(Record record) => [.. Enumerable.Range(0, record.GetSchema().Fields.Count).Select(i => Show(record.GetValue(i)))];

    [Theory]
    [InlineData("mariadb.sql")]
    [InlineData("mariadb-complete.sql")]
    public async Task A_dump_of_mariadb_is_read_with_its_types(string name)
    {
        var result = await ReadDump(Dump(name), "customers");
        Assert.Null(result.Failure);
        Assert.Empty(result.Rejects);
        Assert.Equal(["It is read as a dump of MySQL or MariaDB."], result.Metadata.Notes);
        Assert.Equal(("sql", "utf-8 (given)"), (result.Metadata.Format, result.Metadata.Encoding));
        Assert.Equal(
            [
                "1:Int64", "Ann", "ann@x.org", "12.50:Decimal", "0.1:Double", "1:Int16", "a", "2001-02-03:DateOnly",
                "2024-01-02T03:04:05.6789010:DateTime", "2024-05-06T07:08:09.0000000:DateTime", "0x00FF27220A5C",
                "18446744073709551615:Decimal", "165:Int64", "{\"a\": [1, \"x\"]}", "-12:34:56", "2024:Int16",
            ],
            Values(result.Records[0]));
        Assert.Equal(
            ["2:Int64", "O'Neil \\ \"Q\" ;--\n\r\t\u001A", "∅", "-99999999.99:Decimal", "1E+300:Double", "0:Int16", "b,c", "∅", "∅", "2024-05-06T07:08:09.0000000:DateTime", "∅", "0:Decimal", "∅", "∅", "∅", "∅"],
            Values(result.Records[1]));
        Assert.Equal(
            ["3:Int64", "Zoë 😀", "", "0.00:Decimal", "∅", "1:Int16", "d'e", "0000-00-00", "∅", "2024-05-06T07:08:09.0000000:DateTime", "0x", "∅", "0:Int64", "∅", "∅", "∅"],
            Values(result.Records[2]));
        var schema = result.Records[1].GetSchema();
        Assert.Equal("customers", schema.Name);
        Assert.Equal(["id"], schema.Key.Select(k => k.Name));
        Assert.Equal(("int(10) unsigned", typeof(long), false), (schema.Fields[0].SourceType, schema.Fields[0].Type, schema.Fields[0].IsNullable));
        Assert.Equal("enum('a','b,c','d''e')", schema.Fields[6].SourceType);
        // The rows with a date and a time that .NET does not have share a schema in which fields hold any type.
        Assert.Equal([typeof(object), typeof(DateOnly), typeof(object)], result.Records.Select(r => r.GetSchema().Fields[7].Type));
        Assert.Same(result.Records[0].GetSchema(), result.Records[2].GetSchema());
    }

    [Fact]
    public async Task All_tables_come_in_the_order_of_the_dump_and_are_described()
    {
        var result = await ReadDump(Dump("mariadb.sql"));
        Assert.Equal(["customers", "customers", "customers", "order lines", "order lines", "order lines"], result.Records.Select(r => r.GetSchema().Name));
        Assert.Equal(["1", "1", "1", "a(1),(2);"], Values(result.Records[3]).Select(v => v.Split(':')[0]));
        var tables = result.Metadata.Catalog!.Tables;
        Assert.Equal(["customers", "order lines"], tables.Select(t => t.Name));
        Assert.Equal("fk_cust: customer_id to customers.id", Show(tables[1].ForeignKeys.Single()));
        Assert.Equal(["order_id", "line"], tables[1].PrimaryKey);
        Assert.Equal(("decimal(12,2)", typeof(decimal)), (tables[0].Columns[3].SourceType, tables[0].Columns[3].Type));
        var lines = await File.ReadAllLinesAsync(Dump("mariadb.sql"), Encoding.Latin1);
        Assert.All(result.Records.Skip(3), r => Assert.StartsWith("(", lines[r.GetPosition().Line - 1]));
    }

    [Fact]
    public async Task A_dump_of_sqlite_is_read_with_the_type_of_each_value()
    {
        var result = await ReadDump(Dump("sqlite.sql"));
        Assert.Null(result.Failure);
        Assert.Empty(result.Rejects);
        var customers = result.Records.Where(r => r.GetSchema().Name == "customers").ToList();
        Assert.Equal(["1:Int64", "Ann", "ann@x.org", "12.5:Double", "0x00FF27"], Values(customers[0]));
        Assert.Equal(["2:Int64", "O'Neil; \"q\" -- no", "∅", "-1E+300:Double", "∅"], Values(customers[1]));
        Assert.Equal(["3:Int64", "two\nlines\rx\\y", "", "9223372036854775807:Int64", "0x"], Values(customers[2]));
        Assert.Equal(["4:Int64", "Zoë 😀", "007", "text in a number", "∅"], Values(customers[3]));
        Assert.Equal(["id", "name", "e mail", "balance", "photo"], customers[0].GetSchema().Fields.Select(f => f.Name));
        Assert.Equal("NUMERIC(12,2)", customers[0].GetSchema().Fields[3].SourceType);
        Assert.Equal(["customers", "orders", "log", "order lines"], result.Metadata.Catalog!.Tables.Where(t => t.Columns.Count > 0).Select(t => t.Name));
        Assert.Equal(
            [": customer_id to customers.id", ": order_id to orders.id"],
            result.Metadata.Catalog.Find(null, "order lines")!.ForeignKeys.Select(Show));
        // The rows that a trigger would insert are not among those of the table.
        Assert.Equal(4, result.Records.Count(r => r.GetSchema().Name == "log"));
        Assert.Equal(["1:Int64|2:Int64|2:Int64|3.25:Double"], result.Records.Where(r => r.GetSchema().Name == "order lines").Skip(1).Take(1).Select(r => string.Join('|', Values(r))));
    }

    [Fact]
    public async Task A_copy_block_is_read_with_escapes_nulls_and_bad_rows()
    {
        byte[] text =
        [
            .. """
            -- PostgreSQL database dump
            \restrict abc
            CREATE TABLE public."Cust omers" (id integer NOT NULL, name text, big numeric(40,2), at timestamp without time zone, b bytea, ok boolean DEFAULT true);
            CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS $_$ BEGIN INSERT INTO x VALUES (1); RETURN NEW; END; $_$;
            COPY public."Cust omers" (id, name, big, at, b, ok) FROM stdin;
            1	a\tb\\c\nd	1.50	2024-01-02 03:04:05.5	\\x00ff	t
            2	\N	123456789012345678901234567890123456.78	infinity	\N	f
            3	too few
            x4	\101\x42	NaN	2024-01-02 03:04:05	\\x	t
            5	caf
            """u8, 0xE9, .. "\t\\N\t\\N\t\\N\t\\N\n\\.\n\n-- PostgreSQL database dump complete\n"u8,
        ];
        var result = await ReadDump(Write("dump.sql", text));
        Assert.Null(result.Failure);
        Assert.Equal(["1:Int32", "a\tb\\c\nd", "1.50:Decimal", "2024-01-02T03:04:05.5000000:DateTime", "0x00FF", "True"], Values(result.Records[0]));
        Assert.Equal(["2:Int32", "∅", "123456789012345678901234567890123456.78", "infinity", "∅", "False"], Values(result.Records[1]));
        Assert.Equal(["x4", "AB", "NaN:Double", "2024-01-02T03:04:05.0000000:DateTime", "0x", "True"], Values(result.Records[2]));
        Assert.Equal(
            ["8: The row has 2 values where 6 are expected.", "10: The text of column 'name' is not valid UTF-8. Give the dump's encoding."],
            result.Reasons);
        Assert.Equal(["3\ttoo few", "5\tcaf\\xE9\t\\N\t\\N\t\\N\t\\N"], result.Rejects.Select(r => r.RawText));
        Assert.Equal(["It is read as a dump of PostgreSQL."], result.Metadata.Notes);
    }

    [Theory]
    [InlineData("-- PostgreSQL database dump\nSET client_encoding = 'LATIN1';", "iso-8859-1", "Zoë")]
    [InlineData("-- PostgreSQL database dump\nSET client_encoding = 'LATIN2';", "iso-8859-2", "Łódź")]
    [InlineData("-- PostgreSQL database dump\nSET client_encoding = 'LATIN5';", "iso-8859-9", "İğüş")]
    [InlineData("-- PostgreSQL database dump\nSET client_encoding = 'LATIN9';", "iso-8859-15", "5 €")]
    [InlineData("-- PostgreSQL database dump\nSET client_encoding = 'ISO_8859_5';", "iso-8859-5", "Привет")]
    [InlineData("-- PostgreSQL database dump\nSET client_encoding = 'WIN1251';", "windows-1251", "Привет")]
    [InlineData("-- PostgreSQL database dump\nSET client_encoding = 'WIN866';", "cp866", "Привет")]
    [InlineData("-- PostgreSQL database dump\nSET client_encoding = 'KOI8U';", "koi8-u", "Їжак")]
    [InlineData("-- PostgreSQL database dump\nSET client_encoding = 'EUC_JP';", "euc-jp", "漢字")]
    [InlineData("-- PostgreSQL database dump\nSET client_encoding = 'SJIS';", "shift_jis", "漢字")]
    [InlineData("-- PostgreSQL database dump\nSET client_encoding = 'UHC';", "ks_c_5601-1987", "한글")]
    [InlineData("-- PostgreSQL database dump\nSET client_encoding = 'GB18030';", "gb18030", "汉字")]
    [InlineData("-- MariaDB dump 10.19\n/*!40101 SET NAMES latin1 */;", "windows-1252", "5 €")]
    [InlineData("-- MariaDB dump 10.19\n/*!40101 SET NAMES latin5 */;", "iso-8859-9", "İğüş")]
    [InlineData("-- MariaDB dump 10.19\n/*!40101 SET NAMES cp1251 */;", "windows-1251", "Привет")]
    [InlineData("-- MariaDB dump 10.19\n/*!40101 SET NAMES greek */;", "iso-8859-7", "Αθήνα")]
    [InlineData("-- MariaDB dump 10.19\n/*!40101 SET NAMES ujis */;", "euc-jp", "漢字")]
    [InlineData("-- MariaDB dump 10.19\n/*!40101 SET NAMES utf8mb3 */;", "utf-8", "漢字")]
    public async Task The_stated_encoding_of_a_dump_is_used(string head, string encoding, string text)
    {
        var codec = CodePagesEncodingProvider.Instance.GetEncoding(encoding) ?? Encoding.GetEncoding(encoding);
        var result = await ReadDump(Write("dump.sql", codec.GetBytes($"{head}\nCREATE TABLE t (a text);\nINSERT INTO t VALUES ('{text}');\n")));
        Assert.Equal([text], Values(result.Records.Single()));
        Assert.Equal($"{codec.WebName} (given)", result.Metadata.Encoding);
    }

    [Fact]
    public async Task An_encoding_that_is_not_known_is_told_and_can_be_overruled()
    {
        var path = Write("dump.sql", "-- PostgreSQL database dump\nSET client_encoding = 'EUC_TW';\nCREATE TABLE t (a text);\nINSERT INTO t VALUES ('x');\n");
        var error = await Assert.ThrowsAsync<MigrationException>(() => ReadDump(path));
        Assert.Equal(ErrorCode.SourceUnreadable, error.Code);
        Assert.Equal($"The dump '{path}' says that its encoding is 'EUC_TW', which is not known. Make the dump in UTF-8, or give the encoding.", error.Message);
        var result = await Read(new FileSourceOptions { Path = path, Encoding = "big5" });
        Assert.Equal(["x"], Values(result.Records.Single()));
    }

    [Fact]
    public async Task Columns_that_cannot_be_told_apart_are_errors()
    {
        var result = await ReadText("CREATE TABLE t (a integer, b text, a text);\nINSERT INTO t VALUES (1, 'x', 'y');");
        Assert.Equal($"{result.Source.Name}, line 2: The table 't' has two columns named 'a'. Make the dump again.", result.Failure!.Message);
        result = await ReadText("CREATE TABLE t (a integer, b text);\nINSERT INTO t (a, a) VALUES (1, 2);");
        Assert.Equal($"{result.Source.Name}, line 2: The columns of the table 't' are not all different. Make the dump again.", result.Failure!.Message);
        Assert.Equal(ErrorCode.SourceUnreadable, result.Failure.Code);
    }

    [Fact]
    public async Task Values_that_are_not_what_they_say_are_rejected_or_come_as_text()
    {
        var result = await ReadText(
            $"-- MySQL dump\nCREATE TABLE t (a int, b blob, c decimal(4,1));\nINSERT INTO t VALUES (1, X'0g', 1),\n(2, 0xFF, ''),\n(3, b'102', 3),\n(4, x'{new string('z', 70)}', 4);",
            dialect: SqlDialect.MySql);
        Assert.Equal(["2:Int64|0xFF|"], result.Records.Select(r => string.Join('|', Values(r))).Select(v => v.Replace("Int32", "Int64", StringComparison.Ordinal)));
        Assert.Equal(
            [
                "3: A value in hexadecimal holds other characters: 0g",
                "5: A value in bits holds other characters: 102",
                $"6: A value in hexadecimal holds other characters: {new string('z', 60)}…",
            ],
            result.Reasons);
        result = await ReadText("-- PostgreSQL database dump\nCREATE TABLE t (a bytea, b numeric(3,1), c integer]);\nCOPY t (a, b, c) FROM stdin;\n\\\\xzz\t\t1\n\\\\x0\t1\t2\n\\.\n");
        Assert.Equal(["\\xzz||1", "\\x0|1:Decimal|2"], result.Records.Select(r => string.Join('|', Values(r))));
    }

    [Fact]
    public async Task A_table_that_is_not_there_is_an_error_with_those_that_are()
    {
        var result = await ReadText("CREATE TABLE public.b (id int);\nCREATE TABLE a (id int);\nINSERT INTO a VALUES (1);", "c");
        Assert.Equal($"There is no table 'c' in the dump '{result.Source.Name}'. Its tables are: a, public.b.", result.Failure!.Message);
        Assert.Equal(ErrorCode.SourceNotFound, result.Failure.Code);
        result = await ReadText("CREATE TABLE public.b (id int);\nINSERT INTO public.b VALUES (1);", "B");
        Assert.Single(result.Records);
        result = await ReadText("-- PostgreSQL database dump\nSET x = 1;\n", "c");
        Assert.Equal($"There is no table 'c' in the dump '{result.Source.Name}'. It has no tables at all.", result.Failure!.Message);
    }

    [Fact]
    public async Task A_dialect_that_is_not_read_and_a_column_that_is_not_there_are_errors()
    {
        var error = await Assert.ThrowsAsync<MigrationException>(() => ReadText("INSERT INTO t VALUES (1);", dialect: SqlDialect.SqlServer));
        Assert.Equal("SQL of Microsoft SQL Server is written, but not read. Read the database itself, or export its tables as CSV.", error.Message);
        Assert.Equal(ErrorCode.InvalidOptions, error.Code);
        var result = await ReadText("CREATE TABLE t (a integer);\nINSERT INTO t VALUES (1);\nINSERT INTO t (a, b) VALUES (1, 2);");
        Assert.Single(result.Records);
        Assert.Equal($"{result.Source.Name}, line 3: The table 't' has no column 'b'. Make the dump again.", result.Failure!.Message);
        Assert.Equal(ErrorCode.SourceUnreadable, result.Failure.Code);
    }

    [Theory]
    [InlineData("CREATE TABLE t (a integer, b text);\nCOPY t (a, b) FROM stdin;\n1\tx\n", "line 2: The data of table 't' that begins here does not end well: the dump is cut off or damaged.")]
    [InlineData("CREATE TABLE t (a integer, b text);\nINSERT INTO t VALUES (1, 'x'), (2, 'y", "line 2: The data of table 't' that begins here does not end well: the dump is cut off or damaged.")]
    [InlineData("CREATE TABLE t (a integer);\nINSERT INTO t VALUES (1);\n\nINSERT INTO t (a", "line 4: A statement that begins here does not end well: the dump is cut off or damaged.")]
    [InlineData("CREATE TABLE t (a integer);\nINSERT INTO t VALUES (1);\n\nINSERT IN", "line 4: A statement that begins here does not end well: the dump is cut off or damaged.")]
    [InlineData("CREATE TABLE t (a integer);\nINSERT INTO t VALUES (1);\nCREATE TABLE u (a integer, b text", "line 3: A statement that begins here does not end well: the dump is cut off or damaged.")]
    [InlineData("CREATE TABLE t (a integer, b text);\nINSERT INTO t VALUES (1, 'x'), (2", "line 2: The data of table 't' that begins here does not end well: the dump is cut off or damaged.")]
    public async Task A_dump_that_is_cut_off_is_an_error_after_its_good_rows(string text, string message)
    {
        var result = await ReadText(text);
        Assert.Single(result.Records);
        Assert.Equal($"{result.Source.Name}, {message} Make the dump again, and check that the program ended without an error.", result.Failure!.Message);
        Assert.Equal(ErrorCode.SourceUnreadable, result.Failure.Code);
    }

    [Theory]
    [InlineData("INSERT INTO t VALUES (1, 'x'), (2, '", 998, "');", true)]
    [InlineData("INSERT INTO t VALUES (1, 'x'), (2, '", 1023, "');", false)]
    [InlineData("INSERT INTO t VALUES (1, 'x'), (2, '", 900_000, "');", false)]
    [InlineData("INSERT INTO t VALUES (1, 'x'), (2, $$", 900_000, "$$);", false)]
    [InlineData("INSERT INTO t VALUES (1, 'x'), (2, ", 900_000, ");", false)]
    [InlineData("COPY t (a, b) FROM stdin;\n1\tx\n2\t", 1022, "\n\\.\n", true)]
    [InlineData("COPY t (a, b) FROM stdin;\n1\tx\n2\t", 1023, "\n\\.\n", false)]
    [InlineData("COPY t (a, b) FROM stdin;\n1\tx\n2\t", 900_000, "\n\\.\n", false)]
    public async Task A_value_beyond_the_limit_ends_the_read(string before, int size, string after, bool fits)
    {
        var path = Write("dump.sql", $"-- PostgreSQL database dump\nCREATE TABLE t (a integer, b text);\n{before}{new string('7', size)}{after}\n-- PostgreSQL database dump complete\n");
        var result = await Read(new FileSourceOptions { Path = path, Sql = new SqlDumpOptions { MaxValueSize = 1024 } });
        Assert.Equal(fits ? 2 : 1, result.Records.Count);
        Assert.Equal(fits ? null : $"'{path}' cannot be read on after 1 records: a value is longer than the limit of 1024 bytes. Check that the file is whole.", result.Failure?.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => FileSources.Open(new FileSourceOptions { Path = path, Sql = new SqlDumpOptions { MaxValueSize = (1 << 29) + 1 } }));
    }

    [Fact]
    public async Task A_dump_without_its_last_line_is_doubted()
    {
        var result = await ReadText("-- PostgreSQL database dump\nCREATE TABLE t (a integer);\nINSERT INTO t VALUES (1);\n");
        Assert.Single(result.Records);
        Assert.Contains("The line with which the program ends a complete dump is missing: it may be cut off.", result.Metadata.Notes);
    }

    [Fact]
    public async Task Rows_with_the_wrong_number_of_values_or_with_expressions_are_rejected()
    {
        var result = await ReadText("CREATE TABLE t (a integer, b text);\nINSERT INTO t VALUES (1, 'x'),\n(2),\n(3, now(1, ')')),\n(4, 'y'::text);\nINSERT INTO t (b) VALUES ('only');");
        Assert.Equal(["1:Int32|x", "4:Int32|y", "∅|only"], result.Records.Select(r => string.Join('|', Values(r))));
        Assert.Equal(
            ["3: The row has 1 value where 2 are expected.", "4: The value of column 'b' is an expression, not a value: now…"],
            result.Reasons);
    }

    [Fact]
    public async Task Rows_of_a_table_that_is_not_described_need_names()
    {
        var result = await ReadText("INSERT INTO t (a, b) VALUES (1, 'x'), (2.5, NULL);");
        Assert.Equal(["1:Int64|x", "2.5:Double|∅"], result.Records.Select(r => string.Join('|', Values(r))));
        result = await ReadText("\nINSERT INTO t VALUES (1, 'x');");
        Assert.Equal(
            $"{result.Source.Name}, line 2: The dump neither creates the table 't' nor names its columns. Make the dump with the tables' definitions, or with the columns in each INSERT.",
            result.Failure!.Message);
    }

    [Fact]
    public async Task Values_across_the_borders_of_buffers_are_whole()
    {
        var sizes = Enumerable.Range(0, 300).Select(i => i * 53 % 9001).Append(1_500_000).ToArray();
        var rows = sizes.Select((s, i) => $"({i}, '{new string('x', s)}''\\')");
        var result = await ReadText($"CREATE TABLE t (i integer, s text);\nINSERT INTO t VALUES {string.Join(",\n", rows)};");
        Assert.Null(result.Failure);
        Assert.Equal(sizes, result.Records.Select(r => ((string)r.GetValue(1)!).Length - 2));
        Assert.All(result.Records, r => Assert.EndsWith("'\\", (string)r.GetValue(1)!));
        Assert.Equal(Enumerable.Range(2, sizes.Length).Select(i => (long)i), result.Records.Select(r => r.GetPosition().Line));
    }
}
