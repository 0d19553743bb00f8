using Npgsql;

namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>Reads the catalogue of a PostgreSQL database.</summary>
internal static class PostgreSqlCatalog
{
    private const string IsUserTable = """
        c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
            AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%' AND ($1::text IS NULL OR n.nspname = $1)
            AND has_schema_privilege(n.oid, 'USAGE')
        """;

    /// <summary>The tables of one schema, or of all but the server's own.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.SourceNotFound"/>: there is no such schema.</exception>
    public static async Task<DatabaseCatalog> ReadAsync(NpgsqlConnection connection, string address, string? schema, CancellationToken cancellationToken)
    {
        if (schema is not null)
            await CheckSchemaAsync(connection, address, schema, cancellationToken).ConfigureAwait(false);
        var keys = await ReadKeysAsync(connection, schema, cancellationToken).ConfigureAwait(false);
        var foreignKeys = await ReadForeignKeysAsync(connection, schema, cancellationToken).ConfigureAwait(false);
        var columns = await ReadColumnsAsync(connection, schema, cancellationToken).ConfigureAwait(false);
        var tables = new List<CatalogTable>();
        await ReadRowsAsync(connection, $"""
            SELECT c.oid, n.nspname, c.relname, c.relkind::text, obj_description(c.oid, 'pg_class'), CASE WHEN c.relkind = 'p'
                THEN (SELECT sum(l.reltuples) FROM pg_partition_tree(c.oid) t JOIN pg_class l ON l.oid = t.relid WHERE t.isleaf AND l.reltuples >= 0)
                ELSE c.reltuples END::float8
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {IsUserTable} ORDER BY n.nspname, c.relname
            """, schema, reader =>
        {
            var oid = reader.GetFieldValue<uint>(0);
            var tableKeys = keys.GetValueOrDefault(oid, []);
            var isView = reader.GetString(3) is "v" or "m";
            tables.Add(new CatalogTable(reader.GetString(1), reader.GetString(2), columns.GetValueOrDefault(oid, []))
            {
                PrimaryKey = tableKeys.Find(k => k.IsPrimary).Columns ?? [],
                UniqueKeys = [.. tableKeys.Where(k => !k.IsPrimary).Select(k => k.Columns)],
                ForeignKeys = foreignKeys.GetValueOrDefault(oid, []),
                // A plain view has no rows of its own, and a table that was never analysed says -1.
                EstimatedRows = reader.GetString(3) == "v" || reader.IsDBNull(5) || reader.GetDouble(5) < 0 ? null : (long)reader.GetDouble(5),
                IsView = isView,
                Comment = reader.IsDBNull(4) ? null : reader.GetString(4),
            });
        }, cancellationToken).ConfigureAwait(false);
        return DatabaseCatalog.InLoadingOrder(address, tables);
    }

    private static async Task CheckSchemaAsync(NpgsqlConnection connection, string address, string schema, CancellationToken cancellationToken)
    {
        var schemas = new List<string>();
        await ReadRowsAsync(
            connection,
            "SELECT nspname FROM pg_namespace WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%' AND ($1::text IS NULL OR true) ORDER BY 1",
            schema, reader => schemas.Add(reader.GetString(0)), cancellationToken).ConfigureAwait(false);
        if (!schemas.Contains(schema))
        {
            throw PostgreSqlErrors.Error(
                ErrorCode.SourceNotFound, $"There is no schema '{schema}' in {address}.",
                $"There {(schemas.Count == 1 ? "is" : "are")}: {string.Join(", ", schemas.Take(20))}{(schemas.Count > 20 ? ", …" : "")}.", inner: null);
        }
    }

    private static async Task<Dictionary<uint, List<CatalogColumn>>> ReadColumnsAsync(NpgsqlConnection connection, string? schema, CancellationToken cancellationToken)
    {
        var rows = new List<(uint Table, string Name, string Type, bool NotNull, string? Comment, uint Oid)>();
        await ReadRowsAsync(connection, $"""
            SELECT c.oid, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, col_description(c.oid, a.attnum), b.oid
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            CROSS JOIN LATERAL (
                WITH RECURSIVE below (oid, typtype, typbasetype) AS (
                    SELECT oid, typtype, typbasetype FROM pg_type WHERE oid = a.atttypid
                    UNION ALL
                    SELECT t.oid, t.typtype, t.typbasetype FROM below d JOIN pg_type t ON t.oid = d.typbasetype WHERE d.typtype = 'd')
                SELECT oid FROM below WHERE typtype <> 'd') b
            WHERE {IsUserTable} ORDER BY c.oid, a.attnum
            """, schema, reader => rows.Add((
                reader.GetFieldValue<uint>(0), reader.GetString(1), reader.GetString(2), reader.GetBoolean(3),
                reader.IsDBNull(4) ? null : reader.GetString(4), reader.GetFieldValue<uint>(5))), cancellationToken).ConfigureAwait(false);
        var types = await PostgreSqlTypes.ReadReadersAsync(connection, rows.Select(r => r.Oid), cancellationToken).ConfigureAwait(false);
        return rows.GroupBy(r => r.Table).ToDictionary(
            g => g.Key,
            g => g.Select(r => new CatalogColumn(r.Name, r.Type, types[r.Oid].Type, !r.NotNull, r.Comment)).ToList());
    }

    private static async Task<Dictionary<uint, List<(bool IsPrimary, IReadOnlyList<string> Columns)>>> ReadKeysAsync(
        NpgsqlConnection connection, string? schema, CancellationToken cancellationToken)
    {
        var keys = new Dictionary<uint, List<(bool, IReadOnlyList<string>)>>();
        await ReadRowsAsync(connection, $"""
            SELECT c.oid, i.indisprimary, ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY k (attnum, place)
                JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum WHERE k.place <= i.indnkeyatts ORDER BY k.place)
            FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE {IsUserTable} AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL ORDER BY i.indexrelid
            """, schema, reader =>
        {
            var oid = reader.GetFieldValue<uint>(0);
            if (!keys.TryGetValue(oid, out var list))
                keys[oid] = list = [];
            list.Add((reader.GetBoolean(1), reader.GetFieldValue<string[]>(2)));
        }, cancellationToken).ConfigureAwait(false);
        return keys;
    }

    private static async Task<Dictionary<uint, List<CatalogForeignKey>>> ReadForeignKeysAsync(NpgsqlConnection connection, string? schema, CancellationToken cancellationToken)
    {
        var foreignKeys = new Dictionary<uint, List<CatalogForeignKey>>();
        await ReadRowsAsync(connection, $"""
            SELECT c.oid, f.conname, rn.nspname, rc.relname,
                ARRAY(SELECT a.attname::text FROM unnest(f.conkey) WITH ORDINALITY k (attnum, place) JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.attnum ORDER BY k.place),
                ARRAY(SELECT a.attname::text FROM unnest(f.confkey) WITH ORDINALITY k (attnum, place) JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = k.attnum ORDER BY k.place)
            FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_class rc ON rc.oid = f.confrelid JOIN pg_namespace rn ON rn.oid = rc.relnamespace
            WHERE f.contype = 'f' AND NOT rc.relispartition AND {IsUserTable} ORDER BY f.conname
            """, schema, reader =>
        {
            var oid = reader.GetFieldValue<uint>(0);
            if (!foreignKeys.TryGetValue(oid, out var list))
                foreignKeys[oid] = list = [];
            list.Add(new CatalogForeignKey(
                reader.GetString(1), reader.GetFieldValue<string[]>(4), reader.GetString(2), reader.GetString(3), reader.GetFieldValue<string[]>(5)));
        }, cancellationToken).ConfigureAwait(false);
        return foreignKeys;
    }

    private static async Task ReadRowsAsync(NpgsqlConnection connection, string query, string? schema, Action<NpgsqlDataReader> read, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(query, connection);
        await using var disposeCommand = command.ConfigureAwait(false);
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)schema ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var disposeReader = reader.ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            read(reader);
    }
}
