using System.Management.Automation;
using System.Security;
using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.PowerShell.Hosting;

namespace SafeAI.Migration.PowerShell.Binding;

/// <summary>What the commands share that read from or write to a graph: which one.</summary>
public abstract class DestinationCmdlet : MigrationCmdlet
{
    /// <summary>The platform's endpoint. Without it and without -Store, the open connection or the environment variable SAFEAI_ENDPOINT is used.</summary>
    [Parameter(ParameterSetName = "ApiKey")]
    [Parameter(ParameterSetName = "Credential")]
    [ValidateNotNullOrEmpty]
    public string? Endpoint { get; set; }

    /// <summary>The API key. Without it, the open connection's or the environment variable SAFEAI_API_KEY is used.</summary>
    [Parameter(ParameterSetName = "ApiKey")]
    [ValidateNotNull]
    public SecureString? ApiKey { get; set; }

    /// <summary>A client id and its secret, for OAuth client credentials in place of a key.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Credential")]
    [ValidateNotNull]
    public PSCredential? Credential { get; set; }

    /// <summary>A graph store in a local file, in place of the platform.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Store")]
    [ValidateNotNullOrEmpty]
    public string? Store { get; set; }

    /// <summary>What the parameters name, for messages.</summary>
    protected string DestinationName => Store is not null
        ? FullPath(Store)
        : OrStop(() => CurrentConnection.Options(Endpoint, ApiKey, Credential)).Endpoint.GetLeftPart(UriPartial.Authority);

    /// <summary>Opens what the parameters name.</summary>
    /// <param name="forWriting">Whether a store is created where there is none.</param>
    protected IGraphDestination OpenDestination(bool forWriting) => OrStop(() => Store is not null
        ? GraphStoreDestination.Open(FullPath(Store), create: forWriting)
        : OpenPlatform());

    /// <summary>Opens the platform that the parameters, the connection or the environment name. May be called on any thread.</summary>
    /// <exception cref="MigrationException">None is named.</exception>
    protected IGraphDestination OpenPlatform() =>
#pragma warning disable CA2000 // The destination owns the client.
        new PlatformDestination(new PlatformClient(CurrentConnection.Options(Endpoint, ApiKey, Credential)));
#pragma warning restore CA2000
}
