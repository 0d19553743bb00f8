using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SafeAI.Migration.Engine.Validation.Schema;

/// <summary>
/// Reads the platform's own description of a node type: its name and version, required and optional properties, a
/// type per property, and constraints written as <c>name_length_max:100</c>.
/// </summary>
public static class NodeTypeSchema
{
    private static readonly (string Suffix, string Keyword)[] s_limits =
    [
        ("_length_max", "maxLength"), ("_length_min", "minLength"), ("_value_max", "maximum"), ("_value_min", "minimum"),
        ("_count_max", "maxItems"), ("_count_min", "minItems"), ("_max", "maximum"), ("_min", "minimum"),
    ];

    /// <summary>Whether a document is of this form: it has a name, and lists of properties, where a JSON Schema has keywords.</summary>
    public static bool IsNodeType(JsonElement document) =>
        document.ValueKind == JsonValueKind.Object && Find(document, "name") is { ValueKind: JsonValueKind.String }
        && (Find(document, "required_properties", "required") is { ValueKind: JsonValueKind.Array }
            || Find(document, "optional_properties", "optional") is { ValueKind: JsonValueKind.Array }
            || Find(document, "property_types", "types") is not null);

    /// <summary>Compiles a description.</summary>
    /// <param name="document">The description.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="rules">Receives what a schema does not express: the properties that must be unique.</param>
    /// <exception cref="MigrationException"><see cref="ErrorCode.InvalidSchema"/>: it has faults, all of which are named.</exception>
    public static SchemaBinding Read(JsonElement document, string name, ICollection<FieldRule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        var faults = new List<string>();
        var type = Find(document, "name")?.GetString() ?? "";
        var required = Texts(Find(document, "required_properties", "required"), "the required properties", faults);
        var optional = Texts(Find(document, "optional_properties", "optional"), "the optional properties", faults);
        var properties = new JsonObject();
        foreach (var property in required.Concat(optional))
            properties[property] = new JsonObject();
        if (Find(document, "property_types", "types", "properties") is { ValueKind: JsonValueKind.Object } types)
        {
            foreach (var property in types.EnumerateObject())
            {
                if (TypeOf(property.Value.GetString() ?? "") is { } schema)
                    properties[property.Name] = schema;
                else
                    faults.Add($"The property '{property.Name}' has the type '{property.Value}'. The types are string, integer, float, boolean, datetime, list<…> and map.");
            }
        }

        foreach (var constraint in Texts(Find(document, "constraints"), "the constraints", faults))
            AddConstraint(constraint, type, properties, rules, faults);
        if (faults.Count > 0)
            throw new MigrationException(ErrorCode.InvalidSchema, $"{name} is no description of a node type: {string.Join(" ", faults)}", "Correct it.");
        var json = new JsonObject
        {
            ["title"] = type,
            ["required"] = new JsonArray([.. required.Where(r => r != "id").Select(r => (JsonNode)r)]),
            ["properties"] = properties,
        };
        return new SchemaBinding(CompiledSchema.Parse(json.ToJsonString(), name), type);
    }

    /// <summary>
    /// Compiles a node type of the platform's own answer, <c>{"type", "properties": […]}</c>, whose properties are
    /// names, or objects with a name, a type, and whether they are required.
    /// </summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.InvalidSchema"/>: a property's type is not known.</exception>
    internal static SchemaBinding ReadListed(JsonElement node, string name, ICollection<FieldRule> rules)
    {
        var (required, types) = (new JsonArray(), new JsonObject());
        var properties = Find(node, "properties") is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : default;
        foreach (var property in properties)
        {
            if (property.ValueKind != JsonValueKind.Object || Find(property, "name")?.GetString() is not { } named)
                continue;
            if (Find(property, "type")?.GetString() is { } type)
                types[named] = type;
            if (Find(property, "required") is { ValueKind: JsonValueKind.True })
                required.Add(named);
        }

        var form = new JsonObject
        {
            ["name"] = node.GetProperty("type").GetString(),
            ["required_properties"] = required,
            ["property_types"] = types,
            ["constraints"] = Find(node, "constraints") is { } constraints ? JsonNode.Parse(constraints.GetRawText()) : null,
        };
        return Read(JsonSerializer.SerializeToElement(form), name, rules);
    }

    private static JsonObject? TypeOf(string type)
    {
        var plain = type.Trim().ToLowerInvariant();
        if (plain.StartsWith("list<", StringComparison.Ordinal) && plain.EndsWith('>'))
            return TypeOf(plain[5..^1]) is { } items ? new JsonObject { ["type"] = "array", ["items"] = items } : null;
        return plain switch
        {
            "string" => new JsonObject { ["type"] = "string" },
            "integer" => new JsonObject { ["type"] = "integer" },
            "float" => new JsonObject { ["type"] = "number" },
            "boolean" => new JsonObject { ["type"] = "boolean" },
            "datetime" => new JsonObject { ["type"] = "string", ["format"] = "date-time" },
            "map" => new JsonObject { ["type"] = "object" },
            "list" => new JsonObject { ["type"] = "array" },
            _ => null,
        };
    }

    private static void AddConstraint(string constraint, string type, JsonObject properties, ICollection<FieldRule> rules, List<string> faults)
    {
        var colon = constraint.IndexOf(':', StringComparison.Ordinal);
        var (left, right) = colon < 0 ? (constraint.Trim(), "") : (constraint[..colon].Trim(), constraint[(colon + 1)..].Trim());
        if (left.EndsWith("_unique", StringComparison.Ordinal) && right is "" or "true")
        {
            rules.Add(new UniqueRule([left[..^7]]) { Type = type });
            return;
        }

        if (left == "unique" && right.Length > 0)
        {
            rules.Add(new UniqueRule(right.Split(',', StringSplitOptions.TrimEntries)) { Type = type });
            return;
        }

        if (left.EndsWith("_pattern", StringComparison.Ordinal) && right.Length > 0)
        {
            PropertyOf(left[..^8], properties)["pattern"] = right;
            return;
        }

        if (left.EndsWith("_enum", StringComparison.Ordinal) && right.Length > 0)
        {
            PropertyOf(left[..^5], properties)["enum"] = new JsonArray([.. right.Split(['|', ','], StringSplitOptions.TrimEntries).Select(v => (JsonNode)v)]);
            return;
        }

        foreach (var (suffix, keyword) in s_limits)
        {
            if (!left.EndsWith(suffix, StringComparison.Ordinal) || left.Length == suffix.Length)
                continue;
            if (decimal.TryParse(right, NumberStyles.Float, CultureInfo.InvariantCulture, out var limit))
                PropertyOf(left[..^suffix.Length], properties)[keyword] = limit;
            else
                faults.Add($"The constraint '{constraint}' has no number after the colon.");
            return;
        }

        faults.Add($"The constraint '{constraint}' is not known. Write it as name_length_max:100, name_length_min:1, age_min:0, age_max:150, code_pattern:^[A-Z]+$, state_enum:on|off or email_unique:true.");
    }

    private static JsonObject PropertyOf(string name, JsonObject properties)
    {
        if (properties[name] is JsonObject known)
            return known;
        var added = new JsonObject();
        properties[name] = added;
        return added;
    }

    private static string[] Texts(JsonElement? list, string what, List<string> faults)
    {
        if (list is not { } element || element.ValueKind == JsonValueKind.Null)
            return [];
        if (element.ValueKind == JsonValueKind.Array && element.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String))
            return [.. element.EnumerateArray().Select(e => e.GetString()!)];
        faults.Add($"A list of names is expected for {what}.");
        return [];
    }

    private static JsonElement? Find(JsonElement document, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            foreach (var property in document.EnumerateObject())
            {
                if (property.Name.Replace("_", "", StringComparison.Ordinal).Equals(name.Replace("_", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase))
                    return property.Value;
            }
        }

        return null;
    }
}
