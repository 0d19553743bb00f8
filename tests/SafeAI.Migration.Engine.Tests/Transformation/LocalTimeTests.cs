using System.Globalization;
using SafeAI.Migration.Engine.Planning;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Tests.Transformation;

/// <summary>What becomes of local times wherever clocks are changed: for summer time, or because a country chose another standard time.</summary>
public class LocalTimeTests
{
    // As the time zone database has it: the moment that is meant, or whether there is none, or are two.
    [Theory]
    [InlineData("Europe/Dublin", "2024-03-31T01:30:00", "none")] // Ireland's winter time is the exception, not its summer time.
    [InlineData("Europe/Dublin", "2024-10-27T01:30:00", "two")]
    [InlineData("Europe/Dublin", "2024-10-27T02:00:00", "2024-10-27T02:00:00Z")]
    [InlineData("Africa/Casablanca", "2024-03-10T02:30:00", "two")] // for Ramadan
    [InlineData("Africa/Casablanca", "2024-04-14T02:30:00", "none")]
    [InlineData("Europe/Moscow", "2011-03-27T02:30:00", "none")] // summer time for good
    [InlineData("Europe/Moscow", "2014-10-26T01:30:00", "two")] // and no longer
    [InlineData("Asia/Pyongyang", "2015-08-14T23:45:00", "two")]
    [InlineData("Asia/Pyongyang", "2018-05-04T23:45:00", "none")]
    [InlineData("America/Caracas", "2007-12-09T02:45:00", "two")]
    [InlineData("America/Caracas", "2016-05-01T02:45:00", "none")]
    [InlineData("Pacific/Apia", "2011-12-30T12:00:00", "none")] // Samoa left a day out.
    [InlineData("Pacific/Apia", "2011-12-31T00:00:00", "2011-12-30T10:00:00Z")]
    [InlineData("Asia/Kathmandu", "1986-01-01T00:05:00", "none")]
    [InlineData("Europe/Lisbon", "1992-09-27T01:30:00", "1992-09-27T00:30:00Z")] // The clocks stayed; the standard time changed.
    [InlineData("Europe/Istanbul", "2016-09-07T01:00:00", "2016-09-06T22:00:00Z")]
    [InlineData("Europe/Berlin", "1945-05-24T02:30:00", "none")] // two hours of summer time
    [InlineData("Antarctica/Troll", "2024-03-31T01:30:00", "none")]
    [InlineData("Antarctica/Troll", "2024-10-27T02:30:00", "two")]
    [InlineData("Asia/Kolkata", "2024-10-27T01:30:00", "2024-10-26T20:00:00Z")]
    [InlineData("UTC", "0001-01-01T00:00:00", "0001-01-01T00:00:00Z")]
    [InlineData("UTC", "9999-12-31T23:59:59", "9999-12-31T23:59:59Z")]
    public void A_local_time_is_taken_only_where_clocks_show_it_once(string zone, string local, string expected)
    {
        var (value, reject) = Given.Property($"\"field\": \"v\", \"type\": \"datetime\", \"timeZone\": \"{zone}\"", local);
        if (expected.EndsWith('Z'))
        {
            Assert.True(reject is null, reject?.Reason);
            Assert.Equal(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture), ((DateTimeOffset)value!).ToUniversalTime());
            return;
        }

        Assert.Equal(ErrorCode.ConversionFailed, reject!.Code);
        Assert.Contains(expected == "two" ? "occurs twice" : "does not exist", reject.Reason, StringComparison.Ordinal);
        Assert.Contains(zone, reject.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Europe/Dublin", "2024-03-31T01:30:00", "'invalid': 'forward'", "2024-03-31T01:30:00Z")]
    [InlineData("Europe/Dublin", "2024-03-31T01:30:00", "'invalid': 'backward'", "2024-03-31T00:30:00Z")]
    [InlineData("Europe/Dublin", "2024-10-27T01:30:00", "'ambiguous': 'earlier'", "2024-10-27T00:30:00Z")]
    [InlineData("Europe/Dublin", "2024-10-27T01:30:00", "'ambiguous': 'later'", "2024-10-27T01:30:00Z")]
    [InlineData("Pacific/Apia", "2011-12-30T12:00:00", "'invalid': 'forward'", "2011-12-30T22:00:00Z")]
    [InlineData("Pacific/Apia", "2011-12-30T12:00:00", "'invalid': 'backward'", "2011-12-29T22:00:00Z")]
    [InlineData("America/Caracas", "2016-05-01T02:45:00", "'invalid': 'forward'", "2016-05-01T07:15:00Z")]
    public void A_policy_says_which_moment_is_meant(string zone, string local, string policy, string expected) =>
        Assert.Equal(
            DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture),
            ((DateTimeOffset)Given.Value($"'field': 'v', 'type': 'datetime', 'timeZone': '{zone}', {policy}".Replace('\'', '"'), local)!).ToUniversalTime());

    [Theory]
    [InlineData("9999-12-31T23:59:59", "Asia/Tokyo", true)]
    [InlineData("9999-12-31T23:59:59", "America/New_York", false)]
    [InlineData("0001-01-01T00:00:00", "Asia/Tokyo", false)]
    public void A_moment_outside_of_the_years_1_to_9999_is_an_error(string local, string zone, bool fits)
    {
        var (value, reject) = Given.Property($"\"field\": \"v\", \"type\": \"datetime\", \"timeZone\": \"{zone}\"", local);
        Assert.Equal(fits, value is DateTimeOffset);
        Assert.Equal(fits ? null : ErrorCode.LossyConversion, reject?.Code);
    }

    /// <summary>Walks through the moments around every change in two decades and counts how often clocks show each local time.</summary>
    [Fact]
    public void Around_every_change_of_every_zone_the_answer_is_that_of_the_clocks()
    {
        var changes = 0;
        var seen = new HashSet<string>();
        foreach (var zone in TimeZoneInfo.GetSystemTimeZones())
        {
            var days = new List<DateTime>();
            var offsets = new List<TimeSpan>();
            for (var day = new DateTime(2006, 1, 1, 0, 0, 0, DateTimeKind.Utc); day.Year < 2026; day = day.AddDays(1))
            {
                if (zone.GetUtcOffset(day) == zone.GetUtcOffset(day.AddDays(1)))
                    continue;
                days.Add(day);
                offsets.Add(zone.GetUtcOffset(day));
            }

            // Most zones are other names of some.
            if (!seen.Add(string.Join(' ', days.Zip(offsets))))
                continue;
            var resolver = new LocalTimeResolver(zone, AmbiguousTimePolicy.Error, InvalidTimePolicy.Error);
            foreach (var day in days)
            {
                changes++;
                var shown = Enumerable.Range(-104, 304).Select(i => day.AddMinutes(15 * i))
                    .GroupBy(m => DateTime.SpecifyKind(m + zone.GetUtcOffset(m), DateTimeKind.Unspecified)).ToDictionary(g => g.Key, g => g.ToList());
                var first = shown.Keys.Min().AddHours(26);
                for (var local = first; local < shown.Keys.Max().AddHours(-26); local = local.AddMinutes(15))
                {
                    var evaluation = new Evaluation();
                    var moment = (DateTimeOffset?)resolver.Resolve(local, evaluation);
                    var moments = shown.GetValueOrDefault(local) ?? [];
                    Assert.True(moments.Count == 1 == moment.HasValue, $"{local:s} in {zone.Id} is shown {moments.Count} times, but came as {moment}: {evaluation.Reason}");
                    if (moment is not null)
                        Assert.Equal(moments[0], moment.Value.UtcDateTime);
                }
            }
        }

        Assert.InRange(changes, 1000, int.MaxValue);
    }

    [Fact]
    public void Windows_in_which_a_run_may_load_go_by_the_same_clocks()
    {
        var window = new MigrationWindow(Enum.GetValues<DayOfWeek>(), new TimeOnly(1, 30), new TimeOnly(1, 45), TimeZoneInfo.FindSystemTimeZoneById("Europe/Dublin"));
        var (opens, closes) = window.On(new DateOnly(2024, 10, 27))!.Value;
        Assert.Equal("2024-10-27T00:30:00Z 2024-10-27T01:45:00Z", $"{opens.ToUniversalTime():yyyy-MM-ddTHH:mm:ssZ} {closes.ToUniversalTime():yyyy-MM-ddTHH:mm:ssZ}");
        (opens, closes) = window.On(new DateOnly(2024, 3, 31))!.Value;
        Assert.Equal("2024-03-31T01:30:00Z 2024-03-31T01:45:00Z", $"{opens.ToUniversalTime():yyyy-MM-ddTHH:mm:ssZ} {closes.ToUniversalTime():yyyy-MM-ddTHH:mm:ssZ}");
    }
}
