using System.Management.Automation;
using System.Runtime.CompilerServices;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.PowerShell.Binding;
using SafeAI.Migration.PowerShell.Completers;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Streams nodes and relationships out of the platform's knowledge graph or a local graph store.</summary>
/// <remarks>
/// Without -NodeType and -RelationshipType, everything comes: first all nodes, type by type, then all relationships,
/// each in the order of their ids. With one of them, only those types come. Memory does not grow with the graph.
/// The ids come in order: a read that was broken off goes on with -AfterId and the last id that came.
/// Dates and times come out as such; those of the platform that .NET cannot hold exactly come out as ISO 8601 text.
/// </remarks>
/// <example>
///   <code>Get-SafeAIData -NodeType Customer | Where-Object { $_.Properties.email -like '*@example.com' }</code>
///   <para>Reads the customers from the platform that Connect-SafeAI connected to, and keeps some of them.</para>
/// </example>
/// <example>
///   <code>Get-SafeAIData -NodeType Customer -AfterId 'customer:00010' | Select-Object -First 100 | Format-Table Id</code>
///   <para>Reads on after a node.</para>
/// </example>
/// <example>
///   <code>Get-SafeAIData -Store ./quickstart.graph | Group-Object Type -NoElement</code>
///   <para>Counts what is in a local graph store, by type.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "SafeAIData", DefaultParameterSetName = "ApiKey")]
[OutputType(typeof(GraphNode), typeof(GraphRelationship))]
public sealed class GetSafeAIDataCommand : DestinationCmdlet
{
    /// <summary>The node types to read.</summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(NodeTypeCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? NodeType { get; set; }

    /// <summary>The relationship types to read.</summary>
    [Parameter(Position = 1)]
    [ArgumentCompleter(typeof(RelationshipTypeCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? RelationshipType { get; set; }

    /// <summary>Labels that a node must have beside its type, all of them. Only nodes come then, unless -RelationshipType is given too.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(NodeTypeCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Label { get; set; } = [];

    /// <summary>The id after which to begin, so that a read that was broken off goes on; with one -NodeType or one -RelationshipType.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? AfterId { get; set; }

    /// <summary>How many items are sent down the pipeline at a time, from 1 to 100000. With more than 1, they come as arrays, which the commands of this module take like single ones, and much faster; to other commands each array is one object.</summary>
    [Parameter]
    [ValidateRange(1, 100_000)]
    public int ReadCount { get; set; } = 1;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (AfterId is null || (NodeType?.Length ?? 0) + (RelationshipType?.Length ?? 0) == 1)
            return;
        ThrowTerminatingError(Errors.RecordFor(
            new MigrationException(ErrorCode.InvalidOptions, "-AfterId says where to begin within one type, and not one type is given.", "Give one -NodeType or one -RelationshipType."), AfterId));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var destination = OpenDestination(forWriting: false);
        var output = new PipelineOutput<GraphItem>(this, ReadCount);
        try
        {
            StreamPump.Run(token => ReadAsync(destination, token), output.Write, ahead: 2000, StoppingToken);
            output.Flush();
        }
        catch (MigrationException e)
        {
            output.Flush();
            ThrowTerminatingError(Errors.RecordFor(e, null));
        }
        catch (OperationCanceledException) when (StoppingToken.IsCancellationRequested)
        {
            // The pipeline was stopped.
        }
        finally
        {
            destination.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private async IAsyncEnumerable<GraphItem> ReadAsync(IGraphDestination destination, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IReadOnlyList<string> nodes = NodeType ?? [];
        IReadOnlyList<string> relationships = RelationshipType ?? [];
        if (NodeType is null && RelationshipType is null)
        {
            var schema = await destination.GetSchemaAsync(cancellationToken).ConfigureAwait(false);
            (nodes, relationships) = (schema.NodeTypes, Label.Length > 0 ? [] : schema.RelationshipTypes);
        }

        foreach (var type in nodes)
        {
            await foreach (var node in destination.StreamNodesAsync(type, Label, AfterId ?? "", cancellationToken).ConfigureAwait(false))
                yield return node;
        }

        foreach (var type in relationships)
        {
            await foreach (var relationship in destination.StreamRelationshipsAsync(type, AfterId ?? "", cancellationToken).ConfigureAwait(false))
                yield return relationship;
        }
    }
}
