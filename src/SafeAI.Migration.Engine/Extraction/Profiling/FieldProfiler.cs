namespace SafeAI.Migration.Engine.Extraction.Profiling;

/// <summary>Gathers what the values of one field are like.</summary>
internal sealed class FieldProfiler(string name)
{
    private const int LongestKept = 200;
    // What HyperLogLog may err by, taken generously.
    private const double Tolerance = 0.05;

    private readonly Dictionary<Type, long> _types = [];
    private readonly DistinctCounter _distinct = new();
    private readonly TextShape _text = new();
    private long _nulls;
    private long _empty;
    private long _values;
    private object? _min;
    private object? _max;
    private bool _isOrdered = true;

    public string Name { get; } = name;

    public string? SourceType { get; set; }

    /// <summary>How many records came before this field was first there; their value of it is null.</summary>
    public void AddMissing(long count) => _nulls += count;

    public void Add(object? value)
    {
        if (value is null)
        {
            _nulls++;
            return;
        }

        _values++;
        _types[value.GetType()] = _types.GetValueOrDefault(value.GetType()) + 1;
        if (value is string text)
        {
            _empty += text.Length == 0 ? 1 : 0;
            _text.Add(text);
        }

        NotFinite += value is double d && !double.IsFinite(d) || value is float f && !float.IsFinite(f) ? 1 : 0;
        LargeNumbers += value is System.Numerics.BigInteger big && (big < long.MinValue || big > long.MaxValue) || value is ulong and > long.MaxValue || value is decimal and (> long.MaxValue or < long.MinValue) ? 1 : 0;
        if (value is object?[] list && IsMixed(list))
            MixedLists++;
        if (IsNested(value))
        {
            _isOrdered = false;
            return;
        }

        _distinct.Add(value);
        Order(value);
    }

    /// <summary>How many values are maps, which a graph cannot store.</summary>
    public long Maps => _types.Where(t => typeof(System.Collections.IDictionary).IsAssignableFrom(t.Key)).Sum(t => t.Value);

    /// <summary>How many values are lists that hold null, other lists, or values of several types.</summary>
    public long MixedLists { get; private set; }

    /// <summary>How many values are NaN or infinite.</summary>
    public long NotFinite { get; private set; }

    /// <summary>How many values are whole numbers of more than 64 bits.</summary>
    public long LargeNumbers { get; private set; }

    public long LeadingZeros => _text.LeadingZeros;

    public FieldProfile ToProfile() => new()
    {
        Name = Name,
        Types = [.. _types.OrderByDescending(t => t.Value).ThenBy(t => t.Key.Name, StringComparer.Ordinal).Select(t => t.Key.Name)],
        SourceType = SourceType,
        SuggestedType = IsOnlyText ? _text.SuggestedType : null,
        SuggestedMin = IsOnlyText ? _text.Range?.Min : null,
        SuggestedMax = IsOnlyText ? _text.Range?.Max : null,
        Nulls = _nulls,
        Empty = _empty,
        Distinct = _distinct.Count,
        IsDistinctExact = _distinct.IsExact,
        Min = _isOrdered ? _min : null,
        Max = _isOrdered ? _max : null,
        MinLength = _text.MaxLength < 0 ? null : _text.MinLength,
        MaxLength = _text.MaxLength < 0 ? null : _text.MaxLength,
        Forms = _text.Forms,
        IsCandidateKey = _values > 0 && _nulls == 0 && _empty == 0
            && (_distinct.IsExact ? _distinct.Count == _values : _distinct.Count >= _values * (1 - Tolerance)),
    };

    private bool IsOnlyText => _types.ContainsKey(typeof(string)) && _types.Count == 1;

    private static bool IsMixed(object?[] list)
    {
        foreach (var item in list)
        {
            if (item is null || IsNested(item) || item.GetType() != list[0]!.GetType())
                return true;
        }

        return false;
    }

    private static bool IsNested(object value) => value is Array and not byte[] || value is System.Collections.IDictionary;

    private void Order(object value)
    {
        if (!_isOrdered || value is not IComparable comparable)
        {
            _isOrdered &= value is IComparable;
            return;
        }

        if (_min is not null && _min.GetType() != value.GetType())
        {
            _isOrdered = false;
            return;
        }

        if (_min is null || Compare(comparable, _min) < 0)
            _min = Keep(value);
        if (_max is null || Compare(comparable, _max) > 0)
            _max = Keep(value);
    }

    private static int Compare(IComparable left, object right) =>
        left is string text ? string.CompareOrdinal(text, (string)right) : left.CompareTo(right);

    private static object Keep(object value) => value is string { Length: > LongestKept } text ? text[..LongestKept] : value;
}
