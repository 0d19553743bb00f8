using System.Collections.Concurrent;
using SafeAI.Migration.Engine.Journal;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// Batches that an earlier process of the run had under way when it died, and that the destination did not have when it was
/// asked. Such a request may still arrive. What it does is the run's own work, and what was there before it is what the
/// journal says, not what is met. Safe for several threads.
/// </summary>
internal sealed class LateWrites
{
    private readonly ConcurrentDictionary<(bool IsNode, string Type, string Id), (JournaledBatch Batch, JournaledItem Item)> _items = [];

    private static readonly HashSet<string> s_none = [];

    // Nearly every run has none, and a dictionary for several threads takes its locks to tell.
    private volatile bool _hasAny;

    /// <summary>Adds a batch.</summary>
    public void Add(JournaledBatch batch)
    {
        _hasAny = true;
        foreach (var item in batch.Items.Where(i => i.Outcome == ItemOutcome.Pending))
            _items[(batch.Key.IsNode, batch.Key.Type, item.Id)] = (batch, item);
    }

    /// <summary>Forgets an item, as a batch after that one was confirmed: what that batch met is in the journal.</summary>
    /// <param name="key">What the items of the later batch have in common.</param>
    /// <param name="id">The item's id.</param>
    /// <param name="number">The later batch's number.</param>
    public void Forget(BatchKey key, string id, long number = long.MaxValue)
    {
        if (_hasAny && _items.TryGetValue((key.IsNode, key.Type, id), out var late) && late.Batch.Number < number)
            _items.TryRemove((key.IsNode, key.Type, id), out _);
    }

    /// <summary>Puts in place of each item that is there because its batch arrived late what was there before.</summary>
    /// <param name="key">What the items have in common.</param>
    /// <param name="existing">What the destination has, by id.</param>
    /// <returns>The ids of those items.</returns>
    public IReadOnlySet<string> TakeBack(BatchKey key, Dictionary<string, GraphItem> existing)
    {
        if (!_hasAny)
            return s_none;
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (id, present) in existing.ToList())
        {
            if (!IsOwn(key, present, out var item))
                continue;
            ids.Add(id);
            if (item.Before is null)
                existing.Remove(id);
            else
                existing[id] = Rollback.ItemStates.Before(key, item);
        }

        return ids;
    }

    /// <summary>Whether an item, as an answer says it was before the request, was made so by a batch that arrived late.</summary>
    public bool IsOwn(BatchKey key, GraphItem sent, PropertySet? before, IReadOnlyList<string>? labelsBefore) =>
        _hasAny && before is not null && IsOwn(
            key,
            sent is GraphRelationship r
                ? new GraphRelationship(r.Type, r.Id, r.FromType, r.FromId, r.ToType, r.ToId, before)
                : new GraphNode(sent.Type, sent.Id, before, labelsBefore),
            out _);

    private bool IsOwn(BatchKey key, GraphItem present, out JournaledItem item)
    {
        var isLate = _items.TryGetValue((key.IsNode, key.Type, present.Id), out var late);
        item = late.Item;
        return isLate && late.Batch.HashOf(present).AsSpan().SequenceEqual(late.Item.AfterHash);
    }
}
