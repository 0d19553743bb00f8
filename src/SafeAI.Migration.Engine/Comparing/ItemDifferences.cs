using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Comparing;

/// <summary>The fields in which two items with one id differ.</summary>
internal static class ItemDifferences
{
    /// <summary>Lists the fields.</summary>
    /// <param name="expected">The reference's item.</param>
    /// <param name="actual">The graph's item.</param>
    /// <param name="isWhole">Whether what only the graph's item has is a difference.</param>
    public static IEnumerable<DataDifference> Between(GraphItem expected, GraphItem actual, bool isWhole)
    {
        if (expected is GraphNode a && actual is GraphNode b && (isWhole ? !a.Labels.ToHashSet(StringComparer.Ordinal).SetEquals(b.Labels) : a.Labels.Except(b.Labels).Any()))
            yield return Different(actual, "labels()", a.Labels, b.Labels);
        if (expected is GraphRelationship from && actual is GraphRelationship to)
        {
            // Not the types of the ends: an answer gives all labels of a node and does not say which is the main one.
            if (from.FromId != to.FromId)
                yield return Different(actual, "from()", from.FromId, to.FromId);
            if (from.ToId != to.ToId)
                yield return Different(actual, "to()", from.ToId, to.ToId);
        }

        foreach (var (name, value) in expected.Properties)
        {
            if (!GraphContent.ValueEquals(value, actual.Properties[name]))
                yield return Different(actual, name, value, actual.Properties[name]);
        }

        if (!isWhole)
            yield break;
        foreach (var (name, value) in actual.Properties)
        {
            if (value is not null && !expected.Properties.ContainsKey(name))
                yield return Different(actual, name, null, value);
        }
    }

    private static DataDifference Different(GraphItem item, string field, object? expected, object? actual) => new()
    {
        Kind = DifferenceKind.Different,
        IsNode = item is GraphNode,
        Type = item.Type,
        Id = item.Id,
        Field = field,
        Expected = expected,
        Actual = actual,
    };
}
