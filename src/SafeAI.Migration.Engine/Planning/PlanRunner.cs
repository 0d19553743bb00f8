using System.Text.Json;
using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Monitoring;
using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.Engine.Transformation;
using SafeAI.Migration.Engine.Validation;

namespace SafeAI.Migration.Engine.Planning;

/// <summary>Runs a plan: reads each source, maps it, loads everything as one run, verifies, keeps the rejects.</summary>
public static class PlanRunner
{
    /// <summary>Runs a plan. What goes wrong with records or at the destination is in the result.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="onProgress">Receives the figures after each batch that is read; null for nobody.</param>
    /// <param name="onReject">Receives each reject, from any thread; null for nobody.</param>
    /// <param name="monitor">Watches the run; null for one of the run's own.</param>
    /// <param name="cancellationToken">Stops the run; what was confirmed stays at the destination.</param>
    /// <exception cref="MigrationException">Nothing was loaded: a source, a mapping or the destination cannot be used.</exception>
    public static async Task<MigrationResult> RunAsync(
        MigrationPlan plan, Action<MigrationResult>? onProgress = null, Action<Reject>? onReject = null, RunMonitor? monitor = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        using var watch = monitor ?? new RunMonitor();

        // Everything that can be found wrong beforehand is, before anything is written.
        var mappings = new List<CompiledMapping>();
        try
        {
            foreach (var source in plan.Sources)
            {
                var document = await MappingOfAsync(plan, source, cancellationToken).ConfigureAwait(false);
                mappings.Add(await CompiledMapping.CreateAsync(document, database: PlanSources.DatabaseOf(source), cancellationToken: cancellationToken).ConfigureAwait(false));
                await CheckFirstRecordAsync(plan, source, mappings[^1], watch, cancellationToken).ConfigureAwait(false);
            }

            return await RunAsync(plan, mappings, watch, onProgress, onReject, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            foreach (var mapping in mappings)
                mapping.Dispose();
        }
    }

    private static async Task<MigrationResult> RunAsync(
        MigrationPlan plan, List<CompiledMapping> mappings, RunMonitor monitor, Action<MigrationResult>? onProgress, Action<Reject>? onReject, CancellationToken cancellationToken)
    {
        await using var destination = OpenDestination(plan.Destination);
        using var rejects = plan.RejectPath is null ? null : new RejectWriter(plan.RejectPath);
        await using var session = new LoadSession(destination, plan.Options, Reject, monitor: monitor);
        try
        {
            for (var i = 0; i < plan.Sources.Count; i++)
            {
                await using var source = await PlanSources.OpenAsync(plan, plan.Sources[i], cancellationToken).ConfigureAwait(false);
                await PumpAsync(source, mappings[i], session, RejectEarly, onProgress, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return session.Snapshot() with { Status = MigrationStatus.Stopped };
        }
        catch (MigrationException e) when (session.Failure is null)
        {
            // A source that breaks in the middle ends the run; what was confirmed stays and is counted.
            return await session.FailAsync(e).ConfigureAwait(false);
        }
        catch (MigrationException)
        {
            // The session knows why, and its result says so.
        }

        return await session.CompleteAsync(cancellationToken).ConfigureAwait(false);

        void RejectEarly(Reject reject)
        {
            monitor.Rejected(reject);
            Reject(reject);
        }

        void Reject(Reject reject)
        {
            rejects?.Write(reject);
            onReject?.Invoke(reject);
        }
    }

    // A mapping that does not fit its source is noticed on the first record; the source is opened again for the run.
    private static async Task CheckFirstRecordAsync(MigrationPlan plan, PlanSource planned, CompiledMapping mapping, RunMonitor monitor, CancellationToken cancellationToken)
    {
        await using var source = await PlanSources.OpenAsync(plan, planned, cancellationToken).ConfigureAwait(false);
        await foreach (var batch in source.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (batch.Records.Count == 0)
                continue;
            mapping.Bind(batch.Records[0].GetSchema());
            break;
        }

        monitor.Expect(source.Source);
    }

    private static async Task PumpAsync(
        IRecordSource source, CompiledMapping mapping, LoadSession session, Action<Reject> reject, Action<MigrationResult>? onProgress, CancellationToken cancellationToken)
    {
        session.Include(source.Source);
        session.Include(mapping.Counts);
        var items = new List<GraphItem>();
        await foreach (var batch in source.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var bad in batch.Rejects)
                reject(bad);
            foreach (var record in batch.Records)
            {
                items.Clear();
                if (mapping.Map(record, items) is { } bad)
                {
                    reject(bad);
                    continue;
                }

                foreach (var item in items)
                    await session.AddAsync(item, cancellationToken).ConfigureAwait(false);
            }

            onProgress?.Invoke(session.Snapshot());
        }

        items.Clear();
        foreach (var bad in mapping.Complete(items))
        {
            if (bad is not null)
                reject(bad);
            foreach (var item in items)
                await session.AddAsync(item, cancellationToken).ConfigureAwait(false);
            items.Clear();
        }
    }

    private static async Task<MappingDocument> MappingOfAsync(MigrationPlan plan, PlanSource source, CancellationToken cancellationToken) =>
        source.Mapping.ValueKind == JsonValueKind.String
            ? await MappingDocument.LoadAsync(Path.Combine(plan.Folder, source.Mapping.GetString()!), cancellationToken).ConfigureAwait(false)
            : MappingDocument.Parse(source.Mapping.GetRawText(), $"of {source}") with { Folder = plan.Folder };

    private static IGraphDestination OpenDestination(PlanDestination destination)
    {
        if (destination.Store is not null)
            return GraphStoreDestination.Open(destination.Store, create: true);
        var endpoint = destination.Endpoint ?? Environment.GetEnvironmentVariable("SAFEAI_ENDPOINT")
            ?? throw new MigrationException(
                ErrorCode.NoDestination, "The plan names neither a store nor an endpoint.",
                "Name one under destination, or set the environment variable SAFEAI_ENDPOINT.");
#pragma warning disable CA2000 // The destination owns the client.
        return new PlatformDestination(new PlatformClient(new PlatformOptions
        {
            Endpoint = PlatformOptions.ParseEndpoint(endpoint),
            ApiKey = destination.ApiKey ?? Environment.GetEnvironmentVariable("SAFEAI_API_KEY"),
        }));
#pragma warning restore CA2000
    }
}
