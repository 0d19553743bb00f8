using System.Globalization;
using SafeAI.Migration.Sandbox.Cypher.Execution;
using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Cypher.Functions;

/// <summary>Functions of lists.</summary>
internal static class ListFunctions
{
    private const int LongestRange = 10_000_000;

    public static object? Size(object? value) => value switch
    {
        null => null,
        object?[] list => Box.Of(list.Length),
        string text => Box.Of(Characters(text)),
        _ => throw Arguments.Wrong("size", "String or List", value),
    };

    public static object? IsEmpty(object? value) => value switch
    {
        null => null,
        object?[] list => Box.Of(list.Length == 0),
        string text => Box.Of(text.Length == 0),
        CypherMap map => Box.Of(map.Count == 0),
        _ => throw Arguments.Wrong("isEmpty", "List, Map or String", value),
    };

    public static object? Head(object? value) => List("head", value) is { Length: > 0 } list ? list[0] : null;

    public static object? Last(object? value) => List("last", value) is { Length: > 0 } list ? list[^1] : null;

    public static object? Tail(object? value) => List("tail", value) is { } list ? list.Length == 0 ? list : list[1..] : null;

    public static object? Reverse(object? value)
    {
        if (value is string text)
        {
            var runes = text.EnumerateRunes().Reverse();
            return string.Concat(runes.Select(r => r.ToString()));
        }

        return List("reverse", value) is { } list ? list.Reverse().ToArray() : null;
    }

    public static object? Range(object?[] arguments)
    {
        if (arguments.Any(a => a is null))
            return null;
        if (arguments.FirstOrDefault(a => a is not long) is { } wrong)
            throw Arguments.Wrong("range", "Integer", wrong);
        var (start, end) = ((long)arguments[0]!, (long)arguments[1]!);
        var step = arguments.Length > 2 ? (long)arguments[2]! : 1;
        if (step == 0)
            throw CypherException.Argument("Invalid argument, step argument to range() can't be zero");
        if ((step > 0 && start > end) || (step < 0 && start < end))
            return Array.Empty<object?>();
        var count = ((Int128)end - start) / step + 1;
        if (count > LongestRange)
            throw CypherException.Argument($"range() would make a list of {count} items; the sandbox allows {LongestRange}");
        var items = new object?[(int)count];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = Box.Of(start + (i * step));
        }

        return items;
    }

    // A pair of surrogates is one character.
    private static int Characters(string text)
    {
        var count = 0;
        foreach (var c in text)
        {
            count += char.IsLowSurrogate(c) ? 0 : 1;
        }

        return count;
    }

    private static object?[]? List(string function, object? value) =>
        value is null ? null : value as object?[] ?? throw Arguments.Wrong(function, "List", value);
}

/// <summary>Conversions.</summary>
internal static class ConversionFunctions
{
    public static object? ToStringOrFail(object? value) => value switch
    {
        null => null,
        string or bool or long or double or TemporalValue => Truth.TextOf(value),
        _ => throw Arguments.Wrong("toString", "String, Float, Integer, Boolean, Temporal or Duration", value),
    };

    public static object? ToStringOrNull(object? value) =>
        value is string or bool or long or double or TemporalValue ? Truth.TextOf(value) : null;

    public static object? ToInteger(object? value)
    {
        switch (value)
        {
            case null or long:
                return value;
            case bool b:
                return Box.Of(b ? 1 : 0);
            case double d:
                return Saturate(d);
            case string s when long.TryParse(s, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var parsed):
                return Box.Of(parsed);
            case string s:
                return double.TryParse(s, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
                    ? Saturate(number)
                    : null;
            default:
                throw Arguments.Wrong("toInteger", "String, Float, Integer or Boolean", value);
        }
    }

    public static object? ToFloat(object? value) => value switch
    {
        null or double => value,
        long i => (double)i,
        string s => double.TryParse(s, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null,
        _ => throw Arguments.Wrong("toFloat", "String, Float or Integer", value),
    };

    public static object? ToBoolean(object? value) => value switch
    {
        null or bool => value,
        long i => Box.Of(i != 0),
        string s => bool.TryParse(s.Trim(), out var truth) ? Box.Of(truth) : null,
        _ => throw Arguments.Wrong("toBoolean", "String, Integer or Boolean", value),
    };

    private static object Saturate(double value) =>
        Box.Of(value >= 9223372036854775807.0 ? long.MaxValue : value <= -9223372036854775808.0 ? long.MinValue : (long)value);
}

/// <summary>Functions of strings.</summary>
internal static class TextFunctions
{
    public static object? Map(string function, object? value, Func<string, string> map) =>
        value is null ? null : map(Arguments.Text(function, value));

    public static object? Left(object?[] arguments) => Part("left", arguments, static (s, n) => s[..Math.Min(n, s.Length)]);

    public static object? Right(object?[] arguments) => Part("right", arguments, static (s, n) => s[^Math.Min(n, s.Length)..]);

    public static object? Substring(object?[] arguments)
    {
        if (arguments[0] is null)
            return null;
        var text = Arguments.Text("substring", arguments[0]!);
        var start = Math.Min(Arguments.Count("substring", arguments[1]), text.Length);
        var length = arguments.Length > 2 ? Arguments.Count("substring", arguments[2]) : int.MaxValue;
        return text.Substring(start, Math.Min(length, text.Length - start));
    }

    public static object? Replace(object?[] arguments)
    {
        if (arguments.Any(a => a is null))
            return null;
        var (text, search, by) = (
            Arguments.Text("replace", arguments[0]!), Arguments.Text("replace", arguments[1]!), Arguments.Text("replace", arguments[2]!));
        return search.Length == 0 ? text : text.Replace(search, by, StringComparison.Ordinal);
    }

    public static object? Split(object?[] arguments)
    {
        if (arguments.Any(a => a is null))
            return null;
        var text = Arguments.Text("split", arguments[0]!);
        var separator = Arguments.Text("split", arguments[1]!);
        return separator.Length == 0
            ? text.EnumerateRunes().Select(r => (object?)r.ToString()).ToArray()
            : text.Split(separator).Select(object? (s) => s).ToArray();
    }

    private static string? Part(string function, object?[] arguments, Func<string, int, string> take) =>
        arguments[0] is null ? null : take(Arguments.Text(function, arguments[0]!), Arguments.Count(function, arguments[1]));
}

/// <summary>Functions of numbers.</summary>
internal static class NumberFunctions
{
    public static object? Abs(object? value) => value switch
    {
        null => null,
        long.MinValue => throw new CypherException(ErrorCodes.ArithmeticError, "long overflow"),
        long i => Box.Of(Math.Abs(i)),
        double d => Math.Abs(d),
        _ => throw Arguments.Wrong("abs", "Integer or Float", value),
    };

    public static object? Sign(object? value) => value switch
    {
        null => null,
        long i => Box.Of(Math.Sign(i)),
        double d => Box.Of(double.IsNaN(d) ? 0 : Math.Sign(d)),
        _ => throw Arguments.Wrong("sign", "Integer or Float", value),
    };

    public static object? Float(string function, object? value, Func<double, double> map) => value switch
    {
        null => null,
        long or double => map(Truth.ToDouble(value)),
        _ => throw Arguments.Wrong(function, "Integer or Float", value),
    };

    public static object? Round(object?[] arguments)
    {
        if (arguments.Any(a => a is null))
            return null;
        if (arguments[0] is not (long or double))
            throw Arguments.Wrong("round", "Integer or Float", arguments[0]!);
        var value = Truth.ToDouble(arguments[0]!);
        if (arguments.Length == 1)
            return Math.Floor(value + 0.5);
        return Math.Round(value, Math.Min(Arguments.Count("round", arguments[1]), 15), MidpointRounding.AwayFromZero);
    }
}

/// <summary>Makers of temporal values.</summary>
internal static class TemporalFunctions
{
    public static object? Date(object?[] arguments, DateTimeOffset now)
    {
        if (arguments.Length == 0)
            return new DateValue(DateOnly.FromDateTime(now.UtcDateTime));
        return arguments[0] switch
        {
            null => null,
            string s => TemporalParser.Date(s),
            DateValue d => d,
            LocalDateTimeValue d => new DateValue(d.Date),
            DateTimeValue d => new DateValue(d.Date),
            var other => throw Unsupported("date", other),
        };
    }

    public static object? Time(object?[] arguments, DateTimeOffset now)
    {
        if (arguments.Length == 0)
            return new TimeValue(now.UtcDateTime.TimeOfDay.Ticks * 100, 0);
        return arguments[0] switch
        {
            null => null,
            string s => TemporalParser.Time(s),
            TimeValue t => t,
            LocalTimeValue t => new TimeValue(t.NanosOfDay, 0),
            DateTimeValue d => new TimeValue(d.NanosOfDay, d.OffsetSeconds),
            LocalDateTimeValue d => new TimeValue(d.NanosOfDay, 0),
            var other => throw Unsupported("time", other),
        };
    }

    public static object? LocalTime(object?[] arguments, DateTimeOffset now)
    {
        if (arguments.Length == 0)
            return new LocalTimeValue(now.UtcDateTime.TimeOfDay.Ticks * 100);
        return arguments[0] switch
        {
            null => null,
            string s => TemporalParser.LocalTime(s),
            LocalTimeValue t => t,
            TimeValue t => new LocalTimeValue(t.NanosOfDay),
            DateTimeValue d => new LocalTimeValue(d.NanosOfDay),
            LocalDateTimeValue d => new LocalTimeValue(d.NanosOfDay),
            var other => throw Unsupported("localtime", other),
        };
    }

    public static object? DateTime(object?[] arguments, DateTimeOffset now)
    {
        if (arguments.Length == 0)
            return DateTimeValue.Of(now);
        return arguments[0] switch
        {
            null => null,
            string s => TemporalParser.DateTime(s),
            DateTimeValue d => d,
            LocalDateTimeValue d => new DateTimeValue(d.Date, d.NanosOfDay, 0, null),
            DateValue d => new DateTimeValue(d.Date, 0, 0, null),
            CypherMap map when map.Count == 1 && map["epochMillis"] is long millis => DateTimeValue.Of(Moment(() => DateTimeOffset.FromUnixTimeMilliseconds(millis))),
            CypherMap map when map.Count == 1 && map["epochSeconds"] is long seconds => DateTimeValue.Of(Moment(() => DateTimeOffset.FromUnixTimeSeconds(seconds))),
            var other => throw Unsupported("datetime", other),
        };
    }

    public static object? LocalDateTime(object?[] arguments, DateTimeOffset now)
    {
        if (arguments.Length == 0)
            return new LocalDateTimeValue(DateOnly.FromDateTime(now.UtcDateTime), now.UtcDateTime.TimeOfDay.Ticks * 100);
        return arguments[0] switch
        {
            null => null,
            string s => TemporalParser.LocalDateTime(s),
            LocalDateTimeValue d => d,
            DateTimeValue d => new LocalDateTimeValue(d.Date, d.NanosOfDay),
            DateValue d => new LocalDateTimeValue(d.Date, 0),
            var other => throw Unsupported("localdatetime", other),
        };
    }

    public static object? Duration(object? argument) => argument switch
    {
        null => null,
        string s => TemporalParser.Duration(s),
        DurationValue d => d,
        _ => throw Unsupported("duration", argument),
    };

    private static DateTimeOffset Moment(Func<DateTimeOffset> read)
    {
        try
        {
            return read();
        }
        catch (ArgumentOutOfRangeException outside)
        {
            throw new CypherException(ErrorCodes.ArgumentError, "The moment is outside the years 1 to 9999", null, outside);
        }
    }

    private static CypherException Unsupported(string function, object value) => CypherException.Type(
        $"The sandbox makes a {function} from its ISO 8601 text, not from {ValueText.TypeOf(value)}: {ValueText.Of(value)}");
}

/// <summary>What functions say of wrong arguments.</summary>
internal static class Arguments
{
    public static CypherException Wrong(string function, string expected, object value) => CypherException.Type(
        $"Invalid input for function '{function}()': expected {expected} but was {ValueText.TypeOf(value)}: {ValueText.Of(value)}");

    public static string Text(string function, object value) => value as string ?? throw Wrong(function, "String", value);

    public static int Count(string function, object? value)
    {
        if (value is not long number)
            throw value is null ? CypherException.Argument($"'{function}()' needs a number here, not null") : Wrong(function, "Integer", value);
        return number >= 0
            ? (int)Math.Min(number, int.MaxValue)
            : throw CypherException.Argument($"'{function}()' needs a number that is not negative, not {number}");
    }
}
