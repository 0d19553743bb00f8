using System.Text;
using System.Text.RegularExpressions;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>Makes labels, types and id prefixes out of the names of tables and columns.</summary>
internal static partial class GraphNames
{
    /// <summary>For instance <c>InvoiceLine</c> for <c>invoice_line</c>.</summary>
    public static string Label(string name)
    {
        var text = new StringBuilder();
        foreach (var word in Words(name))
            text.Append(char.ToUpperInvariant(word[0])).Append(word.AsSpan(1));
        return Safe(text.ToString());
    }

    /// <summary>For instance <c>invoice_line</c> for <c>InvoiceLine</c>.</summary>
    public static string Prefix(string name) => Safe(string.Join('_', Words(name)).ToLowerInvariant());

    /// <summary>
    /// The type of a relationship made from one column: <c>HAS_ARTIST</c> for <c>artist_id</c>, and <c>REPORTS_TO</c> for
    /// <c>ReportsTo</c>.
    /// </summary>
    public static string RelationshipType(string column)
    {
        var words = Words(column).ToList();
        var isId = words.Count > 1 && words[^1].Equals("id", StringComparison.OrdinalIgnoreCase);
        if (isId)
            words[^1] = "";
        return Safe((isId ? "HAS_" : "") + string.Join('_', words.Where(w => w.Length > 0)).ToUpperInvariant());
    }

    /// <summary>A name that is not taken yet: with a number where it must.</summary>
    public static string Unique(string name, ISet<string> taken)
    {
        var candidate = name;
        for (var i = 2; !taken.Add(candidate); i++)
            candidate = FormattableString.Invariant($"{(name.Length > 95 ? name[..95] : name)}_{i}");
        return candidate;
    }

    private static IEnumerable<string> Words(string name) => Word().Matches(name).Select(m => m.Value);

    private static string Safe(string name)
    {
        if (name.Length == 0 || !(char.IsLetter(name[0]) || name[0] == '_'))
            name = "_" + name;
        return name.Length > GraphIdentifier.MaxLength ? name[..GraphIdentifier.MaxLength] : name;
    }

    // A word is capitals before another word, a capital with what follows, or letters and digits; all else separates.
    [GeneratedRegex(@"\p{Lu}+(?![\p{Ll}])[\p{Nd}]*|\p{Lu}?[\p{Ll}\p{Lo}\p{Lm}\p{Lt}\p{Nd}]+|\p{Lu}", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
