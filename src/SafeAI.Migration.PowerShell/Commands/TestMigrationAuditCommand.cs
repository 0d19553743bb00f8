using System.Management.Automation;
using System.Net;
using System.Security;
using SafeAI.Migration.Engine.Audit;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.PowerShell.Binding;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Finds changed, removed, reordered and cut-off events in the audit trail.</summary>
/// <remarks>
/// Each event holds the hash of the one before, so that a change anywhere shows. That the end was cut off shows by the file beside
/// the journal that remembers the last event, and, where somebody could write that file as well, by -ExpectedHead: the head of an
/// earlier report, kept elsewhere. Who can write the journal could still write the whole trail anew; where the environment
/// variable SAFEAI_AUDIT_KEY holds a key while runs are at work, their events are signed with it, and -SigningKey tells.
///
/// The report says what was found. With -FailOnFinding, anything found ends the command in a terminating error, for a script's sake.
/// </remarks>
/// <example>
///   <code>$report = Test-MigrationAudit; $report.IsIntact; $report.Head | Set-Content ./audit.head</code>
///   <para>Checks the trail, and keeps its head for the next time.</para>
/// </example>
/// <example>
///   <code>Test-MigrationAudit -FailOnFinding | Select-Object Events, Signed, Head</code>
///   <para>Checks the trail in a script that must end where something is wrong.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "MigrationAudit")]
[OutputType(typeof(AuditReport))]
public sealed class TestMigrationAuditCommand : MigrationCmdlet
{
    /// <summary>The head of an earlier report: a hash that one of the events must have.</summary>
    [Parameter]
    [ValidatePattern("^[0-9A-Fa-f]{64}$")]
    public string? ExpectedHead { get; set; }

    /// <summary>The keys that events may be signed with: the present one, and earlier ones where it was changed. Without it, the one in the environment variable SAFEAI_AUDIT_KEY is used; without both, signatures are not checked.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public SecureString[]? SigningKey { get; set; }

    /// <summary>Whether anything found ends the command in a terminating error.</summary>
    [Parameter]
    public SwitchParameter FailOnFinding { get; set; }

    /// <summary>The journal's file. Without it, the one in the user's own state folder is used.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? JournalPath { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        using var journal = OrStop(() => JournalFile.OpenExisting(JournalPath is null ? null : FullPath(JournalPath)));
        string[] keys = SigningKey is not null ? [.. SigningKey.Select(k => new NetworkCredential("", k).Password)]
            : Environment.GetEnvironmentVariable(AuditTrail.KeyVariable) is { Length: > 0 } fromEnvironment ? [fromEnvironment] : [];
        var report = Wait(token => Task.FromResult(AuditChecker.Check(journal, ExpectedHead, keys, token)));
        WriteObject(report);
        if (FailOnFinding && !report.IsIntact)
            ThrowTerminatingError(Errors.RecordFor(
                new MigrationException(ErrorCode.AuditBroken, $"The audit trail of {report.JournalPath} is not intact: {report.Findings[0].Message}", "See the report's findings."), report));
    }
}
