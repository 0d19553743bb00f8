using System.Management.Automation;
using SafeAI.Migration.Engine.Extraction.Profiling;
using SafeAI.Migration.PowerShell.Binding;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Assesses sources before a migration: how much there is, what it is like, how long it takes, and what will cause trouble.</summary>
/// <remarks>
/// Reads each source that the parameters name, as Get-SourceData does, and gives one report for each: the number of
/// records, and whether it is counted or estimated; bytes; for each field its types, nulls, number of different values,
/// least and greatest value, lengths, usual forms, and whether it could be the key; how long a migration takes at least,
/// at the measured speed of reading and at the rate limit of the platform; and findings, each with a key that never
/// changes and a severity. Memory does not grow with the number of records. Numbers of different values are exact up to
/// some thousands, and estimated within about 5 percent beyond.
/// With -MaxRecord only the first records are read: quick, but a finding may then be missed.
/// </remarks>
/// <example>
///   <code>Measure-SourceData -Path ./customers.csv</code>
///   <para>Assesses a file.</para>
/// </example>
/// <example>
///   <code>(Measure-SourceData -Path ./customers.csv).Fields | Format-Table Name, Types, Nulls, Distinct, Min, Max, IsCandidateKey</code>
///   <para>Shows what each field is like.</para>
/// </example>
/// <example>
///   <code>Measure-SourceData -ConnectionString 'Host=localhost;Database=shop;Username=reader' -MaxRecord 10000 -RequestsPerMinute 1000 | Format-Table Name, Records, IsExact, EstimatedSeconds</code>
///   <para>Estimates from a sample how long all tables of a database take at an enterprise rate limit.</para>
/// </example>
/// <example>
///   <code>Measure-SourceData -Path ./customers.csv -AsJsonSchema | Set-Content ./customers.schema.json; Get-SourceData -Path ./customers.csv | Test-MigrationData -Schema ./customers.schema.json</code>
///   <para>Infers a JSON Schema from a file, to hold later files against.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Measure, "SourceData", DefaultParameterSetName = PathSet)]
[OutputType(typeof(SourceProfile), typeof(string))]
public sealed class MeasureSourceDataCommand : SourceCmdlet
{
    /// <summary>How many records of each source are read at most. Without it, all are.</summary>
    [Parameter]
    [ValidateRange(1L, long.MaxValue)]
    public long? MaxRecord { get; set; }

    /// <summary>The platform's rate limit, for the estimate: 100 for a standard plan, 1000 for an enterprise plan.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int RequestsPerMinute { get; set; } = 100;

    /// <summary>Items in a batch, which is one request, for the estimate; from 1 to 100000.</summary>
    [Parameter]
    [ValidateRange(1, 100_000)]
    public int BatchSize { get; set; } = 1000;

    /// <summary>How many nodes and relationships a record becomes on average, for the estimate.</summary>
    [Parameter]
    [ValidateRange(0.0, 1_000_000.0)]
    public double ItemsPerRecord { get; set; } = 1;

    /// <summary>Emits a JSON Schema (draft 7) that all records read satisfy, in place of the report.</summary>
    [Parameter]
    public SwitchParameter AsJsonSchema { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEachSource(source =>
    {
        var profile = Task.Run(() => SourceProfiler.ProfileAsync(source, MaxRecord, StoppingToken)).GetAwaiter().GetResult();
        if (AsJsonSchema)
            WriteObject(SchemaInference.ToJsonSchema(profile));
        else
            WriteObject(profile with { EstimatedSeconds = profile.EstimateSeconds(RequestsPerMinute, BatchSize, ItemsPerRecord) });
    });
}
