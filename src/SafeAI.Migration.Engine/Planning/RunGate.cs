using System.Globalization;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Planning;

/// <summary>
/// Stands before each batch of a run: outside of its windows it holds the run up, or ends it, as the plan says. Batches
/// under way come to their end.
/// </summary>
internal sealed class RunGate : IDisposable
{
    // A wait is looked at again now and then, since the machine may have slept or its clock may have been set.
    private static readonly TimeSpan s_slice = TimeSpan.FromMinutes(10);

    private readonly MigrationPlan _plan;
    private readonly Action<string>? _onMessage;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stopping;
    private readonly object _lock = new();
    private bool _isWaiting;

    /// <summary>Puts the gate before a throttle.</summary>
    public RunGate(MigrationPlan plan, LoadThrottle throttle, Action<string>? onMessage, TimeProvider? clock, CancellationToken cancellationToken)
    {
        _plan = plan;
        _onMessage = onMessage;
        _clock = clock ?? TimeProvider.System;
        _stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (plan.Windows is not null)
            throttle.Gate = PassAsync;
    }

    /// <summary>Cancelled when the run is to end: it was stopped, or its window closed.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>Why the run ended before its end; null where the user stopped it.</summary>
    public string? WhyStopped { get; private set; }

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();

    private async ValueTask PassAsync(CancellationToken cancellationToken)
    {
        while (_plan.Windows!.NextOpening(_clock.GetUtcNow()) is var opening && opening > _clock.GetUtcNow())
        {
            if (_plan.OutsideWindow == OutsideWindowAction.End)
            {
                WhyStopped = $"The window closed; the next one opens at {Text(opening)}.";
                await _stopping.CancelAsync().ConfigureAwait(false);
                Stopping.ThrowIfCancellationRequested();
            }

            Tell(isWaiting: true, $"Outside of the migration window: waiting until {Text(opening)}.");
            var left = opening - _clock.GetUtcNow();
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Stopping);
            await Task.Delay(left < s_slice ? left : s_slice, _clock, either.Token).ConfigureAwait(false);
        }

        Tell(isWaiting: false, "The migration window is open: going on.");
    }

    private void Tell(bool isWaiting, string message)
    {
        lock (_lock)
        {
            if (_isWaiting == isWaiting)
                return;
            _isWaiting = isWaiting;
        }

        _onMessage?.Invoke(message);
    }

    private static string Text(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture);
}
