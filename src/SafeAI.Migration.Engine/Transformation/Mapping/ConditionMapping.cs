using System.Text.RegularExpressions;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>
/// When a node or relationship is made. Everything that is given must hold: the tests of the field, all of
/// <see cref="All"/>, one of <see cref="Any"/>, and not <see cref="Not"/>.
/// </summary>
public sealed record ConditionMapping
{
    /// <summary>The field that the tests look at, or null.</summary>
    public string? Field { get; init; }

    /// <summary>The values of which the field's must be one, compared as text; null where that is not asked.</summary>
    public IReadOnlyList<string>? In { get; init; }

    /// <summary>Whether comparisons of texts ignore case.</summary>
    public bool IgnoresCase { get; init; }

    /// <summary>The regular expression that the value must match, or null.</summary>
    public Regex? Matches { get; init; }

    /// <summary>Whether the value must be null, or must not; null where that is not asked.</summary>
    public bool? IsNull { get; init; }

    /// <summary>Whether the value must be null or blank, or must not; null where that is not asked.</summary>
    public bool? IsEmpty { get; init; }

    /// <summary>Limits that the value must keep.</summary>
    public IReadOnlyList<LimitMapping> Limits { get; init; } = [];

    /// <summary>Conditions that must all hold.</summary>
    public IReadOnlyList<ConditionMapping> All { get; init; } = [];

    /// <summary>Conditions of which one must hold; empty where that is not asked.</summary>
    public IReadOnlyList<ConditionMapping> Any { get; init; } = [];

    /// <summary>A condition that must not hold, or null.</summary>
    public ConditionMapping? Not { get; init; }

    /// <summary>Code that says true or false, or null. An exception in it rejects the record.</summary>
    public Func<Record, object?>? Script { get; init; }

    /// <summary>Where it is in the mapping, as a JSON path.</summary>
    public string Path { get; init; } = "$";

    internal static ConditionMapping? Read(MappingElement? element, FaultList faults)
    {
        switch (element?.Kind)
        {
            case null:
                return null;
            case ElementKind.Script when element.Scalar is Func<Record, object?> script:
                return new ConditionMapping { Script = script, Path = element.Path };
            case ElementKind.List:
                return new ConditionMapping { All = ReadAll(element, faults), Path = element.Path };
            case ElementKind.Object:
                return ReadObject(element, faults);
            default:
                faults.Add(element.Path, $"A condition is an object such as {{\"field\": \"status\", \"equals\": \"active\"}}, not {element.KindName}.");
                return null;
        }
    }

    private static ConditionMapping ReadObject(MappingElement element, FaultList faults)
    {
        var before = faults.Count;
        var reader = new ObjectReader(element, faults);
        var field = reader.TakeText("field");
        var equals = reader.Take("equals");
        var list = reader.Take("in");
        var pattern = reader.TakeText("matches");
        var limits = new List<LimitMapping>();
        foreach (var kind in Enum.GetValues<LimitKind>())
        {
            if (reader.Take(ObjectReader.Camel(kind.ToString())) is { } limit)
                AddLimit(limits, kind, limit, faults);
        }

        var condition = new ConditionMapping
        {
            Field = field,
            In = equals is not null ? ReadValues(equals, faults) : list is not null ? ReadValues(list, faults) : null,
            IgnoresCase = reader.TakeBoolean("ignoreCase") ?? false,
            Matches = pattern is null ? null : FunctionCatalog.ReadPattern(pattern, MappingElement.Join(element.Path, "matches"), faults),
            IsNull = reader.TakeBoolean("isNull"),
            IsEmpty = reader.TakeBoolean("isEmpty"),
            Limits = limits,
            All = ReadAll(reader.Take("and"), faults),
            Any = ReadAll(reader.Take("or"), faults),
            Not = Read(reader.Take("not"), faults),
            Path = element.Path,
        };
        reader.Finish();
        if (faults.Count > before)
            return condition;
        var tests = (condition.In is null ? 0 : 1) + (pattern is null ? 0 : 1) + (condition.IsNull is null ? 0 : 1)
            + (condition.IsEmpty is null ? 0 : 1) + limits.Count;
        if (equals is not null && list is not null)
            faults.Add(element.Path, "Give 'equals' or 'in', not both.");
        else if (field is null && tests > 0)
            faults.Add(element.Path, "A test needs the 'field' that it looks at.");
        else if (field is not null && tests == 0)
            faults.Add(element.Path, "A condition with a 'field' needs a test: equals, in, matches, isNull, isEmpty, greaterThan, atLeast, lessThan or atMost.");
        else if (field is null && condition is { All.Count: 0, Any.Count: 0, Not: null })
            faults.Add(element.Path, "The condition tests nothing. Give a 'field' and a test, or one of 'and', 'or' and 'not'.");
        return condition;
    }

    private static List<ConditionMapping> ReadAll(MappingElement? element, FaultList faults)
    {
        var result = new List<ConditionMapping>();
        if (element is null)
            return result;
        foreach (var item in element.Kind == ElementKind.List ? element.Items : [element])
        {
            if (Read(item, faults) is { } condition)
                result.Add(condition);
        }

        return result;
    }

    private static List<string> ReadValues(MappingElement element, FaultList faults)
    {
        var result = new List<string>();
        foreach (var item in element.Kind == ElementKind.List ? element.Items : [element])
        {
            if (item.Kind is ElementKind.Text or ElementKind.Number or ElementKind.Boolean)
                result.Add(GraphText.Format(item.Scalar));
            else
                faults.Add(item.Path, $"A value to compare with is a text, a number, true or false, not {item.KindName}.{(item.Kind == ElementKind.Null ? " Use \"isNull\": true." : "")}");
        }

        return result;
    }

    private static void AddLimit(List<LimitMapping> limits, LimitKind kind, MappingElement element, FaultList faults)
    {
        if (element.Kind == ElementKind.Number)
            limits.Add(new LimitMapping(kind, Convert.ToDecimal(element.Scalar, System.Globalization.CultureInfo.InvariantCulture), null));
        else if (element.Kind == ElementKind.Text)
            limits.Add(new LimitMapping(kind, null, element.Text));
        else
            faults.Add(element.Path, $"A limit is a number or a text, not {element.KindName}.");
    }
}

/// <summary>How a value stands to a limit.</summary>
public enum LimitKind
{
    /// <summary>Above it.</summary>
    GreaterThan,

    /// <summary>Above it or equal.</summary>
    AtLeast,

    /// <summary>Below it.</summary>
    LessThan,

    /// <summary>Below it or equal.</summary>
    AtMost,
}

/// <summary>A limit that a value must keep: as a number, or as text in the order of its characters, which is right for ISO dates.</summary>
/// <param name="Kind">How the value stands to it.</param>
/// <param name="Number">The limit as a number, or null.</param>
/// <param name="Text">The limit as text, or null.</param>
public sealed record LimitMapping(LimitKind Kind, decimal? Number, string? Text);
