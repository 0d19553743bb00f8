namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// Loads the relationships that were put aside, in groups that share no node between batches under way at the same time,
/// since the platform's store would let those wait for each other.
/// </summary>
/// <param name="context">What the parts of the load share.</param>
/// <param name="spool">The relationships.</param>
/// <param name="settled">What needs no loading any more; null where everything does.</param>
/// <param name="mostAtOnce">Gives how many batches at once may be under way at most; may give another number later on.</param>
/// <param name="onSettled">Is told of each that needs no loading any more.</param>
/// <param name="prepare">Does for a batch what can be done while it waits.</param>
/// <param name="load">Loads a batch; waits until it may go.</param>
internal sealed class RelationshipLoader(
    LoadContext context, RelationshipSpool spool, SettledItems? settled, Func<int> mostAtOnce, Action onSettled,
    Action<ItemBatch> prepare, Func<ItemBatch, CancellationToken, Task> load)
{
    private readonly LoadOptions _options = context.Options;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var leftovers = new Dictionary<BatchKey, ItemBatch>();
        if (spool.Count < 4L * _options.BatchSize)
        {
            await LoadInOrderAsync(spool.InOrder().ToList(), leftovers, cancellationToken).ConfigureAwait(false);
        }
        else if (mostAtOnce() == 1)
        {
            foreach (var (_, _, items) in spool.Buckets())
                await LoadInOrderAsync(items, leftovers, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            // Only so many pairs of partitions have none in common: where more may go at once than when the run began, more are made.
            using var wider = mostAtOnce() > _options.ThrottleLimit ? spool.Divide(2 * mostAtOnce()) : null;
            await new PartitionScheduler(mostAtOnce).RunAsync(
                (wider ?? spool).Buckets(),
                async items =>
                {
                    var rest = new Dictionary<BatchKey, ItemBatch>();
                    await LoadInOrderAsync(items, rest, cancellationToken).ConfigureAwait(false);
                    lock (leftovers)
                    {
                        foreach (var (key, batch) in rest)
                        {
                            if (!leftovers.TryAdd(key, batch))
                                leftovers[key].AddAll(batch);
                        }
                    }
                }).ConfigureAwait(false);
        }

        // One after the other: these may share nodes.
        foreach (var (_, batch) in leftovers)
        {
            foreach (var part in InParts(batch))
                await load(part, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task LoadInOrderAsync(IEnumerable<LoadItem> items, Dictionary<BatchKey, ItemBatch> open, CancellationToken cancellationToken)
    {
        // One batch is prepared, and the one after it put together, while another is loaded.
        var loading = Task.CompletedTask;
        foreach (var item in items)
        {
            if (settled?.Count > 0 && settled.Take(LoadContext.ContentHash(item.Item), out var outcome))
            {
                context.Accounts.Settle(item.Ticket, RunReplay.OutcomeOf(outcome));
                onSettled();
                continue;
            }

            var key = BatchKey.For(item.Item);
            var size = ItemSize.Of(item.Item);
            if (open.TryGetValue(key, out var batch) && batch.Bytes + size > _options.BatchBytes)
            {
                await SendAsync(batch).ConfigureAwait(false);
                batch = null;
            }

            if (batch is null)
                open[key] = batch = new ItemBatch(key, _options.Mode == LoadMode.Replace);
            batch.Add(item, size);
            if (batch.ItemCount >= _options.BatchSize || batch.Bytes >= _options.BatchBytes)
                await SendAsync(batch).ConfigureAwait(false);
        }

        await loading.ConfigureAwait(false);

        async Task SendAsync(ItemBatch batch)
        {
            open.Remove(batch.Key);
            prepare(batch);
            var next = LoadAfterAsync(loading, batch, cancellationToken);
            await loading.ConfigureAwait(false);
            loading = next;
        }
    }

    private async Task LoadAfterAsync(Task before, ItemBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            await before.ConfigureAwait(false);
        }
        catch
        {
            await batch.HeadStart!.AbandonAsync().ConfigureAwait(false);
            throw;
        }

        await load(batch, cancellationToken).ConfigureAwait(false);
    }

    private IEnumerable<ItemBatch> InParts(ItemBatch batch)
    {
        if ((batch.ItemCount <= _options.BatchSize && batch.Bytes <= _options.BatchBytes) || batch.Entries.Count == 1)
            return [batch];
        var (first, second) = batch.Split();
        return InParts(first).Concat(InParts(second));
    }
}
