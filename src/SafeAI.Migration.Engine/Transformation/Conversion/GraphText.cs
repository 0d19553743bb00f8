using System.Collections;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>The one text form of a value, whatever the culture: used in ids, templates and texts.</summary>
public static class GraphText
{
    /// <summary>
    /// Formats a value: numbers without group separators or trailing zeros, true and false in lower case, dates and times in
    /// ISO 8601 with as many sub-second digits as are needed, durations as ISO 8601, bytes as base64, lists and maps as JSON.
    /// </summary>
    /// <param name="value">Any value; null gives an empty text.</param>
    public static string Format(object? value) => value switch
    {
        null => "",
        string text => text,
        long number => number.ToString(CultureInfo.InvariantCulture),
        int number => number.ToString(CultureInfo.InvariantCulture),
        bool truth => truth ? "true" : "false",
        decimal number => Format(number),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        float number => number.ToString("R", CultureInfo.InvariantCulture),
        DateOnly date => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        TimeOnly time => time.ToString("HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture),
        DateTimeOffset moment => Format(moment),
        DateTime { Kind: DateTimeKind.Unspecified } local => local.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture),
        DateTime moment => Format(new DateTimeOffset(moment)),
        TimeSpan duration => XmlConvert.ToString(duration),
        Guid uuid => uuid.ToString("D"),
        byte[] bytes when NestedValue.IsBytes(value) => Convert.ToBase64String(bytes),
        Enum name => name.ToString(),
        JsonElement json => json.ValueKind switch
        {
            JsonValueKind.String => json.GetString()!,
            JsonValueKind.Null or JsonValueKind.Undefined => "",
            _ => json.GetRawText(),
        },
        JsonValue json when json.TryGetValue<string>(out var text) => text,
        IEnumerable => JsonText.Write(value),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string Format(decimal number)
    {
        var text = number.ToString(CultureInfo.InvariantCulture);
        return text.Contains('.', StringComparison.Ordinal) ? text.TrimEnd('0').TrimEnd('.') : text;
    }

    private static string Format(DateTimeOffset moment) => moment.Offset == TimeSpan.Zero
        ? moment.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture)
        : moment.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFzzz", CultureInfo.InvariantCulture);
}
