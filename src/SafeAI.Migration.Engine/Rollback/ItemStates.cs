using System.Runtime.CompilerServices;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Rollback;

/// <summary>An item of a batch, what it is at the destination now, and what is to be done with it.</summary>
/// <param name="Place">Its place in the batch.</param>
/// <param name="Item">The item as it was journaled.</param>
/// <param name="Present">What the destination has; null where it has nothing.</param>
/// <param name="Action">What is to be done.</param>
/// <param name="Reason">Why it is kept; null where it is not.</param>
internal sealed record ItemDecision(int Place, JournaledItem Item, GraphItem? Present, UndoAction Action, string? Reason = null);

/// <summary>Tells from an item's state before, its state after and its present state what puts it back.</summary>
internal static class ItemStates
{
    private const int IncidentAtOnce = 10_000;

    /// <summary>Whether the batch may have changed the item.</summary>
    public static bool IsTouched(JournaledItem item) => item.Outcome is ItemOutcome.Created or ItemOutcome.Updated or ItemOutcome.Pending;

    /// <summary>Decides over an item.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="place">The item's place in the batch.</param>
    /// <param name="item">The item as it was journaled.</param>
    /// <param name="present">What the destination has; null where it has nothing.</param>
    /// <param name="force">Whether later changes are overwritten.</param>
    /// <param name="changed">What to say of an item that is neither as before nor as after.</param>
    /// <param name="isAfter">Tells whether a hash is that of a state which the run left; null for the batch's own.</param>
    public static ItemDecision Decide(JournaledBatch batch, int place, JournaledItem item, GraphItem? present, bool force, string changed, Func<byte[], bool>? isAfter = null)
    {
        if (present is null)
        {
            if (!item.Existed)
                return new ItemDecision(place, item, present, UndoAction.None);
            return force
                ? new ItemDecision(place, item, present, UndoAction.Recreate)
                : new ItemDecision(place, item, present, UndoAction.Keep, "It was deleted since.");
        }

        // A text that looks like a point in time may have been taken for one when the run hashed it.
        var hash = GraphContent.Hash(present);
        var known = batch.HashOf(present);
        var isMoved = !HasItsEnds(batch.Key, item, present);
        var goal = !item.Existed ? UndoAction.Delete : isMoved ? UndoAction.Recreate : UndoAction.Restore;
        if (!isMoved && BeforeHash(batch.Key, item) is { } before && before.AsSpan().SequenceEqual(hash))
            return new ItemDecision(place, item, present, UndoAction.None);
        isAfter ??= h => item.AfterHash.AsSpan().SequenceEqual(h);
        if (force || (!isMoved && (isAfter(hash) || isAfter(known))))
            return new ItemDecision(place, item, present, goal);
        return new ItemDecision(place, item, present, UndoAction.Keep, changed);
    }

    /// <summary>Whether an item is a node, or a relationship between the nodes that the batch laid it between. Its hash does not tell the types of those.</summary>
    public static bool HasItsEnds(BatchKey key, JournaledItem item, GraphItem present) => present is not GraphRelationship relationship
        || ((relationship.FromType, relationship.FromId) == (key.FromType, item.FromId) && (relationship.ToType, relationship.ToId) == (key.ToType, item.ToId));

    /// <summary>The hash of an item as it was before the batch; null where it was not there.</summary>
    public static byte[]? BeforeHash(BatchKey key, JournaledItem item) => item.Before is null ? null : GraphContent.Hash(Before(key, item));

    /// <summary>An item as it was before the batch.</summary>
    public static GraphItem Before(BatchKey key, JournaledItem item) => key.IsNode
        ? new GraphNode(key.Type, item.Id, item.Before!, item.LabelsBefore)
        : new GraphRelationship(key.Type, item.Id, key.FromType!, item.FromId!, key.ToType!, item.ToId!, item.Before!);

    /// <summary>The properties that put an item back where they are laid over what is there; all of them where it is made anew.</summary>
    public static PropertySet Patch(ItemDecision decision) =>
        Patch(decision.Action == UndoAction.Recreate ? null : decision.Present?.Properties, decision.Item.Before!);

    /// <summary>The properties that make one item the other where they are laid over it: those that differ, and null for those that go.</summary>
    public static PropertySet Patch(PropertySet? present, PropertySet before)
    {
        if (present is null)
            return before;
        var patch = new List<KeyValuePair<string, object?>>();
        foreach (var (name, value) in before)
        {
            var now = present[name];
            if (value?.GetType() != now?.GetType() || !GraphContent.ValueEquals(value, now))
                patch.Add(new KeyValuePair<string, object?>(name, value));
        }

        foreach (var (name, value) in present)
        {
            if (value is not null && !before.ContainsKey(name))
                patch.Add(new KeyValuePair<string, object?>(name, null));
        }

        return PropertySet.From(patch);
    }

    /// <summary>A decision as users see it.</summary>
    public static UndoPlanItem ToPlanItem(BatchKey key, ItemDecision decision) => new()
    {
        Action = decision.Action,
        IsNode = key.IsNode,
        Type = key.Type,
        Id = decision.Item.Id,
        FromId = decision.Item.FromId,
        ToId = decision.Item.ToId,
        Reason = decision.Reason,
        Properties = decision.Action is UndoAction.Restore or UndoAction.Recreate
            ? [.. Patch(decision).Keys]
            : [],
    };

    /// <summary>
    /// Reads the relationships of any type that start or end at nodes, a page in memory at a time, however many there are. One
    /// between two of the nodes may come twice.
    /// </summary>
    /// <param name="destination">The graph.</param>
    /// <param name="type">The type of the nodes.</param>
    /// <param name="ids">The ids of the nodes.</param>
    /// <param name="isEnough">Tells of a node with many whether the rest is not wanted; null where all are.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async IAsyncEnumerable<GraphRelationship> ReadIncidentAsync(
        IGraphDestination destination, string type, string[] ids, Func<string, bool>? isEnough, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var parts = new Stack<string[]>([ids]);
        while (parts.TryPop(out var part))
        {
            if (part.Length > 1)
            {
                var found = await destination.ReadRelationshipsOfAsync(type, part, IncidentAtOnce, cancellationToken).ConfigureAwait(false);
                if (found.Count >= IncidentAtOnce)
                {
                    // There may be more: fewer nodes at once.
                    parts.Push(part[..(part.Length / 2)]);
                    parts.Push(part[(part.Length / 2)..]);
                    continue;
                }

                foreach (var relationship in found)
                    yield return relationship;
                continue;
            }

            IReadOnlyList<GraphRelationship> page;
            var after = ("", "");
            do
            {
                page = await destination.PageRelationshipsOfAsync(type, part[0], after, IncidentAtOnce, cancellationToken).ConfigureAwait(false);
                foreach (var relationship in page)
                    yield return relationship;
                if (page.Count > 0)
                    after = (page[^1].Type, page[^1].Id);
            }
            while (page.Count >= IncidentAtOnce && isEnough?.Invoke(part[0]) != true);
        }
    }

    /// <summary>The ids of those ends of a relationship that are nodes of a type.</summary>
    public static IEnumerable<string> EndsOf(GraphRelationship relationship, string type)
    {
        if (relationship.FromType == type)
            yield return relationship.FromId;
        if (relationship.ToType == type)
            yield return relationship.ToId;
    }

    /// <summary>Reads what the destination has of the items of a batch.</summary>
    public static async Task<Dictionary<string, GraphItem>> ReadAsync(
        IGraphDestination destination, BatchKey key, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        if (key.IsNode || ids.Count == 0)
            return await ReadAsync(destination, key.IsNode, key.Type, ids, cancellationToken).ConfigureAwait(false);
        var found = await destination.ReadRelationshipsAsync(key.Type, key.FromType!, key.ToType!, ids, cancellationToken).ConfigureAwait(false);
        return found.ToDictionary(r => r.Id, GraphItem (r) => r, StringComparer.Ordinal);
    }

    /// <summary>Reads what the destination has of the items.</summary>
    public static async Task<Dictionary<string, GraphItem>> ReadAsync(
        IGraphDestination destination, bool isNode, string type, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        if (ids.Count == 0)
            return [];
        IEnumerable<GraphItem> found = isNode
            ? await destination.ReadNodesAsync(type, ids, cancellationToken).ConfigureAwait(false)
            : await destination.ReadRelationshipsAsync(type, ids, cancellationToken).ConfigureAwait(false);
        return found.ToDictionary(i => i.Id, StringComparer.Ordinal);
    }
}
