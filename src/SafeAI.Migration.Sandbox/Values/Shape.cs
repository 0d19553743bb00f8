using System.Collections.Concurrent;
using System.Text;

namespace SafeAI.Migration.Sandbox.Values;

/// <summary>
/// The keys of a map or of an entity's properties, shared by everything that has the same keys in the same order.
/// A million nodes of one kind hold one shape and an array of values each.
/// </summary>
internal sealed class Shape
{
    /// <summary>Beyond this many keys a shape is not shared: the chain of its prefixes would cost more than it saves.</summary>
    private const int SharedKeyLimit = 64;

    /// <summary>Beyond this many shapes nothing new is shared, so that maps keyed by data cannot grow the table without end.</summary>
    private const int SharedShapeLimit = 20_000;

    private const int LinearSearchLimit = 8;

    private static int s_shared;

    private readonly string[] _keys;
    private readonly bool _sharable;
    private readonly byte[]? _lastKeyUtf8;
    private Dictionary<string, int>? _positions;
    private ConcurrentDictionary<string, Shape>? _next;
    private ConcurrentDictionary<int, Shape>? _without;
    private volatile Shape? _latestNext;

    private Shape(string[] keys, bool sharable)
    {
        _keys = keys;
        _sharable = sharable;
        if (keys.Length > 0 && sharable)
            _lastKeyUtf8 = Encoding.UTF8.GetBytes(keys[^1]);
    }

    /// <summary>The shape without keys.</summary>
    public static Shape Empty { get; } = new([], sharable: true);

    /// <summary>How many keys there are.</summary>
    public int Count => _keys.Length;

    /// <summary>The keys in order.</summary>
    public ReadOnlySpan<string> Keys => _keys;

    /// <summary>The key at a position.</summary>
    public string this[int index] => _keys[index];

    /// <summary>The position of a key, or -1.</summary>
    public int IndexOf(string key)
    {
        var keys = _keys;
        if (keys.Length > LinearSearchLimit)
            return Positions().TryGetValue(key, out var position) ? position : -1;

        for (var i = 0; i < keys.Length; i++)
        {
            if (ReferenceEquals(keys[i], key))
                return i;
        }

        for (var i = 0; i < keys.Length; i++)
        {
            if (string.Equals(keys[i], key, StringComparison.Ordinal))
                return i;
        }

        return -1;
    }

    /// <summary>This shape with one more key at the end; the key must not be there yet.</summary>
    public Shape Add(string key)
    {
        var latest = _latestNext;
        if (latest is not null && string.Equals(latest._keys[^1], key, StringComparison.Ordinal))
            return latest;
        if (_next is not null && _next.TryGetValue(key, out var known))
        {
            _latestNext = known;
            return known;
        }

        string[] keys = [.. _keys, key];
        if (!_sharable || keys.Length > SharedKeyLimit || Volatile.Read(ref s_shared) >= SharedShapeLimit)
            return new Shape(keys, sharable: false);

        Interlocked.CompareExchange(ref _next, new ConcurrentDictionary<string, Shape>(1, 1, StringComparer.Ordinal), null);
        var added = _next.GetOrAdd(key, static (_, k) => new Shape(k, sharable: true), keys);
        Interlocked.Increment(ref s_shared);
        _latestNext = added;
        return added;
    }

    /// <summary>The next shape if the next key is the one that followed here most recently: no string is made for it.</summary>
    public Shape? Predict(ReadOnlySpan<byte> keyUtf8)
    {
        var latest = _latestNext;
        return latest is not null && keyUtf8.SequenceEqual(latest._lastKeyUtf8) ? latest : null;
    }

    /// <summary>This shape without the key at a position.</summary>
    public Shape Without(int index)
    {
        if (_without is not null && _without.TryGetValue(index, out var known))
            return known;
        var keys = new string[_keys.Length - 1];
        Array.Copy(_keys, keys, index);
        Array.Copy(_keys, index + 1, keys, index, keys.Length - index);
        var result = Of(keys);
        if (_sharable && result._sharable)
        {
            Interlocked.CompareExchange(ref _without, new ConcurrentDictionary<int, Shape>(1, 1), null);
            _without.TryAdd(index, result);
        }

        return result;
    }

    /// <summary>The shape of these keys, which must differ from each other.</summary>
    public static Shape Of(ReadOnlySpan<string> keys)
    {
        if (keys.Length > SharedKeyLimit)
            return new Shape(keys.ToArray(), sharable: false);
        var shape = Empty;
        foreach (var key in keys)
        {
            shape = shape.Add(key);
        }

        return shape;
    }

    private Dictionary<string, int> Positions()
    {
        if (_positions is { } known)
            return known;
        var positions = new Dictionary<string, int>(_keys.Length, StringComparer.Ordinal);
        for (var i = 0; i < _keys.Length; i++)
        {
            positions[_keys[i]] = i;
        }

        return _positions = positions;
    }
}
