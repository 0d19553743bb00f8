using System.Collections;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>Makes one mapping of several, so that every record passes all of them.</summary>
public static class MappingSet
{
    /// <summary>Reads mappings and makes one of them.</summary>
    /// <param name="mappings">Each the path of a file, a dictionary, or a <see cref="MappingDocument"/>; at least one.</param>
    /// <param name="folder">The folder that relative paths in dictionaries start from.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="InvalidMappingException">A mapping has faults, or they do not go together; all of them are listed.</exception>
    /// <exception cref="MigrationException">A file cannot be read, or something is not a mapping.</exception>
    public static async Task<MappingDocument> LoadAsync(IReadOnlyList<object> mappings, string? folder = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(mappings);
        ArgumentOutOfRangeException.ThrowIfZero(mappings.Count, nameof(mappings));
        if (mappings.Count == 1)
            return await LoadAsync(mappings[0], "mapping", "$", folder, cancellationToken).ConfigureAwait(false);
        var documents = new List<MappingDocument>();
        var faults = new List<MappingFault>();
        for (var i = 0; i < mappings.Count; i++)
        {
            var name = mappings[i] is string path ? Path.GetFileName(path) : FormattableString.Invariant($"mapping {i + 1}");
            try
            {
                documents.Add(await LoadAsync(mappings[i], name, $"{name}: $", folder, cancellationToken).ConfigureAwait(false));
            }
            catch (InvalidMappingException e)
            {
                faults.AddRange(e.Faults);
            }
        }

        if (faults.Count > 0)
            throw new InvalidMappingException("mappings", faults);
        return Combine(documents);
    }

    /// <summary>Makes one mapping of several.</summary>
    /// <param name="documents">The mappings, at least one.</param>
    /// <exception cref="InvalidMappingException">They do not go together; every reason is listed.</exception>
    public static MappingDocument Combine(IReadOnlyList<MappingDocument> documents)
    {
        ArgumentNullException.ThrowIfNull(documents);
        ArgumentOutOfRangeException.ThrowIfZero(documents.Count, nameof(documents));
        if (documents.Count == 1)
            return documents[0];
        var faults = new FaultList();
        var rules = documents.SelectMany(d => d.Clean).ToList();
        foreach (var repeated in rules.GroupBy(r => r.Name).Where(g => g.Count() > 1))
            faults.Add(repeated.Last().Path, $"Another mapping has a cleaning rule called '{repeated.Key}' too. Give them different names.");
        var lookups = new Dictionary<string, LookupMapping>(StringComparer.Ordinal);
        var keys = new Dictionary<string, KeyReference>(StringComparer.Ordinal);
        foreach (var document in documents)
        {
            foreach (var (name, lookup) in document.Lookups)
            {
                var placed = lookup.File is null ? lookup : lookup with { File = Path.Combine(document.Folder ?? "", lookup.File) };
                if (!lookups.TryAdd(name, placed))
                    faults.Add(lookup.Path, $"Another mapping has a lookup called '{name}' too. Give them different names.");
            }

            foreach (var (name, key) in document.Keys)
            {
                var placed = key.File is null ? key : key with { File = Path.Combine(document.Folder ?? "", key.File) };
                if (keys.TryGetValue(name, out var other) ? other with { Path = placed.Path } != placed : keys.Count > 0 && !documents.All(d => d.Keys.Count == 0 || d.Keys.ContainsKey(name)))
                    faults.Add(key.Path, $"The key '{name}' is not the one of the other mappings. Use the same keys in all of them, so that one value becomes one token.");
                keys[name] = placed;
            }
        }

        var deduplicate = documents.SelectMany(d => d.Deduplicate).ToList();
        if (deduplicate.Count > 1 && deduplicate.Find(d => d.Keep == KeepPolicy.Last) is { } last)
            faults.Add(last.Path, "A 'deduplicate' that keeps the last record cannot stand beside others.");
        foreach (var other in documents.Where(d => d.MissingFields != documents[0].MissingFields))
            faults.Add("$.missingFields", $"The mappings '{documents[0].Name}' and '{other.Name}' differ in 'missingFields'. Give all of them the same.");
        faults.ThrowIfAny("mappings");
        return new MappingDocument
        {
            Name = string.Join(" + ", documents.Select(d => d.Name)),
            Folder = documents[0].Folder,
            Clean = rules,
            Keys = keys,
            Lookups = lookups,
            Deduplicate = deduplicate,
            MissingFields = documents[0].MissingFields,
            Nodes = NodeMapping.UniqueByType([.. documents.SelectMany(d => d.Nodes)]),
            Relationships = [.. documents.SelectMany(d => d.Relationships)],
        };
    }

    private static async Task<MappingDocument> LoadAsync(object mapping, string name, string root, string? folder, CancellationToken cancellationToken) => mapping switch
    {
        string path => await MappingDocument.LoadAsync(path, root, cancellationToken).ConfigureAwait(false),
        IDictionary table => MappingDocument.FromDictionary(table, name, root) with { Folder = folder },
        MappingDocument ready => ready,
        _ => throw new MigrationException(
            ErrorCode.InvalidMapping, $"An object of the type {mapping.GetType().Name} is not a mapping.", "Pass the path of a JSON file, or a hash table.") { Stage = MigrationStage.Transform },
    };
}
