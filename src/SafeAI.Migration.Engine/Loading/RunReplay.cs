using SafeAI.Migration.Engine.Journal;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// Brings a load to where an earlier process of the same run left it: asks the destination about the batches whose outcome
/// nobody knows, then counts everything in the journal again.
/// </summary>
internal sealed class RunReplay(LoadContext context, ReadMark? mark, MigrationPhase phase)
{
    private readonly RunJournal _journal = context.Journal!;

    /// <summary>How many nodes are settled and do not come again.</summary>
    public long NodesBefore { get; private set; }

    /// <summary>What will be met again and is settled.</summary>
    public SettledItems Settled { get; } = new();

    /// <summary>The records that the load has rejected for good, by their stream's name and number.</summary>
    public HashSet<(string Stream, long Ordinal)> Rejected { get; } = [];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var batch in _journal.Batches(state: BatchState.Sent).ToList())
            await ResolveAsync(batch, cancellationToken).ConfigureAwait(false);
        foreach (var batch in _journal.Batches(state: BatchState.NotFound))
        {
            context.Late.Add(batch);
            foreach (var item in batch.Items)
                context.Sent.Add(batch.Key, item.Id);
        }

        foreach (var batch in _journal.Batches(state: BatchState.Confirmed))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Replay(batch);
        }

        Settled.Seal();
    }

    // One batch is one transaction: where one item is as it was to become, all were written, whatever became of them since.
    private async Task ResolveAsync(JournaledBatch batch, CancellationToken cancellationToken)
    {
        string[] ids = [.. batch.Items.Select(i => i.Id)];
        IEnumerable<GraphItem> found = batch.Key.IsNode
            ? await context.Destination.ReadNodesAsync(batch.Key.Type, ids, cancellationToken).ConfigureAwait(false)
            : await context.Destination.ReadRelationshipsAsync(batch.Key.Type, ids, cancellationToken).ConfigureAwait(false);
        var present = found.ToDictionary(i => i.Id, StringComparer.Ordinal);
        var wasWritten = batch.Items.Any(i => present.TryGetValue(i.Id, out var item) && batch.HashOf(item).AsSpan().SequenceEqual(i.AfterHash));

        // What is not there was not written, as a relationship whose end is missing; it is tried again. So is what was only to
        // be inserted and is other than that: somebody else may have made it before.
        foreach (var item in batch.Items)
        {
            item.Outcome = !present.TryGetValue(item.Id, out var now) ? ItemOutcome.Pending
                : context.Options.Mode == LoadMode.Insert && !item.Existed && !batch.HashOf(now).AsSpan().SequenceEqual(item.AfterHash) ? ItemOutcome.NotWritten
                : !wasWritten ? ItemOutcome.Pending
                : item.Existed ? ItemOutcome.Updated
                : ItemOutcome.Created;
        }

        if (!wasWritten)
        {
            await _journal.NotFound(batch.Number, batch.Items).ConfigureAwait(false);
            return;
        }

        await _journal.Confirmed(batch.Number, batch.Items, []).ConfigureAwait(false);
    }

    private void Replay(JournaledBatch batch)
    {
        context.Temporals.Learn(batch.Key.Type, batch.Temporals);
        context.Counters.AddBatch();
        var expected = new List<(string, byte[])>(context.Ledger is null ? 0 : batch.Items.Count);
        foreach (var item in batch.Items)
        {
            if (item.Outcome is ItemOutcome.Pending or ItemOutcome.NotWritten)
                continue;
            context.Late.Forget(batch.Key, item.Id, batch.Number);
            Count(batch.Key, item);
            if (item.Outcome != ItemOutcome.Rejected)
            {
                context.Sent.Add(batch.Key, item.Id);
                expected.Add((item.Id, item.AfterHash));
            }

            foreach (var ticket in item.Tickets)
            {
                if (item.Outcome == ItemOutcome.Rejected)
                    Rejected.Add((context.Accounts.StreamOf(ticket.Ticket.Source).Name, ticket.Ticket.Ordinal));
                if (!IsBeforeMark(batch.Key, ticket.Ticket))
                {
                    Settled.Add(ticket.ContentHash, item.Outcome);
                    continue;
                }

                NodesBefore++;
                context.Accounts.Settle(ticket.Ticket, OutcomeOf(item.Outcome));
            }
        }

        if (expected.Count > 0)
            context.Ledger?.Put(batch.Key, expected);
    }

    private void Count(BatchKey key, JournaledItem item)
    {
        var repeats = item.Tickets.Count - 1;
        if (item.Outcome is ItemOutcome.Created or ItemOutcome.Updated)
            context.Counters.CountLabels(key, item.LabelsBefore);
        switch (item.Outcome)
        {
            case ItemOutcome.Created:
                context.Counters.Count(key, created: 1, unchanged: repeats);
                break;
            case ItemOutcome.Updated:
                context.Counters.Count(key, updated: 1, unchanged: repeats);
                break;
            case ItemOutcome.Unchanged:
                context.Counters.Count(key, unchanged: 1 + repeats);
                break;
            case ItemOutcome.Rejected:
                for (var i = 0; i <= repeats; i++)
                    context.Counters.AddRejectedItem();
                break;
        }
    }

    // Streams are numbered in the order in which they are read. Relationships are all met again: they are read from where
    // they were put aside.
    private bool IsBeforeMark(BatchKey key, RecordTicket ticket) =>
        key.IsNode && mark is not null
        && (phase > MigrationPhase.Nodes || ticket.Source < mark.Stream || (ticket.Source == mark.Stream && ticket.Ordinal <= mark.Ordinal));

    /// <summary>What an item's outcome makes of its record.</summary>
    public static RecordOutcome OutcomeOf(ItemOutcome outcome) => outcome switch
    {
        ItemOutcome.Unchanged => RecordOutcome.Unchanged,
        ItemOutcome.Created or ItemOutcome.Updated => RecordOutcome.Loaded,
        ItemOutcome.Rejected => RecordOutcome.Rejected,
        _ => RecordOutcome.Unknown,
    };
}
