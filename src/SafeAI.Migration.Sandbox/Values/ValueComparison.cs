using SafeAI.Migration.Sandbox.Graph;

namespace SafeAI.Migration.Sandbox.Values;

/// <summary>A place in the order before every value of a type: a bound for ranges, never a value.</summary>
/// <param name="Rank">The type's rank.</param>
internal sealed record TypeStart(int Rank);

/// <summary>
/// The three ways in which Cypher compares: equality and comparability with the third truth value null,
/// orderability over all values (ORDER BY), and equivalence (DISTINCT, grouping, indexes).
/// </summary>
internal static class ValueComparison
{
    /// <summary>The total order of ORDER BY, ascending: null is last.</summary>
    public static IComparer<object?> Order { get; } = Comparer<object?>.Create(OrderOf);

    /// <summary>Equality in which null equals null and NaN equals NaN, with numbers compared by their value.</summary>
    public static IEqualityComparer<object?> Equivalence { get; } = new EquivalenceComparer();

    /// <summary><c>a = b</c>.</summary>
    public static bool? AreEqual(object? a, object? b)
    {
        if (a is null || b is null)
            return null;
        switch (a)
        {
            case string s:
                return b is string t && s == t;
            case long or double:
                return b is long or double && CompareNumbers(a, b) == 0;
            case bool x:
                return b is bool y && x == y;
            case object?[] list:
                return b is object?[] other ? AreListsEqual(list, other) : false;
            case CypherMap map:
                return b is CypherMap otherMap ? AreMapsEqual(map, otherMap) : false;
            case DateTimeValue moment when b is DateTimeValue otherMoment:
                return OrderTemporal(moment, otherMoment) == 0;
            case TemporalValue:
                return a.Equals(b);
            default:
                return ReferenceEquals(a, b);
        }
    }

    /// <summary>The order of <c>&lt;</c> and its kin: null when the values cannot be compared.</summary>
    public static int? Compare(object? a, object? b)
    {
        switch (a, b)
        {
            case (string s, string t):
                return CompareStrings(s, t);
            case (long or double, long or double):
                return CompareNumbers(a, b);
            case (bool x, bool y):
                return x.CompareTo(y);
            case (DurationValue, DurationValue):
                return null;
            case (TemporalValue x, TemporalValue y) when x.GetType() == y.GetType():
                return OrderTemporal(x, y);
            case (object?[] x, object?[] y):
                for (var i = 0; i < x.Length && i < y.Length; i++)
                {
                    if (Compare(x[i], y[i]) is not { } order)
                        return null;
                    if (order != 0)
                        return order;
                }

                return x.Length.CompareTo(y.Length);
            default:
                return null;
        }
    }

    /// <summary>Numbers by value across integers and floats; null when one is NaN.</summary>
    public static int? CompareNumbers(object a, object b)
    {
        if (a is long i && b is long j)
            return i.CompareTo(j);
        if ((a is double d && double.IsNaN(d)) || (b is double e && double.IsNaN(e)))
            return null;
        return OrderNumbers(a, b);
    }

    /// <summary>Strings by code point, as their UTF-8 bytes would sort.</summary>
    public static int CompareStrings(string a, string b)
    {
        var common = a.AsSpan().CommonPrefixLength(b);
        if (common == a.Length || common == b.Length)
            return a.Length.CompareTo(b.Length);
        // Surrogates stand for code points above all others, though their UTF-16 units sort below U+E000.
        return Rank(a[common]).CompareTo(Rank(b[common]));

        static int Rank(char c) => c < 0xD800 ? c : char.IsSurrogate(c) ? c + 0x10000 : c;
    }

    /// <summary>The sort order of types, ascending.</summary>
    public static int TypeRank(object? value) => value switch
    {
        CypherMap => 0,
        Node => 1,
        Relationship => 2,
        object?[] => 3,
        DateTimeValue => 5,
        LocalDateTimeValue => 6,
        DateValue => 7,
        TimeValue => 8,
        LocalTimeValue => 9,
        DurationValue => 10,
        string => 11,
        bool => 12,
        long or double => 13,
        null => 14,
        TypeStart start => start.Rank,
        _ => throw new InvalidOperationException($"A value of type {value.GetType()} cannot occur"),
    };

    private static int OrderOf(object? a, object? b)
    {
        if (a is string s && b is string t)
            return CompareStrings(s, t);
        if (a is long i && b is long j)
            return i.CompareTo(j);
        var (x, y) = (TypeRank(a), TypeRank(b));
        if (x != y)
            return x.CompareTo(y);
        if (a is TypeStart || b is TypeStart)
            return (a is TypeStart ? 0 : 1) - (b is TypeStart ? 0 : 1);
        return a switch
        {
            null => 0,
            bool p => p.CompareTo((bool)b!),
            long or double => OrderNumbers(a, b!),
            string p => CompareStrings(p, (string)b!),
            TemporalValue p => OrderTemporal(p, (TemporalValue)b!),
            Entity p => p.Id.CompareTo(((Entity)b!).Id),
            object?[] p => OrderLists(p, (object?[])b!),
            CypherMap p => OrderMaps(p, (CypherMap)b!),
            _ => 0,
        };
    }

    private static int OrderNumbers(object a, object b) => (a, b) switch
    {
        (long i, long j) => i.CompareTo(j),
        (double d, double e) => double.IsNaN(d) ? (double.IsNaN(e) ? 0 : 1) : double.IsNaN(e) ? -1 : d.CompareTo(e),
        (long i, double e) => OrderMixed(i, e),
        (double d, long j) => -OrderMixed(j, d),
        _ => 0,
    };

    // Exact even where a double cannot hold the integer.
    private static int OrderMixed(long i, double d)
    {
        if (double.IsNaN(d) || d >= 9223372036854775808.0)
            return -1;
        if (d < -9223372036854775808.0)
            return 1;
        var whole = Math.Truncate(d);
        var order = i.CompareTo((long)whole);
        return order != 0 ? order : 0d.CompareTo(d - whole);
    }

    private static int OrderTemporal(TemporalValue a, TemporalValue b) => (a, b) switch
    {
        (DateValue x, DateValue y) => x.Date.CompareTo(y.Date),
        (LocalTimeValue x, LocalTimeValue y) => x.NanosOfDay.CompareTo(y.NanosOfDay),
        (TimeValue x, TimeValue y) =>
            (x.NanosOfDay - (x.OffsetSeconds * 1_000_000_000L)).CompareTo(y.NanosOfDay - (y.OffsetSeconds * 1_000_000_000L)),
        (LocalDateTimeValue x, LocalDateTimeValue y) => (x.Date, x.NanosOfDay).CompareTo((y.Date, y.NanosOfDay)),
        (DateTimeValue x, DateTimeValue y) =>
            (x.EpochSeconds, x.NanosOfDay % 1_000_000_000, x.Zone ?? "").CompareTo((y.EpochSeconds, y.NanosOfDay % 1_000_000_000, y.Zone ?? "")),
        (DurationValue x, DurationValue y) => x.AverageSeconds.CompareTo(y.AverageSeconds),
        _ => 0,
    };

    private static int OrderLists(object?[] a, object?[] b)
    {
        for (var i = 0; i < a.Length && i < b.Length; i++)
        {
            var order = OrderOf(a[i], b[i]);
            if (order != 0)
                return order;
        }

        return a.Length.CompareTo(b.Length);
    }

    private static int OrderMaps(CypherMap a, CypherMap b)
    {
        var order = a.Count.CompareTo(b.Count);
        if (order != 0)
            return order;
        string[] x = [.. a.Shape.Keys];
        string[] y = [.. b.Shape.Keys];
        Array.Sort(x, CompareStrings);
        Array.Sort(y, CompareStrings);
        for (var i = 0; i < x.Length && order == 0; i++)
        {
            order = CompareStrings(x[i], y[i]);
        }

        for (var i = 0; i < x.Length && order == 0; i++)
        {
            order = OrderOf(a[x[i]], b[x[i]]);
        }

        return order;
    }

    private static bool? AreListsEqual(object?[] a, object?[] b)
    {
        if (a.Length != b.Length)
            return false;
        bool? result = true;
        for (var i = 0; i < a.Length; i++)
        {
            var equal = AreEqual(a[i], b[i]);
            if (equal is false)
                return false;
            result &= equal;
        }

        return result;
    }

    private static bool? AreMapsEqual(CypherMap a, CypherMap b)
    {
        if (a.Count != b.Count)
            return false;
        bool? result = true;
        for (var i = 0; i < a.Count; i++)
        {
            var key = a.Shape[i];
            if (!b.Contains(key))
                return false;
            var equal = AreEqual(a.Values[i], b[key]);
            if (equal is false)
                return false;
            result &= equal;
        }

        return result;
    }

    private sealed class EquivalenceComparer : IEqualityComparer<object?>
    {
        public new bool Equals(object? a, object? b) => ReferenceEquals(a, b) || (a, b) switch
        {
            (string s, string t) => s == t,
            (Entity, _) or (_, Entity) => false,
            (object?[] x, object?[] y) => x.Length == y.Length && OrderLists(x, y) == 0,
            _ => OrderOf(a, b) == 0 && (a is not DurationValue || a.Equals(b)),
        };

        public int GetHashCode(object? value)
        {
            switch (value)
            {
                case null:
                    return 0;
                case string s:
                    return s.GetHashCode(StringComparison.Ordinal);
                case long i:
                    return i.GetHashCode();
                case double d:
                    return d == Math.Floor(d) && Math.Abs(d) < 9e18 ? ((long)d).GetHashCode() : d.GetHashCode();
                case object?[] list:
                    var hash = new HashCode();
                    foreach (var item in list)
                    {
                        hash.Add(GetHashCode(item));
                    }

                    return hash.ToHashCode();
                case CypherMap map:
                    var sum = map.Count;
                    for (var i = 0; i < map.Count; i++)
                    {
                        sum += HashCode.Combine(map.Shape[i].GetHashCode(StringComparison.Ordinal), GetHashCode(map.Values[i]));
                    }

                    return sum;
                case DateTimeValue moment:
                    return moment.EpochSeconds.GetHashCode();
                case TimeValue time:
                    return (time.NanosOfDay - (time.OffsetSeconds * 1_000_000_000L)).GetHashCode();
                default:
                    return value.GetHashCode();
            }
        }
    }
}
