using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SafeAI.Migration.Engine.Extraction.Profiling;

/// <summary>Makes a JSON Schema of what was found in a source.</summary>
public static class SchemaInference
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The JSON Schema (draft 7) of the records that were profiled: the types that occur, and as required the fields that were never null. All of those records satisfy it.</summary>
    /// <param name="profile">What the source is like.</param>
    public static string ToJsonSchema(SourceProfile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (var field in profile.Fields)
        {
            properties.Add(field.Name, Describe(field));
            if (field.Nulls == 0 && field.Types.Count > 0)
                required.Add(field.Name);
        }

        var schema = new JsonObject
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["title"] = Path.GetFileNameWithoutExtension(profile.Name),
            ["type"] = "object",
            ["properties"] = properties,
        };
        if (required.Count > 0)
            schema["required"] = required;
        return schema.ToJsonString(s_json);
    }

    private static JsonObject Describe(FieldProfile field)
    {
        var types = field.Types.Select(NameOf).Distinct().ToList();
        // Every integer is a number.
        if (types.Contains("number"))
            types.Remove("integer");
        if (field.Nulls > 0 || types.Count == 0)
            types.Add("null");
        var description = new JsonObject { ["type"] = types.Count == 1 ? types[0] : new JsonArray([.. types.Select(t => (JsonNode)t)]) };
        var format = field.Types.Count == 1 ? FormatOf(field.Types[0]) : null;
        if (format is not null)
            description["format"] = format;
        else if (field.Types is ["String"] && field.MaxLength is { } longest)
            (description["minLength"], description["maxLength"]) = (field.MinLength, longest);
        return description;
    }

    private static string NameOf(string type) => type switch
    {
        "Boolean" => "boolean",
        "Byte" or "SByte" or "Int16" or "UInt16" or "Int32" or "UInt32" or "Int64" or "UInt64" or "BigInteger" => "integer",
        "Single" or "Double" or "Decimal" => "number",
        _ when type.StartsWith("Dictionary", StringComparison.Ordinal) || type == "OrderedDictionary" => "object",
        "Byte[]" => "string",
        _ when type.EndsWith("[]", StringComparison.Ordinal) => "array",
        _ => "string",
    };

    private static string? FormatOf(string type) => type switch
    {
        "DateOnly" => "date",
        "DateTimeOffset" => "date-time",
        "Guid" => "uuid",
        _ => null,
    };
}
