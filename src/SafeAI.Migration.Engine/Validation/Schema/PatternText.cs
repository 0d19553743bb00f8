using System.Text;

namespace SafeAI.Migration.Engine.Validation.Schema;

/// <summary>
/// The regular expressions of JSON Schema are those of ECMAScript: there <c>$</c> stands for the very end, and
/// <c>\d</c> and <c>\w</c> for ASCII only.
/// </summary>
internal static class PatternText
{
    /// <summary>The same expression for .NET.</summary>
    public static string Translate(string pattern)
    {
        var text = new StringBuilder(pattern.Length + 8);
        var inClass = false;
        for (var i = 0; i < pattern.Length; i++)
        {
            var c = pattern[i];
            if (c == '\\' && i + 1 < pattern.Length)
            {
                var next = pattern[++i];
                text.Append((next, inClass) switch
                {
                    ('d', false) => "[0-9]",
                    ('d', true) => "0-9",
                    ('D', false) => "[^0-9]",
                    ('w', false) => "[A-Za-z0-9_]",
                    ('w', true) => "A-Za-z0-9_",
                    ('W', false) => "[^A-Za-z0-9_]",
                    _ => "\\" + next,
                });
                continue;
            }

            if (c == '[')
                inClass = true;
            else if (c == ']')
                inClass = false;
            text.Append(c == '$' && !inClass ? "\\z" : c == '[' && i > 0 && IsInsideClass(pattern, i) ? "\\[" : c.ToString());
        }

        return text.ToString();
    }

    // In .NET a bracket inside a class can begin a subtraction; in ECMAScript it is a bracket.
    private static bool IsInsideClass(string pattern, int index)
    {
        var inside = false;
        for (var i = 0; i < index; i++)
        {
            if (pattern[i] == '\\')
                i++;
            else if (pattern[i] == '[')
                inside = true;
            else if (pattern[i] == ']')
                inside = false;
        }

        return inside;
    }
}
