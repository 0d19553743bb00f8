namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>What to read from a SQLite file: either a table or a query.</summary>
public sealed record SqliteSourceOptions
{
    /// <summary>The file. It is opened read-only.</summary>
    public required string Path { get; init; }

    /// <summary>The table or view; its name is compared as SQLite does, without regard to case.</summary>
    public string? Table { get; init; }

    /// <summary>One statement that returns rows.</summary>
    public string? Query { get; init; }

    /// <summary>The values of the query's parameters, by name without the <c>@</c>, <c>:</c> or <c>$</c>.</summary>
    public IReadOnlyDictionary<string, object?> Parameters { get; init; } = new Dictionary<string, object?>();

    /// <summary>The key after which to begin, a value per key column; null for the beginning. Needs a table with a primary key.</summary>
    public IReadOnlyList<object?>? StartAfter { get; init; }
}
