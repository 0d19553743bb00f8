using SafeAI.Migration.Engine.Platform;

namespace SafeAI.Migration.Engine.Tests.Platform;

public sealed class RetryPolicyTests
{
    private const int Requests = 400;
    private const int Retries = 8;

    [Fact]
    public async Task Requests_that_failed_together_come_back_at_times_of_their_own_and_later_each_time()
    {
        var waits = new List<double[]>();
        for (var i = 0; i < Requests; i++)
            waits.Add([.. (await WaitsAsync(null)).Select(w => w.TotalMilliseconds)]);

        Assert.All(waits, w => Assert.Equal(Retries, w.Length));
        Assert.All(waits.SelectMany(w => w), w => Assert.InRange(w, 0, RetryPolicy.MaxDelay.TotalMilliseconds));
        var means = Enumerable.Range(0, Retries).Select(n => waits.Average(w => w[n])).ToList();
        Assert.InRange(means[0], 500, 2000);
        for (var n = 0; n < Retries; n++)
        {
            // Spread over far more than a small part of the wait, and hardly two at one time.
            var sorted = waits.Select(w => w[n]).Order().ToList();
            if (means[n] < RetryPolicy.MaxDelay.TotalMilliseconds / 2)
            {
                Assert.True(sorted[Requests * 9 / 10] - sorted[Requests / 10] > means[n] / 4, $"wait {n}: {sorted[Requests / 10]} to {sorted[Requests * 9 / 10]}");
                var free = sorted.Where(w => w < RetryPolicy.MaxDelay.TotalMilliseconds).ToList();
                Assert.True(free.Distinct().Count() > free.Count / 2, $"wait {n}: {free.Distinct().Count()} of {free.Count}");
            }
        }

        for (var n = 1; n < 5; n++)
            Assert.True(means[n] > means[n - 1], $"wait {n}: {means[n - 1]}, then {means[n]}");
        Assert.True(means[4] > 3 * means[0], $"{means[0]}, at last {means[4]}");
    }

    [Fact]
    public async Task A_wait_that_the_platform_asks_for_is_kept_to_exactly()
    {
        var asked = TimeSpan.FromSeconds(17);

        Assert.All(await WaitsAsync(asked), w => Assert.Equal(asked, w));
    }

    [Fact]
    public async Task What_does_not_pass_is_not_tried_again()
    {
        var clock = new SkippingClock();
        var calls = 0;

        await Assert.ThrowsAsync<MigrationException>(async () => await RetryPolicy.Create(Options, clock, () => { }).ExecuteAsync(_ =>
        {
            calls++;
            return ValueTask.FromException(new MigrationException(ErrorCode.RequestRefused, "No."));
        }));

        Assert.Equal((1, 0), (calls, clock.Waits.Count));
    }

    private static PlatformOptions Options => new() { Endpoint = new Uri("http://localhost"), MaxRetries = Retries, RetryDelay = TimeSpan.FromSeconds(1) };

    private static async Task<IReadOnlyList<TimeSpan>> WaitsAsync(TimeSpan? retryAfter)
    {
        var clock = new SkippingClock();
        var told = 0;
        await Assert.ThrowsAsync<PlatformException>(async () => await RetryPolicy.Create(Options, clock, () => told++).ExecuteAsync(
            _ => ValueTask.FromException(new PlatformException(ErrorCode.PlatformFailed, "Not now.") { IsTransient = true, RetryAfter = retryAfter })));
        Assert.Equal(Retries, told);
        return clock.Waits;
    }

    /// <summary>A clock whose waits are over at once, and known afterwards.</summary>
    private sealed class SkippingClock : TimeProvider
    {
        public List<TimeSpan> Waits { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Waits.Add(dueTime);
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
