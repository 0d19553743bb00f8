namespace SafeAI.Migration;

/// <summary>What one rule did to one field.</summary>
/// <param name="Rule">The cleaning rule's name, or the place in the mapping with the function or type.</param>
/// <param name="Field">The field, or null where there is no single one.</param>
/// <param name="Seen">Values that came.</param>
/// <param name="Changed">Values that left changed.</param>
/// <param name="Defaulted">Values that were null or empty and replaced by the default.</param>
/// <param name="Rejected">Values that turned their record away.</param>
/// <param name="Lossy">Changed values that lost something, as the mapping allows.</param>
/// <param name="Samples">A few of the changed values; masked where the field is private.</param>
public sealed record RuleStatistics(
    string Rule, string? Field, long Seen, long Changed, long Defaulted, long Rejected, long Lossy, IReadOnlyList<ValueSample> Samples)
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Rule}{(Field is null ? "" : $" of {Field}")}: {Seen} seen, {Changed} changed, {Defaulted} defaulted, {Rejected} rejected");
}

/// <summary>A value before and after a rule.</summary>
/// <param name="Before">The value that came; three asterisks where the field is private.</param>
/// <param name="After">The value that left; three asterisks where the field is private.</param>
public sealed record ValueSample(object? Before, object? After)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Before ?? "null"} -> {After ?? "null"}";
}
