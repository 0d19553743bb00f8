using System.Globalization;

namespace SafeAI.Migration.Engine.Validation.Quality;

/// <summary>What is counted of the records of one name, or of the graph items of one type.</summary>
internal sealed class QualityGroup
{
    private readonly Dictionary<string, FieldStatistics> _byName = new(StringComparer.Ordinal);
    private readonly List<FieldStatistics> _fields = [];

    private readonly PlausibleValues? _plausible;

    /// <param name="name">The records' or items' common name.</param>
    /// <param name="isRecord">Whether they are records.</param>
    /// <param name="required">The fields that must have a value; where there are none, all must.</param>
    /// <param name="options">What is asked.</param>
    /// <param name="plausible">What holds for plausible values, or null.</param>
    /// <param name="clock">What tells the time.</param>
    public QualityGroup(string name, bool isRecord, IReadOnlyCollection<string> required, QualityOptions options, PlausibleValues? plausible, TimeProvider clock)
    {
        Name = name;
        IsRecord = isRecord;
        Required = required;
        _plausible = plausible;
        foreach (var field in required)
            FieldOf(field, typeof(object));
        if (options.TimeField is not null && options.MaximumAge is { } age)
            Time = new AgeStatistics(clock.GetUtcNow() - age);
    }

    public string Name { get; }

    /// <summary>Whether these are records, and not graph items.</summary>
    public bool IsRecord { get; }

    /// <summary>The fields that must have a value; where there are none, all must.</summary>
    public IReadOnlyCollection<string> Required { get; }

    public long Records { get; private set; }

    /// <summary>Where the first record was read.</summary>
    public RecordPosition First { get; private set; }

    /// <summary>The fields in the order in which they came.</summary>
    public List<FieldStatistics> Fields => _fields;

    /// <summary>The names of the key's fields; null where the whole record is compared.</summary>
    public string? KeyName { get; set; }

    /// <summary>Records whose key was compared.</summary>
    public long Keys { get; private set; }

    /// <summary>Those among them that were the first with their key.</summary>
    public long FirstKeys { get; private set; }

    /// <summary>The first record with a key that was there before.</summary>
    public RecordPosition? FirstDuplicate { get; private set; }

    /// <summary>The ages; null where none are asked for.</summary>
    public AgeStatistics? Time { get; }

    public FieldStatistics FieldOf(string name, Type type)
    {
        if (!_byName.TryGetValue(name, out var field))
        {
            field = new FieldStatistics(name, type, _plausible);
            _byName.Add(name, field);
            _fields.Add(field);

            // The records before this one did not have the field.
            if (Records > 0)
                field.AddEmpty(First, 1);
        }
        else if (field.Present == 0 && field.IsUntyped)
        {
            field.Type = type;
        }

        return field;
    }

    public void AddRecord(RecordPosition position)
    {
        if (Records++ == 0)
            First = position;
    }

    public void AddKey(bool isNew, RecordPosition position)
    {
        Keys++;
        if (isNew)
            FirstKeys++;
        else
            FirstDuplicate ??= position;
    }
}

/// <summary>How many values that say when are recent enough.</summary>
/// <param name="oldest">The oldest that is.</param>
internal sealed class AgeStatistics(DateTimeOffset oldest)
{
    /// <summary>Values that could be read as a point in time.</summary>
    public long Tested { get; private set; }

    public long Passed { get; private set; }

    public FieldStatistics.Seen FirstOld { get; private set; }

    public void Add(object? value, RecordPosition position, long number)
    {
        DateTimeOffset? moment = value switch
        {
            DateTimeOffset v => v,
            DateTime v => v.Kind == DateTimeKind.Unspecified ? new DateTimeOffset(v, TimeSpan.Zero) : v,
            DateOnly v => new DateTimeOffset(v.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero),
            string v when DateTimeOffset.TryParse(v, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed) => parsed,
            _ => null,
        };
        if (moment is null)
            return;
        Tested++;
        if (moment >= oldest)
            Passed++;
        else if (FirstOld.Number == 0)
            FirstOld = new FieldStatistics.Seen(number, position);
    }
}
