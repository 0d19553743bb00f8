using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Monitoring;
using SafeAI.Migration.Engine.Planning;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Planning;

public sealed class MigrationWindowsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("2026-03-02T21:59:59Z", false, "2026-03-02T22:00:00Z")] // a Monday
    [InlineData("2026-03-02T22:00:00Z", true, "2026-03-02T22:00:00Z")]
    [InlineData("2026-03-03T04:59:59Z", true, "2026-03-03T04:59:59Z")]
    [InlineData("2026-03-03T05:00:00Z", false, "2026-03-06T22:00:00Z")] // Friday is the next day
    [InlineData("2026-03-07T01:00:00Z", true, "2026-03-07T01:00:00Z")] // the Friday's window, after midnight
    [InlineData("2026-03-08T01:00:00Z", false, "2026-03-09T22:00:00Z")]
    public void A_window_over_midnight_belongs_to_the_day_on_which_it_opens(string now, bool isOpen, string next)
    {
        var windows = Windows("""{ "days": ["monday", "fri"], "from": "22:00", "to": "05:00", "timeZone": "UTC" }""");

        Assert.Equal(isOpen, windows.IsOpen(Time(now)));
        Assert.Equal(Time(next), windows.NextOpening(Time(now)));
    }

    [Theory]
    [InlineData("2026-03-29T00:59:00Z", false, "2026-03-29T01:30:00Z")] // 02:30 does not exist: an hour later, 03:30 summer time
    [InlineData("2026-10-25T00:29:00Z", false, "2026-10-25T00:30:00Z")] // 02:30 comes twice: from the first
    [InlineData("2026-10-25T01:59:00Z", true, "2026-10-25T01:59:00Z")] // to the second 03:00
    [InlineData("2026-10-25T02:00:00Z", false, "2026-10-26T01:30:00Z")]
    public void The_clock_is_that_of_the_time_zone_when_it_changes_too(string now, bool isOpen, string next)
    {
        var windows = Windows("""{ "from": "02:30", "to": "04:00", "timeZone": "Europe/Berlin" }""".Replace("04:00", now.Contains("-10-", StringComparison.Ordinal) ? "03:00" : "04:00", StringComparison.Ordinal));

        Assert.Equal(isOpen, windows.IsOpen(Time(now)));
        Assert.Equal(Time(next), windows.NextOpening(Time(now)));
    }

    [Fact]
    public void Windows_that_follow_each_other_count_as_one()
    {
        var windows = Windows("""[ { "from": "20:00", "to": "00:00", "timeZone": "UTC" }, { "from": "00:00", "to": "03:00", "timeZone": "UTC" } ]""");

        Assert.Equal(Time("2026-01-02T03:00:00Z"), windows.Closing(Time("2026-01-01T21:00:00Z")));
        Assert.Null(windows.Closing(Time("2026-01-01T19:00:00Z")));
    }

    [Fact]
    public async Task Outside_of_its_window_a_run_waits_and_goes_on_by_itself()
    {
        var clock = new ManualClock(Time("2026-03-02T21:00:00Z"));
        var waits = new TaskCompletionSource<string>();
        var said = new List<string>();
        var running = PlanRunner.RunAsync(Plan("wait"), new PlanRunOptions
        {
            NoJournal = true,
            Clock = clock,
            OnMessage = m =>
            {
                said.Add(m);
                waits.TrySetResult(m);
            },
        });

        Assert.Equal("Outside of the migration window: waiting until 2026-03-02 22:00 +00:00.", await waits.Task);
        await using (var store = GraphStoreDestination.Open(Path.Combine(_folder.Path, "w.graph"), create: false))
            Assert.Empty((await store.GetSchemaAsync()).NodeTypes);
        while (!running.IsCompleted && clock.GetUtcNow() < Time("2026-03-02T22:00:00Z"))
        {
            if (clock.Waiting > 0)
                clock.Advance(TimeSpan.FromMinutes(10));
            await Task.Yield();
        }

        var result = await running;
        Assert.Equal((MigrationStatus.Completed, 2L), (result.Status, result.Loaded));
        Assert.Equal("The migration window is open: going on.", said[^1]);
    }

    [Fact]
    public async Task Where_nobody_waits_the_run_ends_as_resumable_and_says_when_the_next_window_opens()
    {
        var result = await PlanRunner.RunAsync(Plan("end"), new PlanRunOptions { NoJournal = true, Clock = new ManualClock(Time("2026-03-02T21:00:00Z")) });

        Assert.Equal((MigrationStatus.Stopped, ErrorCode.WindowClosed, 0L), (result.Status, result.ErrorCode, result.Loaded));
        Assert.Contains("2026-03-02 22:00 +00:00", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_window_shorter_than_a_batch_lets_one_begin_and_come_to_its_end_each_time()
    {
        // Each batch takes two hours, and the window is open for one.
        var clock = new ManualClock(Time("2026-03-02T22:00:00Z"));
        var begun = new List<DateTimeOffset>();
        var running = PlanRunner.RunAsync(Plan("wait", 5), new PlanRunOptions { NoJournal = true, Clock = clock, Monitor = new RunMonitor([new LongBatches(clock, begun)]) });
        while (!running.IsCompleted)
        {
            if (clock.Waiting > 0)
                clock.Advance(TimeSpan.FromHours(1));
            await Task.Yield();
        }

        var result = await running;
        Assert.Equal((MigrationStatus.Completed, 5L, 3), (result.Status, result.Loaded, result.Batches));
        Assert.Equal(["03-02 22:00", "03-09 22:00", "03-16 22:00"], begun.Select(b => b.ToString("MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task Where_nobody_waits_each_window_that_is_shorter_than_a_batch_takes_the_run_one_batch_further()
    {
        var journal = Path.Combine(_folder.Path, "journal");
        var plan = Plan("end", 5);
        var clock = new ManualClock(Time("2026-03-02T22:00:00Z"));
        MigrationResult? result = null;
        var loaded = new List<long>();
        for (var week = 0; week < 3; week++)
        {
            result = await PlanRunner.RunAsync(plan, new PlanRunOptions { JournalPath = journal, Clock = clock, ResumeId = result?.MigrationId, Monitor = new RunMonitor([new LongBatches(clock, [])]) });
            loaded.Add(result.Loaded);
            if (result.Status == MigrationStatus.Completed)
                break;
            Assert.Equal((MigrationStatus.Stopped, ErrorCode.WindowClosed), (result.Status, result.ErrorCode));
            clock.Advance(Windows("""{ "days": "monday", "from": "22:00", "to": "23:00", "timeZone": "UTC" }""").NextOpening(clock.GetUtcNow()) - clock.GetUtcNow());
        }

        Assert.Equal([2L, 4, 5], loaded);
        Assert.Equal((MigrationStatus.Completed, 5L), (result!.Status, result.Read));
    }

    private sealed class LongBatches(ManualClock clock, List<DateTimeOffset> begun) : IRunObserver
    {
        public void Observe(RunEvent happened)
        {
            if (happened is not BatchSettled)
                return;
            begun.Add(clock.GetUtcNow());
            clock.Advance(TimeSpan.FromHours(2));
        }
    }

    private MigrationPlan Plan(string outside, int records = 2)
    {
        _folder.Write("p.csv", "id\n" + string.Concat(Enumerable.Range(1, records).Select(i => $"{i}\n")));
        return PlanFile.Parse($$"""
            { "source": { "path": "p.csv", "mapping": { "nodes": [ { "type": "P", "id": "{id}" } ] } }, "destination": { "store": {{System.Text.Json.JsonSerializer.Serialize(Path.Combine(_folder.Path, "w.graph"))}} },
              "window": { "days": "monday", "from": "22:00", "to": "23:00", "timeZone": "UTC" }, "outsideWindow": "{{outside}}", "options": { "batchSize": 2, "throttleLimit": 1 } }
            """, _folder.Path, "test");
    }

    private static MigrationWindows Windows(string json) =>
        PlanFile.Parse($$"""{ "source": { "path": "a", "mapping": "m" }, "destination": { "store": "s" }, "window": {{json}} }""", "/", "test").Windows!;

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
