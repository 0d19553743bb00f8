using Npgsql;
using Polly;
using Polly.Retry;

namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>Opens connections to one database, each with the session settings that make values come the same everywhere.</summary>
internal sealed class PostgreSqlSession : IAsyncDisposable
{
    // Durations in ISO 8601 and times in UTC: the text forms that some types come in must not depend on the server's
    // settings. A source never writes.
    private const string SessionSettings =
        "SET client_encoding = 'UTF8'; SET intervalstyle = 'iso_8601'; SET datestyle = 'ISO, YMD'; SET bytea_output = 'hex'; SET extra_float_digits = 1; SET standard_conforming_strings = on; SET idle_in_transaction_session_timeout = 0; SET default_transaction_read_only = on";

    // Such a database holds whatever bytes it was given. The server would end the whole read at the first that are not valid.
    private const string WithoutEncoding = "; SET client_encoding = 'SQL_ASCII'";

    private readonly NpgsqlConnectionStringBuilder _settings;
    private readonly NpgsqlDataSource _dataSource;

    public PostgreSqlSession(PostgreSqlConnectionOptions options)
    {
        _settings = PostgreSqlConnection.Parse(options.ConnectionString);
        if (!string.IsNullOrEmpty(options.UserName))
            _settings.Username = options.UserName;
        if (options.Password is not null)
            _settings.Password = options.Password;
        PostgreSqlPasswordFile.Apply(_settings);
        _settings.Pooling = false;
        _settings.ApplicationName ??= "SafeAI.Migration";
        _settings.Timezone ??= "UTC";
        // Text is read as UTF-8, whatever the connection string asks for.
        _settings.ClientEncoding = _settings.Encoding = "UTF8";
        // A read has no end that could be told beforehand.
        _settings.CommandTimeout = 0;
        _settings.TcpKeepAlive = true;
        _settings.ReadBufferSize = Math.Max(_settings.ReadBufferSize, 128 * 1024);
        _settings.PersistSecurityInfo = false;
        _settings.IncludeErrorDetail = false;
        Address = PostgreSqlConnection.Describe(_settings);
        _dataSource = NpgsqlDataSource.Create(_settings);
    }

    /// <summary>The database's address, without user and password.</summary>
    public string Address { get; }

    /// <summary>Opens a connection, once.</summary>
    /// <param name="snapshot">The exported snapshot to see, or null.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async Task<NpgsqlConnection> OpenAsync(string? snapshot, CancellationToken cancellationToken)
    {
        try
        {
            return await OpenOnceAsync(snapshot, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw PostgreSqlErrors.WhileOpening(e, _settings, snapshot is not null);
        }
    }

    /// <summary>Opens a connection again after one was lost: several times, waiting longer each time.</summary>
    public async Task<NpgsqlConnection> ReopenAsync(string? snapshot, int attempts, CancellationToken cancellationToken)
    {
        var pipeline = new ResiliencePipelineBuilder<NpgsqlConnection>()
            .AddRetry(new RetryStrategyOptions<NpgsqlConnection>
            {
                MaxRetryAttempts = Math.Max(1, attempts),
                Delay = TimeSpan.FromMilliseconds(200),
                MaxDelay = TimeSpan.FromSeconds(10),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                // A moment that is gone does not come back.
                ShouldHandle = new PredicateBuilder<NpgsqlConnection>().Handle<MigrationException>(e => e is { IsTransient: true, Code: not ErrorCode.SourceUnreadable }),
            })
            .Build();
        return await pipeline.ExecuteAsync(async token => await OpenAsync(snapshot, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _dataSource.DisposeAsync();

    private async Task<NpgsqlConnection> OpenOnceAsync(string? snapshot, CancellationToken cancellationToken)
    {
        var connection = await _dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var settings = connection.PostgresParameters.GetValueOrDefault("server_encoding") == "SQL_ASCII" ? SessionSettings + WithoutEncoding : SessionSettings;
            var command = new NpgsqlCommand(snapshot is null ? settings : $"{settings}; {PostgreSqlSnapshot.Begin}; SET TRANSACTION SNAPSHOT '{snapshot}'", connection);
            await using var disposeCommand = command.ConfigureAwait(false);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
