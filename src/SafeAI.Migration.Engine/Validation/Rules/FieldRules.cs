using SafeAI.Migration.Engine.Validation.Keys;
using SafeAI.Migration.Engine.Validation.Schema;

namespace SafeAI.Migration.Engine.Validation.Rules;

/// <summary>Applies one <see cref="FieldRule"/>. Not safe for several threads at once.</summary>
internal abstract class FieldRuleCheck : IDisposable
{
    private readonly string? _type;
    private readonly RuleCounter[] _counters;

    protected FieldRuleCheck(FieldRule rule, params RuleCounter[] counters) => (_type, _counters) = (rule.Type, counters);

    /// <summary>The fields that the rule asks a value of.</summary>
    public virtual IReadOnlyList<string> Required => [];

    /// <summary>Whether the rule is for this item.</summary>
    public bool AppliesTo(object item) => IsFor((item as GraphItem)?.Type, item is GraphNode);

    /// <summary>Whether the rule is for records, where no type is given, or for the nodes or relationships of a type.</summary>
    public bool IsFor(string? type, bool isNode) => _type is null ? type is null || isNode : type == _type;

    /// <summary>Applies the rule. Where it fails itself, that is counted as its error, and the item does not pass.</summary>
    public void Check(object item, RecordPosition position, List<Breach> breaches)
    {
        for (var i = 0; i < _counters.Length; i++)
        {
            var (counter, tested) = (_counters[i], _counters[i].Tested);
            try
            {
                Apply(i, counter, item, position, breaches);
            }
            catch (Exception e) when (RuleCounter.IsErrorOfRule(e))
            {
                if (counter.Tested == tested)
                    counter.Test();
                breaches.Add(counter.Err(position, null, e));
            }
        }
    }

    /// <summary>Makes the check of a rule; what a reference leads to is read here.</summary>
    public static async Task<FieldRuleCheck> CreateAsync(
        FieldRule rule, List<RuleCounter> counters, PositionCode positions, int largestKeyTable, CancellationToken cancellationToken) => rule switch
    {
        NotNullRule r => new NotNullCheck(r, counters),
        UniqueRule r => new UniqueCheck(r, counters, positions, largestKeyTable),
        CompareRule r => new CompareCheck(r, counters),
        ReferenceRule r => await ReferenceCheck.CreateAsync(r, counters, cancellationToken).ConfigureAwait(false),
        AgreementRule r => await AgreementCheck.CreateAsync(r, counters, cancellationToken).ConfigureAwait(false),
        _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, "This is no rule."),
    };

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Applies the part of the rule that a counter counts; not null has one for each field.</summary>
    protected abstract void Apply(int part, RuleCounter counter, object item, RecordPosition position, List<Breach> breaches);

    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>The value of a field whose name may be written in another case; null where there is none.</summary>
    public static object? ValueOf(object item, string field)
    {
        if (item is Record record)
        {
            var ordinal = record.GetSchema().IndexOf(field);
            return ordinal >= 0 ? record.GetValue(ordinal) : null;
        }

        return JsonValue.TryGet(item, field, out var value) ? value : null;
    }

    protected static RuleCounter NewCounter(List<RuleCounter> counters, FieldRule rule, string name, string field, string finding) =>
        SchemaRules.Register(counters, new RuleCounter(
            name, RuleFamilies.ConstraintCheck, rule.Type is null ? field : $"{rule.Type}.{field}", finding, Remedies.For(name)));

    private sealed class NotNullCheck : FieldRuleCheck
    {
        private readonly IReadOnlyList<string> _fields;

        public NotNullCheck(NotNullRule rule, List<RuleCounter> counters)
            : base(rule, [.. rule.Fields.Select(f => NewCounter(counters, rule, "notNull", f, "has no value"))]) => _fields = rule.Fields;

        public override IReadOnlyList<string> Required => _fields;

        protected override void Apply(int part, RuleCounter counter, object item, RecordPosition position, List<Breach> breaches)
        {
            counter.Test();
            if (ValueOf(item, _fields[part]) is null or "")
                breaches.Add(counter.Fail(position, null));
        }
    }

    private sealed class UniqueCheck : FieldRuleCheck
    {
        private readonly KeyIndex _seen;
        private readonly KeyFingerprint _fingerprint = new();
        private readonly UniqueRule _rule;
        private readonly PositionCode _positions;

        public UniqueCheck(UniqueRule rule, List<RuleCounter> counters, PositionCode positions, int largestKeyTable)
            : base(rule, NewCounter(counters, rule, "unique", string.Join(", ", rule.Fields), "was there before"))
        {
            _rule = rule;
            _positions = positions;
            _seen = new KeyIndex(largestKeyTable);
        }

        protected override void Apply(int part, RuleCounter counter, object item, RecordPosition position, List<Breach> breaches)
        {
            _fingerprint.Clear();
            if (item is GraphItem graph)
                _fingerprint.Add(graph.Type);
            foreach (var field in _rule.Fields)
            {
                var value = ValueOf(item, field);
                if (value is null or "")
                    return;
                _fingerprint.Add(value);
            }

            counter.Test();
            if (!_seen.TryAdd(_fingerprint.Value, _positions.Encode(position), out var first))
                breaches.Add(counter.Fail(position, _rule.Fields.Count == 1 ? ValueOf(item, _rule.Fields[0]) : null, $"The first is at {_positions.Decode(first)}."));
        }

        protected override void Dispose(bool disposing)
        {
            _seen.Dispose();
            base.Dispose(disposing);
        }
    }

    private sealed class ReferenceCheck : FieldRuleCheck
    {
        private readonly KeyIndex _targets;
        private readonly KeyFingerprint _fingerprint = new();
        private readonly ReferenceRule _rule;

        private ReferenceCheck(ReferenceRule rule, List<RuleCounter> counters, KeyIndex targets)
            : base(rule, NewCounter(counters, rule, "reference", string.Join(", ", rule.Fields), $"is not in {rule.Target.Name}"))
        {
            _rule = rule;
            _targets = targets;
        }

        public static async Task<ReferenceCheck> CreateAsync(ReferenceRule rule, List<RuleCounter> counters, CancellationToken cancellationToken)
        {
            var fingerprint = new KeyFingerprint();
            var targets = await TargetKeys.ReadAsync(
                rule.Target, rule.Fields, rule.TargetFields,
                (index, record) =>
                {
                    fingerprint.Clear();
                    if (TargetKeys.TryAdd(fingerprint, record, rule.TargetFields))
                        index.TryAdd(fingerprint.Value, 0, out _);
                },
                cancellationToken).ConfigureAwait(false);
            return new ReferenceCheck(rule, counters, targets);
        }

        protected override void Apply(int part, RuleCounter counter, object item, RecordPosition position, List<Breach> breaches)
        {
            _fingerprint.Clear();
            if (!TargetKeys.TryAdd(_fingerprint, item, _rule.Fields))
                return;
            counter.Test();
            if (!_targets.Contains(_fingerprint.Value, out _))
                breaches.Add(counter.Fail(position, _rule.Fields.Count == 1 ? ValueOf(item, _rule.Fields[0]) : null));
        }

        protected override void Dispose(bool disposing)
        {
            _targets.Dispose();
            base.Dispose(disposing);
        }
    }

    private sealed class CompareCheck : FieldRuleCheck
    {
        private static readonly string[] s_signs = ["<", "<=", "=", "<>", ">=", ">"];

        private readonly CompareRule _rule;

        public CompareCheck(CompareRule rule, List<RuleCounter> counters)
            : base(rule, NewCounter(counters, rule, "compare", rule.Field, $"is not {s_signs[(int)rule.Comparison]} '{rule.Other}'")) => _rule = rule;

        protected override void Apply(int part, RuleCounter counter, object item, RecordPosition position, List<Breach> breaches)
        {
            var (left, right) = (ValueOf(item, _rule.Field), ValueOf(item, _rule.Other));
            if (left is null or "" || right is null or "")
                return;
            counter.Test();
            if (OrderedValue.Compare(left, right) is not { } order)
                breaches.Add(counter.Fail(position, left, $"A {left.GetType().Name} cannot be compared with a {right.GetType().Name}."));
            else if (!Holds(order))
                breaches.Add(counter.Fail(position, left));
        }

        private bool Holds(int order) => _rule.Comparison switch
        {
            Comparison.Less => order < 0,
            Comparison.LessOrEqual => order <= 0,
            Comparison.Equal => order == 0,
            Comparison.NotEqual => order != 0,
            Comparison.GreaterOrEqual => order >= 0,
            _ => order > 0,
        };
    }
}
