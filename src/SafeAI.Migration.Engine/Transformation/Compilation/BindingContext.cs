namespace SafeAI.Migration.Engine.Transformation;

/// <summary>What every binding of one mapper shares.</summary>
internal sealed record BindingContext(
    MappingDocument Document, TransformationLog Log, SecretKeys Keys, IReadOnlyDictionary<string, LookupTable> Lookups)
{
    /// <summary>All that is made in the run under ids that are held against each other.</summary>
    public required MadeTypes Types { get; init; }

    /// <summary>Whether the mappings of all sources are known, so that the sources' own keys may be enough to keep ids apart.</summary>
    public bool KnowsAllSources { get; init; }
}

/// <summary>A mapping bound to one schema.</summary>
internal sealed record BoundMapping(BoundItem[] Items, BoundDeduplication[] Deduplications)
{
    /// <summary>Whether ids are held against those of the records before.</summary>
    public bool ChecksIds { get; init; }
}

/// <summary>A deduplication bound to one schema.</summary>
internal sealed record BoundDeduplication(Deduplicator Deduplicator, ValueProgram[] Key, RuleCounter Counter);
