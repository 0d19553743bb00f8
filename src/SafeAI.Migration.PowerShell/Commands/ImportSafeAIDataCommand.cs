using System.Collections.Concurrent;
using System.Diagnostics;
using System.Management.Automation;
using SafeAI.Migration.Engine.Loading;
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
/// </remarks>
/// <example>
///   <code>Get-SourceData ./customers.csv | Convert-MigrationData -Mapping ./customers.map.json | Import-SafeAIData -Verify Content</code>
///   <para>Loads a file into the platform that Connect-SafeAI connected to, and reads every item back to compare it.</para>
/// </example>
/// <example>
///   <code>Get-SafeAIData -Store ./test.graph | Import-SafeAIData -Endpoint https://platform.safeai.dev -ApiKey $key</code>
///   <para>Copies a local graph store into the platform.</para>
/// </example>
[Cmdlet(VerbsData.Import, "SafeAIData", DefaultParameterSetName = "ApiKey", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(MigrationResult))]
public sealed class ImportSafeAIDataCommand : DestinationCmdlet
{
    private readonly ConcurrentQueue<Reject> _rejects = new();
    private readonly ProgressThrottle _progress = new();
    private IGraphDestination? _destination;
    private LoadSession? _session;

    /// <summary>A node or relationship.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    public GraphItem? InputObject { get; set; }

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

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
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
        _destination = OpenDestination(forWriting: true);
        _session = new LoadSession(
            _destination,
            new LoadOptions { BatchSize = BatchSize, ThrottleLimit = ThrottleLimit, Verify = Verify, ErrorBudget = budget },
            _rejects.Enqueue);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (_session is null)
            return;
        var adding = _session.AddAsync(InputObject!, StoppingToken);
        if (!adding.IsCompletedSuccessfully)
            WaitFor(adding.AsTask());
        WriteRejects();
        if (_progress.IsDue())
            WriteProgress(ProgressOf(_session.Snapshot()));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_session is not null)
            Complete(_session);
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
            WriteProgress(ProgressOf(session.Snapshot()));
        }

        WriteRejects();
        var result = completing.GetAwaiter().GetResult();
        WriteProgress(new ProgressRecord(1, "Loading", "Done") { RecordType = ProgressRecordType.Completed });
        if (result.Status == MigrationStatus.Stopped)
            return;
        WriteObject(result);
        if (session.Failure is { } failure)
            ThrowTerminatingError(Errors.RecordFor(failure, result));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _session?.DisposeAsync().AsTask().GetAwaiter().GetResult();
            _destination?.DisposeAsync().AsTask().GetAwaiter().GetResult();
            _session = null;
            _destination = null;
        }

        base.Dispose(disposing);
    }

    private void WriteRejects()
    {
        while (_rejects.TryDequeue(out var reject))
            WriteReject(reject);
    }

    private static ProgressRecord ProgressOf(MigrationResult result) => new(
        1,
        "Loading into " + result.Destination,
        FormattableString.Invariant($"{result.Read} records read; nodes: {result.Nodes}; relationships: {result.Relationships}; rejected: {result.Rejected}"));
}
