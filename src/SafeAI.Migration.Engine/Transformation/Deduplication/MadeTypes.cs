namespace SafeAI.Migration.Engine.Transformation;

/// <summary>What some mappings make, by the names under which ids stand for one thing: types of relationships, and types and further labels of nodes.</summary>
/// <param name="mappings">The mappings.</param>
internal sealed class MadeTypes(IReadOnlyList<MappingDocument> mappings)
{
    private readonly HashSet<string> _nodeTypes = mappings.SelectMany(m => m.Nodes).Select(n => n.Type).ToHashSet(StringComparer.Ordinal);

    private readonly Dictionary<(bool IsNode, string Name), int> _counts = mappings.SelectMany(m => m.Items).SelectMany(i => (i is NodeMapping node ? node.Labels.Prepend(i.Type) : [i.Type]).Select(n => (i is NodeMapping, n))).GroupBy(n => n).ToDictionary(g => g.Key, g => g.Count());

    private readonly HashSet<string> _mixedEnds = mappings.SelectMany(m => m.Relationships)
        .GroupBy(r => r.Type, StringComparer.Ordinal).Where(g => g.Select(r => (r.From.Type, r.To.Type)).Distinct().Count() > 1).Select(g => g.Key).ToHashSet(StringComparer.Ordinal);

    /// <summary>Whether nothing else makes things of the item's type, or nodes that a label of it would make the same.</summary>
    public bool IsOnlyOfItsType(ItemMapping item) =>
        _counts.GetValueOrDefault((item is NodeMapping, item.Type)) <= 1 && AlsoTypes(item).Length == 0;

    /// <summary>The further labels of a node that are the types of others. A graph takes a node with such a label for the other of its id.</summary>
    public string[] AlsoTypes(ItemMapping item) => item is NodeMapping node ? [.. node.Labels.Where(_nodeTypes.Contains)] : [];

    /// <summary>Whether relationships of the item's type have ends of several types, so that equal ids of ends do not make them the same.</summary>
    public bool HasMixedEnds(ItemMapping item) => item is RelationshipMapping && _mixedEnds.Contains(item.Type);

    /// <summary>Whether more than one of the mappings makes what is held against the others.</summary>
    public bool AreShared() => mappings.Select(m => m.Items.Where(i => i.IsChecked || (!i.Merges && HasMixedEnds(i)))
        .SelectMany(i => AlsoTypes(i).Append(i.Type).Select(n => (i is NodeMapping, n))).ToHashSet()).SelectMany(t => t).GroupBy(t => t).Any(g => g.Count() > 1);
}
