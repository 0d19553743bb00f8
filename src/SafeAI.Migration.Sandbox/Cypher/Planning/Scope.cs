using System.Globalization;
using SafeAI.Migration.Sandbox.Cypher.Ast;

namespace SafeAI.Migration.Sandbox.Cypher.Planning;

internal enum SymbolKind
{
    /// <summary>Anything: only a run can tell.</summary>
    Value,
    Node,
    Relationship,

    /// <summary>Certainly neither node nor relationship.</summary>
    Plain,
}

/// <summary>A variable: its place in the row, and what is known of its type.</summary>
internal readonly record struct Symbol(int Slot, SymbolKind Kind);

/// <summary>Hands out places in the rows of one statement.</summary>
internal sealed class Slots
{
    public int Count { get; private set; }

    public int Next() => Count++;
}

/// <summary>The variables that can be seen at a place in a statement.</summary>
internal sealed class Scope(Slots slots)
{
    private readonly Dictionary<string, Symbol> _symbols = new(StringComparer.Ordinal);

    public Slots Slots { get; } = slots;

    /// <summary>The names a statement can speak of.</summary>
    public IEnumerable<string> Names => _symbols.Keys.Where(n => n[0] != '\0');

    public bool TryGet(string name, out Symbol symbol) => _symbols.TryGetValue(name, out symbol);

    public Symbol Get(string name, Position at) =>
        _symbols.TryGetValue(name, out var symbol) ? symbol : throw CypherException.Syntax($"Variable `{name}` not defined", at);

    public Symbol Declare(string name, SymbolKind kind)
    {
        var symbol = new Symbol(Slots.Next(), kind);
        _symbols[name] = symbol;
        return symbol;
    }

    public void Bind(string name, Symbol symbol) => _symbols[name] = symbol;

    /// <summary>A name for a part of a pattern that has none; no statement can write it.</summary>
    public string HiddenName() => "\0" + Slots.Count.ToString(CultureInfo.InvariantCulture);

    public Scope Copy()
    {
        var copy = new Scope(Slots);
        foreach (var (name, symbol) in _symbols)
        {
            copy._symbols.Add(name, symbol);
        }

        return copy;
    }
}

/// <summary>Questions about expressions as written.</summary>
internal static class ExpressionFacts
{
    private static readonly HashSet<string> s_aggregates =
        new(StringComparer.OrdinalIgnoreCase) { "count", "collect", "sum", "avg", "min", "max", "stDev", "stDevP", "percentileCont", "percentileDisc" };

    public static bool IsAggregate(Expression expression) =>
        expression is CountStarExpression || (expression is FunctionExpression f && s_aggregates.Contains(f.Name));

    public static bool ContainsAggregate(Expression expression) =>
        IsAggregate(expression) || expression.Children.Any(ContainsAggregate);

    /// <summary>What can be said of an expression's value without running it.</summary>
    public static SymbolKind KindOf(Expression expression, Scope scope) => expression switch
    {
        VariableExpression variable when scope.TryGet(variable.Name, out var symbol) => symbol.Kind,
        LiteralExpression { Value: not null } or ListExpression or MapExpression or ComprehensionExpression or IsNullExpression => SymbolKind.Plain,
        _ => SymbolKind.Value,
    };

    /// <summary>The variables that an expression takes from around it.</summary>
    public static HashSet<string> Variables(Expression expression)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        Collect(expression, names);
        return names;
    }

    /// <summary>The conditions that an expression joins with AND.</summary>
    public static IEnumerable<Expression> Conjuncts(Expression expression) =>
        expression is BinaryExpression { Operator: BinaryOperator.And } and
            ? Conjuncts(and.Left).Concat(Conjuncts(and.Right))
            : [expression];

    private static void Collect(Expression expression, HashSet<string> names)
    {
        switch (expression)
        {
            case VariableExpression variable:
                names.Add(variable.Name);
                break;
            case ComprehensionExpression c:
                Collect(c.List, names);
                CollectInner([c.Where, c.Map], c.Variable, names);
                break;
            case QuantifierExpression q:
                Collect(q.List, names);
                CollectInner([q.Where], q.Variable, names);
                break;
            case SubqueryExpression subquery:
                CollectPattern(subquery, names);
                break;
            default:
                foreach (var child in expression.Children)
                {
                    Collect(child, names);
                }

                break;
        }
    }

    private static void CollectInner(Expression?[] inner, string variable, HashSet<string> names)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (var expression in inner)
        {
            if (expression is not null)
                Collect(expression, found);
        }

        found.Remove(variable);
        names.UnionWith(found);
    }

    // Names that the pattern introduces itself are harmless here: nobody around it has them.
    private static void CollectPattern(SubqueryExpression subquery, HashSet<string> names)
    {
        foreach (var part in subquery.Parts)
        {
            names.UnionWith(part.Nodes.Select(n => n.Variable).Concat(part.Relationships.Select(r => r.Variable)).OfType<string>());
            var inner = part.Nodes.SelectMany(n => new[] { n.Properties, n.Where })
                .Concat(part.Relationships.SelectMany(r => new[] { r.Properties, r.Where }));
            foreach (var expression in inner.OfType<Expression>())
            {
                Collect(expression, names);
            }
        }

        if (subquery.Where is not null)
            Collect(subquery.Where, names);
    }
}
