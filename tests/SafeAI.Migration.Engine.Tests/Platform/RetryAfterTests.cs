using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Platform;

/// <summary>How long a client waits that was told to.</summary>
public sealed class RetryAfterTests
{
    [Theory]
    [InlineData(429, "30")]
    [InlineData(429, "Thu, 01 Jan 2015 00:00:30 GMT")]
    [InlineData(503, "30")]
    [InlineData(503, "Thu, 01 Jan 2015 00:00:30 GMT")]
    public async Task It_sends_again_when_the_time_is_over_and_not_before(int status, string retryAfter)
    {
        // The platform's clock is not this machine's.
        using var server = new LocalHttpServer(request => request.Number == 1
            ? new LocalAnswer("{}", status) { Headers = { ["Retry-After"] = retryAfter, ["Date"] = "Thu, 01 Jan 2015 00:00:00 GMT" } }
            : new LocalAnswer("""{"results":[],"metadata":{}}"""));
        var clock = new ManualClock(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        using var client = new PlatformClient(new PlatformOptions { Endpoint = server.Address, ApiKey = "k" }, clock);

        var query = client.QueryAsync("RETURN 1", []);
        await UntilItWaitsAsync();
        clock.Advance(TimeSpan.FromSeconds(29));
        await UntilItWaitsAsync();
        Assert.Single(server.Requests);
        Assert.False(query.IsCompleted);

        while (!query.IsCompleted)
        {
            if (clock.Waiting > 0)
                clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        (await query).Dispose();
        Assert.Equal(2, server.Requests.Count);

        async Task UntilItWaitsAsync()
        {
            while (clock.Waiting == 0 && !query.IsCompleted)
                await Task.Yield();
        }
    }

    [Fact]
    public async Task A_client_that_was_told_to_wait_holds_its_other_requests_back_too()
    {
        using var server = new LocalHttpServer(request => request.Number == 1
            ? new LocalAnswer("{}", 429) { Headers = { ["Retry-After"] = "30" } }
            : new LocalAnswer("""{"results":[],"metadata":{}}"""));
        var clock = new ManualClock(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        using var client = new PlatformClient(new PlatformOptions { Endpoint = server.Address, ApiKey = "k" }, clock);
        var first = client.QueryAsync("RETURN 1", []);
        while (clock.Waiting == 0)
            await Task.Yield();

        var second = client.QueryAsync("RETURN 2", []);
        for (var i = 0; i < 29; i++)
        {
            while (clock.Waiting < 2 && !second.IsCompleted)
                await Task.Yield();
            Assert.False(second.IsCompleted);
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Single(server.Requests);
        while (!first.IsCompleted || !second.IsCompleted)
        {
            if (clock.Waiting > 0)
                clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        (await first).Dispose();
        (await second).Dispose();
        Assert.Equal(3, server.Requests.Count);
    }
}
