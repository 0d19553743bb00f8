using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace SafeAI.Migration;

/// <summary>
/// A place in a source behind a record: what is needed to open the source again and go on after that record. Its text
/// form can be kept; it holds keys and addresses of the data, but no secret.
/// </summary>
/// <remarks>
/// A source that can be sought goes straight to the place; another is read from its start, and what comes up to
/// <see cref="Ordinal"/> is dropped. Where the order of the records may differ from one read to the next, as with a query,
/// there is no position: such a source can only be read again from the start.
/// </remarks>
public sealed record SourcePosition
{
    /// <summary>The number of the last record before the place, from 1, rejected ones counted too; within its file where there are several. 0 is the start.</summary>
    public long Ordinal { get; init; }

    /// <summary>How many lines lie before the place; 0 where there are no lines, or they are not known.</summary>
    public long Line { get; init; }

    /// <summary>The file, where the source is a set of files; otherwise null.</summary>
    public string? File { get; init; }

    /// <summary>The byte of the file at which the next record begins, from 0; null where the file cannot be sought.</summary>
    public long? Offset { get; init; }

    /// <summary>The text encoding, as far as it is settled up to the place; otherwise null.</summary>
    public string? Encoding { get; init; }

    /// <summary>The key of the last record, a value per key column: integers, floating-point numbers, texts, truth values or bytes. Null where the source has no key.</summary>
    public IReadOnlyList<object?>? Key { get; init; }

    /// <summary>The page of an API that holds the last record: its path, and what of its query differs from the first page's; otherwise null.</summary>
    public string? Page { get; init; }

    /// <summary>How many records lie before that page.</summary>
    public long PageStart { get; init; }

    /// <summary>
    /// The fields of the records at the place, where they are others than the start of the source teaches, in their order; otherwise
    /// null. So that a read that goes on gives records of the same fields as one that was not interrupted.
    /// </summary>
    public IReadOnlyList<SourcePositionField>? Fields { get; init; }

    /// <summary>How many different sets of fields the records have had up to the place; 0 where <see cref="Fields"/> is null.</summary>
    public int Shapes { get; init; }

    /// <summary>Whether the source goes straight there, and does not read what comes before.</summary>
    public bool IsSeekable => Offset is not null || Key is not null || Page is not null;

    /// <summary>The text form, a JSON object on one line.</summary>
    public string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("ordinal", Ordinal);
            if (Line != 0)
                writer.WriteNumber("line", Line);
            if (File is not null)
                writer.WriteString("file", File);
            if (Offset is { } offset)
                writer.WriteNumber("offset", offset);
            if (Encoding is not null)
                writer.WriteString("encoding", Encoding);
            if (Key is not null)
                WriteKey(writer, Key);
            if (Page is not null)
                writer.WriteString("page", Page);
            if (PageStart != 0)
                writer.WriteNumber("pageStart", PageStart);
            if (Fields is not null)
                WriteFields(writer, Fields);
            if (Shapes != 0)
                writer.WriteNumber("shapes", Shapes);
            writer.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Reads the text form.</summary>
    /// <param name="json">What <see cref="ToJson"/> returned.</param>
    /// <exception cref="FormatException">It is not the text form of a position.</exception>
    public static SourcePosition Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using var document = JsonDocument.Parse(json);
            var position = new SourcePosition();
            foreach (var member in document.RootElement.EnumerateObject())
            {
                position = member.Name switch
                {
                    "ordinal" => position with { Ordinal = member.Value.GetInt64() },
                    "line" => position with { Line = member.Value.GetInt64() },
                    "file" => position with { File = member.Value.GetString() },
                    "offset" => position with { Offset = member.Value.GetInt64() },
                    "encoding" => position with { Encoding = member.Value.GetString() },
                    "key" => position with { Key = [.. member.Value.EnumerateArray().Select(ReadKeyValue)] },
                    "page" => position with { Page = member.Value.GetString() },
                    "pageStart" => position with { PageStart = member.Value.GetInt64() },
                    "fields" => position with { Fields = [.. member.Value.EnumerateArray().Select(ReadField)] },
                    "shapes" => position with { Shapes = member.Value.GetInt32() },
                    _ => throw new FormatException($"A position in a source has no '{member.Name}'."),
                };
            }

            return position;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException($"This is not a position in a source: {json}", e);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => ToJson();

    private static void WriteKey(Utf8JsonWriter writer, IReadOnlyList<object?> key)
    {
        writer.WriteStartArray("key");
        foreach (var value in key)
        {
            switch (value)
            {
                case null:
                    writer.WriteNullValue();
                    break;
                case string text:
                    writer.WriteStringValue(text);
                    break;
                case bool truth:
                    writer.WriteBooleanValue(truth);
                    break;
                case float or double when double.IsFinite(Convert.ToDouble(value, CultureInfo.InvariantCulture)):
                    // With an exponent, so that it comes back as what it was.
                    writer.WriteRawValue(Convert.ToDouble(value, CultureInfo.InvariantCulture).ToString("E16", CultureInfo.InvariantCulture));
                    break;
                case sbyte or byte or short or ushort or int or uint or long:
                    writer.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                    break;
                case byte[] bytes:
                    writer.WriteStartObject();
                    writer.WriteBase64String("bytes", bytes);
                    writer.WriteEndObject();
                    break;
                default:
                    throw new NotSupportedException($"A {value.GetType().Name} cannot be part of a position's key.");
            }
        }

        writer.WriteEndArray();
    }

    private static void WriteFields(Utf8JsonWriter writer, IReadOnlyList<SourcePositionField> fields)
    {
        writer.WriteStartArray("fields");
        foreach (var field in fields)
        {
            writer.WriteStartArray();
            writer.WriteStringValue(field.Name);
            writer.WriteStringValue(field.Type);
            writer.WriteStringValue(field.SourceType);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
    }

    private static SourcePositionField ReadField(JsonElement field) => field.GetArrayLength() == 3
        ? new(field[0].GetString()!, field[1].GetString()!, field[2].GetString())
        : throw new FormatException($"The fields of a position in a source hold {field.GetRawText()}.");

    private static object? ReadKeyValue(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => value.TryGetInt64(out var integer) && !value.GetRawText().Contains('E', StringComparison.Ordinal) ? (object)integer : value.GetDouble(),
        JsonValueKind.Object when value.TryGetProperty("bytes", out var bytes) => bytes.GetBytesFromBase64(),
        _ => throw new FormatException($"The key of a position in a source holds {value.GetRawText()}."),
    };
}
