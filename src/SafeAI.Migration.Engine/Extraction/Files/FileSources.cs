using SafeAI.Migration.Engine.Extraction.Files.Csv;
using SafeAI.Migration.Engine.Extraction.Files.Json;
using SafeAI.Migration.Engine.Extraction.Files.Sql;

namespace SafeAI.Migration.Engine.Extraction.Files;

/// <summary>Opens files as sources of records.</summary>
public static class FileSources
{
    /// <summary>Opens a file, all readable files of a folder, or those that match a pattern such as <c>orders-*.csv.gz</c>.</summary>
    /// <param name="options">Which file, and how it is read. Several files are read one after another, in alphabetical order.</param>
    /// <exception cref="MigrationException">
    /// <see cref="ErrorCode.SourceNotFound"/>: there is no such file. <see cref="ErrorCode.SourceUnreadable"/>: it cannot
    /// be opened. <see cref="ErrorCode.UnknownFormat"/>: its format cannot be told or is not supported.
    /// </exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static IRecordSource Open(FileSourceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(options.Path);
        options.Compression.Validate();
        options.Csv.Validate();
        options.Json.Validate();
        options.Sql.Validate();
        return FileSet.Find(options.Path) is { } files ? new FileSetSource(files, options) : OpenFile(options);
    }

    internal static IRecordSource OpenFile(FileSourceOptions options)
    {
        var file = SourceFile.Open(options.Path, options.Compression, options.Fingerprint);
        try
        {
            var format = options.Format ?? FormatSniffer.Tell(file, options.Encoding);
            return format switch
            {
                FileFormat.Csv => new CsvRecordSource(file, options),
                FileFormat.Json => new JsonRecordSource(file, options),
                FileFormat.NdJson => new NdJsonRecordSource(file, options),
                FileFormat.SqlDump => new SqlDumpRecordSource(file, options),
                _ => throw new ArgumentOutOfRangeException(nameof(options), format, "This is not a format."),
            };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
