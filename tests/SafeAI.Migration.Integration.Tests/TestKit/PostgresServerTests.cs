using System.Net;
using System.Net.Sockets;
using SafeAI.Migration.TestKit;
using SafeAI.Migration.TestKit.Postgres;

namespace SafeAI.Migration.Integration.Tests.TestKit;

public sealed class PostgresServerTests
{
    [Fact]
    public async Task Every_database_is_empty_and_goes_when_disposed()
    {
        var server = await PostgresServer.SharedAsync();
        string name;
        await using (var database = await server.CreateDatabaseAsync())
        {
            name = database.Name;
            Assert.Equal(0L, await database.ScalarAsync("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"));
        }

        await using var other = await server.CreateDatabaseAsync();
        Assert.NotEqual(name, other.Name);
        Assert.Equal(0L, await other.ScalarAsync($"SELECT count(*) FROM pg_database WHERE datname = '{name}'"));
    }

    [Fact]
    public async Task Pgbench_fills_a_database_with_foreign_keys()
    {
        var server = await PostgresServer.SharedAsync();
        await using var database = await server.CreateDatabaseAsync();
        await PgBench.InitializeAsync(database);
        Assert.Equal((long)PgBench.AccountsPerScale, await database.ScalarAsync("SELECT count(*) FROM pgbench_accounts"));
        Assert.Equal(5L, await database.ScalarAsync("SELECT count(*) FROM pg_constraint WHERE contype = 'f'"));
    }

    [Fact]
    public async Task The_cluster_goes_when_its_process_is_killed()
    {
        if (Environment.GetEnvironmentVariable(PostgresServer.ConnectionVariable) is { Length: > 0 })
            return; // A server that was there before is not ours to stop.
        var bin = PostgresTools.FindServerFolder();
        var port = PostgresServer.FindFreePort();
        var pipeFolder = Directory.CreateTempSubdirectory("safeai-watch");
        // A shell stands for the test process: it starts the watcher the same way and is then killed with -9.
        using var parent = ChildProcess.Start(["/bin/sh", "-c", "mkfifo \"$0/pipe\" && { \"$@\" < \"$0/pipe\" & exec 3> \"$0/pipe\"; echo secret >&3; wait; }",
            pipeFolder.FullName, .. PostgresServer.WatchCommand(bin, port)]);
        var ready = await parent.ReadLineAsync();
        Assert.StartsWith("ready ", ready, StringComparison.Ordinal);
        var folder = ready!["ready ".Length..];
        Assert.True(Answers(port));

        parent.Kill();

        // The watcher's stdout ends when it has stopped the server and removed the folder.
        await parent.ReadToEndAsync();
        pipeFolder.Delete(recursive: true);
        Assert.False(Directory.Exists(folder));
        Assert.False(Answers(port));
    }

    private static bool Answers(int port)
    {
        using var client = new TcpClient();
        try
        {
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
