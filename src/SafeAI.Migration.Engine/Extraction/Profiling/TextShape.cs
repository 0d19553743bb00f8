using System.Globalization;

namespace SafeAI.Migration.Engine.Extraction.Profiling;

/// <summary>What texts look like, and what they could be turned into.</summary>
internal sealed class TextShape
{
    private const int MostForms = 200;
    private const int LongestForm = 32;
    private const int Shown = 5;

    private static readonly string[] s_dateTimeForms =
        ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm:ss.FFFFFFF", "yyyy-MM-dd HH:mm:sszz", "yyyy-MM-dd HH:mm:sszzz"];

    private readonly Dictionary<string, long> _forms = new(StringComparer.Ordinal);
    private long _texts;
    private Extent<decimal> _numbers;
    private Extent<DateOnly> _dates;
    private Extent<DateTimeOffset> _moments;
    private bool _isInteger = true;
    private bool _isNumber = true;
    private bool _isBoolean = true;
    private bool _isDate = true;
    private bool _isDateTime = true;

    public int MinLength { get; private set; } = int.MaxValue;

    public int MaxLength { get; private set; } = -1;

    /// <summary>How many texts are numbers but for the zeros in front, which a number would lose.</summary>
    public long LeadingZeros { get; private set; }

    public IReadOnlyList<TextForm> Forms =>
        [.. _forms.OrderByDescending(f => f.Value).ThenBy(f => f.Key, StringComparer.Ordinal).Take(Shown).Select(f => new TextForm(f.Key, f.Value))];

    public string? SuggestedType =>
        _texts == 0 ? null
        : _isInteger ? "integer"
        : _isNumber ? "number"
        : _isBoolean ? "boolean"
        : _isDate ? "date"
        : _isDateTime ? "datetime"
        : null;

    /// <summary>The least and the greatest text read as the suggested type; null where that has no order.</summary>
    public (object Min, object Max)? Range => SuggestedType switch
    {
        "integer" or "number" => (_numbers.Min, _numbers.Max),
        "date" => (_dates.Min, _dates.Max),
        "datetime" => (_moments.Min, _moments.Max),
        _ => null,
    };

    /// <summary>The form of a text: <c>A</c> for letters, <c>9</c> for digits, everything else for itself; its beginning where it is long.</summary>
    public static string FormOf(string text)
    {
        Span<char> form = stackalloc char[LongestForm];
        var length = 0;
        foreach (var c in text)
        {
            var kind = char.IsLetter(c) ? 'A' : char.IsAsciiDigit(c) ? '9' : c;
            if (length > 0 && form[length - 1] == kind && kind is 'A' or '9')
                continue;
            if (length == LongestForm - 1)
            {
                form[length++] = '…';
                break;
            }

            form[length++] = kind;
        }

        return form[..length].ToString();
    }

    public void Add(string text)
    {
        MinLength = Math.Min(MinLength, text.Length);
        MaxLength = Math.Max(MaxLength, text.Length);
        if (text.Length == 0)
            return;
        _texts++;
        AddForm(text);
        var culture = CultureInfo.InvariantCulture;
        var digits = text.AsSpan().TrimStart('-');
        var hasLeadingZero = digits.Length > 1 && digits[0] == '0' && char.IsAsciiDigit(digits[1]) && digits.IndexOfAnyExceptInRange('0', '9') < 0;
        LeadingZeros += hasLeadingZero ? 1 : 0;
        _isInteger = _isInteger && !hasLeadingZero && long.TryParse(text, NumberStyles.AllowLeadingSign, culture, out _) && text[0] != '+';
        _isNumber = _isNumber && !hasLeadingZero
            && decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, culture, out var number) && _numbers.Include(number);
        _isBoolean = _isBoolean && (text.Equals("true", StringComparison.OrdinalIgnoreCase) || text.Equals("false", StringComparison.OrdinalIgnoreCase));
        _isDate = _isDate && DateOnly.TryParseExact(text, "yyyy-MM-dd", culture, DateTimeStyles.None, out var date) && _dates.Include(date);
        _isDateTime = _isDateTime && DateTimeOffset.TryParseExact(text, s_dateTimeForms, culture, DateTimeStyles.AssumeUniversal, out var moment)
            && _moments.Include(moment);
    }

    private void AddForm(string text)
    {
        var key = FormOf(text);
        if (_forms.TryGetValue(key, out var count))
            _forms[key] = count + 1;
        else if (_forms.Count < MostForms)
            _forms.Add(key, 1);
    }

    /// <summary>The least and the greatest value that were included.</summary>
    private struct Extent<T>
        where T : struct, IComparable<T>
    {
        private bool _isStarted;

        public T Min { get; private set; }

        public T Max { get; private set; }

        /// <summary>Includes a value.</summary>
        /// <returns>True.</returns>
        public bool Include(T value)
        {
            if (!_isStarted || value.CompareTo(Min) < 0)
                Min = value;
            if (!_isStarted || value.CompareTo(Max) > 0)
                Max = value;
            _isStarted = true;
            return true;
        }
    }
}
