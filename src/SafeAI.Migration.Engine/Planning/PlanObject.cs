using System.Text.Json;

namespace SafeAI.Migration.Engine.Planning;

/// <summary>An object of a plan while it is read: gives values by name, and in the end says which names nobody asked for.</summary>
internal sealed class PlanObject
{
    private readonly string _path;
    private readonly List<string> _faults;
    private readonly Dictionary<string, (string Name, JsonElement Value)> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public PlanObject(JsonElement element, string path, List<string> faults)
    {
        _path = path;
        _faults = faults;
        if (element.ValueKind != JsonValueKind.Object)
        {
            faults.Add($"{path}: this is no object");
            return;
        }

        foreach (var property in element.EnumerateObject())
        {
            if (!_values.TryAdd(Plain(property.Name), (property.Name, property.Value.Clone())))
                faults.Add($"{path}.{property.Name}: it stands here twice");
        }
    }

    public void Fault(string what) => _faults.Add($"{_path}: {what}");

    public string? Text(string name) => Find(name) switch
    {
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        { ValueKind: JsonValueKind.Undefined or JsonValueKind.Null } => null,
        _ => Wrong<string>(name, "text"),
    };

    public string? TextOrNumber(string name) => Find(name) switch
    {
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        { ValueKind: JsonValueKind.Number } value => value.GetRawText(),
        { ValueKind: JsonValueKind.Undefined or JsonValueKind.Null } => null,
        _ => Wrong<string>(name, "a number or text"),
    };

    public int? Number(string name, int least, int most)
    {
        var value = Find(name);
        if (value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
            return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most)
            return number;
        _faults.Add(FormattableString.Invariant($"{_path}.{name}: it must be a whole number from {least} to {most}"));
        return null;
    }

    public bool? Flag(string name) => Find(name).ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Undefined or JsonValueKind.Null => null,
        _ => WrongFlag(name),
    };

    public PlanObject? Object(string name) => Find(name) switch
    {
        { ValueKind: JsonValueKind.Object } value => new PlanObject(value, $"{_path}.{name}", _faults),
        { ValueKind: JsonValueKind.Undefined or JsonValueKind.Null } => null,
        _ => Wrong<PlanObject>(name, "an object"),
    };

    public IEnumerable<PlanObject> List(string name)
    {
        var value = Find(name);
        if (value.ValueKind == JsonValueKind.Array)
            return [.. value.EnumerateArray().Select((e, i) => new PlanObject(e, $"{_path}.{name}[{i}]", _faults))];
        if (value.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null))
            Wrong<object>(name, "a list");
        return [];
    }

    public JsonElement Any(string name) => Find(name);

    /// <summary>Reports the names that nobody asked for.</summary>
    public void Finish()
    {
        foreach (var (plain, (name, _)) in _values)
        {
            if (_known.Contains(plain))
                continue;
            var near = _known.MinBy(k => Distance(k, plain));
            _faults.Add(near is not null && Distance(near, plain) <= 2
                ? $"{_path}.{name}: there is no such setting; did you mean {near}?"
                : $"{_path}.{name}: there is no such setting");
        }
    }

    private static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }

    private JsonElement Find(string name)
    {
        _known.Add(Plain(name));
        return _values.TryGetValue(Plain(name), out var found) ? found.Value : default;
    }

    private T? Wrong<T>(string name, string expected)
        where T : class
    {
        _faults.Add($"{_path}.{name}: it must be {expected}");
        return null;
    }

    private bool? WrongFlag(string name)
    {
        _faults.Add($"{_path}.{name}: it must be true or false");
        return null;
    }
}
