using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Monitoring;
using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.Engine.Rollback;
using SafeAI.Migration.Engine.Transformation;
using SafeAI.Migration.Engine.Validation;

namespace SafeAI.Migration.Engine.Planning;

/// <summary>How a plan is run.</summary>
public sealed record PlanRunOptions
{
    /// <summary>The journal's file; null for the one that the plan names, else the user's own.</summary>
    public string? JournalPath { get; init; }

    /// <summary>Whether the run is kept in no journal. It can then be neither resumed nor undone.</summary>
    public bool NoJournal { get; init; }

    /// <summary>The plan's file, for the journal; null where it has none.</summary>
    public string? PlanPath { get; init; }

    /// <summary>The run to go on with; null for a new one.</summary>
    public string? ResumeId { get; init; }

    /// <summary>Whether to go on although a source or a mapping has changed.</summary>
    public bool Force { get; init; }

    /// <summary>How to reach the platform, where the host knows better than the plan and the environment; null for what these say.</summary>
    public PlatformOptions? Platform { get; init; }

    /// <summary>Receives the figures after each batch that is read; null for nobody.</summary>
    public Action<MigrationResult>? OnProgress { get; init; }

    /// <summary>Receives each reject, from any thread; null for nobody.</summary>
    public Action<Reject>? OnReject { get; init; }

    /// <summary>Receives why the run failed or was put back, before its result is given; null for nobody.</summary>
    public Action<MigrationException>? OnFailure { get; init; }

    /// <summary>Receives what the user should know, a sentence each, from any thread; null for nobody.</summary>
    public Action<string>? OnMessage { get; init; }

    /// <summary>The clock for windows; null for the system's.</summary>
    public TimeProvider? Clock { get; init; }

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
        await using var feeds = await PlanFeeds.OpenAsync(plan, cancellationToken, options.Clock).ConfigureAwait(false);
        var mappings = new List<CompiledMapping>();
        var sources = new List<MigrationRunSource>();
        var hash = new MappingHash();
        using var ids = new RunIds([.. feeds.All.Select(f => f.Mapping)]);
        try
        {
            foreach (var feed in feeds.All)
            {
                hash.Add(feed.MappingText);
                mappings.Add(await feed.CompileAsync(ids, cancellationToken).ConfigureAwait(false));
                // An API is not asked for its first page again only because the run goes on in the middle of its pages.
                var isChecked = options is { ResumeId: not null, Force: false } && feed.Source is RestPlanSource;
                sources.Add(await OpenFirstAsync(feed, isChecked ? null : mappings[^1], monitor, cancellationToken).ConfigureAwait(false));
            }

            if (plan.IsValidated)
                await StreamValidation.CheckConfigurationAsync(ValidationOptionsOf(plan, plan.Options, null), cancellationToken).ConfigureAwait(false);

            var description = new LoadRunDescription
            {
                Name = plan.Name, PlanPath = options.PlanPath is null ? null : Path.GetFullPath(options.PlanPath),
                Plan = new StoredPlan(plan.StoredText, plan.Folder), Sources = sources, MappingHash = hash.ToString(),

                // A check has to see everything again: keys that must be unique, and the ends of relationships.
                ReadsSources = !plan.IsValidated && !ids.AreShared,
            };
            return await RunAsync(plan, feeds.All, mappings, description, options, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            foreach (var mapping in mappings)
                mapping.Dispose();
        }
    }

    private static async Task<MigrationResult> RunAsync(
        MigrationPlan plan, IReadOnlyList<PlanFeed> feeds, List<CompiledMapping> mappings, LoadRunDescription description, PlanRunOptions options, CancellationToken cancellationToken)
    {
        if (options.NoJournal && (plan.OnError == FailureAction.Rollback || plan.ReportPath is not null))
        {
            throw new MigrationException(
                ErrorCode.InvalidOptions, "Without a journal a run can neither be put back nor reported.", "Keep a journal, or leave onError and report out of the plan.");
        }

        using var journal = options.NoJournal ? null : JournalFile.Open(options.JournalPath ?? plan.JournalPath);
        await using var destination = PlanDestinations.Open(plan, options.Platform, create: true);
        using var validation = await CreateValidationAsync(plan, destination, cancellationToken).ConfigureAwait(false);
        var (result, failure) = await LoadAsync(plan, feeds, mappings, description, journal, destination, validation, options, cancellationToken).ConfigureAwait(false);
        try
        {
            if (failure is not null && plan.OnError == FailureAction.Rollback && result.Status == MigrationStatus.Failed)
            {
                (result, failure) = await FailureRollback.RunAsync(journal!, result, failure, destination, cancellationToken: cancellationToken).ConfigureAwait(false);
                result = result with { Error = failure.What };
            }

            if (failure is not null)
                options.OnFailure?.Invoke(failure);
            return result;
        }
        finally
        {
            if (plan.ReportPath is not null)
                WriteReport(plan.ReportPath, journal!, result.MigrationId, validation?.Report.Quality, options.OnMessage);
        }
    }

    private static async Task<(MigrationResult Result, MigrationException? Failure)> LoadAsync(
        MigrationPlan plan, IReadOnlyList<PlanFeed> feeds, List<CompiledMapping> mappings, LoadRunDescription description, JournalFile? journal, IGraphDestination destination,
        StreamValidation? validation, PlanRunOptions options, CancellationToken cancellationToken)
    {
        var load = OptionsOf(plan);
        var mostRejects = plan.ValidationLevel == ValidationLevel.Strict ? load.ErrorBudget.Count : null;
        var throttle = options.Throttle ?? new LoadThrottle(load.ThrottleLimit);
        using var gate = new RunGate(plan, throttle, options.OnMessage, options.Clock, cancellationToken);
        using var rejects = new RunRejects(plan.RejectPath, options.Monitor!, options.OnReject, options.OnMessage);
        await using var session = options.ResumeId is null
            ? LoadRun.Begin(journal, destination, load, description, rejects.AddEntered, throttle, options.Monitor)
            : await LoadRun.ResumeAsync(journal!, options.ResumeId, destination, load, description, options.Force, rejects.AddEntered, throttle, options.Monitor, cancellationToken)
                .ConfigureAwait(false);
        rejects.Begin(session);
        try
        {
            for (var i = 0; i < feeds.Count; i++)
                await new SourcePump(session, i, mappings[i], validation, rejects.Add, ShowAndCheck).RunAsync(
                    startAfter => feeds[i].OpenAsync(startAfter, gate.Stopping), description.Sources[i].Name, gate.Stopping).ConfigureAwait(false);
            if (validation is not null)
                await PassHeldAsync(validation, session, gate.Stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (gate.Stopping.IsCancellationRequested)
        {
            return (Stopped(await session.StopAsync().ConfigureAwait(false)), null);
        }
        catch (MigrationException e) when (session.Failure is null)
        {
            // A source that breaks in the middle ends the run; what was confirmed stays and is counted.
            return (await session.FailAsync(e).ConfigureAwait(false), session.Failure ?? e);
        }
        catch (MigrationException)
        {
            // The session knows why, and its result says so.
        }

        // Everything was converted: what grows with the ids is not to be there while relationships are loaded and all is read back.
        foreach (var mapping in mappings)
            mapping.ForgetIds();
        var result = await session.CompleteAsync(gate.Stopping).ConfigureAwait(false);
        return result.Status == MigrationStatus.Stopped ? (Stopped(result), null) : (result, session.Failure);

        MigrationResult Stopped(MigrationResult so) => gate.WhyStopped is null ? so : so with { Error = gate.WhyStopped, ErrorCode = ErrorCode.WindowClosed };

        void ShowAndCheck(MigrationResult figures)
        {
            options.OnProgress?.Invoke(figures);
            if (figures.Rejected > mostRejects)
            {
                throw new MigrationException(
                    ErrorCode.ErrorBudgetExceeded,
                    $"{figures.Rejected} of the first {figures.Read} records were rejected; the error budget allows {load.ErrorBudget}, and a strict run ends then.",
                    "Mend the rejected records and run the migration again, allow more, or let validation_level be lenient.");
            }
        }
    }

    private static LoadOptions OptionsOf(MigrationPlan plan) =>
        plan.ValidationLevel == ValidationLevel.None ? plan.Options with { ErrorBudget = ErrorBudget.Unlimited } : plan.Options;

    private static async Task<StreamValidation?> CreateValidationAsync(MigrationPlan plan, IGraphDestination destination, CancellationToken cancellationToken) =>
        !plan.IsValidated ? null : await StreamValidation.CreateAsync(ValidationOptionsOf(plan, OptionsOf(plan), destination), cancellationToken).ConfigureAwait(false);

    /// <summary>The check that a plan's nodes and relationships pass by on their way.</summary>
    internal static StreamValidationOptions ValidationOptionsOf(MigrationPlan plan, LoadOptions load, IGraphDestination? destination) => new()
    {
        Configuration = plan.Validation,
        Folder = plan.Folder,
        Level = plan.ValidationLevel ?? ValidationLevel.Lenient,
        ErrorBudget = load.ErrorBudget,
        Destination = destination,
    };

    // Relationships whose ends came later, or never.
    private static async Task PassHeldAsync(StreamValidation validation, LoadSession session, CancellationToken cancellationToken)
    {
        await foreach (var held in validation.CompleteAsync(cancellationToken).ConfigureAwait(false))
        {
            if (held.Reject is { } bad)
                session.Reject(bad);
            else
                await session.AddAsync(held.Item, cancellationToken).ConfigureAwait(false);
        }

        if (validation.Failure() is { } failure)
            throw failure;
    }

    // What the run did stands, whether or not the report of it can be written.
    private static void WriteReport(string path, JournalFile journal, string id, QualityReport? quality, Action<string>? onMessage)
    {
        try
        {
            ReportWriter.Write(ReportReader.Read(journal, id, quality), path, ReportFormat.Auto);
        }
        catch (MigrationException e)
        {
            onMessage?.Invoke($"There is no report of this run: {e.Message}");
        }
    }

    // A mapping that does not fit its source is noticed on the first record; what is no API is opened again for the run.
    private static async Task<MigrationRunSource> OpenFirstAsync(PlanFeed feed, CompiledMapping? mapping, RunMonitor monitor, CancellationToken cancellationToken)
    {
        if (feed.Api is { } api && mapping is not null)
        {
            var (known, records) = await api.PeekAsync(1, cancellationToken).ConfigureAwait(false);
            if (records.Count > 0)
                mapping.Bind(records[0].GetSchema());
            monitor.Expect(known.Source);
            return new MigrationRunSource(known.Source.Name, known.Metadata.QuickFingerprint);
        }

        await using var source = await feed.OpenAsync(null, cancellationToken).ConfigureAwait(false);
        if (mapping is null)
            return new MigrationRunSource(source.Source.Name, source.Metadata.QuickFingerprint);
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
}
