using System.Text;
using System.Text.Json;
using SafeAI.Migration.Engine.Extraction.Files;
using SafeAI.Migration.Engine.Extraction.Files.Json;

namespace SafeAI.Migration.Engine.Tests.Extraction.Files;

/// <summary>The quick way of reading JSON never says anything else than the thorough one.</summary>
public sealed class JsonPlainReaderTests
{
    private static readonly JsonOptions s_options = new() { MaxDepth = 4 };
    private static readonly JsonShape s_shape = new(new RecordSchema("t", new[] { "id", "name", "grün", "a b", "tags", "n" }.Select(n => new RecordField(n, typeof(object)))));

    private static readonly string[] s_values =
    [
        "0", "1", "-1", "-0", "00", "01", "-01", "123456789012345678", "-123456789012345678", "1234567890123456789", "9223372036854775808", "0.0", "-0.0", "0.1", "-0.5", "1.", ".5", "1.0",
        "12345.67", "123456789012.345", "1234567890123.456", "0.000000000000001", "0.0000000000000012", "1e5", "1E-3", "+1", "--1", "1-", "1 2", "NaN", "true", "false", "null", "tru", "truee", "nul",
        "\"\"", "\"a\"", "\"a longer text of ASCII\"", "\"ü漢😀\"", "\"seven77\"", "\"eight888\"", "\"nine99999\"", "\"a\\\"b\"", "\"\\u00fc\\n\\\\\"", "\"\\ud800\"", "\"\\x\"", "\"tab\there\"", "\"bell\u0007\"", "\"open",
        "[]", "[1, \"a\", null]", "[1,]", "[,1]", "[[[1]]]", "[[[[1]]]]", "{}", "{\"x\": {\"y\": 1}}", "{\"x\":1,\"x\":2}", "{\"x\":1,}", "{x:1}", "{\"x\"}", "[1", "",
    ];

    [Fact]
    public void Every_line_is_read_as_the_thorough_parser_reads_it_or_left_to_it()
    {
        var random = new Random(20251126);
        var plain = 0;
        const int lines = 60_000;
        for (var i = 0; i < lines; i++)
        {
            var text = Line(random);
            if (ReadPlain(text) is not { } values)
                continue;
            plain++;
            var expected = ReadThoroughly(text);
            Assert.True(expected is not null, $"The thorough parser does not accept: {text}");
            Assert.Equal(expected, values);
            Assert.Equal(expected!.Select(v => v?.GetType()), values.Select(v => v?.GetType()));
        }

        Assert.InRange(plain, lines / 20, lines / 2);
    }

    [Theory]
    [InlineData("""{"id":1,"name":"x","grün":1.25,"a b":null,"tags":["a",1],"n":{"x":true}}""")]
    [InlineData("""{ "id" : 1 , "n" : "a\"b" }""")]
    [InlineData("""{"n":1,"id":2}""")]
    [InlineData("""{}""")]
    public void Ordinary_lines_are_read_the_quick_way(string text) => Assert.Equal(ReadThoroughly(text), ReadPlain(text));

    [Theory]
    [InlineData("""{"id":1,"other":2}""")]
    [InlineData("""{"id":1,"id":2}""")]
    [InlineData("""{"id":1}x""")]
    [InlineData("""{"id":1e5}""")]
    [InlineData("""{"\u0069d":1}""")]
    [InlineData("""[1]""")]
    [InlineData("""{"id":[[[[1]]]]}""")]
    public void Everything_else_is_left_to_the_thorough_parser(string text) => Assert.Null(ReadPlain(text));

    [Fact]
    public void A_shape_whose_names_are_escaped_is_left_to_the_thorough_parser()
    {
        Assert.Null(JsonPlainReader.For(new JsonShape(new RecordSchema("t", [new RecordField("a\"b", typeof(object))])), 64));
        Assert.Null(JsonPlainReader.For(new JsonShape(new RecordSchema("t", Enumerable.Range(0, 65).Select(i => new RecordField($"f{i}", typeof(object))))), 64));
        Assert.NotNull(JsonPlainReader.For(new JsonShape(new RecordSchema("t", Enumerable.Range(0, 64).Select(i => new RecordField($"f{i}", typeof(object))))), 64));
    }

    private static string Line(Random random)
    {
        string Space() => random.Next(12) == 0 ? " " : "";
        var text = new StringBuilder("{");
        var fields = s_shape.Schema.Fields.ToList();
        for (var i = random.Next(5); i >= 0; i--)
        {
            var name = random.Next(30) == 0 ? "other" : fields[random.Next(fields.Count)].Name;
            text.Append(Space()).Append('"').Append(name).Append('"').Append(Space()).Append(':').Append(Space()).Append(s_values[random.Next(s_values.Length)]).Append(Space()).Append(i > 0 ? "," : "");
        }

        text.Append('}');
        // Now and then something is wrong anywhere.
        if (random.Next(4) == 0)
            text[random.Next(text.Length)] = "\"\\{}[],:0.x "[random.Next(12)];
        if (random.Next(20) == 0)
            text.Length = random.Next(text.Length);
        return text.ToString();
    }

    private static object?[]? ReadPlain(string text)
    {
        var values = new object?[s_shape.Count];
        return JsonPlainReader.For(s_shape, s_options.MaxDepth)!.TryRead(Encoding.UTF8.GetBytes(text), values) ? values : null;
    }

    private static object?[]? ReadThoroughly(string text)
    {
        var parser = new JsonRecordParser(s_options) { Shape = s_shape };
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
                return null;
            parser.Parse(ref reader);
            reader.Read();
            return parser.Fault is null && parser.Extras.Count == 0 ? parser.Values : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
