using System.Text.Json;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>Makes the step that converts a value as a mapping asks.</summary>
internal static class Converter
{
    public static ValueStep Create(ConversionMapping mapping)
    {
        ValueStep one = mapping.Type switch
        {
            _ when mapping.Unit is not null => new MeasureConverter(mapping).Convert,
            ConversionType.String => ToText,
            ConversionType.Integer => new NumberConverter(mapping).ToInteger,
            ConversionType.Float => new NumberConverter(mapping).ToFloat,
            ConversionType.Decimal => new NumberConverter(mapping).ToDecimal,
            ConversionType.Boolean => new BooleanConverter(mapping).Convert,
            ConversionType.Date => new TemporalConverter(mapping).ToDate,
            ConversionType.Time => new TemporalConverter(mapping).ToTime,
            ConversionType.DateTime => new TemporalConverter(mapping).ToMoment,
            ConversionType.LocalDateTime => new TemporalConverter(mapping).ToLocal,
            ConversionType.Duration => new TemporalConverter(mapping).ToDuration,
            ConversionType.Uuid => ToUuid,
            _ => ToJson,
        };
        var keepsEmpty = mapping.Type is ConversionType.String or ConversionType.Json;
        ValueStep step = (value, evaluation) =>
        {
            value = NestedValue.Unwrap(value);
            return value is null || (!keepsEmpty && value is string text && string.IsNullOrWhiteSpace(text)) ? null : one(value, evaluation);
        };
        return mapping.IsList ? ToList(step) : step;
    }

    private static ValueStep ToList(ValueStep one) => (value, evaluation) =>
    {
        try
        {
            value = NestedValue.Parse(value);
        }
        catch (JsonException)
        {
            // A text that only looks like JSON is a list of this one text.
        }

        if (value is null or "")
            return null;
        if (!NestedValue.IsList(value))
            return one(value, evaluation) is { } single ? new[] { single } : null;
        var result = new List<object?>();
        foreach (var element in NestedValue.Elements(value))
        {
            result.Add(one(element, evaluation));
            if (evaluation.Failed)
                return null;
        }

        return result;
    };

    private static object? ToText(object? value, Evaluation evaluation) => NestedValue.IsMap(value) || NestedValue.IsList(value)
        ? evaluation.Fail(ErrorCode.ConversionFailed,
            "A list or map is not a text. Join it with the function 'join', or map it with the type 'json' or 'list<string>'.", value)
        : GraphText.Format(value);

    private static object? ToUuid(object? value, Evaluation evaluation) => value switch
    {
        Guid uuid => uuid.ToString("D"),
        string text when Guid.TryParse(text, out var uuid) => uuid.ToString("D"),
        _ => evaluation.Fail(ErrorCode.ConversionFailed, $"{Show(value)} is not a UUID.", value),
    };

    private static object? ToJson(object? value, Evaluation evaluation)
    {
        try
        {
            if (value is not string text)
                return JsonText.Write(value);
            using var document = JsonDocument.Parse(text);
            return text;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
        {
            return evaluation.Fail(ErrorCode.ConversionFailed, $"{Show(value)} is not JSON: {e.Message}", value, e);
        }
    }

    /// <summary>A value as messages show it: quoted and not too long.</summary>
    internal static string Show(object? value)
    {
        var text = value is null ? "null" : NestedValue.IsList(value) ? "The list" : NestedValue.IsMap(value) ? "The map" : $"'{GraphText.Format(value)}'";
        return text.Length > 62 ? text[..60] + "…'" : text;
    }
}

/// <summary>Reads words as true or false.</summary>
internal sealed class BooleanConverter
{
    private static readonly string[] s_true = ["true", "yes", "y", "t", "on", "1"];
    private static readonly string[] s_false = ["false", "no", "n", "f", "off", "0"];
    private static readonly object s_boxedTrue = true;
    private static readonly object s_boxedFalse = false;

    private readonly Dictionary<string, object> _words = new(StringComparer.OrdinalIgnoreCase);
    private readonly string _expected;

    public BooleanConverter(ConversionMapping mapping)
    {
        var isDefault = mapping.TrueWords.Count == 0;
        var (yes, no) = isDefault ? (s_true, s_false) : (mapping.TrueWords, mapping.FalseWords);
        foreach (var word in yes)
            _words.TryAdd(word, s_boxedTrue);
        foreach (var word in no)
            _words.TryAdd(word, s_boxedFalse);
        _expected = $"{string.Join(", ", yes)} for true; {string.Join(", ", no)} for false";
    }

    public object? Convert(object? value, Evaluation evaluation)
    {
        switch (value)
        {
            case bool truth:
                return truth ? s_boxedTrue : s_boxedFalse;
            case string text when _words.TryGetValue(text, out var word) || _words.TryGetValue(text.Trim(), out word):
                return word;
            case string:
                break;
            default:
                if (_words.TryGetValue(GraphText.Format(value), out var found))
                    return found;
                break;
        }

        return evaluation.Fail(ErrorCode.ConversionFailed, $"{Converter.Show(value)} is neither true nor false. Expected: {_expected}.", value);
    }
}
