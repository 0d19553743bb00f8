using System.Management.Automation;
using SafeAI.Migration.Engine.Planning;
using SafeAI.Migration.PowerShell.Binding;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Checks before a migration whether it can run, and gives what it finds.</summary>
/// <remarks>
/// Reads the plan, connects to its sources and its destination, makes or checks the mappings, and maps the first records
/// of each source. Nothing is written. Each finding has a stable id, a severity and a remedy; no finding means that
/// nothing stands in the way that can be seen beforehand. What a key may write is not tried. A plan that cannot be read
/// gives a finding too.
/// </remarks>
/// <example>
///   <code>Test-Migration ./migration.json | Format-List</code>
///   <para>Shows what is found about a plan.</para>
/// </example>
/// <example>
///   <code>if (Test-Migration ./migration.json | Where-Object Severity -eq Error) { throw 'The migration cannot run.' }</code>
///   <para>Ends a runbook before a migration that cannot run.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "Migration")]
[OutputType(typeof(PreflightFinding))]
public sealed class TestMigrationCommand : PlanCmdlet
{
    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var plan = ReadPlan();
        foreach (var finding in Wait(token => PlanPreview.MakeAsync(plan, PlatformOf(plan), token)).Findings)
            WriteObject(finding);
    }
}
