using System.Text.Json;
using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Monitoring;
using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Planning;

/// <summary>How a plan is run.</summary>
public sealed record PlanRunOptions
{
    /// <summary>The journal's file; null for the user's own.</summary>
    public string? JournalPath { get; init; }

    /// <summary>Whether the run is kept in no journal. It can then be neither resumed nor undone.</summary>
    public bool NoJournal { get; init; }

    /// <summary>The plan's file, for the journal; null where it has none.</summary>
    public string? PlanPath { get; init; }

    /// <summary>The run to go on with; null for a new one.</summary>
    public string? ResumeId { get; init; }

    /// <summary>Whether to go on although a source or a mapping has changed.</summary>
    public bool Force { get; init; }

    /// <summary>Receives the figures after each batch that is read; null for nobody.</summary>
    public Action<MigrationResult>? OnProgress { get; init; }

    /// <summary>Receives each reject, from any thread; null for nobody.</summary>
    public Action<Reject>? OnReject { get; init; }

    /// <summary>Lets the batches through; null for one of the run's own.</summary>
    public LoadThrottle? Throttle { get; init; }

    /// <summary>Watches the run; null for one of the run's own.</summary>
    public RunMonitor? Monitor { get; init; }
}

/// <summary>Runs a plan: reads each source, maps it, loads everything as one run, verifies, keeps the rejects.</summary>
public static class PlanRunner
{
    /// <summary>Runs a plan. What goes wrong with records or at the destination is in the result.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Stops the run; what was confirmed stays at the destination, and the run can be resumed.</param>
    /// <exception cref="MigrationException">Nothing was loaded: a source, a mapping, the journal or the destination cannot be used.</exception>
    public static async Task<MigrationResult> RunAsync(MigrationPlan plan, PlanRunOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        options ??= new PlanRunOptions();
        using var monitor = options.Monitor ?? new RunMonitor();
        options = options with { Monitor = monitor };

        // Everything that can be found wrong beforehand is, before anything is written.
        var mappings = new List<CompiledMapping>();
        var sources = new List<MigrationRunSource>();
        var hash = new MappingHash();
        try
        {
            foreach (var source in plan.Sources)
            {
                var document = await MappingOfAsync(plan, source, hash, cancellationToken).ConfigureAwait(false);
                mappings.Add(await CompiledMapping.CreateAsync(document, database: PlanSources.DatabaseOf(source), cancellationToken: cancellationToken).ConfigureAwait(false));
                sources.Add(await CheckFirstRecordAsync(plan, source, mappings[^1], monitor, cancellationToken).ConfigureAwait(false));
            }

            var description = new LoadRunDescription
            {
                Name = plan.Name, PlanPath = options.PlanPath is null ? null : Path.GetFullPath(options.PlanPath),
                Sources = sources, MappingHash = hash.ToString(), ReadsSources = true,
            };
            return await RunAsync(plan, mappings, description, options, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            foreach (var mapping in mappings)
                mapping.Dispose();
        }
    }

    private static async Task<MigrationResult> RunAsync(
        MigrationPlan plan, List<CompiledMapping> mappings, LoadRunDescription description, PlanRunOptions options, CancellationToken cancellationToken)
    {
        using var journal = options.NoJournal ? null : JournalFile.Open(options.JournalPath);
        await using var destination = OpenDestination(plan.Destination);
        using var rejects = new RunRejects(plan.RejectPath, options.Monitor!, options.OnReject);
        await using var session = options.ResumeId is null
            ? LoadRun.Begin(journal, destination, plan.Options, description, rejects.Add, options.Throttle, options.Monitor)
            : await LoadRun.ResumeAsync(journal!, options.ResumeId, destination, plan.Options, description, options.Force, rejects.Add, options.Throttle, options.Monitor, cancellationToken)
                .ConfigureAwait(false);
        rejects.Begin(session);
        try
        {
            for (var i = 0; i < plan.Sources.Count; i++)
                await new SourcePump(session, i, mappings[i], rejects.Add, options.OnProgress).RunAsync(
                    startAfter => PlanSources.OpenAsync(plan, plan.Sources[i], startAfter, cancellationToken), description.Sources[i].Name, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return await session.StopAsync().ConfigureAwait(false);
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
    }

    // A mapping that does not fit its source is noticed on the first record; the source is opened again for the run.
    private static async Task<MigrationRunSource> CheckFirstRecordAsync(MigrationPlan plan, PlanSource planned, CompiledMapping mapping, RunMonitor monitor, CancellationToken cancellationToken)
    {
        await using var source = await PlanSources.OpenAsync(plan, planned, null, cancellationToken).ConfigureAwait(false);
        await foreach (var batch in source.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (batch.Records.Count == 0)
                continue;
            mapping.Bind(batch.Records[0].GetSchema());
            break;
        }

        monitor.Expect(source.Source);
        return new MigrationRunSource(source.Source.Name, source.Metadata.QuickFingerprint);
    }

    private static async Task<MappingDocument> MappingOfAsync(MigrationPlan plan, PlanSource source, MappingHash hash, CancellationToken cancellationToken)
    {
        if (source.Mapping.ValueKind != JsonValueKind.String)
        {
            hash.Add(source.Mapping.GetRawText());
            return MappingDocument.Parse(source.Mapping.GetRawText(), $"of {source}") with { Folder = plan.Folder };
        }

        var path = Path.Combine(plan.Folder, source.Mapping.GetString()!);
        var document = await MappingDocument.LoadAsync(path, cancellationToken).ConfigureAwait(false);
        hash.Add(await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false));
        return document;
    }

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
