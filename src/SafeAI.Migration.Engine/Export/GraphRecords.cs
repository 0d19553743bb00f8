namespace SafeAI.Migration.Engine.Export;

/// <summary>Nodes and relationships as flat records, for formats that know rows only.</summary>
internal sealed class GraphRecords
{
    private static readonly string[] s_node = ["type", "id", "labels"];
    private static readonly string[] s_relationship = ["type", "id", "from_type", "from_id", "to_type", "to_id"];
    private readonly Dictionary<string, List<RecordSchema>> _schemas = new(StringComparer.Ordinal);
    private readonly RecordSource _source = new("graph");

    public Record Of(GraphItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        object?[] head = item is GraphRelationship r
            ? [r.Type, r.Id, r.FromType, r.FromId, r.ToType, r.ToId]
            : [item.Type, item.Id, ((GraphNode)item).Labels is { Count: > 0 } labels ? labels.ToArray() : null];
        var values = new object?[head.Length + item.Properties.Count];
        head.CopyTo(values, 0);
        for (var i = 0; i < item.Properties.Count; i++)
            values[head.Length + i] = item.Properties.GetValue(i);
        return SchemaOf(item).CreateRecord(values, item.GetRecord()?.GetSource() ?? _source, item.GetRecord()?.GetPosition().Ordinal ?? 0, item.GetRecord()?.GetPosition().Line ?? 0);
    }

    private RecordSchema SchemaOf(GraphItem item)
    {
        var head = item is GraphNode ? s_node : s_relationship;
        if (!_schemas.TryGetValue(item.Type, out var known))
            _schemas.Add(item.Type, known = []);
        var found = known.FindLast(s => Fits(s, head, item.Properties));
        if (found is null)
            known.Add(found = Make(item, head));
        return found;
    }

    private static bool Fits(RecordSchema schema, string[] head, PropertySet properties)
    {
        if (schema.Fields.Count != head.Length + properties.Count || schema.Fields[2].Name != head[2])
            return false;
        for (var i = 0; i < properties.Count; i++)
        {
            if (schema.Fields[head.Length + i].Name != NameOf(properties.GetName(i), head))
                return false;
        }

        return true;
    }

    // The properties of one type need not be of one type of value everywhere.
    private static RecordSchema Make(GraphItem item, string[] head) => new(
        item.Type,
        [
            .. head.Select(n => new RecordField(n, n == "labels" ? typeof(string[]) : typeof(string), isNullable: n == "labels")),
            .. item.Properties.Select(p => new RecordField(NameOf(p.Key, head), typeof(object))),
        ],
        ["type", "id"]);

    private static string NameOf(string property, string[] head) => head.Contains(property) ? "property_" + property : property;
}
