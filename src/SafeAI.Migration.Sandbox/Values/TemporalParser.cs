using System.Globalization;
using System.Text.RegularExpressions;
using SafeAI.Migration.Sandbox.Cypher;

namespace SafeAI.Migration.Sandbox.Values;

/// <summary>Reads temporal values from their ISO 8601 texts.</summary>
internal static partial class TemporalParser
{
    public static DateValue Date(string text)
    {
        var match = DatePattern().Match(text);
        if (!match.Success)
            throw Unreadable(text, "Date");
        return new DateValue(ReadDate(match, text, "Date"));
    }

    public static LocalTimeValue LocalTime(string text)
    {
        var match = TimePattern().Match(text);
        if (!match.Success || match.Groups["offset"].Success)
            throw Unreadable(text, "LocalTime");
        return new LocalTimeValue(ReadTime(match, text, "LocalTime"));
    }

    public static TimeValue Time(string text)
    {
        var match = TimePattern().Match(text);
        if (!match.Success)
            throw Unreadable(text, "Time");
        return new TimeValue(ReadTime(match, text, "Time"), ReadOffset(match.Groups["offset"].Value));
    }

    public static LocalDateTimeValue LocalDateTime(string text)
    {
        var (date, time) = Split(text, "LocalDateTime");
        if (time is not null && (time.Groups["offset"].Success || time.Groups["zone"].Success))
            throw Unreadable(text, "LocalDateTime");
        return new LocalDateTimeValue(ReadDate(date, text, "LocalDateTime"), time is null ? 0 : ReadTime(time, text, "LocalDateTime"));
    }

    public static DateTimeValue DateTime(string text)
    {
        var (dateMatch, time) = Split(text, "DateTime");
        var date = ReadDate(dateMatch, text, "DateTime");
        var nanos = time is null ? 0 : ReadTime(time, text, "DateTime");
        if (time is null || !time.Groups["zone"].Success)
            return new DateTimeValue(date, nanos, time is null ? 0 : ReadOffset(time.Groups["offset"].Value), null);

        var name = time.Groups["zone"].Value;
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone))
            throw CypherException.Argument($"Unknown time zone '{name}' in '{text}'");
        var offset = time.Groups["offset"].Success
            ? ReadOffset(time.Groups["offset"].Value)
            : (int)zone.GetUtcOffset(date.ToDateTime(TimeOnly.MinValue).AddTicks(nanos / 100)).TotalSeconds;
        return new DateTimeValue(date, nanos, offset, name);
    }

    public static DurationValue Duration(string text)
    {
        var match = DurationPattern().Match(text);
        if (!match.Success || text.EndsWith('P') || text.EndsWith('T'))
            throw Unreadable(text, "Duration");
        var sign = match.Groups["sign"].Value == "-" ? -1 : 1;
        var months = sign * checked((Whole(match, "years") * 12) + Whole(match, "months"));
        var days = sign * checked((Whole(match, "weeks") * 7) + Whole(match, "days"));
        var seconds = sign * checked((Whole(match, "hours") * 3600) + (Whole(match, "minutes") * 60));
        var part = match.Groups["seconds"].Success
            ? decimal.Parse(match.Groups["seconds"].Value, CultureInfo.InvariantCulture) * sign
            : 0m;
        var whole = decimal.Floor(part);
        return new DurationValue(months, days, checked(seconds + (long)whole), (int)((part - whole) * 1_000_000_000m));
    }

    private static long Whole(Match match, string group) =>
        match.Groups[group].Success ? long.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture) : 0;

    private static (Match Date, Match? Time) Split(string text, string type)
    {
        var separator = text.IndexOf('T', StringComparison.Ordinal);
        var date = DatePattern().Match(separator < 0 ? text : text[..separator]);
        var time = separator < 0 ? null : TimePattern().Match(text[(separator + 1)..]);
        if (!date.Success || time is { Success: false })
            throw Unreadable(text, type);
        return (date, time);
    }

    private static DateOnly ReadDate(Match match, string text, string type)
    {
        var year = int.Parse(match.Groups["year"].Value, CultureInfo.InvariantCulture);
        try
        {
            if (match.Groups["week"].Success)
            {
                var day = match.Groups["weekday"].Success ? int.Parse(match.Groups["weekday"].Value, CultureInfo.InvariantCulture) : 1;
                return DateOnly.FromDateTime(ISOWeek.ToDateTime(
                    year, int.Parse(match.Groups["week"].Value, CultureInfo.InvariantCulture), (DayOfWeek)(day % 7)));
            }

            if (match.Groups["ordinal"].Success)
            {
                var ordinal = int.Parse(match.Groups["ordinal"].Value, CultureInfo.InvariantCulture);
                var date = new DateOnly(year, 1, 1).AddDays(ordinal - 1);
                return date.Year == year ? date : throw new ArgumentOutOfRangeException(nameof(text));
            }

            var month = match.Groups["month"].Success ? int.Parse(match.Groups["month"].Value, CultureInfo.InvariantCulture) : 1;
            return new DateOnly(
                year, month, match.Groups["day"].Success ? int.Parse(match.Groups["day"].Value, CultureInfo.InvariantCulture) : 1);
        }
        catch (ArgumentOutOfRangeException)
        {
            throw Unreadable(text, type);
        }
    }

    private static long ReadTime(Match match, string text, string type)
    {
        var hour = int.Parse(match.Groups["hour"].Value, CultureInfo.InvariantCulture);
        var minute = match.Groups["minute"].Success ? int.Parse(match.Groups["minute"].Value, CultureInfo.InvariantCulture) : 0;
        var second = match.Groups["second"].Success ? int.Parse(match.Groups["second"].Value, CultureInfo.InvariantCulture) : 0;
        if (hour > 23 || minute > 59 || second > 59)
            throw Unreadable(text, type);
        var fraction = match.Groups["fraction"].Success
            ? long.Parse(match.Groups["fraction"].Value.PadRight(9, '0'), CultureInfo.InvariantCulture)
            : 0;
        return ((((hour * 60L) + minute) * 60) + second) * 1_000_000_000 + fraction;
    }

    private static int ReadOffset(string text)
    {
        if (text is "" or "Z" or "z")
            return 0;
        var digits = text[1..].Replace(":", "", StringComparison.Ordinal).PadRight(6, '0');
        var seconds = (int.Parse(digits[..2], CultureInfo.InvariantCulture) * 3600)
            + (int.Parse(digits[2..4], CultureInfo.InvariantCulture) * 60)
            + int.Parse(digits[4..6], CultureInfo.InvariantCulture);
        return text[0] == '-' ? -seconds : seconds;
    }

    private static CypherException Unreadable(string text, string type) =>
        CypherException.Argument($"Text cannot be parsed to a {type}\n\"{text}\"");

    [GeneratedRegex(@"^(?<year>\d{4})(?:-?(?:W(?<week>\d{2})(?:-?(?<weekday>[1-7]))?|(?<ordinal>\d{3})|(?<month>\d{2})(?:-?(?<day>\d{2}))?))?$")]
    private static partial Regex DatePattern();

    [GeneratedRegex(@"^(?<hour>\d{2})(?::?(?<minute>\d{2})(?::?(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?)?)?(?<offset>Z|z|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?)?(?:\[(?<zone>[A-Za-z0-9_+\-/]+)\])?$")]
    private static partial Regex TimePattern();

    [GeneratedRegex(@"^(?<sign>-)?P(?:(?<years>-?\d+)Y)?(?:(?<months>-?\d+)M)?(?:(?<weeks>-?\d+)W)?(?:(?<days>-?\d+)D)?(?:T(?:(?<hours>-?\d+)H)?(?:(?<minutes>-?\d+)M)?(?:(?<seconds>-?\d+(?:\.\d{1,9})?)S)?)?$")]
    private static partial Regex DurationPattern();
}
