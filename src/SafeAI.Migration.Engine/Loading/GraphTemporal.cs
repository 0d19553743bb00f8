using System.Buffers;
using System.Globalization;
using System.Xml;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// Temporal values as text, in the forms of ISO 8601 that the platform's store reads and writes, and the names of
/// the functions that make them from text.
/// </summary>
public static class GraphTemporal
{
    /// <summary>Whether a value is one of the temporal kinds.</summary>
    public static bool IsTemporal(object? value) =>
        value is not (null or string or long or bool or double) && value is (DateTimeOffset or DateTime or DateOnly or TimeOnly or TimeSpan);

    /// <summary>The temporal kind of a value, or of the values of a list; null where it is none.</summary>
    internal static Type? KindOf(object? value)
    {
        // Nearly every value is one of these, and telling a list from them takes longer.
        if (value is null or string or long or bool or double)
            return null;
        if (value is Array { Length: > 0 } list)
            value = list.GetValue(0);
        return IsTemporal(value) ? value!.GetType() : null;
    }

    /// <summary>The function that turns the text into a value, in a statement.</summary>
    /// <exception cref="ArgumentException">The type is not temporal.</exception>
    public static string FunctionFor(Type type) =>
        type == typeof(DateTimeOffset) ? "datetime"
        : type == typeof(DateTime) ? "localdatetime"
        : type == typeof(DateOnly) ? "date"
        : type == typeof(TimeOnly) ? "localtime"
        : type == typeof(TimeSpan) ? "duration"
        : throw new ArgumentException($"{type} is not a temporal type.", nameof(type));

    /// <summary>The value as text.</summary>
    /// <exception cref="ArgumentException">The value is not temporal.</exception>
    public static string Format(object value) => value switch
    {
        DateTimeOffset { Offset.Ticks: 0 } v => v.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture),
        DateTimeOffset v => v.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", CultureInfo.InvariantCulture),
        DateTime v => v.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture),
        DateOnly v => v.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        TimeOnly v => v.ToString("HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture),
        TimeSpan v => XmlConvert.ToString(v),
        _ => throw new ArgumentException($"{value?.GetType()} is not a temporal type.", nameof(value)),
    };

    /// <summary>Reads text of the form that <see cref="Format"/> writes; seconds and a fraction may be left out, as the store does.</summary>
    public static bool TryParse(Type type, string text, out object? value)
    {
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(text);
        value = null;
        var invariant = CultureInfo.InvariantCulture;

        // Nine digits of a second are more than .NET keeps; what it would drop must be zero.
        var trimmed = TrimFraction(text);
        if (trimmed is null)
            return false;
        if (type == typeof(DateTimeOffset))
        {
            if (DateTimeOffset.TryParseExact(trimmed, ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK"], invariant, DateTimeStyles.AssumeUniversal, out var v))
                value = v;
        }
        else if (type == typeof(DateTime))
        {
            if (DateTime.TryParseExact(trimmed, ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", "yyyy-MM-dd'T'HH:mm"], invariant, DateTimeStyles.None, out var v))
                value = v;
        }
        else if (type == typeof(DateOnly))
        {
            if (DateOnly.TryParseExact(trimmed, "yyyy-MM-dd", invariant, DateTimeStyles.None, out var v))
                value = v;
        }
        else if (type == typeof(TimeOnly))
        {
            if (TimeOnly.TryParseExact(trimmed, ["HH:mm:ss.FFFFFFF", "HH:mm"], invariant, DateTimeStyles.None, out var v))
                value = v;
        }
        else if (type == typeof(TimeSpan) && TryParseDuration(text, out var v))
        {
            value = v;
        }

        return value is not null;
    }

    /// <summary>
    /// A value of an answer, in which points in time are text, as the value that the store holds. What has no exact
    /// counterpart here (more digits of a second, months in a duration, a named zone) stays text.
    /// </summary>
    /// <param name="kind">The value's type in the words of the store, such as <c>ZONED DATETIME NOT NULL</c>.</param>
    /// <param name="value">The value as it was read.</param>
    public static object? FromAnswer(string kind, object? value)
    {
        ArgumentNullException.ThrowIfNull(kind);
        var type = kind.StartsWith("LIST<", StringComparison.Ordinal) ? kind[5..] : kind;
        var target = type.StartsWith("ZONED DATETIME", StringComparison.Ordinal) ? typeof(DateTimeOffset)
            : type.StartsWith("LOCAL DATETIME", StringComparison.Ordinal) ? typeof(DateTime)
            : type.StartsWith("DATE", StringComparison.Ordinal) ? typeof(DateOnly)
            : type.StartsWith("LOCAL TIME", StringComparison.Ordinal) ? typeof(TimeOnly)
            : type.StartsWith("DURATION", StringComparison.Ordinal) ? typeof(TimeSpan)
            : null;
        if (target is null)
            return value;
        if (value is string text)
            return TryParse(target, text, out var parsed) ? parsed : value;
        if (value is not string[] texts)
            return value;
        var list = Array.CreateInstance(target, texts.Length);
        for (var i = 0; i < texts.Length; i++)
        {
            if (!TryParse(target, texts[i], out var element))
                return value;
            list.SetValue(element, i);
        }

        return list;
    }

    // More than fits into a value in any unit, and little enough to be reckoned with.
    private const decimal MostOfUnit = 1e13m;

    private static readonly SearchValues<char> s_amount = SearchValues.Create("-+.0123456789");

    // A month or a year has no fixed length. The store gives each part a sign of its own: P-1DT-6H, also P1DT-2H.
    private static bool TryParseDuration(string text, out TimeSpan value)
    {
        value = default;
        var rest = text.AsSpan();
        var isNegative = rest is ['-', ..];
        if (isNegative)
            rest = rest[1..];
        if (rest is not ['P', _, ..])
            return false;
        rest = rest[1..];
        var ticks = 0m;
        var (units, isTime) = ("WD", false);
        while (!rest.IsEmpty)
        {
            if (rest[0] == 'T' && !isTime)
            {
                (units, isTime) = ("HMS", true);
                rest = rest[1..];
            }

            var end = rest.IndexOfAnyExcept(s_amount);
            var place = end < 0 ? -1 : units.IndexOf(rest[end], StringComparison.Ordinal);
            if (place < 0
                || !decimal.TryParse(rest[..end], NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)
                || amount is < -MostOfUnit or > MostOfUnit)
                return false;
            ticks += amount * units[place] switch
            {
                'W' => 7 * TimeSpan.TicksPerDay,
                'D' => TimeSpan.TicksPerDay,
                'H' => TimeSpan.TicksPerHour,
                'M' => TimeSpan.TicksPerMinute,
                _ => TimeSpan.TicksPerSecond,
            };
            units = units[(place + 1)..];
            rest = rest[(end + 1)..];
        }

        if (isNegative)
            ticks = -ticks;
        if (ticks != decimal.Truncate(ticks) || ticks is < long.MinValue or > long.MaxValue)
            return false;
        value = TimeSpan.FromTicks((long)ticks);
        return true;
    }

    private static string? TrimFraction(string text)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0)
            return text;
        var end = dot + 1;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
            end++;
        if (end - dot - 1 <= 7)
            return text;
        return text.AsSpan(dot + 8, end - dot - 8).Trim('0').IsEmpty ? string.Concat(text.AsSpan(0, dot + 8), text.AsSpan(end)) : null;
    }
}
