using System.Text.Json;
using SafeAI.Migration.Engine.Validation;

namespace SafeAI.Migration.Engine.Tests.Validation;

/// <summary>JSON, and what guides print in its place.</summary>
public sealed class PrintedJsonTests
{
    [Theory]
    [InlineData("{ 'a': True, 'b': False, 'c': None, 'd': [1, 2.5, 'x'] }", """{"a":true,"b":false,"c":null,"d":[1,2.5,"x"]}""")]
    [InlineData("""{ 'a': "it's", 'b': 'say "so"', 'c': 'it\'s', 'd': 'a\\', 'e': '\u00e9\n' }""", """{"a":"it's","b":"say \"so\"","c":"it's","d":"a\\","e":"é\n"}""")]
    [InlineData("{ 'True': 'None', \"None\": \"False 'x'\" }", """{"True":"None","None":"False 'x'"}""")]
    [InlineData("{ // it's here\n 'a': 1, /* 'and' None */ }", """{"a":1}""")]
    [InlineData("{ \"a\": True }", """{"a":true}""")]
    [InlineData("{ \"a\": \"'True'\", } // None", """{"a":"'True'"}""")]
    [InlineData("[]", "[]")]
    public void What_is_printed_is_read(string printed, string json)
    {
        using var read = PrintedJson.Parse(printed);
        using var expected = JsonDocument.Parse(json);
        Assert.True(JsonElement.DeepEquals(expected.RootElement, read.RootElement), read.RootElement.GetRawText());
    }

    [Theory]
    [InlineData("{\n  'a': 1\n  'b': 2\n}", 2)]
    [InlineData("{\n  'a': Maybe\n}", 1)]
    [InlineData("{\n  \"a\": 1\n  \"b\": 'x'\n}", 2)]
    [InlineData("{\n  'a': 'never ends\n}", 1)]
    [InlineData("{\n  \"a\": nothing\n}", 1)]
    [InlineData("", 0)]
    [InlineData("'", 0)]
    [InlineData("'\\", 0)]
    [InlineData("/* None", 0)]
    public void A_fault_is_told_with_its_place(string text, long line)
    {
        var e = Assert.ThrowsAny<JsonException>(() => PrintedJson.Parse(text));
        Assert.Equal(line, e.LineNumber);
    }
}
