using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Graph;

/// <summary>
/// Properties as text in the store. No property is a map, so that an object can stand for what JSON has no form for:
/// <c>{"DateTime": "…"}</c> and the other temporal values, <c>{"Float": "NaN"}</c>.
/// </summary>
internal sealed class StoredJson : IDisposable
{
    private static readonly JsonWriterOptions s_options =
        new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> _buffer = new(4096);
    private readonly Utf8JsonWriter _writer;

    public StoredJson() => _writer = new Utf8JsonWriter(_buffer, s_options);

    public static byte[] List(object?[] list)
    {
        using var json = new StoredJson();
        WriteValue(json._writer, list);
        return json.Take();
    }

    public byte[] Write(Shape shape, object?[] values)
    {
        _writer.WriteStartObject();
        for (var i = 0; i < values.Length; i++)
        {
            _writer.WritePropertyName(shape[i]);
            WriteValue(_writer, values[i]);
        }

        _writer.WriteEndObject();
        return Take();
    }

    public static object? Read(byte[] json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        var value = JsonValueReader.Read(ref reader);
        if (value is not CypherMap map)
            return value;
        for (var i = 0; i < map.Count; i++)
        {
            map.Values[i] = Restore(map.Values[i]);
        }

        return map;
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    private byte[] Take()
    {
        _writer.Flush();
        var json = _buffer.WrittenSpan.ToArray();
        _writer.Reset();
        _buffer.ResetWrittenCount();
        return json;
    }

    private static object? Restore(object? value)
    {
        switch (value)
        {
            case object?[] list:
                return Array.ConvertAll(list, Restore);
            case CypherMap { Count: 1 } tagged:
                var text = (string)tagged.Values[0]!;
                return tagged.Shape[0] switch
                {
                    "Date" => TemporalParser.Date(text),
                    "LocalTime" => TemporalParser.LocalTime(text),
                    "Time" => TemporalParser.Time(text),
                    "LocalDateTime" => TemporalParser.LocalDateTime(text),
                    "DateTime" => TemporalParser.DateTime(text),
                    "Duration" => TemporalParser.Duration(text),
                    "Float" => text == "NaN" ? double.NaN : text == "Infinity" ? double.PositiveInfinity : double.NegativeInfinity,
                    _ => throw new InvalidDataException($"The store holds a value of an unknown type: {tagged.Shape[0]}"),
                };
            default:
                return value;
        }
    }

    private static void WriteValue(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case TemporalValue temporal:
                Tagged(writer, temporal.TypeName, temporal.ToIso());
                break;
            case double d when !double.IsFinite(d):
                Tagged(writer, "Float", ValueText.OfFloat(d));
                break;
            case object?[] list:
                writer.WriteStartArray();
                foreach (var item in list)
                {
                    WriteValue(writer, item);
                }

                writer.WriteEndArray();
                break;
            default:
                JsonValueWriter.Write(writer, value);
                break;
        }
    }

    private static void Tagged(Utf8JsonWriter writer, string type, string text)
    {
        writer.WriteStartObject();
        writer.WriteString(type, text);
        writer.WriteEndObject();
    }
}
