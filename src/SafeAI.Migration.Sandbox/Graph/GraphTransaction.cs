using SafeAI.Migration.Sandbox.Cypher;
using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Graph;

/// <summary>
/// Changes to the graph that come true together or not at all. They apply at once, so that the statement sees them,
/// and are taken back in reverse when it fails.
/// </summary>
internal sealed class GraphTransaction(MemoryGraph graph)
{
    private readonly List<Change> _changes = [];
    private readonly List<Node> _deletedNodes = [];
    private readonly long _firstNodeId = graph.NextNodeId;
    private readonly long _firstRelationshipId = graph.NextRelationshipId;

    private enum ChangeKind
    {
        CreateNode,
        CreateRelationship,
        DeleteNode,
        DeleteRelationship,
        Properties,
        Labels,
        AddConstraint,
        DropConstraint,
    }

    /// <summary>What was done, counted as Neo4j counts it.</summary>
    public ChangeCounters Counters { get; } = new();

    /// <summary>Whether anything really changed.</summary>
    public bool HasChanges => _changes.Count > 0;

    public Node CreateNode(LabelSet labels, Shape shape, object?[] values)
    {
        var node = new Node(graph.NextNodeId, labels) { Shape = shape, Values = values };
        foreach (var index in labels.Indexes)
        {
            GraphEdit.CheckFree(index, node.Get(index.Constraint.Property), node);
        }

        graph.NextNodeId++;
        GraphEdit.Insert(node);
        _changes.Add(new Change(ChangeKind.CreateNode, node));
        Counters.NodesCreated++;
        Counters.LabelsAdded += labels.Labels.Count;
        Counters.PropertiesSet += shape.Count;
        return node;
    }

    public Relationship CreateRelationship(RelationshipType type, Node start, Node end, Shape shape, object?[] values)
    {
        if (start.Deleted || end.Deleted)
            throw DeletedEntity(start.Deleted ? start : end);
        var relationship = new Relationship(graph.NextRelationshipId, type, start, end) { Shape = shape, Values = values };
        foreach (var index in type.Indexes)
        {
            GraphEdit.CheckFree(index, relationship.Get(index.Constraint.Property), relationship);
        }

        graph.NextRelationshipId++;
        GraphEdit.Insert(relationship);
        _changes.Add(new Change(ChangeKind.CreateRelationship, relationship));
        Counters.RelationshipsCreated++;
        Counters.PropertiesSet += shape.Count;
        return relationship;
    }

    /// <summary>Replaces all properties; the arrays belong to the graph afterwards.</summary>
    public void SetProperties(Entity entity, Shape shape, object?[] values, int counted)
    {
        if (entity.Deleted)
            throw DeletedEntity(entity);
        Counters.PropertiesSet += counted;
        if (SameProperties(shape, values, entity))
            return;

        var indexes = GraphEdit.IndexesOf(entity);
        foreach (var index in indexes)
        {
            var position = shape.IndexOf(index.Constraint.Property);
            GraphEdit.CheckFree(index, position < 0 ? null : values[position], entity);
        }

        _changes.Add(new Change(ChangeKind.Properties, entity) { Shape = entity.Shape, Values = entity.Values });
        GraphEdit.Assign(entity, shape, values, indexes);
    }

    public void SetLabels(Node node, LabelSet labels)
    {
        if (node.Deleted)
            throw DeletedEntity(node);
        var before = node.Labels;
        if (ReferenceEquals(before, labels))
            return;
        Counters.LabelsAdded += labels.Labels.Count(l => !before.Contains(l));
        Counters.LabelsRemoved += before.Labels.Count(l => !labels.Contains(l));
        foreach (var index in labels.Indexes)
        {
            GraphEdit.CheckFree(index, node.Get(index.Constraint.Property), node);
        }

        _changes.Add(new Change(ChangeKind.Labels, node) { Labels = before });
        GraphEdit.Relabel(node, labels);
    }

    public void DeleteRelationship(Relationship relationship)
    {
        if (relationship.Deleted)
            return;
        GraphEdit.Remove(relationship);
        _changes.Add(new Change(ChangeKind.DeleteRelationship, relationship));
        Counters.RelationshipsDeleted++;
    }

    public void DeleteNode(Node node, bool detach)
    {
        if (detach)
        {
            while (node.Outgoing.Count > 0)
            {
                DeleteRelationship(node.Outgoing[node.Outgoing.Count - 1]);
            }

            while (node.Incoming.Count > 0)
            {
                DeleteRelationship(node.Incoming[node.Incoming.Count - 1]);
            }
        }

        if (node.Deleted)
            return;
        GraphEdit.Remove(node);
        _deletedNodes.Add(node);
        _changes.Add(new Change(ChangeKind.DeleteNode, node));
        Counters.NodesDeleted++;
    }

    public void CreateConstraint(UniqueConstraint constraint)
    {
        var index = new UniqueIndex(constraint);
        GraphEdit.Fill(graph, index);
        graph.AddIndex(index);
        _changes.Add(new Change(ChangeKind.AddConstraint, null) { Index = index });
        Counters.ConstraintsAdded++;
    }

    public void DropConstraint(UniqueIndex index)
    {
        graph.RemoveIndex(index);
        _changes.Add(new Change(ChangeKind.DropConstraint, null) { Index = index });
        Counters.ConstraintsRemoved++;
    }

    /// <summary>Checks what can only be checked at the end.</summary>
    public void Validate()
    {
        foreach (var node in _deletedNodes)
        {
            if (node.Outgoing.Count + node.Incoming.Count > 0)
                throw new CypherException(
                    ErrorCodes.ConstraintValidationFailed,
                    $"Cannot delete node<{node.Id}>, because it still has relationships. To delete this node, you must first delete its relationships.");
        }
    }

    /// <summary>Makes the changes lasting: in the store first, if there is one.</summary>
    public void Commit()
    {
        if (!HasChanges)
            return;
        graph.File?.Write(graph, this);
        graph.CommittedChanges += _changes.Count;
        graph.Version++;
        graph.LastUpdated = DateTimeOffset.UtcNow;
    }

    /// <summary>Takes every change back.</summary>
    public void Rollback()
    {
        for (var i = _changes.Count - 1; i >= 0; i--)
        {
            Undo(_changes[i]);
        }

        _changes.Clear();
        graph.NextNodeId = _firstNodeId;
        graph.NextRelationshipId = _firstRelationshipId;
    }

    /// <summary>Every entity that was touched, each once, and every constraint that came or went.</summary>
    public (HashSet<Entity> Entities, List<(UniqueConstraint Constraint, bool Added)> Constraints) Touched()
    {
        var entities = new HashSet<Entity>();
        var constraints = new List<(UniqueConstraint Constraint, bool Added)>();
        foreach (var change in _changes)
        {
            if (change.Entity is { } entity)
                entities.Add(entity);
            else if (change.Index is { } index)
                constraints.Add((index.Constraint, change.Kind == ChangeKind.AddConstraint));
        }

        return (entities, constraints);
    }

    public static CypherException DeletedEntity(Entity entity) => new(
        ErrorCodes.EntityNotFound,
        $"{(entity is Node ? "Node" : "Relationship")} with id {entity.Id} has been deleted in this transaction");

    // The order of the keys is no part of what an entity is.
    private static bool SameProperties(Shape shape, object?[] values, Entity entity)
    {
        if (ReferenceEquals(shape, entity.Shape))
            return SameValues(values, entity.Values);
        if (shape.Count != entity.Shape.Count)
            return false;
        for (var i = 0; i < values.Length; i++)
        {
            if (entity.Shape.IndexOf(shape[i]) is var position && (position < 0 || !SameValue(values[i], entity.Values[position])))
                return false;
        }

        return true;
    }

    private static bool SameValues(object?[] a, object?[] b)
    {
        for (var i = 0; i < a.Length; i++)
        {
            if (!SameValue(a[i], b[i]))
                return false;
        }

        return true;
    }

    // Equal in type too: 1 and 1.0 are different values to store.
    private static bool SameValue(object? a, object? b) => (a, b) switch
    {
        (object?[] x, object?[] y) => x.Length == y.Length && SameValues(x, y),
        _ => Equals(a, b),
    };

    private void Undo(in Change change)
    {
        switch (change.Kind)
        {
            case ChangeKind.CreateNode:
                GraphEdit.Remove((Node)change.Entity!);
                break;
            case ChangeKind.CreateRelationship:
                GraphEdit.Remove((Relationship)change.Entity!);
                break;
            case ChangeKind.DeleteNode:
                change.Entity!.Deleted = false;
                GraphEdit.Insert((Node)change.Entity);
                break;
            case ChangeKind.DeleteRelationship:
                change.Entity!.Deleted = false;
                GraphEdit.Insert((Relationship)change.Entity);
                break;
            case ChangeKind.Properties:
                GraphEdit.Assign(change.Entity!, change.Shape!, change.Values!, GraphEdit.IndexesOf(change.Entity!));
                break;
            case ChangeKind.Labels:
                GraphEdit.Relabel((Node)change.Entity!, change.Labels!);
                break;
            case ChangeKind.AddConstraint:
                graph.RemoveIndex(change.Index!);
                break;
            case ChangeKind.DropConstraint:
                graph.AddIndex(change.Index!);
                break;
            default:
                throw new InvalidOperationException($"No way back from {change.Kind}");
        }
    }

    private readonly record struct Change(ChangeKind Kind, Entity? Entity)
    {
        public Shape? Shape { get; init; }

        public object?[]? Values { get; init; }

        public LabelSet? Labels { get; init; }

        public UniqueIndex? Index { get; init; }
    }
}
