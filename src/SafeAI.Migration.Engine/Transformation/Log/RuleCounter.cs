namespace SafeAI.Migration.Engine.Transformation;

/// <summary>Counts what one rule does to one field. Counting is all that a value costs; samples are taken of the first few only.</summary>
internal sealed class RuleCounter(TransformationLog log, string rule, string? fieldName)
{
    private const string Mask = "***";
    private const int LongestSample = 200;

    private readonly List<ValueSample> _samples = [];
    private bool _keeps = log.SampleSize > 0 || log.WritesValues;
    private long _seen;
    private long _changed;
    private long _defaulted;
    private long _rejected;
    private long _lossy;

    public string Rule => rule;

    public string? Field => fieldName;

    public bool IsPrivate { get; set; }

    public void Note(object? before, object? after, Evaluation evaluation)
    {
        _seen++;
        if (ReferenceEquals(before, after))
            return;

        // Texts are what most steps give; everything else is compared the slow way.
        if (before is string text && (after is null || after.GetType() != typeof(string) || !text.Equals((string)after, StringComparison.Ordinal)))
            _changed++;
        else if (before is not string && !Equals(before, after))
            _changed++;
        else
            return;
        if (_keeps | evaluation.HasLost)
            NoteChange(before, after, evaluation);
    }

    public void NoteDefault(object? before, object? after, Evaluation evaluation)
    {
        _seen++;
        _defaulted++;
        if (_keeps)
            Keep("defaulted", before, after, evaluation);
    }

    public void NoteSeen() => _seen++;

    /// <summary>Counts a record that is left out because of the value.</summary>
    public void NoteDropped(RecordPosition position, object? value)
    {
        _seen++;
        _changed++;
        if (log.WritesValues)
            log.Write(position, this, "dropped", value, null);
    }

    public void NoteReject(object? before, Evaluation evaluation)
    {
        _seen++;
        _rejected++;
        if (log.WritesValues)
            log.Write(evaluation.Record.GetPosition(), this, "rejected", before, null);
    }

    public object? Masked(object? value) => IsPrivate && value is not null ? Mask : value;

    public RuleStatistics ToStatistics() => new(rule, fieldName, _seen, _changed, _defaulted, _rejected, _lossy,
        (IsPrivate ? _samples.Select(s => new ValueSample(Masked(s.Before), Masked(s.After))) : _samples).ToArray());

    private void NoteChange(object? before, object? after, Evaluation evaluation)
    {
        if (evaluation.TakeLoss())
            _lossy++;
        if (_keeps)
            Keep("changed", before, after, evaluation);
    }

    private void Keep(string what, object? before, object? after, Evaluation evaluation)
    {
        if (_samples.Count < log.SampleSize)
            _samples.Add(new ValueSample(Shorten(Masked(before)), Shorten(Masked(after))));
        _keeps = log.WritesValues || _samples.Count < log.SampleSize;
        if (log.WritesValues)
            log.Write(evaluation.Record.GetPosition(), this, what, before, after);
    }

    private static object? Shorten(object? value) => value is string { Length: > LongestSample } text ? text[..LongestSample] + "…" : value;
}
