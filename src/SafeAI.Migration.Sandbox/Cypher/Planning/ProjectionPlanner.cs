using SafeAI.Migration.Sandbox.Cypher.Ast;
using SafeAI.Migration.Sandbox.Cypher.Execution;
using SafeAI.Migration.Sandbox.Graph;

namespace SafeAI.Migration.Sandbox.Cypher.Planning;

/// <summary>What a projection comes to.</summary>
internal sealed record PlannedProjection(List<Operator> Operators, Scope Scope, string[] Columns, int[] Slots);

/// <summary>Plans one WITH or RETURN: items, grouping, DISTINCT, ORDER BY, SKIP, LIMIT, WHERE.</summary>
internal sealed class ProjectionPlanner(MemoryGraph graph, Scope before, ProjectionClause clause, bool alreadyOrdered)
{
    private readonly List<Operator> _operators = [];
    private readonly Scope _after = new(before.Slots);
    private readonly List<(string Name, int Slot)> _columns = [];

    // What can be spoken of after grouping or DISTINCT by its text: the items themselves.
    private readonly Dictionary<string, int> _ready = new(StringComparer.Ordinal);

    public PlannedProjection Plan()
    {
        var items = Items();
        foreach (var group in items.GroupBy(i => i.Name).Where(g => g.Count() > 1))
        {
            throw CypherException.Syntax("Multiple result columns with the same name are not supported", group.Last().At);
        }

        var aggregating = items.Any(i => ExpressionFacts.ContainsAggregate(i.Expression));
        if (aggregating)
            PlanGrouped(items);
        else
            PlanPlain(items);

        if (clause.Distinct)
            _operators.Add(new DistinctOperator([.. _columns.Select(c => c.Slot)]));
        var compiler = AfterCompiler(aggregating || clause.Distinct);
        PlanOrder(compiler);
        if (clause.Where is not null)
        {
            if (ExpressionFacts.ContainsAggregate(clause.Where))
                throw CypherException.Syntax("Invalid use of aggregating function in this context", clause.Where.At);
            OperatorCompiler.RequireBoolean(clause.Where);
            _operators.Add(new FilterOperator(compiler.Compile(clause.Where)));
        }

        return new PlannedProjection(_operators, _after, [.. _columns.Select(c => c.Name)], [.. _columns.Select(c => c.Slot)]);
    }

    private List<ProjectionItem> Items()
    {
        if (!clause.Star)
            return [.. clause.Items];
        if (before.Names.FirstOrDefault() is null && clause.IsReturn)
            throw CypherException.Syntax("RETURN * is not allowed when there are no variables in scope", clause.At);
        var all = before.Names.Order(StringComparer.Ordinal).Select(name => new ProjectionItem(
            new VariableExpression(name, clause.At) { Canonical = name, Source = name }, name, Aliased: false, clause.At));
        return [.. all, .. clause.Items];
    }

    private void PlanPlain(List<ProjectionItem> items)
    {
        var compiler = new ExpressionCompiler(graph, before);
        var computed = new List<(Evaluator Value, int Slot)>();
        foreach (var item in items)
        {
            var value = compiler.Compile(item.Expression);
            var symbol = Place(item, computed, value);
            Declare(item, symbol);
        }

        if (computed.Count > 0)
            _operators.Add(new ProjectOperator([.. computed]));
    }

    // A variable that keeps its name keeps its place.
    private Symbol Place(ProjectionItem item, List<(Evaluator Value, int Slot)> computed, Evaluator value)
    {
        if (item.Expression is VariableExpression variable && before.TryGet(variable.Name, out var known))
        {
            if (variable.Name == item.Name)
                return known;
            var renamed = new Symbol(before.Slots.Next(), known.Kind);
            computed.Add((value, renamed.Slot));
            return renamed;
        }

        var symbol = new Symbol(before.Slots.Next(), ExpressionFacts.KindOf(item.Expression, before));
        computed.Add((value, symbol.Slot));
        return symbol;
    }

    private void Declare(ProjectionItem item, Symbol symbol)
    {
        _after.Bind(item.Name, symbol);
        _columns.Add((item.Name, symbol.Slot));
        _ready.TryAdd(item.Expression.Canonical, symbol.Slot);
    }

    private void PlanGrouped(List<ProjectionItem> items)
    {
        var compiler = new ExpressionCompiler(graph, before);
        var keys = new List<(Evaluator Value, int Slot)>();
        var symbols = new Dictionary<ProjectionItem, Symbol>();
        var grouped = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var item in items.Where(i => !ExpressionFacts.ContainsAggregate(i.Expression)))
        {
            var symbol = new Symbol(before.Slots.Next(), ExpressionFacts.KindOf(item.Expression, before));
            keys.Add((compiler.Compile(item.Expression), symbol.Slot));
            symbols.Add(item, symbol);
            // Only plain variables and properties may be repeated inside an aggregating expression.
            if (item.Expression is VariableExpression or PropertyExpression { Subject: VariableExpression })
                grouped.TryAdd(item.Expression.Canonical, symbol.Slot);
        }

        var aggregates = new List<Aggregate>();
        foreach (var item in items.Where(i => ExpressionFacts.ContainsAggregate(i.Expression)))
        {
            CollectAggregates(item.Expression, compiler, aggregates, grouped);
        }

        _operators.Add(new AggregateOperator([.. keys], [.. aggregates]));

        var computed = new List<(Evaluator Value, int Slot)>();
        var none = new Scope(before.Slots);
        foreach (var item in items)
        {
            if (!symbols.TryGetValue(item, out var symbol))
            {
                var post = new ExpressionCompiler(graph, none) { Ready = grouped, Hidden = v => ImplicitGrouping(v, item) };
                symbol = new Symbol(before.Slots.Next(), SymbolKind.Value);
                computed.Add((post.Compile(item.Expression), symbol.Slot));
            }

            Declare(item, symbol);
        }

        if (computed.Count > 0)
            _operators.Add(new ProjectOperator([.. computed]));
    }

    private CypherException? ImplicitGrouping(VariableExpression variable, ProjectionItem item) =>
        before.TryGet(variable.Name, out _)
            ? CypherException.Syntax(
                $"Aggregation column contains implicit grouping expressions: '{item.Expression.Source}' uses `{variable.Name}`, which is neither aggregated nor a grouping key. "
                + "It may be possible to rewrite the query by extracting these grouping/aggregation expressions into a preceding WITH clause.",
                variable.At)
            : null;

    private void CollectAggregates(
        Expression expression, ExpressionCompiler compiler, List<Aggregate> aggregates, Dictionary<string, int> ready)
    {
        if (!ExpressionFacts.IsAggregate(expression))
        {
            if (expression is ComprehensionExpression comprehension)
                ExpressionCompiler.RejectAggregates(comprehension.Where, comprehension.Map);
            if (expression is QuantifierExpression quantifier)
                ExpressionCompiler.RejectAggregates(quantifier.Where);
            foreach (var child in expression.Children)
            {
                CollectAggregates(child, compiler, aggregates, ready);
            }

            return;
        }

        if (ready.ContainsKey(expression.Canonical))
            return;
        var slot = before.Slots.Next();
        if (expression is FunctionExpression function)
        {
            var create = Aggregators.Find(function.Name)
                ?? throw CypherException.Syntax($"The sandbox does not support {function.Name}(…)", function.At);
            if (function.Arguments.Count != 1)
                throw CypherException.Syntax($"Insufficient or superfluous parameters for function '{function.Name}'", function.At);
            if (ExpressionFacts.ContainsAggregate(function.Arguments[0]))
                throw CypherException.Syntax("Can't use aggregate functions inside of aggregate functions.", function.Arguments[0].At);
            aggregates.Add(new Aggregate(compiler.Compile(function.Arguments[0]), function.Distinct, create, slot));
        }
        else
        {
            aggregates.Add(new Aggregate(null, Distinct: false, Aggregators.Find("count")!, slot));
        }

        ready.Add(expression.Canonical, slot);
    }

    // Without grouping and DISTINCT the old variables can still be seen behind the new ones.
    private ExpressionCompiler AfterCompiler(bool closed)
    {
        if (closed)
        {
            return new ExpressionCompiler(graph, _after)
            {
                Ready = _ready,
                Hidden = v => before.TryGet(v.Name, out _)
                    ? CypherException.Syntax(
                        $"In a WITH/RETURN with DISTINCT or an aggregation, it is not possible to access variables declared before the WITH/RETURN: {v.Name}",
                        v.At)
                    : null,
            };
        }

        var both = before.Copy();
        foreach (var name in _after.Names)
        {
            _after.TryGet(name, out var symbol);
            both.Bind(name, symbol);
        }

        return new ExpressionCompiler(graph, both);
    }

    private void PlanOrder(ExpressionCompiler compiler)
    {
        var skip = Constant(clause.Skip, "SKIP");
        var limit = Constant(clause.Limit, "LIMIT");
        if (clause.OrderBy.Count > 0 && !alreadyOrdered)
        {
            var keys = clause.OrderBy.Select(o => (compiler.Compile(o.Expression), o.Descending)).ToArray();
            _operators.Add(new SortOperator(keys, skip, limit));
        }

        if (skip is not null || limit is not null)
            _operators.Add(new LimitOperator(skip, limit));
    }

    private Evaluator? Constant(Expression? expression, string name)
    {
        if (expression is null)
            return null;
        if (ExpressionFacts.Variables(expression).Count > 0)
            throw CypherException.Syntax($"It is not allowed to refer to variables in {name}, so that the value for {name} can be statically calculated.", expression.At);
        if (expression is LiteralExpression { Value: not >= 0L })
            throw CypherException.Syntax($"Invalid input. '{expression.Source}' is not a valid value. Must be a non-negative integer.", expression.At);
        return new ExpressionCompiler(graph, new Scope(before.Slots)).Compile(expression);
    }
}
