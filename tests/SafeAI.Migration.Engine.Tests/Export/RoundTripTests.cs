using FsCheck;
using FsCheck.Fluent;
using SafeAI.Migration.Engine.Export;
using SafeAI.Migration.Engine.Extraction.Files;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Export;

/// <summary>Export, then import, is the identity, types included.</summary>
public class RoundTripTests
{
    private const long Microsecond = TimeSpan.TicksPerMicrosecond;

    private static int Runs => Environment.GetEnvironmentVariable("SAFEAI_LONG_TESTS") == "1" ? 2000 : 60;

    [Theory]
    [InlineData("x.csv")]
    [InlineData("x.tsv")]
    [InlineData("x.csv.gz")]
    [InlineData("x.json")]
    [InlineData("x.ndjson")]
    [InlineData("x.ndjson.br")]
    public void What_was_exported_to_a_file_reads_back_equal(string name) =>
        Check(name, RecordGenerators.Records(RecordGenerators.Values(1, holdsAll: true)));

    [Fact]
    public void What_was_exported_as_SQL_reads_back_equal() =>
        Check("x.sql", RecordGenerators.Records(RecordGenerators.Values(Microsecond)));

    [Fact]
    public void What_is_guarded_against_being_taken_for_formulas_reads_back_equal()
    {
        var texts = new Dictionary<Type, Gen<object?>>
        {
            [typeof(string)] = Gen.OneOf(RecordGenerators.Text, from quotes in Gen.Elements("", "'", "''") from rest in Gen.Elements("=1+1", "+1", "-1", "@x", "\t=", "\r", "", "x") select (object?)(quotes + rest)),
            [typeof(long)] = RecordGenerators.Long.Select(n => (object?)n),
        };
        Check("x.csv", RecordGenerators.Records(texts, "=HYPERLINK(1)"), o => o with { GuardsFormulas = true });
    }

    [Fact]
    public void Every_type_that_a_schema_file_names_is_among_those_that_are_exported_and_read()
    {
        var generated = RecordGenerators.Values(1).Keys.ToHashSet();
        foreach (var type in ValueText.Types.Where(t => t != typeof(object)))
        {
            Assert.Contains(type, generated);
            Assert.Contains(type.MakeArrayType(), generated);
        }
    }

    [Fact]
    public void Sql_with_insert_statements_reads_back_equal_too() =>
        Check("x.sql", RecordGenerators.Records(RecordGenerators.Values(Microsecond)), o => o with { SqlStyle = SqlStyle.Insert });

    [Theory]
    [InlineData("x.csv")]
    [InlineData("x.json")]
    [InlineData("x.ndjson")]
    public void Values_of_several_types_and_nested_ones_read_back_equal(string name) =>
        Check(name, RecordGenerators.Records(new Dictionary<Type, Gen<object?>> { [typeof(object)] = RecordGenerators.Json(), [typeof(long)] = RecordGenerators.Long.Select(n => (object?)n) }));

    [Fact]
    public void One_column_of_nulls_and_empty_texts_reads_back_equal() =>
        Check("x.csv", RecordGenerators.Records(new Dictionary<Type, Gen<object?>> { [typeof(string)] = RecordGenerators.Text }));

    [Fact]
    public async Task Sql_brings_its_types_itself()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "x.sql");
        var schema = new RecordSchema("shop.orders", [new("id", typeof(long)), new("at", typeof(DateTimeOffset)), new("amount", typeof(decimal)), new("tags", typeof(string[])), new("ok", typeof(bool)), new("raw", typeof(byte[])), new("note", typeof(string))], ["id"]);
        var record = schema.CreateRecord([1L, new DateTimeOffset(2024, 2, 29, 12, 0, 0, TimeSpan.Zero), 1.50m, new[] { "a", "b\"c" }, true, new byte[] { 0, 255 }, "it's\ta \\ test"], new RecordSource("x"), 1);
        foreach (var style in Enum.GetValues<SqlStyle>())
        {
            using (var export = new FileExport(new FileExportOptions { Path = path, Force = true, SqlStyle = style }))
            {
                export.Add(record);
                export.Complete();
            }

            await using var source = FileSources.Open(new FileSourceOptions { Path = path });
            var read = new List<Record>();
            await foreach (var batch in source.ReadAsync())
            {
                Assert.Empty(batch.Rejects);
                read.AddRange(batch.Records);
            }

            Assert.Null(RecordGenerators.Difference([record], read));
            Assert.Equal(["id"], source.Metadata.Catalog!.Find("shop", "orders")!.PrimaryKey);
        }
    }

    private static void Check(string name, Gen<Record[]> records, Func<FileExportOptions, FileExportOptions>? change = null)
    {
        using var folder = new TemporaryFolder();
        var options = new FileExportOptions { Path = Path.Combine(folder.Path, name), SchemaPath = Path.Combine(folder.Path, "x.schema.json"), Force = true };
        options = change?.Invoke(options) ?? options;
        Prop.ForAll(records.ToArbitrary(), written =>
        {
            var rejects = new List<Reject>();
            using (var export = new FileExport(options, rejects.Add))
            {
                foreach (var record in written)
                    export.Add(record);
                export.Complete();
            }

            var read = rejects.Count > 0 ? [] : Read(options, rejects);
            var difference = rejects.Count > 0 ? rejects[0].ToString() : RecordGenerators.Difference(written, read);
            return (difference is null).Label(difference ?? "");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Runs));
    }

    private static List<Record> Read(FileExportOptions options, List<Reject> rejects)
    {
        var read = new List<Record>();
        Task.Run(async () =>
        {
            await using var source = TypedRecordSource.Open(new FileSourceOptions { Path = options.Path }, options.SchemaPath!);
            await foreach (var batch in source.ReadAsync())
            {
                read.AddRange(batch.Records);
                rejects.AddRange(batch.Rejects);
            }
        }).GetAwaiter().GetResult();
        return read;
    }
}
