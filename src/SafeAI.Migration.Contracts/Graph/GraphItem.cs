namespace SafeAI.Migration;

/// <summary>What the platform stores: a node or a relationship.</summary>
public abstract class GraphItem
{
    private readonly Record? _record;
    private readonly ConversionCounts? _conversion;

    private protected GraphItem(string type, string id, PropertySet properties, Record? record, ConversionCounts? conversion)
    {
        ArgumentException.ThrowIfNullOrEmpty(type);
        ArgumentException.ThrowIfNullOrEmpty(id);
        ArgumentNullException.ThrowIfNull(properties);
        Type = type;
        Id = id;
        Properties = properties;
        _record = record;
        _conversion = conversion;
    }

    /// <summary>A node's main label, or a relationship's type.</summary>
    public string Type { get; }

    /// <summary>The deterministic id, unique within the type.</summary>
    public string Id { get; }

    /// <summary>The properties without the id.</summary>
    public PropertySet Properties { get; }

    /// <summary>The record that this item was made from; null for items read back from a destination.</summary>
    public Record? GetRecord() => _record;

    /// <summary>The counts of the conversion that made this item; null where there was none.</summary>
    public ConversionCounts? GetConversion() => _conversion;
}

/// <summary>A node of the graph.</summary>
public sealed class GraphNode : GraphItem
{
    /// <summary>Creates a node.</summary>
    /// <param name="type">The main label; a checked identifier.</param>
    /// <param name="id">The id, unique among the nodes of this type.</param>
    /// <param name="properties">The properties without the id.</param>
    /// <param name="labels">Further labels, without the main one.</param>
    /// <param name="record">The record it was made from.</param>
    /// <param name="conversion">The counts of the conversion that made it.</param>
    public GraphNode(
        string type, string id, PropertySet properties, IReadOnlyList<string>? labels = null,
        Record? record = null, ConversionCounts? conversion = null)
        : base(type, id, properties, record, conversion) => Labels = labels ?? [];

    /// <summary>Further labels, without the main one.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <inheritdoc/>
    public override string ToString() => $"(:{Type} {Id})";
}

/// <summary>A directed relationship between two nodes.</summary>
public sealed class GraphRelationship : GraphItem
{
    /// <summary>Creates a relationship.</summary>
    /// <param name="type">The type; a checked identifier.</param>
    /// <param name="id">The id, unique among the relationships of this type.</param>
    /// <param name="fromType">The type of the node where it starts.</param>
    /// <param name="fromId">The id of the node where it starts.</param>
    /// <param name="toType">The type of the node where it ends.</param>
    /// <param name="toId">The id of the node where it ends.</param>
    /// <param name="properties">The properties without the id.</param>
    /// <param name="record">The record it was made from.</param>
    /// <param name="conversion">The counts of the conversion that made it.</param>
    public GraphRelationship(
        string type, string id, string fromType, string fromId, string toType, string toId, PropertySet properties,
        Record? record = null, ConversionCounts? conversion = null)
        : base(type, id, properties, record, conversion)
    {
        ArgumentException.ThrowIfNullOrEmpty(fromType);
        ArgumentException.ThrowIfNullOrEmpty(fromId);
        ArgumentException.ThrowIfNullOrEmpty(toType);
        ArgumentException.ThrowIfNullOrEmpty(toId);
        FromType = fromType;
        FromId = fromId;
        ToType = toType;
        ToId = toId;
    }

    /// <summary>The type of the node where it starts.</summary>
    public string FromType { get; }

    /// <summary>The id of the node where it starts.</summary>
    public string FromId { get; }

    /// <summary>The type of the node where it ends.</summary>
    public string ToType { get; }

    /// <summary>The id of the node where it ends.</summary>
    public string ToId { get; }

    /// <summary>
    /// The id that a relationship has where its mapping names none: made from both ends, so one per pair and type. The
    /// first arrow in it is the one between the ends: one inside the id of the start is written <c>-%3E</c>.
    /// </summary>
    public static string DefaultId(string fromId, string toId)
    {
        ArgumentNullException.ThrowIfNull(fromId);
        return fromId.Contains("->", StringComparison.Ordinal) || fromId.Contains("-%", StringComparison.Ordinal)
            ? $"{fromId.Replace("-%", "-%25", StringComparison.Ordinal).Replace("->", "-%3E", StringComparison.Ordinal)}->{toId}"
            : $"{fromId}->{toId}";
    }

    /// <inheritdoc/>
    public override string ToString() => $"({FromId})-[:{Type} {Id}]->({ToId})";
}
