using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SafeAI.Migration.Engine.Planning;

/// <summary>Writes nested dictionaries and lists as the JSON that a plan is read from.</summary>
internal static class PlanText
{
    private const int MaxDepth = 60;

    public static string Write(IDictionary plan, PlanFaults faults)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            Write(writer, plan, "$", faults, 0);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void Write(Utf8JsonWriter writer, object? value, string path, PlanFaults faults, int depth)
    {
        switch (value)
        {
            case not null when depth > MaxDepth:
                faults.Add(path, "it is nested too deeply");
                writer.WriteNullValue();
                break;
            case null:
                writer.WriteNullValue();
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case char character:
                writer.WriteStringValue(character.ToString());
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case byte or sbyte or short or ushort or int or uint or long:
                writer.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case double or float or decimal:
                writer.WriteNumberValue(Convert.ToDecimal(value, CultureInfo.InvariantCulture));
                break;
            case DateTime or DateTimeOffset or DateOnly or TimeOnly:
                writer.WriteStringValue(((IFormattable)value).ToString("O", CultureInfo.InvariantCulture));
                break;
            case Enum or Uri or FileSystemInfo:
                writer.WriteStringValue(value.ToString());
                break;
            case IDictionary table:
                writer.WriteStartObject();
                foreach (DictionaryEntry entry in table)
                {
                    var name = Convert.ToString(entry.Key, CultureInfo.InvariantCulture)!;
                    writer.WritePropertyName(name);
                    Write(writer, entry.Value, $"{path}.{name}", faults, depth + 1);
                }

                writer.WriteEndObject();
                break;
            case IEnumerable list:
                writer.WriteStartArray();
                var index = 0;
                foreach (var item in list)
                    Write(writer, item, $"{path}[{index++}]", faults, depth + 1);
                writer.WriteEndArray();
                break;
            default:
                faults.Add(path, $"a {value.GetType().Name} cannot stand in a plan, which can be kept and run again; write text, numbers, lists and tables");
                writer.WriteNullValue();
                break;
        }
    }
}
