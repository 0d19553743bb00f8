using System.Globalization;

namespace SafeAI.Migration.Sandbox.Http;

/// <summary>Counts requests by caller in windows of fixed length, each beginning with its first request.</summary>
internal sealed class RateLimiter(int limit, int windowSeconds, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Window> _windows = new(StringComparer.Ordinal);

    /// <summary>Counts a request and sets the headers; an <see cref="ApiError"/> when the limit is used up.</summary>
    public void Admit(Caller caller, IHeaderDictionary headers)
    {
        if (limit == 0)
            return;
        var now = clock.GetUtcNow();
        int remaining;
        DateTimeOffset reset;
        bool over;
        lock (_gate)
        {
            if (!_windows.TryGetValue(caller.Name, out var window) || window.Reset <= now)
                _windows[caller.Name] = window = new Window { Reset = now.AddSeconds(windowSeconds) };
            over = window.Used >= limit;
            if (!over)
                window.Used++;
            remaining = limit - window.Used;
            reset = window.Reset;
        }

        // Rounded up: who waits until the second named finds the new window open.
        var resetSeconds = (reset - DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(1) - TimeSpan.FromTicks(1)).Ticks / TimeSpan.TicksPerSecond;
        headers["X-RateLimit-Limit"] = limit.ToString(CultureInfo.InvariantCulture);
        headers["X-RateLimit-Remaining"] = remaining.ToString(CultureInfo.InvariantCulture);
        headers["X-RateLimit-Reset"] = resetSeconds.ToString(CultureInfo.InvariantCulture);
        if (over)
        {
            var wait = Math.Max(1, (long)Math.Ceiling((reset - now).TotalSeconds));
            throw new ApiError(StatusCodes.Status429TooManyRequests, "rate_limit_exceeded", $"More than {limit} requests in {windowSeconds} seconds")
            {
                RetryAfter = wait.ToString(CultureInfo.InvariantCulture),
            };
        }
    }

    private sealed class Window
    {
        public DateTimeOffset Reset { get; init; }

        public int Used { get; set; }
    }
}
