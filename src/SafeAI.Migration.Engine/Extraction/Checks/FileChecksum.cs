namespace SafeAI.Migration.Engine.Extraction.Checks;

/// <summary>Finds the checksum that was published with a file.</summary>
internal static class FileChecksum
{
    private const int HexLength = 64;

    /// <summary>The SHA-256 that lies beside a file, and where it stands; null where there is none.</summary>
    public static (string Hash, string Where)? FindBeside(string path)
    {
        var full = Path.GetFullPath(path);
        var own = full + ".sha256";
        if (File.Exists(own) && Read(own, Path.GetFileName(full), isOwn: true) is { } hash)
            return (hash, own);
        var sums = Path.Combine(Path.GetDirectoryName(full)!, "SHA256SUMS");
        return File.Exists(sums) && Read(sums, Path.GetFileName(full), isOwn: false) is { } listed ? (listed, sums) : null;
    }

    /// <summary>A checksum without what may stand before it, in lower case; null where it is none.</summary>
    public static string? Normalize(string text)
    {
        var hex = text.Trim();
        if (hex.StartsWith("sha256:", StringComparison.OrdinalIgnoreCase))
            hex = hex["sha256:".Length..];
        return hex.Length == HexLength && hex.All(char.IsAsciiHexDigit) ? hex.ToLowerInvariant() : null;
    }

    // Lines as sha256sum writes them: the hash, a blank, a blank or an asterisk, the name.
    private static string? Read(string path, string name, bool isOwn)
    {
        foreach (var line in File.ReadLines(path).Take(100_000))
        {
            var parts = line.Split(' ', 2);
            if (Normalize(parts[0]) is not { } hash)
                continue;
            if (parts.Length == 1 ? isOwn : Path.GetFileName(parts[1].TrimStart(' ', '*').Trim()) == name)
                return hash;
        }

        return null;
    }
}
