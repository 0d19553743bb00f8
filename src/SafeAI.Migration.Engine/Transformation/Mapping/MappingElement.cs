using System.Collections;
using System.Globalization;
using System.Text.Json;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>What a <see cref="MappingElement"/> holds.</summary>
internal enum ElementKind
{
    Null,
    Text,
    Number,
    Boolean,
    List,
    Object,
    Script,
}

/// <summary>
/// One place of a mapping as it was written, before it is understood: the same tree for a JSON text and for nested
/// dictionaries. Every place knows its JSON path.
/// </summary>
internal sealed class MappingElement
{
    private const int MaxDepth = 64;

    private MappingElement(string path, ElementKind kind, object? scalar = null)
    {
        Path = path;
        Kind = kind;
        Scalar = scalar;
    }

    public string Path { get; }

    public ElementKind Kind { get; }

    /// <summary>A string, long, decimal, double or bool; the delegate of a script.</summary>
    public object? Scalar { get; }

    public IReadOnlyList<MappingElement> Items { get; private init; } = [];

    public IReadOnlyList<KeyValuePair<string, MappingElement>> Members { get; private init; } = [];

    public string? Text => Scalar as string;

    /// <summary>The kind as people call it, with its article.</summary>
    public string KindName => Kind switch
    {
        ElementKind.Null => "null",
        ElementKind.Text => "a text",
        ElementKind.Number => "a number",
        ElementKind.Boolean => "true or false",
        ElementKind.List => "a list",
        ElementKind.Object => "an object",
        _ => "a script",
    };

    public static MappingElement FromJson(JsonElement json, string path = "$")
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                return new MappingElement(path, ElementKind.Object)
                {
                    Members = [.. json.EnumerateObject().Select(p =>
                        KeyValuePair.Create(p.Name, FromJson(p.Value, Join(path, p.Name))))],
                };
            case JsonValueKind.Array:
                return new MappingElement(path, ElementKind.List)
                {
                    Items = [.. json.EnumerateArray().Select((e, i) => FromJson(e, Join(path, i)))],
                };
            case JsonValueKind.String:
                return new MappingElement(path, ElementKind.Text, json.GetString());
            case JsonValueKind.Number:
                return new MappingElement(path, ElementKind.Number,
                    json.TryGetInt64(out var integer) ? integer : json.TryGetDecimal(out var exact) ? exact : json.GetDouble());
            case JsonValueKind.True or JsonValueKind.False:
                return new MappingElement(path, ElementKind.Boolean, json.GetBoolean());
            default:
                return new MappingElement(path, ElementKind.Null);
        }
    }

    /// <summary>Takes dictionaries, lists, scalars and delegates.</summary>
    /// <exception cref="InvalidMappingException">A value of another kind is in it, or it is nested too deeply.</exception>
    public static MappingElement FromObject(object? value, string path = "$", int depth = 0)
    {
        if (depth > MaxDepth)
            throw Unusable(path, $"is nested more than {MaxDepth} levels deep.");
        switch (value)
        {
            case null:
                return new MappingElement(path, ElementKind.Null);
            case string text:
                return new MappingElement(path, ElementKind.Text, text);
            case char or Guid:
                return new MappingElement(path, ElementKind.Text, value.ToString());
            case bool:
                return new MappingElement(path, ElementKind.Boolean, value);
            case Enum:
                return new MappingElement(path, ElementKind.Text, value.ToString());
            case sbyte or byte or short or ushort or int or uint or long:
                return new MappingElement(path, ElementKind.Number, Convert.ToInt64(value, CultureInfo.InvariantCulture));
            case float single:
                return new MappingElement(path, ElementKind.Number, (double)single);
            case double or decimal:
                return new MappingElement(path, ElementKind.Number, value);
            case DateTime or DateTimeOffset or DateOnly or TimeOnly or TimeSpan:
                return new MappingElement(path, ElementKind.Text, GraphText.Format(value));
            case JsonElement json:
                return FromJson(json, path);
            case Delegate:
                return new MappingElement(path, ElementKind.Script, value);
            case IDictionary dictionary:
            {
                var members = new List<KeyValuePair<string, MappingElement>>(dictionary.Count);
                foreach (DictionaryEntry entry in dictionary)
                {
                    var key = Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? "";
                    members.Add(KeyValuePair.Create(key, FromObject(entry.Value, Join(path, key), depth + 1)));
                }

                return new MappingElement(path, ElementKind.Object) { Members = members };
            }

            case IEnumerable<KeyValuePair<string, object?>> pairs:
                return new MappingElement(path, ElementKind.Object)
                {
                    Members = [.. pairs.Select(p =>
                        KeyValuePair.Create(p.Key, FromObject(p.Value, Join(path, p.Key), depth + 1)))],
                };
            case IEnumerable list:
                return new MappingElement(path, ElementKind.List)
                {
                    Items = [.. list.Cast<object?>().Select((e, i) => FromObject(e, Join(path, i), depth + 1))],
                };
            default:
                throw Unusable(path, $"is of the type {value.GetType().Name}, which a mapping cannot hold. Use texts, numbers, true, false, lists and dictionaries.");
        }
    }

    public static string Join(string path, string key) =>
        key.Length > 0 && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '$') ? $"{path}.{key}" : $"{path}['{key.Replace("'", "\\'", StringComparison.Ordinal)}']";

    public static string Join(string path, int index) => string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]");

    /// <summary>The value as plain objects: dictionaries become lists of pairs, and so on.</summary>
    public object? ToValue() => Kind switch
    {
        ElementKind.List => Items.Select(i => i.ToValue()).ToArray(),
        ElementKind.Object => Members.ToDictionary(m => m.Key, m => m.Value.ToValue(), StringComparer.Ordinal),
        _ => Scalar,
    };

    private static InvalidMappingException Unusable(string path, string what) =>
        new("", [new MappingFault(path, ErrorCode.InvalidMapping, $"The value {what}")]);
}
