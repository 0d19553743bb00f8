using SafeAI.Migration.Engine.Validation.Schema;

namespace SafeAI.Migration.Engine.Validation.Rules;

/// <summary>Applies a compiled schema to records and graph items, and counts keyword by keyword. Not safe for several threads at once.</summary>
internal sealed class SchemaRules
{
    private readonly PropertyRules[] _properties;
    private readonly (SchemaCheck Check, RuleCounter Counter)[] _whole;
    private readonly RuleCounter? _additional;
    private readonly RuleCounter? _never;
    private readonly SchemaNode _node;
    private readonly Dictionary<RecordSchema, Binding> _bindings = new(ReferenceEqualityComparer.Instance);
    private (RecordSchema Schema, Binding Binding)? _last;

    public SchemaRules(CompiledSchema schema, RuleFamilies families, string? prefix, List<RuleCounter> counters)
    {
        _node = schema.Node;
        var names = _node.Names.Union(_node.Required).ToArray();
        _properties = [.. names.Select(n => new PropertyRules(n, _node, families, prefix, counters))];
        _whole = [.. _node.Checks
            .Where(c => (c.Family & families) != 0)
            .Select(c => (c, Register(counters, new RuleCounter(c.Keyword, c.Family, prefix, c.Finding, Remedies.For(c.Keyword)))))];
        if (_node.IsNever)
            _never = Register(counters, new RuleCounter("false", RuleFamilies.ConstraintCheck, prefix, "is not allowed at all", Remedies.For("false")));
        if (_node.Additional is not null && (families & RuleFamilies.ConstraintCheck) != 0)
            _additional = Register(counters, new RuleCounter(
                "additionalProperties", RuleFamilies.ConstraintCheck, prefix, "has values that the schema does not know", Remedies.For("additionalProperties")));
    }

    /// <summary>The names that the schema says must be there.</summary>
    public IReadOnlyList<string> Required => _node.Required;

    /// <summary>Checks a record or graph item.</summary>
    public void Check(object item, RecordPosition position, List<Breach> breaches)
    {
        if (_never is not null)
        {
            _never.Test();
            breaches.Add(_never.Fail(position, null));
        }

        var binding = item is Record record ? BindingOf(record.GetSchema()) : null;
        for (var i = 0; i < _properties.Length; i++)
        {
            var rules = _properties[i];
            object? value = null;
            bool isThere;
            if (binding is not null)
            {
                var ordinal = binding.Ordinals[i];
                value = ordinal >= 0 ? ((Record)item).GetValue(ordinal) : null;
                isThere = value is not null || (ordinal >= 0 && rules.NamesNull);
            }
            else
            {
                isThere = JsonValue.TryGet(item, rules.Name, out value);
            }

            rules.Check(isThere, value, position, breaches);
        }

        foreach (var (check, counter) in _whole)
        {
            if ((check.AppliesTo & JsonKind.Object) != 0)
                Apply(check, counter, item, position, breaches);
        }

        if (_additional is not null)
            CheckAdditional(item, binding, position, breaches);
    }

    internal static void Apply(SchemaCheck check, RuleCounter counter, object? value, RecordPosition position, List<Breach> breaches)
    {
        counter.Test();
        try
        {
            if (!check.Passes(value))
                breaches.Add(counter.Fail(position, value is Record or GraphItem ? null : value));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            breaches.Add(counter.Err(position, value is Record or GraphItem ? null : value, e));
        }
    }

    internal static RuleCounter Register(List<RuleCounter> counters, RuleCounter counter)
    {
        counters.Add(counter);
        return counter;
    }

    private void CheckAdditional(object item, Binding? binding, RecordPosition position, List<Breach> breaches)
    {
        _additional!.Test();
        try
        {
            if (NamesThatDoNotFit(item, binding) is { Length: > 0 } names)
                breaches.Add(_additional.Fail(position, null, $"They are: {string.Join(", ", names)}."));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            breaches.Add(_additional.Err(position, null, e));
        }
    }

    private string[] NamesThatDoNotFit(object item, Binding? binding)
    {
        var extra = binding is not null
            ? binding.Extra.Where(o => ((Record)item).GetValue(o) is { } v && !_node.Additional!.Passes(v)).Select(o => ((Record)item).GetSchema().Fields[o].Name)
            : JsonValue.NamesOf(item).Where(n => !_node.IsNamed(n) && JsonValue.TryGet(item, n, out var v) && !_node.Additional!.Passes(v));
        return extra.Take(5).ToArray();
    }

    private Binding BindingOf(RecordSchema schema)
    {
        if (_last is { } last && ReferenceEquals(last.Schema, schema))
            return last.Binding;
        if (!_bindings.TryGetValue(schema, out var binding))
        {
            binding = new Binding(
                [.. _properties.Select(p => JsonValue.IndexOf(schema, p.Name))],
                [.. schema.Fields.Where(f => !_node.IsNamed(f.Name)).Select(f => f.Ordinal)]);
            _bindings.Add(schema, binding);
        }

        _last = (schema, binding);
        return binding;
    }

    /// <param name="Ordinals">The place of each of the schema's properties, or -1.</param>
    /// <param name="Extra">The places of the fields that the schema does not name.</param>
    private sealed record Binding(int[] Ordinals, int[] Extra);

    /// <summary>The rules of one property.</summary>
    private sealed class PropertyRules
    {
        private readonly RuleCounter? _required;
        private readonly (SchemaCheck Check, RuleCounter Counter)[] _checks;

        public PropertyRules(string name, SchemaNode parent, RuleFamilies families, string? prefix, List<RuleCounter> counters)
        {
            Name = name;
            var field = prefix is null ? name : $"{prefix}.{name}";
            if (parent.Required.Contains(name) && (families & RuleFamilies.ConstraintCheck) != 0)
                _required = Register(counters, new RuleCounter("required", RuleFamilies.ConstraintCheck, field, "is missing", Remedies.For("required")));
            var checks = new List<SchemaCheck>();
            if (parent.Properties.TryGetValue(name, out var node))
            {
                NamesNull = node.NamesNull;
                checks.AddRange(node.Checks);
                if (node.IsNever || node.Required.Length > 0 || node.Properties.Count > 0 || node.Additional is not null)
                {
                    var inner = new SchemaNode { Required = node.Required, Properties = node.Properties, Additional = node.Additional, Patterns = node.Patterns, IsNever = node.IsNever };
                    checks.Add(new SchemaCheck(
                        node.IsNever ? "false" : "properties", RuleFamilies.ConstraintCheck, node.IsNever ? (JsonKind)~0 : JsonKind.Object, inner.Passes,
                        node.IsNever ? "is not allowed at all" : "has inner values that do not fit"));
                }
            }

            _checks = [.. checks
                .Where(c => (c.Family & families) != 0)
                .Select(c => (c, Register(counters, new RuleCounter(c.Keyword, c.Family, field, c.Finding, Remedies.For(c.Keyword)))))];
        }

        public string Name { get; }

        public bool NamesNull { get; }

        public void Check(bool isThere, object? value, RecordPosition position, List<Breach> breaches)
        {
            if (_required is not null)
            {
                _required.Test();
                if (!isThere)
                    breaches.Add(_required.Fail(position, null));
            }

            if (!isThere)
                return;
            var kind = JsonValue.KindOf(value);
            foreach (var (check, counter) in _checks)
            {
                if ((check.AppliesTo & kind) != 0)
                    Apply(check, counter, value, position, breaches);
            }
        }
    }
}

/// <summary>What to do about each rule.</summary>
internal static class Remedies
{
    public static string For(string rule) => rule switch
    {
        "type" => "Convert the field in the mapping (\"type\": …), or correct the type in the schema.",
        "required" or "notNull" => "Fill the field at the source, give it a \"default\" in the mapping, or take it out of the required ones.",
        "maxLength" => "Cut the field in the mapping (\"apply\": [{ \"left\": … }]), or allow longer values.",
        "enum" or "const" => "Put the words right in the mapping (\"apply\": [\"trim\", \"lower\"], or a \"replace\"), or add them to the schema.",
        "pattern" or "format" => "Clean the field in the mapping (\"apply\": [\"trim\", …]), or correct it at the source.",
        "minimum" or "maximum" or "exclusiveMinimum" or "exclusiveMaximum" or "multipleOf" => "Correct the values at the source, or widen the limits.",
        "additionalProperties" => "Leave these fields out of the mapping, or add them to the schema.",
        "unique" => "Remove the doubles at the source, or add the field that tells them apart to the key.",
        "compare" => "Correct the two fields at the source.",
        "agree" => "Decide which of the two sources is right, and correct the other.",
        "reference" => "Add what is referred to, or correct the reference at the source.",
        "missingEnd" => "Load the missing nodes first, or leave these relationships out of the mapping.",
        "endTypes" => "Correct the types of the ends in the mapping.",
        "duplicate" => "Give the relationships ids of their own in the mapping, or remove the doubles.",
        "selfLoop" => "Leave out relationships from a node to itself with a condition in the mapping.",
        "cardinality" => "Correct the relationships at the source, or allow more of them.",
        "unknownType" => "Correct the type in the mapping, or describe it in the schema.",
        _ => "Correct the values at the source or in the mapping, or change the schema.",
    };
}
