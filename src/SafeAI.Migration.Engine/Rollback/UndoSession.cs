using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Rollback;

/// <summary>
/// Puts a run back: walks its log from the end, batch by batch, asks what is there, deletes what the run created,
/// gives back what it overwrote, leaves alone what others changed since, and reads everything back.
/// </summary>
internal sealed class UndoSession(IGraphDestination destination, UndoLog log, UndoJournal journal, UndoOptions options, Action? onBatch)
{
    // An item that is kept in a later batch is kept in the earlier ones, too. Null where none is.
    private ItemLedger? _kept;

    // Of an undo that is not the run's first, what is as before the run already, however many batches had touched it.
    private ItemLedger? _before;

    /// <summary>Requests of the run of which nobody knows whether they arrived, as no answer confirmed them.</summary>
    public long Unconfirmed { get; private set; }

    /// <summary>Puts everything back that is not yet.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var kind in journal.Kept().Chunk(1000).SelectMany(c => c.GroupBy(i => (i.IsNode, i.Type))))
                Keep(kind.Key.IsNode, kind.Key.Type, kind.Select(i => i.Id));
            _before = journal.IsRepeated && log.IsFixed ? StatesBefore(cancellationToken) : null;
            foreach (var batch in log.Backwards())
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (batch.State == BatchState.NotWritten || (log.IsFixed && journal.Progress.Done <= batch.Number))
                    continue;
                await UndoAsync(batch, cancellationToken).ConfigureAwait(false);
                onBatch?.Invoke();
            }
        }
        finally
        {
            _kept?.Dispose();
            _before?.Dispose();
            (_kept, _before) = (null, null);
        }
    }

    private void Keep(bool isNode, string type, IEnumerable<string> ids) =>
        (_kept ??= new ItemLedger("undo")).Put(isNode, type, ids.Select(id => (id, (byte[]?)null)));

    /// <summary>Counts the items that are not as before the run, those that were kept aside.</summary>
    public async Task<long> CountDifferencesAsync(CancellationToken cancellationToken)
    {
        using var ledger = StatesBefore(cancellationToken);

        // In a store in the same process nothing is under way when that has ended.
        Unconfirmed = destination is GraphStoreDestination ? 0 : log.Backwards().LongCount(b => b.State is BatchState.Sent or BatchState.NotFound);
        foreach (var kept in journal.Kept())
            ledger.Remove(kept.IsNode, kept.Type, kept.Id);
        long differences = 0;
        foreach (var (isNode, type, items) in ledger.Pages(1000))
        {
            var found = await ItemStates.ReadAsync(destination, isNode, type, [.. items.Keys], cancellationToken).ConfigureAwait(false);
            foreach (var (id, hash) in items)
            {
                if (!IsState(hash, found.GetValueOrDefault(id)))
                    differences++;
            }

            CrashPoint.Hit("undo.verify");
        }

        return differences;
    }

    // The states before the run: those before the earliest batch that touched each item.
    private ItemLedger StatesBefore(CancellationToken cancellationToken)
    {
        var ledger = new ItemLedger("undo");
        foreach (var batch in log.Backwards().Where(b => b.State != BatchState.NotWritten))
        {
            cancellationToken.ThrowIfCancellationRequested();
            ledger.Put(batch.Key.IsNode, batch.Key.Type, batch.Items.Where(ItemStates.IsTouched).Select(i => (i.Id, ItemStates.BeforeHash(batch.Key, i))));
        }

        return ledger;
    }

    private static bool IsState(byte[]? hash, GraphItem? present) =>
        hash is null ? present is null : present is not null && hash.AsSpan().SequenceEqual(GraphContent.Hash(present));

    private ItemDecision Decide(JournaledBatch batch, int place, GraphItem? present)
    {
        var item = batch.Items[place];
        return _before is not null && IsState(_before.Find(batch.Key.IsNode, batch.Key.Type, item.Id), present)
            && (present is null || ItemStates.HasItsEnds(batch.Key, item, present))
            ? new ItemDecision(place, item, present, UndoAction.None)
            : ItemStates.Decide(batch, place, item, present, log.IsForced(batch, options.Force), log.ChangedReason);
    }

    private async Task UndoAsync(JournaledBatch batch, CancellationToken cancellationToken)
    {
        var key = batch.Key;
        var places = Enumerable.Range(0, batch.Items.Count)
            .Where(i => ItemStates.IsTouched(batch.Items[i]) && _kept?.Contains(key.IsNode, key.Type, batch.Items[i].Id) != true).ToList();
        var present = await ItemStates.ReadAsync(destination, key, [.. places.Select(i => batch.Items[i].Id)], cancellationToken).ConfigureAwait(false);
        var decisions = places.Select(i => Decide(batch, i, present.GetValueOrDefault(batch.Items[i].Id))).ToList();

        // What a killed attempt had asked for and is done now was its work, not somebody else's.
        HashSet<int> own = log.IsFixed && journal.Progress.Pending == batch.Number ? [.. journal.Progress.PendingItems] : [];
        var toDo = decisions.Where(d => d.Action is UndoAction.Delete or UndoAction.Restore or UndoAction.Recreate).ToList();
        if (toDo.Count > 0)
        {
            journal.Plan(batch.Number, [.. own.Union(toDo.Select(d => d.Place))]);
            CrashPoint.Hit("undo.planned");
        }

        var counts = new Counts(key.IsNode);
        foreach (var done in decisions.Where(d => d.Action == UndoAction.None && (batch.State != BatchState.NotFound || own.Contains(d.Place))))
            counts.Add(own.Contains(done.Place) ? done.Item.Existed ? UndoAction.Restore : UndoAction.Delete : UndoAction.None);
        var kept = decisions.Where(d => d.Action == UndoAction.Keep).ToList();
        await DeleteAsync(key, [.. toDo.Where(d => d.Action == UndoAction.Delete)], counts, kept, cancellationToken).ConfigureAwait(false);
        CrashPoint.Hit("undo.deleted");
        await RestoreAsync(key, [.. toDo.Where(d => d.Action != UndoAction.Delete)], counts, kept, cancellationToken).ConfigureAwait(false);
        CrashPoint.Hit("undo.restored");
        if (kept.Count > 0)
            Keep(key.IsNode, key.Type, kept.Select(d => d.Item.Id));
        journal.Commit(counts.AddTo(journal.Progress, batch.Number, kept.Count), [.. kept.Select(d => ItemStates.ToPlanItem(key, d))]);
        CrashPoint.Hit("undo.confirmed");
    }

    private async Task DeleteAsync(BatchKey key, IReadOnlyList<ItemDecision> items, Counts counts, List<ItemDecision> kept, CancellationToken cancellationToken)
    {
        if (items.Count == 0)
            return;
        string[] ids = [.. items.Select(d => d.Item.Id)];
        IReadOnlyList<string> deleted;
        if (key.IsNode)
        {
            if (options.Force)
                counts.Detached += await CountIncidentAsync(key.Type, ids, cancellationToken).ConfigureAwait(false);

            deleted = await destination.DeleteNodesAsync(key.Type, ids, withRelationships: options.Force, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            deleted = await destination.DeleteRelationshipsAsync(key.Type, ids, cancellationToken).ConfigureAwait(false);
        }

        var confirmed = deleted.ToHashSet(StringComparer.Ordinal);
        var open = items.Where(d => !confirmed.Contains(d.Item.Id)).ToList();
        var left = await ItemStates.ReadAsync(destination, key.IsNode, key.Type, [.. open.Select(d => d.Item.Id)], cancellationToken).ConfigureAwait(false);
        foreach (var decision in items)
        {
            if (!confirmed.Contains(decision.Item.Id) && left.ContainsKey(decision.Item.Id))
                kept.Add(decision with { Action = UndoAction.Keep, Reason = UndoPlanner.HasRelationships });
            else
                counts.Add(UndoAction.Delete);
        }
    }

    private async Task<long> CountIncidentAsync(string type, string[] ids, CancellationToken cancellationToken)
    {
        var wanted = ids.ToHashSet(StringComparer.Ordinal);
        long count = 0;

        // What goes from one of the nodes to another may come twice.
        ItemLedger? between = null;
        try
        {
            await foreach (var relationship in ItemStates.ReadIncidentAsync(destination, type, ids, isEnough: null, cancellationToken).ConfigureAwait(false))
            {
                if (ItemStates.EndsOf(relationship, type).Count(wanted.Contains) > 1)
                {
                    between ??= new ItemLedger("undo");
                    if (between.Contains(false, relationship.Type, relationship.Id))
                        continue;
                    between.Put(false, relationship.Type, [(relationship.Id, null)]);
                }

                count++;
            }
        }
        finally
        {
            between?.Dispose();
        }

        return count;
    }

    private async Task RestoreAsync(BatchKey key, IReadOnlyList<ItemDecision> items, Counts counts, List<ItemDecision> kept, CancellationToken cancellationToken)
    {
        // Labels stand in the statement's text: nodes that gain and lose the same ones go together.
        foreach (var group in items.GroupBy(d => Labels.Of(d)))
        {
            WriteAnswer answer;
            if (key.IsNode)
            {
                GraphNode[] nodes = [.. group.Select(d => new GraphNode(key.Type, d.Item.Id, ItemStates.Patch(d), group.Key.AddedList))];
                answer = await destination.RestoreNodesAsync(key.Type, nodes, group.Key.RemovedList, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                // One that was laid between other nodes since would stand in the way of its own id.
                string[] moved = [.. group.Where(d => d is { Action: UndoAction.Recreate, Present: not null }).Select(d => d.Item.Id)];
                if (moved.Length > 0)
                    await destination.DeleteRelationshipsAsync(key.Type, moved, cancellationToken).ConfigureAwait(false);
                GraphRelationship[] relationships =
                [
                    .. group.Select(d => new GraphRelationship(key.Type, d.Item.Id, key.FromType!, d.Item.FromId!, key.ToType!, d.Item.ToId!, ItemStates.Patch(d))),
                ];
                answer = await destination.WriteRelationshipsAsync(key.Type, key.FromType!, key.ToType!, relationships, cancellationToken).ConfigureAwait(false);
            }

            var written = answer.Items.Select(i => i.Id).ToHashSet(StringComparer.Ordinal);
            foreach (var decision in group)
            {
                if (written.Contains(decision.Item.Id))
                    counts.Add(UndoAction.Restore);
                else
                    kept.Add(decision with { Action = UndoAction.Keep, Reason = key.IsNode ? "The destination did not confirm it." : "A node at one of its ends is gone." });
            }
        }
    }

    private readonly record struct Labels(string Added, string Removed)
    {
        public IReadOnlyList<string> AddedList => Split(Added);

        public IReadOnlyList<string> RemovedList => Split(Removed);

        public static Labels Of(ItemDecision decision)
        {
            var before = decision.Item.LabelsBefore ?? [];
            var now = (decision.Present as GraphNode)?.Labels ?? [];
            return new Labels(Join(before.Except(now)), Join(now.Except(before)));
        }

        private static string Join(IEnumerable<string> labels) => string.Join('\n', labels.Order(StringComparer.Ordinal));

        private static string[] Split(string labels) => labels.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private sealed class Counts(bool isNode)
    {
        private long _deleted;
        private long _restored;
        private long _before;

        public long Detached { get; set; }

        public void Add(UndoAction action)
        {
            _deleted += action == UndoAction.Delete ? 1 : 0;
            _restored += action is UndoAction.Restore or UndoAction.Recreate ? 1 : 0;
            _before += action == UndoAction.None ? 1 : 0;
        }

        public UndoProgress AddTo(UndoProgress progress, long batch, int kept) => progress with
        {
            Done = batch,
            NodesDeleted = progress.NodesDeleted + (isNode ? _deleted : 0),
            NodesRestored = progress.NodesRestored + (isNode ? _restored : 0),
            RelationshipsDeleted = progress.RelationshipsDeleted + (isNode ? 0 : _deleted),
            RelationshipsRestored = progress.RelationshipsRestored + (isNode ? 0 : _restored),
            AlreadyBefore = progress.AlreadyBefore + _before,
            Kept = progress.Kept + kept,
            Detached = progress.Detached + Detached,
            Batches = progress.Batches + 1,
        };
    }
}
