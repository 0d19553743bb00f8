namespace SafeAI.Migration.Engine.Monitoring;

/// <summary>How fast a count grows: an average in which what was long ago weighs less. The memory grows with the time looked at, up to half a minute.</summary>
internal sealed class SmoothedRate
{
    private double _weightedCount;
    private double _weightedSeconds;
    private double _seconds;
    private double _count;

    /// <summary>How many a second at present; 0 before anything was seen.</summary>
    public double Current => _weightedSeconds > 0 ? _weightedCount / _weightedSeconds : 0;

    /// <summary>How many a second in all; 0 before anything was seen.</summary>
    public double Average => _seconds > 0 ? _count / _seconds : 0;

    /// <summary>How long it was looked at, in seconds.</summary>
    public double Seconds => _seconds;

    /// <summary>Adds what was counted in a span of time.</summary>
    public void Add(double count, double seconds)
    {
        if (seconds <= 0)
            return;
        _count += count;
        _seconds += seconds;
        var kept = Math.Exp(-seconds / Math.Clamp(_seconds / 2, 1, 30));
        _weightedCount = _weightedCount * kept + count;
        _weightedSeconds = _weightedSeconds * kept + seconds;
    }
}
