using System.Collections;
using System.Globalization;
using System.Management.Automation;
using SafeAI.Migration.Engine.Validation;
using SafeAI.Migration.Engine.Validation.Quality;
using SafeAI.Migration.Engine.Validation.Schema;
using SafeAI.Migration.PowerShell.Binding;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Tells how good data is, as a score, and what would make it better.</summary>
/// <remarks>
/// Looks at records, other objects with properties, hash tables, or nodes and relationships, once, and gives one
/// report. Each dimension's score is the units that passed over the units that were tested:
/// completeness = values that are there / values that should be, and rows that could be read / rows;
/// accuracy = values of the type that at least nine in ten of the field's values have / values;
/// with -Profile, values in the profile's range from least to greatest, widened at each side by -RangeMargin of its
/// width but not across zero, or texts of a length and form that the profile has / values;
/// with -Configuration, values that keep a keyword of the schema (type, pattern, enum, ranges …) or are found in the
/// reference data / values to which it applies;
/// consistency = texts without white space around them, in the field's usual case, in the most usual spelling and
/// format / texts tested for it; with -Configuration, comparisons of two fields that hold / records with both fields,
/// and values that agree with another source / records whose key is there;
/// uniqueness = first occurrences / keys, or whole records where no key is known, and the same for each unique of the
/// configuration;
/// timeliness = points in time within -MaximumAge / points in time, with -TimeField.
/// The total is the sum of weight × passed over the sum of weight × tested. A check that had nothing to test, or could
/// not run, for instance as its reference data cannot be read, counts for nothing and is listed under Excluded with the
/// reason; with a -Minimum for its dimension, a dimension in which nothing was tested does not pass. Values in fields of
/// which the source promises the type are not tested for it. Of a configuration, level, error_budget, private and
/// relationships are left to Test-MigrationData. Every figure is exact; memory does not grow with the data, and keys and
/// reference data lie in a temporary file where they are many.
/// With -FailBelowThreshold, a score under the threshold or under a dimension's minimum ends in a terminating error
/// whose target object is the report, so that a runbook stops.
/// </remarks>
/// <example>
///   <code>Get-SourceData ./customers.csv | Test-MigrationQuality -Required customer_id, name, email -Key customer_id</code>
///   <para>Scores a file of which three fields must have a value and one must be unique.</para>
/// </example>
/// <example>
///   <code>$profile = Measure-SourceData ./customers-2024.csv; Get-SourceData ./customers.csv | Test-MigrationQuality -Profile $profile -Configuration @{ compare = 'joined &lt;= left'; references = @{ field = 'country'; path = './countries.csv'; to = 'code' }; agreements = @{ key = 'customer_id'; field = 'email'; path = './crm.csv' } } -Weight @{ Accuracy = 2 } -Minimum @{ Uniqueness = 1 }</code>
///   <para>Also holds values against an earlier file, against each other, against a list of countries and against another system.</para>
/// </example>
/// <example>
///   <code>(Get-SourceData ./customers.csv | Test-MigrationQuality).Recommendations | Format-Table Field, Finding, Failed, Share, Example</code>
///   <para>Lists what was found, the greatest gain first.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "MigrationQuality", DefaultParameterSetName = "ApiKey")]
[OutputType(typeof(QualityReport))]
public sealed class TestMigrationQualityCommand : ValidationCmdlet
{
    private readonly InputBinder _binder = new();
    private Action<object?>? _check;
    private QualityChecker? _checker;

    /// <summary>A record, an object with properties, a hash table, a data row, a node or a relationship.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [AllowNull]
    public PSObject? InputObject { get; set; }

    /// <summary>The least total score with which the data passes, from 0 to 1. Without it, the configuration's quality_threshold, else 0.95.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double Threshold { get; set; } = 0.95;

    /// <summary>The fields that must have a value, besides those that the configuration or its schema requires. Where none are named, every field must.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Required { get; set; } = [];

    /// <summary>The fields that together identify a record. Without it, the key that the source knows is used, else whole records are compared.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Key { get; set; } = [];

    /// <summary>How much each unit of a dimension counts in the total, for instance @{ Uniqueness = 5; Consistency = 0 }; 1 where nothing is said.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable Weight { get; set; } = [];

    /// <summary>The least score of a dimension, for instance @{ Uniqueness = 1 }.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable Minimum { get; set; } = [];

    /// <summary>The field that says when a record was last true.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? TimeField { get; set; }

    /// <summary>How old the value of -TimeField may be, for instance 30.00:00:00 for thirty days.</summary>
    [Parameter]
    public TimeSpan? MaximumAge { get; set; }

    /// <summary>What Measure-SourceData said of data that is known to be good: values outside of its ranges, lengths and forms are not plausible.</summary>
    [Parameter]
    [ValidateNotNull]
    public SourceProfile? Profile { get; set; }

    /// <summary>What the profile's ranges are widened by at each side, as a share of their width, from 0 to 1.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double RangeMargin { get; set; } = 0.1;

    /// <summary>Ends in a terminating error when the data does not pass.</summary>
    [Parameter]
    public SwitchParameter FailBelowThreshold { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        OpenNamedDestination();
        var configuration = ReadConfiguration();
        var options = OrStop(() => OptionsFor(configuration));
        var rules = OrStop(() => SetupFor(configuration, type: null).ToOptions()) with { Families = configuration?.Families ?? RuleFamilies.All };
        _checker = Wait(token => QualityChecker.CreateAsync(options, rules, cancellationToken: token));
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (InputObject is not null)
            PipelineInput.ForEach(InputObject, _check ??= Check);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var report = _checker!.Report();
        WriteObject(report);
        if (!FailBelowThreshold || report.Passed)
            return;
        var insufficient = report.Dimensions.Where(d => !d.IsSufficient).Select(d => FormattableString.Invariant(
            $"{d.Dimension} is {(d.Score is { } s ? s.ToString("0.0000", CultureInfo.InvariantCulture) : "not tested")}, its minimum {d.Minimum}")).ToArray();
        var what = report.Score is not { } score ? "Nothing could be tested, so there is no quality score."
            : insufficient.Length > 0 && score >= report.Threshold ? $"The quality is too low: {string.Join("; ", insufficient)}."
            : FormattableString.Invariant($"The quality score {score:0.0000} is under the threshold {report.Threshold}.");
        ThrowTerminatingError(Errors.RecordFor(
            new MigrationException(ErrorCode.QualityBelowThreshold, what, "See the report's Recommendations; it is the target object of this error.")
            {
                Stage = MigrationStage.Validate,
            },
            report));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _checker?.Dispose();
        base.Dispose(disposing);
    }

    private void Check(object? input)
    {
        try
        {
            if (PipelineInput.Base(input) is GraphItem item)
                _checker!.Add(item);
            else
                _checker!.Add(_binder.Bind(input), wasRead: PipelineInput.Base(input) is Record);
        }
        catch (MigrationException e) when (e.Code == ErrorCode.UnsupportedInput)
        {
            WriteError(Errors.RecordFor(e, input));
        }
        catch (MigrationException e)
        {
            ThrowTerminatingError(Errors.RecordFor(e, input));
        }
    }

    private QualityOptions OptionsFor(ValidationConfiguration? configuration)
    {
        if (TimeField is null != MaximumAge is null)
            throw new MigrationException(ErrorCode.InvalidPlan, "-TimeField and -MaximumAge go together.", "Give both or neither.");
        return new QualityOptions
        {
            Threshold = MyInvocation.BoundParameters.ContainsKey(nameof(Threshold)) ? Threshold : configuration?.QualityThreshold ?? Threshold,
            Required = Required,
            Key = Key,
            Weights = ByDimension(Weight, nameof(Weight), double.PositiveInfinity),
            Minimums = ByDimension(Minimum, nameof(Minimum), 1),
            TimeField = TimeField,
            MaximumAge = MaximumAge,
            Profile = Profile,
            RangeMargin = RangeMargin,
        };
    }

    private static Dictionary<QualityDimension, double> ByDimension(Hashtable table, string parameter, double most)
    {
        var result = new Dictionary<QualityDimension, double>();
        foreach (DictionaryEntry entry in table)
        {
            if (!Enum.TryParse<QualityDimension>(entry.Key.ToString(), ignoreCase: true, out var dimension) || !Enum.IsDefined(dimension))
                throw new MigrationException(
                    ErrorCode.InvalidPlan, $"-{parameter} names '{entry.Key}', which is no dimension of quality.",
                    $"Name one of {string.Join(", ", Enum.GetNames<QualityDimension>())}.");
            if (!LanguagePrimitives.TryConvertTo<double>(entry.Value, CultureInfo.InvariantCulture, out var value) || !(value >= 0 && value <= most) || !double.IsFinite(value))
                throw new MigrationException(
                    ErrorCode.InvalidPlan, $"-{parameter} gives {dimension} the value '{entry.Value}'.",
                    most <= 1 ? "Give a number from 0 to 1." : "Give a number from 0.");
            result[dimension] = value;
        }

        return result;
    }
}
