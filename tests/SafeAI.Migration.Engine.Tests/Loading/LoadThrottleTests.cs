using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Loading;

public class LoadThrottleTests
{
    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task No_more_batches_are_under_way_than_the_limit_and_all_get_their_turn()
    {
        var throttle = new LoadThrottle(3, _clock);
        var (now, most) = (0, 0);
        var all = new TaskCompletionSource();

        var batches = Task.WhenAll(Enumerable.Range(0, 100).Select(_ => throttle.RunAsync("a", true, async _ =>
        {
            var running = Interlocked.Increment(ref now);
            InterlockedMax(ref most, running);
            await all.Task;
            await Task.Yield();
            Interlocked.Decrement(ref now);
        })).ToArray());
        all.SetResult();
        await batches;

        Assert.Equal(3, most);
        Assert.Equal(0, throttle.InUse);
    }

    [Fact]
    public async Task When_batches_become_slow_fewer_go_at_once_and_when_they_are_fast_again_as_many_as_before()
    {
        var throttle = new LoadThrottle(8, _clock);
        await RoundsAsync(throttle, rounds: 6, milliseconds: 100);
        Assert.Equal(8, throttle.Limit);

        await RoundsAsync(throttle, rounds: 2, milliseconds: 500);
        Assert.Equal(4, throttle.Limit);
        await RoundsAsync(throttle, rounds: 4, milliseconds: 500);
        Assert.Equal(1, throttle.Limit);

        await RoundsAsync(throttle, rounds: 16, milliseconds: 100);
        Assert.Equal(8, throttle.Limit);
    }

    [Fact]
    public async Task Single_slow_batches_are_no_reason_to_let_fewer_go()
    {
        var throttle = new LoadThrottle(4, _clock);
        await RoundsAsync(throttle, rounds: 5, milliseconds: 100);

        for (var i = 0; i < 30; i++)
        {
            // All that are under way while the machine stands still.
            await RoundsAsync(throttle, rounds: 1, milliseconds: 500);
            await RoundsAsync(throttle, rounds: 2, milliseconds: 100);
            Assert.Equal(4, throttle.Limit);
        }
    }

    [Fact]
    public async Task A_slowness_that_stays_becomes_the_usual()
    {
        var throttle = new LoadThrottle(4, _clock);
        await RoundsAsync(throttle, rounds: 5, milliseconds: 100);

        await RoundsAsync(throttle, rounds: 200, milliseconds: 250);

        Assert.Equal(4, throttle.Limit);
    }

    [Fact]
    public async Task Kinds_are_compared_with_themselves_and_batches_that_are_not_typical_with_nothing()
    {
        var throttle = new LoadThrottle(4, _clock);
        await RoundsAsync(throttle, rounds: 5, milliseconds: 100);

        await RoundsAsync(throttle, rounds: 5, milliseconds: 900, kind: "b");
        await RoundsAsync(throttle, rounds: 5, milliseconds: 900, isTypical: false);

        Assert.Equal(4, throttle.Limit);
    }

    [Fact]
    public async Task Waiting_for_the_rate_limit_is_no_slowness()
    {
        var throttle = new LoadThrottle(4, _clock);
        await RoundsAsync(throttle, rounds: 5, milliseconds: 100);

        await RoundsAsync(throttle, rounds: 5, milliseconds: 60_100, waited: 60_000);

        Assert.Equal(4, throttle.Limit);
    }

    [Fact]
    public async Task The_maximum_can_be_lowered_and_raised_while_batches_go()
    {
        var throttle = new LoadThrottle(4, _clock) { Maximum = 1 };
        var gates = Enumerable.Range(0, 3).Select(_ => new TaskCompletionSource()).ToArray();
        var running = gates.Select(g => throttle.RunAsync("a", true, _ => g.Task)).ToArray();
        Assert.Equal(1, throttle.InUse);

        throttle.Maximum = 3;
        Assert.Equal(3, throttle.InUse);

        throttle.Maximum = 2;
        gates[0].SetResult();
        await running[0];
        Assert.Equal((2, 2), (throttle.InUse, throttle.Limit));
        gates[1].SetResult();
        gates[2].SetResult();
        await Task.WhenAll(running);
    }

    [Fact]
    public async Task Who_waits_can_be_stopped_and_takes_no_place()
    {
        var throttle = new LoadThrottle(1);
        var first = new TaskCompletionSource();
        var running = throttle.RunAsync("a", true, _ => first.Task);
        using var stop = new CancellationTokenSource();
        var waiting = throttle.RunAsync("a", true, _ => Task.CompletedTask, stop.Token);

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        first.SetResult();
        await running;

        await throttle.RunAsync("a", true, _ => Task.CompletedTask);
        Assert.Equal(0, throttle.InUse);
    }

    [Fact]
    public async Task A_gate_holds_every_batch_up_before_it_takes_a_place()
    {
        var open = new TaskCompletionSource();
        var throttle = new LoadThrottle(2) { Gate = async token => await open.Task.WaitAsync(token) };
        var batch = throttle.RunAsync("a", true, _ => Task.CompletedTask);
        Assert.Equal((false, 0), (batch.IsCompleted, throttle.InUse));

        open.SetResult();
        await batch;
    }

    // As many batches at once as are let through, which all take the same time.
    private async Task RoundsAsync(LoadThrottle throttle, int rounds, double milliseconds, string kind = "a", bool isTypical = true, double waited = 0)
    {
        for (var i = 0; i < rounds; i++)
        {
            var end = new TaskCompletionSource();
            var batches = Enumerable.Range(0, throttle.Limit).Select(_ => throttle.RunAsync(kind, isTypical, async _ =>
            {
                await end.Task;
                RateLimitWait.Current?.Add(TimeSpan.FromMilliseconds(waited));
            })).ToArray();
            _clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
            end.SetResult();
            await Task.WhenAll(batches);
        }
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = target; value > seen; seen = target)
        {
            if (Interlocked.CompareExchange(ref target, value, seen) == seen)
                return;
        }
    }
}
