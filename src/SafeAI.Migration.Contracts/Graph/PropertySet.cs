using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace SafeAI.Migration;

/// <summary>
/// The properties of a node or relationship, in order. Items made by one mapping share one array of names.
/// Values are of the kinds that the platform stores: string, long, double, bool, <see cref="DateTimeOffset"/>,
/// <see cref="DateTime"/> (without a zone), <see cref="DateOnly"/>, <see cref="TimeOnly"/>, <see cref="TimeSpan"/>,
/// and arrays of one of these; null means that the property is to be absent. A load takes values of other kinds that mean the
/// same, an <see cref="int"/>, a <see cref="float"/> or a <see cref="decimal"/> that fits for instance, as one of these.
/// </summary>
public sealed class PropertySet : IReadOnlyDictionary<string, object?>, IDictionary
{
    private readonly string[] _names;
    private readonly object?[] _values;

    /// <summary>An empty set.</summary>
    public static PropertySet Empty { get; } = new([], []);

    /// <summary>Creates a set over the given arrays, which belong to it from now on.</summary>
    /// <param name="names">Distinct names; may be shared with other sets and is never changed.</param>
    /// <param name="values">One value per name.</param>
    public PropertySet(string[] names, object?[] values)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(values);
        if (names.Length != values.Length)
            throw new ArgumentException($"{values.Length} values for {names.Length} names.", nameof(values));
        _names = names;
        _values = values;
    }

    /// <summary>Creates a set from pairs; of two pairs with one name the later wins.</summary>
    public static PropertySet From(IEnumerable<KeyValuePair<string, object?>> pairs)
    {
        var names = new List<string>();
        var values = new List<object?>();
        foreach (var (name, value) in pairs)
        {
            var i = names.IndexOf(name);
            if (i >= 0)
            {
                values[i] = value;
                continue;
            }

            names.Add(name);
            values.Add(value);
        }

        return new PropertySet([.. names], [.. values]);
    }

    /// <summary>How many properties there are, the null ones included.</summary>
    public int Count => _names.Length;

    /// <summary>The name at a place.</summary>
    public string GetName(int index) => _names[index];

    /// <summary>The value at a place.</summary>
    public object? GetValue(int index) => _values[index];

    /// <summary>The value of a property; null where there is none.</summary>
    public object? this[string key] => TryGetValue(key, out var value) ? value : null;

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out object? value)
    {
        var i = PlaceOf(key);
        value = i >= 0 ? _values[i] : null;
        return i >= 0;
    }

    /// <summary>The place of a name; -1 where there is no such property.</summary>
    /// <param name="name">The name.</param>
    /// <param name="likely">Where it is looked for first.</param>
    public int PlaceOf(string name, int likely = 0) =>
        (uint)likely < (uint)_names.Length && _names[likely] == name ? likely : Array.IndexOf(_names, name);

    /// <inheritdoc/>
    public bool ContainsKey(string key) => PlaceOf(key) >= 0;

    /// <inheritdoc/>
    public IEnumerable<string> Keys => _names;

    /// <inheritdoc/>
    public IEnumerable<object?> Values => _values;

    /// <summary>This set with the other's properties laid over it, the null ones included.</summary>
    public PropertySet Overlay(PropertySet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Count == 0)
            return this;
        if (ReferenceEquals(_names, other._names))
            return other;
        object?[] values = [.. _values];
        List<int>? further = null;
        for (var i = 0; i < other.Count; i++)
        {
            if (PlaceOf(other._names[i], i) is >= 0 and var place)
                values[place] = other._values[i];
            else
                (further ??= []).Add(i);
        }

        return further is null
            ? new PropertySet(_names, values)
            : new PropertySet([.. _names, .. further.Select(i => other._names[i])], [.. values, .. further.Select(i => other._values[i])]);
    }

    /// <summary>A set with these names and other values.</summary>
    /// <param name="values">One value per name; the array belongs to the new set from now on.</param>
    public PropertySet WithValues(object?[] values) => new(_names, values);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (var i = 0; i < _names.Length; i++)
            yield return new KeyValuePair<string, object?>(_names[i], _values[i]);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        "{" + string.Join(", ", this.Take(8).Select(p => $"{p.Key}: {p.Value ?? "null"}")) + (Count > 8 ? ", …}" : "}");

    IEnumerator IEnumerable.GetEnumerator() => ((IDictionary)this).GetEnumerator();

    // The non-generic dictionary is what PowerShell looks for: $node.Properties.name, -Property, ConvertTo-Json.
    bool IDictionary.IsFixedSize => true;
    bool IDictionary.IsReadOnly => true;
    ICollection IDictionary.Keys => _names;
    ICollection IDictionary.Values => _values;
    bool ICollection.IsSynchronized => false;
    object ICollection.SyncRoot => this;

    object? IDictionary.this[object key]
    {
        get => key is string name ? this[name] : null;
        set => throw new NotSupportedException("The properties of a graph item cannot be changed; make a new item.");
    }

    void IDictionary.Add(object key, object? value) => throw new NotSupportedException("The properties of a graph item cannot be changed.");
    void IDictionary.Clear() => throw new NotSupportedException("The properties of a graph item cannot be changed.");
    bool IDictionary.Contains(object key) => key is string name && ContainsKey(name);
    void IDictionary.Remove(object key) => throw new NotSupportedException("The properties of a graph item cannot be changed.");
    void ICollection.CopyTo(Array array, int index)
    {
        foreach (DictionaryEntry entry in (IDictionary)this)
            array.SetValue(entry, index++);
    }

    IDictionaryEnumerator IDictionary.GetEnumerator()
    {
        var copy = new System.Collections.Specialized.OrderedDictionary(_names.Length, StringComparer.Ordinal);
        for (var i = 0; i < _names.Length; i++)
            copy.Add(_names[i], _values[i]);
        return copy.GetEnumerator();
    }
}
