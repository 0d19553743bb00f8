using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Monitoring;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Monitoring;

/// <summary>Loads into a real graph store, and listens.</summary>
public sealed class RunMonitorTests : IDisposable, IRunObserver
{
    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentQueue<RunEvent> _events = new();

    public void Dispose() => _folder.Dispose();

    void IRunObserver.Observe(RunEvent happened) => _events.Enqueue(happened);

    [Fact]
    public async Task Observers_hear_the_start_the_phases_every_batch_every_reject_and_the_end()
    {
        var result = await LoadAsync(nodes: 250, relationships: 120, missingEnds: 3);

        var id = Assert.Single(_events.Select(e => e.MigrationId).Distinct());
        Assert.Equal(result.MigrationId, id);
        Assert.IsType<RunStarted>(_events.First());
        Assert.Equal(
            [MigrationPhase.Nodes, MigrationPhase.Relationships, MigrationPhase.Verification], _events.OfType<PhaseStarted>().Select(p => p.Phase));
        var batches = _events.OfType<BatchSettled>().ToList();
        Assert.Equal(250, batches.Where(b => b.IsNode).Sum(b => b.Items));
        Assert.Equal(123, batches.Where(b => !b.IsNode).Sum(b => b.Items));
        Assert.Equal(result.Batches, batches.Count);
        Assert.Equal(3, _events.OfType<RecordRejected>().Count(r => r.Reject.Code == ErrorCode.MissingEnd));
        Assert.Equal(result, Assert.IsType<RunEnded>(_events.Last()).Result);
    }

    [Fact]
    public async Task At_the_end_the_progress_is_whole_and_its_figures_are_the_results()
    {
        var result = await LoadAsync(nodes: 250, relationships: 120, missingEnds: 3);

        var progress = result.Progress!;
        Assert.Equal((MigrationPhase.Ended, 100d, 0d), (progress.Phase, progress.PercentComplete, progress.SecondsRemaining));
        Assert.Equal(result.Read, progress.ProcessedRecords);
        Assert.Equal(1 - 3 / 373d, progress.SuccessRate!.Value, 9);
        Assert.Equal(["Extract", "Nodes", "Relationships", "Verification"], progress.Phases.Select(p => p.Name));
        Assert.Equal([250, 123, 370], progress.Phases.Skip(1).Select(p => p.Done));
    }

    [Fact]
    public async Task What_the_instruments_say_is_what_the_result_says()
    {
        var sums = new ConcurrentDictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter.Name == "SafeAI.Migration")
                    l.EnableMeasurementEvents(instrument);
            },
        };
        var store = Path.Combine(_folder.Path, "metered.graph");
        listener.SetMeasurementEventCallback<long>((i, value, tags, _) => Take(i, value, tags));
        listener.SetMeasurementEventCallback<double>((i, value, tags, _) => Take(i, value, tags));
        listener.Start();

        var result = await LoadAsync(nodes: 250, relationships: 120, missingEnds: 3, store);

        Assert.Equal(result.Read, sums["safeai.migration.records.read"]);
        Assert.Equal(result.Read, sums["safeai.migration.records.processed"]);
        Assert.Equal(3, sums["safeai.migration.records.rejected"]);
        Assert.Equal(result.Nodes.Created, sums["safeai.migration.items/node/created"]);
        Assert.Equal(result.Relationships.Created, sums["safeai.migration.items/relationship/created"]);
        Assert.Equal(0, sums["safeai.migration.batch.active"]);
        Assert.Equal(373, sums["safeai.migration.batch.size/node"] + sums["safeai.migration.batch.size/relationship"]);
        Assert.True(sums["safeai.migration.batch.duration/node"] > 0);
        Assert.True(sums["safeai.migration.run.duration/completed"] > 0);

        // Other tests run at the same time: only this store's measurements count.
        void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var (name, mine) = (instrument.Name, false);
            foreach (var (key, tag) in tags)
            {
                mine |= key == "safeai.migration.destination" && (string?)tag == store;
                if (key is "safeai.migration.item.kind" or "safeai.migration.outcome" or "safeai.migration.status")
                    name += "/" + tag;
            }

            if (mine)
                sums.AddOrUpdate(name, value, (_, sum) => sum + value);
        }
    }

    [Fact]
    public async Task A_run_is_a_span_with_a_span_for_each_phase_and_in_it_one_for_each_batch()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "SafeAI.Migration",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);

        var result = await LoadAsync(nodes: 250, relationships: 120);

        var run = Assert.Single(spans, s => s.OperationName == "migration run" && (string?)s.GetTagItem("safeai.migration.id") == result.MigrationId);
        var phases = spans.Where(s => s.ParentSpanId == run.SpanId).ToList();
        Assert.Equal(["migration nodes", "migration relationships", "migration verification"], phases.OrderBy(p => p.StartTimeUtc).Select(p => p.OperationName));
        Assert.Equal(result.Batches, spans.Count(s => s.OperationName == "migration batch" && phases.Any(p => p.SpanId == s.ParentSpanId)));
        Assert.All(spans.Where(s => s.TraceId == run.TraceId), s => Assert.NotEqual(ActivityStatusCode.Error, s.Status));
    }

    private async Task<MigrationResult> LoadAsync(int nodes, int relationships, int missingEnds = 0, string? store = null)
    {
        await using var destination = GraphStoreDestination.Open(store ?? Path.Combine(_folder.Path, "run.graph"), create: true);
        await using var session = new LoadSession(
            destination,
            new LoadOptions { BatchSize = 40, ThrottleLimit = 2, Verify = VerifyMode.Content, ErrorBudget = ErrorBudget.Unlimited },
            monitor: new RunMonitor([this]));
        for (var i = 0; i < nodes; i++)
            await session.AddAsync(new GraphNode("Person", $"p{i}", new PropertySet(["n"], [(long)i])));
        for (var i = 0; i < relationships + missingEnds; i++)
            await session.AddAsync(new GraphRelationship("KNOWS", $"k{i}", "Person", $"p{i}", "Person", i < relationships ? $"p{i + 1}" : "nobody", PropertySet.Empty));
        return await session.CompleteAsync();
    }
}
