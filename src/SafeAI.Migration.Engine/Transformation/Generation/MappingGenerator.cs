using System.Text;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>A mapping made from a catalogue.</summary>
/// <param name="Json">The mapping's text, with comments, ready to be edited.</param>
/// <param name="Document">The same, read.</param>
/// <param name="Notes">What could not be mapped as it should be, and what to do about it; empty where all is well.</param>
public sealed record GeneratedMapping(string Json, MappingDocument Document, IReadOnlyList<string> Notes);

/// <summary>
/// Writes a mapping for a whole database: a table becomes a node type with its primary key as the id and its columns as
/// properties, a foreign key becomes a relationship, and a table that only joins two others becomes a relationship with
/// properties.
/// </summary>
public static class MappingGenerator
{
    /// <summary>Writes a mapping. The same catalogue always gives the same text.</summary>
    /// <param name="catalog">What there is.</param>
    public static GeneratedMapping Generate(DatabaseCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        var notes = catalog.Notes.ToList();
        var tables = PlannedTable.PlanAll(catalog, notes);
        var json = new MappingWriter().Write(catalog, tables, notes);
        return new GeneratedMapping(json, MappingDocument.Parse(json, catalog.Name), notes);
    }

    /// <summary>Writes a mapping to a file, which is whole or not there.</summary>
    /// <param name="mapping">The mapping.</param>
    /// <param name="path">The file; one that exists is replaced.</param>
    /// <exception cref="MigrationException"><see cref="ErrorCode.ExportFailed"/>: it cannot be written.</exception>
    public static string Save(GeneratedMapping mapping, string path)
    {
        ArgumentNullException.ThrowIfNull(mapping);
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var file = new Export.ExportStream(path, force: true, append: false);
        file.Content.Write(Encoding.UTF8.GetBytes(mapping.Json));
        file.Complete();
        return path;
    }
}

/// <summary>What becomes of one table.</summary>
internal sealed class PlannedTable
{
    private PlannedTable(CatalogTable table) => (Table, Source) = (table, table.Name);

    public CatalogTable Table { get; }

    /// <summary>The node type; the relationship type for a table that only joins.</summary>
    public string Type { get; private set; } = "";

    /// <summary>What ids begin with.</summary>
    public string Prefix { get; private set; } = "";

    public bool IsJoin { get; private set; }

    /// <summary>What its records are called: the table's name, behind its schema's where several tables have that name.</summary>
    public string Source { get; private set; }

    /// <summary>Whether a text that a database keeps, and that may be empty, is part of the key.</summary>
    public bool HasTextKey => FurtherKeys.Prepend(Key).SelectMany(k => k).Any(k => Column(k) is { } column
        && (column.Type == typeof(string) ? column.SourceType.Length > 0 : column.Type == typeof(object) && column.SourceType != "json"));

    /// <summary>The columns that the id is made from; empty where the record's number must do.</summary>
    public IReadOnlyList<string> Key { get; private set; } = [];

    /// <summary>The keys that make the id where a row lacks a value of the first, in their order; at last the record's number does.</summary>
    public IReadOnlyList<IReadOnlyList<string>> FurtherKeys => Table.HasNullKeys && Key == Table.PrimaryKey ? [.. Lookups.Select(l => l.Columns)] : [];

    /// <summary>Whether rows may lack what the id is made from.</summary>
    public bool LacksKeys => Table.HasNullKeys && Key == Table.PrimaryKey;

    /// <summary>The other keys by which foreign keys refer to the table.</summary>
    public List<PlannedLookup> Lookups { get; } = [];

    /// <summary>The foreign keys that become relationships.</summary>
    public List<PlannedReference> References { get; } = [];

    public static IReadOnlyList<PlannedTable> PlanAll(DatabaseCatalog catalog, List<string> notes)
    {
        foreach (var view in catalog.Tables.Where(t => t.IsView))
            notes.Add($"The view '{view}' is left out, because its rows are those of tables.");
        var tables = catalog.Tables.Where(t => !t.IsView).Select(t => new PlannedTable(t)).ToList();
        foreach (var name in tables.GroupBy(t => t.Table.Name, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1))
        {
            if (name.All(t => t.Table.Schema is not null) && name.Select(t => t.Table.Schema).Distinct(StringComparer.OrdinalIgnoreCase).Count() == name.Count())
            {
                foreach (var table in name)
                    table.Source = $"{table.Table.Schema}.{table.Table.Name}";
                continue;
            }

            notes.Add($"Several tables are called '{name.Key}': {string.Join(", ", name.Select(t => t.Table))}. Records are told apart by that name only, so use a mapping of its own for each.");
        }

        foreach (var table in tables)
            table.Key = table.ChooseKey(tables);
        foreach (var table in tables)
            table.IsJoin = table.OnlyJoins(tables);

        var types = new HashSet<string>(StringComparer.Ordinal);
        var prefixes = new HashSet<string>(StringComparer.Ordinal);
        var repeated = tables.GroupBy(t => GraphNames.Prefix(t.Table.Name), StringComparer.Ordinal).Where(g => g.Count() > 1).SelectMany(g => g).ToHashSet();
        foreach (var table in tables)
        {
            var name = repeated.Contains(table) && table.Table.Schema is { } schema ? $"{schema}_{table.Table.Name}" : table.Table.Name;
            table.Type = GraphNames.Unique(table.IsJoin ? GraphNames.Prefix(name).ToUpperInvariant() : GraphNames.Label(name), types);
            table.Prefix = GraphNames.Unique(GraphNames.Prefix(name), prefixes);
        }

        foreach (var table in tables)
            table.PlanReferences(tables, notes);
        return tables;
    }

    public CatalogColumn? Column(string name) => Table.Columns.FirstOrDefault(c => c.Name == name);

    private static PlannedTable? Find(List<PlannedTable> tables, CatalogForeignKey key) =>
        tables.Find(t => t.Table.Name == key.ReferencedTable && t.Table.Schema == key.ReferencedSchema);

    private static IReadOnlyList<string> Referenced(CatalogForeignKey key, CatalogTable target) =>
        key.ReferencedColumns.Count > 0 ? key.ReferencedColumns : target.PrimaryKey;

    /// <summary>The primary key where every row has it; else a unique key without nulls, best one that foreign keys refer to.</summary>
    private IReadOnlyList<string> ChooseKey(List<PlannedTable> tables)
    {
        if (Table.PrimaryKey.Count > 0 && !Table.HasNullKeys)
            return Table.PrimaryKey;
        var referred = tables
            .SelectMany(t => t.Table.ForeignKeys.Where(k => Find(tables, k) == this))
            .Select(k => Referenced(k, Table))
            .ToList();
        var candidates = Table.UniqueKeys.Where(k => k.All(c => Column(c) is { IsNullable: false })).ToList();
        return candidates.Find(k => referred.Exists(r => r.ToHashSet().SetEquals(k))) ?? candidates.FirstOrDefault() ?? Table.PrimaryKey;
    }

    // Two foreign keys that together are the whole key, and nothing that refers to the table itself.
    private bool OnlyJoins(List<PlannedTable> tables) =>
        Table is { ForeignKeys.Count: 2, PrimaryKey.Count: > 1, HasNullKeys: false }
        && Table.ForeignKeys.SelectMany(k => k.Columns).ToHashSet().SetEquals(Table.PrimaryKey)
        && Table.ForeignKeys.All(k => Find(tables, k) is { Key.Count: > 0 } target && Referenced(k, target.Table).Count == k.Columns.Count)
        && !tables.Exists(t => t.Table.ForeignKeys.Any(k => Find(tables, k) == this));

    private PlannedLookup LookupBy(IReadOnlyList<string> columns)
    {
        var known = Lookups.Find(l => l.Columns.SequenceEqual(columns));
        if (known is null)
            Lookups.Add(known = new PlannedLookup($"{Prefix} by {string.Join(", ", columns)}", columns));
        return known;
    }

    private void PlanReferences(List<PlannedTable> tables, List<string> notes)
    {
        var types = new HashSet<string>(StringComparer.Ordinal);
        foreach (var key in Table.ForeignKeys)
        {
            var name = $"The foreign key ({string.Join(", ", key.Columns)}) of '{Table}'";
            if (Find(tables, key) is not { } target)
            {
                notes.Add($"{name} refers to '{key.ReferencedTable}', which is not in the catalogue; it makes no relationship.");
                continue;
            }

            var referenced = Referenced(key, target.Table);
            if (referenced.Count != key.Columns.Count || target.Key.Count == 0)
            {
                notes.Add($"{name} refers to '{target.Table}' by ({string.Join(", ", referenced)}), but {(target.Key.Count == 0 ? "that has no key that its nodes' ids could be made from" : "names another number of columns")}; it makes no relationship.");
                continue;
            }

            // The columns in the order of the id that they make, or of the key by which the id is looked up.
            var lookup = target.Key.ToHashSet().SetEquals(referenced) ? null : target.LookupBy(referenced);
            IReadOnlyList<string> columns = lookup is not null ? key.Columns : [.. target.Key.Select(k => key.Columns[referenced.ToList().IndexOf(k)])];
            var type = key.Columns.Count == 1 ? GraphNames.RelationshipType(key.Columns[0]) : "HAS_" + GraphNames.Prefix(target.Table.Name).ToUpperInvariant();
            References.Add(new PlannedReference(
                GraphNames.Unique(type, types), target, columns, columns.Any(c => Column(c)?.IsNullable ?? true), lookup));
        }
    }
}

/// <summary>A foreign key that becomes a relationship.</summary>
/// <param name="Type">The relationship's type.</param>
/// <param name="Target">The table referred to.</param>
/// <param name="Columns">The columns that refer, in the order of the target's key, or of the lookup's.</param>
/// <param name="IsOptional">Whether a row may refer to nothing.</param>
/// <param name="Lookup">How the target is found; null where the columns are those of its id.</param>
internal sealed record PlannedReference(string Type, PlannedTable Target, IReadOnlyList<string> Columns, bool IsOptional, PlannedLookup? Lookup);

/// <summary>A key other than that of the ids, by which rows are looked up.</summary>
/// <param name="Name">The lookup's name.</param>
/// <param name="Columns">The key's columns.</param>
internal sealed record PlannedLookup(string Name, IReadOnlyList<string> Columns);
