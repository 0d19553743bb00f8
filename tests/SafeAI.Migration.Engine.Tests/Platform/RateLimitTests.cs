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
    [Theory]
    [InlineData(60, 1, 150)]
    [InlineData(600, 8, 150)]
    [InlineData(1000, 16, 400)]
    public async Task The_platforms_limit_is_used_to_95_percent_and_never_passed(int perMinute, int senders, int answerMilliseconds)
    {
        // A platform that allows so many requests in each minute of the clock, and tells so in every answer.
        const int minutes = 5;
        var clock = new ManualClock(DateTimeOffset.UnixEpoch.AddDays(20_000));
        var end = clock.GetUtcNow().AddMinutes(minutes);
        var limit = new RateLimit(clock);
        var (minute, taken, used, refused) = (clock.GetUtcNow().AddMinutes(1), 0, 0, 0);
        var waits = new Task?[senders];
        var answers = new (DateTimeOffset Due, HttpResponseMessage Message)?[senders];
        while (clock.GetUtcNow() < end)
        {
            var now = clock.GetUtcNow();
            if (now >= minute)
                (minute, taken) = (minute.AddMinutes(1), 0);
            for (var i = 0; i < senders; i++)
            {
                if (answers[i] is { } answer && answer.Due <= now)
                {
                    limit.Observe(answer.Message.Headers);
                    limit.Done();
                    answer.Message.Dispose();
                    answers[i] = null;
                }

                if (answers[i] is not null || !(waits[i] ??= limit.WaitAsync(CancellationToken.None)).IsCompleted)
                    continue;
                waits[i] = null;
                refused += taken == perMinute ? 1 : 0;
                taken = Math.Min(perMinute, taken + 1);
                used++;
                var message = new HttpResponseMessage();
                message.Headers.Add("X-RateLimit-Limit", $"{perMinute}");
                message.Headers.Add("X-RateLimit-Remaining", $"{perMinute - taken}");
                message.Headers.Add("X-RateLimit-Reset", $"{minute.ToUnixTimeSeconds()}");
                answers[i] = (now.AddMilliseconds(answerMilliseconds), message);
            }

            clock.Advance(TimeSpan.FromMilliseconds(10));
            // Until all who were woken have either gone or wait again.
            while (clock.Waiting != waits.Count(w => w is { IsCompleted: false }))
                await Task.Yield();
        }

        Assert.Equal(0, refused);
        Assert.InRange(used, 0.95 * perMinute * minutes, perMinute * minutes);
    }

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
