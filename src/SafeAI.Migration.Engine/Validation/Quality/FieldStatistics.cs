namespace SafeAI.Migration.Engine.Validation.Quality;

/// <summary>What is counted of one field, in a size that does not depend on the number of its values.</summary>
internal sealed class FieldStatistics
{
    /// <summary>Different values of which the spellings are kept; a field with more is not tested for them.</summary>
    public const int MostSpellings = 1000;

    private const int Lower = 0;
    private const int Upper = 1;

    private readonly long[] _ofKind = new long[TextKind.Count];
    private readonly Seen[] _notOfKind = new Seen[TextKind.Count];
    private readonly long[] _inFormat = new long[TextKind.FormatCount];
    private readonly Seen[] _firstInFormat = new Seen[TextKind.FormatCount];
    private readonly long[] _inCase = new long[2];
    private readonly Seen[] _notInCase = new Seen[2];
    private Dictionary<string, Spellings>? _spellings = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="name">The field's name.</param>
    /// <param name="type">The type that the source promises.</param>
    /// <param name="plausible">What holds for plausible values; null where nothing is known of it.</param>
    public FieldStatistics(string name, Type type, PlausibleValues? plausible = null)
    {
        Name = name;
        Type = type;
        (var checks, WhyNotPlausible) = plausible?.For(name) ?? ([], null);
        Plausible = [.. checks.Select(c => new PlausibleCount(c))];
    }

    /// <summary>How many values were plausible, by each of the checks that the profile gives.</summary>
    public PlausibleCount[] Plausible { get; }

    /// <summary>Why plausibility is not tested, where a profile was given; else null.</summary>
    public string? WhyNotPlausible { get; }

    public string Name { get; }

    /// <summary>The type that the source promises; string or object where it promises none.</summary>
    public Type Type { get; set; }

    /// <summary>Whether the source promises no type, so that it has to be learnt from the values.</summary>
    public bool IsUntyped => Type == typeof(string) || Type == typeof(object);

    /// <summary>Values that are not null, not empty and not only white space.</summary>
    public long Present { get; private set; }

    /// <summary>The first record without a value.</summary>
    public Seen Empty { get; private set; }

    /// <summary>Values that are text.</summary>
    public long Texts { get; private set; }

    /// <summary>Texts with white space around them.</summary>
    public long Padded { get; private set; }

    /// <summary>The first text with white space around it.</summary>
    public Seen FirstPadded { get; private set; }

    /// <summary>Texts with letters that have an upper and a lower case.</summary>
    public long Cased { get; private set; }

    /// <summary>Counts a record that has no value here.</summary>
    public void AddEmpty(RecordPosition position, long number)
    {
        if (Empty.Number == 0)
            Empty = new Seen(number, position);
    }

    /// <summary>Counts a value.</summary>
    public void Add(object? value, RecordPosition position, long number)
    {
        if (value is string text)
        {
            AddText(text, position, number);
            return;
        }

        if (value is null or DBNull)
        {
            AddEmpty(position, number);
            return;
        }

        Present++;
        foreach (var plausible in Plausible)
            plausible.Add(value, position, number);
        if (IsUntyped)
            AddKinds(TextKind.Of(value), position, number);
    }

    /// <summary>The kind of which most values are, and how many; the narrower where two have as many.</summary>
    public (int Kind, long Values) MainKind()
    {
        var best = 0;
        for (var kind = 1; kind < TextKind.Count; kind++)
        {
            if (_ofKind[kind] > _ofKind[best])
                best = kind;
        }

        return (best, _ofKind[best]);
    }

    /// <summary>The first value that is not of a kind.</summary>
    public Seen FirstNot(int kind) => _notOfKind[kind];

    /// <summary>The values written in one of the formats of a kind, those in the most usual one, that format, and the first in another.</summary>
    public (long Tested, long Passed, int Format, Seen First) Formats(int kind)
    {
        var (low, high) = TextKind.FormatsOf(kind);
        var (main, tested) = (low, 0L);
        for (var format = low; format <= high; format++)
        {
            tested += _inFormat[format];
            if (_inFormat[format] > _inFormat[main])
                main = format;
        }

        Seen first = default;
        for (var format = low; format <= high; format++)
        {
            var seen = _firstInFormat[format];
            if (format != main && seen.Number > 0 && (first.Number == 0 || seen.Number < first.Number))
                first = seen;
        }

        return (tested, _inFormat[main], main, first);
    }

    /// <summary>The values in the more usual of all lower and all upper case, whether that is lower, and the first that is not.</summary>
    public (long Values, bool IsLower, Seen First) MainCase()
    {
        var main = _inCase[Upper] > _inCase[Lower] ? Upper : Lower;
        return (_inCase[main], main == Lower, _notInCase[main]);
    }

    /// <summary>
    /// The values with letters that occur at least twice when case is ignored, those in each one's most usual spelling, and the
    /// first in another; null where there were too many different ones to keep.
    /// </summary>
    public (long Tested, long Passed, Seen First)? SpellingCounts()
    {
        if (_spellings is null)
            return null;
        long tested = 0, passed = 0;
        Seen first = default;
        foreach (var spellings in _spellings.Values)
        {
            var total = spellings.Total;
            if (total < 2)
                continue;
            tested += total;
            passed += spellings.Main(out var other);
            if (other.Number > 0 && (first.Number == 0 || other.Number < first.Number))
                first = other;
        }

        return (tested, passed, first);
    }

    private void AddText(string text, RecordPosition position, long number)
    {
        var trimmed = text.Length > 0 && (char.IsWhiteSpace(text[0]) || char.IsWhiteSpace(text[^1])) ? text.Trim() : text;
        if (trimmed.Length == 0)
        {
            AddEmpty(position, number);
            return;
        }

        Present++;
        Texts++;
        foreach (var plausible in Plausible)
            plausible.Add(trimmed, position, number);
        if (trimmed.Length != text.Length)
        {
            Padded++;
            if (FirstPadded.Number == 0)
                FirstPadded = new Seen(number, position);
        }

        AddKinds(TextKind.Of(trimmed, out var format), position, number);
        if (format != 0 && _inFormat[format]++ == 0)
            _firstInFormat[format] = new Seen(number, position);
        if (AddCase(trimmed, position, number))
            AddSpelling(trimmed, position, number);
    }

    private void AddKinds(int kinds, RecordPosition position, long number)
    {
        for (var kind = 0; kind < TextKind.Count; kind++)
        {
            if ((kinds & (1 << kind)) != 0)
                _ofKind[kind]++;
            else if (_notOfKind[kind].Number == 0)
                _notOfKind[kind] = new Seen(number, position);
        }
    }

    private bool AddCase(string text, RecordPosition position, long number)
    {
        var (lower, upper) = (false, false);
        foreach (var c in text)
        {
            lower |= char.IsLower(c);
            upper |= char.IsUpper(c);
            if (lower && upper)
                break;
        }

        if (!lower && !upper)
            return false;
        Cased++;
        if (!upper)
            _inCase[Lower]++;
        else if (_notInCase[Lower].Number == 0)
            _notInCase[Lower] = new Seen(number, position);
        if (!lower)
            _inCase[Upper]++;
        else if (_notInCase[Upper].Number == 0)
            _notInCase[Upper] = new Seen(number, position);
        return true;
    }

    private void AddSpelling(string text, RecordPosition position, long number)
    {
        if (_spellings is null)
            return;
        if (!_spellings.TryGetValue(text, out var spellings))
        {
            if (_spellings.Count == MostSpellings)
            {
                _spellings = null;
                return;
            }

            _spellings.Add(text, spellings = new Spellings());
        }

        spellings.Add(text, new Seen(number, position));
    }

    /// <summary>Where something was first seen: the number of the record in this check, from 1, and its position.</summary>
    public readonly record struct Seen(long Number, RecordPosition Position)
    {
        /// <summary>The position, or null where it was never seen.</summary>
        public RecordPosition? Example => Number == 0 ? null : Position;
    }

    /// <summary>The spellings of one value. Beyond a dozen, further ones are counted together.</summary>
    private sealed class Spellings
    {
        private readonly List<(string Text, long Count, Seen First)> _items = new(1);
        private long _others;

        public long Total => _others + _items.Sum(i => i.Count);

        public void Add(string text, Seen seen)
        {
            for (var i = 0; i < _items.Count; i++)
            {
                var item = _items[i];
                if (string.Equals(item.Text, text, StringComparison.Ordinal))
                {
                    _items[i] = item with { Count = item.Count + 1 };
                    return;
                }
            }

            if (_items.Count < 12)
                _items.Add((text, 1, seen));
            else
                _others++;
        }

        public long Main(out Seen other)
        {
            var main = 0;
            for (var i = 1; i < _items.Count; i++)
            {
                if (_items[i].Count > _items[main].Count)
                    main = i;
            }

            other = default;
            for (var i = 0; i < _items.Count; i++)
            {
                if (i != main && (other.Number == 0 || _items[i].First.Number < other.Number))
                    other = _items[i].First;
            }

            return _items[main].Count;
        }
    }
}
