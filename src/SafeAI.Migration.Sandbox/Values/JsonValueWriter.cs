using System.Text.Json;
using SafeAI.Migration.Sandbox.Graph;

namespace SafeAI.Migration.Sandbox.Values;

/// <summary>Writes values as JSON. Floats keep a point or an exponent, temporal values are ISO 8601 strings.</summary>
internal static class JsonValueWriter
{
    public static void Write(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case string s:
                writer.WriteStringValue(s);
                break;
            case long i:
                writer.WriteNumberValue(i);
                break;
            case bool b:
                writer.WriteBooleanValue(b);
                break;
            case double d:
                WriteFloat(writer, d);
                break;
            case object?[] list:
                writer.WriteStartArray();
                foreach (var item in list)
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            case CypherMap map:
                WriteProperties(writer, map.Shape, map.Values);
                break;
            case TemporalValue temporal:
                writer.WriteStringValue(temporal.ToIso());
                break;
            case Node node:
                writer.WriteStartObject();
                writer.WriteString("elementId"u8, node.ElementId);
                writer.WritePropertyName("labels"u8);
                Write(writer, node.Labels.ListValue);
                writer.WritePropertyName("properties"u8);
                WriteProperties(writer, node.Shape, node.Values);
                writer.WriteEndObject();
                break;
            case Relationship relationship:
                writer.WriteStartObject();
                writer.WriteString("elementId"u8, relationship.ElementId);
                writer.WriteString("type"u8, relationship.Type.Name);
                writer.WriteString("startNodeElementId"u8, relationship.Start.ElementId);
                writer.WriteString("endNodeElementId"u8, relationship.End.ElementId);
                writer.WritePropertyName("properties"u8);
                WriteProperties(writer, relationship.Shape, relationship.Values);
                writer.WriteEndObject();
                break;
            default:
                throw new InvalidOperationException($"A value of type {value.GetType()} has no JSON form");
        }
    }

    public static void WriteProperties(Utf8JsonWriter writer, Shape shape, object?[] values)
    {
        writer.WriteStartObject();
        for (var i = 0; i < values.Length; i++)
        {
            writer.WritePropertyName(shape[i]);
            Write(writer, values[i]);
        }

        writer.WriteEndObject();
    }

    private static void WriteFloat(Utf8JsonWriter writer, double value)
    {
        // JSON has no NaN and no infinities: they go as the strings that name them.
        if (!double.IsFinite(value))
            writer.WriteStringValue(ValueText.OfFloat(value));
        else
            writer.WriteRawValue(ValueText.OfFloat(value), skipInputValidation: true);
    }
}
