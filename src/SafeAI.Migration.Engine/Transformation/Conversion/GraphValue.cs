using System.Collections;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>
/// The values that the graph can store: string, long, double, bool, <see cref="DateTimeOffset"/>, <see cref="DateTime"/>
/// without a zone, <see cref="DateOnly"/>, <see cref="TimeOnly"/>, <see cref="TimeSpan"/>, and arrays of one of these
/// without null.
/// </summary>
public static class GraphValue
{
    private static readonly object s_true = true;
    private static readonly object s_false = false;

    /// <summary>Widens a value to one that the graph can store, without changing what it means.</summary>
    /// <param name="value">Any value; null stays null.</param>
    /// <returns>The value itself where it is one of the graph's own.</returns>
    /// <exception cref="MigrationException"><see cref="ErrorCode.UnsupportedValue"/> or <see cref="ErrorCode.LossyConversion"/>.</exception>
    public static object? Normalize(object? value) => TryNormalize(value, out var result, out var code, out var reason)
        ? result
        : throw new MigrationException(code, reason) { Stage = MigrationStage.Transform };

    /// <summary>Widens a value to one that the graph can store, or says why it cannot be stored.</summary>
    /// <param name="value">Any value; null stays null.</param>
    /// <param name="result">The value to store.</param>
    /// <param name="code">One of <see cref="ErrorCode"/>; empty where it succeeded.</param>
    /// <param name="reason">Why it cannot be stored and what to do; empty where it succeeded.</param>
    public static bool TryNormalize(object? value, out object? result, out string code, out string reason)
    {
        code = reason = "";
        switch (value)
        {
            case null or long or DateTimeOffset or DateOnly or TimeOnly or TimeSpan:
                result = value;
                return true;
            case string text:
                result = text;
                return !HasLoneSurrogate(text)
                    || Refuse(out result, out code, out reason, ErrorCode.UnsupportedValue,
                        "The text holds half of a surrogate pair, which no encoding can store. Repair it at the source or remove it with a cleaning rule.");
            case double number:
                result = value;
                return double.IsFinite(number)
                    || Refuse(out result, out code, out reason, ErrorCode.UnsupportedValue,
                        "Not-a-number and infinity cannot be stored. Map them to null or to a text.");
            case bool truth:
                result = truth ? s_true : s_false;
                return true;
            case int number:
                result = (long)number;
                return true;
            case decimal number:
                return FromDecimal(number, out result, out code, out reason);
            case DateTime moment:
                result = moment.Kind == DateTimeKind.Unspecified ? value : new DateTimeOffset(moment);
                return true;
            case Guid or Uri or IPAddress or PhysicalAddress or char:
                return TryNormalize(GraphText.Format(value), out result, out code, out reason);
            case byte[] bytes when NestedValue.IsBytes(value):
                result = Convert.ToBase64String(bytes);
                return true;
            case Enum name:
                result = name.ToString();
                return true;
            case sbyte or byte or short or ushort or uint:
                result = Convert.ToInt64(value, CultureInfo.InvariantCulture);
                return true;
            case float single:
                // The shortest text of the number, read as a double: 0.1f is stored as 0.1.
                return TryNormalize(
                    float.IsFinite(single) ? double.Parse(single.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : double.NaN,
                    out result, out code, out reason);
            case ulong or UInt128 or Int128 or BigInteger:
                return FromBigInteger(value, out result, out code, out reason);
            case Half half:
                return TryNormalize((float)half, out result, out code, out reason);
            case DBNull:
                result = null;
                return true;
            case JsonElement or JsonNode or JsonDocument:
                var inner = NestedValue.Unwrap(value);
                return inner is JsonElement { ValueKind: JsonValueKind.Array }
                    ? FromList(NestedValue.Elements(inner), out result, out code, out reason)
                    : inner is JsonElement
                        ? RefuseMap(out result, out code, out reason)
                        : TryNormalize(inner, out result, out code, out reason);
            case IDictionary or IEnumerable<KeyValuePair<string, object?>>:
                return RefuseMap(out result, out code, out reason);
            case string[] texts when Array.TrueForAll(texts, t => t is not null && !HasLoneSurrogate(t)):
            // The runtime takes lists of unsigned numbers for such, too.
            case long[] when value.GetType() != typeof(long[]):
                return FromList((IEnumerable)value, out result, out code, out reason);
            case long[] or bool[] or DateTimeOffset[] or DateOnly[] or TimeOnly[] or TimeSpan[]:
                result = value;
                return true;
            case double[] numbers when Array.TrueForAll(numbers, double.IsFinite):
                result = value;
                return true;
            case IEnumerable list:
                return FromList(list, out result, out code, out reason);
            default:
                return Refuse(out result, out code, out reason, ErrorCode.UnsupportedValue,
                    $"A value of the type {value.GetType().Name} cannot be stored. Convert it to a text or a number.");
        }
    }

    /// <summary>Whether a text cannot be encoded because half of a surrogate pair is missing.</summary>
    internal static bool HasLoneSurrogate(string text)
    {
        var letters = text.AsSpan();
        // Most texts are short and have no letter that far; the first bit of none is set then.
        var i = letters.Length > 64 || HasHighLetter(letters) ? letters.IndexOfAnyInRange('\ud800', '\udfff') : -1;
        for (; i >= 0 && i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return true;
            i++;
        }

        return false;
    }

    private static bool HasHighLetter(ReadOnlySpan<char> letters)
    {
        const ulong FirstBits = 0x8000_8000_8000_8000;
        var four = MemoryMarshal.Cast<char, ulong>(letters);
        foreach (var some in four)
        {
            if ((some & FirstBits) != 0)
                return true;
        }

        foreach (var letter in letters[(four.Length * 4)..])
        {
            if (letter >= 0x8000)
                return true;
        }

        return false;
    }

    /// <summary>Whether a decimal survives being stored as a double: printed back, it has the same value.</summary>
    internal static bool TryToDouble(decimal number, out double result)
    {
        result = (double)number;
        // 15 digits always fit, and the cast back rounds to 15; only longer numbers need the exact comparison.
        return (Math.Abs(result) < 7e28 && (decimal)result == number)
            || (decimal.TryParse(result.ToString("R", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture, out var back)
                && back == number);
    }

    private static bool FromDecimal(decimal number, out object? result, out string code, out string reason)
    {
        code = reason = "";
        if (TryToDouble(number, out var stored))
        {
            result = stored;
            return true;
        }

        return Refuse(out result, out code, out reason, ErrorCode.LossyConversion,
            "The number has more digits than a floating-point number keeps. Map it with the type 'string', or allow the loss with \"lossy\": \"allow\".");
    }

    private static bool FromBigInteger(object value, out object? result, out string code, out string reason)
    {
        code = reason = "";
        var number = value switch
        {
            ulong n => n,
            UInt128 n => (BigInteger)n,
            Int128 n => (BigInteger)n,
            _ => (BigInteger)value,
        };
        if (number >= long.MinValue && number <= long.MaxValue)
        {
            result = (long)number;
            return true;
        }

        return Refuse(out result, out code, out reason, ErrorCode.LossyConversion,
            "The number does not fit 64 bits. Map it with the type 'string'.");
    }

    private static bool FromList(IEnumerable list, out object? result, out string code, out string reason)
    {
        var items = new List<object>();
        foreach (var item in list)
        {
            if (NestedValue.IsList(item))
                return Refuse(out result, out code, out reason, ErrorCode.UnsupportedValue,
                    "A list inside a list cannot be stored. Explode it, or map it with the type 'json'.");
            if (!TryNormalize(item, out var value, out code, out reason))
            {
                result = null;
                return false;
            }

            if (value is null)
                return Refuse(out result, out code, out reason, ErrorCode.UnsupportedValue,
                    "A list with null in it cannot be stored. Remove the null with the function 'compact', or map it with the type 'json'.");
            items.Add(value);
        }

        code = reason = "";
        var type = items.Count == 0 ? typeof(string) : items[0].GetType();
        if (items.TrueForAll(i => i.GetType() == type))
        {
            var array = Array.CreateInstance(type, items.Count);
            ((ICollection)items).CopyTo(array, 0);
            result = array;
            return true;
        }

        // JSON does not tell 1 from 1.0, so a list of both is one of floating-point numbers.
        if (items.TrueForAll(i => i is double or long and >= -(1L << 53) and <= 1L << 53))
        {
            result = items.Select(i => Convert.ToDouble(i, CultureInfo.InvariantCulture)).ToArray();
            return true;
        }

        return Refuse(out result, out code, out reason, ErrorCode.UnsupportedValue,
            "A list of values of several types cannot be stored. Convert its elements to one type, for instance 'list<string>', or map it with the type 'json'.");
    }

    private static bool RefuseMap(out object? result, out string code, out string reason) =>
        Refuse(out result, out code, out reason, ErrorCode.UnsupportedValue,
            "A nested map cannot be stored as a property. Map its members as 'field.member', flatten it, or keep it as text with the type 'json'.");

    private static bool Refuse(out object? result, out string code, out string reason, string because, string text)
    {
        result = null;
        code = because;
        reason = text;
        return false;
    }
}
