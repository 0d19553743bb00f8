using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Xml;
using SafeAI.Migration.Engine.Extraction.Files.Json;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Export;

/// <summary>Values as text and back: what <see cref="Format"/> writes, <see cref="To"/> reads as an equal value of the same type.</summary>
internal static class ValueText
{
    private static readonly CultureInfo s_culture = CultureInfo.InvariantCulture;
    private static readonly JsonWriterOptions s_json = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 1000 };

    /// <summary>The types that come back, by the names that stand in schema files.</summary>
    private static readonly Dictionary<string, Type> s_types = new(StringComparer.Ordinal)
    {
        ["string"] = typeof(string), ["boolean"] = typeof(bool), ["int8"] = typeof(sbyte), ["uint8"] = typeof(byte), ["int16"] = typeof(short),
        ["uint16"] = typeof(ushort), ["int32"] = typeof(int), ["uint32"] = typeof(uint), ["int64"] = typeof(long), ["uint64"] = typeof(ulong),
        ["integer"] = typeof(BigInteger), ["float"] = typeof(float), ["double"] = typeof(double), ["decimal"] = typeof(decimal),
        ["date"] = typeof(DateOnly), ["time"] = typeof(TimeOnly), ["localdatetime"] = typeof(DateTime), ["datetime"] = typeof(DateTimeOffset),
        ["duration"] = typeof(TimeSpan), ["uuid"] = typeof(Guid), ["bytes"] = typeof(byte[]), ["char"] = typeof(char), ["any"] = typeof(object),
    };

    private static readonly Dictionary<Type, string> s_names = s_types.ToDictionary(p => p.Value, p => p.Key);

    /// <summary>The types of single values that come back.</summary>
    internal static IReadOnlyCollection<Type> Types => s_types.Values;

    /// <summary>The name of a type; null where its values do not come back from text.</summary>
    public static string? NameOf(Type type) => s_names.TryGetValue(type, out var name) ? name
        : type.IsSZArray && NameOf(type.GetElementType()!) is { } element ? $"list<{element}>"
        : null;

    public static Type? TypeOf(string name) => s_types.TryGetValue(name, out var type) ? type
        : name.StartsWith("list<", StringComparison.Ordinal) && name.EndsWith('>') ? TypeOf(name[5..^1])?.MakeArrayType()
        : null;

    /// <summary>The text of a value that is not null; lists and maps as JSON.</summary>
    public static string Format(object value) =>
        NestedValue.IsBytes(value) || !(NestedValue.IsList(value) || NestedValue.IsMap(value)) ? GraphText.Format(value) : ToJson(value);

    public static string ToJson(object? value)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, s_json))
            WriteJson(writer, value);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>Writes a value as JSON: numbers, texts, lists and maps as such, all else as its text, not-a-number and infinity too.</summary>
    public static void WriteJson(Utf8JsonWriter writer, object? value)
    {
        value = NestedValue.Unwrap(value);
        switch (value)
        {
            case double number when !double.IsFinite(number):
                writer.WriteStringValue(GraphText.Format(number));
                break;
            case float number when !float.IsFinite(number):
                writer.WriteStringValue(GraphText.Format(number));
                break;
            case double number:
                // Readers take "-0" for an integer, which has no negative zero.
                writer.WriteRawValue(number == 0 && double.IsNegative(number) ? "-0.0" : number.ToString("R", s_culture), skipInputValidation: true);
                break;
            case float number:
                writer.WriteRawValue(number == 0 && float.IsNegative(number) ? "-0.0" : number.ToString("R", s_culture), skipInputValidation: true);
                break;
            case BigInteger number:
                writer.WriteRawValue(number.ToString(s_culture), skipInputValidation: true);
                break;
            case string text:
                writer.WriteStringValue(Checked(text));
                break;
            case byte[] when NestedValue.IsBytes(value):
                JsonText.Write(writer, value, 0);
                break;
            case not null when NestedValue.IsMap(value):
                writer.WriteStartObject();
                foreach (var (key, member) in NestedValue.Members(value))
                {
                    writer.WritePropertyName(Checked(key));
                    WriteJson(writer, member);
                }

                writer.WriteEndObject();
                break;
            case not null when NestedValue.IsList(value):
                writer.WriteStartArray();
                foreach (var element in NestedValue.Elements(value))
                    WriteJson(writer, element);
                writer.WriteEndArray();
                break;
            default:
                JsonText.Write(writer, value, 0);
                break;
        }
    }

    /// <summary>A value as another type, from its text or from a number that says the same.</summary>
    /// <exception cref="FormatException">It does not say a value of the type.</exception>
    public static object? To(object? value, Type type)
    {
        if (value is null || type.IsInstanceOfType(value))
            return value;
        if (type.IsSZArray && type != typeof(byte[]))
            return ToArray(value is string list ? ReadJson(list) : value, type.GetElementType()!);
        var text = value as string ?? Format(value);
        try
        {
            return Parse(text, type);
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException)
        {
            throw new FormatException($"'{(text.Length > 100 ? text[..100] + "…" : text)}' is not a value of the type {NameOf(type) ?? type.Name}.", e);
        }
    }

    /// <summary>JSON text as the values that reading a JSON file gives.</summary>
    /// <exception cref="FormatException">It is not JSON.</exception>
    public static object? ReadJson(string text)
    {
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text), new JsonReaderOptions { MaxDepth = 1000 });
            reader.Read();
            return Read(ref reader);
        }
        catch (JsonException e)
        {
            throw new FormatException("The text is not JSON.", e);
        }
    }

    /// <summary>A text that can be written as UTF-8.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.UnsupportedValue"/>: it holds half of a surrogate pair.</exception>
    public static string Checked(string text) => !GraphValue.HasLoneSurrogate(text) ? text : throw new MigrationException(
        ErrorCode.UnsupportedValue, "The text holds half of a surrogate pair, which UTF-8 cannot hold.", "Clean it with the function wellFormed.") { Stage = MigrationStage.Load };

    private static object? Read(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return reader.GetString();
            case JsonTokenType.Number:
                return JsonNumber.Read(ref reader, out _);
            case JsonTokenType.True:
                return true;
            case JsonTokenType.False:
                return false;
            case JsonTokenType.StartArray:
                var list = new List<object?>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    list.Add(Read(ref reader));
                return list.ToArray();
            case JsonTokenType.StartObject:
                var map = new Dictionary<string, object?>(StringComparer.Ordinal);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var name = reader.GetString()!;
                    reader.Read();
                    map[name] = Read(ref reader);
                }

                return map;
            default:
                return null;
        }
    }

    private static Array ToArray(object? value, Type element)
    {
        if (!NestedValue.IsList(value))
            throw new FormatException("The value is not a list.");
        var elements = NestedValue.Elements(value).ToArray();
        var array = Array.CreateInstance(element, elements.Length);
        for (var i = 0; i < elements.Length; i++)
        {
            if (elements[i] is null && element.IsValueType)
                throw new FormatException($"The list holds null, and its elements are of the type {NameOf(element)}.");
            array.SetValue(To(elements[i], element), i);
        }

        return array;
    }

    private static object Parse(string text, Type type)
    {
        if (type == typeof(string) || type == typeof(object))
            return text;
        if (type == typeof(bool))
            return text.ToLowerInvariant() switch
            {
                "true" or "t" or "1" => true,
                "false" or "f" or "0" => false,
                _ => throw new FormatException(),
            };
        if (type == typeof(decimal))
            return decimal.Parse(text, NumberStyles.Float, s_culture) is var exact && IsWhole(exact, text) ? exact : throw new FormatException();
        if (type == typeof(double))
            return double.Parse(text, NumberStyles.Float, s_culture);
        if (type == typeof(float))
            return float.Parse(text, NumberStyles.Float, s_culture);
        if (type == typeof(BigInteger))
            return BigInteger.Parse(text, NumberStyles.AllowLeadingSign, s_culture);
        if (type == typeof(DateOnly))
            return DateOnly.ParseExact(text, "yyyy-MM-dd", s_culture);
        if (type == typeof(TimeOnly))
            return TimeOnly.ParseExact(text, "HH:mm:ss.FFFFFFF", s_culture);
        if (type == typeof(DateTime))
            return DateTime.ParseExact(text.Replace(' ', 'T'), "yyyy-MM-ddTHH:mm:ss.FFFFFFFK", s_culture, DateTimeStyles.RoundtripKind);
        if (type == typeof(DateTimeOffset))
            return DateTimeOffset.ParseExact(text.Replace(' ', 'T'), "yyyy-MM-ddTHH:mm:ss.FFFFFFFK", s_culture, DateTimeStyles.AssumeUniversal);
        if (type == typeof(TimeSpan))
            return HasLongFraction(text) ? throw new FormatException() : text.Contains('P', StringComparison.Ordinal) ? XmlConvert.ToTimeSpan(text) : ParseHours(text);
        if (type == typeof(Guid))
            return Guid.Parse(text, s_culture);
        if (type == typeof(byte[]))
            return Convert.FromBase64String(text);
        if (type == typeof(char))
            return char.Parse(text);
        return type.IsPrimitive && long.TryParse(text, NumberStyles.AllowLeadingSign, s_culture, out var number)
            ? Convert.ChangeType(number, type, s_culture)
            : type == typeof(ulong) ? ulong.Parse(text, NumberStyles.None, s_culture) : throw new FormatException();
    }

    /// <summary>Reads hours of any number, minutes and seconds, as PostgreSQL writes durations.</summary>
    private static TimeSpan ParseHours(string text)
    {
        var isNegative = text.StartsWith('-');
        var parts = (isNegative ? text[1..] : text).Split(':');
        if (parts.Length != 3)
            throw new FormatException();
        var seconds = (decimal.Parse(parts[0], NumberStyles.None, s_culture) * 3600) + (decimal.Parse(parts[1], NumberStyles.None, s_culture) * 60) + decimal.Parse(parts[2], NumberStyles.AllowDecimalPoint, s_culture);
        return new TimeSpan((long)(isNegative ? -seconds * TimeSpan.TicksPerSecond : seconds * TimeSpan.TicksPerSecond));
    }

    // A duration counts seven digits after the second.
    private static bool HasLongFraction(string text) =>
        text.IndexOf('.', StringComparison.Ordinal) is var point and >= 0 && text.AsSpan(point + 1).TrimEnd('S').TrimEnd('0').Length > 7;

    // More digits than decimal holds would be rounded.
    private static bool IsWhole(decimal value, string text) =>
        text.AsSpan().IndexOfAny('e', 'E') >= 0 ? Rational.Read(text, NumberStyles.Float, s_culture) == Rational.From(value)
        : text.Length <= 28 || GraphText.Format(value) == (text.Contains('.', StringComparison.Ordinal) ? text.TrimEnd('0').TrimEnd('.') : text).TrimStart('+');
}
