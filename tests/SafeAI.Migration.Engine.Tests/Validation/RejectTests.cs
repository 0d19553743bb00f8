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
        Assert.Equal("2024-01-31", records[0].GetValue(2));
        Assert.Equal("é\"\n", records[1].GetValue(0));
        Assert.Null(records[1].GetValue(3));
        Assert.Same(records[0].GetSchema(), records[1].GetSchema());
        var raw = Assert.Single(batches.SelectMany(b => b.Rejects));
        Assert.Equal(("a,b", 12L), (raw.RawText, raw.Position.Line));
        Assert.Equal((3L, 1L), (records[0].GetSource().Read, records[0].GetSource().Rejected));
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

    private static Reject Of(Record record) => new(MigrationStage.Validate, ErrorCode.RuleBroken, "No.", record.GetPosition()) { Record = record, Rule = "x", Field = "id", Value = "v" };
}
