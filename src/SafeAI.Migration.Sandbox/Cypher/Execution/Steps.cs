using SafeAI.Migration.Sandbox.Graph;
using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Cypher.Execution;

/// <summary>
/// One step of matching a pattern: for every way to go on it fills its places of the row and calls the next step.
/// A result of false means that no more matches are wanted.
/// </summary>
internal abstract class Step
{
    public Step? Next { get; set; }

    public abstract bool Run(object?[] row, RunContext context, Sink sink);

    protected bool GoOn(object?[] row, RunContext context, Sink sink) =>
        Next is null ? sink.Push(row) : Next.Run(row, context, sink);

    protected bool Try(int slot, object entity, object?[] row, RunContext context, Sink sink)
    {
        context.Touch();
        row[slot] = entity;
        return GoOn(row, context, sink);
    }
}

/// <summary>Lets a row pass when a condition holds.</summary>
internal sealed class FilterStep(Evaluator condition) : Step
{
    public override bool Run(object?[] row, RunContext context, Sink sink) =>
        !Truth.Holds(condition(row, context)) || GoOn(row, context, sink);
}

/// <summary>Lets a row pass when a node has all of these labels.</summary>
internal sealed class LabelStep(int slot, string[] labels) : Step
{
    public override bool Run(object?[] row, RunContext context, Sink sink)
    {
        var set = ((Node)row[slot]!).Labels;
        foreach (var label in labels)
        {
            if (!set.Contains(label))
                return true;
        }

        return GoOn(row, context, sink);
    }
}

/// <summary>Lets a row pass when a property equals a value: the map of a pattern.</summary>
internal sealed class PropertyStep(int slot, string key, Evaluator value) : Step
{
    public override bool Run(object?[] row, RunContext context, Sink sink) =>
        ValueComparison.AreEqual(((Entity)row[slot]!).Get(key), value(row, context)) is not true || GoOn(row, context, sink);
}

/// <summary>A node that earlier clauses bound; null matches nothing.</summary>
internal sealed class BoundNodeStep(int slot, string name) : Step
{
    public override bool Run(object?[] row, RunContext context, Sink sink) => row[slot] switch
    {
        null => true,
        Node node => node.Deleted ? throw GraphTransaction.DeletedEntity(node) : GoOn(row, context, sink),
        var other => throw CypherException.Type($"Type mismatch: `{name}` is {ValueText.TypeOf(other)}, a Node was expected"),
    };
}

/// <summary>Every node, or every node with a label.</summary>
internal sealed class NodeScanStep(int slot, string? label) : Step
{
    public override bool Run(object?[] row, RunContext context, Sink sink)
    {
        foreach (var set in context.Graph.SetsWith(label))
        {
            var nodes = set.Nodes;
            for (var i = 0; i < nodes.Count; i++)
            {
                if (!Try(slot, nodes[i], row, context, sink))
                    return false;
            }
        }

        return true;
    }
}

/// <summary>The one entity whose unique property has a value.</summary>
internal sealed class SeekStep(int slot, UniqueIndex index, Evaluator value) : Step
{
    public override bool Run(object?[] row, RunContext context, Sink sink)
    {
        var wanted = value(row, context);
        // NaN is in the index but equals nothing.
        return wanted is double.NaN || index.Find(wanted) is not { } entity || Try(slot, entity, row, context, sink);
    }
}

/// <summary>The entities whose unique property has one of the values of a list.</summary>
internal sealed class SeekInStep(int slot, UniqueIndex index, Evaluator list) : Step
{
    public override bool Run(object?[] row, RunContext context, Sink sink)
    {
        var value = list(row, context);
        if (value is null)
            return true;
        if (value is not object?[] items)
            throw CypherException.Type($"Type mismatch: expected List but was {ValueText.TypeOf(value)}");
        var seen = new HashSet<Entity>(items.Length);
        foreach (var item in items)
        {
            if (item is not double.NaN && index.Find(item) is { } entity && seen.Add(entity) && !Try(slot, entity, row, context, sink))
                return false;
        }

        return true;
    }
}

/// <summary>One end of a range.</summary>
internal sealed record Bound(Evaluator Value, bool Inclusive);

/// <summary>The entities whose unique property is in a range, in its order. The conditions themselves are checked again afterwards.</summary>
internal sealed class RangeStep(int slot, UniqueIndex index, Bound? low, Bound? high, bool descending) : Step
{
    public override bool Run(object?[] row, RunContext context, Sink sink)
    {
        var from = low?.Value(row, context);
        var to = high?.Value(row, context);
        if ((low is not null && from is null) || (high is not null && to is null))
            return true;
        if (from is object?[] || to is object?[])
            (from, to) = (null, null);
        // "id > 'x'" holds for strings only: what is open ends with the type.
        var rank = ValueComparison.TypeRank(from ?? to);
        var start = from ?? (to is null ? null : new TypeStart(rank));
        var end = to ?? (from is null ? null : new TypeStart(rank + 1));
        foreach (var entity in index.Sorted().Range(start, low?.Inclusive ?? true, end, high?.Inclusive ?? true, descending))
        {
            if (!Try(slot, entity, row, context, sink))
                return false;
        }

        return true;
    }
}

/// <summary>All nodes with a label in the order of a unique property; those without it come last, or first when descending.</summary>
internal sealed class OrderedScanStep(int slot, UniqueIndex index, bool descending) : Step
{
    public override bool Run(object?[] row, RunContext context, Sink sink)
    {
        if (descending && !Unsorted(row, context, sink))
            return false;
        foreach (var entity in index.Sorted().Range(null, true, null, true, descending))
        {
            if (!Try(slot, entity, row, context, sink))
                return false;
        }

        return descending || Unsorted(row, context, sink);
    }

    private bool Unsorted(object?[] row, RunContext context, Sink sink)
    {
        var constraint = index.Constraint;
        var count = constraint.OnNodes
            ? context.Graph.CountOf(constraint.Label)
            : context.Graph.FindType(constraint.Label)?.Relationships.Count ?? 0;
        if (count == index.Count)
            return true;
        IEnumerable<Entity> all = constraint.OnNodes
            ? context.Graph.SetsWith(constraint.Label).SelectMany(s => s.Nodes)
            : context.Graph.FindType(constraint.Label)!.Relationships;
        foreach (var entity in all)
        {
            if (entity.Get(constraint.Property) is null && !Try(slot, entity, row, context, sink))
                return false;
        }

        return true;
    }
}
