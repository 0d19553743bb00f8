using System.Globalization;

namespace SafeAI.Migration.Engine.Extraction.Files.Sql;

/// <summary>A table of a dump as far as it was described.</summary>
internal sealed class SqlTable(string name, SqlDialect dialect)
{
    private RecordSchema? _schema;
    private RecordSchema? _wideSchema;

    public string Name { get; } = name;

    public List<SqlColumn> Columns { get; } = [];

    public List<string> Key { get; } = [];

    public List<SourceForeignKey> ForeignKeys { get; } = [];

    /// <summary>The schema of its rows; fixed from the first call on.</summary>
    public RecordSchema Schema => _schema ??= MakeSchema(c => c.ToField());

    /// <summary>The schema of rows with values that do not fit their column's type.</summary>
    public RecordSchema WideSchema => _wideSchema ??= MakeSchema(c => c.Kind == SqlValueKind.Any ? c.ToField() : c.ToWideField());

    public int IndexOf(string column)
    {
        var index = Columns.FindIndex(c => c.Name == column);
        return index >= 0 ? index : Columns.FindIndex(c => c.Name.Equals(column, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Describes a table that the dump does not create, by the columns that its rows name.</summary>
    public void Describe(IReadOnlyList<string>? names, int count)
    {
        for (var i = 0; i < count; i++)
            Columns.Add(new SqlColumn(names?[i] ?? string.Create(CultureInfo.InvariantCulture, $"Column{i + 1}"), null, dialect));
    }

    public SourceTable ToSourceTable() => new(Name, Columns.Count > 0 ? MakeSchema(c => c.ToField()) : null, ForeignKeys);

    // A key may be stated behind the rows, and even name columns that are not there.
    private RecordSchema MakeSchema(Func<SqlColumn, RecordField> toField) =>
        new(Name, Columns.Select(toField), Key.All(k => IndexOf(k) >= 0) ? Key : []);
}
