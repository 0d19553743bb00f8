using System.Management.Automation;
using SafeAI.Migration.PowerShell.Binding;
using SafeAI.Migration.PowerShell.Hosting;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Forgets the connection that Connect-SafeAI opened, its key included.</summary>
/// <remarks>Where no connection is open, nothing happens.</remarks>
/// <example>
///   <code>Disconnect-SafeAI</code>
///   <para>Forgets the endpoint and the key.</para>
/// </example>
/// <example>
///   <code>try { Connect-SafeAI -Endpoint $url -ApiKey $key; Get-SafeAIData -NodeType Customer } finally { Disconnect-SafeAI }</code>
///   <para>Makes sure in a script that the key is forgotten, whatever happens.</para>
/// </example>
[Cmdlet(VerbsCommunications.Disconnect, "SafeAI")]
[OutputType(typeof(void))]
public sealed class DisconnectSafeAICommand : MigrationCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessRecord() => CurrentConnection.Close();
}
