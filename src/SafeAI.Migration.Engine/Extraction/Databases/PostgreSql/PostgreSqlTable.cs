using System.Globalization;
using System.Text;
using Npgsql;

namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>A table or view as the server's catalogue knows it.</summary>
/// <param name="Schema">The schema's name.</param>
/// <param name="Name">The table's name.</param>
/// <param name="Id">The catalogue's number of the table and that of its present storage, which changes when the table is emptied or made anew.</param>
/// <param name="Columns">The columns in order.</param>
/// <param name="Key">The columns of the primary key, else of the smallest unique index over columns that are never null; may be empty.</param>
/// <param name="Kind">The catalogue's <c>relkind</c>: r table, p partitioned table, v view, m materialised view, f foreign table.</param>
/// <param name="EstimatedRows">The rows as of the last ANALYZE; null where it was never analysed.</param>
internal sealed record PostgreSqlTable(
    string Schema, string Name, string Id, IReadOnlyList<PostgreSqlTableColumn> Columns, IReadOnlyList<string> Key, char Kind, long? EstimatedRows)
{
    /// <summary>Schema and table as they are shown, quoted only where they must be.</summary>
    public string DisplayName => $"{QuoteIfNeeded(Schema)}.{QuoteIfNeeded(Name)}";

    /// <summary>Schema and table as they stand in a statement.</summary>
    public string QuotedName => $"{Quote(Schema)}.{Quote(Name)}";

    /// <summary>What stands behind FROM: of a table, its own rows only. Those of tables that inherit from it are read with these.</summary>
    public string FromName => Kind == 'r' ? "ONLY " + QuotedName : QuotedName;

    /// <summary>A name in double quotes.</summary>
    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string QuoteIfNeeded(string name) =>
        name.Length > 0 && (char.IsAsciiLetterLower(name[0]) || name[0] == '_') && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')
            ? name
            : Quote(name);

    /// <summary>Finds a table.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.SourceNotFound"/>: there is none; names the similar ones.</exception>
    public static async Task<PostgreSqlTable> FindAsync(
        NpgsqlConnection connection, string address, string table, string? defaultSchema, CancellationToken cancellationToken)
    {
        var parts = SplitName(table);
        var schema = parts.Count == 2 ? parts[0] : defaultSchema is null ? (NamePart?)null : new NamePart(defaultSchema, true);
        var name = parts[^1];

        var command = new NpgsqlCommand("""
            SELECT c.oid, n.nspname, c.relname, CASE WHEN c.relkind = 'p'
                THEN (SELECT sum(l.reltuples) FROM pg_partition_tree(c.oid) t JOIN pg_class l ON l.oid = t.relid WHERE t.isleaf AND l.reltuples >= 0)
                ELSE c.reltuples END::float8, c.relkind::text, c.relfilenode
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname IN ($1, $2)
                AND CASE WHEN $3::text IS NULL THEN n.nspname = ANY (current_schemas(true)) ELSE n.nspname IN ($3, $4) END
            ORDER BY c.relname = $1 DESC, n.nspname = $3 DESC, array_position(current_schemas(true), n.nspname)
            LIMIT 1
            """, connection);
        await using var disposeCommand = command.ConfigureAwait(false);
        AddText(command, name.Text, name.Folded, schema?.Text, schema?.Folded);
        uint oid;
        string foundSchema, foundName, id;
        char kind;
        long? estimate;
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                await reader.DisposeAsync().ConfigureAwait(false);
                throw await NotFoundAsync(connection, address, table, name.Text, cancellationToken).ConfigureAwait(false);
            }

            oid = reader.GetFieldValue<uint>(0);
            foundSchema = reader.GetString(1);
            foundName = reader.GetString(2);
            id = string.Create(CultureInfo.InvariantCulture, $"{oid}/{reader.GetFieldValue<uint>(5)}");
            kind = reader.GetString(4)[0];
            // A view has no estimate, and a table that was never analysed says -1.
            estimate = kind == 'v' || reader.IsDBNull(3) || reader.GetDouble(3) < 0 ? null : (long)reader.GetDouble(3);
        }

        return new PostgreSqlTable(
            foundSchema, foundName, id,
            await ReadColumnsAsync(connection, oid, cancellationToken).ConfigureAwait(false),
            await ReadKeyAsync(connection, oid, cancellationToken).ConfigureAwait(false),
            kind, estimate);
    }

    private static async Task<List<PostgreSqlTableColumn>> ReadColumnsAsync(NpgsqlConnection connection, uint oid, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand("""
            SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute
            WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped ORDER BY attnum
            """, connection);
        await using var disposeCommand = command.ConfigureAwait(false);
        AddOid(command, oid);
        var columns = new List<PostgreSqlTableColumn>();
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var disposeReader = reader.ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            columns.Add(new PostgreSqlTableColumn(reader.GetString(0), reader.GetString(1), !reader.GetBoolean(2)));
        return columns;
    }

    private static async Task<List<string>> ReadKeyAsync(NpgsqlConnection connection, uint oid, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand("""
            SELECT ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY k (attnum, place)
                JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum WHERE k.place <= i.indnkeyatts ORDER BY k.place)
            FROM pg_index i
            WHERE i.indrelid = $1 AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
                AND NOT EXISTS (SELECT FROM unnest(i.indkey::int2[]) WITH ORDINALITY k (attnum, place)
                    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum WHERE k.place <= i.indnkeyatts AND NOT a.attnotnull)
            ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid
            LIMIT 1
            """, connection);
        await using var disposeCommand = command.ConfigureAwait(false);
        AddOid(command, oid);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is string[] key ? [.. key] : [];
    }

    private static async Task<MigrationException> NotFoundAsync(
        NpgsqlConnection connection, string address, string table, string name, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand("""
            SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
                AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_toast%' AND n.nspname NOT LIKE 'pg\_temp%'
            ORDER BY 1, 2 LIMIT 10000
            """, connection);
        await using var disposeCommand = command.ConfigureAwait(false);
        var all = new List<(string Schema, string Name)>();
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                all.Add((reader.GetString(0), reader.GetString(1)));
        }

        var similar = SimilarNames.Find(name, all, t => t.Name).Select(t => $"{QuoteIfNeeded(t.Schema)}.{QuoteIfNeeded(t.Name)}").ToList();
        var remedy = similar.Count > 0 ? $"Similar: {string.Join(", ", similar)}."
            : all.Count == 0 ? "The database has no tables."
            : string.Create(CultureInfo.InvariantCulture, $"The database has {all.Count} tables and views, for instance {QuoteIfNeeded(all[0].Schema)}.{QuoteIfNeeded(all[0].Name)}.");
        return PostgreSqlErrors.Error(ErrorCode.SourceNotFound, $"There is no table or view '{table}' in {address}.", remedy, inner: null);
    }

    /// <summary>The parts of <c>schema.table</c> as the server takes them: those without quotes in lower case.</summary>
    public static IReadOnlyList<string> SplitNames(string table) => [.. SplitName(table).Select(p => p.Folded)];

    /// <summary>Splits <c>schema.table</c>, with or without double quotes.</summary>
    private static List<NamePart> SplitName(string table)
    {
        var parts = new List<NamePart>();
        var i = 0;
        while (true)
        {
            var text = new StringBuilder();
            var quoted = i < table.Length && table[i] == '"';
            if (quoted)
            {
                for (i++; ; i++)
                {
                    if (i >= table.Length)
                        throw BadName(table, "a quote is not closed");
                    if (table[i] == '"' && (i + 1 >= table.Length || table[i + 1] != '"'))
                        break;
                    if (table[i] == '"')
                        i++;
                    text.Append(table[i]);
                }

                i++;
            }
            else
            {
                while (i < table.Length && table[i] != '.')
                    text.Append(table[i++]);
            }

            if (text.Length == 0)
                throw BadName(table, "a part of it is empty");
            parts.Add(new NamePart(text.ToString(), quoted));
            if (i >= table.Length)
                break;
            if (table[i] != '.')
                throw BadName(table, "after a closing quote there is more than a dot");
            i++;
        }

        return parts.Count <= 2 ? parts : throw BadName(table, "it has more than two parts");
    }

    private static MigrationException BadName(string table, string why) => PostgreSqlErrors.Error(
        ErrorCode.InvalidOptions, $"'{table}' is not the name of a table: {why}.", "Write table, schema.table or \"Schema\".\"Table\".", inner: null);

    private static void AddText(NpgsqlCommand command, params string?[] values)
    {
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
    }

    private static void AddOid(NpgsqlCommand command, uint oid) =>
        command.Parameters.Add(new NpgsqlParameter { Value = oid, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid });

    private readonly record struct NamePart(string Text, bool Quoted)
    {
        public string Folded => Quoted ? Text : Text.ToLowerInvariant();
    }
}

/// <summary>A column of a table.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Type">The type as the server writes it, domains by their own name.</param>
/// <param name="IsNullable">Whether it may be null.</param>
internal sealed record PostgreSqlTableColumn(string Name, string Type, bool IsNullable);
