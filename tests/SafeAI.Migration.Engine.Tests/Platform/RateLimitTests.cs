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

    // The end of a window is told by the platform's clock. One that says the window is over already says nothing more.
    [Theory]
    [InlineData(-600, true, 30)]
    [InlineData(600, true, 30)]
    [InlineData(1, true, 29)]
    [InlineData(600, false, 630)]
    [InlineData(-600, false, 0)]
    public async Task The_end_of_a_window_is_by_the_clock_that_told_it(int ahead, bool tellsDate, int seconds)
    {
        var limit = new RateLimit(_clock);
        await limit.WaitAsync(default);
        var there = _clock.GetUtcNow() + TimeSpan.FromSeconds(ahead);
        using var answer = Answer("100", "0", (there.AddSeconds(seconds == 29 ? 28 : 30)).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture));
        answer.Headers.Date = tellsDate ? there : null;
        limit.Observe(answer.Headers);
        limit.Done();

        var next = limit.WaitAsync(default);
        if (seconds > 0)
            await PassAsync(seconds - 1, next);
        Assert.Equal(seconds == 0, next.IsCompleted);
        await PassAsync(1, next);
        await next.WaitAsync(TimeSpan.FromMinutes(1));
    }

    [Theory]
    [InlineData("0", "0", "1767225660")]
    [InlineData("100", "0", "1767225660000")]
    [InlineData("100", "0", "9223372036854775807")]
    [InlineData("100", "0", "-1")]
    [InlineData("100", "0", "tomorrow")]
    [InlineData("100", "-5", "1767225660")]
    [InlineData("1e2", "0", "1767225660")]
    [InlineData("", "", "")]
    public async Task Headers_that_say_nothing_that_can_be_kept_to_hold_nobody_up(string allowed, string remaining, string reset)
    {
        var limit = new RateLimit(_clock);
        await limit.WaitAsync(default);
        using var answer = Answer(allowed, remaining, reset);
        limit.Observe(answer.Headers);
        limit.Done();

        Assert.Null(limit.Status);
        Assert.True(limit.WaitAsync(default).IsCompletedSuccessfully);
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

    private static HttpResponseMessage Answer(string limit, string remaining, string reset)
    {
        var answer = new HttpResponseMessage();
        answer.Headers.TryAddWithoutValidation("X-RateLimit-Limit", limit);
        answer.Headers.TryAddWithoutValidation("X-RateLimit-Remaining", remaining);
        answer.Headers.TryAddWithoutValidation("X-RateLimit-Reset", reset);
        return answer;
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
