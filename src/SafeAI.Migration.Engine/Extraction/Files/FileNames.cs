namespace SafeAI.Migration.Engine.Extraction.Files;

/// <summary>What the names of files say.</summary>
internal static class FileNames
{
    private static readonly string[] s_compressions = [".gz", ".br", ".zip", ".zst"];

    /// <summary>The name without folder and endings: <c>customers</c> for <c>/data/customers.csv.gz</c>.</summary>
    public static string Stem(string path)
    {
        var stem = Path.GetFileNameWithoutExtension(WithoutCompression(path));
        return stem.Length > 0 ? stem : "records";
    }

    /// <summary>The ending that tells the format, in lower case with its dot: <c>.csv</c> for <c>customers.CSV.gz</c>.</summary>
    public static string FormatExtension(string path) => Path.GetExtension(WithoutCompression(path)).ToLowerInvariant();

    /// <summary>The path without an ending that tells of compression.</summary>
    public static string WithoutCompression(string path) =>
        s_compressions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase)
            ? Path.ChangeExtension(path, null)
            : path;
}
