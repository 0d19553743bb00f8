using System.Management.Automation;
using SafeAI.Migration.PowerShell.Binding;
using SafeAI.Migration.PowerShell.Hosting;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Starts a local stand-in for the platform, for trying things out and for tests.</summary>
/// <remarks>
/// The sandbox speaks the platform's published HTTP interface on a port of this machine and runs statements as the
/// platform's store does. It is not the platform: what works here can still differ there. It runs as a child process
/// and ends with this PowerShell process at the latest. It needs the ASP.NET Core Runtime 10.
/// The output has the endpoint and the key, and can be piped to Connect-SafeAI.
/// </remarks>
/// <example>
///   <code>Start-SafeAISandbox | Connect-SafeAI</code>
///   <para>Starts a sandbox with its graph in memory and connects to it.</para>
/// </example>
/// <example>
///   <code>$sandbox = Start-SafeAISandbox -Store ./sandbox.db -RateLimit 100; Stop-SafeAISandbox $sandbox.ProcessId</code>
///   <para>Starts a sandbox that keeps its graph in a file and allows 100 requests a minute, and stops it again.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Start, "SafeAISandbox", SupportsShouldProcess = true)]
[OutputType(typeof(SandboxInfo))]
public sealed class StartSafeAISandboxCommand : MigrationCmdlet
{
    /// <summary>The port; 0, the default, takes a free one.</summary>
    [Parameter]
    [ValidateRange(0, 65535)]
    public int Port { get; set; }

    /// <summary>
    /// A file to keep the graph in, durable before each answer. Without it, the graph is in memory. It is the sandbox's own: a
    /// graph store that Import-SafeAIData wrote is refused; copy it with Get-SafeAIData and Import-SafeAIData.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Store { get; set; }

    /// <summary>Requests allowed a minute; 0, the default, is no limit.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int RateLimit { get; set; }

    /// <summary>Scripted faults: a JSON text or the path of a JSON file.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Faults { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (!ShouldProcess(Store is null ? "a sandbox in memory" : FullPath(Store), "Start"))
            return;
        var (info, apiKey) = OrStop(() => SandboxProcess.Start(Port, Store is null ? null : FullPath(Store), RateLimit, Faults, StoppingToken));
        var output = new PSObject(info);

        // A SecureString, so that it shows nowhere and binds to -ApiKey.
        output.Properties.Add(new PSNoteProperty("ApiKey", new System.Net.NetworkCredential("", apiKey).SecurePassword));
        WriteObject(output);
    }
}
