using SafeAI.Migration.Sandbox.Cypher.Ast;
using SafeAI.Migration.Sandbox.Graph;
using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Cypher.Execution;

/// <summary>How a relationship pattern lies between two nodes of the row.</summary>
/// <param name="Slot">The relationship's place.</param>
/// <param name="Left">The place of the node on the left of the pattern.</param>
/// <param name="Right">The place of the node on the right.</param>
/// <param name="Direction">Where it points.</param>
/// <param name="Types">The types it may have; null for any.</param>
/// <param name="Others">The other relationships of the pattern found before: no relationship is used twice.</param>
internal sealed record RelationshipPlace(
    int Slot, int Left, int Right, Direction Direction, string[]? Types, int[] Others)
{
    public bool Fits(Relationship relationship, object?[] row)
    {
        if (Types is not null)
        {
            var fits = false;
            foreach (var type in Types)
            {
                fits |= string.Equals(relationship.Type.Name, type, StringComparison.Ordinal);
            }

            if (!fits)
                return false;
        }

        foreach (var other in Others)
        {
            if (ReferenceEquals(row[other], relationship))
                return false;
        }

        return true;
    }
}

/// <summary>From a node along its relationships to their other ends.</summary>
internal sealed class ExpandStep(RelationshipPlace place, bool fromLeft) : Step
{
    public override bool Run(object?[] row, RunContext context, Sink sink)
    {
        var from = (Node)row[fromLeft ? place.Left : place.Right]!;
        var outgoing = place.Direction == Direction.Both || (place.Direction == Direction.Right) == fromLeft;
        var incoming = place.Direction == Direction.Both || !outgoing;
        return (!outgoing || Walk(from, outgoing: true, row, context, sink))
            && (!incoming || Walk(from, outgoing: false, row, context, sink));
    }

    private bool Walk(Node from, bool outgoing, object?[] row, RunContext context, Sink sink)
    {
        var to = fromLeft ? place.Right : place.Left;
        var count = outgoing ? from.Outgoing.Count : from.Incoming.Count;
        for (var i = 0; i < count; i++)
        {
            var relationship = outgoing ? from.Outgoing[i] : from.Incoming[i];
            context.Touch();
            // A loop lies on both sides: an undirected pattern finds it once.
            if (!outgoing && place.Direction == Direction.Both && ReferenceEquals(relationship.Start, relationship.End))
                continue;
            if (!place.Fits(relationship, row))
                continue;
            row[to] = outgoing ? relationship.End : relationship.Start;
            if (!Try(place.Slot, relationship, row, context, sink))
                return false;
        }

        return true;
    }
}

/// <summary>The relationships between two known nodes, looked up at the end that has fewer.</summary>
internal sealed class ExpandIntoStep(RelationshipPlace place) : Step
{
    public override bool Run(object?[] row, RunContext context, Sink sink)
    {
        var (left, right) = ((Node)row[place.Left]!, (Node)row[place.Right]!);
        return place.Direction switch
        {
            Direction.Right => Between(left, right, row, context, sink),
            Direction.Left => Between(right, left, row, context, sink),
            _ => Between(left, right, row, context, sink)
                && (ReferenceEquals(left, right) || Between(right, left, row, context, sink)),
        };
    }

    private bool Between(Node start, Node end, object?[] row, RunContext context, Sink sink)
    {
        var atStart = start.Outgoing.Count <= end.Incoming.Count;
        var count = atStart ? start.Outgoing.Count : end.Incoming.Count;
        for (var i = 0; i < count; i++)
        {
            var relationship = atStart ? start.Outgoing[i] : end.Incoming[i];
            context.Touch();
            if (ReferenceEquals(relationship.Start, start) && ReferenceEquals(relationship.End, end) && place.Fits(relationship, row)
                && !Try(place.Slot, relationship, row, context, sink))
                return false;
        }

        return true;
    }
}

/// <summary>Every relationship, or every one of some types; its ends are placed by the step after.</summary>
internal sealed class RelationshipScanStep(int slot, string[]? types) : Step
{
    public override bool Run(object?[] row, RunContext context, Sink sink)
    {
        var found = types is null
            ? context.Graph.Types
            : types.Distinct().Select(context.Graph.FindType).OfType<RelationshipType>();
        foreach (var type in found)
        {
            var relationships = type.Relationships;
            for (var i = 0; i < relationships.Count; i++)
            {
                if (!Try(slot, relationships[i], row, context, sink))
                    return false;
            }
        }

        return true;
    }
}

/// <summary>Places the ends of a relationship that is known, or compares them with the nodes that are known.</summary>
internal sealed class EndsStep(RelationshipPlace place, bool leftKnown, bool rightKnown, string name) : Step
{
    public override bool Run(object?[] row, RunContext context, Sink sink)
    {
        var value = row[place.Slot];
        if (value is null)
            return true;
        if (value is not Relationship relationship)
            throw CypherException.Type($"Type mismatch: `{name}` is {ValueText.TypeOf(value)}, a Relationship was expected");
        if (relationship.Deleted)
            throw GraphTransaction.DeletedEntity(relationship);
        if (!place.Fits(relationship, row))
            return true;
        return place.Direction switch
        {
            Direction.Right => Place(relationship.Start, relationship.End, row, context, sink),
            Direction.Left => Place(relationship.End, relationship.Start, row, context, sink),
            _ => Place(relationship.Start, relationship.End, row, context, sink)
                && (ReferenceEquals(relationship.Start, relationship.End)
                    || Place(relationship.End, relationship.Start, row, context, sink)),
        };
    }

    private bool Place(Node left, Node right, object?[] row, RunContext context, Sink sink)
    {
        if (leftKnown ? !ReferenceEquals(row[place.Left], left) : place.Left == place.Right && !ReferenceEquals(left, right))
            return true;
        if (rightKnown && !ReferenceEquals(row[place.Right], right))
            return true;
        row[place.Left] = left;
        row[place.Right] = right;
        context.Touch();
        return GoOn(row, context, sink);
    }
}
