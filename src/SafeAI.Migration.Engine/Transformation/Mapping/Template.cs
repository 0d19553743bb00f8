using System.Text;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>
/// A text with places for fields: <c>customer:{customer_id}</c>. A place may name functions that take no arguments,
/// <c>{email|trim|lower}</c>; <c>{{</c> and <c>}}</c> are literal braces. A field's name may stand in quotation marks,
/// <c>{"odd|name}"}</c>, and must where it holds a brace or a bar; a quotation mark in it is written twice.
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

    /// <summary>Reads a template, or a list of them, of which the first counts whose fields have a value.</summary>
    internal static IReadOnlyList<Template> ReadAll(MappingElement? element, FaultList faults)
    {
        if (element is null)
            return [];
        var items = element.Kind == ElementKind.List ? element.Items : [element];
        if (items.Count == 0)
            faults.Add(element.Path, "The list of templates is empty.");
        foreach (var item in items.Where(i => i.Kind != ElementKind.Text))
            faults.Add(item.Path, $"A template is a text, not {item.KindName}.");
        return [.. items.Where(i => i.Kind == ElementKind.Text).Select(i => Parse(i.Text!, i.Path, faults)).OfType<Template>()];
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

            var quoted = ReadQuoted(text, i + 1, out var start);
            var end = quoted is null ? text.IndexOf('}', i) : text.IndexOf('}', start);
            if (end < 0)
                return Fault($"The template '{text}' has an opening brace that is not closed. Write '{{{{' for a literal brace.");
            if (literal.Length > 0)
                parts.Add(new TemplatePart(literal.ToString(), null, []));
            literal.Clear();
            var pieces = text[start..end].Split('|');
            if (quoted is not null && pieces[0].Trim().Length > 0)
                return Fault($"The template '{text}' has something behind a field's name in quotation marks. Functions follow behind a bar.");
            var field = quoted ?? pieces[0].Trim();
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

    /// <summary>A field's name as it stands in a place: in quotation marks where it must.</summary>
    internal static string Place(string field) =>
        field.AsSpan().ContainsAny("{}|\"") || field.Trim() != field || field.Length == 0 ? $"{{\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"}}" : $"{{{field}}}";

    /// <summary>The name in quotation marks that begins a place, and where what follows it starts; null where none does.</summary>
    private static string? ReadQuoted(string text, int place, out int start)
    {
        start = place;
        while (start < text.Length && text[start] == ' ')
            start++;
        if (start >= text.Length || text[start] != '"')
        {
            start = place;
            return null;
        }

        var name = new StringBuilder();
        for (start++; start < text.Length; start++)
        {
            if (text[start] != '"')
            {
                name.Append(text[start]);
            }
            else if (start + 1 < text.Length && text[start + 1] == '"')
            {
                name.Append(text[start++]);
            }
            else
            {
                start++;
                return name.ToString();
            }
        }

        // It is not closed, and then the place is not, either.
        return name.ToString();
    }

    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary>One part of a template: a literal text, or a place for a field.</summary>
/// <param name="Literal">The literal text, or null.</param>
/// <param name="Field">The field's name, or null.</param>
/// <param name="Apply">The functions that the field's value passes, in order.</param>
public sealed record TemplatePart(string? Literal, string? Field, IReadOnlyList<FunctionCall> Apply);
