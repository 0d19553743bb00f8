using SafeAI.Migration.Engine.Extraction.Files;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>Finds the tables of a dump that have rows without a value of their primary key, as SQLite allows.</summary>
internal sealed class NullKeys
{
    private readonly HashSet<(string? Schema, string Name)> _lacking = [];

    /// <summary>Reads a dump where its catalogue allows that values of keys are missing.</summary>
    public static async Task<DatabaseCatalog> FindAsync(string path, DatabaseCatalog catalog, CancellationToken cancellationToken)
    {
        if (!catalog.Tables.Any(t => t.PrimaryKey.Any(k => t.Columns.Any(c => c.Name == k && c.IsNullable))))
            return catalog;
        var found = new NullKeys();
        var source = FileSources.Open(new FileSourceOptions { Path = path, Fingerprint = false });
        await using (source.ConfigureAwait(false))
        {
            await foreach (var batch in source.ReadAsync(cancellationToken).ConfigureAwait(false))
                found.Look(batch.Records);
        }

        return found.In(catalog);
    }

    /// <summary>Looks at the keys of records.</summary>
    public void Look(IReadOnlyList<Record> records)
    {
        foreach (var record in records)
        {
            var schema = record.GetSchema();
            foreach (var key in schema.Key)
            {
                if (record.GetValue(key.Ordinal) is null)
                    _lacking.Add((schema.Namespace, schema.Name));
            }
        }
    }

    /// <summary>The catalogue with what was found.</summary>
    public DatabaseCatalog In(DatabaseCatalog catalog) => _lacking.Count == 0
        ? catalog
        : catalog with { Tables = [.. catalog.Tables.Select(t => _lacking.Contains((t.Schema, t.Name)) ? t with { HasNullKeys = true } : t)] };
}
