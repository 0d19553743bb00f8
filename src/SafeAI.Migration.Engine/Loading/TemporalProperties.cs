using System.Collections.Concurrent;
using System.Collections.ObjectModel;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// Which properties of which types hold points in time, learnt from what a run sends: answers carry them as text, in
/// one of several spellings, and must become values again before they are compared.
/// </summary>
internal sealed class TemporalProperties
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, Type>> _kinds = new(StringComparer.Ordinal);

    /// <summary>What is known of a type so far.</summary>
    public IReadOnlyDictionary<string, Type> Of(string type) =>
        _kinds.TryGetValue(type, out var kinds) ? kinds : ReadOnlyDictionary<string, Type>.Empty;

    /// <summary>Learns what an earlier process of the same run had learnt.</summary>
    public void Learn(string type, IReadOnlyDictionary<string, Type> kinds)
    {
        foreach (var (name, kind) in kinds)
            KindsOf(type).TryAdd(name, kind);
    }

    public void Note(GraphItem item)
    {
        var properties = item.Properties;
        for (var i = 0; i < properties.Count; i++)
        {
            if (GraphTemporal.KindOf(properties.GetValue(i)) is { } kind)
                KindsOf(item.Type).TryAdd(properties.GetName(i), kind);
        }
    }

    /// <summary>The properties with every text that is a point in time turned into one.</summary>
    public PropertySet Restore(string type, PropertySet properties) =>
        _kinds.TryGetValue(type, out var kinds) ? Restore(properties, kinds) : properties;

    /// <summary>The properties with every text that is a point in time turned into one.</summary>
    public static PropertySet Restore(PropertySet properties, IReadOnlyDictionary<string, Type> kinds)
    {
        if (kinds.Count == 0)
            return properties;
        object?[]? restored = null;
        for (var i = 0; i < properties.Count; i++)
        {
            if (!kinds.TryGetValue(properties.GetName(i), out var kind))
                continue;
            var value = properties.GetValue(i) switch
            {
                string text when GraphTemporal.TryParse(kind, text, out var parsed) => parsed,
                string[] texts => Restore(texts, kind),
                var other => other,
            };
            if (ReferenceEquals(value, properties.GetValue(i)))
                continue;
            restored ??= [.. properties.Values];
            restored[i] = value;
        }

        return restored is null ? properties : properties.WithValues(restored);
    }

    private ConcurrentDictionary<string, Type> KindsOf(string type) =>
        _kinds.GetOrAdd(type, _ => new ConcurrentDictionary<string, Type>(StringComparer.Ordinal));

    private static object Restore(string[] texts, Type kind)
    {
        var values = new object[texts.Length];
        for (var i = 0; i < texts.Length; i++)
        {
            if (!GraphTemporal.TryParse(kind, texts[i], out var value))
                return texts;
            values[i] = value!;
        }

        return values;
    }
}
