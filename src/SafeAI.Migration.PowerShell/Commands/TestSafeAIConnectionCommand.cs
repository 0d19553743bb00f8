using System.Management.Automation;
using System.Security;
using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.PowerShell.Binding;
using SafeAI.Migration.PowerShell.Hosting;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Says what works with an endpoint and a key: reachable, authenticated, may read, may write, rate limit, schema.</summary>
/// <remarks>
/// Whether the key may write is tested with a statement that needs the right to write and writes nothing. What does
/// not work is said in the result; the command itself fails only where no endpoint or key is known.
/// </remarks>
/// <example>
///   <code>Test-SafeAIConnection</code>
///   <para>Tests the connection that Connect-SafeAI opened.</para>
/// </example>
/// <example>
///   <code>if (-not (Test-SafeAIConnection -Endpoint $url -ApiKey $key).CanWrite) { throw 'This key may not write.' }</code>
///   <para>Stops a script early where the key may not write.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "SafeAIConnection", DefaultParameterSetName = "ApiKey")]
[OutputType(typeof(ConnectionTestResult))]
public sealed class TestSafeAIConnectionCommand : MigrationCmdlet
{
    /// <summary>The platform's endpoint. Without it, the open connection or the environment variable SAFEAI_ENDPOINT is used.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? Endpoint { get; set; }

    /// <summary>The API key. Without it, the open connection's or the environment variable SAFEAI_API_KEY is used.</summary>
    [Parameter(Position = 1, ParameterSetName = "ApiKey", ValueFromPipelineByPropertyName = true)]
    [ValidateNotNull]
    public SecureString? ApiKey { get; set; }

    /// <summary>A client id and its secret, for OAuth client credentials in place of a key.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Credential")]
    [ValidateNotNull]
    public PSCredential? Credential { get; set; }

    /// <summary>Does not test whether the key may write.</summary>
    [Parameter]
    public SwitchParameter ReadOnly { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var options = OrStop(() => CurrentConnection.Options(Endpoint, ApiKey, Credential, maxRetries: 0));
        WriteObject(Wait(token => ConnectionTester.TestAsync(options, testWrite: !ReadOnly, token)));
    }
}
