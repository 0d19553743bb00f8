using System.Text;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>
/// A text with places for fields: <c>customer:{customer_id}</c>. A place may name functions that take no arguments,
/// <c>{email|trim|lower}</c>; <c>{{</c> and <c>}}</c> are literal braces.
/// </summary>
public sealed class Template
{
    private Template(string text, IReadOnlyList<TemplatePart> parts)
    {
        Text = text;
        Parts = parts;
    }

    /// <summary>The template as it was written.</summary>
    public string Text { get; }

    /// <summary>Literal texts and places in order.</summary>
    public IReadOnlyList<TemplatePart> Parts { get; }

    /// <summary>How many places there are.</summary>
    public int PlaceCount => Parts.Count(p => p.Field is not null);

    /// <summary>Whether a text would be read as a template and not as a field's name.</summary>
    public static bool IsTemplate(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.AsSpan().IndexOfAny('{', '}') >= 0;
    }

    internal static Template? Parse(string text, string path, FaultList faults)
    {
        var parts = new List<TemplatePart>();
        var literal = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is '{' or '}' && i + 1 < text.Length && text[i + 1] == c)
            {
                literal.Append(c);
                i++;
                continue;
            }

            if (c == '}')
                return Fault($"The template '{text}' has a closing brace without an opening one. Write '}}}}' for a literal brace.");
            if (c != '{')
            {
                literal.Append(c);
                continue;
            }

            var end = text.IndexOf('}', i);
            if (end < 0)
                return Fault($"The template '{text}' has an opening brace that is not closed. Write '{{{{' for a literal brace.");
            if (literal.Length > 0)
                parts.Add(new TemplatePart(literal.ToString(), null, []));
            literal.Clear();
            var pieces = text[(i + 1)..end].Split('|');
            var field = pieces[0].Trim();
            if (field.Length == 0)
                return Fault($"The template '{text}' has a place without a field's name.");
            var calls = new List<FunctionCall>();
            foreach (var name in pieces.Skip(1))
            {
                if (FunctionCatalog.Bind(name.Trim(), null, path, faults) is { } call)
                    calls.Add(call);
            }

            parts.Add(new TemplatePart(null, field, calls));
            i = end;
        }

        if (literal.Length > 0)
            parts.Add(new TemplatePart(literal.ToString(), null, []));
        return new Template(text, parts);

        Template? Fault(string message)
        {
            faults.Add(path, message);
            return null;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary>One part of a template: a literal text, or a place for a field.</summary>
/// <param name="Literal">The literal text, or null.</param>
/// <param name="Field">The field's name, or null.</param>
/// <param name="Apply">The functions that the field's value passes, in order.</param>
public sealed record TemplatePart(string? Literal, string? Field, IReadOnlyList<FunctionCall> Apply);
