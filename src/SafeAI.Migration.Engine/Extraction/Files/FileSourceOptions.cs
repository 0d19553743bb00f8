namespace SafeAI.Migration.Engine.Extraction.Files;

/// <summary>Which file is read, and how.</summary>
public sealed record FileSourceOptions
{
    /// <summary>
    /// The file, absolute or relative to the current directory; or a folder, whose readable files are read; or a pattern
    /// with <c>*</c> and <c>?</c> in the file's name, where <c>**</c> as the folder before it means all folders below.
    /// </summary>
    public required string Path { get; init; }

    /// <summary>The format; null tells it from the ending of the name and from the content.</summary>
    public FileFormat? Format { get; init; }

    /// <summary>
    /// The text encoding, a name such as <c>utf-8</c>, <c>utf-16</c>, <c>windows-1252</c> or <c>latin1</c>; null tells it
    /// from a byte order mark or from the content.
    /// </summary>
    public string? Encoding { get; init; }

    /// <summary>What the records are called; null takes the file's name without its endings, the folder's name, or the pattern without its wildcards.</summary>
    public string? SchemaName { get; init; }

    /// <summary>The position after which to begin, as a batch of an earlier read of the same files said it; null for the start.</summary>
    public SourcePosition? StartAfter { get; init; }

    /// <summary>Whether the SHA-256 of the whole file is computed while it is read, for <see cref="SourceMetadata.Fingerprint"/>; it costs about a sixth of the time of reading.</summary>
    public bool Fingerprint { get; init; } = true;

    /// <summary>How compressed files are read.</summary>
    public CompressionOptions Compression { get; init; } = new();

    /// <summary>How CSV is read.</summary>
    public CsvOptions Csv { get; init; } = new();

    /// <summary>How JSON and NDJSON are read.</summary>
    public JsonOptions Json { get; init; } = new();

    /// <summary>How SQL dumps are read.</summary>
    public SqlDumpOptions Sql { get; init; } = new();
}
