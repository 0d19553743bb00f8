using System.Text;
using SafeAI.Migration.Engine.Extraction.Files;

namespace SafeAI.Migration.Engine.Tests.Extraction.Files;

/// <summary>Files that are long enough for their lines to be read by two threads.</summary>
public sealed class JsonReadAheadTests : FileSourceTest
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
