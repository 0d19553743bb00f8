using System.IO.Compression;
using System.Text;
using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Files;

namespace SafeAI.Migration.Engine.Tests.Extraction.Files;

/// <summary>A read that goes on after a position gives exactly what the whole read gave after it.</summary>
public sealed class FilePositionTests : FileSourceTest
{
    private const int Rows = 3500;

    /// <summary>What one record or reject looked like, and the position behind its batch.</summary>
    private sealed record Step(List<string> Items, SourcePosition? Position, string Schema);

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public async Task Csv_is_sought_whatever_its_line_ends_quotes_and_faults(string lineEnd)
    {
        var text = new StringBuilder("id,name,note").Append(lineEnd);
        for (var i = 1; i <= Rows; i++)
        {
            text.Append((i % 1000) switch
            {
                // At the ends of batches.
                0 => $"{i},\"two{lineEnd}lines\",ü{lineEnd}{lineEnd}",
                999 => $"{i},\"unclosed,x{lineEnd}",
                500 => $"{i},\"a\"\"b\",",
                501 => $"{lineEnd}{i},too,many,fields{lineEnd}",
                _ => $"{i},name {i},{lineEnd}",
            });
        }

        await GoesOnAsync(new() { Path = Write("a.csv", text.ToString()) }, isSeekable: true);
        await GoesOnAsync(new() { Path = Write("b.csv", "\uFEFF" + text), Format = FileFormat.Csv }, isSeekable: true);
        await GoesOnAsync(new() { Path = Write("c.csv", "x\n" + text), Csv = new() { HasHeader = false, Delimiter = ',', RaggedRows = RaggedRowPolicy.Pad, Comment = '#' } }, isSeekable: true);
    }

    [Fact]
    public async Task Csv_that_is_turned_into_another_encoding_or_unescaped_is_read_and_dropped()
    {
        var text = "id;name\n" + string.Concat(Enumerable.Range(1, Rows).Select(i => $"{i};grün {i}\n"));
        await GoesOnAsync(new() { Path = Write("w.csv", text, Encoding.Latin1) }, isSeekable: false);
        await GoesOnAsync(new() { Path = Write("u.csv", text, Encoding.Unicode) }, isSeekable: false);
        await GoesOnAsync(new() { Path = Write("e.csv", text.Replace("grün", "\"gr\\\"ün\"", StringComparison.Ordinal)), Csv = new() { Escape = '\\' } }, isSeekable: false);
    }

    [Fact]
    public async Task An_encoding_that_was_settled_stays_settled()
    {
        // The first letters that are not ASCII tell UTF-8; those after the position alone would tell Windows-1252.
        byte[] text = [
            .. Encoding.UTF8.GetBytes("id,name\n" + string.Concat(Enumerable.Range(1, 40_000).Select(i => i == 10_000 ? $"{i},grün\n" : $"{i},gruen\n"))),
            .. Encoding.Latin1.GetBytes("40001,grün\n40002,gruen\n")];
        await GoesOnAsync(new() { Path = Write("a.csv", text) }, isSeekable: true);
        await GoesOnAsync(new() { Path = Write("a.ndjson", [.. text.AsSpan(8).ToArray().SelectMany((b, _) => b == '\n' ? "\"}\n"u8.ToArray() : b == ',' ? ",\"n\":\""u8.ToArray() : [b])]), Format = FileFormat.NdJson }, isSeekable: true);
    }

    [Fact]
    public async Task NdJson_is_sought_and_keeps_the_fields_that_its_start_taught()
    {
        var lines = Enumerable.Range(1, Rows).Select(i => i switch
        {
            3 => """{"id": 3, "rare": true}""",
            1000 or 2500 => "{broken",
            1500 => "",
            2000 => "  ",
            2001 => """{"id": 2001, "later": "x"}""",
            2002 => """{"id": "2002", "more": [1], "number": 123456789012345678901234567890, "nested": {"a": 1.5}}""",
            _ => $$"""{"id": {{i}}, "name": "ä {{i}}"}""",
        });
        var text = string.Join("\r\n", lines);
        await GoesOnAsync(new() { Path = Write("a.ndjson", text) }, isSeekable: true);
        await GoesOnAsync(new() { Path = Write("b.ndjson", text + "\n", new UTF8Encoding(true)), Json = new() { SampleSize = 50 } }, isSeekable: true);
    }

    [Fact]
    public async Task What_cannot_be_sought_is_read_and_dropped()
    {
        var csv = "id,name\n" + string.Concat(Enumerable.Range(1, Rows).Select(i => i == 1234 ? $"{i}\n" : $"{i},n{i}\n"));
        using (var gzip = new GZipStream(File.Create(PathOf("a.csv.gz")), CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(csv));
        await GoesOnAsync(new() { Path = PathOf("a.csv.gz") }, isSeekable: false);
        await GoesOnAsync(new() { Path = Write("a.json", $"[{string.Join(",\n", Enumerable.Range(1, Rows).Select(i => i == 7 ? "7" : $$"""{"id": {{i}}}"""))}]") }, isSeekable: false);
        await GoesOnAsync(new() { Path = Write("a.sql", $"-- PostgreSQL database dump\nCREATE TABLE t (id integer);\nCOPY t (id) FROM stdin;\n{string.Concat(Enumerable.Range(1, Rows).Select(i => $"{i}\n"))}\\.\n") }, isSeekable: false);
    }

    [Fact]
    public async Task A_set_of_files_goes_on_within_its_file()
    {
        for (var file = 1; file <= 3; file++)
            Write($"part-{file}.csv", "id\n" + string.Concat(Enumerable.Range(1, 1700).Select(i => $"{file}-{i}\n")));
        await GoesOnAsync(new() { Path = PathOf("part-*.csv") }, isSeekable: true);

        var gone = new SourcePosition { Ordinal = 1, File = PathOf("part-4.csv") };
        var error = Assert.Throws<MigrationException>(() => FileSources.Open(new() { Path = PathOf("part-*.csv"), StartAfter = gone }));
        Assert.Equal(
            $"'{PathOf("part-4.csv")}', after a record of which the read should go on, is not among the files of '{PathOf("part-*.csv")}'. The files are others than before; read them from the start.",
            error.Message);
    }

    [Fact]
    public async Task A_file_that_became_too_short_is_not_read_on()
    {
        var path = Write("a.csv", "id\n1\n");
        var result = await Read(new FileSourceOptions { Path = path, StartAfter = new() { Ordinal = 9, Offset = 99 } });
        Assert.Equal($"'{path}' has 5 bytes, but the read should go on at byte 99. The file is another one than before; read it from its start.", result.Failure?.Message);
    }

    [Fact]
    public void The_quick_fingerprint_changes_with_the_length_the_time_and_either_end()
    {
        string? Fingerprint(byte[] bytes, int minutes)
        {
            var path = Write("f.csv", bytes);
            File.SetLastWriteTimeUtc(path, new DateTime(2025, 1, 1, 0, minutes, 0, DateTimeKind.Utc));
            return FileSources.Open(new() { Path = path }).Metadata.QuickFingerprint;
        }

        var bytes = Encoding.ASCII.GetBytes("id\n" + new string('1', 300_000));
        var first = Fingerprint(bytes, 0);
        Assert.StartsWith("quick:", first, StringComparison.Ordinal);
        Assert.Equal(first, Fingerprint(bytes, 0));
        var changed = bytes.ToArray();
        changed[^1] = (byte)'2';
        var start = bytes.ToArray();
        start[5] = (byte)'2';
        Assert.Equal(5, new[] { first, Fingerprint(bytes, 1), Fingerprint(bytes[..^1], 0), Fingerprint(changed, 0), Fingerprint(start, 0) }.Distinct().Count());
    }

    private static async Task GoesOnAsync(FileSourceOptions options, bool isSeekable)
    {
        var whole = await StepsAsync(options);
        Assert.True(whole.Count > 2);
        for (var i = 0; i < whole.Count; i++)
        {
            // As text, because that is how it is kept.
            var position = SourcePosition.Parse(whole[i].Position!.ToJson());
            Assert.Equal(isSeekable, position.IsSeekable);
            var rest = await StepsAsync(options with { StartAfter = position });
            if (options.Format is null && options.Path.EndsWith("a.ndjson", StringComparison.Ordinal) && rest.Count > 0)
                Assert.Contains("rare", rest[0].Schema, StringComparison.Ordinal);
            Assert.Equal(whole.Skip(i + 1).SelectMany(s => s.Items), rest.SelectMany(s => s.Items));
        }
    }

    private static async Task<List<Step>> StepsAsync(FileSourceOptions options)
    {
        await using var source = FileSources.Open(options);
        var steps = new List<Step>();
        await foreach (var batch in source.ReadAsync())
        {
            var items = batch.Records.Select(r => (Position: r.GetPosition(), Text: Fields(r)))
                .Concat(batch.Rejects.Select(r => (r.Position, Text: $"{r.Reason} {r.RawText}")));
            steps.Add(new([.. items.OrderBy(i => i.Position.Ordinal).Select(i => $"{i.Position} {i.Position.Ordinal}: {i.Text}")], batch.Position, source.Metadata.Schema!.ToString()));
        }

        Assert.Equal(steps.Sum(s => s.Items.Count), source.Source.Read);
        Assert.Equal(options.StartAfter is not { IsSeekable: true, File: null } && (options.StartAfter is null || options.StartAfter.File is null), source.Metadata.Fingerprint is not null);
        return steps;
    }

    private static string Fields(Record record) =>
        string.Join('|', record.GetSchema().Fields.Select(f => $"{f.Name} {f.Type.Name} {f.SourceType}={record.GetValue(f.Ordinal)}"));
}
