using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Planning;

/// <summary>A time of day at which a run may load, on some days of the week.</summary>
/// <param name="Days">The days on which it opens; one that ends after midnight belongs to the day on which it began.</param>
/// <param name="From">When it opens, by the clock of the time zone.</param>
/// <param name="To">When it closes; not later than <paramref name="From"/> means the next day, so that the same time is a whole day.</param>
/// <param name="Zone">The time zone.</param>
public sealed record MigrationWindow(IReadOnlyList<DayOfWeek> Days, TimeOnly From, TimeOnly To, TimeZoneInfo Zone)
{
    /// <summary>The window that begins on a day, if one does: from when until when.</summary>
    internal (DateTimeOffset Opens, DateTimeOffset Closes)? On(DateOnly day) => Days.Contains(day.DayOfWeek)
        ? (At(day.ToDateTime(From), earlier: true), At(day.AddDays(To <= From ? 1 : 0).ToDateTime(To), earlier: false))
        : null;

    // A time that the clocks skip is that much later; of one that they show twice, the window gets both.
    private DateTimeOffset At(DateTime local, bool earlier)
    {
        var (before, after, isBefore, isAfter) = LocalTimeResolver.Find(Zone, local);
        return new DateTimeOffset(local, isAfter && !(isBefore && earlier) ? after : before);
    }
}

/// <summary>The windows of a run.</summary>
/// <param name="Windows">At least one; where one of them is open, the run may load.</param>
public sealed record MigrationWindows(IReadOnlyList<MigrationWindow> Windows)
{
    /// <summary>Whether the run may load.</summary>
    public bool IsOpen(DateTimeOffset now) => Closing(now) is not null;

    /// <summary>When the window that is open closes; null where none is. Windows that follow each other without a gap count as one.</summary>
    public DateTimeOffset? Closing(DateTimeOffset now)
    {
        DateTimeOffset? closing = null;
        var at = now;

        // A year of windows without a gap is as good as always open.
        while (at < now.AddYears(1) && Around(at).Where(w => w.Opens <= at && at < w.Closes).Select(w => (DateTimeOffset?)w.Closes).Max() is { } closes)
            closing = at = closes;
        return closing;
    }

    /// <summary>When the next window opens; now where one is open.</summary>
    public DateTimeOffset NextOpening(DateTimeOffset now) =>
        IsOpen(now) ? now : Around(now).Where(w => w.Opens > now).Min(w => w.Opens);

    private IEnumerable<(DateTimeOffset Opens, DateTimeOffset Closes)> Around(DateTimeOffset now)
    {
        foreach (var window in Windows)
        {
            var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, window.Zone).Date);
            for (var day = -1; day <= 8; day++)
            {
                if (window.On(today.AddDays(day)) is { } found && found.Opens < found.Closes)
                    yield return found;
            }
        }
    }
}
