using System.Collections.Frozen;

namespace SafeAI.Migration.Engine.Validation.Schema;

/// <summary>The families that the rules of a check belong to.</summary>
[Flags]
public enum RuleFamilies
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Whether values are of their type.</summary>
    TypeCheck = 1,

    /// <summary>Whether values are there, within their limits, unique, and fit each other.</summary>
    ConstraintCheck = 2,

    /// <summary>Whether relationships have their ends, and fit them.</summary>
    RelationshipCheck = 4,

    /// <summary>The schema whole: types and constraints.</summary>
    Schema = TypeCheck | ConstraintCheck,

    /// <summary>All of them.</summary>
    All = TypeCheck | ConstraintCheck | RelationshipCheck,
}

/// <summary>One keyword of a schema, compiled.</summary>
/// <param name="Keyword">The keyword, for instance <c>maxLength</c>.</param>
/// <param name="Family">The family it belongs to.</param>
/// <param name="AppliesTo">The kinds of values that it tests; others pass untested.</param>
/// <param name="Passes">Whether a value of such a kind passes.</param>
/// <param name="Finding">What is wrong with a value that does not, to follow the field's name: <c>is longer than 100 characters</c>.</param>
internal sealed record SchemaCheck(string Keyword, RuleFamilies Family, JsonKind AppliesTo, Func<object?, bool> Passes, string Finding);

/// <summary>One schema or subschema, compiled: a value passes where all of its checks pass.</summary>
internal sealed class SchemaNode
{
    public static SchemaCheck[] NoChecks { get; } = [];

    /// <summary>The checks of the value itself; set once the schema is compiled, as schemas can refer to themselves.</summary>
    public SchemaCheck[] Checks { get; set; } = NoChecks;

    /// <summary>The names that must be there, of an object.</summary>
    public string[] Required { get; set; } = [];

    /// <summary>The subschemas of an object's values, by name.</summary>
    public FrozenDictionary<string, SchemaNode> Properties { get; set; } = FrozenDictionary<string, SchemaNode>.Empty;

    /// <summary>The names of the subschemas in the order of the document.</summary>
    public string[] Names { get; set; } = [];

    /// <summary>What holds for values that have no subschema; null where anything goes.</summary>
    public SchemaNode? Additional { get; set; }

    /// <summary>The subschemas of the values whose names match a pattern.</summary>
    public (System.Text.RegularExpressions.Regex Pattern, SchemaNode Node)[] Patterns { get; set; } = [];

    /// <summary>Whether null is named among the types or values, so that a null counts as there.</summary>
    public bool NamesNull { get; set; }

    /// <summary>The schema that nothing passes.</summary>
    public bool IsNever { get; set; }

    /// <summary>Whether a value passes.</summary>
    public bool Passes(object? value)
    {
        if (IsNever)
            return false;
        var kind = JsonValue.KindOf(value);
        foreach (var check in Checks)
        {
            if ((check.AppliesTo & kind) != 0 && !check.Passes(value))
                return false;
        }

        return (kind & JsonKind.Object) == 0 || PassesAsObject(value!);
    }

    /// <summary>How many values an object has, the nulls that count as there included.</summary>
    public int CountOf(object value)
    {
        var count = JsonValue.NamesOf(value).Count();
        if (value is Record record)
            count += Properties.Count(p => p.Value.NamesNull && JsonValue.IndexOf(record.GetSchema(), p.Key) is >= 0 and var i && record.GetValue(i) is null);
        return count;
    }

    /// <summary>Whether a value's name is among the properties or matches a pattern, so that it is no additional one.</summary>
    public bool IsNamed(string name) => Properties.ContainsKey(name) || Array.Exists(Patterns, p => PatternText.IsMatch(p.Pattern, name));

    /// <summary>Whether the values whose names match a pattern fit its schema, each that it matches.</summary>
    public bool PassesPatterns(object value)
    {
        foreach (var name in JsonValue.NamesOf(value))
        {
            foreach (var (pattern, node) in Patterns)
            {
                if (PatternText.IsMatch(pattern, name) && JsonValue.TryGet(value, name, out var inner) && !node.Passes(inner))
                    return false;
            }
        }

        return true;
    }

    private bool PassesAsObject(object value)
    {
        foreach (var name in Required)
        {
            if (!IsThere(value, name, out _))
                return false;
        }

        foreach (var (name, node) in Properties)
        {
            if (IsThere(value, name, out var inner) && !node.Passes(inner))
                return false;
        }

        if (Additional is null)
            return true;
        foreach (var name in JsonValue.NamesOf(value))
        {
            if (!IsNamed(name) && (!JsonValue.TryGet(value, name, out var inner) || !Additional.Passes(inner)))
                return false;
        }

        return true;
    }

    // A null of a record is absent unless its schema names null; in nested JSON it is a value like any other.
    private bool IsThere(object container, string name, out object? value) =>
        JsonValue.TryGet(container, name, out value)
        || (container is Record record && JsonValue.IndexOf(record.GetSchema(), name) >= 0
            && Properties.TryGetValue(name, out var node) && node.NamesNull);
}
