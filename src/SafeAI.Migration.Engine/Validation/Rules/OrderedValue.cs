using System.Globalization;

namespace SafeAI.Migration.Engine.Validation.Rules;

/// <summary>Values that have an order: numbers as numbers, points in time as points in time, whatever they are written as.</summary>
internal static class OrderedValue
{
    /// <summary>Below zero, zero or above zero; other texts by their characters; null where the two cannot be compared.</summary>
    public static int? Compare(object left, object right)
    {
        if (NumberOf(left) is { } l && NumberOf(right) is { } r)
            return l.CompareTo(r);
        if (MomentOf(left) is { } from && MomentOf(right) is { } to)
            return from.CompareTo(to);
        return left is string a && right is string b ? string.CompareOrdinal(a, b) : null;
    }

    /// <summary>The number that a value is or is written as; null for others, and beyond 7e27.</summary>
    public static decimal? NumberOf(object value) => value switch
    {
        string text => decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null,
        long or int or short or byte or decimal or ulong or uint or ushort or sbyte => Convert.ToDecimal(value, CultureInfo.InvariantCulture),
        double v when Math.Abs(v) < 7e27 => (decimal)v,
        float v when Math.Abs(v) < 7e27 => (decimal)v,
        _ => null,
    };

    /// <summary>The point in time that a value is or is written as, without a zone as in UTC; null for others.</summary>
    public static DateTimeOffset? MomentOf(object value) => value switch
    {
        DateTimeOffset v => v,
        DateTime v => new DateTimeOffset(DateTime.SpecifyKind(v, DateTimeKind.Unspecified), TimeSpan.Zero),
        DateOnly v => new DateTimeOffset(v.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero),
        string { Length: >= 8 } v when char.IsAsciiDigit(v[0])
            && DateTimeOffset.TryParse(v, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed) => parsed,
        _ => null,
    };
}
