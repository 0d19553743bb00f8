using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace SafeAI.Migration.Engine.Monitoring;

/// <summary>
/// The program's instruments and spans, under one name, for any exporter to subscribe to. Names and units follow
/// OpenTelemetry's conventions. Without a subscriber they cost next to nothing.
/// </summary>
public static class MigrationTelemetry
{
    /// <summary>The name of the meter and of the source of spans.</summary>
    public const string Name = "SafeAI.Migration";

    private static readonly Meter s_meter = new(Name, typeof(MigrationTelemetry).Assembly.GetName().Version?.ToString(3));

    /// <summary>The source of spans: a run, its phases, its batches.</summary>
    internal static ActivitySource Spans { get; } = new(Name, typeof(MigrationTelemetry).Assembly.GetName().Version?.ToString(3) ?? "");

    internal static Counter<long> RecordsRead { get; } = s_meter.CreateCounter<long>("safeai.migration.records.read", "{record}", "Records read from the sources.");

    internal static Counter<long> RecordsProcessed { get; } = s_meter.CreateCounter<long>("safeai.migration.records.processed", "{record}", "Records that are settled, the rejected ones included.");

    internal static Counter<long> RecordsRejected { get; } = s_meter.CreateCounter<long>("safeai.migration.records.rejected", "{record}", "Records turned away by any stage.");

    internal static Counter<long> Items { get; } = s_meter.CreateCounter<long>("safeai.migration.items", "{item}", "Nodes and relationships that were settled, by kind and outcome.");

    internal static Histogram<double> BatchDuration { get; } = s_meter.CreateHistogram<double>("safeai.migration.batch.duration", "s", "How long a batch took, waits for the rate limit included.");

    internal static Histogram<long> BatchSize { get; } = s_meter.CreateHistogram<long>("safeai.migration.batch.size", "{item}", "Items in a batch.");

    internal static UpDownCounter<long> BatchesActive { get; } = s_meter.CreateUpDownCounter<long>("safeai.migration.batch.active", "{batch}", "Batches under way.");

    internal static Counter<long> Retries { get; } = s_meter.CreateCounter<long>("safeai.migration.request.retries", "{request}", "Requests that were sent again.");

    internal static Histogram<double> RateLimitWait { get; } = s_meter.CreateHistogram<double>("safeai.migration.rate_limit.wait.duration", "s", "How long a request waited for the platform's rate limit.");

    internal static Histogram<double> JournalWrite { get; } = s_meter.CreateHistogram<double>("safeai.migration.journal.write.duration", "s", "How long the journal took to bring what waited to disk.");

    internal static Histogram<double> RunDuration { get; } = s_meter.CreateHistogram<double>("safeai.migration.run.duration", "s", "How long a run took, by its status.");

    private static readonly ObservableGauge<double> s_successRate = s_meter.CreateObservableGauge(
        "safeai.migration.success_rate", () => RunTelemetry.Measure(p => p.SuccessRate), "1", "The share of the processed records that were not rejected.");

    private static readonly ObservableGauge<double> s_complete = s_meter.CreateObservableGauge(
        "safeai.migration.progress", () => RunTelemetry.Measure(p => p.PercentComplete / 100), "1", "The share of the work that is done.");

    private static readonly ObservableGauge<double> s_left = s_meter.CreateObservableGauge(
        "safeai.migration.time_remaining", () => RunTelemetry.Measure(p => p.SecondsRemaining), "s", "How long the run will still take.");
}
