using SafeAI.Migration.Sandbox.Cypher;
using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Graph;

/// <summary>The single changes of the graph, each of which keeps its indexes and its lists in step.</summary>
internal static class GraphEdit
{
    /// <summary>Fills a new index from the graph; fails when two entities have one value.</summary>
    public static void Fill(MemoryGraph graph, UniqueIndex index)
    {
        var constraint = index.Constraint;
        IEnumerable<Entity> entities = constraint.OnNodes
            ? graph.SetsWith(constraint.Label).SelectMany(s => s.Nodes)
            : graph.FindType(constraint.Label)?.Relationships ?? [];
        foreach (var entity in entities)
        {
            if (entity.Get(constraint.Property) is { } value && !index.TryAdd(value, entity))
            {
                var message = $"Unable to create Constraint( name='{constraint.Name}', type='UNIQUENESS' ): "
                    + $"two entities have {constraint.Label}.{constraint.Property} = {ValueText.Of(value)}";
                throw new CypherException(ErrorCodes.ConstraintCreationFailed, message);
            }
        }
    }

    /// <summary>Puts an entity into the graph.</summary>
    public static void Insert(Entity entity)
    {
        if (entity is Node node)
            Insert(node);
        else
            Insert((Relationship)entity);
    }

    /// <summary>The indexes that hold an entity.</summary>
    public static UniqueIndex[] IndexesOf(Entity entity) =>
        entity is Node node ? node.Labels.Indexes : ((Relationship)entity).Type.Indexes;

    /// <summary>Fails where another entity has the value in the index.</summary>
    public static void CheckFree(UniqueIndex index, object? value, Entity entity)
    {
        if (index.Find(value) is { } other && !ReferenceEquals(other, entity))
        {
            var constraint = index.Constraint;
            throw new CypherException(
                ErrorCodes.ConstraintValidationFailed,
                constraint.OnNodes
                    ? $"Node({other.Id}) already exists with label `{constraint.Label}` and property `{constraint.Property}` = {ValueText.Of(value)}"
                    : $"Relationship({other.Id}) already exists with type `{constraint.Label}` and property `{constraint.Property}` = {ValueText.Of(value)}");
        }
    }

    /// <summary>Gives an entity other properties.</summary>
    public static void Assign(Entity entity, Shape shape, object?[] values, UniqueIndex[] indexes)
    {
        if (indexes.Length == 0)
        {
            entity.Shape = shape;
            entity.Values = values;
            return;
        }

        foreach (var index in indexes)
        {
            if (entity.Get(index.Constraint.Property) is { } old)
                index.Remove(old);
        }

        entity.Shape = shape;
        entity.Values = values;
        AddToIndexes(entity, indexes);
    }

    /// <summary>Gives a node other labels.</summary>
    public static void Relabel(Node node, LabelSet labels)
    {
        RemoveFromIndexes(node, node.Labels.Indexes);
        node.Labels.Remove(node);
        node.Labels = labels;
        labels.Add(node);
        AddToIndexes(node, labels.Indexes);
    }

    /// <summary>Puts a node into the graph.</summary>
    public static void Insert(Node node)
    {
        node.Labels.Add(node);
        AddToIndexes(node, node.Labels.Indexes);
    }

    /// <summary>Takes a node out of the graph.</summary>
    public static void Remove(Node node)
    {
        RemoveFromIndexes(node, node.Labels.Indexes);
        node.Labels.Remove(node);
        node.Deleted = true;
    }

    /// <summary>Puts a relationship into the graph.</summary>
    public static void Insert(Relationship relationship)
    {
        relationship.Type.Add(relationship);
        relationship.StartPosition = relationship.Start.Outgoing.Add(relationship);
        relationship.EndPosition = relationship.End.Incoming.Add(relationship);
        AddToIndexes(relationship, relationship.Type.Indexes);
    }

    /// <summary>Takes a relationship out of the graph.</summary>
    public static void Remove(Relationship relationship)
    {
        RemoveFromIndexes(relationship, relationship.Type.Indexes);
        relationship.Type.Remove(relationship);
        if (relationship.Start.Outgoing.RemoveAt(relationship.StartPosition) is { } movedOut)
            movedOut.StartPosition = relationship.StartPosition;
        if (relationship.End.Incoming.RemoveAt(relationship.EndPosition) is { } movedIn)
            movedIn.EndPosition = relationship.EndPosition;
        relationship.Deleted = true;
    }

    private static void AddToIndexes(Entity entity, UniqueIndex[] indexes)
    {
        foreach (var index in indexes)
        {
            if (entity.Get(index.Constraint.Property) is { } value)
                index.TryAdd(value, entity);
        }
    }

    private static void RemoveFromIndexes(Entity entity, UniqueIndex[] indexes)
    {
        foreach (var index in indexes)
        {
            if (entity.Get(index.Constraint.Property) is { } value)
                index.Remove(value);
        }
    }
}
