using System.Collections;
using System.Numerics;
using FsCheck;
using FsCheck.Fluent;

namespace SafeAI.Migration.Engine.Tests.Export;

/// <summary>Records of every type, with the odd values of each, and what it means that two are equal.</summary>
internal static class RecordGenerators
{
    private static readonly string[] s_texts =
    [
        "", " ", "plain", "a,b;c\td|e", "\"quoted\"", "two\nlines", "carriage\r\nreturn", "\\N", "\\.", "NULL", "null", "=1+1", "-5", "00042", "1e5", "true", "İıß", "e\u0301", "👩‍👩‍👧", "日本語", "'it''s'", "trailing ", "\u2028", "{\"a\":1}", "[1]", "\u0001\u001f", "\b\f\v",
    ];

    public static Gen<object?> Text { get; } = Gen.OneOf(
        Gen.Elements(s_texts).Select(t => (object?)t),
        from parts in Gen.ArrayOf(Gen.Elements(s_texts), 3) select (object?)string.Concat(parts));

    public static Gen<long> Long { get; } = Gen.OneOf(
        Gen.Elements(0L, 1L, -1L, long.MaxValue, long.MinValue, (long)int.MaxValue + 1), from high in Gen.Choose(int.MinValue, int.MaxValue) from low in Gen.Choose(0, int.MaxValue) select ((long)high << 32) | (uint)low);

    /// <summary>A generator for every type that values have, for lists of each, and for lists of lists.</summary>
    /// <param name="finest">The smallest part of a second that the destination holds, in ticks.</param>
    /// <param name="holdsAll">Whether it holds NUL, and points in time in UTC as such.</param>
    public static IReadOnlyDictionary<Type, Gen<object?>> Values(long finest, bool holdsAll = false)
    {
        var single = Single(finest, holdsAll);
        var all = new Dictionary<Type, Gen<object?>>(single);
        // A list of bytes is one value.
        foreach (var (type, values) in single.Where(s => s.Key != typeof(byte)))
        {
            all.Add(type.MakeArrayType(), List(type, type.IsValueType ? values : Gen.OneOf(values, Gen.Constant<object?>(null))));
            if (type == typeof(string) || type == typeof(long) || type == typeof(byte[]))
                all.Add(type.MakeArrayType().MakeArrayType(), List(type.MakeArrayType(), List(type, values)));
        }

        return all;
    }

    private static Gen<object?> List(Type element, Gen<object?> values) => Gen.ArrayOf(values, 3).Select(items =>
    {
        var list = Array.CreateInstance(element, items.Length);
        for (var i = 0; i < items.Length; i++)
            list.SetValue(items[i], i);
        return (object?)list;
    });

    private static Dictionary<Type, Gen<object?>> Single(long finest, bool holdsAll)
    {
        var ticks = from number in Long
                    let positive = number & long.MaxValue
                    from at in Gen.Elements(positive % DateTime.MaxValue.Ticks, 0, DateTime.MaxValue.Ticks, new DateTime(2024, 2, 29, 23, 59, 59).Ticks)
                    select at / finest * finest;
        var offset = Gen.Elements(0, 60, 330, -210, 840);
        var fraction = from number in Long from scale in Gen.Choose(0, 28) select new decimal((int)number, (int)(number >> 32), (int)(number * 31) & 0xfff, number < 0, (byte)scale);
        return new Dictionary<Type, Gen<object?>>
        {
            [typeof(string)] = holdsAll ? Gen.OneOf(Text, Text, Gen.Elements<object?>("\0", "a\0b", "'=1", "''@x")) : Text,
            [typeof(char)] = Gen.OneOf(Gen.Elements('a', '"', '\'', ',', ' ', '\t', '\n', '=', '\\', 'İ', '\u0301', '\uffff', '0'), Gen.Constant(holdsAll ? '\0' : 'b')).Select(c => (object?)c),
            [typeof(bool)] = Gen.Elements<object?>(true, false),
            [typeof(sbyte)] = Long.Select(n => (object?)(sbyte)n),
            [typeof(byte)] = Long.Select(n => (object?)(byte)n),
            [typeof(short)] = Long.Select(n => (object?)(short)n),
            [typeof(ushort)] = Long.Select(n => (object?)(ushort)n),
            [typeof(int)] = Long.Select(n => (object?)(int)n),
            [typeof(uint)] = Long.Select(n => (object?)(uint)n),
            [typeof(long)] = Long.Select(n => (object?)n),
            [typeof(ulong)] = Long.Select(n => (object?)(ulong)n),
            [typeof(BigInteger)] = Long.Select(n => (object?)(new BigInteger(n) * n * n)),
            [typeof(float)] = Gen.OneOf(Long.Select(n => BitConverter.Int32BitsToSingle((int)n)), Gen.Elements(0f, -0f, float.NaN, float.PositiveInfinity, float.MaxValue, float.Epsilon, 0.1f)).Select(n => (object?)n),
            [typeof(double)] = Gen.OneOf(Long.Select(BitConverter.Int64BitsToDouble), Gen.Elements(0d, -0d, double.NaN, double.NegativeInfinity, double.MaxValue, double.Epsilon, 0.1, 1e22)).Select(n => (object?)n),
            [typeof(decimal)] = Gen.OneOf(fraction, Gen.Elements(0m, 1.50m, decimal.MaxValue, decimal.MinValue, 0.0000000000000000000000000001m)).Select(n => (object?)n),
            [typeof(DateOnly)] = ticks.Select(t => (object?)DateOnly.FromDateTime(new DateTime(t))),
            [typeof(TimeOnly)] = ticks.Select(t => (object?)new TimeOnly(t % TimeSpan.TicksPerDay)),
            [typeof(DateTime)] = from t in ticks from kind in Gen.Elements(DateTimeKind.Unspecified, holdsAll ? DateTimeKind.Utc : DateTimeKind.Unspecified) select (object?)new DateTime(t, kind),
            [typeof(DateTimeOffset)] = from t in ticks from o in offset select (object?)new DateTimeOffset(Math.Clamp(t, TimeSpan.TicksPerDay, DateTime.MaxValue.Ticks / finest * finest - TimeSpan.TicksPerDay), TimeSpan.FromMinutes(o)),
            [typeof(TimeSpan)] = Gen.OneOf(Long.Select(n => n / 1000 / finest * finest), Gen.Elements(0L, -finest, TimeSpan.TicksPerDay)).Select(t => (object?)new TimeSpan(t)),
            [typeof(Guid)] = from a in Long from b in Long select (object?)new Guid([.. BitConverter.GetBytes(a), .. BitConverter.GetBytes(b)]),
            [typeof(byte[])] = Gen.ArrayOf(Gen.Choose(0, 255).Select(b => (byte)b)).Select(b => (object?)b),
        };
    }

    /// <summary>Maps, lists and scalars as a JSON file gives them.</summary>
    public static Gen<object?> Json(int depth = 2)
    {
        var scalar = Gen.OneOf(Text, Long.Select(n => (object?)n), Gen.Elements<object?>(true, false, null, 0.25, -17.5));
        if (depth == 0)
            return scalar;
        return Gen.OneOf(
            scalar,
            Gen.ArrayOf(Json(depth - 1), 3).Select(a => (object?)a),
            Gen.ArrayOf(Json(depth - 1), 2).Select(a => (object?)a.Select((v, i) => (v, i)).ToDictionary(p => $"key \"{p.i}\"", p => p.v)));
    }

    /// <summary>Some rows of a record with a field of each of the types, a quarter of them null.</summary>
    /// <param name="values">The types, and what values they have.</param>
    /// <param name="name">What the name of every fifth field begins with.</param>
    public static Gen<Record[]> Records(IReadOnlyDictionary<Type, Gen<object?>> values, string name = "a \"b\", ")
    {
        var schema = new RecordSchema("things", values.Keys.Select((t, i) => new RecordField($"{(i % 5 == 0 ? name : "f_")}{i}", t)));
        var fields = values.Values.Select(g => Gen.Frequency((3, g), (1, Gen.Constant<object?>(null)))).ToArray();
        var row = Gen.CollectToArray(fields);
        return Gen.ArrayOf(row, 4).Select(rows =>
        {
            var source = new RecordSource("made up");
            return rows.Select((r, i) => schema.CreateRecord(r, source, i + 1)).ToArray();
        });
    }

    /// <summary>Whether two values are of one type and say the same.</summary>
    public static bool AreEqual(object? a, object? b) => (a, b) switch
    {
        (null, null) => true,
        (null, _) or (_, null) => false,
        (double x, double y) => x.Equals(y) && (double.IsNegative(x) == double.IsNegative(y) || double.IsNaN(x)),
        (float x, float y) => x.Equals(y) && (float.IsNegative(x) == float.IsNegative(y) || float.IsNaN(x)),
        (DateTimeOffset x, DateTimeOffset y) => x.Equals(y),
        (DateTime x, DateTime y) => x.Equals(y) && x.Kind == y.Kind,
        (IDictionary x, IDictionary y) => x.Count == y.Count && x.Keys.Cast<object>().All(k => y.Contains(k) && AreEqual(x[k], y[k])),
        (Array x, Array y) => x.GetType() == y.GetType() && x.Length == y.Length && x.Cast<object?>().Zip(y.Cast<object?>()).All(p => AreEqual(p.First, p.Second)),
        _ => a.GetType() == b.GetType() && a.Equals(b),
    };

    /// <summary>What differs between what was written and what was read; null where nothing does.</summary>
    public static string? Difference(IReadOnlyList<Record> written, IReadOnlyList<Record> read)
    {
        if (written.Count != read.Count)
            return $"{written.Count} records were written, {read.Count} read.";
        for (var i = 0; i < written.Count; i++)
        {
            foreach (var field in written[i].GetSchema().Fields)
            {
                var index = read[i].GetSchema().IndexOf(field.Name);
                var (before, after) = (written[i].GetValue(field.Ordinal), index < 0 ? null : read[i].GetValue(index));
                if (!AreEqual(before, after))
                    return $"Record {i + 1}, {field.Name}: {before?.GetType().Name} '{Show(before)}' came back as {after?.GetType().Name} '{Show(after)}'.";
            }
        }

        return null;
    }

    private static string Show(object? value) => value is Array list ? string.Join("|", list.Cast<object?>()) : value?.ToString() ?? "null";
}
