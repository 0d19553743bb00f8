using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Checks;
using SafeAI.Migration.Engine.Extraction.Databases;
using SafeAI.Migration.Engine.Extraction.Files;
using SafeAI.Migration.Engine.Tests.Extraction.Files;

namespace SafeAI.Migration.Engine.Tests.Extraction.Checks;

public sealed class CheckedSourceTests : FileSourceTest
{
    [Fact]
    public async Task A_missing_field_ends_the_read_before_the_first_record()
    {
        var path = Write("a.csv", "id,name\n1,Ann\n");
        await using var source = new CheckedSource(FileSources.Open(new() { Path = path }), new() { Fields = ["id", "email", "age:integer"] });
        var error = await Assert.ThrowsAsync<MigrationException>(async () =>
        {
            await foreach (var batch in source.ReadAsync())
                Assert.Fail("Nothing may come.");
        });
        Assert.Equal((ErrorCode.SourceNotAsPromised, $"{path} lacks the promised fields email, age. It has: id, name."), (error.Code, error.Message));
    }

    [Theory]
    [InlineData("integer", "12|-7||123456789012345678901", "1.5|x| ")]
    [InlineData("number", "12|1.5|-3e8|", "x|NaN|1,5")]
    [InlineData("boolean", "true|False|", "1|yes")]
    [InlineData("date", "2024-02-29|", "2023-02-29|29.2.2024|2024-02-29T00:00")]
    [InlineData("datetime", "2024-02-29T12:00:00Z|2024-02-29 12:00|", "2024-02-29|noon")]
    [InlineData("text", "anything|", "")]
    public async Task A_value_of_another_type_than_promised_is_rejected_and_the_rest_goes_on(string type, string good, string bad)
    {
        var (right, wrong) = (good.Split('|'), bad.Length == 0 ? [] : bad.Split('|'));
        var path = Write("a.csv", "n,v\n" + string.Concat(right.Concat(wrong).Select((v, i) => $"{i},{(v.Length == 0 ? "" : $"\"{v}\"")}\n")));
        var result = await ReadAsync(path, $"v:{type}");
        Assert.Null(result.Failure);
        Assert.Equal(right.Length, result.Records.Count);
        Assert.Equal(
            wrong.Select((v, i) => $"{right.Length + i + 2}: The value of 'v' is the text '{v}', but {type} is promised. Correct it at the source, or read without validation."),
            result.Reasons);
        Assert.Equal((right.Length + wrong.Length, wrong.Length), (result.Source.Read, result.Source.Rejected));
        Assert.Equal(wrong.Length, result.Metadata.Rejected);
        Assert.Equal(wrong.Length == 0, result.Metadata.Checks.Single(c => c.Name == "Types").Passed);
    }

    [Fact]
    public async Task What_a_table_declares_is_a_promise_too()
    {
        var path = PathOf("a.db");
        using (var connection = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, s TEXT); INSERT INTO t VALUES (1, 5, 'a'), (2, 'five', 'b'), (3, 5.5, 'c'), (4, NULL, NULL)";
            command.ExecuteNonQuery();
        }

        await using var source = new CheckedSource(SqliteSource.Open(new() { Path = path, Table = "t", CountRows = true }), new());
        var result = await Read(source);
        Assert.Null(result.Failure);
        Assert.Equal([1L, 4L], result.Records.Select(r => r.GetValue(0)));
        Assert.Equal(
            [
                "0: The value of 'n' is the text 'five', but the source declares INTEGER. Correct it at the source, or read without validation.",
                "0: The value of 'n' is Double 5.5, but the source declares INTEGER. Correct it at the source, or read without validation.",
            ],
            result.Reasons);
        Assert.Equal(
            ["Columns: not checked. No fields were promised.", "Types: failed. 2 records held a value of another type than its field declares.", "RowCount: passed. The source counts 4 records, 4 were read.", "Checksum: not checked. No checksum was promised."],
            result.Metadata.Checks.Select(c => c.ToString()));

        await using var rest = new CheckedSource(SqliteSource.Open(new() { Path = path, Query = "SELECT * FROM t WHERE id > @id", Parameters = new Dictionary<string, object?> { ["id"] = 1 }, CountRows = true }), new());
        Assert.Equal(3, (await Read(rest)).Metadata.SourceCount);
        await using var after = new CheckedSource(SqliteSource.Open(new() { Path = path, Table = "t", AfterKey = [3], CountRows = true }), new());
        Assert.Equal(1, (await Read(after)).Metadata.SourceCount);
    }

    [Fact]
    public async Task A_null_where_the_source_declares_that_there_is_none_is_rejected()
    {
        var path = Write("a.sql", "CREATE TABLE t (id integer NOT NULL, name text);\nINSERT INTO t VALUES (1, 'a'), (NULL, 'b');\n");
        await using var source = new CheckedSource(FileSources.Open(new() { Path = path }), new());
        var result = await Read(source);
        Assert.Equal(["2: The value of 'id' is null, which the source says it never is. Correct it at the source, or read without validation."], result.Reasons);
        Assert.Equal(
            [
                "Columns: not checked. No fields were promised.",
                "Types: failed. 1 records held a value of another type than its field declares.",
                "RowCount: not checked. The source does not count its records.",
                "Checksum: not checked. No checksum was promised.",
            ],
            result.Metadata.Checks.Select(c => c.ToString()));
    }

    [Fact]
    public async Task Another_count_than_the_source_has_itself_is_an_error()
    {
        var source = FileSources.Open(new() { Path = Write("a.csv", "id\n1\n2\n") });
        source.Metadata.SourceCount = 3;
        await using var check = new CheckedSource(source, new());
        var result = await Read(check);
        Assert.Equal(2, result.Records.Count);
        Assert.Equal($"{PathOf("a.csv")} counts 3 records itself, but 2 were read. Read it again; something changed it, or it is damaged.", result.Failure?.Message);
    }

    [Theory]
    [InlineData("given", true)]
    [InlineData("given", false)]
    [InlineData("own", true)]
    [InlineData("own", false)]
    [InlineData("sums", true)]
    [InlineData("sums", false)]
    public async Task The_checksum_is_compared_wherever_it_was_published(string where, bool isRight)
    {
        var path = Write("a.csv", "id\n1\n");
        var right = Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(path)));
        var promised = isRight ? right : new string('0', 64);
        var place = where;
        if (where == "own")
            place = Write("a.csv.sha256", $"{promised.ToLowerInvariant()}  a.csv\n");
        else if (where == "sums")
            place = Write("SHA256SUMS", $"{new string('1', 64)}  b.csv\n{promised} *a.csv\n");
        await using var source = new CheckedSource(FileSources.Open(new() { Path = path }), new() { Checksum = where == "given" ? "sha256:" + promised : null });
        var result = await Read(source);
        Assert.Equal(isRight, result.Metadata.Checks.Single(c => c.Name == "Checksum").Passed);
        Assert.Equal(
            isRight ? null : $"{path} has the checksum sha256:{right.ToLowerInvariant()}, but sha256:{promised} is promised ({place}). Fetch the file again; it is damaged, or another one.",
            result.Failure?.Message);
        Assert.Equal(
            "'abc' is not a checksum. Give the SHA-256 as 64 hexadecimal digits.",
            Assert.Throws<MigrationException>(() => new CheckedSource(source, new() { Checksum = "abc" })).Message);
    }

    [Fact]
    public async Task Each_record_says_its_file_where_that_is_asked()
    {
        Write("part-1.csv", "id,file\n1,own\n");
        Write("part-2.csv", "id,file\n2,own\n");
        await using var source = new LineageSource(FileSources.Open(new() { Path = PathOf("part-*.csv") }), "file");
        var records = new List<Record>();
        await foreach (var batch in source.ReadAsync())
            records.AddRange(batch.Records);
        Assert.Equal([$"1|own|{PathOf("part-1.csv")}", $"2|own|{PathOf("part-2.csv")}"], records.Select(Result.Values));
        Assert.Equal(records.Select(r => r.GetValue(2)), records.Select(r => r.GetPosition().Source));
        Assert.Equal(["id", "file", "file_2"], records[0].GetSchema().Fields.Select(f => f.PropertyName));
        Assert.Same(records[0].GetSchema().RecordType, records[1].GetSchema().RecordType);
    }

    private static async Task<Result> ReadAsync(string path, params string[] fields)
    {
        await using var source = new CheckedSource(FileSources.Open(new() { Path = path }), new() { Fields = fields });
        return await Read(source);
    }
}
