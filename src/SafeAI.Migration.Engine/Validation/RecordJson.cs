using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Validation;

/// <summary>Records as JSON, with nothing rounded: numbers as they are, everything that JSON has no form for as text.</summary>
public static class RecordJson
{
    /// <summary>Writes a record as an object of its fields.</summary>
    public static void WriteRecord(Utf8JsonWriter writer, Record record)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(record);
        writer.WriteStartObject();
        foreach (var field in record.GetSchema().Fields)
        {
            writer.WritePropertyName(field.Name);
            WriteValue(writer, record.GetValue(field.Ordinal));
        }

        writer.WriteEndObject();
    }

    /// <summary>Writes one value.</summary>
    public static void WriteValue(Utf8JsonWriter writer, object? value)
    {
        ArgumentNullException.ThrowIfNull(writer);
        switch (value)
        {
            case null: writer.WriteNullValue(); break;
            case string v: writer.WriteStringValue(v); break;
            case bool v: writer.WriteBooleanValue(v); break;
            case long v: writer.WriteNumberValue(v); break;
            case int v: writer.WriteNumberValue(v); break;
            case short v: writer.WriteNumberValue(v); break;
            case byte v: writer.WriteNumberValue(v); break;
            case sbyte v: writer.WriteNumberValue(v); break;
            case ushort v: writer.WriteNumberValue(v); break;
            case uint v: writer.WriteNumberValue(v); break;
            case ulong v: writer.WriteNumberValue(v); break;
            case decimal v: writer.WriteNumberValue(v); break;
            case double v when double.IsFinite(v): writer.WriteNumberValue(v); break;
            case float v when float.IsFinite(v): writer.WriteNumberValue(v); break;
            case BigInteger v: writer.WriteRawValue(v.ToString(CultureInfo.InvariantCulture)); break;
            case byte[] v when NestedValue.IsBytes(v): writer.WriteBase64StringValue(v); break;
            case DateTime v: writer.WriteStringValue(v.ToString("O", CultureInfo.InvariantCulture)); break;
            case DateTimeOffset v: writer.WriteStringValue(v.ToString("O", CultureInfo.InvariantCulture)); break;
            case DateOnly v: writer.WriteStringValue(v.ToString("O", CultureInfo.InvariantCulture)); break;
            case TimeOnly v: writer.WriteStringValue(v.ToString("O", CultureInfo.InvariantCulture)); break;
            case JsonElement v: v.WriteTo(writer); break;
            case IDictionary v:
                writer.WriteStartObject();
                foreach (DictionaryEntry entry in v)
                {
                    writer.WritePropertyName(entry.Key.ToString()!);
                    WriteValue(writer, entry.Value);
                }

                writer.WriteEndObject();
                break;
            case IEnumerable v:
                writer.WriteStartArray();
                foreach (var element in v)
                    WriteValue(writer, element);
                writer.WriteEndArray();
                break;
            default:
                writer.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }

    /// <summary>The word for a kind of value that <see cref="WriteValue"/> writes in a form that other kinds have too; null where the form says it all.</summary>
    internal static string? KindOf(object? value) => value switch
    {
        DateTimeOffset => "datetime",
        DateTime => "localdatetime",
        DateOnly => "date",
        TimeOnly => "localtime",
        TimeSpan => "duration",
        Guid => "uuid",
        byte[] when NestedValue.IsBytes(value) => "bytes",
        decimal => "decimal",
        double or float or Half => "float",
        BigInteger or Int128 or UInt128 or > (ulong)long.MaxValue => "integer",
        _ => null,
    };

    /// <summary>
    /// Writes the kinds of values that JSON does not tell: a word for a value, and for a list or table the kinds of its
    /// elements, null where the form says it all.
    /// </summary>
    internal static void WriteKinds(Utf8JsonWriter writer, object? value)
    {
        if (KindOf(value) is { } kind)
        {
            writer.WriteStringValue(kind);
        }
        else if (!HasKinds(value))
        {
            writer.WriteNullValue();
        }
        else if (value is IDictionary table)
        {
            writer.WriteStartObject();
            foreach (var entry in Entries(table).Where(e => HasKinds(e.Value)))
            {
                writer.WritePropertyName(entry.Name);
                WriteKinds(writer, entry.Value);
            }

            writer.WriteEndObject();
        }
        else
        {
            writer.WriteStartArray();
            foreach (var element in (IEnumerable)value!)
                WriteKinds(writer, element);
            writer.WriteEndArray();
        }
    }

    /// <summary>Whether a value, or anything in it, is of a kind that JSON does not tell.</summary>
    internal static bool HasKinds(object? value) => KindOf(value) is not null || value switch
    {
        string or JsonElement => false,
        IDictionary table => Entries(table).Any(e => HasKinds(e.Value)),
        IEnumerable list => list.Cast<object?>().Any(HasKinds),
        _ => false,
    };

    /// <summary>The value that was written, from the kinds that <see cref="WriteKinds"/> wrote.</summary>
    internal static object? Restore(object? value, object? kinds) => (kinds, value) switch
    {
        (string kind, _) => Restore(value, kind),
        (IDictionary table, IDictionary values) => Entries(values).ToDictionary(e => e.Name, e => Restore(e.Value, table.Contains(e.Name) ? table[e.Name] : null)),
        (IList list, IList values) => values.Cast<object?>().Select((v, i) => Restore(v, i < list.Count ? list[i] : null)).ToArray(),
        _ => value,
    };

    /// <summary>The value that was written. One that is not of its kind any more, as somebody mended it, stays as it was read.</summary>
    private static object? Restore(object? value, string kind)
    {
        var invariant = CultureInfo.InvariantCulture;
        var text = value as string ?? (value is IFormattable number ? number.ToString(null, invariant) : null);
        if (text is null)
            return value;
        switch (kind)
        {
            case "datetime": return DateTimeOffset.TryParseExact(text, "O", invariant, DateTimeStyles.None, out var moment) ? moment : value;
            case "localdatetime": return DateTime.TryParseExact(text, "O", invariant, DateTimeStyles.RoundtripKind, out var local) ? local : value;
            case "date": return DateOnly.TryParseExact(text, "O", invariant, DateTimeStyles.None, out var date) ? date : value;
            case "localtime": return TimeOnly.TryParseExact(text, "O", invariant, DateTimeStyles.None, out var time) ? time : value;
            case "duration": return TimeSpan.TryParseExact(text, "c", invariant, out var duration) ? duration : value;
            case "uuid": return Guid.TryParse(text, out var id) ? id : value;
            case "decimal": return decimal.TryParse(text, NumberStyles.Float, invariant, out var exact) ? exact : value;
            case "float": return double.TryParse(text, NumberStyles.Float, invariant, out var real) ? real : value;
            case "integer": return BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, invariant, out var whole) ? whole : value;
            case "bytes":
                var bytes = new byte[text.Length];
                return Convert.TryFromBase64String(text, bytes, out var count) ? bytes[..count] : value;
            default: return value;
        }
    }

    private static IEnumerable<(string Name, object? Value)> Entries(IDictionary table) =>
        table.Keys.Cast<object>().Select(k => (k.ToString() ?? "", table[k]));
}
