namespace SafeAI.Migration.Engine.Transformation;

/// <summary>Finds the moment that a local time means in a zone, with a policy for the hours that clocks are put back or forward.</summary>
internal sealed class LocalTimeResolver(TimeZoneInfo zone, AmbiguousTimePolicy ambiguous, InvalidTimePolicy invalid)
{
    // No zone is further than this from UTC, and none puts its clocks forward or back twice within as long.
    private static readonly TimeSpan s_reach = TimeSpan.FromDays(1);

    /// <summary>The moment as a <see cref="DateTimeOffset"/>; null where it is none, which the evaluation says.</summary>
    public object? Resolve(DateTime local, Evaluation evaluation)
    {
        var (before, after, isBefore, isAfter) = Find(zone, local);
        if (isBefore && isAfter)
        {
            return ambiguous switch
            {
                AmbiguousTimePolicy.Earlier => Moment(local, before, evaluation),
                AmbiguousTimePolicy.Later => Moment(local, after, evaluation),
                _ => evaluation.Fail(ErrorCode.ConversionFailed,
                    $"'{GraphText.Format(local)}' occurs twice in {zone.Id}: clocks are put back over it. Choose \"ambiguous\": \"earlier\" or \"later\".", local),
            };
        }

        if (isBefore || isAfter)
            return Moment(local, isBefore ? before : after, evaluation);

        // The gap is the difference between the offsets before and after it.
        return invalid switch
        {
            InvalidTimePolicy.Forward => Moment(local + (after - before), after, evaluation),
            InvalidTimePolicy.Backward => Moment(local - (after - before), before, evaluation),
            _ => evaluation.Fail(ErrorCode.ConversionFailed,
                $"'{GraphText.Format(local)}' does not exist in {zone.Id}: clocks are put forward over it. Correct it, or choose \"invalid\": \"forward\" or \"backward\".", local),
        };
    }

    /// <summary>
    /// The offsets that a zone has before and after the clocks are changed, and with which of them its clocks show a local time: with one as a
    /// rule, with both where they are put back over it, so that the first offset makes the earlier moment, and with none where they are put
    /// forward. Far from any change, the two are the same, and only the first is said to show it.
    /// </summary>
    internal static (TimeSpan Before, TimeSpan After, bool IsBefore, bool IsAfter) Find(TimeZoneInfo zone, DateTime local)
    {
        // What the library says of local times is wrong where a zone's standard time changes, as in Dublin twice a year; what it says of
        // moments is right.
        var before = OffsetAt(zone, local, -s_reach);
        var after = OffsetAt(zone, local, s_reach);
        return (before, after, OffsetAt(zone, local, -before) == before, before != after && OffsetAt(zone, local, -after) == after);
    }

    /// <summary>The zone's offset at the moment at which UTC shows a time so far from the given one.</summary>
    private static TimeSpan OffsetAt(TimeZoneInfo zone, DateTime local, TimeSpan away) =>
        zone.GetUtcOffset(new DateTime(Math.Clamp(local.Ticks + away.Ticks, DateTime.MinValue.Ticks, DateTime.MaxValue.Ticks), DateTimeKind.Utc));

    private object? Moment(DateTime local, TimeSpan offset, Evaluation evaluation)
    {
        try
        {
            return new DateTimeOffset(local, offset);
        }
        catch (ArgumentException e)
        {
            return evaluation.Fail(ErrorCode.LossyConversion, $"'{GraphText.Format(local)}' in {zone.Id} is outside the years 1 to 9999.", local, e);
        }
    }
}
