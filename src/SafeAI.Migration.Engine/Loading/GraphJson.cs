using System.Collections;
using System.Text.Json;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>Property values as JSON, the way the platform's statements take and give them and the graph store keeps them.</summary>
public static class GraphJson
{
    [ThreadStatic]
    private static (string[]? Names, string? Without) t_shape;

    /// <summary>
    /// Writes a value. A temporal value is written as its text, or, where <paramref name="tagged"/>, as an object whose one
    /// name says its kind, which no property value can otherwise be.
    /// </summary>
    public static void WriteValue(Utf8JsonWriter writer, object? value, bool tagged)
    {
        ArgumentNullException.ThrowIfNull(writer);
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case string text:
                writer.WriteStringValue(!GraphValue.HasLoneSurrogate(text) ? text : throw new MigrationException(
                    ErrorCode.UnsupportedValue, "A text holds half of a surrogate pair, which no encoding can store.", "Repair it at the source, or clean it with the function wellFormed."));
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case double number:
                WriteDouble(writer, number);
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case IList list:
                writer.WriteStartArray();
                foreach (var element in list)
                    WriteValue(writer, element, tagged);
                writer.WriteEndArray();
                break;
            case var _ when GraphTemporal.IsTemporal(value):
                if (tagged)
                {
                    writer.WriteStartObject();
                    writer.WriteString(GraphTemporal.FunctionFor(value.GetType()), GraphTemporal.Format(value));
                    writer.WriteEndObject();
                }
                else
                {
                    writer.WriteStringValue(GraphTemporal.Format(value));
                }

                break;
            default:
                throw new MigrationException(
                    ErrorCode.UnsupportedValue,
                    $"A property value of type {value.GetType()} cannot be stored.",
                    "Convert it in the mapping: the platform stores text, numbers, true and false, points in time, and lists of one of these.");
        }
    }

    /// <summary>Writes a set of properties as an object.</summary>
    public static void WriteProperties(Utf8JsonWriter writer, PropertySet properties, bool tagged, bool withNulls)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(properties);
        writer.WriteStartObject();
        for (var i = 0; i < properties.Count; i++)
        {
            if (!withNulls && properties.GetValue(i) is null)
                continue;
            writer.WritePropertyName(properties.GetName(i));
            WriteValue(writer, properties.GetValue(i), tagged);
        }

        writer.WriteEndObject();
    }

    /// <summary>Reads a value that <see cref="WriteValue"/> wrote or an answer holds.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.UnexpectedAnswer"/>: it is a map or a mixed list.</exception>
    public static object? ReadValue(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Null:
                return null;
            case JsonValueKind.String:
                return element.GetString();
            case JsonValueKind.True:
                return true;
            case JsonValueKind.False:
                return false;
            case JsonValueKind.Number:
                return element.TryGetInt64(out var whole) ? (object)whole : element.GetDouble();
            case JsonValueKind.Array:
                return ReadList(element);
            case JsonValueKind.Object when ReadTagged(element) is { } temporal:
                return temporal;
            default:
                throw new MigrationException(ErrorCode.UnexpectedAnswer, "A property value is a nested map, which a graph cannot hold.");
        }
    }

    /// <summary>Reads an object of properties.</summary>
    /// <param name="element">The object.</param>
    /// <param name="without">A name to leave out, or null.</param>
    public static PropertySet ReadProperties(JsonElement element, string? without = null)
    {
        if (t_shape.Names is { } known && t_shape.Without == without && TryRead(element, known, without) is { } read)
            return read;
        var count = 0;
        foreach (var property in element.EnumerateObject())
        {
            if (without is null || !property.NameEquals(without))
                count++;
        }

        if (count == 0)
            return PropertySet.Empty;
        var names = new string[count];
        var values = new object?[count];
        var i = 0;
        foreach (var property in element.EnumerateObject())
        {
            if (without is not null && property.NameEquals(without))
                continue;
            names[i] = string.IsInterned(property.Name) ?? property.Name;
            values[i++] = ReadValue(property.Value);
        }

        t_shape = (names, without);
        return new PropertySet(names, values);
    }

    // The items of one answer nearly always have the same names in the same order: they share the array of names.
    private static PropertySet? TryRead(JsonElement element, string[] names, string? without)
    {
        var values = new object?[names.Length];
        var i = 0;
        foreach (var property in element.EnumerateObject())
        {
            if (i < names.Length && property.NameEquals(names[i]))
                values[i++] = ReadValue(property.Value);
            else if (without is null || !property.NameEquals(without))
                return null;
        }

        return i == names.Length ? new PropertySet(names, values) : null;
    }

    private static void WriteDouble(Utf8JsonWriter writer, double number)
    {
        if (!double.IsFinite(number))
            throw new MigrationException(
                ErrorCode.UnsupportedValue, FormattableString.Invariant($"The number {number} cannot be stored."), "Leave the property out, or give it another value in the mapping.");

        // A fraction of zero is written out, so that a float stays a float at the other end.
        if (number == Math.Floor(number) && Math.Abs(number) < 1e15)
            writer.WriteRawValue(number.ToString("0.0", System.Globalization.CultureInfo.InvariantCulture));
        else
            writer.WriteNumberValue(number);
    }

    private static Array ReadList(JsonElement element)
    {
        var values = new List<object?>(element.GetArrayLength());
        foreach (var item in element.EnumerateArray())
            values.Add(ReadValue(item));
        if (values.Count == 0)
            return Array.Empty<string>();
        var type = values[0]?.GetType() ?? throw MixedList();
        if (type == typeof(long) && values.Exists(v => v is double))
        {
            type = typeof(double);
            for (var i = 0; i < values.Count; i++)
                values[i] = values[i] is long whole ? (double)whole : values[i];
        }

        var array = Array.CreateInstance(type, values.Count);
        for (var i = 0; i < values.Count; i++)
        {
            if (values[i]?.GetType() != type)
                throw MixedList();
            array.SetValue(values[i], i);
        }

        return array;
    }

    private static MigrationException MixedList() =>
        new(ErrorCode.UnexpectedAnswer, "A property value is a list of several kinds, which a graph cannot hold.");

    private static object? ReadTagged(JsonElement element)
    {
        using var properties = element.EnumerateObject();
        if (!properties.MoveNext() || properties.Current.Value.ValueKind != JsonValueKind.String)
            return null;
        var type = properties.Current.Name switch
        {
            "datetime" => typeof(DateTimeOffset),
            "localdatetime" => typeof(DateTime),
            "date" => typeof(DateOnly),
            "localtime" => typeof(TimeOnly),
            "duration" => typeof(TimeSpan),
            _ => null,
        };
        return type is not null && GraphTemporal.TryParse(type, properties.Current.Value.GetString()!, out var value) ? value : null;
    }
}
