using SafeAI.Migration.Engine.Extraction.Files;

namespace SafeAI.Migration.Engine.Export;

/// <summary>How rows are written in SQL.</summary>
public enum SqlStyle
{
    /// <summary>INSERT statements of many rows each.</summary>
    Insert,

    /// <summary>A COPY block, as pg_dump writes it.</summary>
    Copy,
}

/// <summary>Which file records are written to, and how.</summary>
public sealed record FileExportOptions
{
    /// <summary>The file. An ending of .gz or .br compresses it.</summary>
    public required string Path { get; init; }

    /// <summary>The format; null tells it from the ending: csv, tsv, json, ndjson, jsonl or sql.</summary>
    public FileFormat? Format { get; init; }

    /// <summary>What stands between two fields of CSV, an ASCII character; null for a comma, or a tab where the file ends in .tsv.</summary>
    public char? Delimiter { get; init; }

    /// <summary>Whether texts in CSV that a spreadsheet would take for a formula get an apostrophe in front.</summary>
    public bool GuardsFormulas { get; init; }

    /// <summary>How rows are written in SQL.</summary>
    public SqlStyle SqlStyle { get; init; }

    /// <summary>The database that SQL is written for; null for PostgreSQL.</summary>
    public SqlDialect? Dialect { get; init; }

    /// <summary>The table in SQL; null for what the records are called.</summary>
    public string? Table { get; init; }

    /// <summary>Whether a file that exists is replaced.</summary>
    public bool Force { get; init; }

    /// <summary>Whether records are written behind those of a file that exists; not in JSON, which is one document.</summary>
    public bool Append { get; init; }

    /// <summary>A file that the shape of the records is written to, by which they can be read back with their types; null for none.</summary>
    public string? SchemaPath { get; init; }
}

/// <summary>Which PostgreSQL table records are written to.</summary>
public sealed record TableExportOptions
{
    /// <summary>The database: <c>Host=…;Database=…;Username=…</c> or <c>postgresql://user@host/database</c>.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>The user, where it is not in the connection string; wins over it.</summary>
    public string? UserName { get; init; }

    /// <summary>The password, where it is not in the connection string; wins over it.</summary>
    public string? Password { get; init; }

    /// <summary>The table: <c>customers</c> or <c>public.customers</c>.</summary>
    public required string Table { get; init; }

    /// <summary>Whether the table is made from the shape of the records where there is none.</summary>
    public bool CreatesTable { get; init; }

    // A record's own text would show the password.
    /// <inheritdoc/>
    public override string ToString() => $"{nameof(TableExportOptions)} {Table}";
}
