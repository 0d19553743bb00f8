using System.Text;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>What the items of one request have in common, since it stands in the text of the statement.</summary>
/// <param name="Type">The main label or the relationship's type.</param>
/// <param name="FromType">The type of the nodes where the relationships start; null for nodes.</param>
/// <param name="ToType">The type of the nodes where the relationships end; null for nodes.</param>
/// <param name="Labels">The nodes' further labels, joined by a space; empty for relationships.</param>
internal readonly record struct BatchKey(string Type, string? FromType, string? ToType, string Labels)
{
    public bool IsNode => FromType is null;

    /// <summary>The further labels, one by one.</summary>
    public string[] LabelList => Labels.Split(' ', StringSplitOptions.RemoveEmptyEntries);

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
/// <param name="key">What the items have in common.</param>
/// <param name="replaces">Whether of several items with one id only the last counts.</param>
internal sealed class ItemBatch(BatchKey key, bool replaces = false)
{
    private readonly Dictionary<string, int> _byId = new(StringComparer.Ordinal);
    private readonly List<Entry> _entries = [];

    public BatchKey Key { get; } = key;

    public IReadOnlyList<Entry> Entries => _entries;

    /// <summary>Relationships whose id another one in this batch has that joins other nodes; they cannot both be.</summary>
    public List<LoadItem> Conflicts { get; } = [];

    /// <summary>Items taken in, the ones with the same id counted each.</summary>
    public int ItemCount { get; private set; }

    /// <summary>About how many bytes they are in a request.</summary>
    public long Bytes { get; private set; }

    /// <summary>What was done for the batch before its turn; null for nothing yet.</summary>
    public BatchHeadStart? HeadStart { get; set; }

    public void Add(LoadItem item) => Add(item, ItemSize.Of(item.Item));

    /// <summary>Takes an item in.</summary>
    /// <param name="item">The item.</param>
    /// <param name="size">About how many bytes it takes in a request.</param>
    public void Add(LoadItem item, long size)
    {
        ItemCount++;
        Bytes += size;
        if (_byId.TryAdd(item.Item.Id, _entries.Count))
            _entries.Add(new Entry(item));
        else if (_entries[_byId[item.Item.Id]] is var entry && HasSameEnds(entry.Item, item.Item))
            entry.Add(item, replaces);
        else
            Conflicts.Add(item);
    }

    /// <summary>Whether two items are nodes, or relationships between the same nodes.</summary>
    public static bool HasSameEnds(GraphItem a, GraphItem b) => a is not GraphRelationship x
        || (b is GraphRelationship y && (x.FromId, x.ToId) == (y.FromId, y.ToId) && (x.FromType, x.ToType) == (y.FromType, y.ToType));

    /// <summary>Where its items come from.</summary>
    public DataSegment ToSegment()
    {
        var positions = _entries.SelectMany(e => Enumerable.Range(0, e.Count).Select(e.At)).Select(i => i.Item.GetRecord()?.GetPosition()).OfType<RecordPosition>().OrderBy(p => p.Ordinal).ToList();
        return positions.Count == 0
            ? new DataSegment(null, default, default, Key.ToString())
            : new DataSegment(positions[0].Source, positions[0], positions[^1], Key.ToString());
    }

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

    /// <summary>An empty batch of the same kind.</summary>
    public ItemBatch NewLike() => new(Key, replaces);

    /// <summary>Takes an entry of another batch over as it is; its id is not in this one.</summary>
    public void Take(Entry entry)
    {
        ItemCount += entry.Count;
        foreach (var item in entry.All)
            Bytes += ItemSize.Of(item.Item);
        _byId.Add(entry.Item.Id, _entries.Count);
        _entries.Add(entry);
    }

    /// <summary>Two halves, for finding the item that spoils a batch.</summary>
    public (ItemBatch First, ItemBatch Second) Split()
    {
        var halves = (First: new ItemBatch(Key, replaces), Second: new ItemBatch(Key, replaces));
        halves.First.Conflicts.AddRange(Conflicts);
        for (var i = 0; i < _entries.Count; i++)
            (i < _entries.Count / 2 ? halves.First : halves.Second).Take(_entries[i]);
        return halves;
    }

    internal sealed class Entry(LoadItem first)
    {
        public LoadItem First { get; } = first;

        public List<LoadItem>? Others { get; private set; }

        /// <summary>What is to be sent: the first item, or all items of this id laid over each other.</summary>
        public GraphItem Item { get; private set; } = first.Item;

        /// <summary>How many items of this id there are.</summary>
        public int Count => 1 + (Others?.Count ?? 0);

        /// <summary>All items of this id in their order.</summary>
        public Items All => new(this);

        /// <summary>The item in a place, from 0 in their order.</summary>
        public LoadItem At(int place) => place == 0 ? First : Others![place - 1];

        /// <summary>Lets go of what is there and not in the item: those properties are sent as null.</summary>
        public void Replace(PropertySet stored)
        {
            var others = stored.Keys.Where(name => stored[name] is not null && !Item.Properties.ContainsKey(name)).ToArray();
            if (others.Length > 0)
                SetProperties(Item.Properties.Overlay(new PropertySet(others, new object?[others.Length])));
        }

        public void Add(LoadItem item, bool replaces)
        {
            (Others ??= []).Add(item);
            SetProperties(replaces ? item.Item.Properties : Item.Properties.Overlay(item.Item.Properties));
        }

        private void SetProperties(PropertySet properties) => Item = StorableItem.With(Item, properties);

        /// <summary>The items of an entry, run through without an object of its own, as nearly all have one item only.</summary>
        internal struct Items(Entry entry)
        {
            private int _place = -1;

            public readonly LoadItem Current => entry.At(_place);

            public readonly Items GetEnumerator() => this;

            public bool MoveNext() => ++_place < entry.Count;
        }
    }
}

/// <summary>An item in a session, with the number under which its record is accounted for.</summary>
/// <param name="Item">The item.</param>
/// <param name="Ticket">The record's place in the session's accounts.</param>
/// <param name="Stretch">The stretch of the reading that a node came in; null for a relationship, or where nothing is kept of the reading.</param>
/// <param name="Number">A relationship's number among those put aside; 0 for a node.</param>
internal readonly record struct LoadItem(GraphItem Item, RecordTicket Ticket, ReadStretch? Stretch = null, long Number = 0);

/// <summary>About how many bytes an item takes in a request.</summary>
internal static class ItemSize
{
    public static long Of(GraphItem item)
    {
        var size = 40 + Of(item.Id);
        if (item is GraphRelationship relationship)
            size += 20 + Of(relationship.FromId) + Of(relationship.ToId);
        var properties = item.Properties;
        for (var i = 0; i < properties.Count; i++)
            size += 6 + properties.GetName(i).Length + Of(properties.GetValue(i));
        return size;
    }

    private static long Of(object? value)
    {
        switch (value)
        {
            case string text:
                return Encoding.UTF8.GetByteCount(text);
            case Array list:
                var size = 0L;
                foreach (var element in list)
                    size += 1 + Of(element);
                return size;
            default:
                return 16;
        }
    }
}
