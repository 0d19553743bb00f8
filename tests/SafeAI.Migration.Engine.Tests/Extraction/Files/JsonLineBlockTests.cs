using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Files;

namespace SafeAI.Migration.Engine.Tests.Extraction.Files;

/// <summary>Files that are long enough for their lines to be read by two threads.</summary>
public sealed class JsonLineBlockTests : FileSourceTest
{
    private const int Lines = 40_000;

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public async Task Every_line_is_read_once_in_its_place_whatever_stands_between(string lineEnd)
    {
        var text = new StringBuilder();
        var records = new List<string>();
        var rejects = new List<long>();
        for (var line = 1; line <= Lines; line++)
        {
            var (json, expected) = LineOf(line);
            text.Append(json).Append(line == Lines ? "" : lineEnd);
            if (expected is not null)
                records.Add($"{line}: {expected}");
            else if (json.AsSpan().Trim().Length > 0)
                rejects.Add(line);
        }

        var result = await Read(new FileSourceOptions { Path = Write("a.ndjson", text.ToString()), Json = new() { MaxRecordSize = 2000 } });
        Assert.Null(result.Failure);
        Assert.Equal(records, result.Records.Select(r => $"{r.GetPosition().Line}: {r.GetValue(r.GetSchema().IndexOf("id"))}, {r.GetValue(r.GetSchema().IndexOf("name"))}"));
        Assert.Equal(rejects, result.Rejects.Select(r => r.Position.Line));
    }

    [Fact]
    public async Task A_byte_that_is_not_valid_is_found_in_its_line()
    {
        var bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(1, Lines).Select(i => $"{{\"id\": {i}, \"name\": \"ä {i}\"}}\n")));
        var place = bytes.AsSpan().IndexOf("\"id\": 31000,"u8);
        bytes[place + 22] = 0xFF;
        var result = await Read(new FileSourceOptions { Path = Write("a.ndjson", bytes) });
        Assert.Equal([31000L], result.Rejects.Select(r => r.Position.Line));
        Assert.Equal(Enumerable.Range(1, Lines).Where(i => i != 31000).Select(i => (long)i), result.Records.Select(r => (long)r.GetValue(r.GetSchema().IndexOf("id"))!));
    }

    [Fact]
    public async Task A_read_may_end_at_any_batch()
    {
        var path = Write("a.ndjson", string.Concat(Enumerable.Range(1, Lines).Select(i => $"{{\"id\": {i}}}\n")));
        for (var batches = 5; batches < 45; batches++)
        {
            await using var source = FileSources.Open(new FileSourceOptions { Path = path });
            var left = batches;
            await foreach (var batch in source.ReadAsync())
            {
                Assert.Equal(source.Source.Read, batch.Records[^1].GetPosition().Line);
                if (--left == 0)
                    break;
            }
        }
    }

    [Fact]
    public async Task A_line_at_a_time_is_passed_over_where_lines_are_too_long()
    {
        var text = string.Concat(Enumerable.Range(1, 200).Select(i => $"{{\"id\": {i}}}\n{{\"id\": \"{new string('x', i * 1500)}\"}}\n"));
        var result = await Read(new FileSourceOptions { Path = Write("a.ndjson", text), Json = new() { MaxRecordSize = 1024 } });
        Assert.Equal(Enumerable.Range(1, 200).Select(i => (long)i), result.Records.Select(r => (long)r.GetValue(0)!));
        Assert.Equal(Enumerable.Range(1, 200).Select(i => 2L * i), result.Rejects.Select(r => r.Position.Line));
    }

    [Fact]
    public async Task The_lines_before_a_place_that_cannot_be_read_are_all_there()
    {
        using (var gzip = new GZipStream(File.Create(PathOf("a.ndjson.gz")), CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(1, Lines).Select(i => $"{{\"id\": {i}, \"name\": \"{i * 7919L % 104729} and some text\"}}\n"))));
        var bytes = await File.ReadAllBytesAsync(PathOf("a.ndjson.gz"));
        var result = await Read(new FileSourceOptions { Path = Write("b.ndjson.gz", bytes[..(bytes.Length / 2)]) });
        Assert.Equal(ErrorCode.SourceUnreadable, result.Failure?.Code);
        Assert.InRange(result.Records.Count, Lines / 4, Lines - 1);
        Assert.Equal(Enumerable.Range(1, result.Records.Count).Select(i => (long)i), result.Records.Select(r => (long)r.GetValue(0)!));
    }

    [Fact]
    public async Task A_read_goes_on_in_text_whose_encoding_shows_late()
    {
        var path = Write("a.ndjson", Encoding.Latin1.GetBytes(string.Concat(Enumerable.Range(1, Lines).Select(i => $"{{\"id\": {i}, \"name\": \"caf{(i > 30_000 ? 'é' : 'e')}\"}}\n"))));
        var batches = new List<RecordBatch>();
        await using (var source = FileSources.Open(new FileSourceOptions { Path = path }))
        {
            await foreach (var batch in source.ReadAsync())
                batches.Add(batch);
        }

        foreach (var i in new[] { 0, 15, 28, 29, 30, 35, batches.Count - 1 })
        {
            var rest = await ReadAfterAsync(path, batches[i].Position!);
            Assert.Equal(batches.Skip(i + 1).SelectMany(b => b.Records).Select(Result.Values), rest.Select(Result.Values));
        }

        Assert.Contains(batches, b => b.Position!.Offset is not null);
        Assert.Equal($"{Lines}|café", Result.Values(batches[^1].Records[^1]));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_lines_of_a_pipe_come_out_while_it_is_open()
    {
        if (OperatingSystem.IsWindows())
            return;
        var pipe = PathOf("pipe.ndjson");
        using (var make = Process.Start("mkfifo", [pipe]))
            await make.WaitForExitAsync();
        var writer = new StreamWriter(new FileStream(pipe, FileMode.Open, FileAccess.ReadWrite));
        var writing = writer.WriteAsync(string.Concat(Enumerable.Range(1, Lines).Select(i => $"{{\"id\": {i}}}\n"))).ContinueWith(_ => writer.FlushAsync(), TaskScheduler.Default).Unwrap();
        await using var source = FileSources.Open(new FileSourceOptions { Path = pipe, Format = FileFormat.NdJson });
        var read = 0;
        await foreach (var batch in source.ReadAsync())
        {
            read += batch.Records.Count;
            // The end of what was written may wait for more: a block is made of what there is, a batch of a thousand records.
            if (read < Lines - 1000 || writer.BaseStream is null)
                continue;
            await writing;
            await writer.DisposeAsync();
        }

        Assert.Equal(Lines, read);
    }

    private static async Task<List<Record>> ReadAfterAsync(string path, SourcePosition position)
    {
        var records = new List<Record>();
        await using var source = FileSources.Open(new FileSourceOptions { Path = path, StartAfter = position });
        await foreach (var batch in source.ReadAsync())
            records.AddRange(batch.Records);
        return records;
    }

    // What a line holds, and what is read from it; null where nothing is.
    private static (string Json, string? Expected) LineOf(int line) => line switch
    {
        _ when line % 97 == 0 => (line % 2 == 0 ? "" : " \t", null),
        _ when line % 501 == 0 => ("{\"id\": 1, broken", null),
        _ when line % 601 == 0 => ("[1]", null),
        30_000 => ($"{{\"id\": 1, \"name\": \"{new string('x', 3000)}\"}}", null),
        25_000 or 35_000 => ($"{{\"id\": {line}, \"name\": \"n\", \"new{line}\": true}}", $"{line}, n"),
        _ when line % 7 == 0 => ($"  {{\"name\": \"a\\u00e4\\n{line}\", \"id\": {line}}} ", $"{line}, aä\n{line}"),
        _ when line % 11 == 0 => ($"{{\"id\": \"{line}\", \"name\": null}}", $"{line}, "),
        _ => ($"{{\"id\": {line}, \"name\": \"ö {line}\"}}", $"{line}, ö {line}"),
    };
}
