using Npgsql;

namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>
/// A whole PostgreSQL database, or one of its schemas, as of one moment: the catalogue, and each table as a source.
/// All tables are read as of the moment at which it was opened, so that every foreign key finds its row.
/// </summary>
public sealed class PostgreSqlDatabase : IAsyncDisposable
{
    private readonly PostgreSqlConnectionOptions _options;
    private readonly PostgreSqlSession _session;
    private readonly PostgreSqlSnapshot _snapshot;

    private PostgreSqlDatabase(PostgreSqlConnectionOptions options, PostgreSqlSession session, PostgreSqlSnapshot snapshot, DatabaseCatalog catalog)
    {
        _options = options;
        _session = session;
        _snapshot = snapshot;
        Catalog = catalog;
    }

    /// <summary>The tables and views, in the order in which they can be loaded.</summary>
    public DatabaseCatalog Catalog { get; }

    /// <summary>Connects and reads the catalogue.</summary>
    /// <param name="options">The database; its schema limits what is listed.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="MigrationException">
    /// <see cref="ErrorCode.InvalidConnection"/>, <see cref="ErrorCode.EndpointUnreachable"/>, <see cref="ErrorCode.AuthenticationFailed"/>,
    /// <see cref="ErrorCode.PermissionDenied"/> or <see cref="ErrorCode.SourceNotFound"/>.
    /// </exception>
    public static async Task<PostgreSqlDatabase> OpenAsync(PostgreSqlConnectionOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var session = new PostgreSqlSession(options);
        NpgsqlConnection? connection = null;
        try
        {
            connection = await session.OpenAsync(snapshot: null, cancellationToken).ConfigureAwait(false);
            var snapshot = await PostgreSqlSnapshot.ExportAsync(connection, cancellationToken).ConfigureAwait(false);
            var catalog = await PostgreSqlCatalog.ReadAsync(connection, session.Address, options.Schema, cancellationToken).ConfigureAwait(false);
            return new PostgreSqlDatabase(options, session, snapshot, catalog);
        }
        catch (Exception e)
        {
            if (connection is not null)
                await connection.DisposeAsync().ConfigureAwait(false);
            await session.DisposeAsync().ConfigureAwait(false);
            if (e is PostgresException p)
                throw PostgreSqlErrors.WhileQuerying(p, session.Address, query: null);
            if (e is NpgsqlException n)
                throw PostgreSqlErrors.Error(ErrorCode.SourceUnreadable, $"The connection to {session.Address} was lost: {PostgreSqlErrors.WhyLost(n)}.", null, n, transient: true);
            throw;
        }
    }

    /// <summary>Opens one of the catalogue's tables, as of the moment at which the database was opened.</summary>
    /// <param name="table">A table of <see cref="Catalog"/>.</param>
    /// <param name="readers">How many connections read it at once, from 1 to 64.</param>
    /// <param name="countRows">Whether the server counts the rows too.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public Task<PostgreSqlSource> OpenTableAsync(CatalogTable table, int readers = 1, bool countRows = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(table);
        return PostgreSqlSource.OpenAsync(
            new PostgreSqlSourceOptions
            {
                ConnectionString = _options.ConnectionString,
                MaxReconnects = _options.MaxReconnects,
                Table = table.Schema is null ? PostgreSqlTable.Quote(table.Name) : $"{PostgreSqlTable.Quote(table.Schema)}.{PostgreSqlTable.Quote(table.Name)}",
                Readers = readers,
                CountRows = countRows,
            },
            _session, ownsSession: false, _snapshot.Id, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _snapshot.DisposeAsync().ConfigureAwait(false);
        await _session.DisposeAsync().ConfigureAwait(false);
    }
}
