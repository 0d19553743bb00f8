namespace SafeAI.Migration.Engine.Extraction.Files;

/// <summary>The formats of files that can be read.</summary>
public enum FileFormat
{
    /// <summary>Rows of delimited text.</summary>
    Csv,

    /// <summary>One JSON document that holds an array of records.</summary>
    Json,

    /// <summary>One JSON object on each line.</summary>
    NdJson,

    /// <summary>A dump of a database as SQL text.</summary>
    SqlDump,
}
