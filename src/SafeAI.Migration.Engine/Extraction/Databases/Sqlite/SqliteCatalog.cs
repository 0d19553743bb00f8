using SQLitePCL;

namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>Reads the catalogue of a SQLite file.</summary>
public static class SqliteCatalog
{
    /// <summary>The tables and views of a file, in the order in which they can be loaded.</summary>
    /// <param name="path">The file.</param>
    /// <param name="findsNullKeys">Whether to look for rows that lack a value of their key, for which the keys are read.</param>
    /// <exception cref="MigrationException"><see cref="ErrorCode.SourceNotFound"/> or <see cref="ErrorCode.SourceUnreadable"/>.</exception>
    public static DatabaseCatalog Read(string path, bool findsNullKeys = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var file = SqliteFile.Open(path);
        return DatabaseCatalog.InLoadingOrder(path, [.. ListTables(file).Select(t => ReadTable(file, t.Name, t.IsView))
            .Select(t => findsNullKeys && !t.IsView ? t with { HasNullKeys = LacksKeys(file, t) } : t)]);
    }

    /// <summary>Finds a table or view.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.SourceNotFound"/>: there is none; names the similar ones.</exception>
    internal static CatalogTable Find(SqliteFile file, string name)
    {
        var tables = ListTables(file);
        var found = tables.Find(t => string.Equals(t.Name, name, StringComparison.OrdinalIgnoreCase));
        if (found.Name is not null)
            return ReadTable(file, found.Name, found.IsView);
        var similar = SimilarNames.Find(name, tables, t => t.Name).Select(t => t.Name).ToList();
        throw SqliteFile.Error(
            ErrorCode.SourceNotFound, $"There is no table or view '{name}' in '{file.Path}'.",
            similar.Count > 0 ? $"Similar: {string.Join(", ", similar)}."
            : tables.Count == 0 ? "The file has no tables."
            : $"There {(tables.Count == 1 ? "is" : "are")}: {string.Join(", ", tables.Take(20).Select(t => t.Name))}{(tables.Count > 20 ? ", …" : "")}.");
    }

    /// <summary>The .NET type in which the values of a column are expected, by the rules of SQLite's type affinity.</summary>
    internal static Type TypeOf(string declared) => declared switch
    {
        _ when Has(declared, "INT") => typeof(long),
        _ when Has(declared, "CHAR") || Has(declared, "CLOB") || Has(declared, "TEXT") => typeof(string),
        _ when Has(declared, "BLOB") => typeof(byte[]),
        _ when Has(declared, "REAL") || Has(declared, "FLOA") || Has(declared, "DOUB") => typeof(double),
        // Without a type, or with one of numeric affinity, a column holds what was put in.
        _ => typeof(object),
    };

    private static bool Has(string declared, string part) => declared.Contains(part, StringComparison.OrdinalIgnoreCase);

    private static List<(string Name, bool IsView)> ListTables(SqliteFile file)
    {
        var tables = new List<(string, bool)>();
        file.Query(
            "SELECT name, type = 'view' FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
            row => tables.Add((Text(row, 0), raw.sqlite3_column_int(row, 1) != 0)));
        return tables;
    }

    private static CatalogTable ReadTable(SqliteFile file, string name, bool isView)
    {
        var columns = new List<CatalogColumn>();
        var key = new SortedDictionary<int, string>();
        file.Query("SELECT name, type, \"notnull\", pk FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid", row =>
        {
            var place = raw.sqlite3_column_int(row, 3);
            columns.Add(new CatalogColumn(Text(row, 0), Text(row, 1), TypeOf(Text(row, 1)), raw.sqlite3_column_int(row, 2) == 0));
            if (place > 0)
                key[place] = Text(row, 0);
        }, name);

        var unique = new List<IReadOnlyList<string>>();
        file.Query("SELECT name FROM pragma_index_list(?1) WHERE \"unique\" AND origin <> 'pk' AND NOT partial ORDER BY name", row =>
        {
            var index = new List<string>();
            file.Query("SELECT coalesce(name, '') FROM pragma_index_info(?1) ORDER BY seqno", column => index.Add(Text(column, 0)), Text(row, 0));
            // An index over an expression has no column's name.
            if (!index.Contains(""))
                unique.Add(index);
        }, name);

        return new CatalogTable(null, name, columns)
        {
            PrimaryKey = [.. key.Values],
            UniqueKeys = unique,
            ForeignKeys = ReadForeignKeys(file, name),
            EstimatedRows = isView ? null : EstimateRows(file, name),
            IsView = isView,
            File = file.Path,
        };
    }

    // SQLite lets the parts of a key be null, unless it is the number of the row or the table has no such numbers.
    private static bool LacksKeys(SqliteFile file, CatalogTable table)
    {
        var open = table.PrimaryKey.Where(k => table.Columns.First(c => c.Name == k).IsNullable).Select(k => $"{Quote(k)} IS NULL").ToList();
        var found = false;
        if (open.Count > 0)
            file.Query($"SELECT 1 FROM {Quote(table.Name)} WHERE {string.Join(" OR ", open)} LIMIT 1", _ => found = true);
        return found;
    }

    private static List<CatalogForeignKey> ReadForeignKeys(SqliteFile file, string name)
    {
        var parts = new List<(int Id, string Table, string From, string? To)>();
        file.Query("SELECT id, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(?1) ORDER BY id, seq", row => parts.Add((
            raw.sqlite3_column_int(row, 0), Text(row, 1), Text(row, 2),
            raw.sqlite3_column_type(row, 3) == raw.SQLITE_NULL ? null : Text(row, 3))), name);
        var keys = new List<CatalogForeignKey>();
        foreach (var group in parts.GroupBy(p => p.Id))
        {
            var table = group.First().Table;
            var spelled = ListTables(file).Find(t => string.Equals(t.Name, table, StringComparison.OrdinalIgnoreCase)).Name ?? table;
            IReadOnlyList<string> columns = [.. group.Select(p => p.To).OfType<string>()];
            // Without columns the primary key is meant.
            if (columns.Count == 0)
            {
                var key = new SortedDictionary<int, string>();
                file.Query("SELECT pk, name FROM pragma_table_info(?1) WHERE pk > 0", row => key[raw.sqlite3_column_int(row, 0)] = Text(row, 1), table);
                columns = [.. key.Values];
            }

            keys.Add(new CatalogForeignKey("", [.. group.Select(p => p.From)], null, spelled, columns));
        }

        return keys;
    }

    /// <summary>From the statistics of ANALYZE, else from the highest rowid, which is at hand without counting.</summary>
    private static long? EstimateRows(SqliteFile file, string name)
    {
        long? estimate = null;
        var hasStatistics = false;
        file.Query("SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'", row => hasStatistics = raw.sqlite3_column_int(row, 0) > 0);
        if (hasStatistics)
        {
            file.Query("SELECT max(CAST(stat AS INTEGER)) FROM sqlite_stat1 WHERE tbl = ?1", row =>
            {
                if (raw.sqlite3_column_type(row, 0) != raw.SQLITE_NULL)
                    estimate = raw.sqlite3_column_int64(row, 0);
            }, name);
        }

        if (estimate is null)
        {
            try
            {
                file.Query($"SELECT max(rowid) FROM {Quote(name)}", row =>
                    estimate = raw.sqlite3_column_type(row, 0) == raw.SQLITE_INTEGER ? raw.sqlite3_column_int64(row, 0) : 0);
            }
            catch (MigrationException)
            {
                // A table WITHOUT ROWID has none, and a virtual one may not tell.
            }
        }

        return estimate;
    }

    internal static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Text(sqlite3_stmt row, int column) => raw.sqlite3_column_text(row, column).utf8_to_string() ?? "";
}
