using System.Globalization;
using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Platform;

/// <summary>Whether a failure says that a retry helps, and whether one is made.</summary>
public sealed class RetryAdviceTests
{
    private const string Good = """{"results":[],"metadata":{}}""";

    [Theory]
    [InlineData(429, "3600", ErrorCode.RateLimited, "3600")]
    [InlineData(429, "2147483647", ErrorCode.RateLimited, "2147483647")]
    [InlineData(429, "Thu, 01 Jan 2015 01:00:00 GMT", ErrorCode.RateLimited, "3600")]
    [InlineData(503, "3600", ErrorCode.PlatformFailed, "3600")]
    [InlineData(503, "Fri, 01 Jan 2016 00:00:00 GMT", ErrorCode.PlatformFailed, "31536000")]
    public async Task A_wait_beyond_all_patience_ends_at_once_and_says_that_it_may_pass(int status, string retryAfter, string code, string seconds)
    {
        using var server = new LocalHttpServer(_ => new LocalAnswer("{}", status) { Headers = { ["Retry-After"] = retryAfter, ["Date"] = "Thu, 01 Jan 2015 00:00:00 GMT" } });
        var clock = new ManualClock(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        using var client = new PlatformClient(new PlatformOptions { Endpoint = server.Address, ApiKey = "k" }, clock);

        var e = await Assert.ThrowsAnyAsync<MigrationException>(() => client.QueryAsync("RETURN 1", []).WaitAsync(TimeSpan.FromMinutes(1)));

        Assert.Equal((code, true, 1), (e.Code, e.IsTransient, server.Requests.Count));
        Assert.Contains($" It asks to be left alone for {seconds} s, which is longer than the 300 s that are waited.", e.What, StringComparison.Ordinal);

        // Nobody else waits for it either.
        await Assert.ThrowsAnyAsync<MigrationException>(() => client.QueryAsync("RETURN 1", []).WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task A_token_that_was_good_before_is_replaced_when_it_is_refused()
    {
        // Each token is good for one request.
        var (tokens, isUsed) = (0, false);
        using var server = new LocalHttpServer(r =>
        {
            if (IsForToken(r))
            {
                isUsed = false;
                return new LocalAnswer(string.Create(CultureInfo.InvariantCulture, $"{{\"access_token\": \"t{++tokens}\", \"expires_in\": 3600.5}}"));
            }

            var isGood = !isUsed && r.Headers["authorization"] == $"Bearer t{tokens}";
            isUsed = true;
            return isGood ? new LocalAnswer(Good) : new LocalAnswer("{}", 401);
        });
        using var client = new PlatformClient(Options(server));

        for (var i = 0; i < 8; i++)
            (await client.QueryAsync("RETURN 1", [])).Dispose();

        Assert.Equal((8, 7L), (tokens, client.Retries));
    }

    [Fact]
    public async Task Tokens_that_are_good_for_nothing_are_not_fetched_for_ever_and_no_retry_is_advised()
    {
        var tokens = 0;
        using var server = new LocalHttpServer(r => IsForToken(r)
            ? new LocalAnswer(string.Create(CultureInfo.InvariantCulture, $"{{\"access_token\": \"t{++tokens}\"}}"))
            : new LocalAnswer("""{"error": {"code": "unauthorized", "message": "Who are you?"}}""", 401));
        using var client = new PlatformClient(Options(server));

        var e = await Assert.ThrowsAnyAsync<MigrationException>(() => client.QueryAsync("RETURN 1", []));

        Assert.Equal((ErrorCode.AuthenticationFailed, false, 3), (e.Code, e.IsTransient, tokens));
        Assert.Equal(
            $"The platform at {server.Address.GetLeftPart(UriPartial.Authority)} refused the token: Who are you? (unauthorized). Check what these client credentials are good for, and that they belong to this endpoint.",
            e.Message);
    }

    [Theory]
    [InlineData(503, null, ErrorCode.PlatformFailed, true, 3)]
    [InlineData(429, "0", ErrorCode.RateLimited, true, 3)]
    [InlineData(429, "3600", ErrorCode.RateLimited, true, 1)]
    [InlineData(400, null, ErrorCode.AuthenticationFailed, false, 1)]
    [InlineData(403, null, ErrorCode.AuthenticationFailed, false, 1)]
    public async Task Whoever_gives_no_token_now_may_do_so_later_but_not_to_the_wrong_client(int status, string? retryAfter, string code, bool isTransient, int requests)
    {
        using var server = new LocalHttpServer(_ => new LocalAnswer("{}", status) { Headers = retryAfter is null ? [] : new() { ["Retry-After"] = retryAfter } });
        using var client = new PlatformClient(Options(server));

        var e = await Assert.ThrowsAnyAsync<MigrationException>(() => client.QueryAsync("RETURN 1", []));

        Assert.Equal((code, isTransient, requests), (e.Code, e.IsTransient, server.Requests.Count));
    }

    [Theory]
    [InlineData("[]", "has no list of results")]
    [InlineData("""{"results": [["a", "b", [], []]]}""", "gives nodes of the type P that are none")]
    [InlineData("""{"results": [["a", null, "P", []]]}""", "gives nodes of the type P that are none")]
    [InlineData("""{"results": [["a", {"when": "x"}, ["P"], [["when"]]]]}""", "gives nodes of the type P that are none")]
    [InlineData("""{"results": [{"id": "a"}]}""", "has no column 'before'")]
    [InlineData("""{"results": [["a", {"x": {"y": 1}}, ["P"], []]]}""", "is a nested map")]
    [InlineData("<html><body>Maintenance</body></html>", "is not JSON")]
    public async Task An_answer_to_a_write_that_makes_no_sense_is_told_as_such(string body, string says)
    {
        using var server = new LocalHttpServer(_ => new LocalAnswer(body));
        await using var platform = new PlatformDestination(new PlatformClient(Options(server, withKey: true)));

        var e = await Assert.ThrowsAnyAsync<MigrationException>(() => platform.WriteNodesAsync("P", [new GraphNode("P", "a", PropertySet.Empty)]));

        Assert.Equal((ErrorCode.UnexpectedAnswer, false, 1), (e.Code, e.IsTransient, server.Requests.Count));
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"results": []}""", "does not say how many P there are")]
    [InlineData("""{"results": [["many"]]}""", "gives numbers of P that are none")]
    [InlineData("""{"results": [[1.5]]}""", "gives numbers of P that are none")]
    public async Task A_count_that_is_none_is_told(string body, string says)
    {
        using var server = new LocalHttpServer(_ => new LocalAnswer(body));
        await using var platform = new PlatformDestination(new PlatformClient(Options(server, withKey: true)));

        var e = await Assert.ThrowsAnyAsync<MigrationException>(() => platform.CountNodesAsync(["P"]));

        Assert.Equal(ErrorCode.UnexpectedAnswer, e.Code);
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
    }

    private static bool IsForToken(LocalRequest request) => request.PathAndQuery.Contains("token", StringComparison.Ordinal);

    private static PlatformOptions Options(LocalHttpServer server, bool withKey = false) => new()
    {
        Endpoint = server.Address,
        ApiKey = withKey ? "key" : null,
        ClientId = withKey ? null : "me",
        ClientSecret = withKey ? null : "canary",
        MaxRetries = 2,
        RetryDelay = TimeSpan.FromMilliseconds(1),
    };
}
