using System.Management.Automation;
using SafeAI.Migration.Engine.Export;
using SafeAI.Migration.Engine.Extraction.Databases;
using SafeAI.Migration.Engine.Extraction.Files;
using SafeAI.Migration.PowerShell.Completers;

namespace SafeAI.Migration.PowerShell.Binding;

/// <content>Which files are read.</content>
public abstract partial class SourceCmdlet
{
    /// <summary>The files to read: CSV, JSON, NDJSON, SQL dumps and SQLite databases, also compressed with gzip, Zstandard, Brotli or Zip. Wildcards are allowed, each match is a source of its own; a folder, or a pattern with ** as its folder, is one source of all the files in it.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>The files to read, taken literally: no character is a wildcard.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>The format, where name and content do not tell it: Csv, Json, NdJson or SqlDump; of an API's answers Csv or Json.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [Parameter(ParameterSetName = UriSet)]
    public FileFormat? Format { get; set; }

    /// <summary>The text encoding, for instance utf-8, utf-16, windows-1252 or latin1. Without it, it is told from the file.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [ArgumentCompleter(typeof(EncodingCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Encoding { get; set; }

    /// <summary>The file within a Zip archive that holds several.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [ValidateNotNullOrEmpty]
    public string? Entry { get; set; }

    /// <summary>How many times larger the content of a compressed file may be than the file, from 64 MiB of content on. A file made to exhaust its reader is larger.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [ValidateRange(1, int.MaxValue)]
    public int MaxExpansion { get; set; } = new CompressionOptions().MaxExpansion;

    /// <summary>The largest content of a compressed file, in bytes. Without it, only -MaxExpansion limits it.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [ValidateRange(1L, long.MaxValue)]
    public long? MaxExpandedSize { get; set; }

    /// <summary>The program that wrote an SQL dump, where the dump does not tell it: PostgreSql, MySql or Sqlite.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    public SqlDialect? Dialect { get; set; }

    /// <summary>The file in which Export-MigrationData kept the types: every value comes out with the type that it had.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [ValidateNotNullOrEmpty]
    public string? SchemaPath { get; set; }

    /// <summary>Makes a source of a path that needs a way of its own; null for the usual one.</summary>
    private protected virtual SourceTarget? SpecialTarget(string path) => null;

    /// <summary>Whether the checksum of what is read is shown or compared.</summary>
    private protected virtual bool WantsFingerprint => true;

    private IEnumerable<string> FilePaths() => Path.SelectMany(ResolveWildcards).Concat(LiteralPath.Select(FullPath));

    private void ReadFile(string path, Action<Engine.Extraction.IRecordSource> read)
    {
        if (SpecialTarget(path) is { } special)
            ReadTarget(special, read);
        else if (Format is null && SqliteSource.IsSqliteFile(path))
            ReadSqlite(path, read);
        else
            ReadTarget(new SourceTarget(path, _ => Task.FromResult(SchemaPath is null ? FileSources.Open(FileOptions(path)) : TypedRecordSource.Open(FileOptions(path), FullPath(SchemaPath)))), read);
    }

    private IEnumerable<string> ResolveWildcards(string path)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(path) || path.Contains("**", StringComparison.Ordinal))
            return [FullPath(path)];
        try
        {
            var found = SessionState.Path.GetResolvedProviderPathFromPSPath(path, out _);
            if (found.Count > 0)
                return found;
        }
        catch (ItemNotFoundException)
        {
            // Said below, in the words of every other missing file.
        }

        WriteError(Errors.RecordFor(new MigrationException(ErrorCode.SourceNotFound, $"No file matches {FullPath(path)}.", "Check the path and the pattern."), path));
        return [];
    }

    private FileSourceOptions FileOptions(string path)
    {
        if (Query is not null)
            throw new MigrationException(ErrorCode.InvalidOptions, $"-Query is given, but '{path}' is not a SQLite database.", "Leave it out, or name a database.");
        if (AfterKey is not null)
            throw new MigrationException(ErrorCode.InvalidOptions, $"-After is a key, but '{path}' has none.", "Give the Position of the metadata of an earlier read.");
        return new()
        {
            Path = path,
            Format = Format,
            Encoding = Encoding,
            StartAfter = StartAfter,
            Fingerprint = WantsFingerprint,
            Compression = new CompressionOptions { Entry = Entry, MaxExpansion = MaxExpansion, MaxExpandedSize = MaxExpandedSize },
            Csv = CsvOptions(),
            Json = JsonOptions(JsonPointer),
            Sql = new SqlDumpOptions { Table = Table, Dialect = Dialect },
        };
    }
}
