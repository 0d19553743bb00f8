using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.Export;
using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Databases;
using SafeAI.Migration.Engine.Extraction.Files;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Export;

/// <summary>SQL for the databases besides PostgreSQL.</summary>
public sealed class SqlDialectTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string At(string name) => Path.Combine(_folder.Path, name);

    [Fact]
    public void What_is_written_for_SQLite_is_in_SQLite_what_it_was()
    {
        var values = new Dictionary<Type, Gen<object?>>(RecordGenerators.Values(1))
        {
            // SQLite takes not-a-number for null, and has no negative zero.
            [typeof(float)] = RecordGenerators.Long.Select(n => BitConverter.Int32BitsToSingle((int)n)).Where(n => !float.IsNaN(n) && n != 0).Select(n => (object?)n),
            [typeof(double)] = Gen.OneOf(RecordGenerators.Long.Select(BitConverter.Int64BitsToDouble).Where(n => !double.IsNaN(n) && n != 0), RecordGenerators.Long.Select(n => n / 1000.0).Where(n => n != 0), Gen.Elements(0.1, 0.1 + 0.2, 1d / 3, 1d, 1e22, double.MaxValue, double.Epsilon, double.NegativeInfinity)).Select(n => (object?)n),
            [typeof(string)] = Gen.OneOf(RecordGenerators.Text, Gen.Constant<object?>("a\0b'c")),
        };
        Prop.ForAll(RecordGenerators.Records(values).ToArbitrary(), written =>
        {
            var difference = RecordGenerators.Difference(written, ThroughSqlite(written));
            return (difference is null).Label(difference ?? "");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Runs));
    }

    [Fact]
    public void What_is_written_for_MySQL_reads_back_as_its_dump()
    {
        var values = new Dictionary<Type, Gen<object?>>(RecordGenerators.Values(TimeSpan.TicksPerMicrosecond))
        {
            [typeof(float)] = RecordGenerators.Long.Select(n => BitConverter.Int32BitsToSingle((int)n)).Where(float.IsFinite).Select(n => (object?)n),
            [typeof(double)] = RecordGenerators.Long.Select(BitConverter.Int64BitsToDouble).Where(double.IsFinite).Select(n => (object?)n),
            [typeof(TimeSpan)] = RecordGenerators.Long.Select(n => (object?)new TimeSpan(n % new TimeSpan(838, 59, 59).Ticks / TimeSpan.TicksPerMicrosecond * TimeSpan.TicksPerMicrosecond)),
            [typeof(string)] = Gen.OneOf(RecordGenerators.Text, Gen.Constant<object?>("a\0b'c\\\u001a")),
        };
        Prop.ForAll(RecordGenerators.Records(values).ToArbitrary(), written =>
        {
            var options = new FileExportOptions { Path = At("x.sql"), SchemaPath = At("x.schema.json"), Force = true, Dialect = SqlDialect.MySql };
            Export(options, written);
            var read = ReadAsync(TypedRecordSource.Open(new FileSourceOptions { Path = options.Path }, options.SchemaPath)).GetAwaiter().GetResult();
            var difference = RecordGenerators.Difference(written, read);
            return (difference is null).Label(difference ?? "");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Runs));
    }

    [Fact]
    public async Task A_script_for_SQLite_may_be_added_to_and_keeps_names_and_keys()
    {
        var schema = new RecordSchema("odd \"name\"", [new("a \"key\"", typeof(string)), new("n", typeof(long))], ["a \"key\""]);
        var source = new RecordSource("x");
        var options = new FileExportOptions { Path = At("x.sql"), Dialect = SqlDialect.Sqlite };
        Export(options, schema.CreateRecord(["it's", 1L], source, 1));
        Export(options with { Append = true }, schema.CreateRecord(["", null], source, 1));
        Run(At("x.sql"));
        await using var read = SqliteSource.Open(new SqliteSourceOptions { Path = At("x.db"), Table = "odd \"name\"" });
        Assert.Equal(["a \"key\""], read.Metadata.Schema!.Key.Select(k => k.Name));
        Assert.Equal([("", null), ("it's", 1L)], (await ReadAsync(read)).Select(r => (r.GetValue(0), r.GetValue(1))).OrderBy(r => (string?)r.Item1, StringComparer.Ordinal));
        Assert.Throws<SqliteException>(() => Run(At("x.sql")));
    }

    [Fact]
    public void Transact_SQL_is_written_as_SQL_Server_documents_it()
    {
        var schema = new RecordSchema("dbo.odd]name", [
            new("key", typeof(string)), new("text", typeof(string)), new("flag", typeof(bool)), new("tiny", typeof(byte)), new("big", typeof(ulong)), new("number", typeof(decimal)), new("ratio", typeof(double)),
            new("day", typeof(DateOnly)), new("clock", typeof(TimeOnly)), new("local", typeof(DateTime)), new("moment", typeof(DateTimeOffset)), new("span", typeof(TimeSpan)), new("uuid", typeof(Guid)), new("raw", typeof(byte[])), new("list", typeof(long[])),
        ], ["key"]);
        Export(new FileExportOptions { Path = At("x.sql"), Dialect = SqlDialect.SqlServer },
            schema.CreateRecord(
            [
                "k'1", "a\0b\\\nİ😀", true, (byte)255, ulong.MaxValue, 1.50m, 0.1, new DateOnly(2024, 2, 29), new TimeOnly(1, 2, 3), new DateTime(2024, 2, 29, 12, 0, 0).AddTicks(1),
                new DateTimeOffset(2024, 2, 29, 12, 0, 0, TimeSpan.FromMinutes(-210)), TimeSpan.FromHours(36), Guid.Empty, new byte[] { 0, 255 }, new[] { 1L, 2L },
            ], new RecordSource("x"), 1),
            schema.CreateRecord(["k2", .. new object?[14]], new RecordSource("x"), 2));
        Assert.Equal(
            """
            -- Microsoft SQL Server export of SafeAI.Migration. Run it with sqlcmd -x -f 65001.
            SET NOCOUNT ON;
            SET XACT_ABORT ON;
            BEGIN TRANSACTION;
            IF OBJECT_ID(N'[dbo].[odd]]name]', N'U') IS NULL
            CREATE TABLE [dbo].[odd]]name] (
                [key] nvarchar(450) COLLATE Latin1_General_100_BIN2 NOT NULL,
                [text] nvarchar(max),
                [flag] bit,
                [tiny] tinyint,
                [big] decimal(20,0),
                [number] decimal(38,18),
                [ratio] float,
                [day] date,
                [clock] time(7),
                [local] datetime2(7),
                [moment] datetimeoffset(7),
                [span] nvarchar(max),
                [uuid] uniqueidentifier,
                [raw] varbinary(max),
                [list] nvarchar(max),
                PRIMARY KEY ([key])
            );

            INSERT INTO [dbo].[odd]]name] ([key], [text], [flag], [tiny], [big], [number], [ratio], [day], [clock], [local], [moment], [span], [uuid], [raw], [list]) VALUES
            (N'k''1', CAST(N'' AS nvarchar(max))+N'a'+NCHAR(0)+N'b\'+N'
            İ😀', 1, 255, 18446744073709551615, 1.5, 0.1E0, '2024-02-29', '01:02:03', '2024-02-29T12:00:00.0000001', '2024-02-29T12:00:00.0000000-03:30', N'P1DT12H', '00000000-0000-0000-0000-000000000000', 0x00FF, N'[1,2]'),
            (N'k2', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

            COMMIT TRANSACTION;

            """.ReplaceLineEndings("\n"), File.ReadAllText(At("x.sql")));
    }

    public static TheoryData<SqlDialect, object, string> Refused => new()
    {
        { SqlDialect.MySql, double.NaN, ErrorCode.UnsupportedValue },
        { SqlDialect.MySql, float.PositiveInfinity, ErrorCode.UnsupportedValue },
        { SqlDialect.MySql, new TimeSpan(839, 0, 0), ErrorCode.UnsupportedValue },
        { SqlDialect.MySql, new TimeOnly(1), ErrorCode.LossyConversion },
        { SqlDialect.MySql, BigInteger.Pow(10, 65), ErrorCode.UnsupportedValue },
        { SqlDialect.MySql, "LONE", ErrorCode.UnsupportedValue },
        { SqlDialect.Sqlite, double.NaN, ErrorCode.UnsupportedValue },
        { SqlDialect.Sqlite, "LONE", ErrorCode.UnsupportedValue },
        { SqlDialect.SqlServer, double.NegativeInfinity, ErrorCode.UnsupportedValue },
        { SqlDialect.SqlServer, 0.0000000000000000001m, ErrorCode.LossyConversion },
        { SqlDialect.SqlServer, 100_000_000_000_000_000_000m, ErrorCode.LossyConversion },
        { SqlDialect.SqlServer, BigInteger.Pow(10, 38), ErrorCode.UnsupportedValue },
        { SqlDialect.SqlServer, "LONE", ErrorCode.UnsupportedValue },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_a_database_could_not_hold_exactly_is_a_reject_and_leaves_no_trace(SqlDialect dialect, object value, string code)
    {
        // Half of a surrogate pair does not survive in the name of a test.
        value = value is "LONE" ? "\ud800" : value;
        var schema = new RecordSchema("things", [new("v", value.GetType())]);
        var rejects = new List<Reject>();
        using var export = new FileExport(new FileExportOptions { Path = At("x.sql"), Dialect = dialect }, rejects.Add);
        export.Add(schema.CreateRecord([value], new RecordSource("x"), 1));
        var result = export.Complete();
        Assert.Equal((code, "v"), (Assert.Single(rejects).Code, rejects[0].Field));
        Assert.Equal(0, result.Written);
        Assert.DoesNotContain("INSERT INTO", File.ReadAllText(At("x.sql")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SqlDialect.MySql)]
    [InlineData(SqlDialect.Sqlite)]
    [InlineData(SqlDialect.SqlServer)]
    public void Copy_is_of_PostgreSQL_only(SqlDialect dialect) =>
        Assert.Equal(ErrorCode.InvalidOptions, Assert.Throws<MigrationException>(() => new FileExport(new FileExportOptions { Path = At("x.sql"), Dialect = dialect, SqlStyle = SqlStyle.Copy })).Code);

    private static int Runs => Environment.GetEnvironmentVariable("SAFEAI_LONG_TESTS") == "1" ? 2000 : 40;

    private static void Export(FileExportOptions options, params Record[] records)
    {
        using var export = new FileExport(options, r => Assert.Fail(r.ToString()));
        foreach (var record in records)
            export.Add(record);
        export.Complete();
    }

    private List<Record> ThroughSqlite(Record[] written)
    {
        File.Delete(At("x.db"));
        Export(new FileExportOptions { Path = At("x.sql"), Force = true, Dialect = SqlDialect.Sqlite }, written);
        if (written.Length == 0)
            return [];
        Run(At("x.sql"));
        var schema = written[0].GetSchema();
        var read = ReadAsync(SqliteSource.Open(new SqliteSourceOptions { Path = At("x.db"), Table = "things" })).GetAwaiter().GetResult();
        return [.. read.Select((r, i) => schema.CreateRecord([.. schema.Fields.Select(f => From(r.GetValue(f.Ordinal), f.Type))], new RecordSource("x"), i + 1))];

        static object? From(object? value, Type type) => type == typeof(bool) && value is long truth ? truth != 0
            : type == typeof(float) && value is double number ? (float)number
            : ValueText.To(value, type);
    }

    private void Run(string script)
    {
        using var connection = new SqliteConnection($"Data Source={At("x.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The script is what is tested.
        command.CommandText = File.ReadAllText(script);
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static async Task<List<Record>> ReadAsync(IRecordSource source)
    {
        var read = new List<Record>();
        await using (source)
        {
            await foreach (var batch in source.ReadAsync())
            {
                Assert.Empty(batch.Rejects);
                read.AddRange(batch.Records);
            }
        }

        return read;
    }
}
