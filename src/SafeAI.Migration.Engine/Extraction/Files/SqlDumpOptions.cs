namespace SafeAI.Migration.Engine.Extraction.Files;

/// <summary>The databases whose SQL is read and written.</summary>
public enum SqlDialect
{
    /// <summary><c>pg_dump</c> in plain format, with COPY blocks or INSERT statements.</summary>
    PostgreSql,

    /// <summary><c>mysqldump</c> or <c>mariadb-dump</c>.</summary>
    MySql,

    /// <summary><c>.dump</c> of the program <c>sqlite3</c>.</summary>
    Sqlite,

    /// <summary>Microsoft SQL Server: written only, as it has no program that writes dumps.</summary>
    SqlServer,
}

/// <summary>How SQL dumps are read.</summary>
public sealed record SqlDumpOptions
{
    /// <summary>The table whose rows are read, with or without its schema; null for those of all tables, in the order of the dump.</summary>
    public string? Table { get; init; }

    /// <summary>Which program wrote the dump; null tells it from the first lines.</summary>
    public SqlDialect? Dialect { get; init; }

    /// <summary>The longest value, or line of a COPY block, in bytes as it stands in the dump, from 1,024 to 536,870,912. A longer one ends the read; mostly it is a quote that is not closed.</summary>
    public int MaxValueSize { get; init; } = MostBytes;

    private const int MostBytes = 1 << 29;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxValueSize, 1024);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxValueSize, MostBytes);
    }
}
