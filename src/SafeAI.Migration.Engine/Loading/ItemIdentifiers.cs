using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>The labels and types of items, which stand in the text of statements.</summary>
internal static class ItemIdentifiers
{
    /// <summary>Refuses an item with a label or type that is no plain identifier.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.UnsafeIdentifier"/>.</exception>
    public static void Check(GraphItem item)
    {
        if (item is GraphRelationship relationship)
        {
            GraphIdentifier.Check(relationship.Type, "relationship type");
            GraphIdentifier.Check(relationship.FromType, "node type");
            GraphIdentifier.Check(relationship.ToType, "node type");
            return;
        }

        GraphIdentifier.Check(item.Type, "node type");
        foreach (var label in ((GraphNode)item).Labels)
            GraphIdentifier.Check(label, "label");
    }

    /// <summary>Whether an item's ids are texts that can be stored as they are.</summary>
    public static bool HaveText(GraphItem item) =>
        !GraphValue.HasLoneSurrogate(item.Id) && (item is not GraphRelationship r || !(GraphValue.HasLoneSurrogate(r.FromId) || GraphValue.HasLoneSurrogate(r.ToId)));
}
