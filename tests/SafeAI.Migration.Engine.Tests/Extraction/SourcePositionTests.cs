namespace SafeAI.Migration.Engine.Tests.Extraction;

public sealed class SourcePositionTests
{
    [Fact]
    public void The_text_form_holds_everything()
    {
        var position = new SourcePosition
        {
            Ordinal = long.MaxValue,
            Line = 3,
            File = "a/b \"c\".csv",
            Offset = 1L << 40,
            Encoding = "utf-8",
            Key = ["ä\0'", 5L, -1.0, 1e300, 0.1, true, null, new byte[] { 0, 255 }],
            Page = "/items?page=3",
            PageStart = 20,
            Fields = [new("a \"b\"", "int64", "number"), new("c", "any", null)],
            Shapes = 3,
        };
        var again = SourcePosition.Parse(position.ToJson());
        Assert.Equal(position with { Key = null, Fields = null }, again with { Key = null, Fields = null });
        Assert.Equal(position.Fields, again.Fields);
        Assert.Equal(position.Key, again.Key);
        Assert.Equal(position.Key.Select(k => k?.GetType()), again.Key!.Select(k => k?.GetType()));
        Assert.Equal("""{"ordinal":7}""", new SourcePosition { Ordinal = 7 }.ToJson());
        Assert.DoesNotContain('\n', position.ToJson());
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"ordinal": "x"}""")]
    [InlineData("""{"ordinal": 1, "surprise": 2}""")]
    [InlineData("""{"ordinal": 1, "fields": [["a", "any"]]}""")]
    [InlineData("""{"ordinal": 1, "fields": {"a": "any"}}""")]
    public void Anything_else_is_refused(string text) => Assert.Throws<FormatException>(() => SourcePosition.Parse(text));
}
