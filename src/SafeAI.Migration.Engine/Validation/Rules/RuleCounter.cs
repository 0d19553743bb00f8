using SafeAI.Migration.Engine.Validation.Schema;

namespace SafeAI.Migration.Engine.Validation.Rules;

/// <summary>Counts what one rule found.</summary>
internal sealed class RuleCounter(string rule, RuleFamilies family, string? fieldName, string finding, string remedy)
{
    private const int MostPositions = 5;

    private readonly List<RecordPosition> _first = [];

    public string Rule => rule;

    public string? Field => fieldName;

    public string Finding => finding;

    public long Tested { get; private set; }

    public long Failed { get; private set; }

    public long Errors { get; private set; }

    /// <summary>The first of these errors, or null.</summary>
    public string? Error { get; private set; }

    /// <summary>Where the first unit was read that broke the rule, errors aside; null where none did.</summary>
    public RecordPosition? FirstBroken { get; private set; }

    public RuleFamilies Family => family;

    public string Remedy => remedy;

    /// <summary>The rule's path: <c>type_check:name</c>.</summary>
    public string Path => fieldName is null ? $"{FamilyName(family)}:{rule}" : $"{FamilyName(family)}:{rule}:{fieldName}";

    /// <summary>
    /// Whether an exception means that a rule cannot be decided for one unit. Where the check's own memory failed, no later
    /// unit could be decided either, and the whole check has to end; and a stop is no error.
    /// </summary>
    public static bool IsErrorOfRule(Exception exception) =>
        exception is not OperationCanceledException and not MigrationException { Code: ErrorCode.StoreFailed };

    public void Test() => Tested++;

    public void Test(long count) => Tested += count;

    /// <summary>Counts a unit that broke the rule, and says so.</summary>
    public Breach Fail(RecordPosition position, object? value, string? detail = null)
    {
        FirstBroken ??= position;
        return Count(position, value, detail);
    }

    /// <summary>Counts a unit for which the rule could not be decided, and says so.</summary>
    public Breach Err(RecordPosition position, object? value, Exception error)
    {
        Errors++;
        var what = error is System.Text.RegularExpressions.RegexMatchTimeoutException
            ? "The pattern took longer than its time limit; simplify it or allow it more time."
            : $"The rule failed with {error.GetType().Name}: {error.Message}";
        Error ??= what;
        return Count(position, value, what) with { Error = error };
    }

    public ValidationRuleResult Result() => new()
    {
        Rule = rule,
        Family = FamilyName(family),
        Field = fieldName,
        Finding = finding,
        Tested = Tested,
        Failed = Failed,
        Errors = Errors,
        Error = Error,
        FirstPositions = _first.ToArray(),
    };

    public ValidationRecommendation Recommendation() =>
        new(rule, fieldName, finding, Failed, (double)Failed / Tested, _first.Count > 0 ? _first[0] : null, remedy);

    private Breach Count(RecordPosition position, object? value, string? detail)
    {
        Failed++;
        if (_first.Count < MostPositions)
            _first.Add(position);
        return new Breach(this, value, detail, null);
    }

    public static string FamilyName(RuleFamilies family) => family switch
    {
        RuleFamilies.TypeCheck => "type_check",
        RuleFamilies.ConstraintCheck => "constraint_check",
        RuleFamilies.RelationshipCheck => "relationship_check",
        _ => "schema",
    };
}

/// <summary>One rule that one record broke.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Value">The value, or null.</param>
/// <param name="Detail">What the rule has to say of this one, or null.</param>
/// <param name="Error">Why the rule could not be decided, or null.</param>
internal readonly record struct Breach(RuleCounter Rule, object? Value, string? Detail, Exception? Error)
{
    public string Reason
    {
        get
        {
            var what = Rule.Field is null ? $"It {Rule.Finding}." : $"The value of '{Rule.Field}' {Rule.Finding}.";
            return Detail is null ? what : $"{what} {Detail}";
        }
    }
}
