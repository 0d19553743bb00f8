using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;
using Npgsql;

namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>
/// Streams the rows of a PostgreSQL table, view or query. Every value arrives as it is: what has no .NET value comes
/// as the server's own text form, and the field's note says so. A table with a key is read in the key's order, so
/// that a connection lost in the middle is opened again and the read goes on after the last key.
/// </summary>
public sealed class PostgreSqlSource : IRecordSource
{
    private const int RangesPerReader = 4;

    private readonly PostgreSqlReading _reading;
    private readonly bool _ownsSession;
    private readonly string? _sharedSnapshot;
    private NpgsqlConnection? _connection;
    private int _started;

    private PostgreSqlSource(
        PostgreSqlSourceOptions options, PostgreSqlSession session, bool ownsSession, string? snapshot, NpgsqlConnection connection, PostgreSqlTable? table, PostgreSqlRowReader rows,
        string name, long? estimate)
    {
        _ownsSession = ownsSession;
        _sharedSnapshot = snapshot;
        _connection = connection;
        Source = new RecordSource(name) { EstimatedRecords = estimate };
        Metadata = new SourceMetadata
        {
            Name = name,
            Format = "postgresql",
            Schema = rows.Schema,
            EstimatedRecords = estimate,
            QuickFingerprint = table is null
                ? Extraction.QuickFingerprint.OfText(["query", session.Address, options.Query, .. options.Parameters.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}={p.Value}")])
                : Extraction.QuickFingerprint.OfText(["table", session.Address, table.DisplayName, table.Id, string.Join(',', table.Key), .. table.Columns.Select(c => $"{c.Name} {c.Type} {c.IsNullable}")]),
        };
        foreach (var field in rows.Schema.Fields.Where(f => f.Note is not null))
            Metadata.Notes.Add($"{field.Name} ({field.SourceType}): {field.Note}");
        _reading = new PostgreSqlReading(options, session, table, rows, Source, Metadata);
    }

    /// <inheritdoc/>
    public RecordSource Source { get; }

    /// <inheritdoc/>
    public SourceMetadata Metadata { get; }

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
        try
        {
            return await OpenAsync(options, session, ownsSession: true, snapshot: null, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Opens a table of a database of which a snapshot is kept elsewhere.</summary>
    internal static async Task<PostgreSqlSource> OpenAsync(
        PostgreSqlSourceOptions options, PostgreSqlSession session, bool ownsSession, string? snapshot, CancellationToken cancellationToken)
    {
        var name = $"{session.Address} query";
        var connection = await session.OpenAsync(snapshot, cancellationToken).ConfigureAwait(false);
        try
        {
            PostgreSqlTable? table = null;
            if (options.Table is not null)
            {
                table = await PostgreSqlTable.FindAsync(connection, session.Address, options.Table, options.Schema, cancellationToken).ConfigureAwait(false);
                name = $"{session.Address} {table.DisplayName}";
            }

            if (options.FirstKey is not null || options.StartAfter is not null)
                CheckStart(options, table, name);
            var command = PostgreSqlReader.CreateCommand(connection, options, table, PostgreSqlRange.Whole, after: null);
            await using var disposeCommand = command.ConfigureAwait(false);
            var rows = await PostgreSqlRowReader.DescribeAsync(command, table?.Name ?? "query", table, cancellationToken).ConfigureAwait(false);
            var estimate = table is null ? await EstimateAsync(command, cancellationToken).ConfigureAwait(false) : table.EstimatedRows;
            return new PostgreSqlSource(options, session, ownsSession, snapshot, connection, table, rows, name, estimate);
        }
        catch (Exception e)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            switch (e)
            {
                case PostgresException p when !PostgreSqlErrors.IsLostConnection(p):
                    throw PostgreSqlErrors.WhileQuerying(p, name, options.Query);
                case NpgsqlException n:
                    throw PostgreSqlErrors.Error(ErrorCode.SourceUnreadable, $"The connection to {session.Address} was lost: {PostgreSqlErrors.WhyLost(n)}.", null, n, transient: true);
                case InvalidCastException or NotSupportedException or ArgumentException when options.Parameters.Count > 0:
                    throw PostgreSqlErrors.Error(ErrorCode.InvalidOptions, "A value of the query's parameters is of a type that PostgreSQL does not take.", "Give numbers, texts, dates, bytes, true or false, or arrays of one of these.", e);
                default:
                    throw;
            }
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<RecordBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
            throw new InvalidOperationException("A source is read once; open it again.");
        var clock = Stopwatch.StartNew();
        var (readers, snapshot) = await CreateReadersAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await foreach (var batch in ReadAhead.RunAsync([.. readers.Select(r => (Func<ChannelWriter<RecordBatch>, CancellationToken, Task>)r.ProduceAsync)], cancellationToken).ConfigureAwait(false))
            {
                Source.AddRead(batch.Records.Count);
                Source.AddRejected(batch.Rejects);
                Metadata.Records = Source.Read;
                Metadata.Rejected = Source.Rejected;
                Metadata.ElapsedSeconds = clock.Elapsed.TotalSeconds;
                yield return batch;
            }

            Source.EstimatedRecords = Source.Read;
        }
        finally
        {
            if (snapshot is not null)
                await snapshot.DisposeAsync().ConfigureAwait(false);
            Metadata.ElapsedSeconds = clock.Elapsed.TotalSeconds;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _connection, null) is { } connection)
            await connection.DisposeAsync().ConfigureAwait(false);
        if (_ownsSession)
            await _reading.Session.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<(IReadOnlyList<PostgreSqlReader> Readers, PostgreSqlSnapshot? Snapshot)> CreateReadersAsync(CancellationToken cancellationToken)
    {
        var connection = Interlocked.Exchange(ref _connection, null) ?? throw new ObjectDisposedException(nameof(PostgreSqlSource));
        var options = _reading.Options;
        _reading.Snapshot = _sharedSnapshot;
        var isSplit = options.Readers > 1 && _reading.Table is not null;
        if (!isSplit && !options.CountRows)
            return ([new PostgreSqlReader(_reading, new([PostgreSqlRange.Whole]), connection)], null);

        PostgreSqlSnapshot? own = null;
        try
        {
            if (_sharedSnapshot is null)
            {
                own = await PostgreSqlSnapshot.ExportAsync(connection, cancellationToken).ConfigureAwait(false);
                _reading.Snapshot = own.Id;
            }

            if (options.CountRows)
                await CountAsync(connection, cancellationToken).ConfigureAwait(false);
            if (!isSplit)
                return ([new PostgreSqlReader(_reading, new([PostgreSqlRange.Whole]), own is null ? connection : null)], own);
            var table = _reading.Table!;
            // More ranges than readers, so that one that begins late, or is slow, leaves the others something to do.
            var parts = await PostgreSqlRange.SplitAsync(connection, table, _reading.CanReadOn, options.Readers * RangesPerReader, cancellationToken).ConfigureAwait(false);
            var ranges = new PostgreSqlRanges(parts);
            var readers = Math.Min(options.Readers, parts.Count);
            Metadata.Notes.Add(string.Create(CultureInfo.InvariantCulture, $"Read by up to {readers} connections at once, all of one moment."));
            // The connection that keeps the moment reads nothing; any other can be the first reader's.
            return ([.. Enumerable.Range(0, readers).Select(i => new PostgreSqlReader(_reading, ranges, own is null && i == 0 ? connection : null))], own);
        }
        catch (Exception e)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            switch (e)
            {
                case PostgresException p when !PostgreSqlErrors.IsLostConnection(p):
                    throw PostgreSqlErrors.WhileQuerying(p, Source.Name, query: null);
                case NpgsqlException n:
                    throw PostgreSqlErrors.Error(ErrorCode.SourceUnreadable, $"The connection of {Source.Name} was lost before the first record: {PostgreSqlErrors.WhyLost(n)}.", null, n, transient: true);
                default:
                    throw;
            }
        }
    }

    private async Task CountAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var command = PostgreSqlReader.CreateCommand(connection, _reading.Options with { OrderByKey = false }, _reading.Table, PostgreSqlRange.Whole, _reading.Options.FirstKey);
        await using var disposeCommand = command.ConfigureAwait(false);
        command.CommandText = $"SELECT count(*) FROM ({command.CommandText.TrimEnd().TrimEnd(';')}) AS counted";
        Metadata.SourceCount = (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private static void Check(PostgreSqlSourceOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.Table) == string.IsNullOrWhiteSpace(options.Query))
        {
            throw PostgreSqlErrors.Error(
                ErrorCode.InvalidOptions, options.Table is null ? "Neither a table nor a query is given." : "Both a table and a query are given.", "Give one of them.", inner: null);
        }

        if (options.Readers is < 1 or > 64)
            throw PostgreSqlErrors.Error(ErrorCode.InvalidOptions, string.Create(CultureInfo.InvariantCulture, $"A table cannot be read by {options.Readers} connections."), "Give a number from 1 to 64.", inner: null);
    }

    private static void CheckStart(PostgreSqlSourceOptions options, PostgreSqlTable? table, string name)
    {
        if (table is not { Key.Count: > 0 } || !options.OrderByKey || options.FirstKey is not { } first)
            throw PostgreSqlErrors.Error(ErrorCode.InvalidOptions, $"{name} cannot be read from a key on.", "That needs a table with a primary key, read in the key's order.", inner: null);
        if (first.Count != table.Key.Count)
        {
            throw PostgreSqlErrors.Error(
                ErrorCode.InvalidOptions,
                string.Create(CultureInfo.InvariantCulture, $"The key of {name} has {table.Key.Count} columns ({string.Join(", ", table.Key)}), but {first.Count} values are given."),
                "Give one value per key column.", inner: null);
        }
    }

    /// <summary>How many rows the server's planner expects of a query; null where it does not say.</summary>
    private static async Task<long?> EstimateAsync(NpgsqlCommand query, CancellationToken cancellationToken)
    {
        try
        {
            query.CommandText = $"EXPLAIN (FORMAT JSON) {query.CommandText}";
            if (await query.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not string plan)
                return null;
            using var document = JsonDocument.Parse(plan);
            return (long)document.RootElement[0].GetProperty("Plan").GetProperty("Plan Rows").GetDouble();
        }
        catch (PostgresException e) when (!PostgreSqlErrors.IsLostConnection(e))
        {
            // SHOW and the like have no plan.
            return null;
        }
    }
}
