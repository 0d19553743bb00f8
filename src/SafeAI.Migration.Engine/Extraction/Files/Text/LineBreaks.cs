namespace SafeAI.Migration.Engine.Extraction.Files.Text;

/// <summary>Line breaks of any kind in UTF-8: LF, CR LF, and CR alone.</summary>
internal static class LineBreaks
{
    /// <summary>How many there are; CR LF is one.</summary>
    public static int Count(ReadOnlySpan<byte> text)
    {
        var count = 0;
        while (text.IndexOfAny((byte)'\r', (byte)'\n') is >= 0 and var index)
        {
            count++;
            text = text[(index + LengthAt(text, index))..];
        }

        return count;
    }

    /// <summary>Where the line after the one at <paramref name="start"/> begins, or -1 where the text has none.</summary>
    public static int NextLine(ReadOnlySpan<byte> text, int start)
    {
        var index = text[start..].IndexOfAny((byte)'\r', (byte)'\n');
        return index < 0 ? -1 : start + index + LengthAt(text, start + index);
    }

    private static int LengthAt(ReadOnlySpan<byte> text, int index) =>
        text[index] == '\r' && index + 1 < text.Length && text[index + 1] == '\n' ? 2 : 1;
}
