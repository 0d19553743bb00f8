using System.Globalization;
using System.Net.Http.Headers;

namespace SafeAI.Migration.Engine.Platform;

/// <summary>What the platform last said of its rate limit.</summary>
/// <param name="Limit">Requests allowed in a window.</param>
/// <param name="Remaining">How many of them were left.</param>
/// <param name="Reset">When the window ends.</param>
public readonly record struct RateLimitStatus(long Limit, long Remaining, DateTimeOffset Reset);

/// <summary>
/// Holds requests back so that the platform's limit is used up and not exceeded. It knows what the answers' headers
/// say, counts what was sent since, and stops everybody when one request was told to wait.
/// </summary>
internal sealed class RateLimit(TimeProvider clock)
{
    private readonly object _lock = new();
    private RateLimitStatus? _status;
    private DateTimeOffset _pausedUntil = DateTimeOffset.MinValue;

    public RateLimitStatus? Status
    {
        get
        {
            lock (_lock)
                return _status;
        }
    }

    /// <summary>Waits until a request may be sent, and counts it.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        while (Delay() is { Ticks: > 0 } delay)
            await Task.Delay(delay, clock, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Learns from an answer's headers.</summary>
    public void Observe(HttpResponseHeaders headers)
    {
        if (Number(headers, "X-RateLimit-Limit") is not { } limit
            || Number(headers, "X-RateLimit-Remaining") is not { } remaining
            || Number(headers, "X-RateLimit-Reset") is not { } reset)
            return;
        var until = DateTimeOffset.FromUnixTimeSeconds(reset);
        lock (_lock)
        {
            // Answers overtake each other: within one window the smallest number left is the true one.
            if (_status is { } known && until <= known.Reset)
                remaining = Math.Min(remaining, known.Remaining);
            if (_status is not { } last || until >= last.Reset)
                _status = new RateLimitStatus(limit, remaining, until);
        }
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

    private static long? Number(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values)
        && long.TryParse(values.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    private TimeSpan Delay()
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            if (_pausedUntil > now)
                return _pausedUntil - now;
            if (_status is not { } status || now >= status.Reset)
            {
                // A new window has begun, or nothing is known: the next answer tells.
                return TimeSpan.Zero;
            }

            if (status.Remaining > 0)
            {
                _status = status with { Remaining = status.Remaining - 1 };
                return TimeSpan.Zero;
            }

            return status.Reset - now;
        }
    }
}
