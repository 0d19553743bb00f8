using System.Management.Automation;
using System.Security;
using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.PowerShell.Binding;
using SafeAI.Migration.PowerShell.Completers;
using SafeAI.Migration.PowerShell.Hosting;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Opens a connection to the platform and keeps it for this PowerShell session.</summary>
/// <remarks>
/// Other commands use the open connection where they are given no endpoint or key of their own. The key stays in this
/// process and is written nowhere. The connection is tested first: it must be reachable and the key must be accepted.
/// </remarks>
/// <example>
///   <code>Connect-SafeAI -Endpoint https://platform.safeai.dev -ApiKey (Read-Host -AsSecureString)</code>
///   <para>Asks for the key and opens the connection.</para>
/// </example>
/// <example>
///   <code>Start-SafeAISandbox | Connect-SafeAI</code>
///   <para>Starts a local stand-in for the platform and connects to it, for trying things out.</para>
/// </example>
[Cmdlet(VerbsCommunications.Connect, "SafeAI", DefaultParameterSetName = "ApiKey")]
[OutputType(typeof(SafeAIConnection))]
public sealed class ConnectSafeAICommand : MigrationCmdlet
{
    /// <summary>The platform's endpoint. Without it, the environment variable SAFEAI_ENDPOINT is used.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? Endpoint { get; set; }

    /// <summary>The API key. Without it, the environment variable SAFEAI_API_KEY is used.</summary>
    [Parameter(Position = 1, ParameterSetName = "ApiKey", ValueFromPipelineByPropertyName = true)]
    [ValidateNotNull]
    public SecureString? ApiKey { get; set; }

    /// <summary>A client id and its secret, for OAuth client credentials in place of a key.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Credential")]
    [ValidateNotNull]
    public PSCredential? Credential { get; set; }

    /// <summary>The path where statements are posted, for installations with another one: api/v1/query.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(QueryPathCompleter))]
    [ValidateNotNullOrEmpty]
    public string? QueryPath { get; set; }

    /// <summary>The path where the schema is read, for installations with another one: api/v1/knowledge-graph/schema.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(SchemaPathCompleter))]
    [ValidateNotNullOrEmpty]
    public string? SchemaPath { get; set; }

    /// <summary>Opens the connection without testing it.</summary>
    [Parameter]
    public SwitchParameter SkipTest { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var options = OrStop(() => CurrentConnection.Options(Endpoint, ApiKey, Credential, maxRetries: 0, QueryPath, SchemaPath));
        if (!SkipTest)
        {
            Wait(async token =>
            {
                using var client = new PlatformClient(options);
                (await client.QueryAsync(CypherStatements.Ping, ["one"], null, token).ConfigureAwait(false)).Dispose();
            });
        }

        SecureString? key = null;
        if (options.ApiKey is not null)
            key = new System.Net.NetworkCredential("", options.ApiKey).SecurePassword;
        CurrentConnection.Open(options.Endpoint, key, Credential, QueryPath, SchemaPath);
        WriteObject(CurrentConnection.Info);
    }
}
