using System.Globalization;
using System.Text;

namespace SafeAI.Migration.Sandbox.Values;

/// <summary>A date, a time or a duration. Its text is its ISO 8601 form.</summary>
internal abstract record TemporalValue
{
    /// <summary>The type's name, as functions and messages use it.</summary>
    public abstract string TypeName { get; }

    /// <summary>The value's ISO 8601 form.</summary>
    public abstract string ToIso();

    /// <summary>A component such as <c>year</c>, or null when the type has no such component.</summary>
    public abstract object? Component(string name);

    /// <inheritdoc/>
    public sealed override string ToString() => ToIso();

    protected static string DateText(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    protected static string TimeText(long nanosOfDay)
    {
        var seconds = nanosOfDay / 1_000_000_000;
        var text = string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:00}:{seconds / 60 % 60:00}:{seconds % 60:00}");
        var fraction = nanosOfDay % 1_000_000_000;
        return fraction == 0 ? text : text + "." + fraction.ToString("000000000", CultureInfo.InvariantCulture).TrimEnd('0');
    }

    protected static string OffsetText(int seconds)
    {
        if (seconds == 0)
            return "Z";
        var absolute = Math.Abs(seconds);
        var text = string.Create(CultureInfo.InvariantCulture, $"{(seconds < 0 ? '-' : '+')}{absolute / 3600:00}:{absolute / 60 % 60:00}");
        return absolute % 60 == 0 ? text : text + string.Create(CultureInfo.InvariantCulture, $":{absolute % 60:00}");
    }

    protected static object? DateComponent(DateOnly date, string name) => name switch
    {
        "year" => Box.Of(date.Year),
        "quarter" => Box.Of(((date.Month - 1) / 3) + 1),
        "month" => Box.Of(date.Month),
        "day" => Box.Of(date.Day),
        "ordinalDay" => Box.Of(date.DayOfYear),
        "week" => Box.Of(ISOWeek.GetWeekOfYear(date)),
        "weekYear" => Box.Of(ISOWeek.GetYear(date)),
        "dayOfWeek" or "weekDay" => Box.Of(date.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)date.DayOfWeek),
        _ => null,
    };

    protected static object? TimeComponent(long nanosOfDay, string name) => name switch
    {
        "hour" => Box.Of(nanosOfDay / 3_600_000_000_000),
        "minute" => Box.Of(nanosOfDay / 60_000_000_000 % 60),
        "second" => Box.Of(nanosOfDay / 1_000_000_000 % 60),
        "millisecond" => Box.Of(nanosOfDay / 1_000_000 % 1000),
        "microsecond" => Box.Of(nanosOfDay / 1000 % 1_000_000),
        "nanosecond" => Box.Of(nanosOfDay % 1_000_000_000),
        _ => null,
    };
}

/// <summary>A calendar date.</summary>
internal sealed record DateValue(DateOnly Date) : TemporalValue
{
    /// <inheritdoc/>
    public override string TypeName => "Date";

    /// <inheritdoc/>
    public override string ToIso() => DateText(Date);

    /// <inheritdoc/>
    public override object? Component(string name) => DateComponent(Date, name);
}

/// <summary>A time of day without an offset.</summary>
internal sealed record LocalTimeValue(long NanosOfDay) : TemporalValue
{
    /// <inheritdoc/>
    public override string TypeName => "LocalTime";

    /// <inheritdoc/>
    public override string ToIso() => TimeText(NanosOfDay);

    /// <inheritdoc/>
    public override object? Component(string name) => TimeComponent(NanosOfDay, name);
}

/// <summary>A time of day with an offset from UTC.</summary>
internal sealed record TimeValue(long NanosOfDay, int OffsetSeconds) : TemporalValue
{
    /// <inheritdoc/>
    public override string TypeName => "Time";

    /// <inheritdoc/>
    public override string ToIso() => TimeText(NanosOfDay) + OffsetText(OffsetSeconds);

    /// <inheritdoc/>
    public override object? Component(string name) => name is "offset" or "timezone" ? OffsetText(OffsetSeconds) : TimeComponent(NanosOfDay, name);
}

/// <summary>A date and a time of day, without an offset.</summary>
internal sealed record LocalDateTimeValue(DateOnly Date, long NanosOfDay) : TemporalValue
{
    /// <inheritdoc/>
    public override string TypeName => "LocalDateTime";

    /// <inheritdoc/>
    public override string ToIso() => DateText(Date) + "T" + TimeText(NanosOfDay);

    /// <inheritdoc/>
    public override object? Component(string name) => DateComponent(Date, name) ?? TimeComponent(NanosOfDay, name);
}

/// <summary>A moment: a local date and time, its offset from UTC and, where one was named, its zone.</summary>
internal sealed record DateTimeValue(DateOnly Date, long NanosOfDay, int OffsetSeconds, string? Zone) : TemporalValue
{
    /// <inheritdoc/>
    public override string TypeName => "DateTime";

    /// <summary>Seconds since 1970-01-01T00:00:00Z.</summary>
    public long EpochSeconds =>
        ((Date.DayNumber - new DateOnly(1970, 1, 1).DayNumber) * 86_400L) + (NanosOfDay / 1_000_000_000) - OffsetSeconds;

    /// <summary>The moment now.</summary>
    public static DateTimeValue Of(DateTimeOffset moment) =>
        new(DateOnly.FromDateTime(moment.UtcDateTime), moment.UtcDateTime.TimeOfDay.Ticks * 100, 0, null);

    /// <inheritdoc/>
    public override string ToIso() =>
        DateText(Date) + "T" + TimeText(NanosOfDay) + OffsetText(OffsetSeconds) + (Zone is null ? "" : $"[{Zone}]");

    /// <inheritdoc/>
    public override object? Component(string name) => name switch
    {
        "epochSeconds" => Box.Of(EpochSeconds),
        "epochMillis" => Box.Of((EpochSeconds * 1000) + (NanosOfDay / 1_000_000 % 1000)),
        "offset" => OffsetText(OffsetSeconds),
        "offsetSeconds" => Box.Of(OffsetSeconds),
        "offsetMinutes" => Box.Of(OffsetSeconds / 60),
        "timezone" => Zone ?? OffsetText(OffsetSeconds),
        _ => DateComponent(Date, name) ?? TimeComponent(NanosOfDay, name),
    };
}

/// <summary>A duration; months, days and seconds are kept apart, for they have no fixed ratio.</summary>
internal sealed record DurationValue(long Months, long Days, long Seconds, int Nanos) : TemporalValue
{
    /// <inheritdoc/>
    public override string TypeName => "Duration";

    /// <summary>The length in seconds, with months and days at their average length: what durations are sorted by.</summary>
    public double AverageSeconds => (Months * 2_629_746d) + (Days * 86_400d) + Seconds + (Nanos / 1e9);

    /// <inheritdoc/>
    public override string ToIso()
    {
        var text = new StringBuilder("P");
        Append(text, Months / 12, 'Y');
        Append(text, Months % 12, 'M');
        Append(text, Days, 'D');
        if (Seconds != 0 || Nanos != 0)
        {
            text.Append('T');
            Append(text, Seconds / 3600, 'H');
            Append(text, Seconds / 60 % 60, 'M');
            var (seconds, nanos) = (Seconds % 60, (long)Nanos);
            if (seconds < 0 && nanos > 0)
                (seconds, nanos) = (seconds + 1, 1_000_000_000 - nanos);
            else if (seconds >= 0 && Seconds >= 0)
                nanos = Nanos;
            if (seconds != 0 || nanos != 0)
            {
                if (Seconds < 0 && seconds == 0)
                    text.Append('-');
                text.Append(seconds);
                if (nanos != 0)
                    text.Append('.').Append(nanos.ToString("000000000", CultureInfo.InvariantCulture).TrimEnd('0'));
                text.Append('S');
            }
        }

        return text.Length == 1 ? "PT0S" : text.ToString();
    }

    /// <inheritdoc/>
    public override object? Component(string name) => name switch
    {
        "years" => Box.Of(Months / 12),
        "months" => Box.Of(Months),
        "monthsOfYear" => Box.Of(Months % 12),
        "weeks" => Box.Of(Days / 7),
        "days" => Box.Of(Days),
        "hours" => Box.Of(Seconds / 3600),
        "minutes" => Box.Of(Seconds / 60),
        "seconds" => Box.Of(Seconds),
        "milliseconds" => Box.Of((Seconds * 1000) + (Nanos / 1_000_000)),
        "nanosecondsOfSecond" => Box.Of(Nanos),
        _ => null,
    };

    private static void Append(StringBuilder text, long amount, char unit)
    {
        if (amount != 0)
            text.Append(amount).Append(unit);
    }
}
