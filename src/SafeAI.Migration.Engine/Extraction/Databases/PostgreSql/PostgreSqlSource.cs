using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Npgsql;
using NpgsqlTypes;

namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>
/// Streams the rows of a PostgreSQL table, view or query. Every value arrives as it is: what has no .NET value comes
/// as the server's own text form, and the field's note says so. A table with a key is read in the key's order, so
/// that a connection lost in the middle is opened again and the read goes on after the last key.
/// </summary>
public sealed class PostgreSqlSource : IRecordSource
{
    private readonly PostgreSqlSourceOptions _options;
    private readonly PostgreSqlSession _session;
    private readonly PostgreSqlTable? _table;
    private readonly PostgreSqlRowReader _rows;
    private NpgsqlConnection? _connection;
    private int _started;

    private PostgreSqlSource(
        PostgreSqlSourceOptions options, PostgreSqlSession session, NpgsqlConnection connection, PostgreSqlTable? table, PostgreSqlRowReader rows, string name)
    {
        _options = options;
        _session = session;
        _connection = connection;
        _table = table;
        _rows = rows;
        Source = new RecordSource(name);
        Metadata = new SourceMetadata
        {
            Name = name,
            Format = "postgresql",
            Schema = rows.Schema,
            EstimatedRecords = table?.EstimatedRows,
        };
        foreach (var field in rows.Schema.Fields.Where(f => f.Note is not null))
            Metadata.Notes.Add($"{field.Name} ({field.SourceType}): {field.Note}");
    }

    /// <inheritdoc/>
    public RecordSource Source { get; }

    /// <inheritdoc/>
    public SourceMetadata Metadata { get; }

    private bool CanReadOn => _options.OrderByKey && _table is { Key.Count: > 0 };

    /// <summary>Connects, finds the table or checks the query, and learns the columns; reads no row yet.</summary>
    /// <exception cref="MigrationException">
    /// <see cref="ErrorCode.InvalidOptions"/>, <see cref="ErrorCode.InvalidConnection"/>, <see cref="ErrorCode.EndpointUnreachable"/>,
    /// <see cref="ErrorCode.AuthenticationFailed"/>, <see cref="ErrorCode.PermissionDenied"/>, <see cref="ErrorCode.SourceNotFound"/> or
    /// <see cref="ErrorCode.InvalidQuery"/>.
    /// </exception>
    public static async Task<PostgreSqlSource> OpenAsync(PostgreSqlSourceOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        Check(options);
        var session = new PostgreSqlSession(options);
        NpgsqlConnection? connection = null;
        var name = $"{session.Address} query";
        try
        {
            connection = await session.OpenAsync(cancellationToken).ConfigureAwait(false);
            PostgreSqlTable? table = null;
            if (options.Table is not null)
            {
                table = await PostgreSqlTable.FindAsync(connection, session.Address, options.Table, options.Schema, cancellationToken).ConfigureAwait(false);
                name = $"{session.Address} {table.DisplayName}";
            }

            if (options.StartAfter is not null)
                CheckStart(options, table, name);
            var command = CreateCommand(connection, options, table, after: null);
            await using var disposeCommand = command.ConfigureAwait(false);
            var rows = await PostgreSqlRowReader.DescribeAsync(command, table?.Name ?? "query", table, cancellationToken).ConfigureAwait(false);
            return new PostgreSqlSource(options, session, connection, table, rows, name);
        }
        catch (Exception e)
        {
            if (connection is not null)
                await connection.DisposeAsync().ConfigureAwait(false);
            await session.DisposeAsync().ConfigureAwait(false);
            switch (e)
            {
                case PostgresException p when !PostgreSqlErrors.IsLostConnection(p):
                    throw PostgreSqlErrors.WhileQuerying(p, name, options.Query);
                case NpgsqlException n:
                    throw PostgreSqlErrors.Error(ErrorCode.SourceUnreadable, $"The connection to {session.Address} was lost: {n.Message}", null, n, transient: true);
                default:
                    throw;
            }
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<RecordBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
            throw new InvalidOperationException("A source is read once.");
        var clock = Stopwatch.StartNew();
        await foreach (var batch in ReadAhead.RunAsync([ProduceAsync], cancellationToken).ConfigureAwait(false))
        {
            Source.AddRead(batch.Records.Count);
            Source.AddRejected(batch.Rejects.Count);
            Metadata.Records = Source.Read;
            Metadata.Rejected = Source.Rejected;
            Metadata.ElapsedSeconds = clock.Elapsed.TotalSeconds;
            yield return batch;
        }

        Metadata.ElapsedSeconds = clock.Elapsed.TotalSeconds;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _connection, null) is { } connection)
            await connection.DisposeAsync().ConfigureAwait(false);
        await _session.DisposeAsync().ConfigureAwait(false);
    }

    private static void Check(PostgreSqlSourceOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.Table) == string.IsNullOrWhiteSpace(options.Query))
        {
            throw PostgreSqlErrors.Error(
                ErrorCode.InvalidOptions, options.Table is null ? "Neither a table nor a query is given." : "Both a table and a query are given.", "Give one of them.", inner: null);
        }
    }

    private static void CheckStart(PostgreSqlSourceOptions options, PostgreSqlTable? table, string name)
    {
        if (table is not { Key.Count: > 0 } || !options.OrderByKey)
            throw PostgreSqlErrors.Error(ErrorCode.InvalidOptions, $"{name} cannot be read from a key on.", "That needs a table with a primary key, read in the key's order.", inner: null);
        if (options.StartAfter!.Count != table.Key.Count)
        {
            throw PostgreSqlErrors.Error(
                ErrorCode.InvalidOptions,
                string.Create(CultureInfo.InvariantCulture, $"The key of {name} has {table.Key.Count} columns ({string.Join(", ", table.Key)}), but {options.StartAfter.Count} values are given."),
                "Give one value per key column.", inner: null);
        }
    }

    private static NpgsqlCommand CreateCommand(NpgsqlConnection connection, PostgreSqlSourceOptions options, PostgreSqlTable? table, IReadOnlyList<object>? after)
    {
        var command = connection.CreateCommand();
        if (table is null)
        {
            command.CommandText = options.Query;
            foreach (var (name, value) in options.Parameters)
                command.Parameters.Add(CreateParameter(name, value));
            return command;
        }

        var text = $"SELECT {string.Join(", ", table.Columns.Select(c => PostgreSqlTable.Quote(c.Name)))} FROM {table.QuotedName}";
        if (options.OrderByKey && table.Key.Count > 0)
        {
            var key = string.Join(", ", table.Key.Select(PostgreSqlTable.Quote));
            if (after is not null)
            {
                text += $" WHERE ({key}) > ({string.Join(", ", after.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"${i + 1}")))})";
                foreach (var value in after)
                    command.Parameters.Add(new NpgsqlParameter { Value = PostgreSqlText.FormatKey(value), NpgsqlDbType = NpgsqlDbType.Unknown });
            }

            text += $" ORDER BY {key}";
        }

        command.CommandText = text;
        return command;
    }

    private static NpgsqlParameter CreateParameter(string name, object? value)
    {
        var parameter = new NpgsqlParameter { ParameterName = name.TrimStart('@', ':'), Value = value ?? DBNull.Value };
        // A text takes the type that its place in the query asks for, as a literal would.
        if (value is string or null)
            parameter.NpgsqlDbType = NpgsqlDbType.Unknown;
        return parameter;
    }

    private async Task ProduceAsync(ChannelWriter<RecordBatch> writer, CancellationToken cancellationToken)
    {
        var progress = new ReadProgress(new object?[CanReadOn ? _table!.Key.Count : 0]);
        var reconnects = 0;
        while (true)
        {
            var before = progress.Ordinal;
            try
            {
                _connection ??= await _session.ReopenAsync(_options.MaxReconnects, cancellationToken).ConfigureAwait(false);
                await ReadOnAsync(_connection, progress, writer, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (PostgresException e) when (!PostgreSqlErrors.IsLostConnection(e) && !cancellationToken.IsCancellationRequested)
            {
                await FlushAsync(progress, writer, cancellationToken).ConfigureAwait(false);
                throw PostgreSqlErrors.WhileQuerying(e, Source.Name, _options.Query);
            }
            catch (Exception e) when (PostgreSqlErrors.IsLostConnection(e) && !cancellationToken.IsCancellationRequested)
            {
                if (Interlocked.Exchange(ref _connection, null) is { } broken)
                    await broken.DisposeAsync().ConfigureAwait(false);
                reconnects = progress.Ordinal > before ? 1 : reconnects + 1;
                if (!CanReadOn || reconnects > _options.MaxReconnects)
                {
                    await FlushAsync(progress, writer, cancellationToken).ConfigureAwait(false);
                    throw Lost(e, progress);
                }

                Metadata.Notes.Add($"The connection was lost {DescribeProgress(progress)} and the read went on from there: the rows after it are of a later moment.");
            }
        }
    }

    private async Task ReadOnAsync(NpgsqlConnection connection, ReadProgress progress, ChannelWriter<RecordBatch> writer, CancellationToken cancellationToken)
    {
        var command = CreateCommand(
            connection, _options, _table, CanReadOn && progress.Ordinal > 0 ? progress.LastKey! : _options.StartAfter);
        await using var disposeCommand = command.ConfigureAwait(false);
        command.UnknownResultTypeList = _rows.TextColumns;
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var disposeReader = reader.ConfigureAwait(false);
        try
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (_rows.Read(reader, Source, progress.Ordinal + 1, progress.LastKey, out var reject) is { } record)
                    progress.Records.Add(record);
                else
                    progress.Rejects.Add(reject!);
                progress.Ordinal++;
                if (progress.Records.Count + progress.Rejects.Count >= RecordBatch.Size)
                    await FlushAsync(progress, writer, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Closing the reader would otherwise fetch all the rows that are left.
            command.Cancel();
            throw;
        }

        await FlushAsync(progress, writer, cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask FlushAsync(ReadProgress progress, ChannelWriter<RecordBatch> writer, CancellationToken cancellationToken)
    {
        if (progress.Records.Count + progress.Rejects.Count == 0)
            return;
        var batch = new RecordBatch(progress.Records, progress.Rejects);
        progress.Records = new List<Record>(RecordBatch.Size);
        progress.Rejects = [];
        await writer.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
    }

    private MigrationException Lost(Exception e, ReadProgress progress)
    {
        var remedy = CanReadOn ? "Read on after that key once the server answers again."
            : _table is null ? "A query cannot be read on: start again, or read a table with a primary key."
            : "Without a key, read in its order, the table cannot be read on: start again.";
        return PostgreSqlErrors.Error(
            ErrorCode.SourceUnreadable, $"The connection of {Source.Name} was lost {DescribeProgress(progress)}: {PostgreSqlErrors.WhyLost(e)}.", remedy, e, transient: true);
    }

    private string DescribeProgress(ReadProgress progress)
    {
        if (progress.Ordinal == 0)
            return "before the first record";
        var key = CanReadOn
            ? $" ({string.Join(", ", _table!.Key.Zip(progress.LastKey, (name, value) => $"{name}={(value is null ? "null" : PostgreSqlText.FormatKey(value))}"))})"
            : "";
        return string.Create(CultureInfo.InvariantCulture, $"after record {progress.Ordinal}{key}");
    }

    /// <summary>How far the read has come, across connections.</summary>
    private sealed class ReadProgress(object?[] lastKey)
    {
        public long Ordinal { get; set; }

        // A copy, because the records themselves can be changed downstream.
        public object?[] LastKey { get; } = lastKey;

        public List<Record> Records { get; set; } = new(RecordBatch.Size);

        public List<Reject> Rejects { get; set; } = [];
    }
}
