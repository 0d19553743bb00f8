namespace SafeAI.Migration;

/// <summary>How a report is written.</summary>
public enum ReportFormat
{
    /// <summary>As the file's ending tells: .json, .md or .markdown; a page otherwise.</summary>
    Auto,

    /// <summary>One self-contained page.</summary>
    Html,

    /// <summary>One JSON object.</summary>
    Json,

    /// <summary>Markdown.</summary>
    Markdown,
}
