namespace SafeAI.Migration;

/// <summary>A field of the records at a place in a source.</summary>
/// <param name="Name">The name at the source.</param>
/// <param name="Type">The source's own word for the .NET type of the values.</param>
/// <param name="SourceType">The field's <see cref="RecordField.SourceType"/>, or null.</param>
public sealed record SourcePositionField(string Name, string Type, string? SourceType);
