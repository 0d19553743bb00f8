using System.Collections;
using System.Management.Automation;
using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.PowerShell.Hosting;

namespace SafeAI.Migration.PowerShell.Completers;

/// <summary>Offers the types that exist in the store that -Store names, else at the platform.</summary>
public abstract class GraphTypeCompleter : ListCompleter
{
    // A platform that does not answer must not hold up the prompt for longer.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    /// <summary>Which types of the schema are offered.</summary>
    private protected abstract IReadOnlyList<string> TypesOf(GraphSchema schema);

    /// <inheritdoc/>
    protected override IEnumerable<string> Values(IDictionary bound)
    {
        ArgumentNullException.ThrowIfNull(bound);
        using var ended = new CancellationTokenSource(s_patience);
        var (store, endpoint) = (Text(bound, "Store"), Text(bound, "Endpoint"));
        var path = store is null ? null : FullPath(store);
        return Task.Run(async () =>
        {
            var destination = path is not null
                ? (IGraphDestination)GraphStoreDestination.Open(path, create: false)
#pragma warning disable CA2000 // The destination owns the client.
                : new PlatformDestination(new PlatformClient(CurrentConnection.Options(endpoint, null, null, maxRetries: 0)));
#pragma warning restore CA2000
            await using (destination.ConfigureAwait(false))
                return TypesOf(await destination.GetSchemaAsync(ended.Token).ConfigureAwait(false));
        }).GetAwaiter().GetResult();
    }

    private static string? Text(IDictionary bound, string name) => bound[name]?.ToString() is { Length: > 0 } text ? text : null;

    private static string FullPath(string path) => ScriptBlock
        .Create("param($path) $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($path)")
        .Invoke(path)[0].ToString()!;
}

/// <summary>Offers node types.</summary>
public sealed class NodeTypeCompleter : GraphTypeCompleter
{
    private protected override IReadOnlyList<string> TypesOf(GraphSchema schema) => schema.NodeTypes;
}

/// <summary>Offers relationship types.</summary>
public sealed class RelationshipTypeCompleter : GraphTypeCompleter
{
    private protected override IReadOnlyList<string> TypesOf(GraphSchema schema) => schema.RelationshipTypes;
}
