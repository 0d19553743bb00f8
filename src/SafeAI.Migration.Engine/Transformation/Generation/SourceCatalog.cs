namespace SafeAI.Migration.Engine.Transformation;

/// <summary>What a database, a dump or a set of files holds: tables with their columns and keys.</summary>
/// <param name="Name">What to call it; never a secret.</param>
/// <param name="Tables">The tables in a stable order.</param>
public sealed record SourceCatalog(string Name, IReadOnlyList<CatalogTable> Tables);

/// <summary>One table.</summary>
public sealed record CatalogTable
{
    /// <summary>The name, without the schema.</summary>
    public required string Name { get; init; }

    /// <summary>The schema that it is in; null where there are none.</summary>
    public string? Schema { get; init; }

    /// <summary>The name that its records' schema has, by which the mapping recognises them; null where it is <see cref="Name"/>.</summary>
    public string? RecordName { get; init; }

    /// <summary>The columns in order.</summary>
    public required IReadOnlyList<CatalogColumn> Columns { get; init; }

    /// <summary>The columns of the primary key in the key's order; empty where there is none.</summary>
    public IReadOnlyList<string> PrimaryKey { get; init; } = [];

    /// <summary>The columns of each further unique key.</summary>
    public IReadOnlyList<IReadOnlyList<string>> UniqueKeys { get; init; } = [];

    /// <summary>The foreign keys.</summary>
    public IReadOnlyList<CatalogForeignKey> ForeignKeys { get; init; } = [];

    /// <summary>What the source says about the table, or null.</summary>
    public string? Comment { get; init; }

    /// <summary>How many rows there are, roughly; null where unknown.</summary>
    public long? EstimatedRows { get; init; }
}

/// <summary>One column.</summary>
/// <param name="Name">The name.</param>
/// <param name="Type">The .NET type of what the values mean, for instance <see cref="long"/> for a column of digits; <see cref="object"/> where that is not certain.</param>
public sealed record CatalogColumn(string Name, Type Type)
{
    /// <summary>The source's own name of the type, for instance <c>numeric(12,2)</c>, or null.</summary>
    public string? SourceType { get; init; }

    /// <summary>Whether null is allowed.</summary>
    public bool IsNullable { get; init; } = true;

    /// <summary>For decimal numbers, how many digits there may be; null where that is not limited.</summary>
    public int? Precision { get; init; }

    /// <summary>For decimal numbers, how many of the digits are behind the point; null where that is not limited.</summary>
    public int? Scale { get; init; }

    /// <summary>What the source says about the column, or null.</summary>
    public string? Comment { get; init; }
}

/// <summary>A foreign key.</summary>
/// <param name="Columns">The columns that refer, in the key's order.</param>
/// <param name="ReferencedTable">The name of the table referred to.</param>
/// <param name="ReferencedColumns">The columns referred to, in the same order; empty for the primary key.</param>
public sealed record CatalogForeignKey(IReadOnlyList<string> Columns, string ReferencedTable, IReadOnlyList<string> ReferencedColumns)
{
    /// <summary>The schema of the table referred to; null for the table's own.</summary>
    public string? ReferencedSchema { get; init; }

    /// <summary>The constraint's name, or null.</summary>
    public string? Name { get; init; }
}
