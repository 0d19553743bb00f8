using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Npgsql;

namespace SafeAI.Migration.TestKit.Postgres;

/// <summary>
/// The PostgreSQL server of a test run: a throwaway cluster on a free loopback port, made from the installed
/// binaries when it is first asked for, or the server that <c>SAFEAI_TEST_POSTGRES</c> names. A cluster is watched
/// by a shell that holds one end of a pipe: when this process goes, however it goes, the pipe closes, and the shell
/// stops the server and removes its folder.
/// </summary>
public sealed class PostgresServer
{
    /// <summary>The environment variable with the connection string of a server to use instead of a throwaway cluster.</summary>
    public const string ConnectionVariable = "SAFEAI_TEST_POSTGRES";

    private static readonly Lazy<Task<PostgresServer>> s_shared = new(StartAsync);
    private static int s_databases;

    private readonly NpgsqlConnectionStringBuilder _admin;

    private PostgresServer(NpgsqlConnectionStringBuilder admin, string? dataFolder)
    {
        _admin = admin;
        DataFolder = dataFolder;
    }

    /// <summary>The one server of this process, started when first asked for.</summary>
    /// <exception cref="InvalidOperationException">There is no server and none can be made; says what to install.</exception>
    public static Task<PostgresServer> SharedAsync() => s_shared.Value;

    /// <summary>The cluster's folder; null for a server that was there before.</summary>
    public string? DataFolder { get; }

    /// <summary>The host name.</summary>
    public string Host => _admin.Host!;

    /// <summary>The TCP port.</summary>
    public int Port => _admin.Port;

    /// <summary>The superuser's name.</summary>
    public string User => _admin.Username!;

    /// <summary>The superuser's password.</summary>
    public string Password => _admin.Password ?? "";

    /// <summary>Creates an empty database with a name of its own.</summary>
    /// <param name="prefix">What the name begins with.</param>
    public async Task<PostgresDatabase> CreateDatabaseAsync(string prefix = "test")
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{prefix}_{Environment.ProcessId}_{Interlocked.Increment(ref s_databases)}");
        await ExecuteAsync($"CREATE DATABASE \"{name}\"");
        return new PostgresDatabase(this, name);
    }

    /// <summary>Runs a statement as the superuser in the administrative database.</summary>
    public async Task ExecuteAsync(string statement)
    {
        await using var connection = new NpgsqlConnection(_admin.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = 300 };
        await command.ExecuteNonQueryAsync();
    }

    internal NpgsqlConnectionStringBuilder ConnectTo(string database) =>
        new(_admin.ConnectionString) { Database = database };

    private static async Task<PostgresServer> StartAsync()
    {
        if (Environment.GetEnvironmentVariable(ConnectionVariable) is { Length: > 0 } given)
        {
            var existing = new NpgsqlConnectionStringBuilder(given) { Pooling = false };
            await using var connection = new NpgsqlConnection(existing.ConnectionString);
            await connection.OpenAsync();
            return new PostgresServer(existing, dataFolder: null);
        }

        var bin = PostgresTools.FindServerFolder();
        var password = Convert.ToHexString(RandomNumberGenerator.GetBytes(12));
        string log = "";
        // Another process may take the port between finding it and listening on it.
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var port = FindFreePort();
            var watcher = ChildProcess.Start(WatchCommand(bin, port));
            await watcher.WriteLineAsync(password);
            var folder = await watcher.ReadLineAsync();
            if (folder is not null && folder.StartsWith("ready ", StringComparison.Ordinal))
            {
                // Orderly ends wait for the folder to be gone; any other end leaves that to the watcher alone.
                AppDomain.CurrentDomain.ProcessExit += (_, _) => watcher.CloseAndWait(TimeSpan.FromSeconds(30));
                return new PostgresServer(
                    new NpgsqlConnectionStringBuilder
                    {
                        Host = "127.0.0.1",
                        Port = port,
                        Username = "postgres",
                        Password = password,
                        Database = "postgres",
                        Pooling = false,
                        SslMode = SslMode.Disable,
                    },
                    folder["ready ".Length..]);
            }

            log = $"{folder}\n{await watcher.ReadToEndAsync()}";
            watcher.Dispose();
        }

        throw new InvalidOperationException($"The throwaway PostgreSQL cluster did not start from '{bin}':\n{log}");
    }

    /// <summary>The command that makes a cluster, says <c>ready FOLDER</c>, and removes it when its stdin ends. The first line of stdin is the password.</summary>
    /// <param name="bin">The folder of the server's programs.</param>
    /// <param name="port">The port to listen on.</param>
    public static string[] WatchCommand(string bin, int port) =>
        PostgresTools.AsServerUser("/bin/sh", "-c", s_script, "postgres-watch", bin, port.ToString(CultureInfo.InvariantCulture));

    /// <summary>A loopback port that nobody listens on at this moment.</summary>
    public static int FindFreePort()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        try
        {
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }
        finally
        {
            listener.Stop();
        }
    }

    private const string s_script = """
        trap '' INT TERM HUP
        bin=$1; port=$2
        IFS= read -r password
        umask 077
        cd /
        folder=$(mktemp -d "${TMPDIR:-/tmp}/safeai-postgres.XXXXXX" 2>/dev/null || mktemp -d /tmp/safeai-postgres.XXXXXX) || { echo 'no temporary folder'; exit 1; }
        finish() {
            "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop </dev/null >/dev/null 2>&1
            rm -rf "$folder"
        }
        fail() { echo "failed: $1"; cat "$folder/log" 2>/dev/null; finish; exit 1; }
        printf '%s\n' "$password" > "$folder/password"
        "$bin/initdb" -D "$folder/data" -U postgres -A scram-sha-256 --pwfile="$folder/password" -E UTF8 --locale=C.UTF-8 --no-sync \
            </dev/null >"$folder/log" 2>&1 || fail initdb
        rm -f "$folder/password"
        "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w -t 120 start -o "-h 127.0.0.1 -p $port -k '$folder' -c fsync=off \
            -c full_page_writes=off -c synchronous_commit=off -c shared_buffers=256MB -c max_wal_size=2GB" \
            </dev/null >/dev/null 2>&1 || fail pg_ctl
        echo "ready $folder"
        while IFS= read -r line; do :; done
        finish
        """;
}
