using SafeAI.Migration.Sandbox.Cypher.Ast;
using SafeAI.Migration.Sandbox.Cypher.Execution;
using SafeAI.Migration.Sandbox.Cypher.Functions;
using SafeAI.Migration.Sandbox.Graph;
using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Cypher.Planning;

/// <summary>Turns expressions into code that computes them from a row.</summary>
internal sealed class ExpressionCompiler(MemoryGraph graph, Scope scope)
{
    /// <summary>Expressions (by their text) whose value stands ready in a place of the row.</summary>
    public Dictionary<string, int>? Ready { get; init; }

    /// <summary>Names that exist around a projection but not after it, and the message that says why.</summary>
    public Func<VariableExpression, CypherException?>? Hidden { get; init; }

    public Evaluator Compile(Expression expression)
    {
        if (Ready is not null && Ready.TryGetValue(expression.Canonical, out var ready))
            return (row, _) => row[ready];
        switch (expression)
        {
            case LiteralExpression literal:
                var value = literal.Value;
                return (_, _) => value;
            case ParameterExpression parameter:
                var name = parameter.Name;
                return (_, context) => context.Parameter(name);
            case VariableExpression variable:
                return CompileVariable(variable);
            case PropertyExpression property:
                return CompileProperty(property);
            case LabelPredicateExpression labels:
                return CompileLabels(labels);
            case IndexExpression index:
                return CompileIndex(index);
            case SliceExpression slice:
                return CompileSlice(slice);
            case ListExpression list:
                var items = list.Items.Select(Compile).ToArray();
                return (row, context) => Array.ConvertAll(items, item => item(row, context));
            case MapExpression map:
                return CompileMap(map);
            case UnaryExpression unary:
                return CompileUnary(unary);
            case BinaryExpression binary:
                return OperatorCompiler.Compile(binary, Compile(binary.Left), Compile(binary.Right));
            case IsNullExpression isNull:
                var operand = Compile(isNull.Operand);
                return isNull.Negated
                    ? (row, context) => Box.Of(operand(row, context) is not null)
                    : (row, context) => Box.Of(operand(row, context) is null);
            case CaseExpression branches:
                return CompileCase(branches);
            case CountStarExpression:
                throw MisplacedAggregate("count(*)", expression.At);
            case FunctionExpression function:
                return CompileFunction(function);
            case ComprehensionExpression comprehension:
                return CompileComprehension(comprehension);
            case QuantifierExpression quantifier:
                return CompileQuantifier(quantifier);
            case SubqueryExpression subquery:
                return CompileSubquery(subquery);
            default:
                throw new InvalidOperationException($"No code for {expression.GetType().Name}");
        }
    }

    /// <summary>A property of a value: of a node, a relationship, a map or a temporal value.</summary>
    public static object? PropertyOf(object? subject, string key) => subject switch
    {
        null => null,
        Entity entity => entity.Deleted ? throw GraphTransaction.DeletedEntity(entity) : entity.Get(key),
        CypherMap map => map[key],
        TemporalValue temporal => temporal.Component(key),
        _ => throw CypherException.Type(
            $"Type mismatch: expected a map but was {ValueText.TypeOf(subject)}: {ValueText.Of(subject)} has no property `{key}`"),
    };

    private static CypherException MisplacedAggregate(string name, Position at) =>
        CypherException.Syntax($"Invalid use of aggregating function {name} in this context", at);

    private Evaluator CompileVariable(VariableExpression variable)
    {
        if (!scope.TryGet(variable.Name, out var symbol))
            throw Hidden?.Invoke(variable) ?? CypherException.Syntax($"Variable `{variable.Name}` not defined", variable.At);
        var slot = symbol.Slot;
        return (row, _) => row[slot];
    }

    private Evaluator CompileProperty(PropertyExpression property)
    {
        RequireMapLike(property);
        var key = property.Key;
        if (property.Subject is VariableExpression variable && (Ready is null || !Ready.ContainsKey(variable.Canonical))
            && scope.TryGet(variable.Name, out var symbol))
        {
            var slot = symbol.Slot;
            return (row, _) => PropertyOf(row[slot], key);
        }

        var subject = Compile(property.Subject);
        return (row, context) => PropertyOf(subject(row, context), key);
    }

    private static void RequireMapLike(PropertyExpression property)
    {
        if (property.Subject is LiteralExpression { Value: not null } or ListExpression)
            throw CypherException.Syntax("Type mismatch: expected Map, Node, Relationship, Point, Duration, Date, Time, LocalTime, LocalDateTime or DateTime", property.Subject.At);
    }

    private Evaluator CompileLabels(LabelPredicateExpression predicate)
    {
        var subject = Compile(predicate.Subject);
        var test = LabelTest.Compile(predicate.Labels);
        return (row, context) => subject(row, context) switch
        {
            null => null,
            Node node => node.Deleted ? throw GraphTransaction.DeletedEntity(node) : Box.Of(LabelTest.Holds(test, node)),
            Relationship relationship => Box.Of(LabelTest.Holds(test, relationship)),
            var other => throw CypherException.Type($"Type mismatch: expected Node or Relationship but was {ValueText.TypeOf(other)}"),
        };
    }

    private Evaluator CompileIndex(IndexExpression expression)
    {
        var subject = Compile(expression.Subject);
        var index = Compile(expression.Index);
        return (row, context) =>
        {
            var (container, key) = (subject(row, context), index(row, context));
            if (container is null || key is null)
                return null;
            if (container is object?[] list)
            {
                if (key is not long position)
                    throw CypherException.Type($"Type mismatch: a list is indexed by Integer, not by {ValueText.TypeOf(key)}");
                if (position < 0)
                    position += list.Length;
                return position >= 0 && position < list.Length ? list[position] : null;
            }

            if (container is not (CypherMap or Entity or TemporalValue))
                throw CypherException.Type($"`{ValueText.Of(container)}` is not a collection or a map. Element access is only possible by performing a collection lookup using an integer index, or by performing a map lookup using a string key");
            return key is string text
                ? PropertyOf(container, text)
                : throw CypherException.Type($"Cannot access a {ValueText.TypeOf(container)} by a key of type {ValueText.TypeOf(key)}");
        };
    }

    private Evaluator CompileSlice(SliceExpression slice)
    {
        var subject = Compile(slice.Subject);
        var from = slice.From is null ? null : Compile(slice.From);
        var to = slice.To is null ? null : Compile(slice.To);
        return (row, context) =>
        {
            var value = subject(row, context);
            var (low, high) = (from?.Invoke(row, context), to?.Invoke(row, context));
            if (value is null || (from is not null && low is null) || (to is not null && high is null))
                return null;
            if (value is not object?[] list || low is not (null or long) || high is not (null or long))
                throw CypherException.Type("Type mismatch: a slice takes a List and Integer bounds");
            var start = Bound(low, list.Length, 0);
            var end = Bound(high, list.Length, list.Length);
            return start >= end ? [] : list[start..end];
        };

        static int Bound(object? bound, int length, int open)
        {
            if (bound is not long position)
                return open;
            return (int)Math.Clamp(position < 0 ? position + length : position, 0, length);
        }
    }

    private Evaluator CompileMap(MapExpression map)
    {
        var entries = map.Entries.Select(e => (e.Key, Value: Compile(e.Value))).ToArray();
        if (entries.DistinctBy(e => e.Key).Count() == entries.Length)
        {
            var shape = Shape.Of(entries.Select(e => e.Key).ToArray());
            var values = entries.Select(e => e.Value).ToArray();
            return (row, context) => new CypherMap(shape, Array.ConvertAll(values, v => v(row, context)));
        }

        return (row, context) => CypherMap.Of(entries.Select(e => KeyValuePair.Create(e.Key, e.Value(row, context))));
    }

    private Evaluator CompileUnary(UnaryExpression unary)
    {
        var operand = Compile(unary.Operand);
        if (unary.Operator == UnaryOperator.Not)
        {
            OperatorCompiler.RequireBoolean(unary.Operand);
            return (row, context) => Truth.Of(operand(row, context)) is { } known ? Box.Of(!known) : null;
        }

        return unary.Operator == UnaryOperator.Minus
            ? (row, context) => Truth.Negate(operand(row, context))
            : (row, context) => operand(row, context) is var v && v is null or long or double
                ? v
                : throw CypherException.Type($"Type mismatch: expected a number but was {ValueText.TypeOf(v)}");
    }

    private Evaluator CompileCase(CaseExpression expression)
    {
        var subject = expression.Subject is null ? null : Compile(expression.Subject);
        var branches = expression.Branches.Select(b => (When: Compile(b.When), Then: Compile(b.Then))).ToArray();
        var otherwise = expression.Otherwise is null ? null : Compile(expression.Otherwise);
        return (row, context) =>
        {
            var value = subject?.Invoke(row, context);
            foreach (var (when, then) in branches)
            {
                var test = when(row, context);
                if (subject is null ? Truth.Holds(test) : ValueComparison.AreEqual(value, test) is true)
                    return then(row, context);
            }

            return otherwise?.Invoke(row, context);
        };
    }

    private Evaluator CompileFunction(FunctionExpression call)
    {
        if (ExpressionFacts.IsAggregate(call))
            throw MisplacedAggregate(call.Name + "(...)", call.At);
        if (call.Distinct)
            throw CypherException.Syntax($"Invalid use of DISTINCT with function '{call.Name}'", call.At);
        var function = FunctionTable.Find(call.Name)
            ?? throw CypherException.Syntax($"Unknown function '{call.Name}'", call.At);
        if (call.Arguments.Count < function.Least || call.Arguments.Count > function.Most)
            throw CypherException.Syntax($"Insufficient or superfluous parameters for function '{call.Name}'", call.At);
        CheckArgumentKinds(call, function);
        var arguments = call.Arguments.Select(Compile).ToArray();
        var apply = function.Apply;
        if (function.Apply1 is { } apply1 && arguments.Length == 1)
        {
            var argument = arguments[0];
            return (row, context) => apply1(argument(row, context), context);
        }

        return (row, context) => apply!(Array.ConvertAll(arguments, a => a(row, context)), context);
    }

    // type(n) of a node or labels(r) of a relationship is wrong before any row is seen.
    private void CheckArgumentKinds(FunctionExpression call, Function function)
    {
        if (function.Takes == SymbolKind.Value || call.Arguments[0] is not VariableExpression variable
            || !scope.TryGet(variable.Name, out var symbol) || symbol.Kind == SymbolKind.Value || symbol.Kind == function.Takes)
            return;
        throw CypherException.Syntax($"Type mismatch: expected {function.Takes} but was {symbol.Kind}", variable.At);
    }

    private Evaluator CompileComprehension(ComprehensionExpression expression)
    {
        RejectAggregates(expression.Where, expression.Map);
        var list = Compile(expression.List);
        var inner = scope.Copy();
        var slot = inner.Declare(expression.Variable, SymbolKind.Value).Slot;
        var compiler = new ExpressionCompiler(graph, inner) { Ready = Ready, Hidden = Hidden };
        var where = expression.Where is null ? null : compiler.Compile(expression.Where);
        var map = expression.Map is null ? null : compiler.Compile(expression.Map);
        return (row, context) =>
        {
            var value = list(row, context);
            if (value is null)
                return null;
            var result = new List<object?>();
            foreach (var item in AsList(value))
            {
                row[slot] = item;
                if (where is null || Truth.Holds(where(row, context)))
                    result.Add(map is null ? item : map(row, context));
            }

            return result.ToArray();
        };
    }

    /// <summary>Refuses an aggregate over the items of a list: aggregates are over rows.</summary>
    public static void RejectAggregates(params Expression?[] expressions)
    {
        foreach (var expression in expressions)
        {
            if (expression is not null && ExpressionFacts.ContainsAggregate(expression))
                throw CypherException.Syntax("Can't use aggregating expressions inside of expressions executing over lists", expression.At);
        }
    }

    private static object?[] AsList(object value) =>
        value as object?[] ?? throw CypherException.Type($"Type mismatch: expected List but was {ValueText.TypeOf(value)}");

    private Evaluator CompileQuantifier(QuantifierExpression expression)
    {
        RejectAggregates(expression.Where);
        var list = Compile(expression.List);
        var inner = scope.Copy();
        var slot = inner.Declare(expression.Variable, SymbolKind.Value).Slot;
        var where = new ExpressionCompiler(graph, inner) { Ready = Ready, Hidden = Hidden }.Compile(expression.Where);
        var kind = expression.Kind;
        return (row, context) =>
        {
            var value = list(row, context);
            if (value is null)
                return null;
            var (yes, no, unknown) = (0, 0, 0);
            foreach (var item in AsList(value))
            {
                row[slot] = item;
                switch (Truth.Of(where(row, context)))
                {
                    case true:
                        yes++;
                        break;
                    case false:
                        no++;
                        break;
                    default:
                        unknown++;
                        break;
                }
            }

            return Box.Of(kind switch
            {
                QuantifierKind.All => no > 0 ? false : unknown > 0 ? null : true,
                QuantifierKind.Any => yes > 0 ? true : unknown > 0 ? null : false,
                QuantifierKind.None => yes > 0 ? false : unknown > 0 ? null : true,
                _ => yes > 1 ? false : unknown > 0 ? null : yes == 1,
            });
        };
    }

    private Evaluator CompileSubquery(SubqueryExpression expression)
    {
        if (!expression.MayIntroduce)
        {
            if (!expression.IsCondition)
                throw CypherException.Syntax("A pattern expression should only be used in order to test the existence of a pattern, in a WHERE clause or a condition", expression.At);
            var part = expression.Parts[0];
            var names = part.Nodes.Select(n => (n.Variable, n.At)).Concat(part.Relationships.Select(r => (r.Variable, r.At)));
            foreach (var (name, at) in names)
            {
                if (name is not null && !scope.TryGet(name, out _))
                    throw CypherException.Syntax($"PatternExpressions are not allowed to introduce new variables: '{name}'.", at);
            }
        }

        var plan = new MatchPlanner(graph, scope.Copy()).Plan(expression.Parts, expression.Where, "MATCH");
        var count = expression.Count;
        return (row, context) =>
        {
            var counter = new CountingSink(count ? long.MaxValue : 1);
            plan.First.Run(row, context, counter);
            return count ? Box.Of(counter.Rows) : Box.Of(counter.Rows > 0);
        };
    }

    private sealed class CountingSink(long enough) : Sink
    {
        public long Rows { get; private set; }

        public override bool Push(object?[] row) => ++Rows < enough;

        public override void Finish()
        {
        }
    }
}
