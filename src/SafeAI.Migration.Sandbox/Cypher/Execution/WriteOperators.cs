using SafeAI.Migration.Sandbox.Graph;
using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Cypher.Execution;

/// <summary>
/// A clause that changes the graph. It waits for all rows before it begins and hands none on before it is done:
/// what a clause reads never depends on what it, or a later one, writes.
/// </summary>
internal abstract class WriteOperator : Operator
{
    public override Sink Open(RunContext context, Sink next) => new WriteSink(this, context, next);

    /// <summary>Changes the graph for one row; emits the rows that go on.</summary>
    protected abstract void Apply(object?[] row, RunContext context, List<object?[]> output);

    private sealed class WriteSink(WriteOperator plan, RunContext context, Sink next) : PipeSink(next)
    {
        private List<object?[]> _rows = [];

        public override bool Push(object?[] row)
        {
            _rows.Add((object?[])row.Clone());
            return true;
        }

        public override void Finish()
        {
            var output = new List<object?[]>(_rows.Count);
            foreach (var row in _rows)
            {
                plan.Apply(row, context, output);
            }

            _rows = [];
            foreach (var row in output)
            {
                if (!Next.Push(row))
                    break;
            }

            Next.Finish();
        }
    }
}

/// <summary>What a clause does to properties and labels.</summary>
internal abstract class Update
{
    public abstract void Apply(object?[] row, RunContext context);
}

/// <summary>SET, REMOVE and the updates of MERGE.</summary>
internal sealed class UpdateOperator(Update[] updates) : WriteOperator
{
    protected override void Apply(object?[] row, RunContext context, List<object?[]> output)
    {
        foreach (var update in updates)
        {
            update.Apply(row, context);
        }

        output.Add(row);
    }
}

/// <summary><c>target.key = value</c>; null removes.</summary>
internal sealed class SetPropertyUpdate(Evaluator target, string key, Evaluator value) : Update
{
    public override void Apply(object?[] row, RunContext context)
    {
        var subject = target(row, context);
        var assigned = value(row, context);
        if (subject is null)
            return;
        if (subject is not Entity entity)
            throw CypherException.Type($"Type mismatch: expected Node or Relationship but was {ValueText.TypeOf(subject)}");
        PropertyWriter.Set(context.Transaction, entity, key, assigned);
    }
}

/// <summary><c>target = map</c> and <c>target += map</c>.</summary>
internal sealed class SetMapUpdate(Evaluator target, Evaluator value, bool replace) : Update
{
    public override void Apply(object?[] row, RunContext context)
    {
        var subject = target(row, context);
        if (subject is null)
            return;
        if (subject is not Entity entity)
            throw CypherException.Type($"Type mismatch: expected Node or Relationship but was {ValueText.TypeOf(subject)}");
        var map = value(row, context) switch
        {
            CypherMap given => given,
            Entity source => source.Deleted ? throw GraphTransaction.DeletedEntity(source) : new CypherMap(source.Shape, source.Values),
            var other => throw CypherException.Type(
                $"Expected {ValueText.Of(other)} to be a map, but it was: {ValueText.TypeOf(other)}"),
        };
        if (replace)
            PropertyWriter.Replace(context.Transaction, entity, map);
        else
            PropertyWriter.Merge(context.Transaction, entity, map);
    }
}

/// <summary><c>SET n:A:B</c> and <c>REMOVE n:A:B</c>.</summary>
internal sealed class LabelUpdate(Evaluator target, string[] labels, bool remove) : Update
{
    public override void Apply(object?[] row, RunContext context)
    {
        switch (target(row, context))
        {
            case null:
                break;
            case Node node:
                var wanted = remove ? node.Labels.Labels.Except(labels) : node.Labels.Labels.Concat(labels);
                context.Transaction.SetLabels(node, context.Graph.SetOf(wanted));
                break;
            case var other:
                throw CypherException.Type($"Type mismatch: expected Node but was {ValueText.TypeOf(other)}");
        }
    }
}

/// <summary>DELETE and DETACH DELETE.</summary>
internal sealed class DeleteOperator(Evaluator[] targets, bool detach) : WriteOperator
{
    protected override void Apply(object?[] row, RunContext context, List<object?[]> output)
    {
        foreach (var target in targets)
        {
            switch (target(row, context))
            {
                case null:
                    break;
                case Node node:
                    context.Transaction.DeleteNode(node, detach);
                    break;
                case Relationship relationship:
                    context.Transaction.DeleteRelationship(relationship);
                    break;
                case var other:
                    throw CypherException.Type($"Type mismatch: expected Node, Path or Relationship but was {ValueText.TypeOf(other)}");
            }
        }

        output.Add(row);
    }
}
