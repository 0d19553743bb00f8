using System.Diagnostics;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// One load: takes items in any order, writes nodes in parallel batches as they come, relationships after all nodes,
/// verifies, and accounts for every record. Items are added from one thread at a time.
/// </summary>
/// <remarks>
/// Nodes of one id always go through the same lane, one batch after the other, so that the last of several records
/// with one id wins whatever the timing. Relationships go in groups that share no node between batches under way at
/// the same time, since the platform's store would let those wait for each other.
/// </remarks>
public sealed class LoadSession : IAsyncDisposable
{
    private readonly IGraphDestination _destination;
    private readonly LoadOptions _options;
    private readonly RecordAccounts _accounts = new();
    private readonly LoadCounters _counters = new();
    private readonly TemporalProperties _temporals = new();
    private readonly VerificationLedger? _ledger;
    private readonly BatchLoader _loader;
    private readonly Action<Reject> _onReject;
    private readonly TypeStates _types;
    private readonly RelationshipSpool _spool;
    private readonly Dictionary<BatchKey, Lane[]> _lanes = [];
    private readonly LoadThrottle _throttle;
    private readonly SemaphoreSlim _queued;
    private readonly CancellationTokenSource _abort = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly object _failureLock = new();
    private MigrationException? _failure;
    private bool _completed;

    /// <summary>Begins a load.</summary>
    /// <param name="destination">Where to. The session does not dispose it.</param>
    /// <param name="options">How.</param>
    /// <param name="onReject">Receives each item that could not be loaded, from any thread.</param>
    /// <param name="throttle">Lets the batches through; null for one of the session's own.</param>
    public LoadSession(IGraphDestination destination, LoadOptions options, Action<Reject>? onReject = null, LoadThrottle? throttle = null)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _destination = destination;
        _options = options;
        _types = new TypeStates(destination);
        _ledger = options.Verify == VerifyMode.Content ? new VerificationLedger() : null;
        _onReject = onReject ?? (_ => { });
        _loader = new BatchLoader(destination, _accounts, _counters, _ledger, _temporals, _onReject);
        _spool = new RelationshipSpool(partitions: 2 * options.ThrottleLimit, inMemory: Math.Max(20_000, 4 * options.BatchSize));
        _throttle = throttle ?? new LoadThrottle(options.ThrottleLimit);
        _queued = new SemaphoreSlim(2 * options.ThrottleLimit);
    }

    /// <summary>The run's id.</summary>
    public string MigrationId { get; } = Loading.MigrationId.Create();

    /// <summary>Why the run could not go on, once it could not.</summary>
    public MigrationException? Failure
    {
        get
        {
            lock (_failureLock)
                return _failure;
        }
    }

    /// <summary>Makes a stream's counts part of the run's, even if none of its records arrives.</summary>
    public void Include(RecordSource source) => _accounts.Enter(source);

    /// <summary>Makes a conversion's counts part of the run's, even if none of its items arrives.</summary>
    public void Include(ConversionCounts conversion) => _accounts.Enter(conversion);

    /// <summary>Counts a record as rejected that was turned away on its way here, and tells of it. Other items of the record may still be loaded.</summary>
    public void Reject(Reject reject)
    {
        ArgumentNullException.ThrowIfNull(reject);
        if (reject.Item is { } item)
            _accounts.Settle(_accounts.TicketFor(item), RecordOutcome.Rejected);
        else if (reject.Record is { } record)
            _accounts.Settle(_accounts.TicketFor(record), RecordOutcome.Rejected);
        _onReject(reject);
    }

    /// <summary>The figures so far.</summary>
    public MigrationResult Snapshot() => Result(_completed ? MigrationStatus.Completed : MigrationStatus.Running);

    /// <summary>Takes an item in. Waits while more batches are under way than the throttle allows.</summary>
    /// <exception cref="MigrationException">The run cannot go on.</exception>
    public async ValueTask AddAsync(GraphItem item, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(item);
        ThrowIfFailed();
        var entry = new LoadItem(item, _accounts.TicketFor(item));
        if (item is GraphRelationship relationship)
        {
            Check(relationship);
            _spool.Add(entry);
            return;
        }

        var key = BatchKey.For(item);
        if (!_lanes.TryGetValue(key, out var lanes))
        {
            Check((GraphNode)item);
            _lanes[key] = lanes = [.. Enumerable.Range(0, _options.ThrottleLimit).Select(_ => new Lane(key))];
        }

        var lane = lanes[(uint)item.Id.GetHashCode(StringComparison.Ordinal) % (uint)lanes.Length];
        lane.Current.Add(entry);
        if (lane.Current.ItemCount >= _options.BatchSize)
            await DispatchAsync(lane, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Loads what is left, verifies, and gives the result. Never throws for what went wrong at the destination: see <see cref="Failure"/>.</summary>
    public async Task<MigrationResult> CompleteAsync(CancellationToken cancellationToken = default)
    {
        bool? verified = null;
        long differences = 0;
        try
        {
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _abort.Token);
            await FinishNodesAsync(linked.Token).ConfigureAwait(false);
            ThrowIfFailed();
            await LoadRelationshipsAsync(linked.Token).ConfigureAwait(false);
            ThrowIfFailed();
            if (_options.Verify != VerifyMode.None)
            {
                differences = await new Verifier(_destination, _types, _counters, _temporals, _ledger, _options)
                    .CountDifferencesAsync(linked.Token).ConfigureAwait(false);
                verified = differences == 0;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _completed = true;
            return Result(MigrationStatus.Stopped);
        }
        catch (Exception e) when (e is MigrationException or OperationCanceledException)
        {
            if (e is MigrationException failure)
                Fail(failure);
        }

        _completed = true;
        var (read, _, _, rejected, _) = _accounts.Total();
        if (verified == false)
            Fail(new MigrationException(
                ErrorCode.VerificationFailed,
                $"{differences} items at the destination are missing or differ from what was written.",
                "Find out who else writes there, then run the migration again.") { Stage = MigrationStage.Verify });
        else if (_options.ErrorBudget.IsExceeded(rejected, read))
            Fail(new MigrationException(
                ErrorCode.ErrorBudgetExceeded,
                $"{rejected} of {read} records were rejected; the error budget allows {_options.ErrorBudget}.",
                "Mend the rejected records and run the migration again, or allow more.") { Stage = MigrationStage.Load });
        return Result(Failure is null ? MigrationStatus.Completed : MigrationStatus.Failed) with
        {
            Verified = verified,
            Differences = differences,
        };
    }

    /// <summary>Ends the run because what feeds it failed, and gives the result. What was confirmed stays at the destination.</summary>
    public async Task<MigrationResult> FailAsync(MigrationException failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        Fail(failure);
        return await CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>Ends what is under way. What was confirmed stays at the destination.</summary>
    public async ValueTask DisposeAsync()
    {
        await _abort.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_lanes.Values.SelectMany(l => l).Select(l => l.Tail)).ConfigureAwait(false);
        _ledger?.Dispose();
        _spool.Dispose();
        _abort.Dispose();
        _queued.Dispose();
    }

    private static void Check(GraphNode node)
    {
        GraphIdentifier.Check(node.Type, "node type");
        foreach (var label in node.Labels)
            GraphIdentifier.Check(label, "label");
    }

    private static void Check(GraphRelationship relationship)
    {
        GraphIdentifier.Check(relationship.Type, "relationship type");
        GraphIdentifier.Check(relationship.FromType, "node type");
        GraphIdentifier.Check(relationship.ToType, "node type");
    }

    private async ValueTask DispatchAsync(Lane lane, CancellationToken cancellationToken)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _abort.Token);
        try
        {
            await _queued.WaitAsync(linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            ThrowIfFailed();
            throw;
        }

        lane.Tail = RunAsync(lane.Tail, lane.Take());
    }

    private async Task RunAsync(Task before, ItemBatch batch)
    {
        try
        {
            await before.ConfigureAwait(false);
            await LoadBatchAsync(batch, _abort.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The run has failed or was disposed; whoever waits is told there.
        }
        catch (Exception e)
        {
            Fail(e as MigrationException ?? new MigrationException(
                ErrorCode.PlatformFailed, $"A batch of {batch.Key} could not be loaded: {e.Message}", null, e) { Stage = MigrationStage.Load });
        }
        finally
        {
            _queued.Release();
        }
    }

    private Task LoadBatchAsync(ItemBatch batch, CancellationToken cancellationToken) => _throttle.RunAsync(
        batch.Key.ToString(),
        isTypical: batch.ItemCount >= _options.BatchSize / 2,
        async token =>
        {
            var startedEmpty = await _types.PrepareAsync(batch.Key, token).ConfigureAwait(false);
            await _loader.LoadAsync(batch, mayExist: !startedEmpty, token).ConfigureAwait(false);
        },
        cancellationToken);

    // What is left in the lanes is put together, as each lane's rest alone would be a small request.
    private async Task FinishNodesAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(_lanes.Values.SelectMany(l => l).Select(l => l.Tail)).WaitAsync(cancellationToken).ConfigureAwait(false);
        ThrowIfFailed();
        var rests = new List<ItemBatch>();
        foreach (var (key, lanes) in _lanes)
        {
            ItemBatch? open = null;
            foreach (var rest in lanes.Select(l => l.Take()).Where(b => b.ItemCount > 0))
            {
                if (open is null || open.ItemCount + rest.ItemCount > _options.BatchSize)
                    rests.Add(open = new ItemBatch(key));
                open.AddAll(rest);
            }
        }

        await Task.WhenAll(rests.Select(b => LoadBatchAsync(b, cancellationToken))).ConfigureAwait(false);
    }

    private async Task LoadRelationshipsAsync(CancellationToken cancellationToken)
    {
        var leftovers = new Dictionary<BatchKey, ItemBatch>();
        if (_options.ThrottleLimit == 1 || (!_spool.IsOnDisk && _spool.Count < 4L * _options.BatchSize))
        {
            foreach (var (_, _, items) in _spool.IsOnDisk ? _spool.Buckets() : [(0, 0, (IEnumerable<LoadItem>)_spool.InMemory)])
                await LoadInOrderAsync(items, leftovers, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await new PartitionScheduler(_options.ThrottleLimit).RunAsync(
                _spool.Buckets(),
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
        foreach (var (key, batch) in leftovers)
        {
            foreach (var part in InParts(batch))
                await LoadBatchAsync(part, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task LoadInOrderAsync(IEnumerable<LoadItem> items, Dictionary<BatchKey, ItemBatch> open, CancellationToken cancellationToken)
    {
        foreach (var item in items)
        {
            var key = BatchKey.For(item.Item);
            if (!open.TryGetValue(key, out var batch))
                open[key] = batch = new ItemBatch(key);
            batch.Add(item);
            if (batch.ItemCount < _options.BatchSize)
                continue;
            open.Remove(key);
            await LoadBatchAsync(batch, cancellationToken).ConfigureAwait(false);
        }
    }

    private IEnumerable<ItemBatch> InParts(ItemBatch batch)
    {
        if (batch.ItemCount <= _options.BatchSize)
            return [batch];
        var (first, second) = batch.Split();
        return batch.Entries.Count == 1 ? [batch] : InParts(first).Concat(InParts(second));
    }

    private void Fail(MigrationException failure)
    {
        lock (_failureLock)
            _failure ??= failure;
        _abort.Cancel();
    }

    private void ThrowIfFailed()
    {
        if (Failure is { } failure)
            throw failure;
    }

    private MigrationResult Result(MigrationStatus status)
    {
        var (read, loaded, unchanged, rejected, skipped) = _accounts.Total();
        return new MigrationResult
        {
            MigrationId = MigrationId,
            Status = status,
            Destination = _destination.DisplayName,
            Read = read,
            Loaded = loaded,
            Unchanged = unchanged,
            Rejected = rejected,
            Skipped = skipped,
            Nodes = _counters.Nodes,
            Relationships = _counters.Relationships,
            Batches = _counters.Batches,
            Retries = _destination.Retries,
            ElapsedSeconds = _clock.Elapsed.TotalSeconds,
            Error = Failure?.Message,
        };
    }

    private sealed class Lane(BatchKey key)
    {
        public ItemBatch Current { get; private set; } = new(key);

        public Task Tail { get; set; } = Task.CompletedTask;

        public ItemBatch Take()
        {
            var batch = Current;
            Current = new ItemBatch(batch.Key);
            return batch;
        }
    }
}
