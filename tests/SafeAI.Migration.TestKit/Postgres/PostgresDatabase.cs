using System.Globalization;
using Npgsql;

namespace SafeAI.Migration.TestKit.Postgres;

/// <summary>A database of its own for one test class or test, dropped when disposed.</summary>
public sealed class PostgresDatabase : IAsyncDisposable
{
    private readonly PostgresServer _server;

    internal PostgresDatabase(PostgresServer server, string name)
    {
        _server = server;
        Name = name;
    }

    /// <summary>The database's name.</summary>
    public string Name { get; }

    /// <summary>The server.</summary>
    public PostgresServer Server => _server;

    /// <summary>The connection string in the form <c>Host=…;Port=…</c>, without pooling.</summary>
    public string ConnectionString => _server.ConnectTo(Name).ConnectionString;

    /// <summary>The connection string in the form <c>postgresql://user:password@host:port/database</c>.</summary>
    public string Uri => string.Create(CultureInfo.InvariantCulture,
        $"postgresql://{System.Uri.EscapeDataString(_server.User)}:{System.Uri.EscapeDataString(_server.Password)}@{_server.Host}:{_server.Port}/{System.Uri.EscapeDataString(Name)}?sslmode=disable");

    /// <summary>The database's address as sources name it, without user and password.</summary>
    public string DisplayName => string.Create(CultureInfo.InvariantCulture, $"postgresql://{_server.Host}:{_server.Port}/{Name}");

    /// <summary>Opens a connection as the superuser.</summary>
    public async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Runs statements.</summary>
    public async Task ExecuteAsync(string statements)
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand(statements, connection) { CommandTimeout = 300 };
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Runs a query and returns the first value of its first row.</summary>
    public async Task<object?> ScalarAsync(string query)
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand(query, connection) { CommandTimeout = 300 };
        var value = await command.ExecuteScalarAsync();
        return value is DBNull ? null : value;
    }

    /// <summary>Runs one of PostgreSQL's client programs against this database and returns what it wrote to stdout.</summary>
    /// <param name="program">For instance <c>psql</c> or <c>pg_dump</c>.</param>
    /// <param name="arguments">Its arguments; host, port, user, password and database come from the environment.</param>
    /// <exception cref="InvalidOperationException">It ended with another code than 0.</exception>
    public async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var child = ChildProcess.Start(
            [PostgresTools.FindClient(program), .. arguments],
            new Dictionary<string, string>
            {
                ["PGHOST"] = _server.Host,
                ["PGPORT"] = _server.Port.ToString(CultureInfo.InvariantCulture),
                ["PGUSER"] = _server.User,
                ["PGPASSWORD"] = _server.Password,
                ["PGDATABASE"] = Name,
                ["PGCLIENTENCODING"] = "UTF8",
            });
        return await child.CompleteAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _server.ExecuteAsync($"DROP DATABASE IF EXISTS \"{Name}\" WITH (FORCE)");
}
