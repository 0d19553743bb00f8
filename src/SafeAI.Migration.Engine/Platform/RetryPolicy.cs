using Polly;
using Polly.Retry;

namespace SafeAI.Migration.Engine.Platform;

/// <summary>When a request that failed for a reason that may pass is sent again.</summary>
internal static class RetryPolicy
{
    /// <summary>The longest wait that nobody asked for.</summary>
    public static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Waits as long as the platform asks; where it does not, longer each time, and by chance, so that requests which failed
    /// together do not come back together.
    /// </summary>
    /// <param name="options">How often, and about how long the first wait is.</param>
    /// <param name="clock">The clock; null for the system's.</param>
    /// <param name="onRetry">Is told before each wait.</param>
    public static ResiliencePipeline Create(PlatformOptions options, TimeProvider? clock, Action onRetry) =>
        new ResiliencePipelineBuilder { TimeProvider = clock }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<MigrationException>(e => e.IsTransient && e is not PlatformException { IsFinal: true }),
                MaxRetryAttempts = Math.Max(1, options.MaxRetries),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = options.RetryDelay,
                MaxDelay = MaxDelay,
                DelayGenerator = args => ValueTask.FromResult((args.Outcome.Exception as PlatformException)?.RetryAfter),
                OnRetry = _ =>
                {
                    onRetry();
                    return default;
                },
            })
            .Build();
}
