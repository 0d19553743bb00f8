using System.Globalization;
using System.Text;
using Npgsql;

namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>Makes records of the rows of one statement.</summary>
internal sealed class PostgreSqlRowReader
{
    private readonly PostgreSqlValueReader[] _readers;
    private readonly Lazy<RecordSchema> _wideSchema;

    private PostgreSqlRowReader(RecordSchema schema, PostgreSqlValueReader[] readers)
    {
        Schema = schema;
        _readers = readers;
        // The same fields, where those that can have odd values hold any type.
        _wideSchema = new(() => new RecordSchema(
            schema.Name,
            schema.Fields.Select((f, i) => readers[i].OddNote is { } note
                ? new RecordField(f.Name, typeof(object), f.SourceType, f.IsNullable, f.Note is null ? note : $"{f.Note} {note}")
                : new RecordField(f.Name, f.Type, f.SourceType, f.IsNullable, f.Note)),
            schema.Key.Select(k => k.Name)) { Namespace = schema.Namespace });
        TextColumns = Array.Exists(readers, r => r.AsText) ? Array.ConvertAll(readers, r => r.AsText) : null;
    }

    /// <summary>The shape of the records, but for rows with odd values.</summary>
    public RecordSchema Schema { get; }

    /// <summary>Which columns the server is asked to send as text; null where none.</summary>
    public bool[]? TextColumns { get; }

    /// <summary>Asks the server what a statement returns, without running it.</summary>
    /// <param name="command">The statement with its parameters.</param>
    /// <param name="name">The schema's name.</param>
    /// <param name="table">The table, where the statement reads one.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<PostgreSqlRowReader> DescribeAsync(
        NpgsqlCommand command, string name, PostgreSqlTable? table, CancellationToken cancellationToken)
    {
        var columns = new List<(string Name, uint Oid, string Type)>();
        var reader = await command.ExecuteReaderAsync(System.Data.CommandBehavior.SchemaOnly, cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            for (var i = 0; i < reader.FieldCount; i++)
                columns.Add((reader.GetName(i), reader.GetDataTypeOID(i), reader.GetDataTypeName(i)));
            if (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false))
                throw PostgreSqlErrors.Error(ErrorCode.InvalidQuery, "The query holds more than one statement.", "Give one statement that returns rows.", inner: null);
        }

        if (columns.Count == 0 && table is null)
            throw PostgreSqlErrors.Error(ErrorCode.InvalidQuery, "The query returns no columns.", "Give one statement that returns rows.", inner: null);

        var types = await PostgreSqlTypes.ReadReadersAsync(command.Connection!, columns.Select(c => c.Oid), cancellationToken).ConfigureAwait(false);
        var readers = columns.Select(c => types[c.Oid]).ToArray();
        var names = UniqueNames.Of([.. columns.Select(c => c.Name)]);
        var fields = columns.Select((c, i) => new RecordField(
            names[i], readers[i].Type, table?.Columns[i].Type ?? c.Type, table?.Columns[i].IsNullable ?? true,
            names[i] == c.Name ? readers[i].Note : $"The query names this column '{c.Name}' too. {readers[i].Note}".TrimEnd()));
        return new PostgreSqlRowReader(new RecordSchema(name, fields, table?.Key) { Namespace = table?.Schema }, readers);
    }

    /// <summary>What stands in a SELECT for a column, so that it comes in the form in which it is read from a copy.</summary>
    /// <param name="column">The column's place, from 0.</param>
    /// <param name="expression">The column as it stands in a statement.</param>
    /// <remarks>IS NULL would also be true of a row of nulls.</remarks>
    public string CopyExpression(int column, string expression) => _readers[column].CopyAsText
        ? $"CASE WHEN num_nulls({expression}) = 0 THEN format('%s', {expression}) END"
        : expression;

    /// <summary>Makes a record of the current row of a statement's result.</summary>
    /// <param name="reader">Stands on a row that is wholly in memory.</param>
    /// <param name="source">The stream.</param>
    /// <param name="ordinal">The row's number, from 1.</param>
    /// <param name="key">Receives the values of the key's columns; empty where they are not wanted.</param>
    /// <param name="reject">Why no record could be made, where none is returned.</param>
    public Record? Read(NpgsqlDataReader reader, RecordSource source, long ordinal, object?[] key, out Reject? reject) =>
        Read(new ResultRow(reader), source, ordinal, key, out reject);

    /// <summary>Makes a record of the current row of a copy.</summary>
    /// <param name="copy">Stands on a row.</param>
    /// <param name="source">The stream.</param>
    /// <param name="ordinal">The row's number, from 1.</param>
    /// <param name="key">Receives the values of the key's columns; empty where they are not wanted.</param>
    /// <param name="reject">Why no record could be made, where none is returned.</param>
    public Record? Read(PostgreSqlCopyStream copy, RecordSource source, long ordinal, object?[] key, out Reject? reject) =>
        Read(new CopyRow(copy), source, ordinal, key, out reject);

    private Record? Read<TRow>(TRow row, RecordSource source, long ordinal, object?[] key, out Reject? reject)
        where TRow : struct, IRow
    {
        var readers = _readers;
        var values = new object?[readers.Length];
        var odd = false;
        var i = 0;
        try
        {
            for (; i < readers.Length; i++)
            {
                if (!row.IsNull(i))
                    values[i] = row.Read(readers[i], i, ref odd);
            }
        }
        catch (Exception e) when (!PostgreSqlErrors.IsLostConnection(e))
        {
            ReadKey(row, source, ordinal, key);
            var field = Schema.Fields[i];
            reject = new Reject(MigrationStage.Extract, ErrorCode.BadRecord, $"The {field.SourceType} could not be read: {Describe(e)}", new RecordPosition(source.Name, ordinal))
            {
                Field = field.Name,
                RawText = string.Join(", ", Schema.Key.Select(k => $"{k.Name}={values[k.Ordinal]}")),
                Exception = e,
            };
            return null;
        }

        for (var k = 0; k < key.Length; k++)
            key[k] = values[Schema.Key[k].Ordinal];
        reject = null;
        return (odd ? _wideSchema.Value : Schema).CreateRecord(values, source, ordinal);
    }

    /// <summary>The key of a row that is rejected: without it the read could not go on behind the row.</summary>
    private void ReadKey<TRow>(TRow row, RecordSource source, long ordinal, object?[] key)
        where TRow : struct, IRow
    {
        for (var k = 0; k < key.Length; k++)
        {
            var field = Schema.Key[k];
            var odd = false;
            try
            {
                key[k] = row.IsNull(field.Ordinal) ? null : row.Read(_readers[field.Ordinal], field.Ordinal, ref odd);
            }
            catch (Exception e) when (!PostgreSqlErrors.IsLostConnection(e))
            {
                throw PostgreSqlErrors.Error(
                    ErrorCode.BadRecord, $"{new RecordPosition(source.Name, ordinal)}: The {field.SourceType} of the key '{field.Name}' could not be read: {Describe(e)}", remedy: null, e);
            }
        }
    }

    private static string Describe(Exception e) => e switch
    {
        DecoderFallbackException { BytesUnknown: [var first, ..] } => string.Create(
            CultureInfo.InvariantCulture, $"it holds the byte 0x{first:X2}, which is not valid in UTF-8. Where it is LATIN1, a query reads it with convert_from(convert(convert_to(column, 'SQL_ASCII'), 'LATIN1', 'UTF8'), 'SQL_ASCII')."),
        _ => $"{e.Message} Cast the column to text in a query.",
    };

    /// <summary>A row in either form; structs, so that each gets code of its own.</summary>
    private interface IRow
    {
        bool IsNull(int column);

        object Read(PostgreSqlValueReader reader, int column, ref bool odd);
    }

    private readonly struct ResultRow(NpgsqlDataReader result) : IRow
    {
        public bool IsNull(int column) => result.IsDBNull(column);

        public object Read(PostgreSqlValueReader reader, int column, ref bool odd) => reader.Read(result, column, ref odd);
    }

    private readonly struct CopyRow(PostgreSqlCopyStream copy) : IRow
    {
        public bool IsNull(int column) => copy.IsNull(column);

        public object Read(PostgreSqlValueReader reader, int column, ref bool odd) => reader.Read(copy[column], ref odd);
    }
}
