using System.Management.Automation;
using SafeAI.Migration.PowerShell.Binding;
using SafeAI.Migration.PowerShell.Completers;
using SafeAI.Migration.PowerShell.Hosting;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Stops sandboxes that this PowerShell process started.</summary>
/// <remarks>Without -ProcessId, all of them are stopped. A graph in memory is gone then; one in a file stays.</remarks>
/// <example>
///   <code>Stop-SafeAISandbox</code>
///   <para>Stops all sandboxes of this PowerShell process.</para>
/// </example>
/// <example>
///   <code>$sandbox | Stop-SafeAISandbox</code>
///   <para>Stops the sandbox that Start-SafeAISandbox gave.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Stop, "SafeAISandbox", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class StopSafeAISandboxCommand : MigrationCmdlet
{
    /// <summary>The sandbox's process, as Start-SafeAISandbox gives it.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SandboxCompleter))]
    public int[]? ProcessId { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var id in ProcessId ?? SandboxProcess.Running)
        {
            if (!ShouldProcess($"sandbox in process {id}", "Stop"))
                continue;
            if (!SandboxProcess.Stop(id))
                WriteError(Errors.RecordFor(
                    new MigrationException(ErrorCode.SandboxFailed, $"Process {id} is not a sandbox of this PowerShell process.", "Give the ProcessId that Start-SafeAISandbox gave."), id));
        }
    }
}
