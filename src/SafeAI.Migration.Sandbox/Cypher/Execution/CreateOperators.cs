using SafeAI.Migration.Sandbox.Graph;
using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Cypher.Execution;

/// <summary>A node that CREATE or MERGE makes.</summary>
internal sealed record NodeTemplate(int Slot, string Name, string[] Labels, Evaluator? Properties)
{
    private LabelSet? _set;

    /// <summary>The labels as the graph knows them. A plan belongs to one graph, and one writer at a time asks.</summary>
    public LabelSet SetIn(MemoryGraph graph) => _set ??= graph.SetOf(Labels);
}

/// <summary>A relationship that CREATE or MERGE makes.</summary>
internal sealed record RelationshipTemplate(int Slot, string Name, string Type, int Start, string StartName, int End, string EndName, Evaluator? Properties);

/// <summary>What CREATE makes of a pattern, and MERGE where it does not find it.</summary>
internal sealed record CreationTemplate(NodeTemplate[] Nodes, RelationshipTemplate[] Relationships)
{
    /// <summary>Fails where a property of the pattern is null: such a pattern can never be found again.</summary>
    public void RefuseNulls(object?[] row, RunContext context)
    {
        foreach (var node in Nodes)
        {
            RefuseNulls("node", node.Name, node.Properties, row, context);
        }

        foreach (var relationship in Relationships)
        {
            RefuseNulls("relationship", relationship.Name, relationship.Properties, row, context);
        }
    }

    public void Create(object?[] row, RunContext context)
    {
        foreach (var node in Nodes)
        {
            var (shape, values) = PropertiesOf(node.Properties, row, context);
            row[node.Slot] = context.Transaction.CreateNode(node.SetIn(context.Graph), shape, values);
        }

        foreach (var relationship in Relationships)
        {
            var start = EndOf(relationship, relationship.Start, relationship.StartName, row);
            var end = EndOf(relationship, relationship.End, relationship.EndName, row);
            var (shape, values) = PropertiesOf(relationship.Properties, row, context);
            row[relationship.Slot] =
                context.Transaction.CreateRelationship(context.Graph.TypeOf(relationship.Type), start, end, shape, values);
        }
    }

    private static Node EndOf(RelationshipTemplate relationship, int slot, string name, object?[] row) => row[slot] switch
    {
        Node node => node,
        null => throw new CypherException(
            ErrorCodes.EntityNotFound, $"Failed to create relationship `{relationship.Name}`, node `{name}` is missing."),
        var other => throw CypherException.Type($"Type mismatch: `{name}` is {ValueText.TypeOf(other)}, a Node was expected"),
    };

    private static (Shape Shape, object?[] Values) PropertiesOf(Evaluator? properties, object?[] row, RunContext context) =>
        properties?.Invoke(row, context) switch
        {
            null => (Shape.Empty, []),
            CypherMap map => PropertyWriter.Storable(map),
            Entity entity => (entity.Shape, entity.Values),
            var other => throw CypherException.Type($"Parameter provided for node creation is not a Map: {ValueText.TypeOf(other)}"),
        };

    private static void RefuseNulls(string what, string name, Evaluator? properties, object?[] row, RunContext context)
    {
        if (properties?.Invoke(row, context) is not CypherMap map)
            return;
        for (var i = 0; i < map.Count; i++)
        {
            if (map.Values[i] is null)
            {
                throw new CypherException(
                    ErrorCodes.SemanticError,
                    $"Cannot merge the following {what} because of null property value for '{map.Shape[i]}': ({name} {{{map.Shape[i]}: null}})");
            }
        }
    }
}

/// <summary>CREATE.</summary>
internal sealed class CreateOperator(CreationTemplate template) : WriteOperator
{
    protected override void Apply(object?[] row, RunContext context, List<object?[]> output)
    {
        template.Create(row, context);
        output.Add(row);
    }
}

/// <summary>MERGE: finds the whole pattern or makes all of it that is not bound.</summary>
internal sealed class MergeOperator(
    Step find, CreationTemplate template, (int Slot, string Name)[] bound, Update[] onCreate, Update[] onMatch) : WriteOperator
{
    protected override void Apply(object?[] row, RunContext context, List<object?[]> output)
    {
        foreach (var (slot, name) in bound)
        {
            if (row[slot] is null)
                throw new CypherException(ErrorCodes.EntityNotFound, $"Failed to merge the pattern, node `{name}` is missing.");
        }

        template.RefuseNulls(row, context);
        var first = output.Count;
        find.Run(row, context, new CopyingSink(output));
        var updates = onMatch;
        if (output.Count == first)
        {
            template.Create(row, context);
            output.Add(row);
            updates = onCreate;
        }

        if (updates.Length == 0)
            return;
        for (var i = first; i < output.Count; i++)
        {
            foreach (var update in updates)
            {
                update.Apply(output[i], context);
            }
        }
    }

    private sealed class CopyingSink(List<object?[]> output) : Sink
    {
        public override bool Push(object?[] row)
        {
            output.Add((object?[])row.Clone());
            return true;
        }

        public override void Finish()
        {
        }
    }
}
