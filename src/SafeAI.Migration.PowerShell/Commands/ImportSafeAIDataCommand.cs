using System.Collections.Concurrent;
using System.Diagnostics;
using System.Management.Automation;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Monitoring;
using SafeAI.Migration.Engine.Rollback;
using SafeAI.Migration.PowerShell.Binding;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Loads nodes and relationships into the platform's knowledge graph or a local graph store.</summary>
/// <remarks>
/// Takes what Convert-MigrationData or Get-SafeAIData emits, in any order. Nodes are loaded in parallel batches as
/// they arrive, relationships after all nodes. What is at the destination already with the same values is not written
/// again, so that the same pipeline can be run twice. Each batch is compared with the destination's confirmation.
/// One result object comes out at the end; its figures add up: read = loaded + unchanged + rejected + skipped.
/// A run that rejects more than the error budget allows, or whose verification finds a difference, ends in a
/// terminating error that carries the result.
/// The run is entered in the journal, with each batch before it is sent and what was there before it, so that it can be
/// resumed and undone. A run that was stopped, killed or failed goes on with the same pipeline and -Resume: what was
/// confirmed is not sent again. A source or mapping that is not what it was when the run began, or a source of which nothing
/// comes, is refused, unless -Force is given. A file is told by its length, time and ends; of a table only its columns and key are,
/// and of a query or an API only what is asked: rows that were changed there are not noticed, but read again and loaded as they are now.
/// </remarks>
/// <example>
///   <code>Get-SourceData ./customers.csv | Convert-MigrationData -Mapping ./customers.map.json | Import-SafeAIData -Verify Content</code>
///   <para>Loads a file into the platform that Connect-SafeAI connected to, and reads every item back to compare it.</para>
/// </example>
/// <example>
///   <code>Get-SafeAIData -Store ./test.graph | Import-SafeAIData -Endpoint https://platform.safeai.dev -ApiKey $key</code>
///   <para>Copies a local graph store into the platform.</para>
/// </example>
/// <example>
///   <code>Get-SourceData ./customers.csv | Convert-MigrationData -Mapping ./customers.map.json | Import-SafeAIData -Store ./new.graph -Mode Insert -JournalPath ./new.journal</code>
///   <para>Loads only customers that are not there yet, and keeps the run in a journal of its own.</para>
/// </example>
[Cmdlet(VerbsData.Import, "SafeAIData", DefaultParameterSetName = "ApiKey", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(MigrationResult))]
public sealed class ImportSafeAIDataCommand : DestinationCmdlet
{
    private static readonly LoadRunDescription s_description = new() { Name = "pipeline" };
    private readonly ConcurrentQueue<Reject> _rejects = new();
    private readonly ProgressThrottle _progress = new();
    private IGraphDestination? _destination;
    private JournalFile? _journal;
    private LogFile? _log;
    private RunDisplay? _shows;
    private LoadSession? _session;
    private Action<object?>? _add;
    private Action<MigrationRun>? _resume;
    private IReadOnlyList<MigrationRun>? _choice;

    /// <summary>A node or relationship, or a list of them.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    public PSObject? InputObject { get; set; }

    /// <summary>Items in a batch, which is one request and one transaction; from 1 to 100000.</summary>
    [Parameter]
    [ValidateRange(1, 100_000)]
    public int BatchSize { get; set; } = 1000;

    /// <summary>Batches under way at once, from 1 to 64.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = 4;

    /// <summary>What is checked after loading: None, Count (the destination's own counts per type), or Content (every item read back and compared).</summary>
    [Parameter]
    public VerifyMode Verify { get; set; }

    /// <summary>How many records may be rejected before the run fails: a number such as 10, a share such as 0.5%, or unlimited. The default is 0.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string ErrorBudget { get; set; } = "0";

    /// <summary>Bytes in a batch at most, about; from 1000 to 1000000000. A batch holds one item at least.</summary>
    [Parameter]
    [ValidateRange(1000, 1_000_000_000)]
    public long BatchByteLimit { get; set; } = 8_000_000;

    /// <summary>What is done with items whose id is at the destination already: Upsert lays the properties over those that are there, Insert rejects them, Replace also removes the properties that the record does not have.</summary>
    [Parameter]
    public LoadMode Mode { get; set; }

    /// <summary>The journal's file. Without it, the one in the user's own state folder is used.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? JournalPath { get; set; }

    /// <summary>Keeps the run in no journal. It can then be neither resumed nor undone.</summary>
    [Parameter]
    public SwitchParameter NoJournal { get; set; }

    /// <summary>Goes on with the run of this pipeline into this destination that did not come to its end. Give it the same pipeline: where several could be resumed, the first source and the mapping tell which; of several of the same pipeline, it is the newest.</summary>
    [Parameter]
    public SwitchParameter Resume { get; set; }

    /// <summary>Goes on with -Resume although a source or a mapping is not what it was when the run began.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>What happens when the run fails: Keep leaves what was confirmed, to be resumed or put back later; Rollback puts the run back at once.</summary>
    [Parameter]
    public FailureAction OnError { get; set; }

    /// <summary>A file for a log: a line of JSON for each event of the run. One that exists is gone on with. With -Verbose, the events are shown too.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? LogPath { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (NoJournal && OnError == FailureAction.Rollback)
            OrStop<bool>(() => throw new MigrationException(
                ErrorCode.InvalidOptions, "Without a journal a run cannot be put back.", "Leave out -NoJournal or -OnError Rollback."));
        if (NoJournal && (Resume || JournalPath is not null))
            OrStop<bool>(() => throw new MigrationException(
                ErrorCode.InvalidOptions, "-NoJournal contradicts -Resume and -JournalPath.", "Leave one of them out."));
        if (Force && !Resume)
            OrStop<bool>(() => throw new MigrationException(
                ErrorCode.InvalidOptions, "-Force means something with -Resume only.", "Leave it out, or add -Resume."));
        var budget = OrStop(() =>
        {
            try
            {
                return Migration.ErrorBudget.Parse(ErrorBudget);
            }
            catch (FormatException e)
            {
                throw new MigrationException(ErrorCode.InvalidPlan, e.Message, null, e);
            }
        });
        if (!ShouldProcess(DestinationName, "Load nodes and relationships"))
            return;
        PipelineStages.Begin(this);
        var options = new LoadOptions
        {
            BatchSize = BatchSize, BatchBytes = BatchByteLimit, ThrottleLimit = ThrottleLimit, Verify = Verify, ErrorBudget = budget, Mode = Mode,
        };

        if (LogPath is not null)
            _log = OrStop(() => new LogFile(FullPath(LogPath)));
        _shows = new RunDisplay(this);

        // The journal first: where it cannot be written, nothing is to be created.
        if (!NoJournal)
            _journal = OrStop(() => JournalFile.Open(JournalPath is null ? null : FullPath(JournalPath)));
        _destination = OpenDestination(forWriting: true);
        if (!Resume)
        {
            _session = OrStop(() => LoadRun.Begin(_journal, _destination, options, s_description, _rejects.Enqueue, monitor: CreateMonitor()));
            _session.FollowPipeline();
            return;
        }

        var runs = OrStop(() => PipelineRuns.Find(_journal!, _destination.DisplayName));
        _resume = run => ResumeRun(run, options);
        if (runs.Count == 1)
            _resume(runs[0]);
        else
            _choice = runs;
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (_session is null && _choice is null)
            return;
        PipelineInput.ForEach(InputObject!, _add ??= Add);
        WriteRejects();
        if (_session is not null && _progress.IsDue())
            _shows!.Update(_session);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_choice is not null)
            Choose(null);
        if (_session is null)
            return;
        foreach (var counts in PipelineStages.Before(this))
            _session.FollowStage(counts);
        foreach (var counts in PipelineStages.End(this))
            _session.FollowInner(counts);
        Complete(_session);
    }

    private void Add(object? input)
    {
        if (ItemOrError(input) is not { } item)
            return;
        if (_choice is not null)
            Choose(item);
        var adding = _session!.AddAsync(item, StoppingToken);
        if (!adding.IsCompletedSuccessfully)
            WaitFor(adding.AsTask());
    }

    // Of several runs, the one is resumed whose pipeline this is, as its first item tells.
    private void Choose(GraphItem? first)
    {
        string? warning = null;
        var run = OrStop(() => PipelineRuns.Choose(_choice!, first, Force, out warning));
        if (warning is not null)
            WriteWarning(warning);
        _resume!(run);
        _choice = null;
    }

    private void ResumeRun(MigrationRun run, LoadOptions options)
    {
        _session = Wait(token => LoadRun.ResumeAsync(
            _journal!, run.Id, _destination!, options, s_description, onReject: _rejects.Enqueue, monitor: CreateMonitor(), cancellationToken: token));
        _session.FollowPipeline(Force);
    }

    private void WaitFor(Task adding)
    {
        try
        {
            adding.GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (StoppingToken.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
        catch (MigrationException e)
        {
            // Where the run has failed, its result belongs to the error; an item that may not be sent fails it here.
            if (_session!.Failure is null)
                Task.Run(() => _session.FailAsync(e)).GetAwaiter().GetResult();
            Complete(_session);
        }
    }

    private void Complete(LoadSession session)
    {
        var completing = Task.Run(() => session.CompleteAsync(StoppingToken));
        while (!completing.Wait(ProgressThrottle.Interval))
        {
            WriteRejects();
            _shows!.Update(session);
        }

        WriteRejects();
        var result = completing.GetAwaiter().GetResult();
        _shows!.Close();
        if (result.Status == MigrationStatus.Stopped)
            return;
        var failure = session.Failure;

        // Of a run that was refused nothing new was sent, and what it had loaded before stays.
        if (failure is not null && failure.Code != ErrorCode.SourceChanged && OnError == FailureAction.Rollback && result.Status == MigrationStatus.Failed)
            (result, failure) = Wait(token => FailureRollback.RunAsync(_journal!, result, failure, _destination!, cancellationToken: token));
        WriteObject(result);
        if (failure is null)
            return;
        failure.Result ??= result;
        ThrowTerminatingError(Errors.RecordFor(failure, result));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            PipelineStages.Forget(this);

            // A pipeline that was stopped, or whose other commands failed, leaves a run that can be resumed.
            if (_session is { } session)
                Task.Run(async () =>
                {
                    await session.StopAsync().ConfigureAwait(false);
                    await session.DisposeAsync().ConfigureAwait(false);
                }).GetAwaiter().GetResult();
            _destination?.DisposeAsync().AsTask().GetAwaiter().GetResult();
            _journal?.Dispose();
            _log?.Dispose();
            _log = null;
            _session = null;
            _destination = null;
            _journal = null;
        }

        base.Dispose(disposing);
    }

    private void WriteRejects()
    {
        while (_rejects.TryDequeue(out var reject))
            WriteReject(reject);
    }

    private RunMonitor CreateMonitor() => new([.. new IRunObserver?[] { _log, _shows!.Observer }.OfType<IRunObserver>()]);
}
