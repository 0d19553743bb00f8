using System.Collections;
using System.Text.Json;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>How records become nodes and relationships, as a mapping file or a dictionary says it. Immutable.</summary>
public sealed record MappingDocument
{
    private static readonly JsonDocumentOptions s_options = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        MaxDepth = 64,
    };

    /// <summary>What the mapping is called in messages: its own name, or its file's.</summary>
    public string Name { get; init; } = "mapping";

    /// <summary>The folder that relative paths in the mapping start from; null for the current folder.</summary>
    public string? Folder { get; init; }

    /// <summary>The cleaning rules in order.</summary>
    public IReadOnlyList<CleaningRule> Clean { get; init; } = [];

    /// <summary>The keys of privacy functions by name: where they are found.</summary>
    public IReadOnlyDictionary<string, KeyReference> Keys { get; init; } = new Dictionary<string, KeyReference>();

    /// <summary>The tables that values are looked up in, by name.</summary>
    public IReadOnlyDictionary<string, LookupMapping> Lookups { get; init; } = new Dictionary<string, LookupMapping>();

    /// <summary>Which records count as the same.</summary>
    public IReadOnlyList<DeduplicationMapping> Deduplicate { get; init; } = [];

    /// <summary>What happens where the records do not have a field that the mapping names.</summary>
    public MissingFieldPolicy MissingFields { get; init; }

    /// <summary>The nodes, in order.</summary>
    public IReadOnlyList<NodeMapping> Nodes { get; init; } = [];

    /// <summary>The relationships, in order.</summary>
    public IReadOnlyList<RelationshipMapping> Relationships { get; init; } = [];

    internal IEnumerable<ItemMapping> Items => [.. Nodes, .. Relationships];

    /// <summary>Every value that the mapping makes.</summary>
    internal IEnumerable<ValueMapping> Values => Items
        .SelectMany(i => i.Properties.Select(p => p.Value).Append(i.Id))
        .Concat(Relationships.SelectMany(r => new[] { r.From.Id, r.To.Id }))
        .OfType<ValueMapping>();

    /// <summary>Reads a mapping file: JSON in UTF-8, comments and trailing commas allowed.</summary>
    /// <param name="path">The file's path.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="InvalidMappingException">The mapping has faults; all of them are listed.</exception>
    /// <exception cref="MigrationException"><see cref="ErrorCode.SourceNotFound"/>: the file cannot be read.</exception>
    public static Task<MappingDocument> LoadAsync(string path, CancellationToken cancellationToken = default) => LoadAsync(path, "$", cancellationToken);

    /// <summary>Reads a mapping file whose places are named from a root of their own, so that those of several mappings stay apart.</summary>
    internal static async Task<MappingDocument> LoadAsync(string path, string root, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            var json = await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false);
            return Parse(json, Path.GetFileName(path), root) with { Folder = Path.GetDirectoryName(Path.GetFullPath(path)) };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MigrationException(
                ErrorCode.SourceNotFound, $"The mapping '{path}' cannot be read: {e.Message}", "Check the path and the permissions.", e)
            {
                Stage = MigrationStage.Transform,
            };
        }
    }

    /// <summary>Reads a mapping from JSON text, comments and trailing commas allowed.</summary>
    /// <param name="json">The text.</param>
    /// <param name="name">What to call the mapping in messages where it does not name itself.</param>
    /// <exception cref="InvalidMappingException">The mapping has faults; all of them are listed.</exception>
    public static MappingDocument Parse(string json, string name = "mapping") => Parse(json, name, "$");

    private static MappingDocument Parse(string json, string name, string root)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using var document = JsonDocument.Parse(json, s_options);
            return MappingReader.Read(MappingElement.FromJson(document.RootElement, root), name);
        }
        catch (JsonException e)
        {
            var place = e.LineNumber is { } line ? $" in line {line + 1}" : "";
            throw new InvalidMappingException(name, [new MappingFault("$", ErrorCode.InvalidMapping, $"The text is not JSON{place}: {e.Message}")], e);
        }
    }

    /// <summary>
    /// Reads a mapping from nested dictionaries and lists, such as a PowerShell hashtable. Where a value is expected, a
    /// <see cref="Func{T, TResult}"/> from <see cref="Record"/> to object may stand.
    /// </summary>
    /// <param name="mapping">Dictionaries, lists, texts, numbers, true, false and delegates.</param>
    /// <param name="name">What to call the mapping in messages where it does not name itself.</param>
    /// <exception cref="InvalidMappingException">The mapping has faults; all of them are listed.</exception>
    public static MappingDocument FromDictionary(IDictionary mapping, string name = "mapping")
    {
        ArgumentNullException.ThrowIfNull(mapping);
        return FromDictionary(mapping, name, "$");
    }

    internal static MappingDocument FromDictionary(IDictionary mapping, string name, string root) =>
        MappingReader.Read(MappingElement.FromObject(mapping, root), name);
}

/// <summary>What happens where records do not have a field that the mapping names.</summary>
public enum MissingFieldPolicy
{
    /// <summary>The mapping does not fit the records, and nothing is mapped.</summary>
    Error,

    /// <summary>The field counts as null. For sources whose records differ in shape.</summary>
    Null,
}

/// <summary>What nodes and relationships of a mapping have in common.</summary>
public abstract record ItemMapping
{
    /// <summary>The node's main label or the relationship's type.</summary>
    public string Type { get; init; } = "";

    /// <summary>The id; null for a relationship whose id is made from its ends.</summary>
    public ValueMapping? Id { get; init; }

    /// <summary>The names of the records that it is made of, that is of their tables or files; empty for all. <c>*</c> and <c>?</c> are wildcards.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>When it is made; null for always.</summary>
    public ConditionMapping? When { get; init; }

    /// <summary>The lists of which every element makes one, the outer first.</summary>
    public IReadOnlyList<ExplodeMapping> Explode { get; init; } = [];

    /// <summary>What becomes of maps in included fields.</summary>
    public NestedPolicy Nested { get; init; }

    /// <summary>The fields taken over under their own names; <c>*</c> and <c>?</c> are wildcards.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>The fields that <see cref="Include"/> leaves out; <c>*</c> and <c>?</c> are wildcards.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>The properties in order.</summary>
    public IReadOnlyList<PropertyMapping> Properties { get; init; } = [];

    /// <summary>
    /// Whether several records may describe one thing: what the later ones say is laid over the earlier. Otherwise a record that says something
    /// else of an id than one before it is rejected.
    /// </summary>
    public bool Merges { get; init; }

    /// <summary>Whether two records could say different things under one id, which they must not.</summary>
    internal abstract bool IsChecked { get; }

    private protected bool SaysSomething => Properties.Count + Include.Count > 0;

    /// <summary>Where it is in the mapping, as a JSON path.</summary>
    public string Path { get; init; } = "$";
}

/// <summary>What becomes of maps, and lists of maps, in fields that are taken over under their own names.</summary>
public enum NestedPolicy
{
    /// <summary>The record is rejected.</summary>
    Error,

    /// <summary>The members of maps become properties named <c>field_member</c>; lists of maps become JSON text.</summary>
    Flatten,

    /// <summary>They become JSON text.</summary>
    Json,
}

/// <summary>A kind of node made from a record.</summary>
public sealed record NodeMapping : ItemMapping
{
    /// <summary>Further labels.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Whether a record that makes an id which another record made already is rejected, even where it says the same of it.</summary>
    public bool IsUnique { get; init; }

    /// <summary>Where one of them is unique, so are all of its type.</summary>
    internal static IReadOnlyList<NodeMapping> UniqueByType(IReadOnlyList<NodeMapping> nodes)
    {
        var types = nodes.Where(n => n.IsUnique).Select(n => n.Type).ToHashSet(StringComparer.Ordinal);
        return types.Count == 0 ? nodes : [.. nodes.Select(n => n.Merges || !types.Contains(n.Type) ? n : n with { IsUnique = true })];
    }

    internal override bool IsChecked => IsUnique || (!Merges && (SaysSomething || Labels.Count > 0));
}

/// <summary>A kind of relationship made from a record.</summary>
public sealed record RelationshipMapping : ItemMapping
{
    /// <summary>Where it starts.</summary>
    public required EndMapping From { get; init; }

    /// <summary>Where it ends.</summary>
    public required EndMapping To { get; init; }

    /// <summary>Whether a missing end id means that there is no relationship, instead of a bad record.</summary>
    public bool IsOptional { get; init; }

    // Without an id of its own and without properties it says nothing but its ends.
    internal override bool IsChecked => !Merges && (SaysSomething || Id is not null);
}

/// <summary>One end of a relationship.</summary>
/// <param name="Type">The node's type.</param>
/// <param name="Id">The node's id.</param>
public sealed record EndMapping(string Type, ValueMapping Id);

/// <summary>One property of a node or relationship.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Where its value comes from.</param>
public sealed record PropertyMapping(string Name, ValueMapping Value);

/// <summary>
/// Where a value comes from and what is done to it. The source is one of <see cref="Fields"/>, <see cref="Template"/>,
/// <see cref="Script"/> or <see cref="Constant"/>; then come the functions, the conversion and the default.
/// </summary>
public sealed record ValueMapping
{
    /// <summary>The fields, of which the first that is neither null nor empty counts.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>The template, or null.</summary>
    public Template? Template { get; init; }

    /// <summary>Of an id: the templates that count, in order, where a field of those before them has no value.</summary>
    public IReadOnlyList<Template> FurtherTemplates { get; init; } = [];

    internal IEnumerable<Template> Templates => Template is null ? [] : FurtherTemplates.Prepend(Template);

    /// <summary>The code, or null. An exception in it rejects the record.</summary>
    public Func<Record, object?>? Script { get; init; }

    /// <summary>The lookup, or null.</summary>
    public LookupUse? Lookup { get; init; }

    /// <summary>The constant where nothing else is given.</summary>
    public object? Constant { get; init; }

    /// <summary>The functions in order.</summary>
    public IReadOnlyList<FunctionCall> Apply { get; init; } = [];

    /// <summary>The conversion, or null.</summary>
    public ConversionMapping? Conversion { get; init; }

    /// <summary>What stands in for null or an empty text; a value that the graph can store, converted like any other where it is a text.</summary>
    public object? Default { get; init; }

    /// <summary>Of an id with a template: whether an empty text is a value like any other in it, and only null is none.</summary>
    public bool KeepsEmpty { get; init; }

    /// <summary>Whether null or an empty text rejects the record.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Whether the value must not appear in messages and logs.</summary>
    public bool IsPrivate { get; init; }

    /// <summary>Where it is in the mapping, as a JSON path.</summary>
    public string Path { get; init; } = "$";

    internal bool IsConstant => Fields.Count == 0 && Template is null && Script is null && Lookup is null;
}
