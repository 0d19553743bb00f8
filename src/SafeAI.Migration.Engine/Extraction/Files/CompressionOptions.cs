namespace SafeAI.Migration.Engine.Extraction.Files;

/// <summary>How compressed files are read. Gzip, Zstandard, Zip, and Brotli (by its ending <c>.br</c>) are told from the file.</summary>
public sealed record CompressionOptions
{
    /// <summary>The file within a Zip archive; null where the archive holds one only.</summary>
    public string? Entry { get; init; }

    /// <summary>
    /// How many times larger the content may be than the compressed file, from 1 up; it counts from 64 MiB of content
    /// on. Beyond it the read ends with an error, because a file made to exhaust its reader looks like this.
    /// </summary>
    public int MaxExpansion { get; init; } = 250;

    /// <summary>The largest content, in bytes; null for any.</summary>
    public long? MaxExpandedSize { get; init; }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxExpansion, 1);
        if (MaxExpandedSize is { } size)
            ArgumentOutOfRangeException.ThrowIfLessThan(size, 1, nameof(MaxExpandedSize));
    }
}
