using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text.Json;

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
            case decimal v: writer.WriteNumberValue(v); break;
            case double v when double.IsFinite(v): writer.WriteNumberValue(v); break;
            case float v when float.IsFinite(v): writer.WriteNumberValue(v); break;
            case BigInteger v: writer.WriteRawValue(v.ToString(CultureInfo.InvariantCulture)); break;
            case byte[] v: writer.WriteBase64StringValue(v); break;
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
}
