namespace SafeAI.Migration.Engine.Validation.Quality;

/// <summary>Which dimension of quality a rule counts for.</summary>
internal static class RuleDimension
{
    /// <summary>The dimension of a rule; null for those that ask for a value, and for the ids of graph items, which are counted without rules already.</summary>
    public static QualityDimension? Of(string rule) => rule switch
    {
        "required" or "notNull" or "duplicate" => null,
        "unique" => QualityDimension.Uniqueness,
        "compare" or "agree" or "dependentRequired" or "if" or "missingEnd" or "selfLoop" or "cardinality" => QualityDimension.Consistency,
        _ => QualityDimension.Accuracy,
    };
}
