using SafeAI.Migration.Engine.Journal;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// Brings one batch to the destination: looks up what is there, leaves alone what would not change, writes the rest,
/// compares what was asked with what was confirmed, and settles every item.
/// </summary>
internal sealed class BatchLoader(LoadContext context)
{
    private readonly IGraphDestination _destination = context.Destination;
    private readonly LoadCounters _counters = context.Counters;

    /// <summary>Does for a batch what can be done before its turn. Batches that may have an id in common are to come here in their order.</summary>
    public void Prepare(ItemBatch batch) => batch.HeadStart ??= BatchHeadStart.Of(context, batch);

    /// <summary>Loads a batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="startedEmpty">Whether the destination had no item of this type when the run began.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task LoadAsync(ItemBatch batch, bool startedEmpty, CancellationToken cancellationToken)
    {
        if (batch.Entries.Count == 0)
            return;
        CrashPoint.Hit("batch.before");
        var settled = new List<(ItemBatch.Entry Entry, byte[]? Hash, ItemOutcome Outcome)>();
        foreach (var conflict in batch.Conflicts)
        {
            RejectItem(
                conflict, ErrorCode.RequestRefused,
                $"The relationship {conflict.Item} has the id of another one of this run that joins other nodes. Give each an id of its own in the mapping.", null);
            settled.Add((new ItemBatch.Entry(conflict), null, ItemOutcome.Rejected));
        }

        var existing = await ReadExistingAsync(batch, startedEmpty, cancellationToken).ConfigureAwait(false);
        var late = context.Late.TakeBack(batch.Key, existing);
        var inserts = context.Options.Mode == LoadMode.Insert;
        var own = inserts && existing.Count > 0 ? context.Ledger!.Find(batch.Key, existing.Keys) : null;
        // Where nothing is there, all of it is to be written.
        var isNew = existing.Count == 0 && late.Count == 0;
        var changed = isNew ? batch : batch.NewLike();
        var ownChanged = batch.NewLike();
        var confirmed = new List<(string, byte[])>();
        foreach (var entry in isNew ? [] : batch.Entries)
        {
            if (existing.TryGetValue(entry.Item.Id, out var stored))
            {
                if (own?.Contains(entry.Item.Id) == false && !late.Contains(entry.Item.Id))
                {
                    RejectExisting(entry, stored);
                    settled.Add((entry, null, ItemOutcome.Rejected));
                    continue;
                }

                if (context.Options.Mode == LoadMode.Replace)
                    entry.Replace(stored.Properties);
                if (IsSame(entry.Item, stored))
                {
                    _counters.Count(batch.Key, unchanged: entry.Count);
                    Settle(entry, RecordOutcome.Unchanged);
                    var hash = NeedsHashes ? context.HashOf(entry.Item, stored.Properties, (stored as GraphNode)?.Labels) : null;
                    if (context.Ledger is not null)
                        confirmed.Add((entry.Item.Id, hash!));
                    settled.Add((entry, hash, ItemOutcome.Unchanged));
                    continue;
                }
            }

            (inserts && (existing.ContainsKey(entry.Item.Id) || late.Contains(entry.Item.Id)) ? ownChanged : changed).Take(entry);
        }

        BatchLog.Settled(context, batch.Key, settled);
        foreach (var (entry, _, _) in settled)
            LeaveStretch(entry);
        if (changed.Entries.Count > 0)
            await WriteAsync(changed, inserts, existing, confirmed, cancellationToken).ConfigureAwait(false);
        if (ownChanged.Entries.Count > 0)
            await WriteAsync(ownChanged, inserts: false, existing, confirmed, cancellationToken).ConfigureAwait(false);
        if (changed.Entries.Count + ownChanged.Entries.Count == 0)
            _counters.AddBatch();
        if (confirmed.Count > 0)
            context.Ledger?.Put(batch.Key, confirmed);
    }

    private bool NeedsHashes => context.Ledger is not null || context.Journal is not null;

    // Of a type that the destination did not have, only what this run has written itself can be there.
    private async Task<Dictionary<string, GraphItem>> ReadExistingAsync(ItemBatch batch, bool startedEmpty, CancellationToken cancellationToken)
    {
        var asked = startedEmpty ? batch.HeadStart?.Asked : null;
        asked ??= [.. batch.Entries.Select(e => e.Item.Id)];
        if (asked.Count == 0)
            return [];
        var key = batch.Key;
        IEnumerable<GraphItem> found = key.IsNode
            ? await _destination.ReadNodesAsync(key.Type, asked, cancellationToken).ConfigureAwait(false)
            : await _destination.ReadRelationshipsAsync(key.Type, key.FromType!, key.ToType!, asked, cancellationToken).ConfigureAwait(false);
        return found.ToDictionary(i => i.Id, StringComparer.Ordinal);
    }

    // What is only to be inserted may have come to be there since the look: whoever made it, it stays as it is.
    private async Task WriteAsync(
        ItemBatch batch, bool inserts, Dictionary<string, GraphItem> existing, List<(string, byte[])> confirmed, CancellationToken cancellationToken)
    {
        // What is not to be sent any more must not be in the journal as sent.
        cancellationToken.ThrowIfCancellationRequested();
        var log = context.Journal is null ? null
            : (batch.HeadStart is { } start ? await start.TakeLogAsync().ConfigureAwait(false) : null)
            ?? await BatchLog.SendAsync(context, batch, existing).ConfigureAwait(false);
        WriteAnswer answer;
        try
        {
            var request = SendAsync(batch, inserts, cancellationToken);
            CrashPoint.Hit("request.started");
            answer = await request.ConfigureAwait(false);
        }
        catch (MigrationException e) when (e.Code is ErrorCode.RequestRefused or ErrorCode.UnsupportedValue && !e.IsTransient)
        {
            await HandleRefusalAsync(batch, inserts, log, existing, confirmed, e, cancellationToken).ConfigureAwait(false);
            return;
        }

        _counters.AddBatch();
        var written = AreInOrder(batch, answer) ? null : ById(answer);
        List<ItemBatch.Entry>? missing = null;
        var again = batch.NewLike();

        // A batch is one transaction: where any of it is new now, an attempt before this one wrote nothing.
        var mayHaveRepeated = answer.WasRepeated && answer.Items.All(i => i.Before is not null);
        var counts = new long[(int)ItemOutcome.Rejected];
        for (var i = 0; i < batch.Entries.Count; i++)
        {
            var entry = batch.Entries[i];
            var item = written is null ? answer.Items[i] : default;
            if (written is not null && !written.Remove(entry.Item.Id, out item))
            {
                (missing ??= []).Add(entry);
                log?.NoteRejected(i);
            }
            else if (inserts && item.Before is not null && !IsOwn(batch.Key, entry.Item, item, mayHaveRepeated))
            {
                RejectExisting(entry);
                log?.NoteRejected(i);
            }
            else if (inserts && item.Before is not null && !Covers(item.Before, item.LabelsBefore, entry.Item))
            {
                again.Take(entry);
                log?.NoteNotWritten(i);
            }
            else
            {
                counts[(int)ItemOutcome.Unchanged] += entry.Count - 1;
                counts[(int)Confirm(batch.Key, entry, i, log, item, existing.GetValueOrDefault(entry.Item.Id), answer.WasRepeated, confirmed)]++;
            }
        }

        _counters.Count(batch.Key, counts[(int)ItemOutcome.Created], counts[(int)ItemOutcome.Updated], counts[(int)ItemOutcome.Unchanged]);
        if (written?.Count > 0)
            throw new MigrationException(
                ErrorCode.WriteMismatch,
                $"The destination confirmed {written.Count} items of a batch of {batch.Key} that were not sent, '{written.Keys.First()}' among them.",
                "Stop writing to this destination until its answers are understood.") { Stage = MigrationStage.Load };
        if (missing is not null)
            await RejectMissingAsync(batch.Key, missing, cancellationToken).ConfigureAwait(false);
        log?.Confirm();
        foreach (var entry in again.Entries.Count == 0 ? batch.Entries : batch.Entries.Except(again.Entries))
            LeaveStretch(entry);
        if (again.Entries.Count > 0)
            await WriteAsync(again, inserts: false, existing, confirmed, cancellationToken).ConfigureAwait(false);
    }

    private Task<WriteAnswer> SendAsync(ItemBatch batch, bool inserts, CancellationToken cancellationToken)
    {
        var key = batch.Key;
        if (key.IsNode)
        {
            GraphNode[] nodes = [.. batch.Entries.Select(e => (GraphNode)e.Item)];
            return inserts ? _destination.InsertNodesAsync(key.Type, nodes, cancellationToken) : _destination.WriteNodesAsync(key.Type, nodes, cancellationToken);
        }

        GraphRelationship[] relationships = [.. batch.Entries.Select(e => (GraphRelationship)e.Item)];
        return inserts
            ? _destination.InsertRelationshipsAsync(key.Type, key.FromType!, key.ToType!, relationships, cancellationToken)
            : _destination.WriteRelationshipsAsync(key.Type, key.FromType!, key.ToType!, relationships, cancellationToken);
    }

    // What was met is the run's own where an earlier attempt of this request made it, which is then just what was asked for,
    // or a request of a process before this one.
    private bool IsOwn(BatchKey key, GraphItem sent, WrittenItem met, bool mayHaveRepeated) =>
        context.Late.IsOwn(key, sent, met.Before, met.LabelsBefore)
        || (mayHaveRepeated && context.HashOf(sent, met.Before!, met.LabelsBefore).AsSpan().SequenceEqual(context.HashAfter(sent, null, null)));

    // Nearly every answer has just what was sent, in its order.
    private static bool AreInOrder(ItemBatch batch, WriteAnswer answer)
    {
        if (answer.Items.Count != batch.Entries.Count)
            return false;
        for (var i = 0; i < batch.Entries.Count; i++)
        {
            if (batch.Entries[i].Item.Id != answer.Items[i].Id)
                return false;
        }

        return true;
    }

    private static Dictionary<string, WrittenItem> ById(WriteAnswer answer)
    {
        var written = new Dictionary<string, WrittenItem>(answer.Items.Count, StringComparer.Ordinal);
        foreach (var item in answer.Items)
            written[item.Id] = item;
        return written;
    }

    private ItemOutcome Confirm(
        BatchKey key, ItemBatch.Entry entry, int index, BatchLog? log, WrittenItem answer, GraphItem? existing, bool wasRepeated, List<(string, byte[])> confirmed)
    {
        // The answer tells what was there at the moment of the write; after a lost attempt that may be its work already.
        var useRead = (wasRepeated && (existing is not null || (answer.Before is not null && GraphContent.Covers(answer.Before, entry.Item.Properties))))
            || context.Late.IsOwn(key, entry.Item, answer.Before, answer.LabelsBefore);
        context.Late.Forget(key, entry.Item.Id);
        var before = useRead ? existing?.Properties : answer.Before;
        var labelsBefore = useRead ? (existing as GraphNode)?.Labels : answer.LabelsBefore;
        var outcome = before is null ? ItemOutcome.Created
            : Covers(before, labelsBefore, entry.Item) ? ItemOutcome.Unchanged
            : ItemOutcome.Updated;
        Settle(entry, outcome == ItemOutcome.Unchanged ? RecordOutcome.Unchanged : RecordOutcome.Loaded);
        if (outcome != ItemOutcome.Unchanged)
            _counters.CountLabels(key, labelsBefore);
        if (!NeedsHashes)
            return outcome;
        var hash = log is null ? context.HashAfter(entry.Item, before, labelsBefore) : log.Note(index, entry.Item, outcome, before, labelsBefore);
        if (context.Ledger is not null)
            confirmed.Add((entry.Item.Id, hash));
        return outcome;
    }

    private async Task HandleRefusalAsync(
        ItemBatch batch, bool inserts, BatchLog? log, Dictionary<string, GraphItem> existing, List<(string, byte[])> confirmed, MigrationException refusal, CancellationToken cancellationToken)
    {
        log?.Refuse();
        if (batch.Entries.Count > 1)
        {
            var (first, second) = batch.Split();
            await WriteAsync(first, inserts, existing, confirmed, cancellationToken).ConfigureAwait(false);
            await WriteAsync(second, inserts, existing, confirmed, cancellationToken).ConfigureAwait(false);
            return;
        }

        _counters.AddBatch();
        var entry = batch.Entries[0];
        if (await ReadInTheWayAsync(batch.Key, entry.Item, refusal, cancellationToken).ConfigureAwait(false) is { } other)
            RejectEntry(entry, inserts ? ErrorCode.AlreadyExists : refusal.Code, InTheWay(entry.Item, other), refusal);
        else
            RejectEntry(entry, refusal.Code, $"The destination refused {entry.Item}: {refusal.Message}", refusal);
        BatchLog.Settled(context, batch.Key, [(entry, null, ItemOutcome.Rejected)]);
        LeaveStretch(entry);
    }

    // The destination's own words for an id that a relationship of other nodes has do not say which nodes those are.
    private async Task<GraphRelationship?> ReadInTheWayAsync(BatchKey key, GraphItem item, MigrationException refusal, CancellationToken cancellationToken)
    {
        if (key.IsNode || refusal.Code != ErrorCode.RequestRefused)
            return null;
        var found = await _destination.ReadRelationshipsAsync(key.Type, key.FromType!, key.ToType!, [item.Id], cancellationToken).ConfigureAwait(false);
        return found.FirstOrDefault(r => !ItemBatch.HasSameEnds(item, r));
    }

    private async Task RejectMissingAsync(BatchKey key, List<ItemBatch.Entry> missing, CancellationToken cancellationToken)
    {
        if (key.IsNode)
        {
            foreach (var entry in missing)
                RejectEntry(entry, ErrorCode.WriteMismatch, $"The destination did not confirm {entry.Item}. Run the migration again; what is there already is left alone.", null);
            return;
        }

        var relationships = missing.Select(e => (GraphRelationship)e.Item).ToArray();
        var starts = await KnownIdsAsync(key.FromType!, relationships.Select(r => r.FromId)).ConfigureAwait(false);
        var ends = await KnownIdsAsync(key.ToType!, relationships.Select(r => r.ToId)).ConfigureAwait(false);
        for (var i = 0; i < missing.Count; i++)
        {
            var r = relationships[i];
            var (type, id) = !starts.Contains(r.FromId) ? (r.FromType, r.FromId) : (r.ToType, r.ToId);
            var reason = starts.Contains(r.FromId) && ends.Contains(r.ToId)
                ? $"The destination did not confirm {r}. Run the migration again; what is there already is left alone."
                : $"The relationship {r} was not written: there is no node {type} '{id}'. Load that node first, or mend the id.";
            RejectEntry(missing[i], ErrorCode.MissingEnd, reason, null);
        }

        async Task<HashSet<string>> KnownIdsAsync(string type, IEnumerable<string> ids)
        {
            var nodes = await _destination.ReadNodesAsync(type, [.. ids.Distinct(StringComparer.Ordinal)], cancellationToken).ConfigureAwait(false);
            return nodes.Select(n => n.Id).ToHashSet(StringComparer.Ordinal);
        }
    }

    // No mode gives a relationship other ends.
    private static string InTheWay(GraphItem item, GraphRelationship stored) =>
        $"A relationship {stored.Type} '{stored.Id}' is at the destination already, and joins other nodes: {stored.FromType} '{stored.FromId}' and {stored.ToType} '{stored.ToId}'. Give {item} an id of its own in the mapping.";

    private void RejectExisting(ItemBatch.Entry entry, GraphItem? stored = null) => RejectEntry(
        entry, ErrorCode.AlreadyExists,
        stored is GraphRelationship r && !ItemBatch.HasSameEnds(entry.Item, r)
            ? InTheWay(entry.Item, r)
            : $"{entry.Item} is at the destination already, and only new items are to be loaded. Leave it out, or load with the mode Upsert or Replace.",
        null);

    private void RejectEntry(ItemBatch.Entry entry, string code, string reason, Exception? cause)
    {
        foreach (var item in entry.All)
            RejectItem(item, code, reason, cause);
    }

    private void RejectItem(LoadItem item, string code, string reason, Exception? cause)
    {
        context.Accounts.Settle(item.Ticket, RecordOutcome.Rejected);
        _counters.AddRejectedItem();
        context.Reject(new Reject(MigrationStage.Load, code, reason, item.Item.GetRecord()?.GetPosition() ?? default)
        {
            Record = item.Item.GetRecord(),
            Item = item.Item,
            Rule = item.Item.Type,
            Exception = cause,
        });
    }

    private void Settle(ItemBatch.Entry entry, RecordOutcome outcome)
    {
        foreach (var item in entry.All)
            context.Accounts.Settle(item.Ticket, outcome);
    }

    // Only once the journal has what became of the item may a checkpoint count on it.
    private static void LeaveStretch(ItemBatch.Entry entry)
    {
        foreach (var item in entry.All)
            item.Stretch?.Settle();
    }

    private static bool IsSame(GraphItem desired, GraphItem stored) =>
        Covers(stored.Properties, (stored as GraphNode)?.Labels, desired) && ItemBatch.HasSameEnds(desired, stored);

    // Whether what is there would stay as it is.
    private static bool Covers(PropertySet properties, IReadOnlyList<string>? labels, GraphItem desired) =>
        GraphContent.Covers(properties, desired.Properties)
        && (desired is not GraphNode { Labels.Count: > 0 } node || (labels is not null && node.Labels.All(labels.Contains)));
}
