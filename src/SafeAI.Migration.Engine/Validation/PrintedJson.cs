using System.Text;
using System.Text.Json;

namespace SafeAI.Migration.Engine.Validation;

/// <summary>
/// Reads JSON, and what guides print in its place: objects and lists in which texts stand in single quotes, and true,
/// false and null are written True, False and None.
/// </summary>
internal static class PrintedJson
{
    private static readonly JsonDocumentOptions s_options = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    private static readonly (string Printed, string Json)[] s_words = [("True", "true"), ("False", "false"), ("None", "null")];

    /// <summary>Reads a text; comments and trailing commas are allowed.</summary>
    /// <exception cref="JsonException">It is neither; the place is that of the fault in the text.</exception>
    public static JsonDocument Parse(string text)
    {
        try
        {
            return JsonDocument.Parse(text, s_options);
        }
        catch (JsonException e)
        {
            if (ToJson(text) is not { } json)
                throw;
            try
            {
                return JsonDocument.Parse(json, s_options);
            }
            catch (JsonException other) when ((other.LineNumber, other.BytePositionInLine).CompareTo((e.LineNumber, e.BytePositionInLine)) < 0)
            {
                throw e;
            }
        }
    }

    // Null where nothing is printed in another way. Lines stay lines, so that places stay right.
    private static string? ToJson(string text)
    {
        var json = new StringBuilder(text.Length + 16);
        var isOther = false;
        for (var i = 0; i < text.Length;)
        {
            var c = text[i];
            if (c is '"' or '\'')
            {
                isOther |= c == '\'';
                i = CopyText(text, i, json);
            }
            else if (c == '/' && i + 1 < text.Length && text[i + 1] is '/' or '*')
            {
                var end = text.IndexOf(text[i + 1] == '/' ? "\n" : "*/", i + 2, StringComparison.Ordinal);
                end = end < 0 ? text.Length : end;
                json.Append(text, i, end - i);
                i = end;
            }
            else if (char.IsAsciiLetter(c))
            {
                var end = i;
                while (end < text.Length && char.IsAsciiLetterOrDigit(text[end]))
                    end++;
                var word = text[i..end];
                var (printed, instead) = s_words.FirstOrDefault(w => w.Printed == word);
                isOther |= printed is not null;
                json.Append(instead ?? word);
                i = end;
            }
            else
            {
                json.Append(c);
                i++;
            }
        }

        return isOther ? json.ToString() : null;
    }

    // Copies a text in quotes of either kind; in double quotes, single ones need no backslash and double ones need one.
    private static int CopyText(string text, int start, StringBuilder json)
    {
        var quote = text[start];
        json.Append('"');
        for (var i = start + 1; i < text.Length; i++)
        {
            var c = text[i];
            if (c == quote)
            {
                json.Append('"');
                return i + 1;
            }

            if (c == '\\' && i + 1 < text.Length)
            {
                i++;
                json.Append(text[i] == '\'' ? "'" : $"\\{text[i]}");
            }
            else
            {
                json.Append(c == '"' ? "\\\"" : c);
            }
        }

        return text.Length;
    }
}
