namespace SafeAI.Migration.Engine.Extraction.Files.Sql;

/// <summary>The tables of a dump.</summary>
internal sealed class SqlTables(SqlDialect dialect)
{
    private readonly List<SqlTable> _tables = [];

    /// <summary>The table of this name, made where it is new.</summary>
    public SqlTable Get(string name)
    {
        var table = _tables.Find(t => t.Name == name);
        if (table is null)
            _tables.Add(table = new SqlTable(name, dialect));
        return table;
    }

    public IEnumerable<string> Names => _tables.Select(t => t.Name);

    /// <summary>Whether a table is the one asked for: by its whole name, or without its schema; case counts only where it must.</summary>
    public static bool IsMeant(string name, string? wanted) =>
        wanted is null
        || name.Equals(wanted, StringComparison.OrdinalIgnoreCase)
        || (name.Length > wanted.Length && name[^(wanted.Length + 1)] == '.' && name.EndsWith(wanted, StringComparison.OrdinalIgnoreCase));

    /// <summary>All tables, each after those that it refers to, as far as there is no circle; otherwise in the order of the dump.</summary>
    public IReadOnlyList<SourceTable> InOrder()
    {
        var ordered = new List<SqlTable>();
        var under = new HashSet<SqlTable>();
        foreach (var table in _tables)
            Visit(table);
        return [.. ordered.Select(t => t.ToSourceTable())];

        void Visit(SqlTable table)
        {
            if (ordered.Contains(table) || !under.Add(table))
                return;
            foreach (var key in table.ForeignKeys)
                if (_tables.Find(t => t.Name == key.ReferencedTable) is { } referenced)
                    Visit(referenced);
            ordered.Add(table);
        }
    }
}
