using System.Collections;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SafeAI.Migration.Engine.Extraction.Files.Json;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>Looks into maps and lists in whatever form a source gives them: dictionaries, JSON elements, JSON text.</summary>
internal static class NestedValue
{
    /// <summary>A JSON element or node of a scalar as the scalar; anything else as it is.</summary>
    public static object? Unwrap(object? value)
    {
        switch (value)
        {
            case JsonElement json:
                return json.ValueKind switch
                {
                    JsonValueKind.String => json.GetString(),
                    JsonValueKind.Number => json.TryGetInt64(out var integer) ? integer : JsonNumber.Read(json.GetRawText()),
                    JsonValueKind.True => true,
                    JsonValueKind.False => false,
                    JsonValueKind.Null or JsonValueKind.Undefined => null,
                    _ => value,
                };
            case JsonDocument document:
                return Unwrap(document.RootElement);
            case JsonNode node:
                return Unwrap(node.Deserialize<JsonElement>());
            case DBNull:
                return null;
            default:
                return value;
        }
    }

    public static bool IsMap(object? value) =>
        value is IDictionary or IEnumerable<KeyValuePair<string, object?>> or JsonElement { ValueKind: JsonValueKind.Object };

    /// <summary>Whether a value is bytes. The runtime takes a list of small numbers with signs for such, too.</summary>
    public static bool IsBytes(object? value) => value?.GetType() == typeof(byte[]);

    public static bool IsList(object? value) => value switch
    {
        string => false,
        byte[] => !IsBytes(value),
        JsonElement json => json.ValueKind == JsonValueKind.Array,
        _ => value is IEnumerable && !IsMap(value),
    };

    /// <summary>The members of a map in order; nothing where the value is no map.</summary>
    public static IEnumerable<KeyValuePair<string, object?>> Members(object? value)
    {
        switch (value)
        {
            case IEnumerable<KeyValuePair<string, object?>> pairs:
                return pairs;
            case IDictionary dictionary:
                return dictionary.Cast<DictionaryEntry>().Select(e =>
                    KeyValuePair.Create(Convert.ToString(e.Key, CultureInfo.InvariantCulture) ?? "", e.Value));
            case JsonElement { ValueKind: JsonValueKind.Object } json:
                return json.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, Unwrap(p.Value)));
            default:
                return [];
        }
    }

    /// <summary>The elements of a list; nothing where the value is no list.</summary>
    public static IEnumerable<object?> Elements(object? value) => value switch
    {
        JsonElement { ValueKind: JsonValueKind.Array } json => json.EnumerateArray().Select(e => Unwrap(e)),
        _ when IsList(value) => ((IEnumerable)value!).Cast<object?>().Select(Unwrap),
        _ => [],
    };

    /// <summary>Text that holds a JSON object or array, parsed; anything else as it is.</summary>
    /// <exception cref="JsonException">The text begins like JSON but is not.</exception>
    public static object? Parse(object? value)
    {
        value = Unwrap(value);
        if (value is not string text)
            return value;
        var start = text.AsSpan().TrimStart();
        if (start.IsEmpty || start[0] is not ('{' or '['))
            return value;
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    /// <summary>The member of a map by its name, exactly or else ignoring case, or the element of a list by its number.</summary>
    public static object? Get(object? value, string segment)
    {
        value = Parse(value);
        if (value is JsonElement { ValueKind: JsonValueKind.Object } json && json.TryGetProperty(segment, out var member))
            return Unwrap(member);
        if (IsMap(value))
        {
            object? found = null;
            foreach (var (key, inner) in Members(value))
            {
                if (key == segment)
                    return Unwrap(inner);
                if (key.Equals(segment, StringComparison.OrdinalIgnoreCase))
                    found ??= Unwrap(inner);
            }

            return found;
        }

        return int.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? Elements(value).ElementAtOrDefault(index)
            : null;
    }
}
