using System.Collections.Concurrent;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// Which properties of which types hold points in time, learnt from what a run sends: answers carry them as text, in
/// one of several spellings, and must become values again before they are compared.
/// </summary>
internal sealed class TemporalProperties
{
    private readonly ConcurrentDictionary<(string Type, string Name), Type> _kinds = new();

    public void Note(GraphItem item)
    {
        var properties = item.Properties;
        for (var i = 0; i < properties.Count; i++)
        {
            var value = properties.GetValue(i) is Array { Length: > 0 } list ? list.GetValue(0) : properties.GetValue(i);
            if (GraphTemporal.IsTemporal(value))
                _kinds.TryAdd((item.Type, properties.GetName(i)), value!.GetType());
        }
    }

    /// <summary>The properties with every text that is a point in time turned into one.</summary>
    public PropertySet Restore(string type, PropertySet properties)
    {
        if (_kinds.IsEmpty)
            return properties;
        object?[]? restored = null;
        for (var i = 0; i < properties.Count; i++)
        {
            if (!_kinds.TryGetValue((type, properties.GetName(i)), out var kind))
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

        return restored is null ? properties : new PropertySet([.. properties.Keys], restored);
    }

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
