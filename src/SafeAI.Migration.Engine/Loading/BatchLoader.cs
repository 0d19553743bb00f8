namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// Brings one batch to the destination: looks up what is there, leaves alone what would not change, writes the rest,
/// compares what was asked with what was confirmed, and settles every item.
/// </summary>
internal sealed class BatchLoader(
    IGraphDestination destination,
    RecordAccounts accounts,
    LoadCounters counters,
    VerificationLedger? ledger,
    TemporalProperties temporals,
    Action<Reject> reject)
{
    /// <summary>Loads a batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="mayExist">Whether the destination had items of this type when the run began, or this run may have sent some of these.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task LoadAsync(ItemBatch batch, bool mayExist, CancellationToken cancellationToken)
    {
        if (batch.Entries.Count == 0)
            return;
        foreach (var conflict in batch.Conflicts)
            RejectItem(
                conflict, ErrorCode.RequestRefused,
                $"The relationship {conflict.Item} has the id of another one of this run that joins other nodes. Give each an id of its own in the mapping.", null);
        var existing = mayExist
            ? await ReadExistingAsync(batch, cancellationToken).ConfigureAwait(false)
            : [];

        var changed = new ItemBatch(batch.Key);
        var confirmed = new List<(string, byte[])>(ledger is null ? 0 : batch.Entries.Count);
        foreach (var entry in batch.Entries)
        {
            if (existing.TryGetValue(entry.Item.Id, out var stored) && IsSame(entry.Item, stored))
            {
                counters.Count(batch.Key, unchanged: 1 + (entry.Others?.Count ?? 0));
                Settle(entry, RecordOutcome.Unchanged);
                if (ledger is not null)
                    confirmed.Add((entry.Item.Id, HashOf(entry.Item, stored.Properties, (stored as GraphNode)?.Labels)));
                continue;
            }

            changed.Add(entry.First);
            foreach (var item in entry.Others ?? [])
                changed.Add(item);
        }

        if (changed.Entries.Count > 0)
            await WriteAsync(changed, existing, confirmed, cancellationToken).ConfigureAwait(false);
        else
            counters.AddBatch();
        if (confirmed.Count > 0)
            ledger!.Put(batch.Key, confirmed);
    }

    private async Task<Dictionary<string, GraphItem>> ReadExistingAsync(ItemBatch batch, CancellationToken cancellationToken)
    {
        var ids = batch.Entries.Select(e => e.Item.Id).ToArray();
        IEnumerable<GraphItem> found = batch.Key.IsNode
            ? await destination.ReadNodesAsync(batch.Key.Type, ids, cancellationToken).ConfigureAwait(false)
            : await destination.ReadRelationshipsAsync(batch.Key.Type, ids, cancellationToken).ConfigureAwait(false);
        return found.ToDictionary(i => i.Id, StringComparer.Ordinal);
    }

    private async Task WriteAsync(
        ItemBatch batch, Dictionary<string, GraphItem> existing, List<(string, byte[])> confirmed, CancellationToken cancellationToken)
    {
        WriteAnswer answer;
        try
        {
            answer = batch.Key.IsNode
                ? await destination.WriteNodesAsync(batch.Key.Type, [.. batch.Entries.Select(e => (GraphNode)e.Item)], cancellationToken).ConfigureAwait(false)
                : await destination.WriteRelationshipsAsync(
                    batch.Key.Type, batch.Key.FromType!, batch.Key.ToType!,
                    [.. batch.Entries.Select(e => (GraphRelationship)e.Item)], cancellationToken).ConfigureAwait(false);
        }
        catch (MigrationException e) when (e.Code is ErrorCode.RequestRefused or ErrorCode.UnsupportedValue && !e.IsTransient)
        {
            await HandleRefusalAsync(batch, existing, confirmed, e, cancellationToken).ConfigureAwait(false);
            return;
        }

        counters.AddBatch();
        var written = new Dictionary<string, WrittenItem>(answer.Items.Count, StringComparer.Ordinal);
        foreach (var item in answer.Items)
            written[item.Id] = item;

        List<ItemBatch.Entry>? missing = null;
        foreach (var entry in batch.Entries)
        {
            if (written.Remove(entry.Item.Id, out var item))
                Confirm(batch.Key, entry, item, existing.GetValueOrDefault(entry.Item.Id), answer.WasRepeated, confirmed);
            else
                (missing ??= []).Add(entry);
        }

        if (written.Count > 0)
            throw new MigrationException(
                ErrorCode.WriteMismatch,
                $"The destination confirmed {written.Count} items of a batch of {batch.Key} that were not sent, '{written.Keys.First()}' among them.",
                "Stop writing to this destination until its answers are understood.") { Stage = MigrationStage.Load };
        if (missing is not null)
            await RejectMissingAsync(batch.Key, missing, cancellationToken).ConfigureAwait(false);
    }

    private void Confirm(
        BatchKey key, ItemBatch.Entry entry, WrittenItem answer, GraphItem? existing, bool wasRepeated, List<(string, byte[])> confirmed)
    {
        var before = existing?.Properties ?? answer.Before;
        var labelsBefore = (existing as GraphNode)?.Labels ?? answer.LabelsBefore;

        // An attempt whose answer was lost may have created the item already.
        if (existing is null && wasRepeated && before is not null && GraphContent.Covers(before, entry.Item.Properties))
            before = null;

        var repeats = entry.Others?.Count ?? 0;
        if (before is null)
        {
            counters.Count(key, created: 1, unchanged: repeats);
        }
        else if (GraphContent.Covers(before, entry.Item.Properties) && HasLabels(entry.Item, labelsBefore))
        {
            counters.Count(key, unchanged: 1 + repeats);
            Settle(entry, RecordOutcome.Unchanged);
            if (ledger is not null)
                confirmed.Add((entry.Item.Id, HashOf(entry.Item, before, labelsBefore)));
            return;
        }
        else
        {
            counters.Count(key, updated: 1, unchanged: repeats);
        }

        Settle(entry, RecordOutcome.Loaded);
        if (ledger is not null)
        {
            var labels = (entry.Item as GraphNode)?.Labels.Union(labelsBefore ?? []);
            var after = before is null ? entry.Item.Properties : before.Overlay(entry.Item.Properties);
            confirmed.Add((entry.Item.Id, HashOf(entry.Item, after, labels)));
        }
    }

    private async Task HandleRefusalAsync(
        ItemBatch batch, Dictionary<string, GraphItem> existing, List<(string, byte[])> confirmed, MigrationException refusal, CancellationToken cancellationToken)
    {
        if (batch.Entries.Count > 1)
        {
            var (first, second) = batch.Split();
            await WriteAsync(first, existing, confirmed, cancellationToken).ConfigureAwait(false);
            await WriteAsync(second, existing, confirmed, cancellationToken).ConfigureAwait(false);
            return;
        }

        counters.AddBatch();
        RejectEntry(batch.Entries[0], refusal.Code, $"The destination refused {batch.Entries[0].Item}: {refusal.Message}", refusal);
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
            var nodes = await destination.ReadNodesAsync(type, [.. ids.Distinct(StringComparer.Ordinal)], cancellationToken).ConfigureAwait(false);
            return nodes.Select(n => n.Id).ToHashSet(StringComparer.Ordinal);
        }
    }

    private void RejectEntry(ItemBatch.Entry entry, string code, string reason, Exception? cause)
    {
        foreach (var item in (entry.Others ?? []).Prepend(entry.First))
            RejectItem(item, code, reason, cause);
    }

    private void RejectItem(LoadItem item, string code, string reason, Exception? cause)
    {
        accounts.Settle(item.Ticket, RecordOutcome.Rejected);
        counters.AddRejectedItem();
        reject(new Reject(MigrationStage.Load, code, reason, item.Item.GetRecord()?.GetPosition() ?? default)
        {
            Record = item.Item.GetRecord(),
            Item = item.Item,
            Rule = item.Item.Type,
            Exception = cause,
        });
    }

    private void Settle(ItemBatch.Entry entry, RecordOutcome outcome)
    {
        accounts.Settle(entry.First.Ticket, outcome);
        foreach (var item in entry.Others ?? [])
            accounts.Settle(item.Ticket, outcome);
    }

    private static bool IsSame(GraphItem desired, GraphItem stored) =>
        GraphContent.Covers(stored.Properties, desired.Properties)
        && HasLabels(desired, (stored as GraphNode)?.Labels)
        && (desired is not GraphRelationship d || (stored is GraphRelationship s && d.FromId == s.FromId && d.ToId == s.ToId));

    private static bool HasLabels(GraphItem desired, IReadOnlyList<string>? labels) =>
        desired is not GraphNode { Labels.Count: > 0 } node || (labels is not null && node.Labels.All(labels.Contains));

    private byte[] HashOf(GraphItem item, PropertySet properties, IEnumerable<string>? labels)
    {
        temporals.Note(item);
        return GraphContent.Hash(item, temporals.Restore(item.Type, properties), labels);
    }
}
