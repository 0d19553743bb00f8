namespace SafeAI.Migration.Engine.Extraction.Files.Sql;

/// <summary>The name of a table, with its schema where the dump says one.</summary>
internal readonly record struct SqlName(string? Schema, string Name)
{
    /// <summary>Whether it is the one asked for, with or without its schema; case does not count.</summary>
    public bool IsMeantBy(string? wanted) =>
        wanted is null
        || Name.Equals(wanted, StringComparison.OrdinalIgnoreCase)
        || ToString().Equals(wanted, StringComparison.OrdinalIgnoreCase);

    /// <summary>For instance <c>public.orders</c>.</summary>
    public override string ToString() => Schema is null ? Name : $"{Schema}.{Name}";
}

/// <summary>A table of a dump as far as it was described.</summary>
internal sealed class SqlTable(SqlName name, SqlDialect dialect)
{
    private RecordSchema? _schema;
    private RecordSchema? _wideSchema;

    public SqlName Name { get; } = name;

    public List<SqlColumn> Columns { get; } = [];

    /// <summary>The table that it is a partition of, or null. Its rows are those of that table.</summary>
    public SqlTable? Whole { get; set; }

    public List<string> Key { get; } = [];

    public List<CatalogForeignKey> ForeignKeys { get; } = [];

    /// <summary>The schema of its rows; fixed from the first call on.</summary>
    public RecordSchema Schema => _schema ??= MakeSchema(c => c.ToField());

    /// <summary>The schema of rows with values that do not fit their column's type.</summary>
    public RecordSchema WideSchema => _wideSchema ??= MakeSchema(c => c.ToWideField());

    public int IndexOf(string column)
    {
        var index = Columns.FindIndex(c => c.Name == column);
        return index >= 0 ? index : Columns.FindIndex(c => c.Name.Equals(column, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Describes a table that the dump does not create, by the columns that its rows name.</summary>
    public void Describe(IReadOnlyList<string> names)
    {
        foreach (var column in names)
            Columns.Add(new SqlColumn(column, null, dialect));
    }

    public CatalogTable ToCatalogTable() => new(Name.Schema, Name.Name, [.. Columns.Select(c => new CatalogColumn(c.Name, c.SourceType ?? "", c.Type, c.IsNullable))])
    {
        PrimaryKey = Key,
        ForeignKeys = ForeignKeys,
    };

    // A key may be stated behind the rows, and even name columns that are not there.
    private RecordSchema MakeSchema(Func<SqlColumn, RecordField> toField) =>
        new(Name.Name, Columns.Select(toField), Key.All(k => IndexOf(k) >= 0) ? Key : []) { Namespace = Name.Schema };
}

/// <summary>The tables of a dump.</summary>
internal sealed class SqlTables(SqlDialect dialect)
{
    private readonly Dictionary<SqlName, SqlTable> _byName = [];

    public IEnumerable<SqlName> Names => _byName.Keys;

    public bool Contains(SqlName name) => _byName.ContainsKey(name);

    /// <summary>The table of this name, made where it is new.</summary>
    public SqlTable Get(SqlName name)
    {
        if (!_byName.TryGetValue(name, out var table))
            _byName.Add(name, table = new SqlTable(name, dialect));
        return table;
    }

    public DatabaseCatalog ToCatalog(string source) => DatabaseCatalog.InLoadingOrder(source, _byName.Values.Where(t => t.Whole is null).Select(t => t.ToCatalogTable()));
}
