using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Validation.Schema;

/// <summary>The types of JSON, as bits, so that a check can name those that it applies to.</summary>
[Flags]
internal enum JsonKind
{
    None = 0,
    Null = 1,
    Boolean = 2,
    Number = 4,
    Text = 8,
    List = 16,
    Object = 32,

    /// <summary>A number without a fractional part; comes together with <see cref="Number"/>.</summary>
    Integer = 64,
}

/// <summary>Values of .NET as the JSON that they would be written as.</summary>
internal static class JsonValue
{
    // Just below the largest decimal.
    private const double LargestDouble = 7.9e28;

    public static JsonKind KindOf(object? value) => value switch
    {
        null or DBNull => JsonKind.Null,
        string or char => JsonKind.Text,
        long or int or short or byte or sbyte or ushort or uint or ulong or BigInteger => JsonKind.Number | JsonKind.Integer,
        bool => JsonKind.Boolean,
        double v => double.IsFinite(v) ? double.IsInteger(v) ? JsonKind.Number | JsonKind.Integer : JsonKind.Number : JsonKind.Text,
        float v => float.IsFinite(v) ? float.IsInteger(v) ? JsonKind.Number | JsonKind.Integer : JsonKind.Number : JsonKind.Text,
        decimal v => decimal.IsInteger(v) ? JsonKind.Number | JsonKind.Integer : JsonKind.Number,
        DateTimeOffset or DateTime or DateOnly or TimeOnly or TimeSpan or Guid => JsonKind.Text,
        byte[] when NestedValue.IsBytes(value) => JsonKind.Text,
        JsonElement v => KindOf(FromElement(v)),
        Record or GraphItem or IDictionary => JsonKind.Object,
        IEnumerable => JsonKind.List,
        _ => JsonKind.Text,
    };

    /// <summary>The text that a value of kind <see cref="JsonKind.Text"/> is written as.</summary>
    public static string TextOf(object value) => value switch
    {
        string v => v,
        DateTimeOffset v => v.ToString("O", CultureInfo.InvariantCulture),
        DateTime v => v.ToString("O", CultureInfo.InvariantCulture),
        DateOnly v => v.ToString("O", CultureInfo.InvariantCulture),
        TimeOnly v => v.ToString("O", CultureInfo.InvariantCulture),
        byte[] v when NestedValue.IsBytes(v) => Convert.ToBase64String(v),
        JsonElement v => v.GetString() ?? "",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    /// <summary>Compares a number with a limit: below zero, zero, above zero.</summary>
    public static int Compare(object value, decimal limit)
    {
        switch (value)
        {
            case long v: return ((decimal)v).CompareTo(limit);
            case int v: return ((decimal)v).CompareTo(limit);
            case decimal v: return v.CompareTo(limit);
            case JsonElement v: return Compare(FromElement(v)!, limit);
            default:
                return NumberOf(value) switch
                {
                    decimal v => v.CompareTo(limit),
                    var v => ((BigInteger)v).Sign, // It is beyond every limit.
                };
        }
    }

    /// <summary>Whether a number is a whole multiple of another.</summary>
    public static bool IsMultiple(object value, decimal of) => NumberOf(value) switch
    {
        decimal v => v % of == 0,
        var v => (BigInteger)v * BigInteger.Pow(10, of.Scale) % Unscaled(of) == 0,
    };

    /// <summary>How many characters a text has, counted as JSON Schema does: a character outside the basic plane is one.</summary>
    public static int LengthOf(string text)
    {
        var length = text.Length;
        foreach (var c in text)
        {
            if (char.IsLowSurrogate(c))
                length--;
        }

        return length;
    }

    /// <summary>How many elements a list has.</summary>
    public static int CountOf(object list)
    {
        if (list is ICollection collection)
            return collection.Count;
        if (list is JsonElement element)
            return element.GetArrayLength();
        var count = 0;
        foreach (var _ in (IEnumerable)list)
            count++;
        return count;
    }

    /// <summary>The elements of a list.</summary>
    public static IEnumerable ElementsOf(object list) =>
        list is JsonElement element ? element.EnumerateArray().Select(e => FromElement(e)) : (IEnumerable)list;

    /// <summary>Finds a value in an object. A null in a record or graph item counts as absent, as the platform does not store it.</summary>
    public static bool TryGet(object container, string name, out object? value)
    {
        switch (container)
        {
            case Record record:
                var ordinal = IndexOf(record.GetSchema(), name);
                value = ordinal >= 0 ? record.GetValue(ordinal) : null;
                return value is not null;
            case GraphItem item:
                if (!item.Properties.TryGetValue(name, out value) && name == "id")
                    value = item.Id;
                return value is not null;
            case JsonElement element:
                var found = element.TryGetProperty(name, out var property);
                value = found ? FromElement(property) : null;
                return found;
            default:
                var dictionary = (IDictionary)container;
                var has = dictionary.Contains(name);
                value = has ? dictionary[name] : null;
                return has;
        }
    }

    /// <summary>The place of a field with exactly this name, or -1.</summary>
    public static int IndexOf(RecordSchema schema, string name)
    {
        var index = schema.IndexOf(name);
        return index >= 0 && schema.Fields[index].Name == name ? index : -1;
    }

    /// <summary>The names of the values in an object, as <see cref="TryGet"/> sees them; a graph item's own id is not among them.</summary>
    public static IEnumerable<string> NamesOf(object container) => container switch
    {
        Record record => record.GetSchema().Fields.Where(f => record.GetValue(f.Ordinal) is not null).Select(f => f.Name),
        GraphItem item => item.Properties.Where<KeyValuePair<string, object?>>(p => p.Value is not null).Select(p => p.Key),
        JsonElement element => element.EnumerateObject().Select(p => p.Name),
        _ => ((IDictionary)container).Keys.Cast<object>().Select(k => k.ToString() ?? ""),
    };

    /// <summary>Whether two values are the same JSON: numbers by value, lists by order, objects whatever the order.</summary>
    public static bool AreEqual(object? left, object? right)
    {
        var kind = KindOf(left);
        if (kind != KindOf(right))
            return false;
        if ((kind & JsonKind.Number) != 0)
            return NumberOf(left!).Equals(NumberOf(right!));
        switch (kind)
        {
            case JsonKind.Null:
                return true;
            case JsonKind.Boolean:
                return (bool)FromAny(left)! == (bool)FromAny(right)!;
            case JsonKind.Text:
                return string.Equals(TextOf(left!), TextOf(right!), StringComparison.Ordinal);
            case JsonKind.List:
                return ElementsOf(left!).Cast<object?>().SequenceEqual(ElementsOf(right!).Cast<object?>(), EqualityComparer<object?>.Create(AreEqual));
            default:
                var names = NamesOf(left!).ToArray();
                return names.Length == NamesOf(right!).Count()
                    && names.All(n => TryGet(left!, n, out var l) && TryGet(right!, n, out var r) && AreEqual(l, r));
        }
    }

    /// <summary>A scalar of System.Text.Json as the .NET value; an object or array as it is.</summary>
    public static object? FromElement(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => element.TryGetInt64(out var integer) ? integer : element.TryGetDecimal(out var exact) ? exact
            : BigInteger.TryParse(element.GetRawText(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var large) ? large : element.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        JsonValueKind.Array => element.EnumerateArray().Select(FromElement).ToArray(),
        _ => element.EnumerateObject().ToDictionary(p => p.Name, p => FromElement(p.Value)),
    };

    private static object? FromAny(object? value) => value is JsonElement element ? FromElement(element) : value;

    /// <summary>A finite number: a decimal where one holds it as it is written in JSON, else a whole number of any size.</summary>
    public static object NumberOf(object value) => FromAny(value) switch
    {
        BigInteger v => v >= (BigInteger)decimal.MinValue && v <= (BigInteger)decimal.MaxValue ? (decimal)v : v,
        double v => Math.Abs(v) < LargestDouble ? DecimalOf(v) : NumberOf(BigInteger.Parse(v.ToString("R", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture)),
        float v => Math.Abs(v) < LargestDouble ? DecimalOf(v) : NumberOf(BigInteger.Parse(v.ToString("R", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture)),
        var v => Convert.ToDecimal(v, CultureInfo.InvariantCulture),
    };

    // The conversion to a decimal rounds to 15 digits, and of a float to 7; what is written has up to 17, or 9.
    private static decimal DecimalOf(double value) => (decimal)value is var rounded && (double)rounded == value
        ? rounded
        : decimal.Parse(value.ToString("R", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture);

    private static decimal DecimalOf(float value) => (decimal)value is var rounded && (float)rounded == value
        ? rounded
        : decimal.Parse(value.ToString("R", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture);

    private static BigInteger Unscaled(decimal number)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(number, bits);
        return ((BigInteger)(uint)bits[2] << 64) | ((BigInteger)(uint)bits[1] << 32) | (uint)bits[0];
    }
}
