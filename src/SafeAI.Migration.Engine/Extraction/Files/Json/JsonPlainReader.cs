using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace SafeAI.Migration.Engine.Extraction.Files.Json;

/// <summary>
/// Reads records in the form that nearly all have: the keys of the shape, each once, and values that need no second
/// look. Whatever else there is, right or wrong, is left to <see cref="JsonRecordParser"/>, which alone judges.
/// </summary>
internal sealed class JsonPlainReader
{
    private const int MostFields = 64;

    // So many digits make a whole number that fits, and a fraction that is the double nearest to it.
    private const int LongDigits = 18;
    private const int DoubleDigits = 15;

    private static readonly SearchValues<byte> s_endsText = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(b => (byte)b), (byte)'"', (byte)'\\']);
    private static readonly double[] s_powers = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    private static readonly object s_true = true;
    private static readonly object s_false = false;

    // Each key as it stands in front of its value.
    private readonly byte[][] _keys;
    private readonly Type[] _types;
    private readonly int _maxDepth;

    private JsonPlainReader(byte[][] keys, Type[] types, int maxDepth)
    {
        _keys = keys;
        _types = types;
        _maxDepth = maxDepth;
    }

    /// <summary>Makes a reader; null for a shape that has too many fields, or names that are not written as they are.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="maxDepth">How deep values may be nested within a record.</param>
    public static JsonPlainReader? For(JsonShape shape, int maxDepth) =>
        shape.Count <= MostFields && shape.Schema.Fields.All(f => Encoding.UTF8.GetBytes(f.Name).AsSpan().IndexOfAny(s_endsText) < 0)
            ? new JsonPlainReader([.. shape.Schema.Fields.Select(f => Encoding.UTF8.GetBytes($"\"{f.Name}\":"))], shape.Types, maxDepth)
            : null;

    /// <summary>Reads an object.</summary>
    /// <param name="text">The object in valid UTF-8, with nothing before and after it.</param>
    /// <param name="values">Receives the values in the order of the shape; as many as it has fields, all null.</param>
    /// <returns>Whether it is in that form; where not, some values may be there.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryRead(ReadOnlySpan<byte> text, object?[] values)
    {
        if (text.Length < 2 || text[0] != '{')
            return false;
        var place = 1;
        var seen = 0UL;
        var expected = 0;
        if (SkipSpace(text, ref place) == '}')
            return place + 1 == text.Length;
        while (true)
        {
            var field = expected;
            if (expected < _keys.Length && text[place..].StartsWith(_keys[expected]))
                place += _keys[expected].Length;
            else if (!TryFindKey(text, ref place, out field))
                return false;
            var bit = 1UL << field;
            if ((seen & bit) != 0 || !TryReadValue(text, ref place, 2, out var value) || !Fits(value, _types[field]))
                return false;
            values[field] = value;
            seen |= bit;
            expected = field + 1;
            switch (SkipSpace(text, ref place))
            {
                case (byte)',':
                    place++;
                    SkipSpace(text, ref place);
                    break;
                case (byte)'}':
                    return place + 1 == text.Length;
                default:
                    return false;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Fits(object? value, Type type) =>
        value is null || (type == typeof(string) ? value is string : type == typeof(object) || value.GetType() == type);

    private bool TryFindKey(ReadOnlySpan<byte> text, ref int place, out int field)
    {
        field = -1;
        if (place >= text.Length || text[place] != '"')
            return false;
        var length = FindEndOfText(text[(place + 1)..], out _);
        if (length < 0 || text[place + 1 + length] != '"')
            return false;
        var name = text.Slice(place, length + 2);
        place += length + 2;
        if (SkipSpace(text, ref place) != ':')
            return false;
        place++;
        for (var i = 0; i < _keys.Length; i++)
        {
            if (_keys[i].Length != name.Length + 1 || !_keys[i].AsSpan().StartsWith(name))
                continue;
            field = i;
            return true;
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool TryReadValue(ReadOnlySpan<byte> text, ref int place, int depth, out object? value)
    {
        value = null;
        switch (SkipSpace(text, ref place))
        {
            case (byte)'"':
                return TryReadText(text, ref place, out value);
            case (byte)'t' when text[place..].StartsWith("true"u8):
                value = s_true;
                place += 4;
                return true;
            case (byte)'f' when text[place..].StartsWith("false"u8):
                value = s_false;
                place += 5;
                return true;
            case (byte)'n' when text[place..].StartsWith("null"u8):
                place += 4;
                return true;
            case (byte)'[' when depth <= _maxDepth:
                return TryReadArray(text, ref place, depth, out value);
            case (byte)'{' when depth <= _maxDepth:
                return TryReadObject(text, ref place, depth, out value);
            case (byte)'-' or (>= (byte)'0' and <= (byte)'9'):
                return TryReadNumber(text, ref place, out value);
            default:
                return false;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool TryReadText(ReadOnlySpan<byte> text, ref int place, out object? value)
    {
        value = null;
        var rest = text[(place + 1)..];
        var length = FindEndOfText(rest, out var isAscii);
        if (length < 0)
            return false;
        if (rest[length] == '"')
        {
            value = (isAscii ? Encoding.Latin1 : Encoding.UTF8).GetString(rest[..length]);
            place += length + 2;
            return true;
        }

        return rest[length] == '\\' && TryReadEscaped(text, ref place, out value);
    }

    /// <summary>Where a text ends, is escaped or is not well-formed; -1 where it goes on to the end.</summary>
    /// <remarks>Eight bytes at a time: texts are short, and the framework's search is slow until it has warmed up.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int FindEndOfText(ReadOnlySpan<byte> text, out bool isAscii)
    {
        const ulong ones = 0x0101_0101_0101_0101;
        const ulong highs = ones * 0x80;
        var all = 0UL;
        var place = 0;
        while (place + sizeof(ulong) <= text.Length)
        {
            var bytes = BinaryPrimitives.ReadUInt64LittleEndian(text[place..]);
            var quotes = bytes ^ (ones * '"');
            var escapes = bytes ^ (ones * '\\');
            // The high bit of each byte that is a quote, an escape, or less than a space; perhaps of some behind such a byte.
            var found = (((quotes - ones) & ~quotes) | ((escapes - ones) & ~escapes) | ((bytes - (ones * ' ')) & ~bytes)) & highs;
            if (found != 0)
            {
                var before = BitOperations.TrailingZeroCount(found) & ~7;
                isAscii = ((all | (bytes & ((1UL << before) - 1))) & highs) == 0;
                return place + (before >> 3);
            }

            all |= bytes;
            place += sizeof(ulong);
        }

        for (; place < text.Length; place++)
        {
            if (text[place] is < (byte)' ' or (byte)'"' or (byte)'\\')
            {
                isAscii = (all & highs) == 0;
                return place;
            }

            all |= text[place];
        }

        isAscii = false;
        return -1;
    }

    private static bool TryReadEscaped(ReadOnlySpan<byte> text, ref int place, out object? value)
    {
        value = null;
        try
        {
            var reader = new Utf8JsonReader(text[place..], isFinalBlock: false, default);
            if (!reader.Read())
                return false;
            value = reader.GetString();
            place += (int)reader.BytesConsumed;
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool TryReadNumber(ReadOnlySpan<byte> text, ref int place, out object? value)
    {
        value = null;
        var at = place;
        var isNegative = text[at] == '-';
        if (isNegative)
            at++;
        var first = at;
        var number = 0L;
        while (at < text.Length && (uint)(text[at] - '0') <= 9 && at - first <= LongDigits)
            number = (number * 10) + (text[at++] - '0');
        var whole = at - first;
        // Nothing but a zero alone begins with a zero.
        if (whole is 0 or > LongDigits || at >= text.Length || (text[first] == '0' && whole > 1))
            return false;
        if (text[at] == '.')
        {
            var point = at++;
            while (at < text.Length && (uint)(text[at] - '0') <= 9 && at - first <= DoubleDigits)
                number = (number * 10) + (text[at++] - '0');
            var fraction = at - point - 1;
            if (fraction == 0 || whole + fraction > DoubleDigits || !EndsValue(text, at))
                return false;
            // Both are whole numbers that a double holds, and so the quotient is the nearest double.
            var quotient = number / s_powers[fraction];
            value = isNegative ? -quotient : quotient;
        }
        else if (EndsValue(text, at))
        {
            value = isNegative ? -number : number;
        }
        else
        {
            return false;
        }

        place = at;
        // A negative zero is something of its own.
        return number != 0 || !isNegative;
    }

    private static bool EndsValue(ReadOnlySpan<byte> text, int place) =>
        place < text.Length && text[place] is (byte)',' or (byte)'}' or (byte)']' or (byte)' ';

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool TryReadArray(ReadOnlySpan<byte> text, ref int place, int depth, out object? value)
    {
        value = null;
        place++;
        if (SkipSpace(text, ref place) == ']')
        {
            place++;
            value = Array.Empty<object?>();
            return true;
        }

        var first = default(FirstItems);
        List<object?>? later = null;
        var count = 0;
        while (TryReadValue(text, ref place, depth + 1, out var item))
        {
            if (count < FirstItems.Length)
                first[count] = item;
            else
                (later ??= []).Add(item);
            count++;
            switch (SkipSpace(text, ref place))
            {
                case (byte)',':
                    place++;
                    break;
                case (byte)']':
                    place++;
                    value = (object?[])[.. first[..Math.Min(count, FirstItems.Length)], .. later ?? []];
                    return true;
                default:
                    return false;
            }
        }

        return false;
    }

    private bool TryReadObject(ReadOnlySpan<byte> text, ref int place, int depth, out object? value)
    {
        var map = new Dictionary<string, object?>(StringComparer.Ordinal);
        value = map;
        place++;
        if (SkipSpace(text, ref place) == '}')
        {
            place++;
            return true;
        }

        while (SkipSpace(text, ref place) == '"' && TryReadText(text, ref place, out var name) && SkipSpace(text, ref place) == ':')
        {
            place++;
            if (!TryReadValue(text, ref place, depth + 1, out var inner) || !map.TryAdd((string)name!, inner))
                return false;
            switch (SkipSpace(text, ref place))
            {
                case (byte)',':
                    place++;
                    break;
                case (byte)'}':
                    place++;
                    return true;
                default:
                    return false;
            }
        }

        return false;
    }

    /// <summary>The first byte that is no white space; 0 at the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte SkipSpace(ReadOnlySpan<byte> text, ref int place)
    {
        while ((uint)place < (uint)text.Length)
        {
            var b = text[place];
            if (b is not ((byte)' ' or (byte)'\t' or (byte)'\r'))
                return b;
            place++;
        }

        return 0;
    }

    /// <summary>The items of an array that is short, as nearly all are.</summary>
    [InlineArray(Length)]
    private struct FirstItems
    {
        public const int Length = 8;

        private object? _item;
    }
}
