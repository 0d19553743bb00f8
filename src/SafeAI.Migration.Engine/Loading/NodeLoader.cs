namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// Brings nodes to batches as they come. Nodes of one id always go through the same lane, one batch after the other, so
/// that the last of several records with one id wins whatever the timing. Nodes are added from one thread at a time.
/// </summary>
/// <param name="context">What the parts of the load share.</param>
/// <param name="mostAtOnce">Gives how many batches at once may be under way at most; may give another number later on.</param>
/// <param name="prepare">Does for a batch what can be done while it waits.</param>
/// <param name="load">Loads a batch; waits until it may go.</param>
/// <param name="fail">Hears of a batch that could not be loaded.</param>
/// <param name="abort">Ends what is under way.</param>
internal sealed class NodeLoader(
    LoadContext context, Func<int> mostAtOnce, Action<ItemBatch> prepare, Func<ItemBatch, CancellationToken, Task> load, Action<Exception, ItemBatch> fail, CancellationToken abort) : IDisposable
{
    private readonly LoadOptions _options = context.Options;
    private Dictionary<BatchKey, Lane[]> _lanes = [];
    private readonly SemaphoreSlim _queued = new(2 * context.Options.ThrottleLimit);
    private int _laneCount = context.Options.ThrottleLimit;

    /// <summary>Takes a node in. Waits while more batches are under way than the throttle allows.</summary>
    public ValueTask AddAsync(LoadItem item, CancellationToken cancellationToken) =>
        mostAtOnce() > _laneCount ? AddToMoreLanesAsync(item, cancellationToken) : AddToLaneAsync(item, cancellationToken);

    private async ValueTask AddToMoreLanesAsync(LoadItem item, CancellationToken cancellationToken)
    {
        // A node's lane changes with their number: the batches of the old lanes have to be over before.
        foreach (var lane in _lanes.Values.SelectMany(l => l).Where(l => l.Current.ItemCount > 0))
            await DispatchAsync(lane, cancellationToken).ConfigureAwait(false);
        await WhenIdleAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        var count = mostAtOnce();
        if (count > _laneCount)
        {
            _queued.Release(2 * (count - _laneCount));
            _laneCount = count;
            _lanes = [];
        }

        await AddToLaneAsync(item, cancellationToken).ConfigureAwait(false);
    }

    private ValueTask AddToLaneAsync(LoadItem item, CancellationToken cancellationToken)
    {
        var key = BatchKey.For(item.Item);
        if (!_lanes.TryGetValue(key, out var lanes))
            _lanes[key] = lanes = [.. Enumerable.Range(0, _laneCount).Select(_ => new Lane(NewBatch(key)))];
        item.Stretch?.Enter();
        var lane = lanes[(uint)item.Item.Id.GetHashCode(StringComparison.Ordinal) % (uint)lanes.Length];
        var size = ItemSize.Of(item.Item);
        if (lane.Current.ItemCount > 0 && lane.Current.Bytes + size > _options.BatchBytes)
            return AddToNextAsync(lane, item, size, cancellationToken);
        lane.Current.Add(item, size);
        return IsFull(lane.Current) ? DispatchAsync(lane, cancellationToken) : ValueTask.CompletedTask;
    }

    // What would make a batch larger than it may be begins the next one.
    private async ValueTask AddToNextAsync(Lane lane, LoadItem item, long size, CancellationToken cancellationToken)
    {
        await DispatchAsync(lane, cancellationToken).ConfigureAwait(false);
        lane.Current.Add(item, size);
        if (IsFull(lane.Current))
            await DispatchAsync(lane, cancellationToken).ConfigureAwait(false);
    }

    private bool IsFull(ItemBatch batch) => batch.ItemCount >= _options.BatchSize || batch.Bytes >= _options.BatchBytes;

    /// <summary>Loads what is left in the lanes, put together, as each lane's rest alone would be a small request.</summary>
    public async Task FinishAsync(Action throwIfFailed, CancellationToken cancellationToken)
    {
        await WhenIdleAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        throwIfFailed();
        var rests = new List<ItemBatch>();
        foreach (var (key, lanes) in _lanes)
        {
            ItemBatch? open = null;
            foreach (var rest in lanes.Select(l => l.Take(NewBatch(key))).Where(b => b.ItemCount > 0))
            {
                if (open is null || open.ItemCount + rest.ItemCount > _options.BatchSize || open.Bytes + rest.Bytes > _options.BatchBytes)
                    rests.Add(open = NewBatch(key));
                open.AddAll(rest);
            }
        }

        await Task.WhenAll(rests.Select(b => load(b, cancellationToken))).ConfigureAwait(false);
    }

    /// <summary>Waits for the batches under way.</summary>
    public Task WhenIdleAsync() => Task.WhenAll(_lanes.Values.SelectMany(l => l).Select(l => l.Tail));

    public void Dispose() => _queued.Dispose();

    private ItemBatch NewBatch(BatchKey key) => new(key, _options.Mode == LoadMode.Replace);

    private async ValueTask DispatchAsync(Lane lane, CancellationToken cancellationToken)
    {
        await _queued.WaitAsync(cancellationToken).ConfigureAwait(false);
        var batch = lane.Take(NewBatch(lane.Current.Key));
        prepare(batch);
        lane.Tail = RunAsync(lane.Tail, batch);
    }

    private async Task RunAsync(Task before, ItemBatch batch)
    {
        try
        {
            await before.ConfigureAwait(false);
            await load(batch, abort).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The run has failed or was disposed; whoever waits is told there.
        }
        catch (Exception e)
        {
            fail(e, batch);
        }
        finally
        {
            _queued.Release();
        }
    }

    private sealed class Lane(ItemBatch batch)
    {
        public ItemBatch Current { get; private set; } = batch;

        public Task Tail { get; set; } = Task.CompletedTask;

        public ItemBatch Take(ItemBatch next)
        {
            var batch = Current;
            Current = next;
            return batch;
        }
    }
}
