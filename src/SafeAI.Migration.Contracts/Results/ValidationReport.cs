namespace SafeAI.Migration;

/// <summary>What becomes of records that break a rule.</summary>
public enum ValidationLevel
{
    /// <summary>The check ends as soon as more records break a rule than the error budget allows.</summary>
    Strict,

    /// <summary>Every record is checked; those that break a rule are turned away, and the error budget is judged at the end.</summary>
    Lenient,

    /// <summary>Breaches are only counted; every record goes on.</summary>
    None,
}

/// <summary>What one rule found.</summary>
public sealed record ValidationRuleResult
{
    /// <summary>The rule's name: a keyword of the schema such as <c>maxLength</c>, or <c>unique</c>, <c>compare</c>, <c>reference</c>, <c>missingEnd</c> and so on.</summary>
    public required string Rule { get; init; }

    /// <summary>The family: <c>type_check</c>, <c>constraint_check</c>, <c>relationship_check</c> or <c>schema</c>.</summary>
    public required string Family { get; init; }

    /// <summary>The field or fields; null where the rule is of whole records or relationships.</summary>
    public string? Field { get; init; }

    /// <summary>What is wrong with what does not pass.</summary>
    public required string Finding { get; init; }

    /// <summary>Values or records that the rule was applied to.</summary>
    public required long Tested { get; init; }

    /// <summary>Those that broke it, the ones for which it could not be decided included.</summary>
    public required long Failed { get; init; }

    /// <summary>Those that kept it.</summary>
    public long Passed => Tested - Failed;

    /// <summary>The share that broke it, from 0 to 1; null where nothing was tested.</summary>
    public double? Share => Tested == 0 ? null : (double)Failed / Tested;

    /// <summary>How many times the rule itself failed, so that it could not be decided. They count as failed.</summary>
    public long Errors { get; init; }

    /// <summary>The first of these errors, or null.</summary>
    public string? Error { get; init; }

    /// <summary>Where the first few that broke it were read.</summary>
    public required IReadOnlyList<RecordPosition> FirstPositions { get; init; }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Rule}{(Field is null ? "" : $" of {Field}")}: {Failed} of {Tested} failed");
}

/// <summary>What to do about a rule that was broken.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Field">The field, or null.</param>
/// <param name="Finding">What was found.</param>
/// <param name="Failed">How many times.</param>
/// <param name="Share">The share of what was tested, from 0 to 1.</param>
/// <param name="Example">Where the first was read, or null.</param>
/// <param name="Remedy">What would mend it.</param>
public sealed record ValidationRecommendation(
    string Rule, string? Field, string Finding, long Failed, double Share, RecordPosition? Example, string Remedy)
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant(
        $"{(Field is null ? "" : Field + ": ")}{Finding} ({Failed}, {Share:0.0%}{(Example is { } e ? $", for instance {e}" : "")}). {Remedy}");
}

/// <summary>What a check of records or graph items found: records = valid + invalid.</summary>
public sealed record ValidationReport
{
    /// <summary>Records or graph items checked.</summary>
    public required long Records { get; init; }

    /// <summary>Those that broke no rule.</summary>
    public long Valid => Records - Invalid;

    /// <summary>Those that broke at least one rule.</summary>
    public required long Invalid { get; init; }

    /// <summary>The level.</summary>
    public required ValidationLevel Level { get; init; }

    /// <summary>How many may be invalid.</summary>
    public required ErrorBudget ErrorBudget { get; init; }

    /// <summary>Whether no more are invalid than the budget allows, every rule that ran could be decided, and the quality is sufficient where that was asked. False where nothing was tested.</summary>
    public required bool Passed { get; init; }

    /// <summary>What each rule found, also those that tested nothing.</summary>
    public required IReadOnlyList<ValidationRuleResult> Results { get; init; }

    /// <summary>What to do, the most frequent first.</summary>
    public required IReadOnlyList<ValidationRecommendation> Recommendations { get; init; }

    /// <summary>The quality, where a threshold for it was given; else null.</summary>
    public QualityReport? Quality { get; init; }

    /// <summary>What a reader should know: parts of the schema that check nothing, keywords that are slower, types without rules.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>From the first record to the report, in seconds.</summary>
    public double ElapsedSeconds { get; init; }
}
