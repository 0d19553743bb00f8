using System.Globalization;
using System.Numerics;
using System.Text;
using SafeAI.Migration.Engine.Extraction.Files;

namespace SafeAI.Migration.Engine.Tests.Extraction.Files;

public sealed class JsonTests : FileSourceTest
{
    private Task<Result> ReadJson(string text, JsonOptions? json = null, string name = "orders.json", FileFormat? format = null) =>
        Read(new FileSourceOptions { Path = Write(name, text), Json = json ?? new JsonOptions(), Format = format });

    [Fact]
    public async Task An_array_at_the_root_is_read()
    {
        var result = await ReadJson("[{\"id\":1,\"name\":\"Zoë\",\"ok\":true},\n {\"id\":2,\"name\":null,\"ok\":false}\n,\n\n{\"name\":\"x\",\"id\":3}]\n");
        Assert.Null(result.Failure);
        Assert.Equal(["1: 1|Zoë|True", "2: 2|∅|False", "5: 3|x|∅"], result.Lines);
        Assert.Equal("json", result.Metadata.Format);
        Assert.Equal("orders", result.Schema.Name);
        Assert.Equal([typeof(long), typeof(string), typeof(bool)], result.Schema.Fields.Select(f => f.Type));
        Assert.Equal(["number", "string", "boolean"], result.Schema.Fields.Select(f => f.SourceType));
        Assert.Equal(new FileInfo(result.Source.Name).Length, result.Metadata.Bytes);
    }

    [Theory]
    [InlineData("/data/items")]
    [InlineData("/data/a~1b/1/m~0n")]
    [InlineData("/")]
    public async Task An_array_at_a_pointer_is_read(string pointer)
    {
        var text = """
            {"items": [{"id": 9}], "other": {"data": {"items": [{"id": 8}]}}, "": [{"id": 1}, {"id": 2}],
             "data": {"x": [1, [2]], "a/b": [0, {"m~n": [{"id": 1}, {"id": 2}]}], "items": [{"id": 1}, {"id": 2}], "more": {}}, "end": []}
            """;
        var result = await ReadJson(text, new JsonOptions { Pointer = pointer });
        Assert.Null(result.Failure);
        Assert.Equal(["1", "2"], result.Records.Select(Result.Values));
    }

    [Fact]
    public async Task A_pointer_to_an_object_gives_one_record()
    {
        var result = await ReadJson("{\"a\":{\"b\":{\"id\":1}}}", new JsonOptions { Pointer = "/a/b" });
        Assert.Equal(["1: 1"], result.Lines);
        result = await ReadJson("{\"id\":1}", new JsonOptions { Pointer = "" });
        Assert.Equal(["1: 1"], result.Lines);
    }

    [Theory]
    [InlineData("/data/rows", "There is nothing at '/data/rows' in '{0}'. Check the JSON Pointer.", ErrorCode.SourceNotFound)]
    [InlineData("/data/items/id", "There is nothing at '/data/items/id' in '{0}'. Check the JSON Pointer.", ErrorCode.SourceNotFound)]
    [InlineData("/data/items/5", "There is nothing at '/data/items/5' in '{0}'. Check the JSON Pointer.", ErrorCode.SourceNotFound)]
    [InlineData("/count", "'/count' in '{0}' is a number, not an array of records. Give the JSON Pointer to the array, for instance /data/items.", ErrorCode.SourceUnreadable)]
    [InlineData(null, "The root of '{0}' is an object, not an array of records. Give the JSON Pointer to the array, for instance /data/items.", ErrorCode.SourceUnreadable)]
    public async Task A_pointer_to_nothing_usable_is_an_error(string? pointer, string message, string code)
    {
        var result = await ReadJson("{\"data\":{\"items\":[{\"id\":1}]},\"count\":1}", new JsonOptions { Pointer = pointer });
        Assert.Equal(string.Format(CultureInfo.InvariantCulture, message, result.Source.Name), result.Failure!.Message);
        Assert.Equal(code, result.Failure.Code);
    }

    [Fact]
    public void A_pointer_begins_with_a_slash_and_is_not_for_ndjson()
    {
        var path = Write("a.ndjson", "{}");
        var error = Assert.Throws<ArgumentException>(() => FileSources.Open(new FileSourceOptions { Path = path, Json = new JsonOptions { Pointer = "data" } }));
        Assert.Equal("'data' is not a JSON Pointer: it begins with '/', for instance /data/items.", error.Message);
        error = Assert.Throws<ArgumentException>(() => FileSources.Open(new FileSourceOptions { Path = path, Json = new JsonOptions { Pointer = "/data" } }));
        Assert.Equal("NDJSON takes no JSON Pointer: each line is a record.", error.Message);
    }

    [Theory]
    [InlineData("1", typeof(long), "1")]
    [InlineData("-9223372036854775808", typeof(long), "-9223372036854775808")]
    [InlineData("9223372036854775808", typeof(decimal), "9223372036854775808")]
    [InlineData("12345678901234567890123456789012345678901234567890", typeof(BigInteger), "12345678901234567890123456789012345678901234567890")]
    [InlineData("0.1", typeof(double), "0.1")]
    [InlineData("1.0", typeof(double), "1")]
    [InlineData("-0.0", typeof(double), "-0")]
    [InlineData("1e5", typeof(double), "100000")]
    [InlineData("0.30000000000000004", typeof(double), "0.30000000000000004")]
    [InlineData("1.7976931348623157e308", typeof(double), "1.7976931348623157E+308")]
    [InlineData("1.2345678901234567891", typeof(decimal), "1.2345678901234567891")]
    [InlineData("123456789.123456789123456789", typeof(decimal), "123456789.123456789123456789")]
    [InlineData("1e400", typeof(string), "1e400")]
    [InlineData("1e-400", typeof(string), "1e-400")]
    [InlineData("3.14159265358979323846264338327950288419716939937510", typeof(string), "3.14159265358979323846264338327950288419716939937510")]
    public async Task No_number_changes(string number, Type type, string expected)
    {
        var result = await ReadJson($"[{{\"n\":{number}}}]");
        var value = result.Records[0].GetValue(0)!;
        Assert.Equal(type, value.GetType());
        Assert.Equal(expected, Convert.ToString(value, CultureInfo.InvariantCulture));
        Assert.Equal(
            type == typeof(string) ? ["Numbers that no .NET type holds exactly are kept as text, first in 'n'."] : Array.Empty<string>(),
            result.Metadata.Notes);
    }

    [Fact]
    public async Task Nested_values_are_dictionaries_and_arrays()
    {
        var result = await ReadJson("[{\"a\":{\"z\":1,\"b\":[1,\"x\",{\"c\":null}]},\"l\":[]}]");
        var map = Assert.IsType<Dictionary<string, object?>>(result.Records[0].GetValue(0));
        Assert.Equal(["z", "b"], map.Keys);
        var list = Assert.IsType<object?[]>(map["b"]);
        Assert.Equal([1L, "x"], list[..2]);
        Assert.Null(Assert.IsType<Dictionary<string, object?>>(list[2])["c"]);
        Assert.Empty(Assert.IsType<object?[]>(result.Records[0].GetValue(1)));
        Assert.Equal(["object", "array"], result.Schema.Fields.Select(f => f.SourceType));
    }

    [Fact]
    public async Task Elements_that_are_no_objects_are_rejected()
    {
        var result = await ReadJson("[{\"id\":1},\n2,\n[{\"id\":3}],\n\"x\",{\"id\":4}]");
        Assert.Equal(["1: 1", "4: 4"], result.Lines);
        Assert.Equal(
            [
                "2: The array holds a number here, not an object.",
                "3: The array holds an array here, not an object.",
                "4: The array holds a text here, not an object.",
            ],
            result.Reasons);
        Assert.Equal(["2", "[{\"id\":3}]", "\"x\""], result.Rejects.Select(r => r.RawText));
    }

    [Fact]
    public async Task Duplicate_keys_are_reported_at_any_depth()
    {
        const string text = "[{\"id\":1,\"a\":1},\n{\"id\":2,\"id\":3},\n{\"id\":4,\"a\":{\"k\":1,\"k\":2}},\n{\"id\":5}]";
        var result = await ReadJson(text);
        Assert.Equal(["1: 1|1", "4: 5|∅"], result.Lines);
        Assert.Equal(
            [
                "2: The key 'id' occurs twice. Remove one, or choose that the last one counts.",
                "3: The key 'k' occurs twice within 'a'. Remove one, or choose that the last one counts.",
            ],
            result.Reasons);
        Assert.Equal(["id", "a"], result.Rejects.Select(r => r.Field));
        // The same once the schema is known.
        result = await ReadJson(text, new JsonOptions { SampleSize = 1 });
        Assert.Equal(2, result.Rejects.Count);
        result = await ReadJson(text, new JsonOptions { DuplicateKeys = DuplicateKeyPolicy.Last });
        Assert.Empty(result.Rejects);
        Assert.Equal(3L, result.Records[1].GetValue(0));
    }

    [Fact]
    public async Task Deep_nesting_is_rejected_beyond_the_limit()
    {
        static string Nested(int depth) => $"{{\"a\":{string.Concat(Enumerable.Repeat("[", depth - 1))}{string.Concat(Enumerable.Repeat("]", depth - 1))}}}";
        var result = await ReadJson($"[{Nested(5)},{Nested(6)},{Nested(900)},{{\"a\":1}}]", new JsonOptions { MaxDepth = 5 });
        Assert.Equal(2, result.Records.Count);
        Assert.Equal(
            Enumerable.Repeat("1: The value of 'a' is nested deeper than the limit of 5 levels. Raise the limit if it is right.", 2),
            result.Reasons);
    }

    [Fact]
    public async Task Records_share_a_schema_that_widens_a_bounded_number_of_times()
    {
        var json = new JsonOptions { SampleSize = 2, MaxSchemas = 3 };
        var result = await ReadJson(
            "[{\"a\":1},{\"b\":\"x\"},{\"a\":2,\"c\":true},{\"a\":\"text\"},{\"d\":1},{\"a\":{},\"b\":5,\"c\":[]}]", json);
        Assert.Equal(["1|∅", "∅|x", "2|∅|True", "text|∅|∅"], result.Records.Take(4).Select(Result.Values));
        Assert.Equal(3, result.Records.Select(r => r.GetSchema()).Distinct().Count());
        Assert.Equal([typeof(long), typeof(string)], result.Records[0].GetSchema().Fields.Select(f => f.Type));
        Assert.Equal([typeof(long), typeof(string), typeof(bool)], result.Records[2].GetSchema().Fields.Select(f => f.Type));
        Assert.All(result.Schema.Fields, f => Assert.Equal(typeof(object), f.Type));
        Assert.Equal(5, result.Records.Count);
        Assert.Equal(
            ["1: The key 'd' is new, and the records have had 3 different shapes already. Read more records ahead, or allow more schemas."],
            result.Reasons);
    }

    [Fact]
    public async Task Names_that_no_property_can_have_are_the_fields_names_all_the_same()
    {
        var name = new string('n', 5000);
        var result = await ReadJson($"[{{\"\":1,\"\\u0000\":2,\"a\\u0000b\":3,\"a_b\":4,\"{name}\":5,\"get_x y\":6}}]");
        Assert.Equal(["1: 1|2|3|4|5|6"], result.Lines);
        Assert.Equal(["", "\0", "a\0b", "a_b", name, "get_x y"], result.Schema.Fields.Select(f => f.Name));
        Assert.Equal(["Column1", "_", "a_b", "a_b_2", name, "get_x y"], result.Schema.Fields.Select(f => f.PropertyName));
        Assert.Equal(result.Schema.Fields.Select(f => f.PropertyName), result.Records[0].GetType().GetProperties().Select(p => p.Name));
    }

    [Fact]
    public async Task Mixed_types_in_the_sample_make_an_open_field()
    {
        var result = await ReadJson("[{\"a\":1},{\"a\":\"x\"},{\"a\":1.5}]");
        Assert.Equal(typeof(object), result.Schema.Fields[0].Type);
        Assert.Equal("number|string", result.Schema.Fields[0].SourceType);
        Assert.Equal([1L, "x", 1.5], result.Records.Select(r => r.GetValue(0)));
    }

    [Fact]
    public async Task Broken_json_ends_the_read_after_the_good_records()
    {
        var text = "[" + string.Concat(Enumerable.Range(1, 2499).Select(i => $"{{\"id\":{i}}},\n")) + "{\"id\":x}]";
        var result = await ReadJson(text);
        Assert.Equal(2499, result.Records.Count);
        Assert.Equal(
            $"{result.Source.Name}, line 2500, column 7: The document is not valid JSON: 'x' is an invalid start of a value. Nothing after this place can be read; check that the file is whole.",
            result.Failure!.Message);
        Assert.Equal(ErrorCode.SourceUnreadable, result.Failure.Code);
    }

    [Theory]
    [InlineData("[{\"id\":1},\n{\"id\":\"2\"", "line 2, column 10: The document is not valid JSON: Expected depth to be zero at the end of the JSON payload. There is an open JSON object or array that should be closed.")]
    [InlineData("[{\"id\":1}] x", "line 1, column 12: The document is not valid JSON: 'x' is invalid after a single JSON value. Expected end of data.")]
    public async Task A_document_that_ends_wrongly_is_an_error(string text, string message)
    {
        var result = await ReadJson(text);
        Assert.Equal(["1: 1"], result.Lines);
        Assert.Equal($"{result.Source.Name}, {message} Nothing after this place can be read; check that the file is whole.", result.Failure!.Message);
    }

    [Fact]
    public async Task A_record_beyond_the_limit_is_an_error()
    {
        var result = await ReadJson($"[{{\"id\":1}},\n{{\"id\":\"{new string('x', 600_000)}\"}}]", new JsonOptions { MaxRecordSize = 100_000 });
        Assert.Single(result.Records);
        Assert.Equal(
            $"{result.Source.Name}, line 1: A record is longer than the limit of 100000 bytes. Raise the limit, or give the JSON Pointer to the array of records.",
            result.Failure!.Message);
    }

    [Fact]
    public async Task Records_across_the_borders_of_buffers_are_whole()
    {
        var sizes = Enumerable.Range(0, 400).Select(i => i * 37 % 5000).Append(700_000).Concat(Enumerable.Range(0, 50)).ToArray();
        var text = "[" + string.Join(",\n", sizes.Select((s, i) => $"{{\"i\":{i},\"s\":\"{new string('é', s)}\"}}")) + "]";
        var result = await ReadJson(text);
        Assert.Null(result.Failure);
        Assert.Equal(sizes, result.Records.Select(r => ((string)r.GetValue(1)!).Length));
        Assert.Equal(Enumerable.Range(1, sizes.Length).Select(i => (long)i), result.Records.Select(r => r.GetPosition().Line));
    }

    [Fact]
    public async Task Ndjson_rejects_bad_lines_one_by_one()
    {
        byte[] text =
        [
            .. "{\"id\":1}\r\n{\"id\":\n\n[1]\n{\"id\":2} {\"id\":3}\n{\"id\":\"caf"u8, 0xE9, .. "\"}\n{\"id\":\"\\ud800\"}\n  {\"id\":4}  \n{\"id\":5}"u8,
        ];
        var result = await Read(new FileSourceOptions { Path = Write("a.ndjson", text), Encoding = "utf-8" });
        Assert.Equal(["1: 1", "8: 4", "9: 5"], result.Lines);
        Assert.Equal(
            [
                "2: The line is not valid JSON at column 7: Expected depth to be zero at the end of the JSON payload. There is an open JSON object or array that should be closed.",
                "4: The line holds an array, not an object.",
                "5: The line is not valid JSON at column 10: '{' is invalid after a single JSON value. Expected end of data.",
                "6: The byte 0xE9 is not valid in utf-8. Give the file's encoding, for instance windows-1252.",
                "7: A text is not valid Unicode: half of a surrogate pair stands alone.",
            ],
            result.Reasons);
        Assert.Equal(["{\"id\":", "[1]", "{\"id\":2} {\"id\":3}", "{\"id\":\"caf\\xE9\"}", "{\"id\":\"\\ud800\"}"], result.Rejects.Select(r => r.RawText));
        Assert.Equal(["1 blank line was skipped."], result.Metadata.Notes);
        Assert.Equal("ndjson", result.Metadata.Format);
    }

    [Fact]
    public async Task Ndjson_lines_beyond_the_limit_are_rejected()
    {
        var text = $"{{\"id\":1}}\n{{\"id\":\"{new string('x', 5000)}\"}}\n{{\"id\":\"{new string('y', 900_000)}\"}}\n{{\"id\":2}}\n{{\"id\":\"{new string('z', 900_000)}\"}}";
        var result = await ReadJson(text, new JsonOptions { MaxRecordSize = 2000 }, "a.jsonl");
        Assert.Equal(["1: 1", "4: 2"], result.Lines);
        Assert.Equal(
            new[] { 2, 3, 5 }.Select(i => $"{i}: The line is longer than the limit of 2000 bytes. Raise the limit if it is right."),
            result.Reasons);
    }

    [Fact]
    public async Task Json_in_other_encodings_is_read()
    {
        var result = await Read(new FileSourceOptions { Path = Write("a.json", "[{\"id\":\"Zoë\"}]", Encoding.Unicode) });
        Assert.Equal(["1: Zoë"], result.Lines);
        Assert.Equal("utf-16 (byte order mark)", result.Metadata.Encoding);
    }

    [Theory]
    [InlineData("a.json", "[1]", "json")]
    [InlineData("a.json", "{\"id\":1}\n{\"id\":2}\n", "ndjson")]
    [InlineData("a.json", "{\"id\":1}\nnonsense\n{\"id\":2}\n", "ndjson")]
    [InlineData("a.json", "{\"items\":\n[1,2]}", "json")]
    [InlineData("a.txt", " [{\"id\":1}]", "json")]
    [InlineData("a.txt", "{\"id\":1}\n{\"id\":2}\n", "ndjson")]
    [InlineData("a.txt", "id,name\n", "csv")]
    [InlineData("a", "id,name\n", "csv")]
    [InlineData("a.jsonl", "{\"id\":1}", "ndjson")]
    [InlineData("a.tsv", "id\tname\n", "csv")]
    public async Task The_format_is_told_from_name_and_content(string name, string text, string format)
    {
        await using var source = FileSources.Open(new FileSourceOptions { Path = Write(name, text) });
        Assert.Equal(format, source.Metadata.Format);
    }

    [Fact]
    public async Task The_format_can_be_given()
    {
        var result = await ReadJson("{\"id\":1}\n", name: "a.csv", format: FileFormat.NdJson);
        Assert.Equal(["1: 1"], result.Lines);
    }

    [Fact]
    public async Task An_empty_document_is_an_error_and_an_empty_array_is_not()
    {
        var result = await ReadJson(" ");
        Assert.Equal($"'{result.Source.Name}' is empty. Check that the file is whole.", result.Failure!.Message);
        result = await ReadJson("[]");
        Assert.Null(result.Failure);
        Assert.Equal(["There are no records."], result.Metadata.Notes);
    }
}
