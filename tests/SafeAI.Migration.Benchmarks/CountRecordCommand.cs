using System.Management.Automation;

namespace SafeAI.Migration.Benchmarks;

/// <summary>Counts what comes down a pipeline and does nothing else, so that what is measured is what stands before it.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "BenchmarkRecord")]
[OutputType(typeof(PSObject))]
public sealed class CountRecordCommand : PSCmdlet
{
    private long _count;

    /// <summary>Anything; of an array, what is in it counts.</summary>
    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => _count += InputObject?.BaseObject is object[] several ? several.Length : 1;

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var result = new PSObject();
        result.Properties.Add(new PSNoteProperty("Count", _count));
        WriteObject(result);
    }
}
