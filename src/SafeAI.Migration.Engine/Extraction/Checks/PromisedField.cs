using System.Globalization;
using System.Numerics;

namespace SafeAI.Migration.Engine.Extraction.Checks;

/// <summary>A field that a source promises, and the type of its values.</summary>
/// <param name="Name">The field's name.</param>
/// <param name="Type">One of <see cref="Types"/>; null where any will do.</param>
internal sealed record PromisedField(string Name, string? Type)
{
    /// <summary>The types that can be promised.</summary>
    public static readonly string[] Types = ["text", "integer", "number", "boolean", "date", "datetime"];

    /// <summary>Reads <c>name</c> or <c>name:type</c>; a colon that no type follows belongs to the name.</summary>
    public static PromisedField Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && Types.Contains(text[(colon + 1)..], StringComparer.OrdinalIgnoreCase)
            ? new(text[..colon], text[(colon + 1)..].ToLowerInvariant())
            : new(text, null);
    }

    /// <summary>Whether a value is of the type, or a text that says one. Null is of every type.</summary>
    public bool Fits(object? value) => value is null || Type switch
    {
        "text" => value is string,
        "integer" => value is long or int or short or byte or sbyte or ushort or uint or ulong or BigInteger
            || (value is decimal d && decimal.Truncate(d) == d)
            || (value is string text && BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)),
        "number" => value is long or int or short or byte or sbyte or ushort or uint or ulong or BigInteger or decimal or double or float
            || (value is string text && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)),
        "boolean" => value is bool || (value is string text && (text.Equals("true", StringComparison.OrdinalIgnoreCase) || text.Equals("false", StringComparison.OrdinalIgnoreCase))),
        "date" => value is DateOnly || (value is string text && DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)),
        "datetime" => value is DateTime or DateTimeOffset
            || (value is string text && text.Length >= 16 && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _)),
        _ => true,
    };
}
