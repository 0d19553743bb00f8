using SafeAI.Migration.Engine.Validation.Keys;
using SafeAI.Migration.Engine.Validation.Schema;

namespace SafeAI.Migration.Engine.Validation.Rules;

/// <summary>The schemas and field rules of one check, applied to records and graph items one by one. Not safe for several threads at once.</summary>
internal sealed class RuleSet : IDisposable
{
    private readonly RuleFamilies _families;
    private readonly List<FieldRuleCheck> _fieldRules = [];
    private readonly List<(SchemaBinding Binding, SchemaRules Rules)> _schemas = [];
    private readonly List<(FieldRule Rule, MigrationException Reason)> _leftOut = [];
    private readonly Dictionary<(string Type, bool IsNode), SchemaRules[]> _byType = [];
    private readonly SchemaRules[] _forRecords;

    private RuleSet(ValidationOptions options)
    {
        _families = options.Families;
        foreach (var binding in options.Schemas)
            _schemas.Add((binding, new SchemaRules(binding.Schema, options.Families, binding.Type, Counters)));
        _forRecords = [.. _schemas.Where(s => s.Binding.Type is null).Select(s => s.Rules)];
    }

    /// <summary>What every rule found so far; the rules of relationships add theirs.</summary>
    public List<RuleCounter> Counters { get; } = [];

    /// <summary>Where keys were first seen.</summary>
    public PositionCode Positions { get; } = new();

    /// <summary>The rules that could not be made ready, and why.</summary>
    public IReadOnlyList<(FieldRule Rule, MigrationException Reason)> LeftOut => _leftOut;

    /// <summary>Makes the rules ready. What references lead to is read here.</summary>
    /// <exception cref="MigrationException">It cannot be read or lacks a field, and the options do not say to leave the rule out then.</exception>
    public static async Task<RuleSet> CreateAsync(ValidationOptions options, CancellationToken cancellationToken)
    {
        var set = new RuleSet(options);
        try
        {
            if ((options.Families & RuleFamilies.ConstraintCheck) != 0)
            {
                foreach (var rule in options.Rules)
                {
                    try
                    {
                        set._fieldRules.Add(await FieldRuleCheck.CreateAsync(rule, set.Counters, set.Positions, options.LargestKeyTable, cancellationToken).ConfigureAwait(false));
                    }
                    catch (MigrationException e) when (options.LeavesOutUnreadable)
                    {
                        set._leftOut.Add((rule, e));
                    }
                }
            }

            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    /// <summary>Applies every rule that is for records.</summary>
    public void Check(Record record, RecordPosition position, List<Breach> breaches)
    {
        foreach (var rules in _forRecords)
            rules.Check(record, position, breaches);
        ApplyFieldRules(record, position, breaches);
    }

    /// <summary>Applies the schemas that are for a graph item.</summary>
    public void CheckSchemas(GraphItem item, RecordPosition position, List<Breach> breaches)
    {
        foreach (var rules in RulesFor(item.Type, item is GraphNode))
            rules.Check(item, position, breaches);
    }

    /// <summary>Applies the field rules that are for a record or graph item.</summary>
    public void ApplyFieldRules(object item, RecordPosition position, List<Breach> breaches)
    {
        foreach (var rule in _fieldRules)
        {
            if (rule.AppliesTo(item))
                rule.Check(item, position, breaches);
        }
    }

    /// <summary>Whether a schema is for graph items of a type.</summary>
    public bool Describes(string type, bool isNode) => RulesFor(type, isNode).Length > 0;

    /// <summary>The fields that must have a value: of records where no type is given, else of the nodes or relationships of that type.</summary>
    public IEnumerable<string> RequiredOf(string? type, bool isNode)
    {
        if ((_families & RuleFamilies.ConstraintCheck) == 0)
            return [];
        var bySchema = (type is null ? _forRecords : RulesFor(type, isNode)).SelectMany(r => r.Required);
        return bySchema.Concat(_fieldRules.Where(r => r.IsFor(type, isNode)).SelectMany(r => r.Required)).Distinct(StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var rule in _fieldRules)
            rule.Dispose();
    }

    private SchemaRules[] RulesFor(string type, bool isNode)
    {
        if (_byType.TryGetValue((type, isNode), out var rules))
            return rules;
        rules = [.. _schemas
            .Where(s => s.Binding.Type is { } bound ? bound == type
                : isNode && (s.Binding.Schema.Title is not { } title || title.Equals(type, StringComparison.OrdinalIgnoreCase)))
            .Select(s => s.Rules)];
        _byType.Add((type, isNode), rules);
        return rules;
    }
}
