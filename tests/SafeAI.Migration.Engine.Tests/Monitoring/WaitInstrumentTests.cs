using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Monitoring;

/// <summary>The instruments without the name of a run: retries, waits and the journal's writes. They are the process's, so that nothing else may run.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class WaitInstrumentTests : IDisposable
{
    private readonly ConcurrentQueue<(string Name, double Value)> _measured = new();
    private readonly MeterListener _listener;

    public WaitInstrumentTests()
    {
        _listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter.Name == "SafeAI.Migration")
                    l.EnableMeasurementEvents(instrument);
            },
        };
        _listener.SetMeasurementEventCallback<long>((i, value, _, _) => _measured.Enqueue((i.Name, value)));
        _listener.SetMeasurementEventCallback<double>((i, value, _, _) => _measured.Enqueue((i.Name, value)));
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task Every_request_that_is_sent_again_is_a_retry()
    {
        using var server = new LocalHttpServer(r => r.Number <= 2 ? new LocalAnswer("{}", 500) : new LocalAnswer("""{"nodes":[],"relationships":[]}"""));
        using var client = new PlatformClient(new PlatformOptions { Endpoint = server.Address, ApiKey = "k", RetryDelay = TimeSpan.FromMilliseconds(1) });

        using (await client.GetSchemaAsync())
            Assert.Equal([1d, 1], Of("safeai.migration.request.retries"));
        using (await client.GetSchemaAsync())
            Assert.Equal(2, Of("safeai.migration.request.retries").Length);
        Assert.Equal((2L, 2), (client.Retries, (int)Of("safeai.migration.request.retries").Sum()));
    }

    [Fact]
    public async Task A_wait_for_the_rate_limit_is_as_long_as_it_was_and_no_wait_is_none()
    {
        var clock = new ManualClock(DateTimeOffset.UnixEpoch);
        var limit = new RateLimit(clock) { Cap = 2 };
        await limit.WaitAsync(default);
        clock.Advance(TimeSpan.FromSeconds(15));
        await limit.WaitAsync(default);
        Assert.Empty(Of("safeai.migration.rate_limit.wait.duration"));

        var third = limit.WaitAsync(default);
        while (!third.IsCompleted)
        {
            if (clock.Waiting > 0)
                clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal([45d], Of("safeai.migration.rate_limit.wait.duration"));
    }

    [Fact]
    public void Each_write_of_the_journal_took_some_time_and_all_together_no_more_than_there_was()
    {
        using var folder = new TemporaryFolder();
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var before = Of("safeai.migration.journal.write.duration").Length;
        using (var journal = JournalFile.Open(Path.Combine(folder.Path, "j")))
        {
            for (var i = 0; i < 20; i++)
                journal.Write(_ => { });
        }

        var writes = Of("safeai.migration.journal.write.duration")[before..];
        Assert.InRange(writes.Length, 20, 40);
        Assert.All(writes, w => Assert.True(w > 0));
        Assert.InRange(writes.Sum(), 0, clock.Elapsed.TotalSeconds);
    }

    private double[] Of(string name) => [.. _measured.Where(m => m.Name == name).Select(m => m.Value)];
}
