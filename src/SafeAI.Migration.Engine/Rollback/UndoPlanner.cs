using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Rollback;

/// <summary>Finds out what putting a run back would do, item by item, by reading only.</summary>
internal sealed class UndoPlanner(IGraphDestination destination, UndoLog log, bool force)
{
    /// <summary>Why a node is kept that the run created.</summary>
    public const string HasRelationships = "It has relationships that are not the run's.";

    /// <summary>Streams what would be done. An item that several batches touched appears once.</summary>
    public async IAsyncEnumerable<UndoPlanItem> PlanAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var history = new ItemLedger("undo");
        using var deleted = new ItemLedger("undo");
        var reading = new Stopwatch();
        Collect(history, cancellationToken);
        foreach (var batch in log.Backwards().Where(b => b.State != BatchState.NotWritten))
        {
            // The earliest batch has the state before the run.
            var key = batch.Key;
            var items = batch.Items.Where(ItemStates.IsTouched)
                .Select(i => (Item: i, History: history.Find(key.IsNode, key.Type, i.Id)!))
                .Where(i => BinaryPrimitives.ReadInt64LittleEndian(i.History) == batch.Number).ToList();
            reading.Start();
            var present = await ItemStates.ReadAsync(destination, key, [.. items.Select(i => i.Item.Id)], cancellationToken).ConfigureAwait(false);
            var decisions = items
                .Select((i, place) => ItemStates.Decide(batch, place, i.Item, present.GetValueOrDefault(i.Item.Id), log.IsForced(batch, force), log.ChangedReason, h => IsOneOf(i.History, h))).ToList();
            if (!key.IsNode)
                deleted.Put(false, key.Type, decisions.Where(d => d.Action == UndoAction.Delete).Select(d => (d.Item.Id, (byte[]?)null)));
            else if (!force)
                decisions = await KeepConnectedAsync(key, decisions, deleted, cancellationToken).ConfigureAwait(false);
            reading.Stop();

            // Putting a batch back takes reading it, writing it, and reading it again.
            foreach (var decision in decisions)
                yield return ItemStates.ToPlanItem(key, decision) with { EstimatedSeconds = 3 * reading.Elapsed.TotalSeconds };
        }
    }

    // For each item the number of the earliest batch that touched it, then the hashes after each of its batches: what is
    // there now may be any of them where a later batch never arrived.
    private void Collect(ItemLedger history, CancellationToken cancellationToken)
    {
        foreach (var batch in log.Backwards().Where(b => b.State != BatchState.NotWritten))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var key = batch.Key;
            history.Put(key.IsNode, key.Type, batch.Items.Where(ItemStates.IsTouched).Select(i =>
            {
                var later = history.Find(key.IsNode, key.Type, i.Id)?[sizeof(long)..] ?? [];
                var value = new byte[sizeof(long) + later.Length + GraphContent.HashLength];
                BinaryPrimitives.WriteInt64LittleEndian(value, batch.Number);
                later.CopyTo(value, sizeof(long));
                i.AfterHash.CopyTo(value, sizeof(long) + later.Length);
                return (i.Id, (byte[]?)value);
            }));
        }
    }

    private static bool IsOneOf(byte[] history, byte[] hash)
    {
        for (var i = sizeof(long); i < history.Length; i += GraphContent.HashLength)
        {
            if (history.AsSpan(i, GraphContent.HashLength).SequenceEqual(hash))
                return true;
        }

        return false;
    }

    private async Task<List<ItemDecision>> KeepConnectedAsync(BatchKey key, List<ItemDecision> decisions, ItemLedger deleted, CancellationToken cancellationToken)
    {
        string[] ids = [.. decisions.Where(d => d.Action == UndoAction.Delete).Select(d => d.Item.Id)];
        if (ids.Length == 0)
            return decisions;
        var wanted = ids.ToHashSet(StringComparer.Ordinal);
        var connected = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var relationship in ItemStates.ReadIncidentAsync(destination, key.Type, ids, connected.Contains, cancellationToken).ConfigureAwait(false))
        {
            if (!deleted.Contains(false, relationship.Type, relationship.Id))
                connected.UnionWith(ItemStates.EndsOf(relationship, key.Type).Where(wanted.Contains));
        }

        return [.. decisions.Select(d => d.Action == UndoAction.Delete && connected.Contains(d.Item.Id) ? d with { Action = UndoAction.Keep, Reason = HasRelationships } : d)];
    }
}
