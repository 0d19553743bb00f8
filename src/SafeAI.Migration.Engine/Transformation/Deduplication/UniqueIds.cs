namespace SafeAI.Migration.Engine.Transformation;

/// <summary>Holds the ids of node types that every record must make anew, and finds the record that made one before.</summary>
internal sealed class UniqueIds(IEnumerable<NodeMapping> nodes, int memoryLimit) : IDisposable
{
    private readonly Dictionary<string, NodeMapping> _types =
        nodes.Where(n => n.IsUnique).DistinctBy(n => n.Type).ToDictionary(n => n.Type, StringComparer.Ordinal);

    private readonly KeyTable _ids = new(memoryLimit);
    private readonly RecordPlaces _places = new();

    /// <summary>Keeps the ids of a record's nodes, or fails where another record made one of them.</summary>
    public bool Accept(List<GraphItem> items, Evaluation evaluation)
    {
        if (_types.Count == 0)
            return true;

        // First all are looked up, so that a record that is rejected keeps none.
        foreach (var item in items)
        {
            if (item is not GraphNode || !_types.TryGetValue(item.Type, out var mapping)
                || _ids.Find(KeyTable.KeyOf([item.Type, item.Id])) is not { } first)
                continue;
            evaluation.Fail(ErrorCode.DuplicateKey,
                $"The id '{item.Id}' of the {item.Type} was made already by the record at {_places.Decode(first)}.", item.Id);
            evaluation.Blame(MappingElement.Join(mapping.Path, "id"), null, mapping.Id is { IsPrivate: true });
            return false;
        }

        foreach (var item in items)
        {
            if (item is GraphNode && _types.ContainsKey(item.Type))
                _ids.GetOrAdd(KeyTable.KeyOf([item.Type, item.Id]), _places.Encode(evaluation.Record));
        }

        return true;
    }

    public void Dispose() => _ids.Dispose();
}
