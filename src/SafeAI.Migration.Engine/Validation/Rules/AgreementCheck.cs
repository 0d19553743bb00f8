using SafeAI.Migration.Engine.Validation.Keys;

namespace SafeAI.Migration.Engine.Validation.Rules;

/// <summary>Applies an <see cref="AgreementRule"/>: of each record elsewhere its key and a fingerprint of each value are remembered.</summary>
internal sealed class AgreementCheck : FieldRuleCheck
{
    private const long NoValue = 0;

    private readonly KeyIndex _values;
    private readonly KeyFingerprint _fingerprint = new();
    private readonly AgreementRule _rule;

    private AgreementCheck(AgreementRule rule, List<RuleCounter> counters, KeyIndex values)
        : base(rule, [.. rule.Fields.Select(f => NewCounter(counters, rule, "agree", f, $"is not what it is in {rule.Target.Name}"))]) =>
        (_rule, _values) = (rule, values);

    /// <summary>Reads the other records.</summary>
    public static async Task<AgreementCheck> CreateAsync(AgreementRule rule, List<RuleCounter> counters, CancellationToken cancellationToken)
    {
        var fingerprint = new KeyFingerprint();
        var values = await TargetKeys.ReadAsync(
            rule.Target, [.. rule.Key, .. rule.Fields], [.. rule.TargetKey, .. rule.TargetFields],
            (index, record) =>
            {
                for (var part = 0; part < rule.TargetFields.Count; part++)
                {
                    if (TryKey(fingerprint, record, rule.TargetKey, part))
                        index.TryAdd(fingerprint.Value, ValueCode(fingerprint, ValueOf(record, rule.TargetFields[part])), out _);
                }
            },
            cancellationToken).ConfigureAwait(false);
        return new AgreementCheck(rule, counters, values);
    }

    protected override void Apply(int part, RuleCounter counter, object item, RecordPosition position, List<Breach> breaches)
    {
        if (!TryKey(_fingerprint, item, _rule.Key, part) || !_values.Contains(_fingerprint.Value, out var expected))
            return;
        counter.Test();
        var value = ValueOf(item, _rule.Fields[part]);
        if (ValueCode(_fingerprint, value) != expected)
            breaches.Add(counter.Fail(position, value));
    }

    protected override void Dispose(bool disposing)
    {
        _values.Dispose();
        base.Dispose(disposing);
    }

    private static bool TryKey(KeyFingerprint fingerprint, object item, IReadOnlyList<string> key, int part)
    {
        fingerprint.Clear();
        fingerprint.Add(part);
        return TargetKeys.TryAdd(fingerprint, item, key);
    }

    // Numbers and times are the same however they are written; a zero in front makes a text of a number.
    private static long ValueCode(KeyFingerprint fingerprint, object? value)
    {
        if (value is null or "")
            return NoValue;
        fingerprint.Clear();
        if (!HasLeadingZero(value) && OrderedValue.NumberOf(value) is { } number)
            fingerprint.Add(number);
        else if (OrderedValue.MomentOf(value) is { } moment)
            fingerprint.Add(moment);
        else
            fingerprint.Add(Schema.JsonValue.TextOf(value));
        return (long)(ulong)fingerprint.Value | 1;
    }

    private static bool HasLeadingZero(object value) => value is string { Length: > 1 } text && text[0] == '0' && char.IsAsciiDigit(text[1]);
}
