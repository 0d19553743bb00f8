using System.Collections;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>Writes any value of a record as JSON text, letters of every alphabet as themselves.</summary>
internal static class JsonText
{
    private const int MaxDepth = 64;

    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = MaxDepth };

    /// <exception cref="NotSupportedException">The value is nested too deeply, or holds not-a-number.</exception>
    public static string Write(object? value)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, s_options))
            Write(writer, value, 0);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    public static void Write(Utf8JsonWriter writer, object? value, int depth)
    {
        if (depth >= MaxDepth)
            throw new NotSupportedException($"The value is nested more than {MaxDepth} levels deep.");
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case bool truth:
                writer.WriteBooleanValue(truth);
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case int number:
                writer.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                writer.WriteNumberValue(number);
                break;
            case float number when float.IsFinite(number):
                writer.WriteNumberValue(number);
                break;
            case double or float:
                throw new NotSupportedException("JSON has no not-a-number and no infinity.");
            case decimal number:
                writer.WriteNumberValue(number);
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case byte[] bytes when NestedValue.IsBytes(value):
                writer.WriteBase64StringValue(bytes);
                break;
            case JsonElement json:
                json.WriteTo(writer);
                break;
            case JsonNode node:
                node.WriteTo(writer);
                break;
            case IDictionary or IEnumerable<KeyValuePair<string, object?>>:
                writer.WriteStartObject();
                foreach (var (key, member) in NestedValue.Members(value))
                {
                    writer.WritePropertyName(key);
                    Write(writer, member, depth + 1);
                }

                writer.WriteEndObject();
                break;
            case IEnumerable list:
                writer.WriteStartArray();
                foreach (var item in list)
                    Write(writer, item, depth + 1);
                writer.WriteEndArray();
                break;
            case sbyte or byte or short or ushort or uint:
                writer.WriteNumberValue(Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture));
                break;
            case ulong number:
                writer.WriteNumberValue(number);
                break;
            default:
                writer.WriteStringValue(GraphText.Format(value));
                break;
        }
    }
}
