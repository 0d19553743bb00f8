using System.Globalization;
using System.Threading.Channels;
using Npgsql;
using NpgsqlTypes;

namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>What the readers of one source have in common.</summary>
internal sealed class PostgreSqlReading(
    PostgreSqlSourceOptions options, PostgreSqlSession session, PostgreSqlTable? table, PostgreSqlRowReader rows, RecordSource source, SourceMetadata metadata)
{
    private long _ordinal = options.StartAfter?.Ordinal ?? 0;

    public PostgreSqlSourceOptions Options { get; } = options;

    public PostgreSqlSession Session { get; } = session;

    public PostgreSqlTable? Table { get; } = table;

    public PostgreSqlRowReader Rows { get; } = rows;

    public RecordSource Source { get; } = source;

    /// <summary>The exported snapshot that all see; null where one reader needs none.</summary>
    public string? Snapshot { get; set; }

    /// <summary>Whether the rows come in the order of a key, so that a read can go on after one.</summary>
    public bool CanReadOn { get; } = options.OrderByKey && table is { Key.Count: > 0 };

    public long NextOrdinal() => Interlocked.Increment(ref _ordinal);

    public void AddNote(string note)
    {
        lock (metadata)
            metadata.Notes.Add(note);
    }
}

/// <summary>Reads ranges of a table, or a query, over one connection after another where one is lost.</summary>
internal sealed class PostgreSqlReader(PostgreSqlReading reading, PostgreSqlRanges ranges, NpgsqlConnection? connection)
{
    private const int LongestName = 60;

    // A copy, because the records themselves can be changed downstream.
    private readonly object?[] _lastKey = new object?[reading.CanReadOn ? reading.Table!.Key.Count : 0];
    private PostgreSqlRange _range = PostgreSqlRange.Whole;
    private long _count;
    private long _lastOrdinal;

    // Of the last record where there is no key, to name it by.
    private object? _lastValue;

    /// <summary>The statement with its parameters.</summary>
    /// <param name="connection">The connection to run it on.</param>
    /// <param name="options">What to read.</param>
    /// <param name="table">The table; null for a query.</param>
    /// <param name="range">The part of the table.</param>
    /// <param name="after">The key after which to begin, or null.</param>
    public static NpgsqlCommand CreateCommand(
        NpgsqlConnection connection, PostgreSqlSourceOptions options, PostgreSqlTable? table, PostgreSqlRange range, IReadOnlyList<object?>? after)
    {
        var command = connection.CreateCommand();
        if (table is null)
        {
            command.CommandText = options.Query;
            foreach (var (name, value) in options.Parameters)
                command.Parameters.Add(CreateParameter(name, value));
            return command;
        }

        var columns = string.Join(", ", table.Columns.Select(c => PostgreSqlTable.Quote(c.Name)));
        command.CommandText = Select(columns, options, table, range, after, text => AddText(command, text));
        return command;
    }

    /// <summary>The statement that copies a table in binary form; COPY takes no parameters.</summary>
    private static string CreateCopy(
        PostgreSqlSourceOptions options, PostgreSqlTable table, PostgreSqlRowReader rows, PostgreSqlRange range, IReadOnlyList<object?>? after)
    {
        var columns = string.Join(", ", table.Columns.Select((c, i) => rows.CopyExpression(i, PostgreSqlTable.Quote(c.Name))));
        return $"COPY ({Select(columns, options, table, range, after, PostgreSqlText.Quote)}) TO STDOUT (FORMAT BINARY)";
    }

    private static string Select(
        string columns, PostgreSqlSourceOptions options, PostgreSqlTable table, PostgreSqlRange range, IReadOnlyList<object?>? after, Func<string, string> write)
    {
        var conditions = new List<string>();
        // Qualified, because a name alone after ORDER BY may mean what a column is made into.
        var key = string.Join(", ", table.Key.Select(k => $"source_rows.{PostgreSqlTable.Quote(k)}"));
        if (after is not null)
            conditions.Add($"({key}) > ({string.Join(", ", after.Select(v => write(PostgreSqlText.FormatKey(v!))))})");
        if (range.After is not null)
            conditions.Add($"{range.Expression} > {write(range.After)}");
        if (range.UpTo is not null)
            conditions.Add($"{range.Expression} <= {write(range.UpTo)}");
        var text = $"SELECT {columns} FROM {table.FromName} AS source_rows";
        if (conditions.Count > 0)
            text += $" WHERE {string.Join(" AND ", conditions)}";
        if (options.OrderByKey && table.Key.Count > 0)
            text += $" ORDER BY {key}";
        return text;
    }

    /// <summary>Reads until no range is left and writes the batches.</summary>
    public async Task ProduceAsync(ChannelWriter<RecordBatch> writer, CancellationToken cancellationToken)
    {
        var batch = new BatchCollector(writer);
        try
        {
            while (ranges.Take() is { } range)
            {
                (_range, _count) = (range, 0);
                // Several readers hand out records in no order.
                if (reading.CanReadOn && range.IsWhole)
                    batch.Position = () => new SourcePosition { Ordinal = _lastOrdinal, Key = Array.ConvertAll(_lastKey, v => (object?)PostgreSqlText.FormatKey(v!)) };
                await ProduceAllAsync(batch, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // What was read before the failure still counts.
            await batch.FlushAsync(cancellationToken).ConfigureAwait(false);
            throw;
        }
        finally
        {
            if (connection is not null)
                await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static string AddText(NpgsqlCommand command, string text)
    {
        // Without a type the text takes the one that it is compared with.
        command.Parameters.Add(new NpgsqlParameter { Value = text, NpgsqlDbType = NpgsqlDbType.Unknown });
        return string.Create(CultureInfo.InvariantCulture, $"${command.Parameters.Count}");
    }

    private static NpgsqlParameter CreateParameter(string name, object? value)
    {
        var parameter = new NpgsqlParameter { ParameterName = name.TrimStart('@', ':'), Value = value ?? DBNull.Value };
        // A text takes the type that its place in the query asks for, as a literal would.
        if (value is string or null)
            parameter.NpgsqlDbType = NpgsqlDbType.Unknown;
        return parameter;
    }

    private async Task ProduceAllAsync(BatchCollector batch, CancellationToken cancellationToken)
    {
        var reconnects = 0;
        while (true)
        {
            var before = _count;
            try
            {
                connection ??= await reading.Session.ReopenAsync(reading.Snapshot, reading.Options.MaxReconnects, cancellationToken).ConfigureAwait(false);
                await ReadOnAsync(connection, batch, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (MigrationException e) when (connection is null && reconnects > 0)
            {
                throw Lost(e);
            }
            catch (PostgresException e) when (!PostgreSqlErrors.IsLostConnection(e) && !cancellationToken.IsCancellationRequested)
            {
                throw PostgreSqlErrors.WhileQuerying(e, reading.Source.Name, reading.Options.Query);
            }
            catch (Exception e) when (PostgreSqlErrors.IsLostConnection(e) && !cancellationToken.IsCancellationRequested)
            {
                if (connection is not null)
                    await connection.DisposeAsync().ConfigureAwait(false);
                connection = null;
                reconnects = _count > before ? 1 : reconnects + 1;
                if (!reading.CanReadOn || reconnects > reading.Options.MaxReconnects)
                    throw Lost(e);
                reading.AddNote(reading.Snapshot is null
                    ? $"The connection was lost {DescribeProgress()} and the read went on from there: the rows after it are of a later moment."
                    : $"A connection was lost {DescribeProgress()} and the read went on from there, still of the same moment.");
            }
        }
    }

    private async Task ReadOnAsync(NpgsqlConnection open, BatchCollector batch, CancellationToken cancellationToken)
    {
        IReadOnlyList<object?>? after = reading.CanReadOn && _count > 0 ? _lastKey : (IReadOnlyList<object?>?)reading.Options.FirstKey;
        if (reading.Table is { } table)
            await CopyOnAsync(open, CreateCopy(reading.Options, table, reading.Rows, _range, after), batch, cancellationToken).ConfigureAwait(false);
        else
            await QueryOnAsync(open, batch, cancellationToken).ConfigureAwait(false);
        await batch.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task CopyOnAsync(NpgsqlConnection open, string statement, BatchCollector batch, CancellationToken cancellationToken)
    {
        var copy = await PostgreSqlCopyStream.OpenAsync(open, statement, reading.Rows.Schema.Fields.Count, cancellationToken).ConfigureAwait(false);
        await using var disposeCopy = copy.ConfigureAwait(false);
        try
        {
            while (await copy.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                _lastOrdinal = reading.NextOrdinal();
                Add(batch, reading.Rows.Read(copy, reading.Source, _lastOrdinal, _lastKey, out var reject), reject);
                if (batch.IsFull)
                    await batch.FlushAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Closing the stream would otherwise fetch all the rows that are left.
            copy.Cancel();
            throw;
        }
    }

    private async Task QueryOnAsync(NpgsqlConnection open, BatchCollector batch, CancellationToken cancellationToken)
    {
        var command = CreateCommand(open, reading.Options, table: null, _range, after: null);
        await using var disposeCommand = command.ConfigureAwait(false);
        command.UnknownResultTypeList = reading.Rows.TextColumns;
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var disposeReader = reader.ConfigureAwait(false);
        try
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                _lastOrdinal = reading.NextOrdinal();
                Add(batch, reading.Rows.Read(reader, reading.Source, _lastOrdinal, _lastKey, out var reject), reject);
                if (batch.IsFull)
                    await batch.FlushAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Closing the reader would otherwise fetch all the rows that are left.
            command.Cancel();
            throw;
        }
    }

    private void Add(BatchCollector batch, Record? record, Reject? reject)
    {
        if (record is not null)
            batch.Add(record);
        else
            batch.Add(reject!);
        if (!reading.CanReadOn)
            _lastValue = record is not null && reading.Rows.Schema.Fields.Count > 0 ? record.GetValue(0) : null;
        _count++;
    }

    private MigrationException Lost(Exception e)
    {
        var remedy = reading.Table is null ? "A query cannot be read on: start again, or read a table with a primary key."
            : !reading.CanReadOn ? "Without a key, read in its order, the table cannot be read on: start again."
            : reading.Snapshot is null ? "Read on after that key once the server answers again."
            : "Start again once the server answers again.";
        // Where no connection could be opened again, that is the reason; its own remedy would not say where to go on.
        var refused = e as MigrationException;
        var why = refused?.What.TrimEnd('.') ?? PostgreSqlErrors.WhyLost(e);
        return PostgreSqlErrors.Error(
            ErrorCode.SourceUnreadable, $"The connection of {reading.Source.Name} was lost {DescribeProgress()}: {why}.", remedy, e, refused?.IsTransient ?? true);
    }

    private static string Shorten(string text) => text.Length <= LongestName ? text : text[..LongestName] + "…";

    private string DescribeProgress()
    {
        if (_lastOrdinal == 0)
            return "before the first record";
        var key = reading.CanReadOn ? $" ({string.Join(", ", reading.Table!.Key.Zip(_lastKey, (name, value) => $"{name}={(value is null ? "null" : PostgreSqlText.FormatKey(value))}"))})"
            : _lastValue is null ? ""
            : $" ({reading.Rows.Schema.Fields[0].Name}={Shorten(PostgreSqlText.FormatKey(_lastValue))})";
        return string.Create(CultureInfo.InvariantCulture, $"after record {_lastOrdinal}{key}");
    }
}
