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
    public IReadOnlyList<object?>? AfterKey { get; init; }

    /// <summary>
    /// The position after which to begin, as a batch of an earlier read of the same table said it; null for the start.
    /// Its key counts instead of <see cref="AfterKey"/>, and the records are numbered on from it.
    /// </summary>
    public SourcePosition? StartAfter { get; init; }

    /// <summary>Whether SQLite counts the rows too, as of the same moment.</summary>
    public bool CountRows { get; init; }

    internal IReadOnlyList<object?>? FirstKey => StartAfter is null ? AfterKey : StartAfter.Key;
}
