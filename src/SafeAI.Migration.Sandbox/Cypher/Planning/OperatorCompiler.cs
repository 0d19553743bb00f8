using SafeAI.Migration.Sandbox.Cypher.Ast;
using SafeAI.Migration.Sandbox.Cypher.Execution;
using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Cypher.Planning;

/// <summary>Turns binary operators into code.</summary>
internal static class OperatorCompiler
{
    public static Evaluator Compile(BinaryExpression expression, Evaluator left, Evaluator right)
    {
        switch (expression.Operator)
        {
            case BinaryOperator.And:
                RequireBoolean(expression.Left);
                RequireBoolean(expression.Right);
                return (row, context) =>
                {
                    var a = Truth.Of(left(row, context));
                    if (a is false)
                        return Box.False;
                    var b = Truth.Of(right(row, context));
                    return b is false ? Box.False : Box.Of(a & b);
                };
            case BinaryOperator.Or:
                RequireBoolean(expression.Left);
                RequireBoolean(expression.Right);
                return (row, context) =>
                {
                    var a = Truth.Of(left(row, context));
                    if (a is true)
                        return Box.True;
                    var b = Truth.Of(right(row, context));
                    return b is true ? Box.True : Box.Of(a | b);
                };
            case BinaryOperator.Xor:
                RequireBoolean(expression.Left);
                RequireBoolean(expression.Right);
                return (row, context) => Box.Of(Truth.Xor(Truth.Of(left(row, context)), Truth.Of(right(row, context))));
            case BinaryOperator.Equal:
                return (row, context) => Box.Of(ValueComparison.AreEqual(left(row, context), right(row, context)));
            case BinaryOperator.NotEqual:
                return (row, context) =>
                    ValueComparison.AreEqual(left(row, context), right(row, context)) is { } equal ? Box.Of(!equal) : null;
            case BinaryOperator.Less:
                return Ordered(left, right, static order => order < 0);
            case BinaryOperator.LessOrEqual:
                return Ordered(left, right, static order => order <= 0);
            case BinaryOperator.Greater:
                return Ordered(left, right, static order => order > 0);
            case BinaryOperator.GreaterOrEqual:
                return Ordered(left, right, static order => order >= 0);
            case BinaryOperator.StartsWith:
                return Text(left, right, static (s, t) => s.StartsWith(t, StringComparison.Ordinal));
            case BinaryOperator.EndsWith:
                return Text(left, right, static (s, t) => s.EndsWith(t, StringComparison.Ordinal));
            case BinaryOperator.Contains:
                return Text(left, right, static (s, t) => s.Contains(t, StringComparison.Ordinal));
            case BinaryOperator.In:
                return In(expression, left, right);
            case BinaryOperator.Add:
                return (row, context) => Truth.Add(left(row, context), right(row, context));
            case BinaryOperator.Subtract:
                return (row, context) => Truth.Subtract(left(row, context), right(row, context));
            case BinaryOperator.Multiply:
                return (row, context) => Truth.Multiply(left(row, context), right(row, context));
            case BinaryOperator.Divide:
                return (row, context) => Truth.Divide(left(row, context), right(row, context));
            case BinaryOperator.Modulo:
                return (row, context) => Truth.Modulo(left(row, context), right(row, context));
            case BinaryOperator.Power:
                return (row, context) => Truth.Power(left(row, context), right(row, context));
            default:
                throw new InvalidOperationException($"No code for {expression.Operator}");
        }
    }

    /// <summary>Refuses an operand that can be seen to be no boolean.</summary>
    public static void RequireBoolean(Expression operand)
    {
        var wrong = operand switch
        {
            LiteralExpression { Value: not (null or bool) } literal => ValueText.TypeOf(literal.Value),
            ListExpression => "List",
            MapExpression => "Map",
            _ => null,
        };
        if (wrong is not null)
            throw CypherException.Syntax($"Type mismatch: expected Boolean but was {wrong}", operand.At);
    }

    private static Evaluator Ordered(Evaluator left, Evaluator right, Func<int, bool> test) => (row, context) =>
    {
        var (a, b) = (left(row, context), right(row, context));
        if (ValueComparison.Compare(a, b) is { } order)
            return Box.Of(test(order));
        // A number and NaN can be compared; the answer is always no.
        return a is long or double && b is long or double ? Box.False : null;
    };

    private static Evaluator Text(Evaluator left, Evaluator right, Func<string, string, bool> test) =>
        (row, context) => Box.Of(Truth.Text(left(row, context), right(row, context), test));

    private static Evaluator In(BinaryExpression expression, Evaluator left, Evaluator right)
    {
        if (expression.Right is LiteralExpression { Value: not null } literal)
            throw CypherException.Syntax($"Type mismatch: expected List but was {ValueText.TypeOf(literal.Value)}", literal.At);
        if (expression.Right is not ParameterExpression)
            return (row, context) => Box.Of(Truth.In(left(row, context), right(row, context)));

        // The same list for every row: a thousand ids against a thousand nodes must not cost a million comparisons.
        return (row, context) =>
        {
            var (value, list) = (left(row, context), right(row, context));
            if (value is string or long && list is object?[] { Length: > 8 } items && context.SetOf(expression, items) is { } set)
                return Box.Of(set.Contains(value));
            return Box.Of(Truth.In(value, list));
        };
    }
}
