using System.Globalization;
using System.Text.RegularExpressions;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>A condition bound to one schema. A value that cannot be tested fails the record; it never just does not match.</summary>
internal sealed class Condition
{
    private readonly ConditionMapping _mapping;
    private readonly ValueSource? _source;
    private readonly HashSet<string>? _values;
    private readonly Condition[] _all;
    private readonly Condition[] _any;
    private readonly Condition? _not;

    private Condition(ConditionMapping mapping, FieldResolver fields)
    {
        _mapping = mapping;
        _source = mapping.Script is { } script ? new ScriptSource(script)
            : mapping.Field is { } field ? fields.Resolve(field, mapping.Path) : null;
        _values = mapping.In?.ToHashSet(mapping.IgnoresCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        _all = [.. mapping.All.Select(c => new Condition(c, fields))];
        _any = [.. mapping.Any.Select(c => new Condition(c, fields))];
        _not = Bind(mapping.Not, fields);
    }

    public static Condition? Bind(ConditionMapping? mapping, FieldResolver fields) =>
        mapping is null ? null : new Condition(mapping, fields);

    public bool Holds(Evaluation evaluation)
    {
        if (_source is not null)
        {
            var value = NestedValue.Unwrap(_source.Get(evaluation));
            if (evaluation.Failed || !(_mapping.Script is null ? Test(value, evaluation) : Truth(value, evaluation)))
            {
                evaluation.Blame(_mapping.Path, _source.Field, _source.IsPrivate);
                return false;
            }
        }

        foreach (var condition in _all)
        {
            if (!condition.Holds(evaluation))
                return false;
        }

        if (_any.Length > 0 && !Array.Exists(_any, c => c.Holds(evaluation) || evaluation.Failed))
            return false;
        return !evaluation.Failed && (_not is null || (!_not.Holds(evaluation) && !evaluation.Failed));
    }

    private bool Test(object? value, Evaluation evaluation)
    {
        if (_mapping.IsNull is { } isNull && isNull != value is null)
            return false;
        if (_mapping.IsEmpty is { } isEmpty && isEmpty != (value is null || (value is string text && string.IsNullOrWhiteSpace(text))))
            return false;
        if (_values is not null && (value is null || !_values.Contains(GraphText.Format(value))))
            return false;
        if (_mapping.Matches is { } pattern && (value is null || !IsMatch(pattern, value, evaluation)))
            return false;
        foreach (var limit in _mapping.Limits)
        {
            if (value is null || !Keeps(limit, value, evaluation))
                return false;
        }

        return true;
    }

    private static bool IsMatch(Regex pattern, object value, Evaluation evaluation)
    {
        try
        {
            return pattern.IsMatch(GraphText.Format(value));
        }
        catch (RegexMatchTimeoutException e)
        {
            evaluation.Fail(ErrorCode.ConversionFailed, "The condition's regular expression worked on this value for too long. Make it simpler.", value, e);
            return false;
        }
    }

    private bool Keeps(LimitMapping limit, object value, Evaluation evaluation)
    {
        int order;
        if (limit.Number is { } number)
        {
            if (value is string blank && string.IsNullOrWhiteSpace(blank))
                return false;
            if (!TryCompare(value, number, out order))
            {
                evaluation.Fail(ErrorCode.ConversionFailed,
                    $"{Converter.Show(value)} is not a number, so the condition cannot compare it with {GraphText.Format(number)}.", value);
                return false;
            }
        }
        else if (value is DateTimeOffset moment && ReadMoment(limit.Text!) is { } other)
        {
            order = moment.CompareTo(other);
        }
        else
        {
            order = string.Compare(GraphText.Format(value), limit.Text, _mapping.IgnoresCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
        }

        return limit.Kind switch
        {
            LimitKind.GreaterThan => order > 0,
            LimitKind.AtLeast => order >= 0,
            LimitKind.LessThan => order < 0,
            _ => order <= 0,
        };
    }

    // Texts of moments in different offsets do not come in the order of the moments.
    private static DateTimeOffset? ReadMoment(string text) => text.AsSpan().IndexOf('T') > 0 && (text[^1] == 'Z' || text.AsSpan(text.IndexOf('T', StringComparison.Ordinal)).IndexOfAny('+', '-') > 0)
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var moment) ? moment : null;

    private static bool TryCompare(object value, decimal number, out int order)
    {
        var text = GraphText.Format(value);
        if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var exact))
        {
            order = exact.CompareTo(number);
            return true;
        }

        var isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var approximate) && !double.IsNaN(approximate);
        order = approximate.CompareTo((double)number);
        return isNumber;
    }

    private static bool Truth(object? value, Evaluation evaluation)
    {
        if (value is bool truth)
            return truth;
        if (value is not null)
            evaluation.Fail(ErrorCode.ConversionFailed, $"The condition's script answered {Converter.Show(value)} instead of true or false.", value);
        return false;
    }
}
