namespace SafeAI.Migration.Sandbox.Values;

/// <summary>An immutable map value: keys in the order they were given, values that may be null.</summary>
internal sealed class CypherMap(Shape shape, object?[] values)
{
    /// <summary>The map without entries.</summary>
    public static CypherMap Empty { get; } = new(Shape.Empty, []);

    /// <summary>The keys.</summary>
    public Shape Shape { get; } = shape;

    /// <summary>The values, at their keys' positions; never changed once the map exists.</summary>
    public object?[] Values { get; } = values;

    /// <summary>How many entries there are.</summary>
    public int Count => Shape.Count;

    /// <summary>The value of a key, or null when the key is absent.</summary>
    public object? this[string key] => Shape.IndexOf(key) is >= 0 and var index ? Values[index] : null;

    /// <summary>Whether a key is there (its value may be null).</summary>
    public bool Contains(string key) => Shape.IndexOf(key) >= 0;

    /// <summary>A map of these entries; the last of equal keys wins.</summary>
    public static CypherMap Of(IEnumerable<KeyValuePair<string, object?>> entries)
    {
        var builder = new MapBuilder();
        foreach (var (key, value) in entries)
        {
            builder.Set(key, value);
        }

        return builder.Build();
    }
}

/// <summary>Collects the entries of a map.</summary>
internal struct MapBuilder
{
    private Shape? _shape;
    private List<string>? _keys;
    private List<object?>? _values;

    /// <summary>Sets an entry; a key that is there already keeps its place.</summary>
    public void Set(string key, object? value)
    {
        _shape ??= Shape.Empty;
        _values ??= [];
        if (_keys is not null)
        {
            // Many keys: the linear search is replaced by building the shape once, at the end.
            _keys.Add(key);
            _values.Add(value);
            return;
        }

        var index = _shape.IndexOf(key);
        if (index >= 0)
        {
            _values[index] = value;
            return;
        }

        if (_shape.Count == 48)
        {
            _keys = [.. _shape.Keys, key];
            _values.Add(value);
            return;
        }

        _shape = _shape.Add(key);
        _values.Add(value);
    }

    /// <summary>The map.</summary>
    public readonly CypherMap Build()
    {
        if (_shape is null || _values is null)
            return CypherMap.Empty;
        if (_keys is null)
            return new CypherMap(_shape, [.. _values]);

        var positions = new Dictionary<string, int>(StringComparer.Ordinal);
        var keys = new List<string>(_keys.Count);
        var values = new List<object?>(_keys.Count);
        for (var i = 0; i < _keys.Count; i++)
        {
            if (positions.TryAdd(_keys[i], keys.Count))
            {
                keys.Add(_keys[i]);
                values.Add(_values[i]);
            }
            else
            {
                values[positions[_keys[i]]] = _values[i];
            }
        }

        return new CypherMap(Shape.Of(keys.ToArray()), [.. values]);
    }
}
