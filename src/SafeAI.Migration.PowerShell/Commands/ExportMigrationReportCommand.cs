using System.Management.Automation;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Monitoring;
using SafeAI.Migration.PowerShell.Binding;
using SafeAI.Migration.PowerShell.Completers;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Writes a report of a run: what was done, how fast, what was rejected and why, and whether it can be undone.</summary>
/// <remarks>
/// The report is made of what the journal knows, while the run is at work or afterwards. As HTML it is one page that
/// needs nothing but itself: it can be mailed, printed, and read on a phone, at night and with a screen reader. JSON and
/// Markdown hold the same. No report holds a value of any record.
/// </remarks>
/// <example>
///   <code>Get-Migration | Select-Object -First 1 | Export-MigrationReport -Path ./report.html</code>
///   <para>Writes a page about the newest run.</para>
/// </example>
/// <example>
///   <code>Get-Migration -Status Failed | Select-Object -First 1 | Export-MigrationReport -Path ./failed.md -Format Markdown</code>
///   <para>Writes what is known of the newest run that failed, to be pasted into a ticket.</para>
/// </example>
[Cmdlet(VerbsData.Export, "MigrationReport", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(FileInfo))]
public sealed class ExportMigrationReportCommand : MigrationCmdlet
{
    /// <summary>The run's id.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("MigrationId")]
    [ArgumentCompleter(typeof(MigrationIdCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Id { get; set; }

    /// <summary>The file to write; one that exists is replaced.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>How it is written: Html, Json or Markdown. Auto, the default, goes by the file's ending: .json, .md, and a page otherwise.</summary>
    [Parameter]
    public ReportFormat Format { get; set; }

    /// <summary>What Test-MigrationQuality found of the data, to be shown in the report.</summary>
    [Parameter]
    [ValidateNotNull]
    public QualityReport? Quality { get; set; }

    /// <summary>The journal's file. Without it, the one in the user's own state folder is used.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? JournalPath { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var path = FullPath(Path!);
        using var journal = OrStop(() => JournalFile.OpenExisting(JournalPath is null ? null : FullPath(JournalPath)));
        MigrationReport report;
        try
        {
            report = ReportReader.Read(journal, Id!, Quality);
        }
        catch (MigrationException e) when (e.Code == ErrorCode.RunNotFound)
        {
            WriteError(Errors.RecordFor(e, Id));
            return;
        }

        if (!ShouldProcess(path, $"Write a report of {Id}"))
            return;
        OrStop(() =>
        {
            ReportWriter.Write(report, path, Format);
            return true;
        });
        WriteObject(new FileInfo(path));
    }
}
