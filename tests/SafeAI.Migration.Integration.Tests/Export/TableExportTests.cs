using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using SafeAI.Migration.Engine.Export;
using SafeAI.Migration.Engine.Tests.Export;
using SafeAI.Migration.Integration.Tests.Extraction.Databases;

namespace SafeAI.Migration.Integration.Tests.Export;

public sealed class TableExportTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    private static readonly Type[] s_plain =
    [
        typeof(string), typeof(bool), typeof(short), typeof(int), typeof(long), typeof(float), typeof(double), typeof(decimal), typeof(DateOnly), typeof(TimeOnly), typeof(DateTime), typeof(DateTimeOffset), typeof(Guid), typeof(byte[]),
    ];

    private static readonly Type[] s_arrays = [.. s_plain.Select(t => t.MakeArrayType())];

    /// <summary>What PostgreSQL has no type of its own for: it comes back wider, or as its text.</summary>
    private static readonly Type[] s_others = [typeof(sbyte), typeof(byte), typeof(ushort), typeof(uint), typeof(ulong), typeof(BigInteger), typeof(TimeSpan), typeof(char)];

    private static int Runs => Environment.GetEnvironmentVariable("SAFEAI_LONG_TESTS") == "1" ? 500 : 15;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_exported_reads_back_equal(bool withArrays)
    {
        var values = RecordGenerators.Values(TimeSpan.TicksPerMicrosecond).Where(v => s_plain.Contains(v.Key) || (withArrays && s_arrays.Contains(v.Key))).ToDictionary(v => v.Key, v => v.Value);
        var table = withArrays ? "round_trip_arrays" : "round_trip";
        Prop.ForAll(RecordGenerators.Records(values).Where(r => r.Length > 0).ToArbitrary(), written =>
        {
            var difference = Task.Run(async () =>
            {
                await fixture.Database.ExecuteAsync($"DROP TABLE IF EXISTS {table}");
                var rejects = new List<Reject>();
                using (var export = await OpenAsync(table, rejects, creates: true))
                {
                    Add(export, written);
                    export.Complete();
                    Assert.Equal(!withArrays, export.IsBinary);
                }

                Assert.Empty(rejects);
                await using var source = await fixture.OpenTableAsync(table);
                return RecordGenerators.Difference(written, await source.ReadAllAsync());
            }).GetAwaiter().GetResult();
            return (difference is null).Label(difference ?? "");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Runs));
    }

    [Fact]
    public void Every_type_is_among_those_that_are_exported_and_read_or_has_none_in_PostgreSQL() =>
        Assert.Equal(ValueText.Types.Where(t => t != typeof(object)).OrderBy(t => t.Name), s_plain.Concat(s_others).OrderBy(t => t.Name));

    // A column of another type makes the export write text in place of the binary form; both refuse the same.
    [Theory]
    [InlineData("kept_binary", "")]
    [InlineData("kept_text", ", span interval")]
    public async Task What_a_column_would_not_keep_is_a_reject(string table, string more)
    {
        await fixture.Database.ExecuteAsync($"CREATE TABLE {table} (id bigint, local timestamp(3), moment timestamptz(0), clock time(1), day date, ratio double precision, small real, price numeric(6,2){more})");
        RecordField[] fields = [new("id", typeof(long)), .. new[] { "local", "moment", "clock", "day", "ratio", "small", "price" }.Select(n => new RecordField(n, typeof(object)))];
        var schema = new RecordSchema(table, fields);
        var noon = new DateTime(2024, 2, 29, 12, 0, 0);
        (string Field, object Value, string? Code)[] cases =
        [
            ("local", noon.AddMilliseconds(1), null), ("local", noon.AddTicks(10), ErrorCode.LossyConversion), ("local", "2024-02-29 12:00:00.0001", ErrorCode.LossyConversion),
            ("local", DateTime.SpecifyKind(noon, DateTimeKind.Utc), ErrorCode.LossyConversion), ("local", new DateTimeOffset(noon, TimeSpan.Zero), ErrorCode.LossyConversion),
            ("local", "2024-02-29T12:00:00Z", ErrorCode.LossyConversion),
            ("moment", new DateTimeOffset(noon, TimeSpan.FromHours(2)), null), ("moment", DateTime.SpecifyKind(noon, DateTimeKind.Utc), null),
            ("moment", new DateTimeOffset(noon, TimeSpan.Zero).AddMilliseconds(1), ErrorCode.LossyConversion), ("moment", noon, ErrorCode.ConversionFailed), ("moment", "2024-02-29 12:00:00", ErrorCode.ConversionFailed),
            ("clock", new TimeOnly(1, 2, 3, 100), null), ("clock", new TimeOnly(1, 2, 3, 150), ErrorCode.LossyConversion),
            ("day", noon, ErrorCode.ConversionFailed), ("day", "2024-02-29", null),
            ("ratio", 0.1m, null), ("ratio", "0.1234567890123456789", ErrorCode.LossyConversion), ("ratio", 9007199254740993L, ErrorCode.LossyConversion), ("ratio", long.MinValue + 1, ErrorCode.LossyConversion), ("ratio", 0.1 + 0.2, null),
            ("small", 0.1, null), ("small", 0.123456789, ErrorCode.LossyConversion), ("small", 16777217L, ErrorCode.LossyConversion), ("small", 0.1f + 0.2f, null), ("small", "1.5", null),
            ("price", 1.5m, null), ("price", 0.125m, ErrorCode.LossyConversion), ("price", 0.125, ErrorCode.LossyConversion),
        ];
        var rejects = new List<Reject>();
        using var export = await OpenAsync(table, rejects);
        Add(export, cases.Select((c, i) => schema.CreateRecord([(long)i, .. fields.Skip(1).Select(f => f.Name == c.Field ? c.Value : null)], new RecordSource("cases"), i + 1))
            .Append(more.Length == 0 ? new RecordSchema(table, [new("id", typeof(long))]).CreateRecord([-1L], new RecordSource("cases"), 99) : new RecordSchema(table, [new("id", typeof(long)), new("span", typeof(TimeSpan))]).CreateRecord([-1L, TimeSpan.Zero], new RecordSource("cases"), 99)));
        var result = export.Complete();
        Assert.Equal(more.Length == 0, export.IsBinary);
        var codes = rejects.ToDictionary(r => (int)r.Position.Ordinal - 1, r => (r.Code, r.Field));
        Assert.Equal(cases.Select((c, i) => $"{i} {c.Field} {c.Value} {c.Code}"), cases.Select((c, i) => $"{i} {c.Field} {c.Value} {(codes.TryGetValue(i, out var r) ? r.Code : "")}"));
        Assert.Equal(cases.Count(c => c.Code is null) + 1, result.Written);
    }

    [Theory]
    [InlineData("numeric(6,2)[]", new[] { 0.5, 0.125 })]
    [InlineData("real[]", new[] { 0.5, 0.123456789 })]
    public async Task What_an_element_of_a_column_would_not_keep_is_a_reject(string type, double[] list)
    {
        var table = $"elements_{type[..4]}";
        await fixture.Database.ExecuteAsync($"CREATE TABLE {table} (list {type})");
        var schema = new RecordSchema(table, [new("list", typeof(double[]))]);
        var rejects = new List<Reject>();
        using var export = await OpenAsync(table, rejects);
        Add(export, [schema.CreateRecord([list], new RecordSource("x"), 1), schema.CreateRecord([list[..1]], new RecordSource("x"), 2)]);
        Assert.Equal(1, export.Complete().Written);
        Assert.Equal((ErrorCode.LossyConversion, "list"), (Assert.Single(rejects).Code, rejects[0].Field));
    }

    [Fact]
    public async Task Texts_go_into_a_table_that_has_types()
    {
        await fixture.Database.ExecuteAsync("CREATE TABLE typed (id bigint PRIMARY KEY, amount numeric(12,2), price numeric, ok bool, at timestamptz, day date, ref uuid, \"Name\" varchar(5), kind text DEFAULT 'none')");
        string[] names = ["id", "amount", "price", "ok", "at", "day", "ref", "name"];
        var schema = new RecordSchema("texts", names.Select(n => new RecordField(n, typeof(string))));
        string?[][] rows =
        [
            ["1", "12.50", "-0.00012345678", "true", "2024-02-29T12:00:00Z", "2024-02-29", "6f9619ff-8b86-d011-b42d-00c04fc964ff", "Zoë"],
            ["2", "1234567890.12", "12345678901234567890123456789012345678901234567890.5", "f", "2024-02-29 12:00:00+02:00", null, null, ""],
            ["3", "0.125", "0", "true", "2024-02-29T12:00:00Z", null, null, null],
            ["4", "-10000", "10000.0001", "false", "2024-02-29T12:00:00", null, null, null],
            ["five", null, null, null, null, null, null, null],
            ["6", null, null, null, null, null, null, "too long"],
            ["99999999999999999999", null, null, null, null, null, null, null],
            ["8", null, null, null, null, null, null, "a\0b"],
            ["9", "-10000", "00010000.0000", null, null, null, null, "👩👩👩👩👩"],
        ];
        var rejects = new List<Reject>();
        var source = new RecordSource("texts");
        ExportResult result;
        using (var export = await OpenAsync("typed", rejects))
        {
            Add(export, rows.Select((r, i) => schema.CreateRecord([.. r], source, i + 1)));
            result = export.Complete();
        }

        Assert.Equal(
            [(3, "amount", ErrorCode.LossyConversion), (4, "at", ErrorCode.ConversionFailed), (5, "id", ErrorCode.ConversionFailed), (6, "name", ErrorCode.LossyConversion), (7, "id", ErrorCode.ConversionFailed), (8, "name", ErrorCode.UnsupportedValue)],
            rejects.Select(r => ((int)r.Position.Ordinal, r.Field!, r.Code)));
        Assert.Equal((9, 3, 6, "postgresql"), (result.Records, result.Written, result.Rejected, result.Format));
        Assert.Equal(
            "1|12.50|-0.00012345678|true|2024-02-29 12:00:00+00|2024-02-29|6f9619ff-8b86-d011-b42d-00c04fc964ff|Zoë|none\n" +
            "2|1234567890.12|12345678901234567890123456789012345678901234567890.5|false|2024-02-29 10:00:00+00|∅|∅||none\n" +
            "9|-10000.00|10000.0000|∅|∅|∅|∅|👩👩👩👩👩|none",
            await fixture.Database.ScalarAsync("SET timezone = 'UTC'; SELECT string_agg(concat_ws('|', id, amount, price, coalesce(ok::text, '∅'), coalesce(at::text, '∅'), coalesce(day::text, '∅'), coalesce(ref::text, '∅'), \"Name\", kind), E'\\n' ORDER BY id) FROM typed"));
    }

    [Fact]
    public async Task Nothing_persists_unless_complete()
    {
        await fixture.Database.ExecuteAsync("CREATE TABLE half (id bigint PRIMARY KEY, name text NOT NULL)");
        using (var export = await OpenAsync("half", []))
            Add(export, Rows(10_000));
        Assert.Equal(0L, await fixture.Database.ScalarAsync("SELECT count(*) FROM half"));

        // The server finds the fault in the last row; none of those before it stays.
        using (var export = await OpenAsync("half", []))
        {
            Add(export, Rows(10_000));
            Add(export, Rows(1));
            var e = Assert.Throws<MigrationException>(() => export.Complete());
            Assert.Equal(ErrorCode.ExportFailed, e.Code);
            Assert.Contains("line 10001", e.Message, StringComparison.Ordinal);
            Assert.Contains("Nothing was written", e.Message, StringComparison.Ordinal);
        }

        Assert.Equal(0L, await fixture.Database.ScalarAsync("SELECT count(*) FROM half"));
        using (var export = await OpenAsync("made", [], creates: true))
            Add(export, Rows(10));
        Assert.Null(await fixture.Database.ScalarAsync("SELECT to_regclass('made')::text"));
    }

    [Fact]
    public async Task A_table_or_column_that_is_not_there_is_said_before_anything_is_written()
    {
        var missing = await Assert.ThrowsAsync<MigrationException>(() => OpenAsync("no_such", []));
        Assert.Equal(ErrorCode.ExportFailed, missing.Code);
        Assert.Contains("CreateTable", missing.Message, StringComparison.Ordinal);
        await fixture.Database.ExecuteAsync("CREATE TABLE narrow (id bigint)");
        using var export = await OpenAsync("narrow", []);
        var e = Assert.Throws<MigrationException>(() => Add(export, Rows(1)));
        Assert.Contains("no column 'name'. It has id.", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(fixture.Database.Server.Password, e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Types_that_have_no_binary_form_here_are_written_as_text()
    {
        await fixture.Database.ExecuteAsync("CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE TABLE special (id int, feels mood, span interval, big numeric(20,0), doc jsonb, odd inet)");
        var schema = new RecordSchema("special", [new("id", typeof(int)), new("feels", typeof(string)), new("span", typeof(TimeSpan)), new("big", typeof(ulong)), new("doc", typeof(object)), new("odd", typeof(string))]);
        using (var export = await OpenAsync("special", []))
        {
            export.Add(schema.CreateRecord([1, "happy", new TimeSpan(1, 2, 3, 4, 500), ulong.MaxValue, new Dictionary<string, object?> { ["a"] = new object?[] { 1L, "x\ty" } }, "10.0.0.1"], new RecordSource("x"), 1));
            export.Complete();
            Assert.False(export.IsBinary);
        }

        Assert.Equal("happy 26:03:04.5 18446744073709551615 {\"a\": [1, \"x\\ty\"]} 10.0.0.1", await fixture.Database.ScalarAsync("SELECT concat_ws(' ', feels, justify_hours(span) - justify_hours(span) + span, big, doc, host(odd)) FROM special"));
    }

    [Theory]
    [InlineData("x-copy.sql", SqlStyle.Copy)]
    [InlineData("x-insert.sql", SqlStyle.Insert)]
    public async Task A_script_runs_in_psql(string name, SqlStyle style)
    {
        using var folder = new SafeAI.Migration.TestKit.TemporaryFolder();
        var path = Path.Combine(folder.Path, name);
        var table = style == SqlStyle.Copy ? "scripted_copy" : "scripted_insert";
        var values = RecordGenerators.Values(TimeSpan.TicksPerMicrosecond).Where(v => v.Key != typeof(BigInteger)).ToDictionary(v => v.Key, v => v.Value);
        var written = RecordGenerators.Records(values).Sample(40, 30).SelectMany(r => r).ToArray();
        using (var export = new FileExport(new FileExportOptions { Path = path, SqlStyle = style, Table = table }))
        {
            Add(export, written);
            export.Complete();
        }

        await fixture.Database.RunAsync("psql", "-qX", "-v", "ON_ERROR_STOP=1", "-f", path);
        Assert.Equal((long)written.Length, await fixture.Database.ScalarAsync($"SELECT count(*) FROM {table}"));
        await using var source = await fixture.OpenTableAsync(table);
        var plain = written.Select(r => r.GetValue(r.GetSchema().Fields.Single(f => f.Type == typeof(string)).Ordinal) as string).Order(StringComparer.Ordinal);
        Assert.Equal(plain, (await source.ReadAllAsync()).Select(r => r.GetValue(r.GetSchema().Fields.First(f => f.Type == typeof(string)).Ordinal) as string).Order(StringComparer.Ordinal));
    }

    private static readonly RecordSchema s_row = new("rows", [new("id", typeof(long)), new("name", typeof(string))]);

    private static IEnumerable<Record> Rows(int count)
    {
        var source = new RecordSource("rows");
        return Enumerable.Range(1, count).Select(i => s_row.CreateRecord([(long)i, new string('x', 50)], source, i));
    }

    private static void Add(RecordExport export, IEnumerable<Record> records)
    {
        foreach (var record in records)
            export.Add(record);
    }

    private Task<TableExport> OpenAsync(string table, List<Reject> rejects, bool creates = false) =>
        TableExport.OpenAsync(new TableExportOptions { ConnectionString = fixture.Database.ConnectionString, Table = table, CreatesTable = creates }, rejects.Add);
}
