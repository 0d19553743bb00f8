using System.Globalization;
using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Platform;

/// <summary>How much of the platform's rate limit a client uses, over real HTTP and in minutes that pass at once.</summary>
public sealed class ClientRateLimitTests
{
    [Theory]
    [InlineData(40, 1)]
    [InlineData(40, 4)]
    public async Task A_client_uses_95_percent_of_the_limit_and_is_never_refused(int perMinute, int senders)
    {
        const int minutes = 4;
        var clock = new ManualClock(DateTimeOffset.UnixEpoch.AddDays(20_000));
        var end = clock.GetUtcNow().AddMinutes(minutes);
        var (minute, taken, used, refused) = (clock.GetUtcNow().AddMinutes(1), 0, 0, 0);
        using var server = new LocalHttpServer(_ =>
        {
            while (clock.GetUtcNow() >= minute)
                (minute, taken) = (minute.AddMinutes(1), 0);
            var isRefused = taken == perMinute;
            (taken, used, refused) = isRefused ? (taken, used, refused + 1) : (taken + 1, used + 1, refused);
            return new LocalAnswer("""{"results":[],"metadata":{}}""", isRefused ? 429 : 200)
            {
                Headers =
                {
                    ["Date"] = clock.GetUtcNow().ToString("R", CultureInfo.InvariantCulture),
                    ["X-RateLimit-Limit"] = $"{perMinute}",
                    ["X-RateLimit-Remaining"] = $"{perMinute - taken}",
                    ["X-RateLimit-Reset"] = minute.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
                },
            };
        });
        using var client = new PlatformClient(new PlatformOptions { Endpoint = server.Address, ApiKey = "k" }, clock);
        using var over = new CancellationTokenSource();
        var sending = Enumerable.Range(0, senders).Select(_ => Task.Run(async () =>
        {
            try
            {
                while (true)
                    (await client.QueryAsync("RETURN 1", [], null, over.Token)).Dispose();
            }
            catch (OperationCanceledException) when (over.IsCancellationRequested)
            {
                // The last minute is over.
            }
        })).ToList();

        // Time passes only while everybody waits for it.
        while (clock.GetUtcNow() < end)
        {
            if (clock.Waiting == senders)
                clock.Advance(TimeSpan.FromMilliseconds(100));
            else if (sending.Find(s => s.IsCompleted) is { } ended)
                await ended;
            await Task.Yield();
        }

        await over.CancelAsync();
        await Task.WhenAll(sending);
        Assert.Equal(0, refused);
        Assert.InRange(used, 0.95 * perMinute * minutes, perMinute * (minutes + 1));
    }

    [Theory]
    [InlineData(3901, true)]
    [InlineData(86_400, true)]
    [InlineData(3900, false)]
    public async Task A_window_that_ends_later_than_is_waited_for_is_an_error_that_says_when(int seconds, bool isTooLong)
    {
        var clock = new ManualClock(DateTimeOffset.UnixEpoch.AddDays(20_000));
        var reset = clock.GetUtcNow().AddSeconds(seconds);
        using var server = new LocalHttpServer(_ => new LocalAnswer("""{"results":[],"metadata":{}}""")
        {
            Headers =
            {
                ["Date"] = clock.GetUtcNow().ToString("R", CultureInfo.InvariantCulture),
                ["X-RateLimit-Limit"] = "100",
                ["X-RateLimit-Remaining"] = clock.GetUtcNow() < reset ? "0" : "99",
                ["X-RateLimit-Reset"] = reset.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            },
        });
        using var client = new PlatformClient(new PlatformOptions { Endpoint = server.Address, ApiKey = "k" }, clock);
        (await client.QueryAsync("RETURN 1", [])).Dispose();

        var second = client.QueryAsync("RETURN 2", []);
        while (!second.IsCompleted && clock.GetUtcNow() <= reset)
        {
            if (clock.Waiting > 0)
                clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        if (!isTooLong)
        {
            (await second).Dispose();
            return;
        }

        var e = await Assert.ThrowsAnyAsync<MigrationException>(() => second);
        Assert.Equal((ErrorCode.RateLimited, true, 1L, 0L), (e.Code, e.IsTransient, client.Requests, client.Retries));
        Assert.Contains(FormattableString.Invariant($"in {seconds} s, at {reset:u}"), e.Message, StringComparison.Ordinal);

        // Once the window is over, the same client goes on.
        clock.Advance(TimeSpan.FromSeconds(seconds));
        (await client.QueryAsync("RETURN 3", [])).Dispose();
    }
}
