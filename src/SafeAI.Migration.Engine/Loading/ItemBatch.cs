namespace SafeAI.Migration.Engine.Loading;

/// <summary>What the items of one request have in common, since it stands in the text of the statement.</summary>
/// <param name="Type">The main label or the relationship's type.</param>
/// <param name="FromType">The type of the nodes where the relationships start; null for nodes.</param>
/// <param name="ToType">The type of the nodes where the relationships end; null for nodes.</param>
/// <param name="Labels">The nodes' further labels, joined by a space; empty for relationships.</param>
internal readonly record struct BatchKey(string Type, string? FromType, string? ToType, string Labels)
{
    public bool IsNode => FromType is null;

    public static BatchKey For(GraphItem item) => item switch
    {
        GraphRelationship r => new BatchKey(r.Type, r.FromType, r.ToType, ""),
        GraphNode { Labels.Count: 0 } n => new BatchKey(n.Type, null, null, ""),
        GraphNode n => new BatchKey(n.Type, null, null, string.Join(' ', n.Labels.Order(StringComparer.Ordinal))),
        _ => throw new ArgumentException($"{item.GetType()} is not a graph item.", nameof(item)),
    };

    public override string ToString() => IsNode ? Type : $"({FromType})-[{Type}]->({ToType})";
}

/// <summary>
/// Items of one key on their way to the destination. Several items with the same id become one entry, whose
/// properties are those of the items laid over each other in their order.
/// </summary>
internal sealed class ItemBatch(BatchKey key)
{
    private readonly Dictionary<string, int> _byId = new(StringComparer.Ordinal);
    private readonly List<Entry> _entries = [];

    public BatchKey Key { get; } = key;

    public IReadOnlyList<Entry> Entries => _entries;

    /// <summary>Relationships whose id another one in this batch has that joins other nodes; they cannot both be.</summary>
    public List<LoadItem> Conflicts { get; } = [];

    /// <summary>Items taken in, the ones with the same id counted each.</summary>
    public int ItemCount { get; private set; }

    public void Add(LoadItem item)
    {
        ItemCount++;
        if (_byId.TryAdd(item.Item.Id, _entries.Count))
            _entries.Add(new Entry(item));
        else if (_entries[_byId[item.Item.Id]] is var entry && HasSameEnds(entry.Item, item.Item))
            entry.Add(item);
        else
            Conflicts.Add(item);
    }

    private static bool HasSameEnds(GraphItem a, GraphItem b) =>
        a is not GraphRelationship x || (b is GraphRelationship y && x.FromId == y.FromId && x.ToId == y.ToId);

    public void AddAll(ItemBatch other)
    {
        foreach (var item in other.Conflicts)
            Conflicts.Add(item);
        foreach (var entry in other._entries)
        {
            Add(entry.First);
            foreach (var item in entry.Others ?? [])
                Add(item);
        }
    }

    /// <summary>Two halves, for finding the item that spoils a batch.</summary>
    public (ItemBatch First, ItemBatch Second) Split()
    {
        var halves = (First: new ItemBatch(Key), Second: new ItemBatch(Key));
        halves.First.Conflicts.AddRange(Conflicts);
        for (var i = 0; i < _entries.Count; i++)
        {
            var half = i < _entries.Count / 2 ? halves.First : halves.Second;
            half.Add(_entries[i].First);
            foreach (var item in _entries[i].Others ?? [])
                half.Add(item);
        }

        return halves;
    }

    internal sealed class Entry(LoadItem first)
    {
        public LoadItem First { get; } = first;

        public List<LoadItem>? Others { get; private set; }

        /// <summary>What is to be sent: the first item, or all items of this id laid over each other.</summary>
        public GraphItem Item { get; private set; } = first.Item;

        public void Add(LoadItem item)
        {
            (Others ??= []).Add(item);
            var properties = Item.Properties.Overlay(item.Item.Properties);
            Item = Item switch
            {
                GraphRelationship r => new GraphRelationship(r.Type, r.Id, r.FromType, r.FromId, r.ToType, r.ToId, properties, r.GetRecord(), r.GetConversion()),
                GraphNode n => new GraphNode(n.Type, n.Id, properties, n.Labels, n.GetRecord(), n.GetConversion()),
                _ => throw new InvalidOperationException(),
            };
        }
    }
}

/// <summary>An item in a session, with the number under which its record is accounted for.</summary>
/// <param name="Item">The item.</param>
/// <param name="Ticket">The record's place in the session's accounts.</param>
internal readonly record struct LoadItem(GraphItem Item, RecordTicket Ticket);
