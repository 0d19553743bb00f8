using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Cypher.Execution;

/// <summary>The operators over values, with their third truth value.</summary>
internal static class Truth
{
    /// <summary>A value as a truth; anything but a boolean or null is an error.</summary>
    public static bool? Of(object? value) => value switch
    {
        null => null,
        bool b => b,
        _ => throw CypherException.Type($"Type mismatch: expected Boolean but was {ValueText.TypeOf(value)}: {ValueText.Of(value)}"),
    };

    /// <summary>Whether a condition holds: null does not.</summary>
    public static bool Holds(object? value) => ReferenceEquals(value, Box.True) || Of(value) is true;

    public static bool? Xor(bool? a, bool? b) => a is null || b is null ? null : a != b;

    public static bool? In(object? value, object? list)
    {
        if (list is null)
            return null;
        if (list is not object?[] items)
            throw CypherException.Type($"Type mismatch: expected List but was {ValueText.TypeOf(list)}");
        bool? result = false;
        foreach (var item in items)
        {
            switch (ValueComparison.AreEqual(value, item))
            {
                case true:
                    return true;
                case null:
                    result = null;
                    break;
            }
        }

        return result;
    }

    public static bool? Text(object? a, object? b, Func<string, string, bool> test) =>
        a is string s && b is string t ? test(s, t) : null;

    public static object? Add(object? a, object? b)
    {
        switch (a, b)
        {
            case (long x, long y):
                var sum = unchecked(x + y);
                return ((x ^ sum) & (y ^ sum)) < 0 ? throw new CypherException(ErrorCodes.ArithmeticError, "long overflow") : Box.Of(sum);
            case (object?[] x, object?[] y):
                return (object?[])[.. x, .. y];
            case (object?[] x, _):
                return (object?[])[.. x, b];
            case (_, object?[] y):
                return (object?[])[a, .. y];
            case (null, _) or (_, null):
                return null;
            case (long or double, long or double):
                return ToDouble(a) + ToDouble(b);
            case (string x, string y):
                return x + y;
            case (string x, long or double or bool or TemporalValue):
                return x + TextOf(b);
            case (long or double or bool or TemporalValue, string y):
                return TextOf(a) + y;
            default:
                throw Mismatch("add", a, b);
        }
    }

    public static object? Subtract(object? a, object? b) =>
        Arithmetic("subtract", a, b, static (x, y) => checked(x - y), static (x, y) => x - y);

    public static object? Multiply(object? a, object? b) =>
        Arithmetic("multiply", a, b, static (x, y) => checked(x * y), static (x, y) => x * y);

    public static object? Divide(object? a, object? b) => Arithmetic(
        "divide",
        a,
        b,
        static (x, y) => y == 0 ? throw DividedByZero() : checked(x / y),
        static (x, y) => x / y);

    public static object? Modulo(object? a, object? b) => Arithmetic(
        "take the modulo of",
        a,
        b,
        static (x, y) => y == 0 ? throw DividedByZero() : y == -1 ? 0 : x % y,
        static (x, y) => x % y);

    public static object? Power(object? a, object? b)
    {
        if (a is null || b is null)
            return null;
        if (a is not (long or double) || b is not (long or double))
            throw Mismatch("raise to the power", a, b);
        return Math.Pow(ToDouble(a), ToDouble(b));
    }

    public static object? Negate(object? value) => value switch
    {
        null => null,
        long i => Checked(() => checked(-i)),
        double d => -d,
        _ => throw CypherException.Type($"Cannot negate {ValueText.TypeOf(value)}"),
    };

    public static double ToDouble(object number) => number is long i ? i : (double)number;

    /// <summary>The text of a scalar, as <c>toString</c> gives it.</summary>
    public static string TextOf(object value) => value switch
    {
        string s => s,
        bool b => b ? "true" : "false",
        long i => i.ToString(System.Globalization.CultureInfo.InvariantCulture),
        double d => ValueText.OfFloat(d),
        _ => value.ToString() ?? "",
    };

    private static object? Arithmetic(
        string verb, object? a, object? b, Func<long, long, long> integers, Func<double, double, double> floats)
    {
        if (a is null || b is null)
            return null;
        if (a is long x && b is long y)
            return Checked(() => integers(x, y));
        if (a is long or double && b is long or double)
            return floats(ToDouble(a), ToDouble(b));
        throw Mismatch(verb, a, b);
    }

    private static object Checked(Func<long> compute)
    {
        try
        {
            return Box.Of(compute());
        }
        catch (OverflowException overflow)
        {
            throw new CypherException(ErrorCodes.ArithmeticError, "long overflow", null, overflow);
        }
    }

    private static CypherException DividedByZero() => new(ErrorCodes.ArithmeticError, "/ by zero");

    private static CypherException Mismatch(string verb, object? a, object? b) =>
        CypherException.Type($"Type mismatch: cannot {verb} {ValueText.TypeOf(a)} and {ValueText.TypeOf(b)}");
}
