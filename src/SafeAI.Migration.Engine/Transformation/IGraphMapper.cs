namespace SafeAI.Migration.Engine.Transformation;

/// <summary>Makes nodes and relationships from records. Not safe for several threads at once.</summary>
public interface IGraphMapper
{
    /// <summary>What was taken in and turned away so far.</summary>
    ConversionCounts Counts { get; }

    /// <summary>The node types that can come out, in the order of the mapping.</summary>
    IReadOnlyList<string> NodeTypes { get; }

    /// <summary>The relationship types that can come out, in the order of the mapping.</summary>
    IReadOnlyList<string> RelationshipTypes { get; }

    /// <summary>Maps one record: either all of its items are added, or none and the reason is returned.</summary>
    /// <param name="record">The record.</param>
    /// <param name="items">Receives the nodes and relationships.</param>
    /// <returns>Null, or why the record was turned away.</returns>
    /// <exception cref="MigrationException">The mapping does not fit the records' schema: it names a field that is not there.</exception>
    Reject? Map(Record record, ICollection<GraphItem> items);
}
