using SafeAI.Migration.Sandbox.Cypher.Ast;
using SafeAI.Migration.Sandbox.Cypher.Execution;
using SafeAI.Migration.Sandbox.Graph;

namespace SafeAI.Migration.Sandbox.Cypher.Planning;

/// <summary>Checks what a query means and turns it into a plan.</summary>
internal sealed class QueryPlanner
{
    private readonly MemoryGraph _graph;
    private readonly List<Operator> _operators = [];
    private Scope _scope = new(new Slots());
    private string[] _columns = [];
    private int[] _columnSlots = [];

    private QueryPlanner(MemoryGraph graph) => _graph = graph;

    public static QueryPlan Plan(QueryStatement statement, MemoryGraph graph) => new QueryPlanner(graph).Plan(statement.Clauses);

    private QueryPlan Plan(IReadOnlyList<Clause> clauses)
    {
        var ordered = false;
        for (var i = 0; i < clauses.Count; i++)
        {
            switch (clauses[i])
            {
                case MatchClause match:
                    var next = i + 1 < clauses.Count ? clauses[i + 1] as ProjectionClause : null;
                    var hint = i == 0 && !match.Optional && next is not null ? HintOf(next) : null;
                    ordered = AddMatch(match, hint);
                    break;
                case UnwindClause unwind:
                    AddUnwind(unwind);
                    break;
                case ProjectionClause projection:
                    AddProjection(projection, ordered);
                    ordered = false;
                    break;
                default:
                    new UpdatePlanner(_graph, _scope, _operators).Add(clauses[i]);
                    break;
            }
        }

        return new QueryPlan([.. _operators], _columns, _columnSlots, _scope.Slots.Count);
    }

    // What ORDER BY after this MATCH will sort by, when that is one property of one variable.
    private static OrderHint? HintOf(ProjectionClause projection)
    {
        if (projection.OrderBy.Count != 1 || projection.Distinct || projection.Items.Any(i => ExpressionFacts.ContainsAggregate(i.Expression)))
            return null;
        var (expression, descending) = (projection.OrderBy[0].Expression, projection.OrderBy[0].Descending);
        if (expression is VariableExpression alias)
        {
            if (projection.Items.FirstOrDefault(i => i.Name == alias.Name) is not { } item)
                return null;
            return item.Expression is PropertyExpression { Subject: VariableExpression source } p
                ? new OrderHint(source.Name, p.Key, descending)
                : null;
        }

        if (expression is not PropertyExpression { Subject: VariableExpression subject } property)
            return null;
        // An alias of that name would be sorted by instead.
        var hidden = projection.Items.Any(i => i.Name == subject.Name && i.Expression is not VariableExpression { } v);
        var renamed = projection.Items.Any(i => i.Name == subject.Name && i.Expression is VariableExpression v && v.Name != subject.Name);
        return hidden || renamed ? null : new OrderHint(subject.Name, property.Key, descending);
    }

    private bool AddMatch(MatchClause clause, OrderHint? hint)
    {
        var plan = new MatchPlanner(_graph, _scope).Plan(clause.Parts, clause.Where, "MATCH", hint);
        _operators.Add(new MatchOperator(plan.First, plan.Introduced, clause.Optional));
        return plan.Ordered;
    }

    private void AddUnwind(UnwindClause clause)
    {
        var list = new ExpressionCompiler(_graph, _scope).Compile(clause.List);
        if (_scope.TryGet(clause.Variable, out _))
            throw CypherException.Syntax($"Variable `{clause.Variable}` already declared", clause.VariableAt);
        _operators.Add(new UnwindOperator(list, _scope.Declare(clause.Variable, SymbolKind.Value).Slot));
    }

    private void AddProjection(ProjectionClause clause, bool ordered)
    {
        var planned = new ProjectionPlanner(_graph, _scope, clause, ordered).Plan();
        _operators.AddRange(planned.Operators);
        _scope = planned.Scope;
        if (clause.IsReturn)
        {
            _columns = planned.Columns;
            _columnSlots = planned.Slots;
        }
    }
}
