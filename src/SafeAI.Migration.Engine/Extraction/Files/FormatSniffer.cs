using System.Buffers;
using System.Text;
using System.Text.Json;
using SafeAI.Migration.Engine.Extraction.Files.Sql;
using SafeAI.Migration.Engine.Extraction.Files.Text;

namespace SafeAI.Migration.Engine.Extraction.Files;

/// <summary>Tells the format of a file from the ending of its name, and where that is not enough from its content.</summary>
internal static class FormatSniffer
{
    private static readonly SearchValues<byte> s_space = SearchValues.Create(" \t\r\n"u8);

    /// <param name="file">The file.</param>
    /// <param name="encoding">The encoding that was given, or null.</param>
    /// <exception cref="MigrationException"><see cref="ErrorCode.UnknownFormat"/>.</exception>
    /// <exception cref="ArgumentException">There is no such encoding.</exception>
    public static FileFormat Tell(SourceFile file, string? encoding)
    {
        var found = encoding is null ? EncodingDetector.Detect(file.Head.Span) : EncodingDetector.Declared(encoding, file.Head.Span);
        var extension = FileNames.FormatExtension(file.ContentName);
        // A dump may hold bytes that are no text.
        if (extension == ".sql" || SqlDialects.IsDump(file.Head.Span))
            return FileFormat.SqlDump;
        RefuseBinary(file, found);
        return extension switch
        {
            ".csv" or ".tsv" or ".tab" or ".psv" => FileFormat.Csv,
            ".ndjson" or ".jsonl" or ".ldjson" => FileFormat.NdJson,
            ".json" => TellJson(found.ToUtf8(file.Head.Span)) ?? FileFormat.Json,
            _ => TellJson(found.ToUtf8(file.Head.Span)) ?? FileFormat.Csv,
        };
    }

    /// <summary>Whether text begins like JSON, and whether it is one document or one on each line; null where it is not JSON.</summary>
    private static FileFormat? TellJson(ReadOnlySpan<byte> text)
    {
        var start = text.IndexOfAnyExcept(s_space);
        if (start < 0)
            return null;
        text = text[start..];
        if (text[0] == (byte)'[')
            return FileFormat.Json;
        if (text[0] != (byte)'{')
            return null;

        // One object after another is NDJSON; one object alone is a document.
        var reader = new Utf8JsonReader(text, isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { MaxDepth = 1000 }));
        try
        {
            if (!reader.Read() || !reader.TrySkip())
                return FileFormat.Json;
        }
        catch (JsonException)
        {
            return FirstLineEndsAnObject(text) ? FileFormat.NdJson : FileFormat.Json;
        }

        var rest = text[(int)reader.BytesConsumed..];
        return rest.IndexOfAnyExcept(s_space) >= 0 ? FileFormat.NdJson : FileFormat.Json;
    }

    private static bool FirstLineEndsAnObject(ReadOnlySpan<byte> text)
    {
        var line = text.IndexOf((byte)'\n');
        return line > 0 && text[..line].TrimEnd(" \t\r"u8) is [.., (byte)'}'];
    }

    private static void RefuseBinary(SourceFile file, EncodingDetector.Found found)
    {
        var head = file.Head.Span;
        if (head.StartsWith("SQLite format 3\0"u8))
            throw Refused(file, "is an SQLite database", "Read it as a database.");
        if (head.StartsWith("PGDMP"u8))
            throw Refused(file, "is an archive of pg_dump", "Turn it into SQL text with pg_restore -f, or dump with pg_dump --format=plain.");
        if (head.StartsWith("PAR1"u8))
            throw Refused(file, "is a Parquet file", "Export it as CSV or NDJSON.");
        if (head.Contains((byte)0) && found.Encoding is UTF8Encoding or { IsSingleByte: true })
            throw Refused(file, "holds zero bytes and is not text", "Give the format if it is one of csv, json, ndjson and sql all the same.");
    }

    private static MigrationException Refused(SourceFile file, string what, string remedy) =>
        new(ErrorCode.UnknownFormat, $"The file '{Path.GetFullPath(file.Path)}' {what}.", remedy) { Stage = MigrationStage.Extract };
}
