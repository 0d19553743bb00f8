using System.Globalization;
using System.IO.Compression;

namespace SafeAI.Migration.Engine.Extraction.Files.Compression;

/// <summary>Chooses the file to read in a Zip archive.</summary>
internal static class ZipEntries
{
    private const int MostNamed = 10;

    /// <exception cref="MigrationException">
    /// <see cref="ErrorCode.SourceNotFound"/>: there is no such file, or several and none was named. <see cref="ErrorCode.SourceUnreadable"/>: it is encrypted.
    /// </exception>
    public static ZipArchiveEntry Choose(ZipArchive archive, string path, string? name)
    {
        var chosen = Find(archive, path, name);
        return !chosen.IsEncrypted ? chosen : throw new MigrationException(
            ErrorCode.SourceUnreadable, $"The file '{chosen.FullName}' in the archive '{path}' is encrypted.", "Take it out of the archive with its password, and read what comes out.") { Stage = MigrationStage.Extract };
    }

    private static ZipArchiveEntry Find(ZipArchive archive, string path, string? name)
    {
        var files = archive.Entries.Where(e => e.Name.Length > 0).ToList();
        if (name is not null)
            return files.FirstOrDefault(e => e.FullName == name)
                ?? files.FirstOrDefault(e => e.FullName.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw NotFound($"There is no file '{name}' in the archive '{path}'.", files);
        return files.Count switch
        {
            1 => files[0],
            0 => throw NotFound($"There is no file in the archive '{path}'.", files),
            _ => throw NotFound(string.Create(CultureInfo.InvariantCulture, $"There are {files.Count} files in the archive '{path}' and none is named."), files),
        };
    }

    private static MigrationException NotFound(string what, List<ZipArchiveEntry> files) => new(
        ErrorCode.SourceNotFound,
        what,
        files.Count == 0
            ? "Check that it is the right archive."
            : $"Name one of: {string.Join(", ", files.Take(MostNamed).Select(f => f.FullName))}{(files.Count > MostNamed ? ", …" : ".")}")
    { Stage = MigrationStage.Extract };
}
