using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Monitoring;

/// <summary>Publishes one run's measurements and spans.</summary>
internal sealed class RunTelemetry : IDisposable
{
    private static readonly ConcurrentDictionary<RunTelemetry, MigrationProgress> s_running = new();

    private readonly KeyValuePair<string, object?> _destination;
    private readonly KeyValuePair<string, object?> _id;
    private readonly Activity? _run;
    private Activity? _phase;
    private RunFigures _published = new();

    public RunTelemetry(string migrationId, string destination)
    {
        _id = new("safeai.migration.id", migrationId);
        _destination = new("safeai.migration.destination", destination);
        _run = Start("migration run", Activity.Current?.Context ?? default);
    }

    /// <summary>A value of every run at work, for a gauge.</summary>
    public static IEnumerable<Measurement<double>> Measure(Func<MigrationProgress, double?> value)
    {
        foreach (var (run, progress) in s_running)
        {
            if (value(progress) is { } measured)
                yield return new Measurement<double>(measured, run._id, run._destination);
        }
    }

    public void Enter(MigrationPhase phase)
    {
        _phase?.Dispose();
        _phase = _run is null || phase == MigrationPhase.Ended ? null : Start("migration " + phase.ToString().ToLowerInvariant(), _run.Context);
    }

    public BatchSpan BeginBatch(BatchKey key, int items) => new(
        MigrationTelemetry.Spans.HasListeners() ? MigrationTelemetry.Spans.StartActivity("migration batch", ActivityKind.Client, (_phase ?? _run)?.Context ?? default) : null,
        key,
        items,
        _destination);

    /// <summary>Publishes what has been counted since the last time.</summary>
    public void Publish(RunFigures figures, MigrationProgress progress)
    {
        s_running[this] = progress;
        Add(MigrationTelemetry.RecordsRead, figures.Read - _published.Read);
        Add(MigrationTelemetry.RecordsProcessed, figures.Processed - _published.Processed);
        Add(MigrationTelemetry.RecordsRejected, figures.Rejected - _published.Rejected);
        Add("node", figures.Nodes, _published.Nodes);
        Add("relationship", figures.Relationships, _published.Relationships);
        _published = figures;
    }

    public void End(MigrationResult result)
    {
        _phase?.Dispose();
        MigrationTelemetry.RunDuration.Record(result.ElapsedSeconds, new("safeai.migration.status", Text(result.Status)), _destination);
        _run?.SetTag("safeai.migration.status", Text(result.Status));
        _run?.SetTag("safeai.migration.records.read", result.Read);
        _run?.SetTag("safeai.migration.records.rejected", result.Rejected);
        if (result.Status == MigrationStatus.Failed)
            _run?.SetStatus(ActivityStatusCode.Error);
        Dispose();
    }

    public void Dispose()
    {
        s_running.TryRemove(this, out _);
        _phase?.Dispose();
        _run?.Dispose();
    }

    private static string Text(MigrationStatus status) => status.ToString().ToLowerInvariant();

    // Not the present span of the caller's flow: its later work is not a part of the run.
    private Activity? Start(string name, ActivityContext parent)
    {
        var before = Activity.Current;
        var span = MigrationTelemetry.Spans.StartActivity(name, ActivityKind.Internal, parent, [_id, _destination]);
        Activity.Current = before;
        return span;
    }

    private void Add(Counter<long> counter, long more)
    {
        if (more > 0)
            counter.Add(more, _destination);
    }

    private void Add(string kind, ItemCounts now, ItemCounts before)
    {
        Add("created", now.Created - before.Created);
        Add("updated", now.Updated - before.Updated);
        Add("unchanged", now.Unchanged - before.Unchanged);

        void Add(string outcome, long more)
        {
            if (more > 0)
                MigrationTelemetry.Items.Add(more, new("safeai.migration.item.kind", kind), new("safeai.migration.outcome", outcome), _destination);
        }
    }

    /// <summary>One batch, from its start to its disposal.</summary>
    public struct BatchSpan : IDisposable
    {
        private readonly Activity? _span;
        private readonly BatchKey _key;
        private readonly int _items;
        private readonly KeyValuePair<string, object?> _destination;
        private readonly long _started;
        private string? _error;

        public BatchSpan(Activity? span, BatchKey key, int items, KeyValuePair<string, object?> destination)
        {
            (_span, _key, _items, _destination, _started, _error) = (span, key, items, destination, Stopwatch.GetTimestamp(), null);
            _span?.SetTag("safeai.migration.item.type", key.Type);
            _span?.SetTag("safeai.migration.item.kind", Kind);
            _span?.SetTag("safeai.migration.batch.size", items);
            MigrationTelemetry.BatchesActive.Add(1, destination);
        }

        private readonly string Kind => _key.IsNode ? "node" : "relationship";

        public void Fail(string code)
        {
            _error = code;
            _span?.SetStatus(ActivityStatusCode.Error);
            _span?.SetTag("error.type", code);
        }

        public readonly void Dispose()
        {
            MigrationTelemetry.BatchesActive.Add(-1, _destination);
            if (MigrationTelemetry.BatchDuration.Enabled)
            {
                var tags = new TagList { { "safeai.migration.item.type", _key.Type }, { "safeai.migration.item.kind", Kind }, _destination };
                if (_error is not null)
                    tags.Add("error.type", _error);
                MigrationTelemetry.BatchDuration.Record(Stopwatch.GetElapsedTime(_started).TotalSeconds, tags);
                MigrationTelemetry.BatchSize.Record(_items, tags);
            }

            _span?.Dispose();
        }
    }
}
