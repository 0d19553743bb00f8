namespace SafeAI.Migration;

/// <summary>The sides from which the quality of data is looked at.</summary>
public enum QualityDimension
{
    /// <summary>Nothing that should be there is missing.</summary>
    Completeness,

    /// <summary>Values are what their field holds: of its type and within its rules.</summary>
    Accuracy,

    /// <summary>Like things are written alike.</summary>
    Consistency,

    /// <summary>Nothing is there twice.</summary>
    Uniqueness,

    /// <summary>Values that say when are recent enough.</summary>
    Timeliness,
}

/// <summary>What one check found: units are single values, or records where the check is of whole records.</summary>
/// <param name="Dimension">The dimension it counts for.</param>
/// <param name="Check">The check's name, for instance <c>Empty</c> or <c>Type</c>.</param>
/// <param name="Field">The field, or null where the check is of whole records.</param>
/// <param name="Tested">Units tested, at least 1.</param>
/// <param name="Passed">How many of them passed.</param>
/// <param name="Example">Where the first unit that failed was read; null where all passed.</param>
public sealed record QualityCheckResult(
    QualityDimension Dimension, string Check, string? Field, long Tested, long Passed, RecordPosition? Example)
{
    /// <summary>Units that did not pass.</summary>
    public long Failed => Tested - Passed;

    /// <summary>Passed over tested, from 0 to 1.</summary>
    public double Score => (double)Passed / Tested;
}

/// <summary>A check that tested nothing and counts for nothing, and why.</summary>
/// <param name="Dimension">The dimension it would have counted for.</param>
/// <param name="Check">The check's name.</param>
/// <param name="Field">The field, or null.</param>
/// <param name="Reason">Why it was not run.</param>
public sealed record QualityExclusion(QualityDimension Dimension, string Check, string? Field, string Reason)
{
    /// <summary>What was left out, of which field, and why.</summary>
    public override string ToString() => Field is null ? $"{Dimension}, {Check}: {Reason}" : $"{Dimension}, {Check} of {Field}: {Reason}";
}

/// <summary>The score of one dimension: the units of all its checks that passed, over those tested.</summary>
/// <param name="Dimension">The dimension.</param>
/// <param name="Tested">Units tested.</param>
/// <param name="Passed">How many of them passed.</param>
/// <param name="Weight">How much each of its units counts in the total.</param>
/// <param name="Minimum">The least score with which the whole passes, or null.</param>
public sealed record QualityScore(QualityDimension Dimension, long Tested, long Passed, double Weight, double? Minimum)
{
    /// <summary>Passed over tested, from 0 to 1; null where nothing was tested.</summary>
    public double? Score => Tested == 0 ? null : (double)Passed / Tested;

    /// <summary>Whether the score reaches its minimum. A dimension with a minimum that tested nothing does not.</summary>
    public bool IsSufficient => Minimum is not { } minimum || Score >= minimum;

    /// <inheritdoc/>
    public override string ToString() => Tested == 0
        ? "0 tested"
        : FormattableString.Invariant($"{Score:0.0000} ({Passed} of {Tested})");
}

/// <summary>What would make the data better.</summary>
public sealed record QualityRecommendation
{
    /// <summary>The dimension that would gain.</summary>
    public required QualityDimension Dimension { get; init; }

    /// <summary>The check that found it.</summary>
    public required string Check { get; init; }

    /// <summary>The field concerned; null where it is whole records.</summary>
    public string? Field { get; init; }

    /// <summary>What was found.</summary>
    public required string Finding { get; init; }

    /// <summary>How many units failed.</summary>
    public required long Failed { get; init; }

    /// <summary>The share of the units tested that failed, from 0 to 1.</summary>
    public required double Share { get; init; }

    /// <summary>Where the first of them was read.</summary>
    public RecordPosition? Example { get; init; }

    /// <summary>What would mend it: a cleaning rule of a mapping, a parameter, or a change at the source.</summary>
    public required string Remedy { get; init; }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant(
        $"{(Field is null ? "" : Field + ": ")}{Finding} ({Failed}, {Share:0.0%}{(Example is { } e ? $", for instance {e}" : "")}). {Remedy}");
}

/// <summary>How good a stream of records or graph items is, and what would make it better.</summary>
public sealed record QualityReport
{
    /// <summary>Records or graph items that were looked at.</summary>
    public required long Records { get; init; }

    /// <summary>The dimensions in order, also those in which nothing was tested.</summary>
    public required IReadOnlyList<QualityScore> Dimensions { get; init; }

    /// <summary>The completeness score.</summary>
    public QualityScore Completeness => Of(QualityDimension.Completeness);

    /// <summary>The accuracy score.</summary>
    public QualityScore Accuracy => Of(QualityDimension.Accuracy);

    /// <summary>The consistency score.</summary>
    public QualityScore Consistency => Of(QualityDimension.Consistency);

    /// <summary>The uniqueness score.</summary>
    public QualityScore Uniqueness => Of(QualityDimension.Uniqueness);

    /// <summary>The timeliness score.</summary>
    public QualityScore Timeliness => Of(QualityDimension.Timeliness);

    /// <summary>
    /// The total, from 0 to 1: the sum over the dimensions of weight × passed, over the sum of weight × tested; null
    /// where nothing was tested.
    /// </summary>
    public double? Score { get; init; }

    /// <summary>The least total with which the whole passes.</summary>
    public double Threshold { get; init; }

    /// <summary>Whether the total reaches the threshold and every dimension its minimum. Nothing tested is not passed.</summary>
    public bool Passed { get; init; }

    /// <summary>What each check found.</summary>
    public required IReadOnlyList<QualityCheckResult> Checks { get; init; }

    /// <summary>The checks that tested nothing, and why. They count neither as passed nor as failed.</summary>
    public required IReadOnlyList<QualityExclusion> Excluded { get; init; }

    /// <summary>What to do, the greatest gain first.</summary>
    public required IReadOnlyList<QualityRecommendation> Recommendations { get; init; }

    /// <summary>The figures that are estimates; empty where all are exact.</summary>
    public IReadOnlyList<string> Estimates { get; init; } = [];

    /// <summary>From the first record to the report, in seconds.</summary>
    public double ElapsedSeconds { get; init; }

    private QualityScore Of(QualityDimension dimension) => Dimensions.Single(d => d.Dimension == dimension);
}
