namespace SafeAI.Migration;

/// <summary>The tables of a database as its own catalogue describes them.</summary>
/// <param name="Name">The database's address or file, without any secret.</param>
/// <param name="Tables">The tables in the order in which they can be loaded: a table after those that it refers to, as far as there are no circles.</param>
/// <param name="Notes">What a reader should know, for instance circles of foreign keys.</param>
public sealed record DatabaseCatalog(string Name, IReadOnlyList<CatalogTable> Tables, IReadOnlyList<string> Notes)
{
    /// <summary>Finds a table by its schema and name.</summary>
    /// <param name="schema">The schema; null for a database without schemas.</param>
    /// <param name="name">The table's name, spelled exactly.</param>
    /// <returns>The table, or null.</returns>
    public CatalogTable? Find(string? schema, string name) => Tables.FirstOrDefault(t => t.Name == name && t.Schema == schema);

    /// <summary>Puts tables into the order in which they can be loaded and notes circles of foreign keys.</summary>
    /// <param name="name">The database's address or file.</param>
    /// <param name="tables">The tables in any order; that order is kept where foreign keys allow it.</param>
    public static DatabaseCatalog InLoadingOrder(string name, IEnumerable<CatalogTable> tables)
    {
        ArgumentNullException.ThrowIfNull(tables);
        var waiting = tables.ToList();
        var known = waiting.Select(t => (t.Schema, t.Name)).ToHashSet();
        var done = new HashSet<(string? Schema, string Name)>();
        var ordered = new List<CatalogTable>();
        var notes = new List<string>();
        while (waiting.Count > 0)
        {
            // A reference to the table itself or to one outside of the catalogue holds nothing up.
            bool IsFree(CatalogTable table) => table.ForeignKeys.All(k =>
                (k.ReferencedSchema, k.ReferencedTable) is var end && (end == (table.Schema, table.Name) || done.Contains(end) || !known.Contains(end)));
            var free = waiting.Where(IsFree).ToList();
            if (free.Count == 0)
            {
                // Of a circle, the first goes ahead; its foreign keys refer to rows that come later.
                free.Add(waiting.First(t => IsInCircle(t, waiting)));
                notes.Add($"The foreign keys of {free[0]} are part of a circle: some refer to tables that come after it.");
            }

            foreach (var table in free)
            {
                ordered.Add(table);
                done.Add((table.Schema, table.Name));
                waiting.Remove(table);
            }
        }

        return new DatabaseCatalog(name, ordered, notes);
    }

    private static bool IsInCircle(CatalogTable start, List<CatalogTable> tables)
    {
        var seen = new HashSet<(string?, string)>();
        var open = new Stack<CatalogTable>([start]);
        while (open.TryPop(out var table))
        {
            foreach (var key in table.ForeignKeys)
            {
                var end = tables.Find(t => t.Name == key.ReferencedTable && t.Schema == key.ReferencedSchema);
                if (end is null || ReferenceEquals(end, table))
                    continue;
                if (ReferenceEquals(end, start))
                    return true;
                if (seen.Add((end.Schema, end.Name)))
                    open.Push(end);
            }
        }

        return false;
    }
}

/// <summary>A table or view.</summary>
/// <param name="Schema">The schema; null where the database has none.</param>
/// <param name="Name">The table's name, as the catalogue spells it.</param>
/// <param name="Columns">The columns in order.</param>
public sealed record CatalogTable(string? Schema, string Name, IReadOnlyList<CatalogColumn> Columns)
{
    /// <summary>The columns of the primary key in its order; empty where there is none.</summary>
    public IReadOnlyList<string> PrimaryKey { get; init; } = [];

    /// <summary>Whether some rows lack a value of the primary key, which only SQLite allows; false also where nobody looked.</summary>
    public bool HasNullKeys { get; init; }

    /// <summary>The other keys: each a set of columns that no two rows share.</summary>
    public IReadOnlyList<IReadOnlyList<string>> UniqueKeys { get; init; } = [];

    /// <summary>The foreign keys.</summary>
    public IReadOnlyList<CatalogForeignKey> ForeignKeys { get; init; } = [];

    /// <summary>How many rows there are as far as the catalogue knows, without counting; null where it does not.</summary>
    public long? EstimatedRows { get; init; }

    /// <summary>Whether it is a view.</summary>
    public bool IsView { get; init; }

    /// <summary>The file that holds the table; null where a server does.</summary>
    public string? File { get; init; }

    /// <summary>What the database's authors wrote about it, or null.</summary>
    public string? Comment { get; init; }

    /// <summary>For instance <c>public.accounts</c>.</summary>
    public override string ToString() => Schema is null ? Name : $"{Schema}.{Name}";
}

/// <summary>A column of a table.</summary>
/// <param name="Name">The name, as the catalogue spells it.</param>
/// <param name="SourceType">The database's own name of the type, for instance <c>numeric(12,2)</c>; empty where none is declared.</param>
/// <param name="Type">The .NET type in which its values are read; <see cref="object"/> where values of several types occur.</param>
/// <param name="IsNullable">Whether it may be null.</param>
/// <param name="Comment">What the database's authors wrote about it, or null.</param>
public sealed record CatalogColumn(string Name, string SourceType, Type Type, bool IsNullable, string? Comment = null);

/// <summary>A foreign key: columns of one table that name a row of another.</summary>
/// <param name="Name">The constraint's name; empty where it has none.</param>
/// <param name="Columns">The columns in the key's order.</param>
/// <param name="ReferencedSchema">The schema of the table referred to; null where the database has none.</param>
/// <param name="ReferencedTable">The table referred to.</param>
/// <param name="ReferencedColumns">The columns referred to, in the same order.</param>
public sealed record CatalogForeignKey(
    string Name, IReadOnlyList<string> Columns, string? ReferencedSchema, string ReferencedTable, IReadOnlyList<string> ReferencedColumns);
