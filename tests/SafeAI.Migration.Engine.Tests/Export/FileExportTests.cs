using System.IO.Compression;
using SafeAI.Migration.Engine.Export;
using SafeAI.Migration.Engine.Extraction.Files;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Export;

public sealed class FileExportTests : IDisposable
{
    private static readonly RecordSchema s_people = new("people", [new("id", typeof(long)), new("name", typeof(string))], ["id"]);

    private readonly TemporaryFolder _folder = new();
    private readonly List<Reject> _rejects = [];

    public void Dispose() => _folder.Dispose();

    private string At(string name) => Path.Combine(_folder.Path, name);

    private static Record Person(long id, string? name) => s_people.CreateRecord([id, name], new RecordSource("people.csv"), id);

    private static Record Bare(params (string Name, object? Value)[] fields) =>
        new RecordSchema("pipeline", fields.Select(f => new RecordField(f.Name, typeof(object)))).CreateRecord([.. fields.Select(f => f.Value)], new RecordSource("pipeline"), 1);

    private ExportResult Export(FileExportOptions options, params Record[] records)
    {
        using var export = new FileExport(options, _rejects.Add);
        foreach (var record in records)
            export.Add(record);
        return export.Complete();
    }

    [Theory]
    [InlineData("x.csv", "id,name\n1,\"a,b\"\n2,\n3,\"\"\n4,\"say \"\"hi\"\"\"\n")]
    [InlineData("x.tsv", "id\tname\n1\ta,b\n2\t\n3\t\"\"\n4\t\"say \"\"hi\"\"\"\n")]
    [InlineData("x.ndjson", "{\"id\":1,\"name\":\"a,b\"}\n{\"id\":2,\"name\":null}\n{\"id\":3,\"name\":\"\"}\n{\"id\":4,\"name\":\"say \\\"hi\\\"\"}\n")]
    [InlineData("x.json", "[\n{\"id\":1,\"name\":\"a,b\"},\n{\"id\":2,\"name\":null},\n{\"id\":3,\"name\":\"\"},\n{\"id\":4,\"name\":\"say \\\"hi\\\"\"}\n]\n")]
    public void Each_format_looks_as_one_expects(string name, string expected)
    {
        var result = Export(new FileExportOptions { Path = At(name) }, Person(1, "a,b"), Person(2, null), Person(3, ""), Person(4, "say \"hi\""));
        Assert.Equal(expected, File.ReadAllText(At(name)));
        Assert.Equal((4, 4, 0, (long)expected.Length), (result.Records, result.Written, result.Rejected, result.Bytes));
        Assert.Equal(["id", "name"], result.Columns);
        Assert.Equal(At(name), result.Target);
    }

    [Fact]
    public void A_script_makes_the_table_with_its_key()
    {
        Export(new FileExportOptions { Path = At("x.sql"), Table = "hr.people" }, Person(1, "it's"), Person(2, null));
        Assert.Equal(
            "-- PostgreSQL database export of SafeAI.Migration\n\nSET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n\n"
            + "CREATE TABLE IF NOT EXISTS \"hr\".\"people\" (\n    \"id\" bigint NOT NULL,\n    \"name\" text,\n    PRIMARY KEY (\"id\")\n);\n\n"
            + "INSERT INTO \"hr\".\"people\" (\"id\", \"name\") VALUES\n(1, 'it''s'),\n(2, NULL);\n\n-- PostgreSQL database export complete\n",
            File.ReadAllText(At("x.sql")));
    }

    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@cmd", "'@cmd")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("a=1", "a=1")]
    [InlineData("'=1", "''=1")]
    [InlineData("'a", "'a")]
    [InlineData(" =1", " =1")]
    [InlineData("", "\"\"")]
    public void Formulas_are_guarded_where_that_is_asked(string text, string guarded)
    {
        var result = Export(new FileExportOptions { Path = At("x.csv"), GuardsFormulas = true }, Person(-1, text));
        Assert.Equal($"id,name\n-1,{guarded}\n", File.ReadAllText(At("x.csv")));
        Assert.Equal(guarded.Trim('"') == text ? 0 : 1, result.Guarded);
        Export(new FileExportOptions { Path = At("y.csv") }, Person(-1, text));
        Assert.Equal($"id,name\n-1,{(text.Length == 0 ? "\"\"" : text)}\n", File.ReadAllText(At("y.csv")));
    }

    [Fact]
    public void Names_of_columns_are_guarded_too()
    {
        var options = new FileExportOptions { Path = At("x.csv"), GuardsFormulas = true, Append = true };
        Export(options, Bare(("=1+1", 1L), ("'=2", 2L), ("a", 3L)));
        Export(options, Bare(("=1+1", 4L), ("'=2", 5L), ("a", 6L)));
        Assert.Equal("'=1+1,''=2,a\n1,2,3\n4,5,6\n", File.ReadAllText(At("x.csv")));
    }

    [Fact]
    public void Nothing_is_to_be_seen_unless_complete()
    {
        File.WriteAllText(At("x.csv"), "old");
        using (var export = new FileExport(new FileExportOptions { Path = At("x.csv"), Force = true, SchemaPath = At("x.schema.json") }))
        {
            for (var i = 0; i < 20_000; i++)
                export.Add(Person(i, "name"));
            Assert.Equal("old", File.ReadAllText(At("x.csv")));
        }

        Assert.Equal("old", File.ReadAllText(At("x.csv")));
        Assert.Equal([At("x.csv")], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_file_that_exists_is_kept_unless_forced()
    {
        File.WriteAllText(At("x.csv"), "old");
        var e = Assert.Throws<MigrationException>(() => new FileExport(new FileExportOptions { Path = At("x.csv") }));
        Assert.Equal(ErrorCode.ExportFailed, e.Code);
        Assert.Contains("Force", e.Message, StringComparison.Ordinal);
        Export(new FileExportOptions { Path = At("x.csv"), Force = true }, Person(1, "new"));
        Assert.Equal("id,name\n1,new\n", File.ReadAllText(At("x.csv")));
        Assert.Equal([At("x.csv")], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Only_the_owner_may_read_a_new_file_and_an_old_one_keeps_its_permissions()
    {
        if (OperatingSystem.IsWindows())
            return;
        Export(new FileExportOptions { Path = At("x.csv") }, Person(1, "a"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(At("x.csv")));
        const UnixFileMode Shared = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        File.SetUnixFileMode(At("x.csv"), Shared);
        Export(new FileExportOptions { Path = At("x.csv"), Force = true }, Person(1, "a"));
        Assert.Equal(Shared, File.GetUnixFileMode(At("x.csv")));
    }

    [Theory]
    [InlineData("x.csv", "id,name\n1,a\n2,b\n")]
    [InlineData("x.ndjson", "{\"id\":1,\"name\":\"a\"}\n{\"id\":2,\"name\":\"b\"}\n")]
    [InlineData("x.csv.gz", "id,name\n1,a\n2,b\n")]
    public void Records_are_added_to_a_file(string name, string expected)
    {
        Export(new FileExportOptions { Path = At(name), Append = true }, Person(1, "a"));
        Export(new FileExportOptions { Path = At(name), Append = true }, Person(2, "b"));
        using Stream file = File.OpenRead(At(name));
        using var reader = new StreamReader(name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file);
        Assert.Equal(expected, reader.ReadToEnd());
    }

    [Fact]
    public void Records_with_other_columns_are_not_added()
    {
        File.WriteAllText(At("x.csv"), "name,id\nz,9");
        var e = Assert.Throws<MigrationException>(() => Export(new FileExportOptions { Path = At("x.csv"), Append = true }, Person(1, "a")));
        Assert.Contains("name, id", e.Message, StringComparison.Ordinal);
        Assert.Equal("name,id\nz,9", File.ReadAllText(At("x.csv")));
        File.WriteAllText(At("x.csv"), "id,name\n9,z");
        Export(new FileExportOptions { Path = At("x.csv"), Append = true }, Person(1, "a"));
        Assert.Equal("id,name\n9,z\n1,a\n", File.ReadAllText(At("x.csv")));
    }

    [Fact]
    public void What_cannot_be_written_is_rejected_and_the_rest_goes_on()
    {
        foreach (var name in new[] { "x.csv", "x.ndjson", "x.sql" })
        {
            _rejects.Clear();
            var result = Export(new FileExportOptions { Path = At(name) }, Person(1, "a"), Person(2, "\ud800"), Person(3, "c"));
            Assert.Equal((3, 2, 1), (result.Records, result.Written, result.Rejected));
            var reject = Assert.Single(_rejects);
            Assert.Equal((ErrorCode.UnsupportedValue, "name", 2L), (reject.Code, reject.Field, reject.Position.Ordinal));
            Assert.DoesNotContain("2,", File.ReadAllText(At(name)), StringComparison.Ordinal);
        }

        _rejects.Clear();
        var schema = new RecordSchema("odd", [new("t", typeof(object))]);
        Export(new FileExportOptions { Path = At("y.sql") },
            [.. new object[] { new TimeOnly(1), new TimeOnly(10), "a" }.Select((v, i) => schema.CreateRecord([v], new RecordSource("odd"), i + 1))]);
        Assert.Empty(_rejects);
        Export(new FileExportOptions { Path = At("z.sql") }, [.. new[] { new TimeOnly(1), new TimeOnly(10) }.Select((v, i) => schema.CreateRecord([v], new RecordSource("odd"), i + 1))]);
        Assert.Equal(ErrorCode.LossyConversion, Assert.Single(_rejects).Code);
        Export(new FileExportOptions { Path = At("nul.sql") }, Person(7, "a\0b"));
        Assert.Equal(ErrorCode.UnsupportedValue, _rejects[^1].Code);
    }

    [Fact]
    public void Columns_are_learnt_from_the_first_records_where_nothing_says_them()
    {
        var records = Enumerable.Range(1, 3).Select(i => Bare(("a", i == 1 ? null : (object)(long)i), ("b", "x"))).Append(Bare(("b", "y"), ("c", true))).ToArray();
        var result = Export(new FileExportOptions { Path = At("x.csv"), SchemaPath = At("s.json") }, records);
        Assert.Equal("a,b,c\n,x,\n2,x,\n3,x,\n,y,true\n", File.ReadAllText(At("x.csv")));
        Assert.Equal(["int64", "string", "boolean"], System.Text.Json.JsonDocument.Parse(File.ReadAllText(At("s.json"))).RootElement.GetProperty("fields").EnumerateArray().Select(f => f.GetProperty("type").GetString()!));
        Assert.Empty(result.Notes);
        var many = Enumerable.Range(1, 1000).Select(i => Bare(("a", (long)i))).Append(Bare(("a", "word"))).Append(Bare(("b", 1L))).Append(Bare(("a", 5))).ToArray();
        var late = Export(new FileExportOptions { Path = At("y.csv") }, many);
        Assert.Equal([(ErrorCode.ConversionFailed, "a"), (ErrorCode.UnknownField, "b")], _rejects.Select(r => (r.Code, r.Field!)));
        Assert.Equal(1001, late.Written);
        var mixed = Export(new FileExportOptions { Path = At("z.csv") }, Bare(("a", 5L)), Bare(("a", "5")));
        Assert.Equal("a\n5\n\"\"\"5\"\"\"\n", File.ReadAllText(At("z.csv")));
        Assert.Contains("'a'", Assert.Single(mixed.Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SqlDialect.PostgreSql, "timestamp with time zone", "'2024-02-29 12:00:00+00'")]
    [InlineData(SqlDialect.MySql, "datetime(6)", "'2024-02-29 12:00:00'")]
    [InlineData(SqlDialect.SqlServer, "datetimeoffset(7)", "'2024-02-29T12:00:00.0000000+00:00'")]
    [InlineData(SqlDialect.Sqlite, "TEXT", "'2024-02-29T12:00:00Z'")]
    public void A_time_in_a_zone_is_a_moment_in_SQL(SqlDialect dialect, string type, string literal)
    {
        var moment = new DateTime(2024, 2, 29, 12, 0, 0, DateTimeKind.Utc);
        Export(new FileExportOptions { Path = At("x.sql"), Dialect = dialect }, Bare(("at", moment)), Bare(("at", moment.ToLocalTime())));
        var text = File.ReadAllText(At("x.sql"));
        Assert.Contains(type, text, StringComparison.Ordinal);
        Assert.Equal(2, text.Split($"({literal})").Length - 1);
        Assert.Empty(_rejects);
        if (dialect == SqlDialect.Sqlite)
            return;

        // Where a schema says that the column holds local times, a moment is none.
        var local = new RecordSchema("things", [new("at", typeof(DateTime))]);
        Export(new FileExportOptions { Path = At("z.sql"), Dialect = dialect }, local.CreateRecord([moment], new RecordSource("x"), 1));
        Assert.Equal(ErrorCode.LossyConversion, Assert.Single(_rejects).Code);
    }

    [Theory]
    [InlineData("duration", "PT1.12345678S", false)]
    [InlineData("duration", "PT1.1234567000S", true)]
    [InlineData("duration", "00:00:01.12345678", false)]
    [InlineData("decimal", "1e-30", false)]
    [InlineData("decimal", "1e3", true)]
    [InlineData("decimal", "1.2345678901234567890123456789012", false)]
    public async Task A_value_that_its_type_would_not_hold_is_not_read(string type, string text, bool holds)
    {
        File.WriteAllText(At("s.json"), $$"""{"version":1,"name":"x","delimiter":",","key":[],"fields":[{"name":"v","type":"{{type}}"}]}""");
        File.WriteAllText(At("x.csv"), $"v\n{text}\n");
        await using var source = TypedRecordSource.Open(new() { Path = At("x.csv") }, At("s.json"));
        await foreach (var batch in source.ReadAsync())
            Assert.Equal(holds, batch.Records.Count == 1 && batch.Rejects.Count == 0);
    }

    [Fact]
    public void Nodes_and_relationships_are_written_flat()
    {
        using (var export = new FileExport(new FileExportOptions { Path = At("g.ndjson") }))
        {
            export.Add(new GraphNode("Person", "p:1", new PropertySet(["name", "id"], ["Ada", 7L]), ["Human"]));
            export.Add(new GraphRelationship("KNOWS", "k:1", "Person", "p:1", "Person", "p:2", new PropertySet(["since"], [new DateOnly(2024, 2, 29)])));
            export.Complete();
        }

        Assert.Equal(
            "{\"type\":\"Person\",\"id\":\"p:1\",\"labels\":[\"Human\"],\"name\":\"Ada\",\"property_id\":7}\n"
            + "{\"type\":\"KNOWS\",\"id\":\"k:1\",\"from_type\":\"Person\",\"from_id\":\"p:1\",\"to_type\":\"Person\",\"to_id\":\"p:2\",\"since\":\"2024-02-29\"}\n",
            File.ReadAllText(At("g.ndjson")));
    }

    [Theory]
    [InlineData("x.csv", "")]
    [InlineData("x.json", "[\n]\n")]
    [InlineData("x.ndjson", "")]
    public void No_records_make_an_empty_file(string name, string expected)
    {
        Assert.Equal(0, Export(new FileExportOptions { Path = At(name) }).Records);
        Assert.Equal(expected, File.ReadAllText(At(name)));
    }

    [Fact]
    public void What_makes_no_sense_is_refused()
    {
        Assert.Equal(ErrorCode.UnknownFormat, Assert.Throws<MigrationException>(() => new FileExport(new FileExportOptions { Path = At("x.xyz") })).Code);
        Assert.Equal(ErrorCode.InvalidOptions, Assert.Throws<MigrationException>(() => new FileExport(new FileExportOptions { Path = At("x.json"), Append = true })).Code);
        Assert.Equal(ErrorCode.InvalidOptions, Assert.Throws<MigrationException>(() => new FileExport(new FileExportOptions { Path = At("x.csv"), Append = true, Force = true })).Code);
        Assert.Equal(ErrorCode.InvalidOptions, Assert.Throws<MigrationException>(() => new FileExport(new FileExportOptions { Path = At("x.csv"), Delimiter = '"' })).Code);
        Assert.Equal(ErrorCode.ExportFailed, Assert.Throws<MigrationException>(() => new FileExport(new FileExportOptions { Path = At("no/x.csv") })).Code);
        Assert.Equal(ErrorCode.ExportFailed, Assert.Throws<MigrationException>(() => new FileExport(new FileExportOptions { Path = _folder.Path, Format = FileFormat.Csv, Force = true })).Code);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task A_schema_file_that_is_none_or_does_not_fit_is_said()
    {
        Export(new FileExportOptions { Path = At("x.csv"), SchemaPath = At("s.json") }, Person(1, "a"));
        File.WriteAllText(At("bad.json"), "{\"version\":1,\"name\":\"x\",\"key\":[],\"fields\":[{\"name\":\"id\",\"type\":\"integr\"}]}");
        var e = Assert.Throws<MigrationException>(() => TypedRecordSource.Open(new() { Path = At("x.csv") }, At("bad.json")));
        Assert.Equal(ErrorCode.InvalidSchema, e.Code);
        Assert.Equal(ErrorCode.SourceNotFound, Assert.Throws<MigrationException>(() => TypedRecordSource.Open(new() { Path = At("x.csv") }, At("no.json"))).Code);
        File.WriteAllText(At("x.csv"), "id,name\none,a\n2,b\n");
        await using var source = TypedRecordSource.Open(new() { Path = At("x.csv") }, At("s.json"));
        await foreach (var batch in source.ReadAsync())
        {
            Assert.Equal(2L, Assert.Single(batch.Records).GetValue(0));
            Assert.Equal((ErrorCode.ConversionFailed, "id"), (Assert.Single(batch.Rejects).Code, batch.Rejects[0].Field));
        }
    }
}
