using System.Text.Json;
using SafeAI.Migration.Engine.Validation.Schema;

namespace SafeAI.Migration.Engine.Validation;

/// <summary>Finds schemas: in a file, by name in a registry folder, in a text, or in the platform's own answer.</summary>
public static class SchemaFiles
{
    /// <summary>The name that means the schema of the platform itself.</summary>
    public const string PlatformSchema = "knowledge_graph_schema";

    private static readonly string[] s_endings = ["", ".schema.json", ".json"];

    /// <summary>Finds the file of a schema.</summary>
    /// <param name="nameOrPath">A path, or a name in the registry.</param>
    /// <param name="registry">A folder of schemas, or null.</param>
    /// <param name="fullPath">Makes a path whole.</param>
    /// <exception cref="MigrationException"><see cref="ErrorCode.SourceNotFound"/>: there is no such file.</exception>
    public static string Find(string nameOrPath, string? registry, Func<string, string> fullPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrPath);
        ArgumentNullException.ThrowIfNull(fullPath);
        var tried = new List<string>();
        if (registry is not null && nameOrPath.IndexOfAny(['/', '\\']) < 0)
            tried.AddRange(s_endings.Select(e => Path.Combine(registry, nameOrPath + e)));
        tried.Add(fullPath(nameOrPath));
        return tried.FirstOrDefault(File.Exists) ?? throw new MigrationException(
            ErrorCode.SourceNotFound, $"There is no schema '{nameOrPath}'. Looked for {string.Join(", ", tried)}.",
            "Check the name, or give the folder of the schemas with -SchemaRegistry.");
    }

    /// <summary>Reads a schema from a file: a JSON Schema, or one or several descriptions of node types.</summary>
    /// <param name="path">The file.</param>
    /// <param name="type">The type it is for, or null.</param>
    /// <param name="rules">Receives what schemas do not express.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <exception cref="MigrationException">It cannot be read, or has faults.</exception>
    public static async Task<IReadOnlyList<SchemaBinding>> LoadAsync(
        string path, string? type, ICollection<FieldRule> rules, CancellationToken cancellationToken = default)
    {
        string json;
        try
        {
            json = await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MigrationException(ErrorCode.SourceUnreadable, $"The schema {path} cannot be read: {e.Message}", "Check the path and the permissions.", e);
        }

        return Read(json, path, type, rules);
    }

    /// <summary>Reads a schema from its text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="type">The type it is for, or null.</param>
    /// <param name="rules">Receives what schemas do not express.</param>
    /// <exception cref="MigrationException"><see cref="ErrorCode.InvalidSchema"/>: it has faults.</exception>
    public static IReadOnlyList<SchemaBinding> Read(string json, string name, string? type, ICollection<FieldRule> rules)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
        }
        catch (JsonException e)
        {
            throw new MigrationException(ErrorCode.InvalidSchema, $"{name} is not JSON: {e.Message}", "Correct it at that place.", e);
        }

        using (document)
        {
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Array && root.EnumerateArray().All(NodeTypeSchema.IsNodeType))
                return root.EnumerateArray().Select(e => NodeTypeSchema.Read(e, name, rules)).ToArray();
            if (NodeTypeSchema.IsNodeType(root))
                return [NodeTypeSchema.Read(root, name, rules)];
            return [new SchemaBinding(CompiledSchema.Parse(json, name), type)];
        }
    }

    /// <summary>
    /// Reads the platform's answer about its own schema: the node types with their properties, and between which
    /// types each relationship type leads.
    /// </summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.UnexpectedAnswer"/>: it is of another form.</exception>
    public static ValidationOptions ReadPlatform(JsonElement answer)
    {
        try
        {
            var rules = new List<FieldRule>();
            var schemas = answer.GetProperty("nodes").EnumerateArray().Select(n => NodeTypeSchema.IsNodeType(n)
                ? NodeTypeSchema.Read(n, PlatformSchema, rules)
                : NodeTypeSchema.ReadListed(n, PlatformSchema, rules));
            return new ValidationOptions
            {
                Schemas = schemas.ToArray(),
                Rules = rules,
                KnownTypesOnly = true,
                Relationships = answer.GetProperty("relationships").EnumerateArray().Select(r => new RelationshipRule(r.GetProperty("type").GetString() ?? "")
                {
                    From = r.TryGetProperty("start", out var start) ? start.GetString() : null,
                    To = r.TryGetProperty("end", out var end) ? end.GetString() : null,
                }).ToArray(),
            };
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException)
        {
            throw new MigrationException(
                ErrorCode.UnexpectedAnswer, "The platform's schema is not of the form that its contract gives: nodes with a type, relationships with type, start and end.",
                "Check the endpoint; a schema from a file does the same work.", e);
        }
    }

    /// <summary>Options under which only these types exist, without anything said of their properties.</summary>
    public static ValidationOptions KnownTypes(IEnumerable<string> nodeTypes, IEnumerable<string> relationshipTypes) => new()
    {
        Schemas = nodeTypes.Select(t => new SchemaBinding(CompiledSchema.Parse("{}", PlatformSchema), t)).ToArray(),
        Relationships = relationshipTypes.Select(t => new RelationshipRule(t)).ToArray(),
        KnownTypesOnly = true,
    };
}
