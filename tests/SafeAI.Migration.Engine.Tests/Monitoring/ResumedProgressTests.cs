using System.Collections.Concurrent;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Monitoring;
using SafeAI.Migration.Engine.Planning;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Monitoring;

/// <summary>What a run that goes on after a stop says of its progress: the whole run's, and the speed of this process only.</summary>
public sealed class ResumedProgressTests : IDisposable
{
    private const int Count = 5000;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("")] // the reading goes on in the middle
    [InlineData("\"validation\": { \"not_null\": [\"name\"] },")] // everything is read again
    public async Task It_counts_what_was_settled_before_and_takes_it_for_no_speed(string more)
    {
        _folder.Write("p.csv", "id,name\n" + string.Concat(Enumerable.Range(1, Count).Select(i => $"{i},n{i}\n")));
        var plan = PlanFile.Parse($$"""
            { {{more}} "source": { "path": "p.csv", "mapping": {
                "nodes": [ { "type": "P", "id": "p:{id}", "properties": { "name": "name" } } ],
                "relationships": [ { "type": "SELF", "from": { "type": "P", "id": "p:{id}" }, "to": { "type": "P", "id": "p:{id}" } } ] } },
              "destination": { "store": {{System.Text.Json.JsonSerializer.Serialize(Path.Combine(_folder.Path, "p.graph"))}} }, "options": { "batchSize": 100, "throttleLimit": 1 }, "journal": {{System.Text.Json.JsonSerializer.Serialize(Path.Combine(_folder.Path, "j"))}} }
            """, _folder.Path, "test");
        using var stop = new CancellationTokenSource();
        var before = new Heard(e =>
        {
            if (e is ProgressMade { Figures.NodesSettled: > 0 } or BatchSettled)
                stop.Cancel();
        });
        var stopped = await PlanRunner.RunAsync(plan, new PlanRunOptions { Monitor = new RunMonitor([before]) }, stop.Token);
        Assert.Equal(MigrationStatus.Stopped, stopped.Status);
        var settled = stopped.Nodes.Total;
        Assert.InRange(settled, 100, Count - 100);

        var after = new Heard(_ => { });
        var result = await PlanRunner.RunAsync(plan, new PlanRunOptions { ResumeId = stopped.MigrationId, Monitor = new RunMonitor([after]) });

        Assert.Equal((MigrationStatus.Completed, (long)Count), (result.Status, result.Loaded));
        var last = after.Figures[^1];
        Assert.Equal((Count, Count), (last.NodesAccepted, last.NodesSettled));
        Assert.Equal((Count, Count), (last.RelationshipsAccepted, last.RelationshipsSettled));
        Assert.Equal(settled, last.NodesEarlier);
        Assert.Equal(0, last.RelationshipsEarlier);
        Assert.Equal(Count - settled, after.Batches.Where(b => b.IsNode).Sum(b => b.Items));
    }

    private sealed class Heard(Action<RunEvent> also) : IRunObserver
    {
        private readonly ConcurrentQueue<RunEvent> _events = new();

        public IReadOnlyList<RunFigures> Figures => [.. _events.OfType<ProgressMade>().Select(p => p.Figures)];

        public IEnumerable<BatchSettled> Batches => _events.OfType<BatchSettled>();

        public void Observe(RunEvent happened)
        {
            _events.Enqueue(happened);
            also(happened);
        }
    }
}
