namespace SafeAI.Migration;

/// <summary>What an export wrote.</summary>
public sealed record ExportResult
{
    /// <summary>The file's path, or the database's address and the table.</summary>
    public required string Target { get; init; }

    /// <summary>The format, for instance <c>csv</c> or <c>postgresql</c>.</summary>
    public required string Format { get; init; }

    /// <summary>Records taken in: written and rejected.</summary>
    public long Records { get; init; }

    /// <summary>Records written.</summary>
    public long Written { get; init; }

    /// <summary>Records that could not be written; each was reported.</summary>
    public long Rejected { get; init; }

    /// <summary>The bytes of the file, or those sent to the server.</summary>
    public long Bytes { get; init; }

    /// <summary>Texts that were changed so that a spreadsheet does not take them for formulas.</summary>
    public long Guarded { get; init; }

    /// <summary>The columns in order.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>The file that holds the records' types, or null.</summary>
    public string? SchemaPath { get; init; }

    /// <summary>What a reader of the export should know.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>From the first record to the end, in seconds.</summary>
    public double ElapsedSeconds { get; init; }
}
