namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>A PostgreSQL database and who reads it.</summary>
public record PostgreSqlConnectionOptions
{
    /// <summary>
    /// The database: <c>Host=…;Port=…;Database=…;Username=…</c> or <c>postgresql://user@host:port/database?sslmode=…</c>.
    /// </summary>
    public required string ConnectionString { get; init; }

    /// <summary>The user, where it is not in the connection string; wins over it.</summary>
    public string? UserName { get; init; }

    /// <summary>
    /// The password, where it is not in the connection string; wins over it. Where neither has one, <c>PGPASSWORD</c>
    /// and then the password file (<c>PGPASSFILE</c>, <c>~/.pgpass</c>) are asked. An empty one counts as none.
    /// </summary>
    public string? Password { get; init; }

    /// <summary>
    /// The schema: of a table that is named without one (null for the server's search path), or the only one of which the
    /// tables are listed (null for all).
    /// </summary>
    public string? Schema { get; init; }

    /// <summary>How often a lost connection is opened again without a record in between before giving up; 0 for never.</summary>
    public int MaxReconnects { get; init; } = 5;

    // A record's own text would show the password.
    /// <inheritdoc/>
    public sealed override string ToString() => GetType().Name;
}

/// <summary>What to read from a PostgreSQL database: either a table or a query.</summary>
public sealed record PostgreSqlSourceOptions : PostgreSqlConnectionOptions
{
    /// <summary>
    /// The table or view: <c>accounts</c>, <c>public.accounts</c> or <c>"My Schema"."My Table"</c>. A name without
    /// quotes is looked for as it is spelled, then in lower case.
    /// </summary>
    public string? Table { get; init; }

    /// <summary>One statement that returns rows. It runs in a read-only session.</summary>
    public string? Query { get; init; }

    /// <summary>The values of the query's parameters, by name without the <c>@</c>.</summary>
    public IReadOnlyDictionary<string, object?> Parameters { get; init; } = new Dictionary<string, object?>();

    /// <summary>
    /// Whether a table that has a key is read in the key's order. Only then can a read go on after a lost connection,
    /// and after a given key.
    /// </summary>
    public bool OrderByKey { get; init; } = true;

    /// <summary>The key after which to begin, a value per key column; null for the beginning. Needs a table with a key.</summary>
    public IReadOnlyList<object?>? AfterKey { get; init; }

    /// <summary>
    /// The position after which to begin, as a batch of an earlier read of the same table said it; null for the start.
    /// Its key counts instead of <see cref="AfterKey"/>, and the records are numbered on from it.
    /// </summary>
    public SourcePosition? StartAfter { get; init; }

    internal IReadOnlyList<object?>? FirstKey => StartAfter?.Key ?? AfterKey;

    /// <summary>Whether the server counts the rows too, as of the same moment; it reads the table or runs the query once more for that.</summary>
    public bool CountRows { get; init; }

    /// <summary>
    /// How many connections read a table at once, from 1 to 64, each a range of its own, all of one moment. With more
    /// than one, the records come in no particular order. A query is always read by one.
    /// </summary>
    public int Readers { get; init; } = 1;
}
