using System.Globalization;
using System.Net.Http.Headers;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Monitoring;

namespace SafeAI.Migration.Engine.Platform;

/// <summary>What the platform last said of its rate limit.</summary>
/// <param name="Limit">Requests allowed in a window.</param>
/// <param name="Remaining">How many of them were left.</param>
/// <param name="Reset">When the window ends.</param>
public readonly record struct RateLimitStatus(long Limit, long Remaining, DateTimeOffset Reset);

/// <summary>
/// Holds requests back so that the platform's limit is used up and not exceeded. Of a window it knows the smallest
/// number left that an answer told; every request whose answer is not in yet may have taken one of those. It stops
/// everybody when one request was told to wait.
/// </summary>
/// <param name="clock">The clock.</param>
/// <param name="maxWait">The longest wait for the end of a window; null for any.</param>
/// <param name="where">What messages call the platform.</param>
internal sealed class RateLimit(TimeProvider clock, TimeSpan? maxWait = null, string where = "the platform")
{
    private readonly object _lock = new();
    private RateLimitStatus? _status;
    private TimeSpan? _ahead;
    private TimeSpan? _aheadBefore;
    private DateTimeOffset _pausedUntil = DateTimeOffset.MinValue;
    private int _underWay;
    private int? _cap;
    private readonly Queue<DateTimeOffset> _sent = new();

    /// <summary>What the platform last said, or one's own cap where that is lower; null where there is neither.</summary>
    public RateLimitStatus? Status
    {
        get
        {
            lock (_lock)
            {
                if (_cap is not { } cap || _status?.Limit <= cap)
                    return _status;
                var now = clock.GetUtcNow();
                ForgetSentBefore(now - s_minute);
                var left = Math.Max(0, cap - _sent.Count);
                return new RateLimitStatus(cap, Math.Min(left, _status?.Remaining ?? left), _sent.TryPeek(out var oldest) ? oldest + s_minute : now);
            }
        }
    }

    /// <summary>Waits until a request may be sent, and counts it as under way until <see cref="Done"/>.</summary>
    /// <exception cref="PlatformException"><see cref="ErrorCode.RateLimited"/>: the window ends later than is waited for. Nothing is under way then.</exception>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        var waited = TimeSpan.Zero;
        while (TakeOrDelay() is { Ticks: > 0 } delay)
        {
            if (delay > maxWait)
                throw TooLong(delay, maxWait.Value);

            // In slices, since the cap may be changed meanwhile.
            var slice = delay < s_slice ? delay : s_slice;
            await Task.Delay(slice, clock, cancellationToken).ConfigureAwait(false);
            RateLimitWait.Current?.Add(slice);
            waited += slice;
        }

        if (waited > TimeSpan.Zero)
            MigrationTelemetry.RateLimitWait.Record(waited.TotalSeconds);
    }

    /// <summary>
    /// Requests a minute at most, whatever the platform allows; null for no limit of one's own. May be changed at any time,
    /// and those who wait take notice within a second.
    /// </summary>
    public int? Cap
    {
        get
        {
            lock (_lock)
                return _cap;
        }

        set
        {
            lock (_lock)
                _cap = value;
        }
    }

    /// <summary>Learns from an answer's headers.</summary>
    public void Observe(HttpResponseHeaders headers)
    {
        if (Number(headers, "X-RateLimit-Limit") is not { } limit
            || Number(headers, "X-RateLimit-Remaining") is not { } remaining
            || Number(headers, "X-RateLimit-Reset") is not { } reset
            || limit < 1 || reset > s_lastSecond)
            return;
        var until = DateTimeOffset.FromUnixTimeSeconds(reset);
        var ahead = headers.Date - clock.GetUtcNow();
        lock (_lock)
        {
            var isNew = _status is not { } last || until > last.Reset;
            if (isNew)
                (_aheadBefore, _ahead) = (_ahead, ahead);
            else if (ahead > _ahead)
                _ahead = ahead;

            // Answers overtake each other: within one window the smallest number left is the true one.
            if (_status is not { } known || isNew)
                _status = new RateLimitStatus(limit, remaining, until);
            else if (until == known.Reset && remaining < known.Remaining)
                _status = known with { Remaining = remaining };
        }
    }

    /// <summary>Says that a request's answer is in, or will not come.</summary>
    public void Done()
    {
        lock (_lock)
            _underWay--;
    }

    /// <summary>Nobody sends before this.</summary>
    public void PauseFor(TimeSpan delay)
    {
        lock (_lock)
        {
            var until = clock.GetUtcNow() + delay;
            if (until > _pausedUntil)
                _pausedUntil = until;
        }
    }

    private PlatformException TooLong(TimeSpan delay, TimeSpan longest) => new(
        ErrorCode.RateLimited,
        string.Create(CultureInfo.InvariantCulture,
            $"The rate limit of {where} is used up, and its next window begins in {delay.TotalSeconds:0} s, at {clock.GetUtcNow() + delay:u}, which is longer than the {longest.TotalSeconds:0} s that are waited."),
        "Go on after that time, or ask for a higher limit.")
    { IsTransient = true, IsFinal = true };

    private static long? Number(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values)
        && long.TryParse(values.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    private TimeSpan TakeOrDelay()
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            if (_pausedUntil > now)
                return _pausedUntil - now;
            if (_status is { } status)
            {
                // Of a window that no answer has told of yet, the whole limit is left.
                var reset = status.Reset - Ahead;
                var remaining = now >= reset ? status.Limit : status.Remaining;
                if (remaining - _underWay <= 0)
                    return now >= reset || _underWay > 0 ? s_moment : reset - now;
            }

            ForgetSentBefore(now - s_minute);
            if (_cap is { } cap && _sent.Count >= cap)
            {
                // The wait lasts until so many of the last minute's requests are a minute old that there is room for one.
                return _sent.ElementAt(_sent.Count - cap) + s_minute - now;
            }

            _sent.Enqueue(now);
            _underWay++;
            return TimeSpan.Zero;
        }
    }

    // How far the platform's clock is ahead of this one, by which it tells when a window ends. Each answer was on its way for
    // some time, so that the greatest difference is the truest; one that may come from that alone counts as none.
    private TimeSpan Ahead => _ahead is { } ahead && (_aheadBefore > ahead ? _aheadBefore.Value : ahead) is var most && most.Duration() > s_precision ? most : TimeSpan.Zero;

    private void ForgetSentBefore(DateTimeOffset time)
    {
        while (_sent.TryPeek(out var oldest) && oldest <= time)
            _sent.Dequeue();
    }

    private static readonly long s_lastSecond = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    private static readonly TimeSpan s_precision = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan s_slice = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    // While answers are under way they may tell of more room at any moment.
    private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(20);
}
