using System.Text;
using System.Text.RegularExpressions;

namespace SafeAI.Migration.Engine.Validation.Schema;

/// <summary>
/// The regular expressions of JSON Schema are those of ECMAScript: there <c>$</c> stands for the very end, and
/// <c>\d</c> and <c>\w</c> for ASCII only.
/// </summary>
internal static class PatternText
{
    /// <summary>
    /// Whether a text matches. Its time limit is one of the clock, which also runs while the process is kept from
    /// working: an expression that exceeds it is asked once more, and is slow only where it exceeds it again.
    /// </summary>
    /// <exception cref="RegexMatchTimeoutException">It took longer than its time limit, twice.</exception>
    public static bool IsMatch(Regex pattern, string text)
    {
        try
        {
            return pattern.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            return pattern.IsMatch(text);
        }
    }

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

            // In .NET a bracket inside a class can begin a subtraction; in ECMAScript it is a bracket.
            text.Append((c, inClass) switch
            {
                ('$', false) => "\\z",
                ('[', true) => "\\[",
                _ => c.ToString(),
            });
            inClass = c == '[' || (inClass && c != ']');
        }

        return text.ToString();
    }
}
