using System.Text.Json;
using SafeAI.Migration.Engine.Monitoring;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Monitoring;

public sealed class LogFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string LogPath => Path.Combine(_folder.Path, "run.ndjson");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_full_file_is_kept_under_its_number_and_the_oldest_goes()
    {
        // A line has some 150 bytes, so that four fit.
        using (var log = new LogFile(LogPath, maxBytes: 4 * LengthOfLine + 10, keep: 2))
        {
            for (var i = 1; i <= 18; i++)
                log.Observe(Line(i));
        }

        Assert.Equal([17, 18], NumbersIn(LogPath));
        Assert.Equal([13, 14, 15, 16], NumbersIn(LogPath + ".1"));
        Assert.Equal([9, 10, 11, 12], NumbersIn(LogPath + ".2"));
        Assert.Equal(3, Directory.GetFiles(_folder.Path).Length);
        if (OperatingSystem.IsWindows())
            return;
        foreach (var file in Directory.GetFiles(_folder.Path))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public void A_file_that_exists_is_gone_on_with_and_its_size_counts()
    {
        for (var i = 1; i <= 5; i++)
        {
            using var log = new LogFile(LogPath, maxBytes: 4 * LengthOfLine + 10, keep: 1);
            log.Observe(Line(i));
        }

        Assert.Equal([5], NumbersIn(LogPath));
        Assert.Equal([1, 2, 3, 4], NumbersIn(LogPath + ".1"));
    }

    [Fact]
    public void A_file_is_full_when_the_next_line_would_not_fit_and_a_line_alone_always_fits()
    {
        using (var exact = new LogFile(LogPath, maxBytes: 2 * LengthOfLine, keep: 1))
        {
            exact.Observe(Line(1));
            exact.Observe(Line(2));
            Assert.False(File.Exists(LogPath + ".1"));
            exact.Observe(Line(3));
            Assert.Equal([1, 2], NumbersIn(LogPath + ".1"));
        }

        using var small = new LogFile(LogPath, maxBytes: 1, keep: 1);
        small.Observe(Line(4));
        small.Observe(Line(5));
        Assert.Equal([5], NumbersIn(LogPath));
        Assert.Equal([4], NumbersIn(LogPath + ".1"));
    }

    [Fact]
    public void Only_the_level_that_was_asked_for_and_those_above_are_written()
    {
        using (var log = new LogFile(LogPath, MigrationLogLevel.Warning))
        {
            log.Observe(Line(1));
            log.Observe(new RecordRejected("run", DateTimeOffset.UnixEpoch, new Reject(MigrationStage.Extract, ErrorCode.BadRecord, "No.", new RecordPosition("s", 1))));
        }

        Assert.Equal(LogEvents.RecordRejected, JsonDocument.Parse(Assert.Single(File.ReadAllLines(LogPath))).RootElement.GetProperty("eventId").GetInt32());
    }

    private static int LengthOfLine => System.Text.Encoding.UTF8.GetByteCount(LogLine.Json(Line(1))) + 1;

    // Lines of one length, of which each has its number.
    private static PhaseStarted Line(int number) => new($"run-{number:00}", DateTimeOffset.UnixEpoch, MigrationPhase.Nodes);

    private static int[] NumbersIn(string path) =>
        [.. File.ReadAllLines(path).Select(l => int.Parse(JsonDocument.Parse(l).RootElement.GetProperty("migrationId").GetString()!["run-".Length..], System.Globalization.CultureInfo.InvariantCulture))];
}
