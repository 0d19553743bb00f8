namespace SafeAI.Migration.Engine.Transformation;

/// <summary>What every binding of one mapper shares.</summary>
internal sealed record BindingContext(
    MappingDocument Document, TransformationLog Log, SecretKeys Keys, IReadOnlyDictionary<string, LookupTable> Lookups);

/// <summary>A mapping bound to one schema.</summary>
internal sealed record BoundMapping(BoundItem[] Items, BoundDeduplication[] Deduplications);

/// <summary>A deduplication bound to one schema.</summary>
internal sealed record BoundDeduplication(Deduplicator Deduplicator, ValueProgram[] Key, RuleCounter Counter);
