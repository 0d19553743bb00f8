namespace SafeAI.Migration.Engine.Extraction.Files.Compression;

/// <summary>How a file is compressed.</summary>
internal enum CompressionKind
{
    None,
    Gzip,
    Brotli,
    Zip,
    Zstandard,
}

/// <summary>Tells how a file is compressed from its first bytes; Brotli has no mark and is told from the name.</summary>
internal static class CompressionSniffer
{
    /// <exception cref="MigrationException"><see cref="ErrorCode.UnknownFormat"/>: a compression that cannot be read.</exception>
    public static CompressionKind Tell(string path, ReadOnlySpan<byte> head)
    {
        if (head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]))
            return CompressionKind.Gzip;
        if (head.StartsWith("PK\u0003\u0004"u8) || head.StartsWith("PK\u0005\u0006"u8))
            return CompressionKind.Zip;
        if (head.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]))
            return CompressionKind.Zstandard;
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]))
            throw Refused(path, "xz", "xz -d");
        if (head.StartsWith("BZh"u8) && head.Length > 10 && head[4..].StartsWith((ReadOnlySpan<byte>)[0x31, 0x41, 0x59]))
            throw Refused(path, "bzip2", "bzip2 -d");
        if (head.StartsWith((ReadOnlySpan<byte>)[(byte)'7', (byte)'z', 0xBC, 0xAF]))
            throw Refused(path, "7-Zip", "7z x");
        return Path.GetExtension(path).Equals(".br", StringComparison.OrdinalIgnoreCase) ? CompressionKind.Brotli : CompressionKind.None;
    }

    private static MigrationException Refused(string path, string name, string tool) => new(
        ErrorCode.UnknownFormat,
        $"The file '{Path.GetFullPath(path)}' is compressed with {name}, which cannot be read.",
        $"Expand it with {tool}, or compress it with gzip.")
    { Stage = MigrationStage.Extract };
}
