using System.Text;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>
/// Makes an id from one template. With one place the value stands in it as it is. With several, the percent sign and the first character
/// of the text behind each place are percent-encoded inside values, so that different values never make one id.
/// </summary>
internal sealed class IdTemplate
{
    private readonly string[] _literals;
    private readonly ValueProgram[] _places;
    private readonly string? _escaped;
    private readonly string[] _texts;
    private readonly string _path;
    private readonly bool _keepsEmpty;

    /// <param name="literals">The texts around the places, one more than places.</param>
    /// <param name="places">At least one.</param>
    /// <param name="path">Where it is in the mapping.</param>
    /// <param name="keepsEmpty">Whether an empty text may stand in a place, where the id is not empty with it.</param>
    public IdTemplate(string[] literals, ValueProgram[] places, string path, bool keepsEmpty = false)
    {
        _keepsEmpty = keepsEmpty && Array.Exists(literals, l => l.Length > 0);
        _literals = literals;
        _places = places;
        _path = path;
        _texts = new string[literals.Length + places.Length];
        if (places.Length > 1)
            _escaped = string.Concat(literals.Skip(1).Take(places.Length - 1).Where(l => l.Length > 0).Select(l => l[0]).Append('%').Distinct());
    }

    public bool IsPrivate => Array.Exists(_places, p => p.IsPrivate);

    public IEnumerable<int> PlainFields => _places.Select(p => p.PlainField).OfType<int>();

    /// <summary>The id; null where a value is missing, which is a failure only where it is needed.</summary>
    public string? Make(Evaluation evaluation, bool isNeeded) => _places.Length == 1
        ? Text(_places[0], evaluation, isNeeded) is { } only ? string.Concat(_literals[0], only, _literals[1]) : null
        : MakeOfMany(evaluation, isNeeded);

    private string? MakeOfMany(Evaluation evaluation, bool isNeeded)
    {
        for (var i = 0; i < _places.Length; i++)
        {
            if (Text(_places[i], evaluation, isNeeded) is not { } text)
                return null;
            _texts[2 * i] = _literals[i];
            _texts[(2 * i) + 1] = Escape(text);
        }

        _texts[^1] = _literals[^1];
        return string.Concat(_texts);
    }

    private string? Text(ValueProgram place, Evaluation evaluation, bool isNeeded)
    {
        var value = place.Run(evaluation);
        if (evaluation.Failed)
            return null;
        var text = value as string ?? GraphText.Format(value);
        if (text.Length > 0 && !GraphValue.HasLoneSurrogate(text))
            return text;
        if (_keepsEmpty && value is "")
            return text;
        if (text.Length > 0)
            evaluation.Fail(ErrorCode.UnsupportedValue, "The text holds half of a surrogate pair, which an id cannot.", value);
        else if (isNeeded)
            evaluation.Fail(ErrorCode.MissingValue,
                $"{(place.Field is null ? "A value" : $"The field '{place.Field}'")} is {(value is null ? "null" : "empty")}, and the id needs it.", value);
        evaluation.Blame(_path, place.Field, place.IsPrivate);
        return null;
    }

    private string Escape(string text)
    {
        if (_escaped is null || text.AsSpan().IndexOfAny(_escaped) < 0)
            return text;
        var result = new StringBuilder(text.Length + 8);
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            var letter = rune.ToString();
            if (_escaped.AsSpan().IndexOfAny(letter) < 0)
            {
                result.Append(letter);
                continue;
            }

            foreach (var b in bytes[..rune.EncodeToUtf8(bytes)])
                result.Append('%').Append(b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        }

        return result.ToString();
    }
}
