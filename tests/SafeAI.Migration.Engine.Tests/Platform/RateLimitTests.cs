using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Platform;

public class RateLimitTests
{
    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task A_cap_of_ones_own_lets_no_more_through_in_any_minute_and_can_be_changed()
    {
        var limit = new RateLimit(_clock) { Cap = 3 };
        await limit.WaitAsync(default);
        _clock.Advance(TimeSpan.FromSeconds(20));
        await limit.WaitAsync(default);
        await limit.WaitAsync(default);

        var fourth = limit.WaitAsync(default);
        _clock.Advance(TimeSpan.FromSeconds(39));
        Assert.False(fourth.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await fourth;

        var fifth = limit.WaitAsync(default);
        Assert.False(fifth.IsCompleted);
        limit.Cap = 10;
        Assert.True(limit.WaitAsync(default).IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(20));
        await fifth;
    }
}
