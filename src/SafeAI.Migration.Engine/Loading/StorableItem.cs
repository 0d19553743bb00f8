using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// Items that no mapping made may have values of kinds that the graph does not store as they are: those that mean the same as
/// one that it does, an <see cref="int"/> for instance, become that one, by the same rules as in a mapping.
/// </summary>
internal static class StorableItem
{
    /// <summary>The item itself, or one like it with values that can be stored.</summary>
    /// <param name="item">The item.</param>
    /// <param name="reject">Why it cannot be loaded; null where it can.</param>
    public static GraphItem Of(GraphItem item, out Reject? reject)
    {
        reject = null;
        if (item.GetConversion() is not null)
            return item;
        var properties = item.Properties;
        object?[]? values = null;
        for (var i = 0; i < properties.Count; i++)
        {
            var value = properties.GetValue(i);
            if (IsStorable(value))
                continue;
            if (!TryMakeStorable(value, out var storable, out var code, out var reason))
            {
                var name = properties.GetName(i);
                reject = new Reject(MigrationStage.Load, code, $"The property '{name}' of {item} cannot be stored: {reason}", item.GetRecord()?.GetPosition() ?? default)
                {
                    Record = item.GetRecord(), Item = item, Rule = item.Type, Field = name, Value = value,
                };
                return item;
            }

            (values ??= [.. properties.Values])[i] = storable;
        }

        return values is null ? item : With(item, properties.WithValues(values));
    }

    /// <summary>An item like another, with other properties.</summary>
    public static GraphItem With(GraphItem item, PropertySet properties) => item switch
    {
        GraphRelationship r => new GraphRelationship(r.Type, r.Id, r.FromType, r.FromId, r.ToType, r.ToId, properties, r.GetRecord(), r.GetConversion()),
        GraphNode n => new GraphNode(n.Type, n.Id, properties, n.Labels, n.GetRecord(), n.GetConversion()),
        _ => throw new ArgumentException($"{item.GetType()} is not a graph item.", nameof(item)),
    };

    /// <summary>Makes a value one of those that are stored, where it means the same as one.</summary>
    public static bool TryMakeStorable(object? value, out object? storable, out string code, out string reason)
    {
        if (GraphValue.TryNormalize(value, out storable, out code, out reason))
            return true;

        // What no floating-point number holds may be a whole number of 64 bits.
        if (value is not decimal number || number != decimal.Truncate(number) || number is < long.MinValue or > long.MaxValue)
            return false;
        storable = (long)number;
        return true;
    }

    // The runtime takes lists of unsigned numbers for lists of signed ones: only the type itself tells them apart.
    private static bool IsStorable(object? value) => value switch
    {
        null or string or long or bool or DateTimeOffset or DateOnly or TimeOnly or TimeSpan => true,
        double number => double.IsFinite(number),
        DateTime moment => moment.Kind == DateTimeKind.Unspecified,
        Array => value.GetType() is var type && (type == typeof(string[]) || type == typeof(long[]) || type == typeof(bool[])),
        _ => false,
    };
}
