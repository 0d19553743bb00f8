using System.Text.Json;
using System.Text.Json.Serialization;
using SafeAI.Migration.Engine.Monitoring;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Monitoring;

/// <summary>
/// Shows the tracker the figures of runs as they were recorded from the console program, loading into the sandbox, with
/// <c>--log … --log-level Debug</c>: nodes only and a whole run, each answer 200 ms late as over a network; and a whole run
/// under a limit of 300 requests a minute.
/// </summary>
public class ProgressTrackerTests
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    [Theory]
    [InlineData("steady-nodes")]
    [InlineData("steady-whole")]
    [InlineData("limited")]
    public void Half_way_the_time_left_is_told_to_within_a_fifth(string recorded)
    {
        var figures = Recorded(recorded);
        var end = figures[^1].Elapsed.TotalSeconds;
        var tracker = new ProgressTracker();

        foreach (var now in figures.TakeWhile(f => f.Elapsed.TotalSeconds <= end / 2))
            tracker.Update(now);

        var (at, told) = (tracker.Progress.ElapsedSeconds, tracker.Progress.SecondsRemaining!.Value);
        Assert.InRange(told, 0.8 * (end - at), 1.2 * (end - at));
    }

    [Theory]
    [InlineData("steady-nodes")]
    [InlineData("steady-whole")]
    [InlineData("limited")]
    public void The_share_that_is_done_only_grows_but_for_a_little_and_ends_at_a_hundred(string recorded)
    {
        var tracker = new ProgressTracker();
        double highest = 0;

        foreach (var now in Recorded(recorded))
        {
            var percent = tracker.Update(now).PercentComplete ?? 0;
            Assert.True(percent > highest - 10, $"{percent} after {highest} at {now.Elapsed}");
            highest = Math.Max(highest, percent);
        }

        Assert.Equal((100d, 0d), (tracker.Progress.PercentComplete, tracker.Progress.SecondsRemaining));
    }

    [Fact]
    public void At_the_end_the_average_is_that_of_all_phases()
    {
        var tracker = new ProgressTracker();
        RunFigures At(int seconds, MigrationPhase phase, long nodes, long relationships) =>
            new() { Phase = phase, Elapsed = TimeSpan.FromSeconds(seconds), Read = nodes, NodesAccepted = nodes, NodesSettled = nodes, RelationshipsAccepted = relationships, RelationshipsSettled = relationships };

        tracker.Update(At(0, MigrationPhase.Nodes, 0, 0));
        tracker.Update(At(2, MigrationPhase.Relationships, 1400, 0));
        Assert.Equal("Nodes: 1,400 of 1,400, 700/s", tracker.Progress.Phases[1].ToString());
        var end = tracker.Update(At(10, MigrationPhase.Ended, 1400, 600));

        Assert.Equal(200, end.AverageRate, 6);
        Assert.Equal("Verification: 0 of 0", end.Phases[3].ToString());
    }

    [Fact]
    public void Where_the_total_is_not_known_nothing_is_made_up()
    {
        var tracker = new ProgressTracker();

        tracker.Update(new RunFigures { Phase = MigrationPhase.Nodes, Elapsed = TimeSpan.FromSeconds(1), Read = 100, NodesAccepted = 100, NodesSettled = 50 });
        var progress = tracker.Update(new RunFigures { Phase = MigrationPhase.Nodes, Elapsed = TimeSpan.FromSeconds(2), Read = 200, NodesAccepted = 200, NodesSettled = 150 });

        Assert.Null(progress.TotalRecords);
        Assert.Null(progress.PercentComplete);
        Assert.Null(progress.SecondsRemaining);
        Assert.Equal(75, progress.AverageRate, 6);
    }

    [Fact]
    public void Under_a_limit_the_windows_that_the_remaining_requests_fill_are_waited_for()
    {
        var tracker = new ProgressTracker();
        RunFigures At(double seconds, long settled, long left) => new()
        {
            Phase = MigrationPhase.Nodes, Elapsed = TimeSpan.FromSeconds(seconds), Read = 100_000, Expected = 100_000, NodesAccepted = 100_000, NodesSettled = settled,
            Requests = settled / 100, RateLimit = 100, RateLimitLeft = left, RateLimitReset = TimeSpan.FromSeconds(60 - seconds),
        };

        tracker.Update(At(1, 0, 100));
        tracker.Update(At(2, 5_000, 50));

        // 900 requests are to come after this window's: nine more windows, the last of which is not waited for to its end.
        var left = tracker.Update(At(3, 10_000, 0)).SecondsRemaining!.Value;
        Assert.InRange(left, 57 + 8 * 60, 57 + 8 * 60 + 5);
    }

    [Fact]
    public void Where_the_limit_is_used_up_the_progress_says_until_when()
    {
        var tracker = new ProgressTracker();
        var time = new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
        MigrationProgress With(long left, int seconds, MigrationPhase phase = MigrationPhase.Nodes) => tracker.Update(
            new RunFigures { Phase = phase, Elapsed = TimeSpan.FromSeconds(1), RateLimit = 100, RateLimitLeft = left, RateLimitReset = TimeSpan.FromSeconds(seconds) }, time);

        Assert.Null(With(1, 30).RateLimitedUntil);
        Assert.Null(With(0, -1).RateLimitedUntil);
        Assert.Equal(time.AddSeconds(30), With(0, 30).RateLimitedUntil);
        Assert.EndsWith(", waits for the rate limit until 2026-01-01 12:00:30Z", $"{tracker.Progress}", StringComparison.Ordinal);
        Assert.Null(With(0, 30, MigrationPhase.Ended).RateLimitedUntil);
    }

    [Theory]
    [InlineData("steady-nodes")]
    [InlineData("steady-whole")]
    public void Half_way_through_what_a_resumed_run_has_left_the_time_is_told_to_within_a_fifth(string recorded)
    {
        // Another process goes on after a third of the run: it takes over what was settled, in no time.
        var whole = Recorded(recorded);
        var end = whole[^1].Elapsed;
        var begin = whole.First(f => f.Elapsed > end / 3);
        var tracker = new ProgressTracker();
        tracker.Update(new RunFigures { Phase = MigrationPhase.Nodes });
        var rest = whole.Where(f => f.Elapsed >= begin.Elapsed).Select(f => f with
        {
            Elapsed = f.Elapsed - begin.Elapsed + TimeSpan.FromMilliseconds(100), NodesEarlier = begin.NodesSettled, RelationshipsEarlier = begin.RelationshipsSettled,
        }).ToList();
        var last = rest[^1].Elapsed.TotalSeconds;

        foreach (var now in rest.TakeWhile(f => f.Elapsed.TotalSeconds <= last / 2))
            tracker.Update(now);

        var (at, told) = (tracker.Progress.ElapsedSeconds, tracker.Progress.SecondsRemaining!.Value);
        Assert.InRange(told, 0.8 * (last - at), 1.2 * (last - at));
    }

    private static List<RunFigures> Recorded(string name) =>
    [
        .. File.ReadLines(Path.Combine(Repository.Root, "tests", "SafeAI.Migration.Engine.Tests", "Monitoring", "Recorded", name + ".ndjson"))
            .Select(l => JsonDocument.Parse(l).RootElement.GetProperty("figures").Deserialize<RunFigures>(s_json)!),
    ];
}
