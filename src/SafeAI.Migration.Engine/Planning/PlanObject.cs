using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Planning;

/// <summary>What is found wrong while a plan is read, and which settings were asked for.</summary>
internal sealed partial class PlanFaults
{
    private readonly List<PlanFault> _faults = [];

    /// <summary>The faults in the order in which they were found.</summary>
    public IReadOnlyList<PlanFault> All => _faults;

    /// <summary>The settings that were asked for, by the path of their object without numbers.</summary>
    public Dictionary<string, SortedSet<string>> Settings { get; } = new(StringComparer.Ordinal);

    public void Add(string path, string message) => _faults.Add(new PlanFault(path, message));

    public void AddSettings(string path, IEnumerable<string> names)
    {
        path = Number().Replace(path, "[]");
        if (!Settings.TryGetValue(path, out var known))
            Settings[path] = known = new SortedSet<string>(StringComparer.Ordinal);
        known.UnionWith(names);
    }

    [GeneratedRegex(@"\[\d+\]")]
    private static partial Regex Number();
}

/// <summary>
/// An object of a plan while it is read: gives values by name, and in the end says which names nobody asked for. Names
/// are matched whatever their case and underscores.
/// </summary>
internal sealed class PlanObject
{
    private readonly PlanFaults _faults;
    private readonly Dictionary<string, (string Name, JsonElement Value)> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _known = new(StringComparer.Ordinal);

    public PlanObject(JsonElement element, string path, PlanFaults faults)
    {
        Path = path;
        _faults = faults;
        if (element.ValueKind != JsonValueKind.Object)
        {
            faults.Add(path, "this is no object");
            return;
        }

        foreach (var property in element.EnumerateObject())
        {
            if (!_values.TryAdd(Plain(property.Name), (property.Name, property.Value)))
                faults.Add($"{path}.{property.Name}", "it stands here twice");
        }
    }

    /// <summary>Where it stands, as a JSON path.</summary>
    public string Path { get; }

    /// <summary>The name as settings are compared: without underscores, in lower case.</summary>
    public static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();

    public void Fault(string what) => _faults.Add(Path, what);

    public void Fault(string name, string what) => _faults.Add(PathOf(name), what);

    /// <summary>Where a value stands, under the name that was written.</summary>
    public string PathOf(string name) => $"{Path}.{(_values.TryGetValue(Plain(name), out var found) ? found.Name : name)}";

    public bool Has(string name) => Find(name).ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null);

    public string? Text(string name) => Find(name) switch
    {
        { ValueKind: JsonValueKind.String } value => value.GetString() is { Length: > 0 } text ? text : Wrong<string>(name, "text that is not empty"),
        { ValueKind: JsonValueKind.Undefined or JsonValueKind.Null } => null,
        _ => Wrong<string>(name, "text"),
    };

    /// <summary>A text that may be empty.</summary>
    public string? AnyText(string name) => Find(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : Text(name);

    public string? TextOrNumber(string name) => Find(name) switch
    {
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        { ValueKind: JsonValueKind.Number } value => value.GetRawText(),
        { ValueKind: JsonValueKind.Undefined or JsonValueKind.Null } => null,
        _ => Wrong<string>(name, "a number or text"),
    };

    public char? Character(string name) => AnyText(name) switch
    {
        null => null,
        "\\t" or "tab" => '\t',
        { Length: 1 } text => text[0],
        _ => (char?)WrongValue(name, "one character"),
    };

    public int? Number(string name, int least, int most)
    {
        var value = Find(name);
        if (value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
            return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most)
            return number;
        return (int?)WrongValue(name, string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"));
    }

    public bool? Flag(string name) => Find(name).ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Undefined or JsonValueKind.Null => null,
        _ => (bool?)WrongValue(name, "true or false"),
    };

    /// <summary>One of the names of an enumeration, whatever its case and underscores.</summary>
    public T? Choice<T>(string name)
        where T : struct, Enum
    {
        var text = Text(name);
        if (text is null)
            return null;
        foreach (var value in Enum.GetValues<T>())
        {
            if (Plain(value.ToString()) == Plain(text))
                return value;
        }

        WrongValue(name, $"one of {string.Join(", ", Enum.GetNames<T>().Select(Spelled))}, not '{text}'");
        return null;
    }

    /// <summary>The texts of a list, or a single text.</summary>
    public IReadOnlyList<string> Texts(string name)
    {
        var value = Find(name);
        switch (value.ValueKind)
        {
            case JsonValueKind.Undefined or JsonValueKind.Null:
                return [];
            case JsonValueKind.String:
                return [value.GetString()!];
            case JsonValueKind.Array when value.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String):
                return [.. value.EnumerateArray().Select(e => e.GetString()!)];
            default:
                WrongValue(name, "text or a list of texts");
                return [];
        }
    }

    public PlanObject? Object(string name) => Find(name) switch
    {
        { ValueKind: JsonValueKind.Object } value => new PlanObject(value, PathOf(name), _faults),
        { ValueKind: JsonValueKind.Undefined or JsonValueKind.Null } => null,
        _ => Wrong<PlanObject>(name, "an object"),
    };

    /// <summary>The objects of a list, or a single object.</summary>
    public IReadOnlyList<PlanObject> Objects(string name)
    {
        var value = Find(name);
        switch (value.ValueKind)
        {
            case JsonValueKind.Undefined or JsonValueKind.Null:
                return [];
            case JsonValueKind.Object:
                return [new PlanObject(value, PathOf(name), _faults)];
            case JsonValueKind.Array:
                return [.. value.EnumerateArray().Select((e, i) => new PlanObject(e, $"{PathOf(name)}[{i}]", _faults))];
            default:
                WrongValue(name, "an object or a list of objects");
                return [];
        }
    }

    /// <summary>The names and values of an object that may have any names.</summary>
    public Dictionary<string, object?> Table(string name)
    {
        var table = new Dictionary<string, object?>(StringComparer.Ordinal);
        var value = Find(name);
        if (value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
            return table;
        if (value.ValueKind != JsonValueKind.Object)
        {
            WrongValue(name, "an object");
            return table;
        }

        foreach (var member in value.EnumerateObject())
        {
            table[member.Name] = member.Value.ValueKind switch
            {
                JsonValueKind.String => member.Value.GetString(),
                JsonValueKind.Number when member.Value.TryGetInt64(out var whole) => whole,
                JsonValueKind.Number => member.Value.GetDouble(),
                JsonValueKind.True => true,
                JsonValueKind.False => false,
                JsonValueKind.Null => null,
                _ => WrongValue($"{name}.{member.Name}", "text, a number, true or false, or null"),
            };
        }

        return table;
    }

    public JsonElement Any(string name) => Find(name).ValueKind == JsonValueKind.Undefined ? default : Find(name).Clone();

    /// <summary>Reports the names that nobody asked for.</summary>
    public void Finish()
    {
        _faults.AddSettings(Path, _known.Values);
        foreach (var (plain, (name, _)) in _values)
        {
            if (_known.ContainsKey(plain))
                continue;
            var near = NameSuggestion.Find(plain, _known.Keys);
            _faults.Add($"{Path}.{name}", near is null ? "there is no such setting" : $"there is no such setting; did you mean {_known[near]}?");
        }
    }

    private static string Spelled(string name) => char.ToLowerInvariant(name[0]) + name[1..];

    private JsonElement Find(string name)
    {
        _known.TryAdd(Plain(name), name);
        return _values.TryGetValue(Plain(name), out var found) ? found.Value : default;
    }

    private T? Wrong<T>(string name, string expected)
        where T : class
    {
        WrongValue(name, expected);
        return null;
    }

    private object? WrongValue(string name, string expected)
    {
        _faults.Add(PathOf(name), "it must be " + expected);
        return null;
    }
}
