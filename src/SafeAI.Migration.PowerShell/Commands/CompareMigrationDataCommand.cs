using System.Management.Automation;
using SafeAI.Migration.Engine.Comparing;
using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.PowerShell.Binding;
using SafeAI.Migration.PowerShell.Completers;
using SafeAI.Migration.PowerShell.Hosting;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Compares what a source should have become, or another graph, with the platform's knowledge graph or a local graph store.</summary>
/// <remarks>
/// The reference is what comes down the pipeline, from Convert-MigrationData or Get-SafeAIData, or the graph that -ReferenceStore or
/// -ReferenceEndpoint names. Each difference is an object: an item that is missing or extra, or a field with both values. Of what comes
/// down the pipeline, only the properties that it has are compared, as a load leaves the others alone; of another graph, all are.
/// Memory does not grow with either side.
///
/// Without -NodeType and -RelationshipType, the types that come down the pipeline are compared; of two graphs, the types of both.
/// A node that the platform lists under several of its labels is compared once. With -SummaryOnly, one object with the
/// figures comes out in place of the differences; with -FailOnDifference, a difference ends the command in a terminating error.
/// </remarks>
/// <example>
///   <code>Get-SourceData ./customers.csv | Convert-MigrationData ./customers.map.json | Compare-MigrationData -Store ./test.graph -SummaryOnly</code>
///   <para>Finds out whether a graph store has what a file holds, without loading anything.</para>
/// </example>
/// <example>
///   <code>Compare-MigrationData -ReferenceStore ./test.graph -Store ./quickstart.graph -FailOnDifference -SummaryOnly</code>
///   <para>Compares two graph stores, value for value, in a script that must end where they differ.</para>
/// </example>
[Cmdlet(VerbsData.Compare, "MigrationData", DefaultParameterSetName = "ApiKey")]
[OutputType(typeof(DataDifference), typeof(DataComparisonSummary))]
public sealed class CompareMigrationDataCommand : DestinationCmdlet
{
    private Action<object?>? _add;
    private DataComparison? _comparison;

    /// <summary>A node or relationship of the reference.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    public PSObject? InputObject { get; set; }

    /// <summary>A graph store that is the reference, in place of the pipeline.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ReferenceStore { get; set; }

    /// <summary>A platform that is the reference, in place of the pipeline, with the open connection's key or the one in SAFEAI_API_KEY.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ReferenceEndpoint { get; set; }

    /// <summary>The node types to compare.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(NodeTypeCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? NodeType { get; set; }

    /// <summary>The relationship types to compare.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(RelationshipTypeCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? RelationshipType { get; set; }

    /// <summary>Whether a difference ends the command in a terminating error, after all were emitted.</summary>
    [Parameter]
    public SwitchParameter FailOnDifference { get; set; }

    /// <summary>Whether one object with the figures is emitted in place of the differences.</summary>
    [Parameter]
    public SwitchParameter SummaryOnly { get; set; }

    private bool HasReference => ReferenceStore is not null || ReferenceEndpoint is not null;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (HasReference == MyInvocation.ExpectingInput || (ReferenceStore is not null && ReferenceEndpoint is not null))
            OrStop<bool>(() => throw new MigrationException(
                ErrorCode.InvalidOptions, "There is no reference, or more than one.", "Send items down the pipeline, or pass -ReferenceStore or -ReferenceEndpoint."));
        _comparison = OrStop(() => new DataComparison(isWhole: HasReference));
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            if (InputObject is not null)
                PipelineInput.ForEach(InputObject, _add ??= Add);
        }
        catch (MigrationException e)
        {
            ThrowTerminatingError(Errors.RecordFor(e, null));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var comparison = _comparison!;
        if (HasReference)
            ReadReference(comparison);
        var destination = OpenDestination(forWriting: false);
        try
        {
            StreamPump.Run(
                token => comparison.CompareAsync(destination, NodeType, RelationshipType, token),
                difference =>
                {
                    if (!SummaryOnly)
                        WriteObject(difference);
                },
                ahead: 2000, StoppingToken);
        }
        catch (MigrationException e)
        {
            ThrowTerminatingError(Errors.RecordFor(e, null));
        }
        catch (OperationCanceledException) when (StoppingToken.IsCancellationRequested)
        {
            return;
        }
        finally
        {
            destination.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }

        var summary = comparison.Summary;
        WriteVerbose(FormattableString.Invariant($"{summary.Items} items compared: {summary.Same} the same, {summary.Different} different, {summary.Missing} missing, {summary.Extra} extra."));
        if (summary.Items == 0)
            WriteWarning("Nothing was compared: there is no item of these types on either side, or nothing came down the pipeline and no type is named.");
        if (SummaryOnly)
            WriteObject(summary);
        if (FailOnDifference && !summary.IsSame)
            ThrowTerminatingError(Errors.RecordFor(
                new MigrationException(
                    ErrorCode.VerificationFailed,
                    FormattableString.Invariant($"{summary.Destination} differs: {summary.Missing} items are missing, {summary.Extra} extra, {summary.Different} different."),
                    "See the differences, then load what is missing or mend what differs.") { Stage = MigrationStage.Verify },
                summary));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _comparison?.Dispose();
        base.Dispose(disposing);
    }

    private void Add(object? input)
    {
        if (ItemOrError(input) is { } item)
            _comparison!.Add(item);
    }

    private void ReadReference(DataComparison comparison)
    {
#pragma warning disable CA2000 // The destination owns the client.
        var reference = OrStop<IGraphDestination>(() => ReferenceStore is not null
            ? GraphStoreDestination.Open(FullPath(ReferenceStore), create: false)
            : new PlatformDestination(new PlatformClient(CurrentConnection.Options(ReferenceEndpoint, null, null))));
#pragma warning restore CA2000
        try
        {
            Wait(async token =>
            {
                var schema = await reference.GetSchemaAsync(token).ConfigureAwait(false);
                await comparison.AddAsync(
                    reference,
                    NodeType ?? (RelationshipType is null ? schema.NodeTypes : []),
                    RelationshipType ?? (NodeType is null ? schema.RelationshipTypes : []),
                    token).ConfigureAwait(false);
            });
        }
        finally
        {
            reference.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }
}
