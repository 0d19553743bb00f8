using SafeAI.Migration.Engine.Validation;

namespace SafeAI.Migration.Engine.Tests.Validation;

public sealed class RejectTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("safeai-rejects-").FullName;

    private string PathOf => Path.Combine(_folder, "rejects.ndjson");

    [Fact]
    public async Task Rejects_come_back_as_the_records_that_they_were()
    {
        var source = new RecordSource("/data/customers.csv");
        var schema = new RecordSchema("customers", [new RecordField("id", typeof(string)), new RecordField("n", typeof(object)), new RecordField("born", typeof(DateOnly)), new RecordField("tags", typeof(object))]);
        using (var writer = new RejectWriter(PathOf))
        {
            writer.Write(Of(schema.CreateRecord(["00042", 5L, new DateOnly(2024, 1, 31), new object?[] { "a", 1L }], source, 7, 8)));
            writer.Write(Of(schema.CreateRecord(["é\"\n", 0.1m, null, null], source, 9)));
            writer.Write(new Reject(MigrationStage.Extract, ErrorCode.BadRecord, "Ragged.", new RecordPosition("/data/customers.csv", 10, 12)) { RawText = "a,b" });
        }

        await using var rejects = RejectRecordSource.Open(PathOf);
        var batches = new List<SafeAI.Migration.Engine.Extraction.RecordBatch>();
        await foreach (var batch in rejects.ReadAsync())
            batches.Add(batch);
        var records = batches.SelectMany(b => b.Records).ToArray();

        Assert.Equal(2, records.Length);
        Assert.Equal(new RecordPosition("/data/customers.csv", 7, 8), records[0].GetPosition());
        Assert.Equal("customers", records[0].GetSchema().Name);
        Assert.Equal(["id", "n", "born", "tags"], records[0].GetSchema().Fields.Select(f => f.Name));
        Assert.Equal("00042", records[0].GetValue(0));
        Assert.Equal(5L, records[0].GetValue(1));
        Assert.Equal(new DateOnly(2024, 1, 31), records[0].GetValue(2));
        Assert.Equal("é\"\n", records[1].GetValue(0));
        Assert.Null(records[1].GetValue(3));
        Assert.Same(records[0].GetSchema(), records[1].GetSchema());
        var raw = Assert.Single(batches.SelectMany(b => b.Rejects));
        Assert.Equal(("a,b", 12L), (raw.RawText, raw.Position.Line));
        Assert.Equal((3L, 1L), (records[0].GetSource().Read, records[0].GetSource().Rejected));
    }

    [Fact]
    public async Task Values_are_of_the_kinds_that_they_were()
    {
        object?[] values =
        [
            new DateTimeOffset(2024, 2, 29, 12, 0, 0, TimeSpan.FromHours(2)).AddTicks(1), new DateTime(2024, 2, 29, 12, 0, 0, DateTimeKind.Unspecified),
            new DateTime(2024, 2, 29, 12, 0, 0, DateTimeKind.Utc), new DateOnly(2024, 2, 29), new TimeOnly(12, 30, 1, 5), new TimeSpan(1, 2, 3, 4),
            Guid.Parse("7d444840-9dc0-11d1-b245-5ffdce74fad2"), new byte[] { 0, 255, 7 }, 12345678901234567890.123456789m, 2.0, 0.1, double.NaN,
            System.Numerics.BigInteger.Parse("123456789012345678901234567890", System.Globalization.CultureInfo.InvariantCulture), 5L, true, "2024-02-29", null,
        ];
        var schema = new RecordSchema("r", values.Select((_, i) => new RecordField($"f{i}", typeof(object))));
        var read = Assert.Single(await ReplayAsync(Of(schema.CreateRecord(values, new RecordSource("r"), 1))));
        for (var i = 0; i < values.Length; i++)
        {
            Assert.Equal(values[i], read.GetValue(i));
            Assert.Equal(values[i]?.GetType(), read.GetValue(i)?.GetType());
        }

        Assert.Equal(DateTimeKind.Utc, ((DateTime)read.GetValue(2)!).Kind);
    }

    [Fact]
    public async Task Numbers_of_every_width_are_numbers_again()
    {
        object[] written = [(sbyte)-3, (byte)4, (short)-5, (ushort)7, 8, 9u, 10UL, ulong.MaxValue, 0.1f, (Half)0.5, (Int128)12, new sbyte[] { -1, 2 }, new uint[] { 1, 2 }];
        object[] expected =
        [
            -3L, 4L, -5L, 7L, 8L, 9L, 10L, new System.Numerics.BigInteger(ulong.MaxValue), 0.1, 0.5, new System.Numerics.BigInteger(12),
            new object?[] { -1L, 2L }, new object?[] { 1L, 2L },
        ];
        var schema = new RecordSchema("r", written.Select((_, i) => new RecordField($"f{i}", typeof(object))));
        var read = Assert.Single(await ReplayAsync(Of(schema.CreateRecord(written, new RecordSource("r"), 1))));
        Assert.Equal(expected, Enumerable.Range(0, written.Length).Select(read.GetValue));
    }

    [Fact]
    public async Task Values_in_lists_and_tables_are_of_the_kinds_that_they_were()
    {
        object?[] values =
        [
            new[] { new DateOnly(2024, 2, 29), new DateOnly(2024, 3, 1) },
            new object?[] { "2024-02-29", new DateOnly(2024, 2, 29), 2.0, 2L, null, new object?[] { new DateTimeOffset(2024, 2, 29, 1, 0, 0, TimeSpan.FromHours(1)) } },
            new Dictionary<string, object?> { ["plain"] = "2024-02-29", ["day"] = new DateOnly(2024, 2, 29), ["in"] = new Dictionary<string, object?> { ["exact"] = 1.50m, ["list"] = new object?[] { new byte[] { 1, 2 } } } },
            new object?[] { "a", 1L }, new Dictionary<string, object?> { ["a"] = true }, Array.Empty<object?>(),
        ];
        var schema = new RecordSchema("r", values.Select((_, i) => new RecordField($"f{i}", typeof(object))));
        var read = Assert.Single(await ReplayAsync(Of(schema.CreateRecord(values, new RecordSource("r"), 1))));
        for (var i = 0; i < values.Length; i++)
            AssertSame(values[i], read.GetValue(i));

        static void AssertSame(object? expected, object? actual)
        {
            if (expected is System.Collections.IDictionary table)
            {
                var other = Assert.IsAssignableFrom<System.Collections.IDictionary>(actual);
                Assert.Equal(table.Keys.Cast<object>(), other.Keys.Cast<object>());
                foreach (var key in table.Keys)
                    AssertSame(table[key], other[key]);
            }
            else if (expected is Array list and not byte[])
            {
                var other = Assert.IsAssignableFrom<Array>(actual);
                Assert.Equal(list.Length, other.Length);
                for (var i = 0; i < list.Length; i++)
                    AssertSame(list.GetValue(i), other.GetValue(i));
            }
            else
            {
                Assert.Equal(expected, actual);
                Assert.Equal(expected?.GetType(), actual?.GetType());
            }
        }
    }

    [Fact]
    public async Task A_list_that_was_mended_keeps_what_still_fits()
    {
        var schema = new RecordSchema("r", [new RecordField("days", typeof(object))]);
        using (var writer = new RejectWriter(PathOf))
            writer.Write(Of(schema.CreateRecord([new[] { new DateOnly(2024, 1, 31), new DateOnly(2024, 2, 1) }], new RecordSource("r"), 1)));
        var text = await File.ReadAllTextAsync(PathOf);
        await File.WriteAllTextAsync(PathOf, text.Replace("[\"2024-01-31\",\"2024-02-01\"]", "[\"2024-01-30\",\"?\",\"2024-02-02\"]", StringComparison.Ordinal));
        Assert.Equal(new object?[] { new DateOnly(2024, 1, 30), "?", "2024-02-02" }, Assert.Single(await ReadAsync()).GetValue(0));
        await File.WriteAllTextAsync(PathOf, text.Replace("[\"2024-01-31\",\"2024-02-01\"]", "\"none\"", StringComparison.Ordinal));
        Assert.Equal("none", Assert.Single(await ReadAsync()).GetValue(0));
    }

    [Fact]
    public async Task A_value_that_was_mended_into_another_kind_stays_as_it_was_mended()
    {
        var schema = new RecordSchema("r", [new RecordField("born", typeof(DateOnly))]);
        using (var writer = new RejectWriter(PathOf))
            writer.Write(Of(schema.CreateRecord([new DateOnly(2024, 1, 31)], new RecordSource("r"), 1)));
        await File.WriteAllTextAsync(PathOf, (await File.ReadAllTextAsync(PathOf)).Replace("2024-01-31", "unknown", StringComparison.Ordinal));
        Assert.Equal("unknown", Assert.Single(await ReadAsync()).GetValue(0));
    }

    [Fact]
    public async Task Graph_items_without_a_record_are_kept_whole()
    {
        var properties = new PropertySet(["born", "type", "tags"], [new DateOnly(2024, 1, 31), "x", new[] { "a", "b" }]);
        var records = await ReplayAsync(
            new Reject(MigrationStage.Load, ErrorCode.RequestRefused, "No.", new RecordPosition("other", 0)) { Item = new GraphNode("N", "1", properties, ["L"]) },
            new Reject(MigrationStage.Load, ErrorCode.MissingEnd, "No.", new RecordPosition("other", 0)) { Item = new GraphRelationship("R", "r1", "N", "1", "M", "2", properties) });

        Assert.Equal(["N", "R"], records.Select(r => r.GetSchema().Name));
        Assert.Equal(["_type", "id", "labels", "born", "type", "tags"], records[0].GetSchema().Fields.Select(f => f.Name));
        Assert.Equal(["N", "1", new object?[] { "L" }, new DateOnly(2024, 1, 31), "x", new object?[] { "a", "b" }], Values(records[0]));
        Assert.Equal(["_type", "id", "from_type", "from_id", "to_type", "to_id", "born", "type", "tags"], records[1].GetSchema().Fields.Select(f => f.Name));
        Assert.Equal(["R", "r1", "N", "1", "M", "2", new DateOnly(2024, 1, 31), "x", new object?[] { "a", "b" }], Values(records[1]));

        static object?[] Values(Record record) => [.. record.GetSchema().Fields.Select(f => record.GetValue(f.Ordinal))];
    }

    [Fact]
    public void Rejects_of_an_earlier_run_do_not_outlive_one_without_any()
    {
        File.WriteAllText(PathOf, "old");
        using (var stopped = new RejectWriter(PathOf))
            Assert.Equal(0, stopped.Count);
        Assert.Equal("old", File.ReadAllText(PathOf));

        using (var whole = new RejectWriter(PathOf))
            whole.Complete();
        Assert.False(File.Exists(PathOf));

        using (var none = new RejectWriter(Path.Combine(_folder, "no-such-folder", "rejects.ndjson")))
            none.Complete();

        using var some = new RejectWriter(PathOf);
        some.Write(new Reject(MigrationStage.Validate, ErrorCode.RuleBroken, "No.", new RecordPosition("r", 1)));
        some.Complete();
        Assert.Single(File.ReadAllLines(PathOf));
    }

    [Theory]
    [InlineData("/data/shop.db genre", null, "genre")]
    [InlineData("postgresql://h/shop sales.genre", "sales", "genre")]
    [InlineData("/data/shop.sql", "public", "genre")]
    [InlineData("/data/genre.csv", null, "genre")]
    public async Task Records_come_back_under_the_name_by_which_mappings_know_them(string stream, string? above, string name)
    {
        var schema = new RecordSchema(name, [new RecordField("id", typeof(string))]) { Namespace = above };
        var record = Assert.Single(await ReplayAsync(Of(schema.CreateRecord(["1"], new RecordSource(stream), 1))));
        Assert.Equal((name, above), (record.GetSchema().Name, record.GetSchema().Namespace));
        Assert.Equal(stream, record.GetPosition().Source);
    }

    [Fact]
    public async Task Another_file_is_not_taken_for_rejects()
    {
        await File.WriteAllTextAsync(PathOf, "{\"a\":1}\n");
        await using var rejects = RejectRecordSource.Open(PathOf);
        await foreach (var batch in rejects.ReadAsync())
        {
            Assert.Empty(batch.Records);
            Assert.Contains("without -Rejects", Assert.Single(batch.Rejects).Reason, StringComparison.Ordinal);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<Record[]> ReplayAsync(params Reject[] rejects)
    {
        using (var writer = new RejectWriter(PathOf))
        {
            foreach (var reject in rejects)
                writer.Write(reject);
        }

        return await ReadAsync();
    }

    private async Task<Record[]> ReadAsync()
    {
        var records = new List<Record>();
        await using var source = RejectRecordSource.Open(PathOf);
        await foreach (var batch in source.ReadAsync())
        {
            Assert.Empty(batch.Rejects);
            records.AddRange(batch.Records);
        }

        return [.. records];
    }

    private static Reject Of(Record record) => new(MigrationStage.Validate, ErrorCode.RuleBroken, "No.", record.GetPosition()) { Record = record, Rule = "x", Field = "id", Value = "v" };
}
