using System.Text.Json;
using System.Text.RegularExpressions;
using SafeAI.Migration.Engine.Validation.Schema;

namespace SafeAI.Migration.Engine.Validation;

/// <summary>
/// Reads a validation configuration: <c>schema</c>, <c>validation_rules</c>, <c>quality_threshold</c>, <c>fields</c>,
/// <c>not_null</c>, <c>unique</c>, <c>compare</c>, <c>references</c>, <c>agreements</c>, <c>relationships</c>,
/// <c>private</c>, <c>level</c> and <c>error_budget</c>. Names are matched ignoring case and underscores.
/// </summary>
public sealed partial class ValidationConfiguration
{
    private readonly List<string> _faults = [];
    private readonly ReferenceReader _references;

    private ValidationConfiguration(Func<string, string> fullPath, ReferenceScope scope) => _references = new ReferenceReader(fullPath, scope, _faults);

    /// <summary>The schema as it stands there: a name or path, or the schema itself; undefined where there is none.</summary>
    public JsonElement Schema { get; private set; }

    /// <summary>The families that are named, or all of them.</summary>
    public RuleFamilies Families { get; private set; } = RuleFamilies.All;

    /// <summary>The least quality score, or null.</summary>
    public double? QualityThreshold { get; private set; }

    /// <summary>What is asked of the quality, or null.</summary>
    public QualityOptions? Quality => QualityThreshold is { } threshold ? new QualityOptions { Threshold = threshold } : null;

    /// <summary>The schema made of <c>fields</c>, or null.</summary>
    public CompiledSchema? Fields { get; private set; }

    /// <summary>The rules beyond schemas.</summary>
    public IReadOnlyList<FieldRule> Rules { get; private set; } = [];

    /// <summary>The rules of relationships.</summary>
    public IReadOnlyList<RelationshipRule> Relationships { get; private set; } = [];

    /// <summary>Fields whose values are not shown.</summary>
    public IReadOnlyList<string> PrivateFields { get; private set; } = [];

    /// <summary>The level, or null.</summary>
    public ValidationLevel? Level { get; private set; }

    /// <summary>The error budget, or null.</summary>
    public ErrorBudget? ErrorBudget { get; private set; }

    /// <summary>Reads a configuration.</summary>
    /// <param name="document">The configuration.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="fullPath">Makes a path in it whole.</param>
    /// <param name="scope">What references may lead to beyond files and tables; null for nothing.</param>
    /// <exception cref="MigrationException"><see cref="ErrorCode.InvalidSchema"/>: it has faults, all of which are named.</exception>
    public static ValidationConfiguration Read(JsonElement document, string name, Func<string, string> fullPath, ReferenceScope? scope = null)
    {
        ArgumentNullException.ThrowIfNull(fullPath);
        var configuration = new ValidationConfiguration(fullPath, scope ?? ReferenceScope.Empty);
        if (document.ValueKind != JsonValueKind.Object)
            configuration._faults.Add("It must be an object.");
        else
            configuration.ReadMembers(document);
        if (configuration._faults.Count > 0)
            throw new MigrationException(
                ErrorCode.InvalidSchema, $"{name} has {(configuration._faults.Count == 1 ? "a fault" : $"{configuration._faults.Count} faults")}: {string.Join(" ", configuration._faults)}",
                "Correct the configuration; about_SafeAI_Migration_Validation describes it.");
        return configuration;
    }

    /// <summary>The family of a rule's name: <c>schema</c>, <c>type_check</c>, <c>constraint_check</c> or <c>relationship_check</c>, and the longer names of the first two.</summary>
    /// <returns>None where there is no such family.</returns>
    public static RuleFamilies FamilyOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return ReferenceReader.Plain(name) switch
        {
            "schema" or "schemavalidation" or "schemacheck" => RuleFamilies.Schema,
            "typecheck" or "datatypecheck" => RuleFamilies.TypeCheck,
            "constraintcheck" or "constraintvalidation" => RuleFamilies.ConstraintCheck,
            "relationshipcheck" => RuleFamilies.RelationshipCheck,
            _ => RuleFamilies.None,
        };
    }

    private void ReadMembers(JsonElement document)
    {
        var rules = new List<FieldRule>();
        foreach (var member in document.EnumerateObject())
        {
            var value = member.Value;
            switch (ReferenceReader.Plain(member.Name))
            {
                case "schema":
                    if (value.ValueKind is JsonValueKind.String or JsonValueKind.Object or JsonValueKind.Array)
                        Schema = value.Clone();
                    else
                        _faults.Add($"'{member.Name}' must be a name, a path, or the schema itself.");
                    break;
                case "validationrules" or "rules":
                    Families = _references.Texts(value, member.Name).Aggregate(RuleFamilies.None, (all, n) => all | CheckFamily(n));
                    if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0)
                        _faults.Add($"'{member.Name}' names no rule, so that nothing would be checked.");
                    break;
                case "qualitythreshold":
                    if (value.ValueKind == JsonValueKind.Number && value.GetDouble() is >= 0 and <= 1 and var threshold)
                        QualityThreshold = threshold;
                    else
                        _faults.Add($"'{member.Name}' must be a number from 0 to 1.");
                    break;
                case "fields":
                    Fields = CompiledSchema.Parse($"{{\"properties\":{value.GetRawText()}}}", "'fields'");
                    break;
                case "notnull":
                    rules.Add(new NotNullRule(_references.Texts(value, member.Name)));
                    break;
                case "unique":
                    foreach (var key in value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToArray() : [value])
                        rules.Add(new UniqueRule(_references.Texts(key, member.Name)));
                    break;
                case "compare":
                    rules.AddRange(_references.Texts(value, member.Name).Select(ReadCompare).OfType<FieldRule>());
                    break;
                case "references":
                    rules.AddRange(Objects(value, member.Name).Select(_references.ReadReference).OfType<FieldRule>());
                    break;
                case "agreements":
                    rules.AddRange(Objects(value, member.Name).Select(_references.ReadAgreement).OfType<FieldRule>());
                    break;
                case "relationships":
                    Relationships = Objects(value, member.Name).Select(ReadRelationship).ToArray();
                    break;
                case "private":
                    PrivateFields = _references.Texts(value, member.Name);
                    break;
                case "level" or "validationlevel":
                    if (Enum.TryParse<ValidationLevel>(value.ToString(), ignoreCase: true, out var level) && Enum.IsDefined(level))
                        Level = level;
                    else
                        _faults.Add($"'{member.Name}' must be strict, lenient or none.");
                    break;
                case "errorbudget":
                    ReadBudget(value.ToString());
                    break;
                case "description" or "comment" or "$schema":
                    break;
                default:
                    _faults.Add($"'{member.Name}' is not known.");
                    break;
            }
        }

        Rules = rules;
    }

    private RuleFamilies CheckFamily(string name)
    {
        var family = FamilyOf(name);
        if (family == RuleFamilies.None)
            _faults.Add($"'{name}' is no rule. The rules are schema, type_check, constraint_check and relationship_check.");
        return family;
    }

    private void ReadBudget(string text)
    {
        try
        {
            ErrorBudget = Migration.ErrorBudget.Parse(text);
        }
        catch (FormatException e)
        {
            _faults.Add(e.Message);
        }
    }

    private CompareRule? ReadCompare(string text)
    {
        var match = ComparePattern().Match(text);
        if (!match.Success)
        {
            _faults.Add($"'{text}' is no comparison. Write it as 'start <= end'.");
            return null;
        }

        var comparison = match.Groups["sign"].Value switch
        {
            "<" => Comparison.Less,
            "<=" => Comparison.LessOrEqual,
            "=" or "==" => Comparison.Equal,
            "<>" or "!=" => Comparison.NotEqual,
            ">=" => Comparison.GreaterOrEqual,
            _ => Comparison.Greater,
        };
        return new CompareRule(match.Groups["left"].Value, comparison, match.Groups["right"].Value);
    }

    private RelationshipRule ReadRelationship(JsonElement relationship)
    {
        var rule = new RelationshipRule("");
        foreach (var member in relationship.EnumerateObject())
        {
            var value = member.Value;
            rule = ReferenceReader.Plain(member.Name) switch
            {
                "type" => rule with { Type = value.ToString() },
                "from" or "start" => rule with { From = value.ToString() },
                "to" or "end" => rule with { To = value.ToString() },
                "selfloops" => rule with { SelfLoops = Flag(value, member.Name) },
                "duplicates" => rule with { Duplicates = Flag(value, member.Name) },
                "mostperstart" => rule with { MostPerStart = Count(value, member.Name) },
                "mostperend" => rule with { MostPerEnd = Count(value, member.Name) },
                _ => Unknown(rule, member.Name),
            };
        }

        if (rule.Type.Length == 0)
            _faults.Add("A rule of relationships needs 'type'.");
        return rule;
    }

    private RelationshipRule Unknown(RelationshipRule rule, string name)
    {
        _faults.Add($"'{name}' of a relationship is not known. It has type, from, to, self_loops, duplicates, most_per_start and most_per_end.");
        return rule;
    }

    private bool Flag(JsonElement value, string name)
    {
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            _faults.Add($"'{name}' must be true or false.");
        return value.ValueKind == JsonValueKind.True;
    }

    private int Count(JsonElement value, string name)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var count) && count is >= 1 and <= 1000)
            return count;
        _faults.Add($"'{name}' must be a whole number from 1 to 1000.");
        return 1;
    }

    private JsonElement[] Objects(JsonElement value, string name)
    {
        if (value.ValueKind == JsonValueKind.Object)
            return [value];
        if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(e => e.ValueKind == JsonValueKind.Object))
            return [.. value.EnumerateArray()];
        _faults.Add($"'{name}' must be an object or a list of objects.");
        return [];
    }

    [GeneratedRegex(@"^\s*(?<left>.+?)\s*(?<sign><=|>=|<>|!=|==|<|>|=)\s*(?<right>.+?)\s*$")]
    private static partial Regex ComparePattern();
}
