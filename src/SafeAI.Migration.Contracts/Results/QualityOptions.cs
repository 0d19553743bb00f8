namespace SafeAI.Migration;

/// <summary>What is asked of the quality of data.</summary>
public sealed record QualityOptions
{
    /// <summary>The least total score, from 0 to 1.</summary>
    public double Threshold { get; init; } = 0.95;

    /// <summary>The fields that must have a value. Where none are named, every field must.</summary>
    public IReadOnlyList<string> Required { get; init; } = [];

    /// <summary>The fields that together identify a record. Where none are named, the key that the source knows, else the whole record.</summary>
    public IReadOnlyList<string> Key { get; init; } = [];

    /// <summary>How much each unit of a dimension counts in the total, at least 0; 1 where nothing is said.</summary>
    public IReadOnlyDictionary<QualityDimension, double> Weights { get; init; } = new Dictionary<QualityDimension, double>();

    /// <summary>The least score of a dimension, from 0 to 1; none where nothing is said.</summary>
    public IReadOnlyDictionary<QualityDimension, double> Minimums { get; init; } = new Dictionary<QualityDimension, double>();

    /// <summary>The field that says when a record was last true; its age is measured against <see cref="MaximumAge"/>.</summary>
    public string? TimeField { get; init; }

    /// <summary>How old a record may be; with <see cref="TimeField"/>.</summary>
    public TimeSpan? MaximumAge { get; init; }

    /// <summary>The profile of data that is known to be good, from which plausible ranges, lengths and forms are learnt; null where none are.</summary>
    public SourceProfile? Profile { get; init; }

    /// <summary>What a range of the profile is widened by at each side, as a share of its width, from 0 to 1.</summary>
    public double RangeMargin { get; init; } = 0.1;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is out of its range.</exception>
    public void Validate()
    {
        CheckShare(Threshold, nameof(Threshold));
        CheckShare(RangeMargin, nameof(RangeMargin));
        foreach (var minimum in Minimums.Values)
            CheckShare(minimum, nameof(Minimums));
        foreach (var weight in Weights.Values)
        {
            if (!double.IsFinite(weight) || weight < 0)
                throw new ArgumentOutOfRangeException(nameof(Weights), weight, "A weight is a number from 0.");
        }
    }

    private static void CheckShare(double value, string name)
    {
        if (value is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(name, value, "It is a number from 0 to 1.");
    }
}
