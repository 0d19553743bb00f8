using System.Diagnostics;

namespace SafeAI.Migration.PowerShell.Binding;

/// <summary>Says when progress is worth showing again: by time, never by record, as each update costs more than a record.</summary>
internal sealed class ProgressThrottle
{
    private long _next = Stopwatch.GetTimestamp() + (long)(Interval.TotalSeconds * Stopwatch.Frequency);
    private int _calls;

    /// <summary>The time between two updates.</summary>
    public static TimeSpan Interval { get; } = TimeSpan.FromMilliseconds(250);

    public bool IsDue()
    {
        // Even the clock costs something a million times over.
        if ((++_calls & 0xFF) != 0)
            return false;
        var now = Stopwatch.GetTimestamp();
        if (now < _next)
            return false;
        _next = now + (long)(Interval.TotalSeconds * Stopwatch.Frequency);
        return true;
    }
}
