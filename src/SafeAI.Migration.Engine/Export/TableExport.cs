using System.Buffers.Binary;
using Npgsql;
using SafeAI.Migration.Engine.Extraction.Databases;

namespace SafeAI.Migration.Engine.Export;

/// <summary>
/// Writes records into a PostgreSQL table with COPY, in one transaction: nothing is there unless the export is complete.
/// The binary form is used where all column types have one here, else the text form.
/// </summary>
public sealed class TableExport : RecordExport
{
    private static readonly byte[] s_head = [.. "PGCOPY\n"u8, 0xff, (byte)'\r', (byte)'\n', 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private readonly TableExportOptions _options;
    private readonly NpgsqlConnection _connection;
    private readonly string _address;
    private PostgreSqlTable? _table;
    private NpgsqlTransaction? _transaction;
    private NpgsqlRawCopyStream? _stream;
    private readonly OutputBuffer _scratch = new();
    private PostgreSqlBinary?[] _writers = [];
    private PostgreSqlBinary?[] _elements = [];
    private string[] _types = [];
    private bool _isBinary;
    private bool _isCreated;
    private long _bytes;

    private TableExport(TableExportOptions options, NpgsqlConnection connection, string address, PostgreSqlTable? table, Action<Reject>? onReject)
        : base(onReject) => (_options, _connection, _address, _table) = (options, connection, address, table);

    /// <summary>Whether the binary form of COPY is used.</summary>
    public bool IsBinary => _isBinary;

    private protected override bool IsOpen => false;

    /// <summary>Connects and looks for the table. Nothing is written yet.</summary>
    /// <param name="options">Which table.</param>
    /// <param name="onReject">Receives the records that cannot be written; null for nobody.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="MigrationException">The database cannot be reached, or there is no such table and none is to be made.</exception>
    public static async Task<TableExport> OpenAsync(TableExportOptions options, Action<Reject>? onReject = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(options.Table);
        var settings = PostgreSqlConnection.Parse(options.ConnectionString);
        if (!string.IsNullOrEmpty(options.UserName))
            settings.Username = options.UserName;
        if (options.Password is not null)
            settings.Password = options.Password;
        PostgreSqlPasswordFile.Apply(settings);
        settings.Pooling = false;
        settings.ApplicationName ??= "SafeAI.Migration";
        settings.CommandTimeout = 0;
        settings.IncludeErrorDetail = false;
        settings.WriteBufferSize = 64 * 1024;
        var address = PostgreSqlConnection.Describe(settings);
        var connection = new NpgsqlConnection(settings.ConnectionString);
        try
        {
            try
            {
                await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                throw PostgreSqlErrors.WhileOpening(e, settings, hasSnapshot: false);
            }

            PostgreSqlTable? table = null;
            try
            {
                table = await PostgreSqlTable.FindAsync(connection, address, options.Table, null, cancellationToken).ConfigureAwait(false);
            }
            catch (MigrationException e) when (e.Code == ErrorCode.SourceNotFound)
            {
                if (!options.CreatesTable)
                    throw new MigrationException(ErrorCode.ExportFailed, e.What, $"{e.Remedy} Or have it made with CreateTable.", e) { Stage = MigrationStage.Load };
            }

            if (table is { Kind: not ('r' or 'p' or 'f') })
                throw ExportStream.Fail($"{table.DisplayName} in {address} is a view.", "Name a table.");
            return new TableExport(options, connection, address, table, onReject);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private protected override void Begin(ColumnPlan plan, CancellationToken cancellationToken)
    {
        // An export without a single record makes no table, as nothing says its columns.
        if (_table is null && plan.Columns.Count == 0)
            return;
        Guarded(
            () =>
            {
                _transaction = _connection.BeginTransaction();
                if (_table is null)
                {
                    var name = string.Join('.', PostgreSqlTable.SplitNames(_options.Table).Select(PostgreSqlTable.Quote));
                    using var create = new NpgsqlCommand(SqlFormatter.CreateTable(name, plan, ifNotExists: false), _connection);
                    create.ExecuteNonQuery();
                    _table = Task.Run(() => PostgreSqlTable.FindAsync(_connection, _address, _options.Table, null, cancellationToken), cancellationToken).GetAwaiter().GetResult();
                    _isCreated = true;
                }

                Match(plan);
                var columns = string.Join(", ", plan.Columns.Select(c => PostgreSqlTable.Quote(ColumnOf(c.Name)!.Name)));
                _isBinary = _writers.All(w => w is not null);
                var copy = $"COPY {_table.QuotedName} ({columns}) FROM STDIN";
                _stream = _isBinary ? _connection.BeginRawBinaryCopy(copy + " (FORMAT binary)") : (NpgsqlRawCopyStream)_connection.BeginTextImport(copy).BaseStream;
                if (_isBinary)
                    Output.Add(s_head);
                return true;
            },
            cancellationToken);
    }

    private protected override void WriteRow(ColumnPlan plan, object?[] row, Record record)
    {
        if (_isBinary)
        {
            var head = Output.GetSpan(2);
            BinaryPrimitives.WriteInt16BigEndian(head, (short)row.Length);
            Output.Advance(2);
        }

        for (var i = 0; i < row.Length; i++)
        {
            try
            {
                if (_isBinary)
                    WriteBinary(i, row[i]);
                else
                    WriteText(i, row[i]);
            }
            catch (Exception e) when (e is FormatException or OverflowException or MigrationException or NotSupportedException)
            {
                var what = e switch
                {
                    MigrationException known => known.What,
                    OverflowException => $"The value is beyond the range of the column's type {_types[i]}.",
                    FormatException => $"{e.Message} The column's type is {_types[i]}.",
                    _ => e.Message,
                };
                throw ColumnPlan.Fault((e as MigrationException)?.Code ?? ErrorCode.ConversionFailed, plan.Columns[i].Name, what, (e as MigrationException)?.Remedy, e);
            }
        }

        if (!_isBinary)
            Output.Add((byte)'\n');
    }

    private protected override void Flush(CancellationToken cancellationToken)
    {
        if (_stream is null)
            return;
        _bytes += Output.Length;
        Guarded(
            () =>
            {
                Output.WriteTo(_stream);
                return true;
            },
            cancellationToken);
    }

    private protected override ExportResult Finish(CancellationToken cancellationToken)
    {
        if (_stream is not null && _isBinary)
            Output.Add([0xff, 0xff]);
        Flush(cancellationToken);
        Guarded(
            () =>
            {
                _stream?.Dispose();
                _stream = null;
                _transaction?.Commit();
                return true;
            },
            cancellationToken);
        return new ExportResult
        {
            Target = $"{_address} {_table?.DisplayName ?? _options.Table}",
            Format = "postgresql",
            Bytes = _bytes,
            Notes = _isCreated ? ["The table was made."] : _table is null ? ["There were no records, so that no table was made."] : [],
        };
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        try
        {
            if (_stream is not null)
                _stream.Cancel();
            _stream?.Dispose();
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException or InvalidOperationException or IOException)
        {
            // The server ends the COPY, and with the connection the transaction ends.
        }

        _stream = null;
        _transaction?.Dispose();
        _connection.Dispose();
    }

    private PostgreSqlTableColumn? ColumnOf(string name) =>
        _table!.Columns.FirstOrDefault(c => c.Name == name) ?? _table.Columns.FirstOrDefault(c => c.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private void Match(ColumnPlan plan)
    {
        var unknown = plan.Columns.Where(c => ColumnOf(c.Name) is null).Select(c => c.Name).ToList();
        if (unknown.Count > 0)
            throw ExportStream.Fail(
                $"The table {_table!.DisplayName} has no column {string.Join(", ", unknown.Select(u => $"'{u}'"))}. It has {string.Join(", ", _table.Columns.Select(c => c.Name))}.",
                "Select the fields that it has, or rename them.");
        _types = [.. plan.Columns.Select(c => ColumnOf(c.Name)!.Type)];
        _writers = [.. _types.Select(PostgreSqlBinary.For)];
        _elements = [.. _types.Select(t => t.EndsWith("[]", StringComparison.Ordinal) ? PostgreSqlBinary.For(t[..^2]) : null)];
    }

    private void WriteBinary(int column, object? value)
    {
        if (value is null)
            Output.Add([0xff, 0xff, 0xff, 0xff]);
        else
            _writers[column]!.Write(Output, value);
    }

    private void WriteText(int column, object? value)
    {
        if (column > 0)
            Output.Add((byte)'\t');
        // What has a type here is checked as in the binary form, so that both refuse the same.
        Check(_writers[column], value);
        if (_elements[column] is { } element && value is Array list)
        {
            foreach (var item in list)
                Check(element, item);
        }

        var converted = value is string && _writers[column] is { } writer && writer.Type != typeof(string) ? ValueText.To(value, writer.Type) : value;
        if (converted is null)
            Output.Add("\\N");
        else
            SqlFormatter.AddCopyText(Output, PostgreSqlLiteral.Format(converted, _types[column]));
    }

    private void Check(PostgreSqlBinary? writer, object? value)
    {
        if (writer is null || value is null)
            return;
        _scratch.Truncate(0);
        writer.Write(_scratch, value);
    }

    private T Guarded<T>(Func<T> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return work();
        }
        catch (PostgresException e)
        {
            // The detail of a broken constraint holds values; the place in the data does not.
            throw new MigrationException(
                e.SqlState == PostgresErrorCodes.InsufficientPrivilege ? ErrorCode.PermissionDenied : ErrorCode.ExportFailed,
                $"The server refused the rows for {_options.Table} in {_address}: {e.MessageText} ({e.SqlState}){(PlaceOf(e) is { } place ? $", {place}" : "")}. Nothing was written.",
                "Correct the data or the table, and export again.", e)
            {
                Stage = MigrationStage.Load,
                IsTransient = e.IsTransient,
            };
        }
        catch (Exception e) when (e is NpgsqlException or IOException)
        {
            throw new MigrationException(
                ErrorCode.ExportFailed, $"The connection to {_address} was lost: {e.Message}. Nothing was written.", "Export again.", e)
            {
                Stage = MigrationStage.Load,
                IsTransient = true,
            };
        }
    }

    /// <summary>For instance <c>line 17</c>, from <c>COPY orders, line 17, column id</c>.</summary>
    private static string? PlaceOf(PostgresException e)
    {
        var start = e.Where?.IndexOf(", line ", StringComparison.Ordinal) ?? -1;
        if (start < 0)
            return null;
        var rest = e.Where![(start + 2)..];
        var end = rest.IndexOfAny([',', ':', '\n']);
        return end < 0 ? rest : rest[..end];
    }
}
