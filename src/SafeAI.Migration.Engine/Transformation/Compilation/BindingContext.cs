namespace SafeAI.Migration.Engine.Transformation;

/// <summary>What every binding of one mapper shares.</summary>
internal sealed record BindingContext(
    MappingDocument Document, TransformationLog Log, SecretKeys Keys, IReadOnlyDictionary<string, LookupTable> Lookups)
{
    /// <summary>Which ids the source's own keys keep apart, so that they need no check; null where nothing is known of the sources.</summary>
    public Func<ItemMapping, bool>? IsOnlyOfItsType { get; init; }
}

/// <summary>A mapping bound to one schema.</summary>
internal sealed record BoundMapping(BoundItem[] Items, BoundDeduplication[] Deduplications)
{
    /// <summary>Whether ids are held against those of the records before.</summary>
    public bool ChecksIds { get; init; }
}

/// <summary>A deduplication bound to one schema.</summary>
internal sealed record BoundDeduplication(Deduplicator Deduplicator, ValueProgram[] Key, RuleCounter Counter);
