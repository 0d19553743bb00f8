using System.Globalization;
using System.Text;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>Counts and cuts texts in characters as people see them, so that no surrogate pair and no combining mark is torn off.</summary>
internal static class TextUnits
{
    public static int Count(string text)
    {
        if (Ascii.IsValid(text))
            return text.Length;
        var count = 0;
        for (var i = 0; i < text.Length; count++)
            i += StringInfo.GetNextTextElementLength(text, i);
        return count;
    }

    /// <summary>A part of a text, shorter where the text ends before.</summary>
    public static string Slice(string text, int start, int length)
    {
        if (Ascii.IsValid(text))
        {
            start = Math.Min(start, text.Length);
            return text.Substring(start, Math.Min(length, text.Length - start));
        }

        var from = Offset(text, 0, start);
        return text[from..Offset(text, from, length)];
    }

    private static int Offset(string text, int from, int units)
    {
        for (; units > 0 && from < text.Length; units--)
            from += StringInfo.GetNextTextElementLength(text, from);
        return from;
    }
}
