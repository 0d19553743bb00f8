namespace SafeAI.Migration.Engine.Extraction.Files;

/// <summary>The files that a path means: one file, those of a folder, or those that match a pattern.</summary>
/// <param name="Files">The paths in alphabetical order, by the value of their characters.</param>
/// <param name="LeftOut">The names of files of a folder whose ending tells of no format that can be read.</param>
/// <param name="SchemaName">What the records of several files are called.</param>
internal sealed record FileSet(IReadOnlyList<string> Files, IReadOnlyList<string> LeftOut, string SchemaName)
{
    private static readonly string[] s_readable =
        [".csv", ".tsv", ".tab", ".psv", ".txt", ".json", ".ndjson", ".jsonl", ".ldjson", ".sql"];

    /// <summary>Finds the files; null where the path is that of one file, or of none.</summary>
    /// <param name="path">A file, a folder, or a pattern with <c>*</c> and <c>?</c> in the name; <c>**</c> as the folder before it means all folders below.</param>
    /// <exception cref="MigrationException"><see cref="ErrorCode.SourceNotFound"/>: nothing matches.</exception>
    public static FileSet? Find(string path)
    {
        var full = Path.GetFullPath(path);
        if (File.Exists(full))
            return null;
        if (Directory.Exists(full))
            return OfFolder(path, full);
        return path.AsSpan().ContainsAny('*', '?') ? OfPattern(path) : null;
    }

    private static FileSet OfFolder(string path, string full)
    {
        var all = Directory.EnumerateFiles(full).Where(f => !Path.GetFileName(f).StartsWith('.')).Order(StringComparer.Ordinal).ToList();
        var files = all.Where(f => s_readable.Contains(FileNames.FormatExtension(f))).ToList();
        if (files.Count == 0)
            throw NotFound($"There is no file in the folder '{full}' whose ending tells a format that can be read.", "Name the files by a pattern, and give their format.");
        return new FileSet(
            [.. files.Select(f => Path.Combine(path, Path.GetFileName(f)))],
            [.. all.Except(files).Select(f => Path.GetFileName(f)!)],
            FileNames.Stem(Path.TrimEndingDirectorySeparator(full)));
    }

    private static FileSet OfPattern(string path)
    {
        var pattern = Path.GetFileName(path);
        var folder = Path.GetDirectoryName(path) ?? "";
        var isDeep = Path.GetFileName(folder) == "**";
        if (isDeep)
            folder = Path.GetDirectoryName(folder) ?? "";
        if (folder.AsSpan().ContainsAny('*', '?'))
            throw NotFound($"The pattern '{path}' has wildcards in the names of folders.", "Use wildcards in the name of the file, with ** as the folder before it for all folders below.");
        var start = folder.Length == 0 ? "." : folder;
        var options = new EnumerationOptions { RecurseSubdirectories = isDeep, MatchType = MatchType.Simple, AttributesToSkip = FileAttributes.Hidden };
        var files = Directory.Exists(start)
            ? Directory.EnumerateFiles(start, pattern, options).Select(f => folder.Length == 0 ? Path.GetRelativePath(".", f) : f).Order(StringComparer.Ordinal).ToList()
            : [];
        if (files.Count == 0)
            throw NotFound($"No file matches '{Path.GetFullPath(path)}'.", "Check the path; a relative one starts at the current directory.");
        var stem = FileNames.Stem(pattern).Replace("*", "", StringComparison.Ordinal).Replace("?", "", StringComparison.Ordinal).Trim('-', '_', '.', ' ');
        return new FileSet(files, [], stem.Length > 0 ? stem : "records");
    }

    private static MigrationException NotFound(string what, string remedy) =>
        new(ErrorCode.SourceNotFound, what, remedy) { Stage = MigrationStage.Extract };
}
