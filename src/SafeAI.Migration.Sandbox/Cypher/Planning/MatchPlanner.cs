using SafeAI.Migration.Sandbox.Cypher.Ast;
using SafeAI.Migration.Sandbox.Cypher.Execution;
using SafeAI.Migration.Sandbox.Graph;

namespace SafeAI.Migration.Sandbox.Cypher.Planning;

/// <summary>The steps that find a pattern.</summary>
/// <param name="First">The first of them.</param>
/// <param name="Introduced">The places that they fill.</param>
/// <param name="Ordered">Whether the rows come in the order that was hinted at.</param>
internal sealed record MatchPlan(Step First, int[] Introduced, bool Ordered);

/// <summary>An order that the rows will be wanted in.</summary>
internal sealed record OrderHint(string Variable, string Property, bool Descending);

/// <summary>
/// Decides in which order a pattern is found: from what is known, by an index where there is one, along the smaller side;
/// conditions as soon as what they speak of is known.
/// </summary>
/// <param name="graph">The graph whose constraints the plan may use.</param>
/// <param name="scope">The variables.</param>
/// <param name="fresh">Names that the pattern introduces though the scope knows their places already.</param>
internal sealed partial class MatchPlanner(MemoryGraph graph, Scope scope, IEnumerable<string>? fresh = null)
{
    private readonly List<PlannedNode> _nodes = [];
    private readonly List<PlannedRelationship> _relationships = [];
    private readonly List<Condition> _conditions = [];
    private readonly HashSet<string> _introduced = new(fresh ?? [], StringComparer.Ordinal);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly List<int> _introducedSlots = [];
    private readonly List<Step> _steps = [];
    private readonly List<int> _placedRelationships = [];
    private bool _ordered;

    private ExpressionCompiler Compiler => new(graph, scope);

    /// <summary>Plans a pattern; its new variables are in the scope afterwards.</summary>
    public MatchPlan Plan(IReadOnlyList<PatternPart> parts, Expression? where, string clause, OrderHint? hint = null)
    {
        foreach (var part in parts)
        {
            AddPart(part, clause);
        }

        if (where is not null)
            AddWhere(where);
        var nodes = _nodes.ToList();
        var relationships = _relationships.ToList();
        foreach (var node in nodes.Where(n => _known.Contains(n.Name)).ToList())
        {
            _steps.Add(new BoundNodeStep(node.Symbol.Slot, node.Name));
            nodes.Remove(node);
        }

        AddReadyConditions();
        while (nodes.Count > 0 || relationships.Count > 0)
        {
            var best = Candidates(nodes, relationships, hint).MinBy(c => c.Cost)!;
            best.Apply();
            nodes.RemoveAll(n => _known.Contains(n.Name));
            relationships.RemoveAll(r => r.Placed);
            AddReadyConditions();
        }

        if (_steps.Count == 0)
            _steps.Add(new FilterStep((_, _) => true));
        for (var i = 0; i + 1 < _steps.Count; i++)
        {
            _steps[i].Next = _steps[i + 1];
        }

        return new MatchPlan(_steps[0], [.. _introducedSlots], _ordered);
    }

    private void AddPart(PatternPart part, string clause)
    {
        var ends = new List<PlannedNode>();
        foreach (var pattern in part.Nodes)
        {
            ends.Add(AddNode(pattern, clause));
        }

        for (var i = 0; i < part.Relationships.Count; i++)
        {
            AddRelationship(part.Relationships[i], ends[i], ends[i + 1], clause);
        }
    }

    private PlannedNode AddNode(NodePattern pattern, string clause)
    {
        var name = pattern.Variable ?? scope.HiddenName();
        var node = _nodes.Find(n => n.Name == name);
        if (node is null)
        {
            var symbol = DeclareOrFind(name, SymbolKind.Node, pattern.At);
            node = new PlannedNode(name, symbol);
            _nodes.Add(node);
        }

        node.Labels.AddRange(LabelTest.Required(pattern.Labels));
        if (pattern.Labels is not null)
        {
            if (LabelTest.IsConjunction(pattern.Labels))
            {
                _conditions.Add(new Condition([name]) { Step = () => new LabelStep(node.Symbol.Slot, [.. LabelTest.Required(pattern.Labels)]) });
            }
            else
            {
                var variable = new VariableExpression(name, pattern.At) { Canonical = name };
                AddCondition(new LabelPredicateExpression(variable, pattern.Labels, pattern.At));
            }
        }

        AddProperties(pattern.Properties, node.Name, node.Symbol, clause);
        if (pattern.Where is not null)
            AddWhere(pattern.Where);
        return node;
    }

    private void AddRelationship(RelationshipPattern pattern, PlannedNode left, PlannedNode right, string clause)
    {
        var name = pattern.Variable ?? scope.HiddenName();
        if (_relationships.Exists(r => r.Name == name))
            throw CypherException.Syntax($"Cannot use the same relationship variable '{name}' for multiple relationships", pattern.At);
        var symbol = DeclareOrFind(name, SymbolKind.Relationship, pattern.At);
        string[]? types = null;
        if (pattern.Types is not null)
        {
            types = LabelTest.Alternatives(pattern.Types)?.ToArray();
            if (types is null)
            {
                var variable = new VariableExpression(name, pattern.At) { Canonical = name };
                AddCondition(new LabelPredicateExpression(variable, pattern.Types, pattern.At));
            }
        }

        _relationships.Add(new PlannedRelationship(name, symbol, left, right, pattern.Direction, types));
        AddProperties(pattern.Properties, name, symbol, clause);
        if (pattern.Where is not null)
            AddWhere(pattern.Where);
    }

    private Symbol DeclareOrFind(string name, SymbolKind kind, Position at)
    {
        if (!scope.TryGet(name, out var symbol))
        {
            _introduced.Add(name);
            symbol = scope.Declare(name, kind);
            _introducedSlots.Add(symbol.Slot);
            return symbol;
        }

        if (symbol.Kind != kind && (symbol.Kind != SymbolKind.Value || _introduced.Contains(name)))
            throw CypherException.Syntax($"Type mismatch: {name} defined with conflicting type {symbol.Kind} (expected {kind})", at);
        if (!_introduced.Contains(name))
            _known.Add(name);
        return symbol;
    }

    private void AddProperties(Expression? properties, string name, Symbol symbol, string clause)
    {
        if (properties is null)
            return;
        if (properties is ParameterExpression parameter)
        {
            throw CypherException.Syntax(
                $"Parameter maps cannot be used in `{clause}` patterns (use a literal map instead, e.g. `{{id: ${parameter.Name}.id}}`)", properties.At);
        }

        foreach (var (key, value) in ((MapExpression)properties).Entries)
        {
            if (ExpressionFacts.ContainsAggregate(value))
                throw CypherException.Syntax("Invalid use of aggregating function in this context", value.At);
            var needs = ExpressionFacts.Variables(value);
            _conditions.Add(new Condition([name, .. needs])
            {
                Step = () => new PropertyStep(symbol.Slot, key, Compiler.Compile(value)),
                Subject = name,
                Property = key,
                Operator = BinaryOperator.Equal,
                Value = value,
            });
        }
    }

    private void AddWhere(Expression where)
    {
        // All of it is checked now, in the whole pattern's scope, so that a mistake is found whatever the plan.
        if (ExpressionFacts.ContainsAggregate(where))
            throw CypherException.Syntax("Invalid use of aggregating function in this context", FindAggregate(where).At);
        foreach (var conjunct in ExpressionFacts.Conjuncts(where))
        {
            OperatorCompiler.RequireBoolean(conjunct);
            if (conjunct is VariableExpression v && scope.TryGet(v.Name, out var symbol) && symbol.Kind is SymbolKind.Node or SymbolKind.Relationship)
                throw CypherException.Syntax($"Type mismatch: expected Boolean but was {symbol.Kind}", v.At);
            AddCondition(conjunct);
        }
    }

    private static Expression FindAggregate(Expression expression) =>
        ExpressionFacts.IsAggregate(expression) ? expression : FindAggregate(expression.Children.First(ExpressionFacts.ContainsAggregate));

    private void AddCondition(Expression expression)
    {
        var needs = ExpressionFacts.Variables(expression);
        var condition = new Condition([.. needs]) { Step = () => new FilterStep(Compiler.Compile(expression)) };
        if (expression is BinaryExpression binary)
        {
            if (binary.Left is PropertyExpression { Subject: VariableExpression left } leftProperty)
                Recognise(condition, left.Name, leftProperty.Key, binary.Operator, binary.Right);
            if (condition.Subject is null && binary.Right is PropertyExpression { Subject: VariableExpression right } rightProperty
                && Mirror(binary.Operator) is { } mirrored)
                Recognise(condition, right.Name, rightProperty.Key, mirrored, binary.Left);
        }

        _conditions.Add(condition);
    }

    private void Recognise(Condition condition, string subject, string property, BinaryOperator op, Expression value)
    {
        var usable = op is BinaryOperator.Equal or BinaryOperator.In or BinaryOperator.Less or BinaryOperator.LessOrEqual
            or BinaryOperator.Greater or BinaryOperator.GreaterOrEqual;
        if (!usable || !_introduced.Contains(subject) || ExpressionFacts.Variables(value).Contains(subject))
            return;
        condition.Subject = subject;
        condition.Property = property;
        condition.Operator = op;
        condition.Value = value;
    }

    private static BinaryOperator? Mirror(BinaryOperator op) => op switch
    {
        BinaryOperator.Equal => BinaryOperator.Equal,
        BinaryOperator.Less => BinaryOperator.Greater,
        BinaryOperator.LessOrEqual => BinaryOperator.GreaterOrEqual,
        BinaryOperator.Greater => BinaryOperator.Less,
        BinaryOperator.GreaterOrEqual => BinaryOperator.LessOrEqual,
        _ => null,
    };

    private bool IsReady(string name) => !_introduced.Contains(name) || _known.Contains(name);

    private void AddReadyConditions()
    {
        foreach (var condition in _conditions)
        {
            if (!condition.Done && condition.Needs.All(IsReady))
            {
                condition.Done = true;
                _steps.Add(condition.Step());
            }
        }
    }

    private sealed class PlannedNode(string name, Symbol symbol)
    {
        public string Name { get; } = name;

        public Symbol Symbol { get; } = symbol;

        public List<string> Labels { get; } = [];
    }

    private sealed class PlannedRelationship(
        string name, Symbol symbol, PlannedNode left, PlannedNode right, Direction direction, string[]? types)
    {
        public string Name { get; } = name;

        public Symbol Symbol { get; } = symbol;

        public PlannedNode Left { get; } = left;

        public PlannedNode Right { get; } = right;

        public Direction Direction { get; } = direction;

        public string[]? Types { get; } = types;

        public bool Placed { get; set; }
    }

    private sealed class Condition(string[] needs)
    {
        public string[] Needs { get; } = needs;

        public required Func<Step> Step { get; init; }

        public bool Done { get; set; }

        // Where the condition is about one property of one new variable, an index may answer it.
        public string? Subject { get; set; }

        public string? Property { get; set; }

        public BinaryOperator Operator { get; set; }

        public Expression? Value { get; set; }
    }
}
