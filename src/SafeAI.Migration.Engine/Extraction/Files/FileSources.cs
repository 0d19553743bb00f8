using SafeAI.Migration.Engine.Extraction.Files.Csv;
using SafeAI.Migration.Engine.Extraction.Files.Json;

namespace SafeAI.Migration.Engine.Extraction.Files;

/// <summary>Opens files as sources of records.</summary>
public static class FileSources
{
    /// <summary>Opens one file.</summary>
    /// <param name="options">Which file, and how it is read.</param>
    /// <exception cref="MigrationException">
    /// <see cref="ErrorCode.SourceNotFound"/>: there is no such file. <see cref="ErrorCode.SourceUnreadable"/>: it cannot
    /// be opened. <see cref="ErrorCode.UnknownFormat"/>: its format cannot be told or is not supported.
    /// </exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static IRecordSource Open(FileSourceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(options.Path);
        options.Csv.Validate();
        options.Json.Validate();
        var file = SourceFile.Open(options.Path);
        try
        {
            var format = options.Format ?? FormatSniffer.Tell(file);
            return format switch
            {
                FileFormat.Csv => new CsvRecordSource(file, options),
                FileFormat.Json => new JsonRecordSource(file, options),
                FileFormat.NdJson => new NdJsonRecordSource(file, options),
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
