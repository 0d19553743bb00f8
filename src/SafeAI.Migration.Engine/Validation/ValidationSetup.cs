using System.Text.Json;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.Engine.Validation.Schema;

namespace SafeAI.Migration.Engine.Validation;

/// <summary>
/// Makes the options of a check of what was asked for: finds schemas in files, in a registry folder or at the
/// destination, and puts them together with the rules of a configuration.
/// </summary>
public sealed class ValidationSetup
{
    private readonly List<SchemaBinding> _schemas = [];
    private readonly List<FieldRule> _rules = [];
    private readonly List<RelationshipRule> _relationships = [];
    private readonly List<string> _notes = [];
    private bool _knownTypesOnly;

    /// <summary>A folder of schemas, or null.</summary>
    public string? Registry { get; init; }

    /// <summary>The type of the graph items that schemas are for, or null.</summary>
    public string? Type { get; init; }

    /// <summary>Makes a path whole.</summary>
    public Func<string, string> FullPath { get; init; } = Path.GetFullPath;

    /// <summary>Gives the graph of which the name <see cref="SchemaFiles.PlatformSchema"/> means the schema; null where none is known. It is not disposed here.</summary>
    public Func<IGraphDestination>? Destination { get; init; }

    /// <summary>
    /// Reads a configuration: a JSON object, or a JSON string that is the path of a file. A file may have single quotes in
    /// place of double ones, and True, False and None, as guides print them. Paths in it are relative to its folder.
    /// </summary>
    /// <param name="configuration">The configuration or its path.</param>
    /// <param name="name">What to call it in messages where it is no file.</param>
    /// <param name="fullPath">Makes a path whole.</param>
    /// <param name="scope">What references may lead to.</param>
    /// <exception cref="MigrationException">It cannot be read, or has faults, all of which are named.</exception>
    public static ValidationConfiguration ReadConfiguration(JsonElement configuration, string name, Func<string, string> fullPath, ReferenceScope scope)
    {
        ArgumentNullException.ThrowIfNull(fullPath);
        if (configuration.ValueKind != JsonValueKind.String)
            return ValidationConfiguration.Read(configuration, name, fullPath, scope);
        var full = fullPath(configuration.GetString()!);
        var folder = Path.GetDirectoryName(full)!;
        try
        {
            return ValidationConfiguration.Read(ParseFile(File.ReadAllText(full)), full, p => Path.GetFullPath(p, folder), scope);
        }
        catch (JsonException e)
        {
            throw new MigrationException(ErrorCode.InvalidSchema, $"{full} is not JSON: {e.Message}", "Correct it at that place.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MigrationException(ErrorCode.SourceNotFound, $"The configuration {full} cannot be read: {e.Message}", "Check the path.", e);
        }
    }

    /// <summary>Adds a schema: a JSON string is a name or path, an object or array the schema itself.</summary>
    /// <exception cref="MigrationException">It cannot be found or read, or has faults.</exception>
    public async Task AddSchemaAsync(JsonElement schema, CancellationToken cancellationToken = default)
    {
        if (schema.ValueKind != JsonValueKind.String)
            _schemas.AddRange(SchemaFiles.Read(schema.GetRawText(), "The schema", Type, _rules));
        else if (schema.GetString() is SchemaFiles.PlatformSchema)
            await AddPlatformSchemaAsync(cancellationToken).ConfigureAwait(false);
        else
            _schemas.AddRange(await SchemaFiles.LoadAsync(SchemaFiles.Find(schema.GetString()!, Registry, FullPath), Type, _rules, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Adds a schema that is compiled already.</summary>
    public void AddSchema(CompiledSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        _schemas.Add(new SchemaBinding(schema, Type));
    }

    /// <summary>Adds a rule.</summary>
    public void AddRule(FieldRule rule) => _rules.Add(rule);

    /// <summary>Adds what a configuration names: its schema, fields, rules and relationships.</summary>
    /// <exception cref="MigrationException">Its schema cannot be found or read, or has faults.</exception>
    public async Task AddAsync(ValidationConfiguration configuration, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        _rules.AddRange(configuration.Rules);
        _relationships.AddRange(configuration.Relationships);
        if (configuration.Schema.ValueKind != JsonValueKind.Undefined)
            await AddSchemaAsync(configuration.Schema, cancellationToken).ConfigureAwait(false);
        if (configuration.Fields is { } fields)
            AddSchema(fields);
    }

    /// <summary>The schemas, rules and notes that were added, with everything else as it is by default.</summary>
    public ValidationOptions ToOptions()
    {
        if (_schemas.Count == 0 && _rules.Count == 0 && _relationships.Count == 0)
            _notes.Add("No schema and no rule was given: only relationships are checked.");
        return new ValidationOptions
        {
            Schemas = [.. _schemas],
            Rules = [.. _rules],
            Relationships = [.. _relationships],
            KnownTypesOnly = _knownTypesOnly,
            Notes = [.. _notes],
        };
    }

    private static JsonElement ParseFile(string text)
    {
        using var document = PrintedJson.Parse(text);
        return document.RootElement.Clone();
    }

    private async Task AddPlatformSchemaAsync(CancellationToken cancellationToken)
    {
        var destination = Destination?.Invoke() ?? throw new MigrationException(
            ErrorCode.NoDestination, $"The schema {SchemaFiles.PlatformSchema} is the destination's own, and no destination is named.", "Pass -Endpoint or -Store, or use Connect-SafeAI.");
        ValidationOptions own;
        if (destination is PlatformDestination platform)
        {
            using var answer = await platform.Client.GetSchemaAsync(cancellationToken).ConfigureAwait(false);
            own = SchemaFiles.ReadPlatform(answer.RootElement);
        }
        else
        {
            var types = await destination.GetSchemaAsync(cancellationToken).ConfigureAwait(false);
            own = SchemaFiles.KnownTypes(types.NodeTypes, types.RelationshipTypes);
        }

        _schemas.AddRange(own.Schemas);
        _rules.AddRange(own.Rules);
        _relationships.AddRange(own.Relationships);

        // Where nothing is described yet, every type would be unknown, and nothing could ever be loaded.
        if (own.Schemas.Count > 0)
            _knownTypesOnly = true;
        else
            _notes.Add($"The schema of {destination.DisplayName} describes no node type yet: types were not checked against it.");
    }
}
