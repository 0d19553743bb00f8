using System.Reflection;
using System.Text;
using System.Xml.Linq;

namespace SafeAI.Migration.HelpBuilder;

/// <summary>One example: the commands, and what they do.</summary>
internal sealed record Example(string Code, string Remarks);

/// <summary>The compiler's XML documentation files, read as text for people.</summary>
internal sealed class DocComments
{
    private readonly Dictionary<string, XElement> _members = new(StringComparer.Ordinal);

    public void Add(string path)
    {
        foreach (var member in XDocument.Load(path, LoadOptions.PreserveWhitespace).Descendants("member"))
            _members[(string)member.Attribute("name")!] = member;
    }

    public string? Summary(Type type) => Paragraphs(Find(type)?.Element("summary")).FirstOrDefault();

    public IReadOnlyList<string> Remarks(Type type) => Paragraphs(Find(type)?.Element("remarks"));

    public IReadOnlyList<Example> Examples(Type type) =>
    [
        .. (Find(type)?.Elements("example") ?? []).Select(e => new Example(
            Lines((string?)e.Element("code") ?? ""), string.Join(' ', e.Elements("para").SelectMany(Paragraphs))))
    ];

    /// <summary>A property's summary, wherever in the class's ancestry the property was declared.</summary>
    public string? Summary(PropertyInfo property) =>
        _members.TryGetValue($"P:{NameOf(property.DeclaringType!)}.{property.Name}", out var member)
            ? string.Join(' ', Paragraphs(member.Element("summary")))
            : null;

    private XElement? Find(Type type) => _members.GetValueOrDefault("T:" + NameOf(type));

    private static string NameOf(Type type) => type.FullName!.Replace('+', '.');

    private static List<string> Paragraphs(XElement? element)
    {
        var result = new List<string>();
        if (element is null)
            return result;
        var current = new StringBuilder();
        foreach (var node in element.Nodes())
        {
            if (node is XElement { Name.LocalName: "para" } para)
            {
                Flush();
                result.AddRange(Paragraphs(para));
            }
            else
            {
                current.Append(Plain(node));
            }
        }

        Flush();
        return result;

        void Flush()
        {
            var text = string.Join(' ', current.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            if (text.Length > 0)
                result.Add(text);
            current.Clear();
        }
    }

    private static string Plain(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" or "seealso" } see => (string?)see.Attribute("langword") ?? LastName((string?)see.Attribute("cref")) ?? see.Value,
        XElement { Name.LocalName: "paramref" or "typeparamref" } reference => (string?)reference.Attribute("name") ?? "",
        XElement element => string.Concat(element.Nodes().Select(Plain)),
        _ => "",
    };

    private static string? LastName(string? cref) => cref?.Split('(')[0].Split('.', ':')[^1].Split('`')[0];

    /// <summary>Code as it was written, without the indentation that the comment gave it.</summary>
    private static string Lines(string code)
    {
        var lines = code.Replace("\r\n", "\n", StringComparison.Ordinal).Trim('\n').TrimEnd().Split('\n');
        var indent = lines.Where(l => l.Trim().Length > 0).Select(l => l.Length - l.TrimStart().Length).DefaultIfEmpty(0).Min();
        return string.Join('\n', lines.Select(l => l.Length >= indent ? l[indent..].TrimEnd() : l.Trim()));
    }
}
