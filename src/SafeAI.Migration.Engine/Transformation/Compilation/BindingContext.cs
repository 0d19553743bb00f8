namespace SafeAI.Migration.Engine.Transformation;

/// <summary>What every binding of one mapper shares.</summary>
internal sealed record BindingContext(MappingDocument Document, TransformationLog Log, SecretKeys Keys);
