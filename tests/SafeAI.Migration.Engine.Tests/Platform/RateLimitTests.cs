using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Platform;

public class RateLimitTests
{
    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task A_cap_of_ones_own_lets_no_more_through_in_any_minute()
    {
        var limit = new RateLimit(_clock) { Cap = 3 };
        await limit.WaitAsync(default);
        _clock.Advance(TimeSpan.FromSeconds(20));
        await limit.WaitAsync(default);
        await limit.WaitAsync(default);

        var fourth = limit.WaitAsync(default);
        await PassAsync(39, fourth);
        Assert.False(fourth.IsCompleted);
        await PassAsync(1, fourth);
        await fourth;
    }

    [Fact]
    public async Task Who_waits_for_a_cap_goes_within_a_second_once_it_is_raised_or_taken_away()
    {
        var limit = new RateLimit(_clock) { Cap = 1 };
        await limit.WaitAsync(default);
        var second = limit.WaitAsync(default);
        await PassAsync(5, second);
        Assert.False(second.IsCompleted);

        limit.Cap = 2;
        await PassAsync(1, second);
        await second.WaitAsync(TimeSpan.FromMinutes(1));

        var third = limit.WaitAsync(default);
        await PassAsync(3, third);
        Assert.False(third.IsCompleted);
        limit.Cap = null;
        await PassAsync(1, third);
        await third.WaitAsync(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_cap_lower_than_the_platforms_limit_is_what_is_left_to_send()
    {
        var limit = new RateLimit(_clock);
        using var answer = new HttpResponseMessage();
        answer.Headers.Add("X-RateLimit-Limit", "100");
        answer.Headers.Add("X-RateLimit-Remaining", "90");
        answer.Headers.Add("X-RateLimit-Reset", (_clock.GetUtcNow() + TimeSpan.FromSeconds(50)).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture));
        await limit.WaitAsync(default);
        limit.Observe(answer.Headers);
        Assert.Equal((100L, 90L), (limit.Status!.Value.Limit, limit.Status.Value.Remaining));

        limit.Cap = 3;

        Assert.Equal(new RateLimitStatus(3, 2, _clock.GetUtcNow() + TimeSpan.FromMinutes(1)), limit.Status);
        limit.Cap = 500;
        Assert.Equal(100, limit.Status!.Value.Limit);
    }

    // A second at a time; each wait is looked at again before the next.
    private async Task PassAsync(int seconds, Task wait)
    {
        for (var i = 0; i < seconds; i++)
        {
            while (_clock.Waiting == 0 && !wait.IsCompleted)
                await Task.Yield();
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        while (_clock.Waiting == 0 && !wait.IsCompleted)
            await Task.Yield();
    }
}
