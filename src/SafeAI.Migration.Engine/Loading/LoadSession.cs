using System.Diagnostics;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Monitoring;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// One load: takes items in any order, writes nodes in parallel batches as they come, relationships after all nodes,
/// verifies, and accounts for every record. Items are added from one thread at a time.
/// </summary>
/// <remarks>
/// A load with a journal writes each batch ahead of its request and its outcome after the answer; one that was stopped or
/// killed goes on where it was, with <see cref="LoadRun.ResumeAsync"/>.
/// </remarks>
public sealed partial class LoadSession : IAsyncDisposable
{
    private readonly LoadContext _context;
    private readonly LoadOptions _options;
    private readonly BatchLoader _loader;
    private readonly RelationshipSpool _spool;
    private readonly NodeLoader _nodes;
    private readonly LoadThrottle _throttle;
    private readonly LoadLog? _log;
    private readonly RunMonitor _monitor;
    private readonly LimitsWatch? _limits;
    private readonly CancellationTokenSource _abort = new();
    private readonly CancellationTokenSource _halt = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private PipelineRejects? _pipeline;
    private PipelineOrigin? _origin;
    private MigrationException? _failure;
    private bool _completed;
    private bool _isDisposed;
    private MigrationResult? _result;
    private long _nodesAccepted;
    private long _relationshipsAccepted;

    /// <summary>Begins a load without a journal.</summary>
    /// <param name="destination">Where to. The session does not dispose it.</param>
    /// <param name="options">How.</param>
    /// <param name="onReject">Receives each item that could not be loaded, from any thread.</param>
    /// <param name="throttle">Lets the batches through; null for one of the session's own.</param>
    /// <param name="monitor">Watches the run, and is told of every reject of the session; null for one of the session's own. The session disposes it.</param>
    public LoadSession(IGraphDestination destination, LoadOptions options, Action<Reject>? onReject = null, LoadThrottle? throttle = null, RunMonitor? monitor = null)
        : this(destination, options, onReject, throttle, monitor, null, readsSources: false)
    {
    }

    internal LoadSession(
        IGraphDestination destination, LoadOptions options, Action<Reject>? onReject, LoadThrottle? throttle, RunMonitor? monitor, RunJournal? journal, bool readsSources)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _monitor = monitor ?? new RunMonitor();
        MigrationId = journal?.Run.Id ?? Loading.MigrationId.Create();
        _context = new LoadContext
        {
            Destination = destination,
            Options = options,
            Accounts = new RecordAccounts(),
            Counters = new LoadCounters(),
            Temporals = new TemporalProperties(),
            Types = new TypeStates(destination, journal, countsLabels: options.Verify == VerifyMode.Count && destination.ListsByEveryLabel),
            Sent = new SentIds(),
            Ledger = options.Verify == VerifyMode.Content || options.Mode == LoadMode.Insert ? new ItemLedger("verify") : null,
            Journal = journal,
            Reject = reject =>
            {
                _monitor!.Rejected(reject);
                _log?.Reject(reject);
                onReject?.Invoke(reject);
            },
        };
        _loader = new BatchLoader(_context);
        _spool = new RelationshipSpool(
            _context.Accounts, partitions: 2 * options.ThrottleLimit, inMemory: Math.Max(20_000, 4 * options.BatchSize),
            journal is not null && readsSources ? Path.Combine(journal.Folder, "relationships") : null);
        _log = journal is null ? null : new LoadLog(_context, _spool, readsSources, () => Result(MigrationStatus.Running));
        _throttle = throttle ?? new LoadThrottle(options.ThrottleLimit);
        _nodes = new NodeLoader(_context, () => _throttle.Maximum, _loader.Prepare, LoadBatchAsync, FailBatch, _abort.Token);
        if (journal is not null)
            _monitor.Add(new JournalProgress(journal.File));
        _monitor.Begin(MigrationId, destination.DisplayName, options, Figures);
        _limits = journal is null ? null : new LimitsWatch(journal, _throttle, destination, _monitor);
    }

    /// <summary>The run's id.</summary>
    public string MigrationId { get; }

    /// <summary>Why the run could not go on, once it could not.</summary>
    public MigrationException? Failure => Volatile.Read(ref _failure);

    /// <summary>The journal's part, for whoever reads the run's sources; null without a journal.</summary>
    internal LoadLog? Log => _log;

    /// <summary>Makes a stream's counts part of the run's, even if none of its records arrives.</summary>
    public void Include(RecordSource source) => _context.Accounts.Enter(source);

    /// <summary>Makes a conversion's counts part of the run's, even if none of its items arrives.</summary>
    public void Include(ConversionCounts conversion) => _context.Accounts.Enter(conversion);

    /// <summary>Counts a record as rejected that was turned away on its way here, and tells of it. Other items of the record may still be loaded.</summary>
    public void Reject(Reject reject)
    {
        ArgumentNullException.ThrowIfNull(reject);
        if (reject.Item is { } item)
            _context.Accounts.Settle(_context.Accounts.TicketFor(item), RecordOutcome.Rejected);
        else if (reject.Record is { } record)
            _context.Accounts.Settle(_context.Accounts.TicketFor(record), RecordOutcome.Rejected);
        _context.Reject(reject);
    }

    /// <summary>
    /// Says that the load ends a pipeline: what its stages turned away before the load is kept in the journal and told to the
    /// monitor. What a validation turned away counts as rejected, but not against the error budget: it has one of its own.
    /// The pipeline's sources and mappings are kept in the journal; a resumed run fails with <see cref="ErrorCode.SourceChanged"/>
    /// where they are not what they were.
    /// </summary>
    /// <param name="force">Whether a resumed run goes on although its sources or mappings have changed.</param>
    public void FollowPipeline(bool force = false)
    {
        _pipeline ??= new PipelineRejects(reject => { _monitor.Rejected(reject); _log?.Reject(reject); }, _context.Accounts.TurnAway);
        _origin ??= _context.Journal is { } journal ? new PipelineOrigin(journal, force) : null;
    }

    /// <summary>The figures so far.</summary>
    public MigrationResult Snapshot() => _result ?? Result(_completed ? MigrationStatus.Completed : MigrationStatus.Running);

    /// <summary>Takes an item in. Waits while more batches are under way than the throttle allows.</summary>
    /// <exception cref="MigrationException">The run cannot go on.</exception>
    public async ValueTask AddAsync(GraphItem item, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(item);
        ThrowIfFailed();
        ItemIdentifiers.Check(item);
        _pipeline?.Meet(item);
        _origin?.Meet(item);
        if (!ItemIdentifiers.HaveText(item))
        {
            Reject(new Reject(
                MigrationStage.Load, ErrorCode.UnsupportedValue, $"An id of {item} holds half of a surrogate pair, which no encoding can store. Repair it at the source.", item.GetRecord()?.GetPosition() ?? default)
            {
                Record = item.GetRecord(), Item = item, Rule = item.Type,
            });
            return;
        }

        item = StorableItem.Of(item, out var reject);
        if (reject is not null)
        {
            Reject(reject);
            return;
        }

        var entry = new LoadItem(item, _context.Accounts.TicketFor(item), item is GraphNode ? _log?.Stretch : null);
        if (item is GraphRelationship)
        {
            _spool.Add(entry);
            _relationshipsAccepted++;
            return;
        }

        _nodesAccepted++;
        _log?.NoteStreams();
        if (_log?.Settled is { Count: > 0 } settled && settled.Take(LoadContext.ContentHash(item), out var outcome))
        {
            _context.Accounts.Settle(entry.Ticket, RunReplay.OutcomeOf(outcome));
            _monitor.Settled(isNode: true, 1);
            return;
        }

        var adding = _nodes.AddAsync(entry, _abort.Token);
        if (adding.IsCompletedSuccessfully)
            return;
        try
        {
            CheckBudget();
            await adding.AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            ThrowIfFailed();
            throw;
        }
    }

    /// <summary>Loads what is left, verifies, and gives the result. Never throws for what went wrong at the destination: see <see cref="Failure"/>.</summary>
    public async Task<MigrationResult> CompleteAsync(CancellationToken cancellationToken = default)
    {
        if (_result is not null)
            return _result;
        bool? verified = null;
        long differences = 0;
        var stage = MigrationStage.Load;
        try
        {
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _abort.Token);
            ThrowIfFailed();
            _origin?.End();
            await _nodes.FinishAsync(ThrowIfFailed, linked.Token).ConfigureAwait(false);
            ThrowIfFailed();
            _log?.EnterPhase(MigrationPhase.Relationships);
            _monitor.Enter(MigrationPhase.Relationships);
            await new RelationshipLoader(_context, _spool, _log?.Settled, () => _throttle.Maximum, () => _monitor.Settled(isNode: false, 1), _loader.Prepare, LoadBatchAsync).RunAsync(linked.Token).ConfigureAwait(false);
            ThrowIfFailed();
            if (_options.Verify != VerifyMode.None)
            {
                _log?.EnterPhase(MigrationPhase.Verification);
                _monitor.Enter(MigrationPhase.Verification);
                stage = MigrationStage.Verify;
                differences = await new Verifier(_context, _throttle, _monitor.Verified).CountDifferencesAsync(linked.Token).ConfigureAwait(false);
                verified = differences == 0;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return await StopAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is MigrationException or OperationCanceledException)
        {
            if (e is MigrationException failure)
            {
                failure.Stage ??= stage;
                Fail(failure);
            }

            try
            {
                await _nodes.WhenIdleAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return await StopAsync().ConfigureAwait(false);
            }
        }

        _completed = true;
        _pipeline?.Dispose();
        if (verified == false)
            Fail(new MigrationException(
                ErrorCode.VerificationFailed,
                $"{differences} items at the destination are missing or differ from what was written.",
                "Find out who else writes there, then run the migration again.") { Stage = MigrationStage.Verify });
        else if (_context.Accounts.OverBudget(_options.ErrorBudget, isAtEnd: true) is { } exceeded)
            Fail(exceeded);
        return await EndAsync(Result(Failure is null ? MigrationStatus.Completed : MigrationStatus.Failed) with
        {
            Verified = verified,
            Differences = differences,
        }).ConfigureAwait(false);
    }

    /// <summary>Ends the run before everything was loaded, and gives the result. What was confirmed stays at the destination; a run with a journal can be resumed.</summary>
    public async Task<MigrationResult> StopAsync()
    {
        if (_result is not null)
            return _result;
        _completed = true;
        await _abort.CancelAsync().ConfigureAwait(false);
        return await EndAsync(Result(MigrationStatus.Stopped)).ConfigureAwait(false);
    }

    /// <summary>Ends the run because what feeds it failed, and gives the result. What was confirmed stays at the destination.</summary>
    public async Task<MigrationResult> FailAsync(MigrationException failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        Fail(failure);
        return await CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>Ends what is under way. What was confirmed stays at the destination. A run that was neither completed nor stopped counts as interrupted.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _pipeline?.Dispose();
        await _abort.CancelAsync().ConfigureAwait(false);
        await _nodes.WhenIdleAsync().ConfigureAwait(false);
        _limits?.Dispose();
        if (_result is null)
            _monitor.End(Result(MigrationStatus.Stopped));
        _monitor.Dispose();
        _context.Ledger?.Dispose();
        _spool.Dispose();
        _context.Sent.Dispose();
        _nodes.Dispose();
        _context.Journal?.Dispose();
        _abort.Dispose();
        _halt.Dispose();
    }

    internal async Task ReplayAsync(RunCheckpoint? checkpoint, CancellationToken cancellationToken)
    {
        (_nodesAccepted, _relationshipsAccepted) = await _log!.ReplayAsync(checkpoint, cancellationToken).ConfigureAwait(false);
        _monitor.Settled(isNode: true, _nodesAccepted);
    }

    private async Task LoadBatchAsync(ItemBatch batch, CancellationToken cancellationToken)
    {
        _loader.Prepare(batch);
        try
        {
            await LoadInTurnAsync(batch, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await batch.HeadStart!.AbandonAsync().ConfigureAwait(false);
        }
    }

    private async Task LoadInTurnAsync(ItemBatch batch, CancellationToken cancellationToken)
    {
        // Whoever still waits for its turn is let go where the run halts.
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _halt.Token);
        await _throttle.RunAsync(
            batch.Key.ToString(), isTypical: batch.ItemCount >= _options.BatchSize / 2,
            _ =>
            {
                // The last nodes of a stream are loaded, whatever came before them.
                if (!batch.Key.IsNode || batch.ItemCount >= _options.BatchSize)
                    CheckBudget();
                return _monitor.RunBatchAsync(batch.Key, batch.ItemCount, inner => LoadNowAsync(batch, inner), cancellationToken);
            },
            waiting.Token).ConfigureAwait(false);
    }

    private async Task LoadNowAsync(ItemBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            var startedEmpty = await _context.Types.PrepareAsync(batch.Key, cancellationToken).ConfigureAwait(false);
            await _loader.LoadAsync(batch, startedEmpty, cancellationToken).ConfigureAwait(false);
        }
        catch (MigrationException e)
        {
            e.Stage ??= MigrationStage.Load;
            e.Segment ??= batch.ToSegment();
            throw;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw ErrorOf(e, batch);
        }
    }

    private void FailBatch(Exception e, ItemBatch batch) => Fail(e as MigrationException ?? ErrorOf(e, batch));

    private static MigrationException ErrorOf(Exception e, ItemBatch batch) =>
        new(ErrorCode.PlatformFailed, $"A batch of {batch.Key} could not be loaded: {e.Message}", null, e) { Stage = MigrationStage.Load, Segment = batch.ToSegment() };

    // Before each full batch, so that a run that is lost already does not go on for hours.
    private void CheckBudget()
    {
        if (_context.Accounts.OverBudget(_options.ErrorBudget, isAtEnd: false) is not { } exceeded)
            return;
        Fail(exceeded);
        throw Failure!;
    }

    // Where too many records were bad, what is under way goes on to its end: its answers are wanted.
    private void Fail(MigrationException failure)
    {
        Interlocked.CompareExchange(ref _failure, failure, null);
        _halt.Cancel();
        if (failure.Code != ErrorCode.ErrorBudgetExceeded)
            _abort.Cancel();
    }

    private void ThrowIfFailed()
    {
        if (Failure is { } failure)
            throw failure;
    }

    private async Task<MigrationResult> EndAsync(MigrationResult result)
    {
        _limits?.Dispose();

        // Batches under way are let go first: what becomes of them belongs to this process.
        if (result.Status != MigrationStatus.Completed)
            await _nodes.WhenIdleAsync().ConfigureAwait(false);
        _result = result;
        try
        {
            _log?.End(result);
        }
        catch (MigrationException e)
        {
            // What is at the destination is there; but nobody can go on from a journal that cannot be written.
            Fail(e);
            _result = result with { Status = MigrationStatus.Failed, Error = e.Message, ErrorCode = e.Code };
        }

        return _result = _monitor.End(_result);
    }
}
