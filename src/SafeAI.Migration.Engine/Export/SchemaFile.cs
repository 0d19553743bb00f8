using System.Text.Json;

namespace SafeAI.Migration.Engine.Export;

/// <summary>The shape of exported records as it lies beside them: names, types and key, in JSON.</summary>
/// <param name="Name">What the records are called.</param>
/// <param name="Columns">The fields in order.</param>
/// <param name="Key">The fields of the key.</param>
/// <param name="Delimiter">What stands between the fields of CSV, or null.</param>
/// <param name="IsGuarded">Whether texts in the CSV are guarded against being taken for formulas.</param>
internal sealed record SchemaFile(string Name, IReadOnlyList<ExportColumn> Columns, IReadOnlyList<string> Key, char? Delimiter, bool IsGuarded = false)
{
    private static readonly JsonWriterOptions s_options = new() { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public byte[] ToJson()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, s_options))
        {
            writer.WriteStartObject();
            writer.WriteNumber("version", 1);
            writer.WriteString("name", Name);
            if (Delimiter is { } delimiter)
                writer.WriteString("delimiter", delimiter.ToString());
            if (IsGuarded)
                writer.WriteBoolean("guarded", true);
            writer.WriteStartArray("key");
            foreach (var key in Key)
                writer.WriteStringValue(key);
            writer.WriteEndArray();
            writer.WriteStartArray("fields");
            foreach (var column in Columns)
            {
                writer.WriteStartObject();
                writer.WriteString("name", column.Name);
                writer.WriteString("type", ValueText.NameOf(column.Type) ?? "any");
                if (column.SourceType is not null)
                    writer.WriteString("sourceType", column.SourceType);
                if (!column.IsNullable)
                    writer.WriteBoolean("nullable", false);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <exception cref="MigrationException"><see cref="ErrorCode.SourceNotFound"/> or <see cref="ErrorCode.InvalidSchema"/>.</exception>
    public static SchemaFile Load(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = document.RootElement;
            if (root.GetProperty("version").GetInt32() != 1)
                throw Invalid(path, "it is of a version that is not known", null);
            var columns = root.GetProperty("fields").EnumerateArray().Select(f => new ExportColumn(
                f.GetProperty("name").GetString()!,
                ValueText.TypeOf(f.GetProperty("type").GetString()!) ?? throw Invalid(path, $"'{f.GetProperty("type").GetString()}' is not a type", null),
                !f.TryGetProperty("nullable", out var nullable) || nullable.GetBoolean(),
                f.TryGetProperty("sourceType", out var type) ? type.GetString() : null)).ToList();
            return new SchemaFile(
                root.GetProperty("name").GetString()!, columns, [.. root.GetProperty("key").EnumerateArray().Select(k => k.GetString()!)],
                root.TryGetProperty("delimiter", out var delimiter) ? delimiter.GetString()![0] : null,
                root.TryGetProperty("guarded", out var guarded) && guarded.GetBoolean());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MigrationException(ErrorCode.SourceNotFound, $"The schema file '{path}' cannot be read: {e.Message}", "Check the path.", e) { Stage = MigrationStage.Extract };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            throw Invalid(path, e.Message, e);
        }
    }

    private static MigrationException Invalid(string path, string why, Exception? inner) => new(
        ErrorCode.InvalidSchema, $"The file '{path}' does not hold the shape of exported records: {why}.", "Give the file that the export wrote.", inner) { Stage = MigrationStage.Extract };
}
