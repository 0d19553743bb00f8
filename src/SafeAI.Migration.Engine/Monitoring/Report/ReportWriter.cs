using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using SafeAI.Migration.Engine.Journal;

namespace SafeAI.Migration.Engine.Monitoring;

/// <summary>Writes a report as a page, as JSON or as Markdown.</summary>
public static class ReportWriter
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The report as text.</summary>
    public static string ToText(MigrationReport report, ReportFormat format)
    {
        ArgumentNullException.ThrowIfNull(report);
        return format switch
        {
            ReportFormat.Json => JsonSerializer.Serialize(report, s_json) + "\n",
            ReportFormat.Markdown => MarkdownReport.Write(report),
            _ => HtmlReport.Write(report),
        };
    }

    /// <summary>The format that a file's ending tells.</summary>
    public static ReportFormat FormatOf(string path) => Path.GetExtension(path).ToUpperInvariant() switch
    {
        ".JSON" => ReportFormat.Json,
        ".MD" or ".MARKDOWN" => ReportFormat.Markdown,
        _ => ReportFormat.Html,
    };

    /// <summary>Writes the report to a file, whole or not at all.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.StoreFailed"/>: the file cannot be written.</exception>
    public static void Write(MigrationReport report, string path, ReportFormat format)
    {
        var full = Path.GetFullPath(path);
        try
        {
            AtomicFile.Write(full, ToText(report, format == ReportFormat.Auto ? FormatOf(full) : format));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MigrationException(ErrorCode.StoreFailed, $"The report cannot be written to {full}: {e.Message}", "Check the folder, or name another file.", e);
        }
    }
}

/// <summary>Files that others read at any moment: they see the old content or the new, never a part.</summary>
internal static class AtomicFile
{
    public static void Write(string path, string content)
    {
        var draft = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            File.WriteAllText(draft, content, new UTF8Encoding(false));
            File.Move(draft, path, overwrite: true);
        }
        catch
        {
            File.Delete(draft);
            throw;
        }
    }
}
