using System.Globalization;
using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Graph;

/// <summary>A node or a relationship.</summary>
internal abstract class Entity(long id)
{
    public long Id { get; } = id;

    /// <summary>The keys of the properties.</summary>
    public Shape Shape { get; internal set; } = Shape.Empty;

    /// <summary>The values of the properties, none of them null. The array is replaced, never changed: maps of properties share it.</summary>
    public object?[] Values { get; internal set; } = [];

    /// <summary>Whether a transaction deleted it.</summary>
    public bool Deleted { get; internal set; }

    /// <summary>The id that statements see as <c>elementId</c>.</summary>
    public abstract string ElementId { get; }

    /// <summary>A property, or null.</summary>
    public object? Get(string key) => Shape.IndexOf(key) is >= 0 and var index ? Values[index] : null;
}

/// <summary>A node.</summary>
internal sealed class Node(long id, LabelSet labels) : Entity(id)
{
    internal Adjacency Outgoing;
    internal Adjacency Incoming;

    /// <summary>The node's labels, as the set it shares with all nodes that have the same.</summary>
    public LabelSet Labels { get; internal set; } = labels;

    /// <inheritdoc/>
    public override string ElementId => "4:sandbox:" + Id.ToString(CultureInfo.InvariantCulture);

    // The place in the label set's list, so that leaving it is immediate.
    internal int Position { get; set; } = -1;
}

/// <summary>A relationship.</summary>
internal sealed class Relationship(long id, RelationshipType type, Node start, Node end) : Entity(id)
{
    public RelationshipType Type { get; } = type;

    public Node Start { get; } = start;

    public Node End { get; } = end;

    /// <inheritdoc/>
    public override string ElementId => "5:sandbox:" + Id.ToString(CultureInfo.InvariantCulture);

    internal int Position { get; set; } = -1;

    internal int StartPosition { get; set; } = -1;

    internal int EndPosition { get; set; } = -1;
}

/// <summary>The relationships at one end of a node. Each knows its place, so that even a hub lets one go immediately.</summary>
internal struct Adjacency
{
    private Relationship[]? _items;

    public int Count { get; private set; }

    public readonly ReadOnlySpan<Relationship> Items => _items.AsSpan(0, Count);

    public readonly Relationship this[int index] => _items![index];

    public int Add(Relationship relationship)
    {
        if (_items is null)
            _items = new Relationship[1];
        else if (_items.Length == Count)
            Array.Resize(ref _items, Count * 2);
        _items[Count] = relationship;
        return Count++;
    }

    /// <summary>Removes the item at a place; returns the one that took its place, if any.</summary>
    public Relationship? RemoveAt(int position)
    {
        Count--;
        var moved = position == Count ? null : _items![Count];
        if (moved is not null)
            _items![position] = moved;
        _items![Count] = null!;
        return moved;
    }
}

/// <summary>A combination of labels and the nodes that have exactly it.</summary>
internal sealed class LabelSet(string[] labels)
{
    private readonly List<Node> _nodes = [];

    /// <summary>The labels, in alphabetical order.</summary>
    public IReadOnlyList<string> Labels { get; } = labels;

    /// <summary>The first label, or null.</summary>
    public string? First => labels.Length == 0 ? null : labels[0];

    /// <summary>The labels as a list value.</summary>
    public object?[] ListValue { get; } = [.. labels];

    /// <summary>The labels as the store keeps them.</summary>
    internal byte[] Stored { get; } = StoredJson.List([.. labels]);

    /// <summary>The nodes.</summary>
    public IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>The uniqueness constraints on any of the labels.</summary>
    public UniqueIndex[] Indexes { get; internal set; } = [];

    /// <summary>Whether a label is among them.</summary>
    public bool Contains(string label)
    {
        foreach (var known in labels)
        {
            if (string.Equals(known, label, StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    internal void Add(Node node)
    {
        node.Position = _nodes.Count;
        _nodes.Add(node);
    }

    internal void Remove(Node node)
    {
        var last = _nodes[^1];
        _nodes[node.Position] = last;
        last.Position = node.Position;
        _nodes.RemoveAt(_nodes.Count - 1);
        node.Position = -1;
    }

    internal void Reserve(int nodes) => _nodes.EnsureCapacity(nodes);
}

/// <summary>A relationship type and its relationships.</summary>
internal sealed class RelationshipType(string name)
{
    private readonly List<Relationship> _relationships = [];

    public string Name { get; } = name;

    public IReadOnlyList<Relationship> Relationships => _relationships;

    public UniqueIndex[] Indexes { get; internal set; } = [];

    internal void Add(Relationship relationship)
    {
        relationship.Position = _relationships.Count;
        _relationships.Add(relationship);
    }

    internal void Remove(Relationship relationship)
    {
        var last = _relationships[^1];
        _relationships[relationship.Position] = last;
        last.Position = relationship.Position;
        _relationships.RemoveAt(_relationships.Count - 1);
        relationship.Position = -1;
    }
}
