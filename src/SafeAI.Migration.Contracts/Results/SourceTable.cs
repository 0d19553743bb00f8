namespace SafeAI.Migration;

/// <summary>One table of a source that holds several.</summary>
/// <param name="Name">The table's name, with its schema where the source says one, for instance <c>public.orders</c>.</param>
/// <param name="Schema">Its columns and key; null where the source does not describe them.</param>
/// <param name="ForeignKeys">Its foreign keys.</param>
public sealed record SourceTable(string Name, RecordSchema? Schema, IReadOnlyList<SourceForeignKey> ForeignKeys)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>A foreign key of a table.</summary>
/// <param name="Columns">The columns of the table, in the key's order.</param>
/// <param name="ReferencedTable">The name of the table that it refers to, as in <see cref="SourceTable.Name"/>.</param>
/// <param name="ReferencedColumns">The columns there, in the same order; empty for that table's primary key.</param>
public sealed record SourceForeignKey(IReadOnlyList<string> Columns, string ReferencedTable, IReadOnlyList<string> ReferencedColumns)
{
    /// <summary>For instance <c>(customer_id) → public.customers (id)</c>.</summary>
    public override string ToString() =>
        $"({string.Join(", ", Columns)}) → {ReferencedTable}{(ReferencedColumns.Count == 0 ? "" : $" ({string.Join(", ", ReferencedColumns)})")}";
}
