namespace SafeAI.Migration;

/// <summary>Something that was checked while a source was read.</summary>
/// <param name="Name">What: <c>Columns</c>, <c>Types</c>, <c>RowCount</c> or <c>Checksum</c>.</param>
/// <param name="Passed">Whether it was as promised; null where nothing was promised that it could be held against.</param>
/// <param name="Detail">What was compared, a sentence.</param>
public sealed record SourceCheck(string Name, bool? Passed, string Detail)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {(Passed switch { true => "passed", false => "failed", null => "not checked" })}. {Detail}";
}

/// <summary>What a source is held against while it is read.</summary>
public sealed record SourceCheckOptions
{
    /// <summary>
    /// The fields that must be there, each by its name, with a type after a colon where its values must be of one:
    /// <c>text</c>, <c>integer</c>, <c>number</c>, <c>boolean</c>, <c>date</c> or <c>datetime</c>, for instance <c>age:integer</c>.
    /// </summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>
    /// The SHA-256 of the file in hexadecimal, with or without <c>sha256:</c> before it; null takes it from the file
    /// <c>NAME.sha256</c> beside it, or from <c>SHA256SUMS</c> in its folder, where there is one.
    /// </summary>
    public string? Checksum { get; init; }
}
