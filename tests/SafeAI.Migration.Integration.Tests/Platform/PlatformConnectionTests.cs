using System.Net;
using System.Net.Sockets;
using System.Text;
using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.TestKit.Sandbox;

namespace SafeAI.Migration.Integration.Tests.Platform;

public sealed class PlatformConnectionTests
{
    [Fact]
    public async Task A_good_key_may_read_and_write_and_the_limit_is_told()
    {
        await using var sandbox = await SandboxServer.StartAsync("--rate-limit", "100");

        var result = await ConnectionTester.TestAsync(sandbox.Options(), testWrite: true);

        Assert.Equal((true, true, true, (bool?)true, 100L, null), (result.Reachable, result.Authenticated, result.CanRead, result.CanWrite, result.RateLimit, result.Error));
        Assert.Equal(0, await sandbox.StatisticAsync("writes"));
    }

    [Fact]
    public async Task A_wrong_key_is_told_apart_from_an_unreachable_endpoint_and_shows_nowhere()
    {
        await using var sandbox = await SandboxServer.StartAsync();

        var result = await ConnectionTester.TestAsync(sandbox.Options(apiKey: "canary-4711"), testWrite: true);

        Assert.Equal((true, false, false, (bool?)null), (result.Reachable, result.Authenticated, result.CanRead, result.CanWrite));
        Assert.StartsWith($"The platform at {sandbox.Endpoint.GetLeftPart(UriPartial.Authority)} refused the key", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", result.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_may_only_read_is_told()
    {
        await using var sandbox = await SandboxServer.StartAsync("--read-only-key", "reader");

        var result = await ConnectionTester.TestAsync(sandbox.Options(apiKey: "reader"), testWrite: true);

        Assert.Equal((true, true, true, (bool?)false), (result.Reachable, result.Authenticated, result.CanRead, result.CanWrite));
    }

    [Fact]
    public async Task Nobody_at_the_endpoint_is_told_at_once()
    {
        int port;
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        var result = await ConnectionTester.TestAsync(
            new PlatformOptions { Endpoint = new Uri($"http://127.0.0.1:{port}"), ApiKey = "k" }, testWrite: true);

        Assert.False(result.Reachable);
        Assert.Equal($"The platform at http://127.0.0.1:{port} cannot be reached: nobody listens there. Check the endpoint and the network.", result.Error);
    }

    [Fact]
    public async Task An_answer_that_is_no_JSON_is_told()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var serving = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync();
            var stream = client.GetStream();
            await stream.ReadAsync(new byte[4096]);
            await stream.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\nConnection: close\r\n\r\n<html></html>"));
        });

        var result = await ConnectionTester.TestAsync(new PlatformOptions { Endpoint = new Uri($"http://127.0.0.1:{port}"), ApiKey = "k", MaxRetries = 0 }, testWrite: false);

        await serving;
        Assert.Equal($"The answer of http://127.0.0.1:{port} is not JSON. Check that the endpoint is the platform's and not a proxy's or a login page's.", result.Error);
    }

    [Fact]
    public async Task Client_credentials_get_a_token_and_another_when_it_expires()
    {
        await using var sandbox = await SandboxServer.StartAsync("--client-id", "migrator", "--client-secret", "s3cret", "--token-lifetime", "3600");
        await sandbox.SetFaultsAsync("""[{"kind":"expiredToken","requests":[3,6]}]""");
        var options = new PlatformOptions
        {
            Endpoint = sandbox.Endpoint, ClientId = "migrator", ClientSecret = "s3cret", RetryDelay = TimeSpan.FromMilliseconds(10),
        };
        using var client = new PlatformClient(options);

        for (var i = 0; i < 8; i++)
            (await client.QueryAsync(CypherStatements.Ping, ["one"])).Dispose();

        Assert.Equal(2, client.Retries);
    }

    [Fact]
    public async Task Wrong_client_credentials_are_told_and_the_secret_is_not()
    {
        await using var sandbox = await SandboxServer.StartAsync("--client-id", "migrator", "--client-secret", "s3cret");
        using var client = new PlatformClient(new PlatformOptions { Endpoint = sandbox.Endpoint, ClientId = "migrator", ClientSecret = "canary-4711" });

        var refusal = await Assert.ThrowsAnyAsync<MigrationException>(() => client.QueryAsync(CypherStatements.Ping, ["one"]));

        Assert.Equal(ErrorCode.AuthenticationFailed, refusal.Code);
        Assert.DoesNotContain("canary", refusal.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://platform.safeai.dev", "is not encrypted")]
    [InlineData("ftp://platform.safeai.dev", "is not an endpoint")]
    [InlineData("https://user:pw@platform.safeai.dev", "holds a user name or password")]
    public void Endpoints_that_would_give_the_key_away_are_refused(string endpoint, string reason)
    {
        var refusal = Assert.Throws<MigrationException>(() => PlatformOptions.ParseEndpoint(endpoint));

        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("pw", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_other_published_paths_work_too()
    {
        await using var sandbox = await SandboxServer.StartAsync();
        var options = new PlatformOptions
        {
            Endpoint = sandbox.Endpoint, ApiKey = sandbox.ApiKey, QueryPath = "api/v1/query", SchemaPath = "api/v1/knowledge-graph/schema",
        };

        var result = await ConnectionTester.TestAsync(options, testWrite: true);

        Assert.Null(result.Error);
        Assert.True(result.CanWrite);
    }
}
