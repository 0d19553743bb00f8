namespace SafeAI.Migration.Engine.Transformation;

/// <summary>What happens where a key occurs twice in a lookup.</summary>
public enum DuplicatePolicy
{
    /// <summary>The lookup cannot be used.</summary>
    Error,

    /// <summary>The first row counts.</summary>
    First,

    /// <summary>The last row counts.</summary>
    Last,
}

/// <summary>What happens to a row of a lookup whose key is null.</summary>
public enum NullKeyPolicy
{
    /// <summary>The lookup cannot be used; an empty text counts as no key, too.</summary>
    Error,

    /// <summary>The row is left out: it cannot be found. An empty text is a key like any other.</summary>
    Skip,
}

/// <summary>A table that values are looked up in. <see cref="File"/> says where it is, or <see cref="Table"/> or <see cref="Query"/> of the database at hand; with a file, they say what in it.</summary>
public sealed record LookupMapping
{
    /// <summary>The name by which values refer to it.</summary>
    public string Name { get; init; } = "";

    /// <summary>The file, relative to the mapping; or null.</summary>
    public string? File { get; init; }

    /// <summary>The file's format where it cannot be told; or null.</summary>
    public string? Format { get; init; }

    /// <summary>The table of a database; or null.</summary>
    public string? Table { get; init; }

    /// <summary>The query on a database; or null.</summary>
    public string? Query { get; init; }

    /// <summary>The fields that are looked up by.</summary>
    public IReadOnlyList<string> Key { get; init; } = [];

    /// <summary>The fields that are kept; empty for all.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>What happens where a key occurs twice.</summary>
    public DuplicatePolicy Duplicates { get; init; }

    /// <summary>What happens to rows without a key.</summary>
    public NullKeyPolicy NullKeys { get; init; }

    /// <summary>Where it is in the mapping, as a JSON path.</summary>
    public string Path { get; init; } = "$";

    internal static Dictionary<string, LookupMapping> ReadAll(MappingElement? element, FaultList faults)
    {
        var result = new Dictionary<string, LookupMapping>(StringComparer.Ordinal);
        if (element is { Kind: not ElementKind.Object })
            faults.Add(element.Path, $"'lookups' must be an object, not {element.KindName}.");
        foreach (var (name, item) in element?.Members ?? [])
        {
            if (item.Kind != ElementKind.Object)
            {
                faults.Add(item.Path, $"A lookup must be an object, not {item.KindName}.");
                continue;
            }

            var reader = new ObjectReader(item, faults);
            var lookup = new LookupMapping
            {
                Name = name,
                File = reader.TakeText("path"),
                Format = reader.TakeText("format"),
                Table = reader.TakeText("table"),
                Query = reader.TakeText("query"),
                Key = reader.TakeTexts("key") ?? [],
                Fields = reader.TakeTexts("fields") ?? [],
                Duplicates = reader.TakeName<DuplicatePolicy>("duplicates") ?? DuplicatePolicy.Error,
                NullKeys = reader.TakeName<NullKeyPolicy>("nullKeys") ?? NullKeyPolicy.Error,
                Path = item.Path,
            };
            reader.Finish();
            if (lookup is { File: null, Table: null, Query: null })
                faults.Add(item.Path, "A lookup needs a 'path', or a 'table' or 'query' of a database.");
            if (lookup is { Table: not null, Query: not null })
                faults.Add(item.Path, "A lookup is a 'table' or a 'query', not both.");
            if (lookup.Key.Count == 0)
                faults.Add(item.Path, "A lookup needs the 'key' that it is looked up by.");
            result[name] = lookup;
        }

        return result;
    }
}

/// <summary>A value from a lookup.</summary>
/// <param name="Lookup">The lookup's name.</param>
/// <param name="By">The fields of the record that are looked up, in the order of the lookup's key.</param>
/// <param name="Field">The field of the lookup that the value is taken from; empty where <see cref="Template"/> makes it.</param>
/// <param name="IsOptional">Whether a key that is not there gives null, instead of rejecting the record.</param>
/// <param name="Path">Where it is in the mapping, as a JSON path.</param>
public sealed record LookupUse(string Lookup, IReadOnlyList<string> By, string Field, bool IsOptional, string Path)
{
    /// <summary>The template over the fields of the lookup that makes the value; or null.</summary>
    public Template? Template { get; init; }

    /// <summary>Of an id: the templates that count, in order, where a field of those before them has no value.</summary>
    public IReadOnlyList<Template> FurtherTemplates { get; init; } = [];

    internal IEnumerable<Template> Templates => Template is null ? [] : FurtherTemplates.Prepend(Template);

    private enum MissingPolicy
    {
        Error,
        Null,
    }

    internal static LookupUse? Read(MappingElement? element, FaultList faults)
    {
        if (element is null)
            return null;
        if (element.Kind != ElementKind.Object)
        {
            faults.Add(element.Path, $"'lookup' must be an object with 'in', 'by' and 'field' or 'template', not {element.KindName}.");
            return null;
        }

        var reader = new ObjectReader(element, faults);
        var use = new LookupUse(
            reader.TakeText("in") ?? "", reader.TakeTexts("by") ?? [], reader.TakeText("field") ?? "",
            reader.TakeName<MissingPolicy>("missing") == MissingPolicy.Null, element.Path);
        var templateElement = reader.Take("template");
        reader.Finish();
        if (use.Lookup.Length == 0 || use.By.Count == 0 || (use.Field.Length == 0) == templateElement is null)
            faults.Add(element.Path, "'lookup' needs 'in', 'by', and one of 'field' and 'template'.");
        var templates = Template.ReadAll(templateElement, faults);
        return use with { Template = templates.Count > 0 ? templates[0] : null, FurtherTemplates = [.. templates.Skip(1)] };
    }

    internal void Check(IReadOnlyDictionary<string, LookupMapping> lookups, FaultList faults)
    {
        if (Lookup.Length == 0)
            return;
        if (!lookups.TryGetValue(Lookup, out var mapping))
        {
            var suggestion = NameSuggestion.Find(Lookup, lookups.Keys);
            faults.Add(Path, $"There is no lookup '{Lookup}'.{NameSuggestion.Hint(suggestion, [.. lookups.Keys])}", suggestion);
        }
        else if (mapping.Key.Count != By.Count && By.Count > 0)
        {
            faults.Add(Path, $"The lookup '{Lookup}' has a key of {mapping.Key.Count} fields; 'by' names {By.Count}.");
        }
    }
}
