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
/// Dates and times come out as such; those of the platform that .NET cannot hold exactly come out as ISO 8601 text.
/// </remarks>
/// <example>
///   <code>Get-SafeAIData -NodeType Customer | Where-Object { $_.Properties.email -like '*@example.com' }</code>
///   <para>Reads the customers from the platform that Connect-SafeAI connected to, and keeps some of them.</para>
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

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var destination = OpenDestination(forWriting: false);
        try
        {
            StreamPump.Run(token => ReadAsync(destination, token), item => WriteObject(item), ahead: 2000, StoppingToken);
        }
        catch (MigrationException e)
        {
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
            (nodes, relationships) = (schema.NodeTypes, schema.RelationshipTypes);
        }

        foreach (var type in nodes)
        {
            await foreach (var node in destination.StreamNodesAsync(type, cancellationToken).ConfigureAwait(false))
                yield return node;
        }

        foreach (var type in relationships)
        {
            await foreach (var relationship in destination.StreamRelationshipsAsync(type, cancellationToken).ConfigureAwait(false))
                yield return relationship;
        }
    }
}
