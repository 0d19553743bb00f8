using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>Reads dates, times, moments and durations. What ISO 8601 writes is read unless formats are given.</summary>
internal sealed partial class TemporalConverter
{
    private static readonly string[] s_isoDates = ["yyyy-MM-dd"];
    private static readonly string[] s_isoTimes = ["HH:mm:ss.FFFFFFF", "HH:mm:ss", "HH:mm"];

    private static readonly string[] s_isoLocal =
    [
        "yyyy-MM-ddTHH:mm:ss.FFFFFFF", "yyyy-MM-dd HH:mm:ss.FFFFFFF", "yyyy-MM-ddTHH:mm", "yyyy-MM-dd HH:mm", "yyyy-MM-dd",
    ];

    private static readonly string[] s_isoMoments =
    [
        "yyyy-MM-ddTHH:mm:ss.FFFFFFFzzz", "yyyy-MM-ddTHH:mm:ss.FFFFFFF'Z'", "yyyy-MM-dd HH:mm:ss.FFFFFFFzzz", "yyyy-MM-dd HH:mm:ss.FFFFFFF'Z'",
        "yyyy-MM-ddTHH:mmzzz", "yyyy-MM-ddTHH:mm'Z'", "yyyy-MM-dd HH:mm:ss.FFFFFFFzz",
    ];

    private readonly ConversionMapping _mapping;
    private readonly bool _allowsLoss;
    private readonly string[] _localFormats;
    private readonly string[] _momentFormats;
    private readonly LocalTimeResolver? _zone;
    private readonly bool _readsUnixSeconds;
    private readonly bool _readsUnixMilliseconds;

    public TemporalConverter(ConversionMapping mapping)
    {
        _mapping = mapping;
        _allowsLoss = mapping.Lossy == LossPolicy.Allow;
        _zone = mapping.TimeZone is { } zone ? new LocalTimeResolver(zone, mapping.Ambiguous, mapping.Invalid) : null;
        _readsUnixSeconds = mapping.Formats.Any(f => ObjectReader.Fold(f) == "unixseconds");
        _readsUnixMilliseconds = mapping.Formats.Any(f => ObjectReader.Fold(f) == "unixmilliseconds");
        var formats = mapping.Formats.Where(f => !ObjectReader.Fold(f).StartsWith("unix", StringComparison.Ordinal)).ToArray();
        var isIso = mapping.Formats.Count == 0;
        _momentFormats = isIso ? s_isoMoments : [.. formats.Where(NamesOffset)];
        _localFormats = !isIso ? [.. formats.Where(f => !NamesOffset(f))] : mapping.Type switch
        {
            ConversionType.Date => [.. s_isoDates, .. s_isoLocal],
            ConversionType.Time => s_isoTimes,
            _ => s_isoLocal,
        };
    }

    public object? ToDate(object? value, Evaluation evaluation)
    {
        switch (value)
        {
            case DateOnly:
                return value;
            case string text:
                if (_mapping.Formats.Count == 0 && DateOnly.TryParseExact(text.AsSpan().Trim(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
                    return date;
                return Read(text, value, evaluation) is { } read ? ToDate(read, evaluation) : null;
            case long number when ReadUnix(number, value, evaluation) is { } moment:
                return ToDate(moment, evaluation);
            case DateTime { Kind: DateTimeKind.Unspecified } local:
                return local.TimeOfDay == TimeSpan.Zero || Accepts(evaluation)
                    ? DateOnly.FromDateTime(local)
                    : Loss(value, evaluation, "a time of day, which a date does not keep");
            case DateTime or DateTimeOffset:
                return InZone(AsMoment(value), value, evaluation, "a date") is { } there ? ToDate(there, evaluation) : null;
            default:
                return NotA(value, evaluation, "a date");
        }
    }

    public object? ToTime(object? value, Evaluation evaluation)
    {
        switch (value)
        {
            case TimeOnly:
                return value;
            case TimeSpan span when span >= TimeSpan.Zero && span < TimeSpan.FromDays(1):
                return TimeOnly.FromTimeSpan(span);
            case string text:
                // Where a format has no date in it, the date is the first there is.
                return Read(text, value, evaluation) is DateTime read
                    ? read.Date == DateTime.MinValue ? TimeOnly.FromDateTime(read) : ToTime(read, evaluation)
                    : evaluation.Failed ? null : NotA(value, evaluation, "a time of day without an offset");
            case DateTime or DateTimeOffset:
                return Accepts(evaluation)
                    ? TimeOnly.FromTimeSpan(value is DateTime local ? local.TimeOfDay : ((DateTimeOffset)value).TimeOfDay)
                    : Loss(value, evaluation, "a date, which a time does not keep");
            default:
                return NotA(value, evaluation, "a time of day");
        }
    }

    public object? ToMoment(object? value, Evaluation evaluation)
    {
        switch (value)
        {
            case DateTimeOffset:
                return value;
            case string text:
                return Read(text, value, evaluation) is { } read ? ToMoment(read, evaluation) : null;
            case DateTime { Kind: DateTimeKind.Unspecified } local:
                return _zone is not null
                    ? _zone.Resolve(local, evaluation)
                    : evaluation.Fail(ErrorCode.ConversionFailed,
                        $"{Converter.Show(value)} has no offset and no time zone. Say which is meant with 'timeZone', or use the type 'localdatetime'.", value);
            case DateTime moment:
                return new DateTimeOffset(moment);
            case DateOnly date:
                return ToMoment(date.ToDateTime(TimeOnly.MinValue), evaluation);
            case long number when _readsUnixSeconds || _readsUnixMilliseconds:
                return ReadUnix(number, value, evaluation);
            default:
                return NotA(value, evaluation, "a date and time");
        }
    }

    public object? ToLocal(object? value, Evaluation evaluation)
    {
        switch (value)
        {
            case DateTime { Kind: DateTimeKind.Unspecified }:
                return value;
            case string text:
                return Read(text, value, evaluation) is { } read ? ToLocal(read, evaluation) : null;
            case DateOnly date:
                return date.ToDateTime(TimeOnly.MinValue);
            case long number when ReadUnix(number, value, evaluation) is { } moment:
                return ToLocal(moment, evaluation);
            case DateTime or DateTimeOffset:
                return InZone(AsMoment(value), value, evaluation, "a local date and time");
            default:
                return NotA(value, evaluation, "a date and time");
        }
    }

    public object? ToDuration(object? value, Evaluation evaluation)
    {
        switch (value)
        {
            case TimeSpan:
                return value;
            case TimeOnly time:
                return time.ToTimeSpan();
            case string text:
                return ReadDuration(text.Trim(), value, evaluation);
            default:
                return NotA(value, evaluation, "a duration");
        }
    }

    private object? ReadDuration(string text, object? value, Evaluation evaluation)
    {
        text = CutFraction(text, LongSecond(), value, evaluation);
        if (evaluation.Failed)
            return null;
        if (TimeSpan.TryParseExact(text, ["c", @"h\:mm\:ss", @"h\:mm", @"h\:mm\:ss\.FFFFFFF"], CultureInfo.InvariantCulture, out var span))
            return span;
        var date = text.Split('T')[0];
        if (date.AsSpan().ContainsAny('Y', 'M'))
            return evaluation.Fail(ErrorCode.LossyConversion,
                $"{Converter.Show(value)} counts years or months, whose length varies. Write it in days, or map it with the type 'string'.", value);
        try
        {
            return XmlConvert.ToTimeSpan(text);
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            return evaluation.Fail(ErrorCode.ConversionFailed, $"{Converter.Show(value)} is not a duration such as PT1H30M or 01:30:00.", value, e);
        }
    }

    /// <summary>Reads a text as a moment or as a local date and time; boxed <see cref="DateTimeOffset"/> or <see cref="DateTime"/>.</summary>
    private object? Read(string text, object? value, Evaluation evaluation)
    {
        const DateTimeStyles Styles = DateTimeStyles.AllowWhiteSpaces | DateTimeStyles.NoCurrentDateDefault;
        if ((_readsUnixSeconds || _readsUnixMilliseconds) && long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var unix))
            return ReadUnix(unix, value, evaluation);
        if (_mapping.Formats.Count == 0)
            text = CutFraction(text, LongFraction(), value, evaluation);
        if (evaluation.Failed)
            return null;
        if (_localFormats.Length > 0 && DateTime.TryParseExact(text, _localFormats, _mapping.Culture, Styles, out var local))
            return DateTime.SpecifyKind(local, DateTimeKind.Unspecified);
        if (_momentFormats.Length > 0 && DateTimeOffset.TryParseExact(text, _momentFormats, _mapping.Culture,
            DateTimeStyles.AllowWhiteSpaces | DateTimeStyles.AssumeUniversal, out var moment))
            return moment;
        var expected = _mapping.Formats.Count > 0 ? string.Join(", ", _mapping.Formats) : _mapping.Type switch
        {
            ConversionType.Date => "yyyy-MM-dd",
            ConversionType.Time => "HH:mm:ss",
            ConversionType.LocalDateTime => "yyyy-MM-ddTHH:mm:ss",
            _ => "yyyy-MM-ddTHH:mm:sszzz",
        };
        return evaluation.Fail(ErrorCode.ConversionFailed,
            $"{Converter.Show(value)} is not {Kind()} in the form {expected}. Name other forms in 'formats'.", value);
    }

    private object? ReadUnix(long number, object? value, Evaluation evaluation)
    {
        if (!_readsUnixSeconds && !_readsUnixMilliseconds)
            return NotA(value, evaluation, Kind());
        try
        {
            return _readsUnixMilliseconds ? DateTimeOffset.FromUnixTimeMilliseconds(number) : DateTimeOffset.FromUnixTimeSeconds(number);
        }
        catch (ArgumentOutOfRangeException e)
        {
            return evaluation.Fail(ErrorCode.LossyConversion, $"{Converter.Show(value)} is outside the years 1 to 9999.", value, e);
        }
    }

    /// <summary>Takes digits after the seventh of a second away: nothing is lost where they are 0.</summary>
    private string CutFraction(string text, Regex fraction, object? value, Evaluation evaluation)
    {
        if (text.Length < 9 || !text.AsSpan().ContainsAny('.', ','))
            return text;
        var match = fraction.Match(text);
        if (!match.Success)
            return text;
        if (match.ValueSpan.ContainsAnyExcept('0') && !Accepts(evaluation))
            Loss(value, evaluation, "more than seven digits after the second");
        return text.Remove(match.Index, match.Length);
    }

    private object? InZone(DateTimeOffset moment, object? value, Evaluation evaluation, string target)
    {
        if (_mapping.TimeZone is { } zone)
            return DateTime.SpecifyKind(TimeZoneInfo.ConvertTime(moment, zone).DateTime, DateTimeKind.Unspecified);
        return Accepts(evaluation)
            ? DateTime.SpecifyKind(moment.DateTime, DateTimeKind.Unspecified)
            : Loss(value, evaluation, $"an offset, which {target} does not keep; name the zone in 'timeZone' to convert it");
    }

    private static DateTimeOffset AsMoment(object value) => value is DateTimeOffset moment ? moment : new DateTimeOffset((DateTime)value);

    private string Kind() => _mapping.Type switch
    {
        ConversionType.Date => "a date",
        ConversionType.Time => "a time",
        _ => "a date and time",
    };

    // What the mapping allows is counted, never silent.
    private bool Accepts(Evaluation evaluation) => _allowsLoss && evaluation.Lose();

    private static object? Loss(object? value, Evaluation evaluation, string what) =>
        evaluation.Fail(ErrorCode.LossyConversion,
            $"{Converter.Show(value)} has {what}. Choose a type that keeps it, or allow the loss with \"lossy\": \"allow\".", value);

    private static object? NotA(object? value, Evaluation evaluation, string what) =>
        evaluation.Fail(ErrorCode.ConversionFailed, $"{Converter.Show(value)} is not {what}.", value);

    private static bool NamesOffset(string format) =>
        QuotedText().Replace(format, "") is var bare && bare.AsSpan().ContainsAny('z', 'K') || format is "o" or "O" or "r" or "R" or "u";

    [GeneratedRegex(@"(?<=:\d\d[.,]\d{7})\d+", RegexOptions.CultureInvariant)]
    private static partial Regex LongFraction();

    // Of a duration only the seconds have a fraction.
    [GeneratedRegex(@"(?<=[.,]\d{7})\d+", RegexOptions.CultureInvariant)]
    private static partial Regex LongSecond();

    [GeneratedRegex(@"'[^']*'|""[^""]*""|\\.", RegexOptions.CultureInvariant)]
    private static partial Regex QuotedText();
}
