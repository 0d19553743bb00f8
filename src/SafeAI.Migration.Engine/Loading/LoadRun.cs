using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Monitoring;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>What a run is entered in the journal as.</summary>
public sealed record LoadRunDescription
{
    /// <summary>The name of the plan, or what else the run is to be called.</summary>
    public string Name { get; init; } = "";

    /// <summary>The plan's file; null where the plan is none, or the run comes from a pipeline.</summary>
    public string? PlanPath { get; init; }

    /// <summary>The plan to keep with the run; null where it comes from a pipeline.</summary>
    internal StoredPlan? Plan { get; init; }

    /// <summary>What is read, in order, with fingerprints where they can be told; empty where it is not known beforehand.</summary>
    public IReadOnlyList<MigrationRunSource> Sources { get; init; } = [];

    /// <summary>A hash of the mappings; null where they are not known.</summary>
    public string? MappingHash { get; init; }

    /// <summary>Whether whoever feeds the load reads the sources itself, and can go on with them in the middle. In a pipeline everything comes again.</summary>
    public bool ReadsSources { get; init; }
}

/// <summary>Begins loads that are kept in a journal, and goes on with those that did not come to their end.</summary>
public static class LoadRun
{
    /// <summary>Enters a new run in a journal and begins its load.</summary>
    /// <param name="journal">The journal, open until the session is disposed of; null to keep none.</param>
    /// <param name="destination">Where to. The session does not dispose it.</param>
    /// <param name="options">How.</param>
    /// <param name="description">What to enter.</param>
    /// <param name="onReject">Receives each item that could not be loaded, from any thread.</param>
    /// <param name="throttle">Lets the batches through; null for one of the session's own.</param>
    /// <param name="monitor">Watches the run; null for one of the session's own. The session disposes it.</param>
    /// <exception cref="MigrationException"><see cref="ErrorCode.JournalFailed"/>: nothing was sent.</exception>
    public static LoadSession Begin(
        JournalFile? journal, IGraphDestination destination, LoadOptions options, LoadRunDescription description, Action<Reject>? onReject = null, LoadThrottle? throttle = null, RunMonitor? monitor = null)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(description);
        options.Validate();
        if (journal is null)
            return new LoadSession(destination, options, onReject, throttle, monitor);
        var run = RunJournal.Begin(journal, new MigrationRun
        {
            Id = MigrationId.Create(),
            Name = description.Name,
            Started = DateTimeOffset.UtcNow,
            Destination = destination.DisplayName,
            Sources = description.Sources,
            MappingHash = description.MappingHash,
            Options = options,
            PlanPath = description.PlanPath,
        }, description.Plan);
        return Create(run, destination, options, description, onReject, throttle, monitor);
    }

    /// <summary>Goes on with a run: what was confirmed is not sent again, what nobody knows of is asked for.</summary>
    /// <param name="journal">The journal, open until the session is disposed of.</param>
    /// <param name="id">The run; see <see cref="Find"/>.</param>
    /// <param name="destination">The same as before. The session does not dispose it.</param>
    /// <param name="options">How.</param>
    /// <param name="description">What is read and how it is mapped now.</param>
    /// <param name="force">Whether to go on although a source or a mapping has changed. Everything is then read again from the start; what is at the destination already is recognised there.</param>
    /// <param name="onReject">Receives each item that could not be loaded, from any thread.</param>
    /// <param name="throttle">Lets the batches through; null for one of the session's own.</param>
    /// <param name="monitor">Watches the run; null for one of the session's own. The session disposes it.</param>
    /// <param name="cancellationToken">Ends the wait; the run can then be resumed again.</param>
    /// <exception cref="MigrationException">
    /// <see cref="ErrorCode.RunNotFound"/>, <see cref="ErrorCode.RunInUse"/>, or <see cref="ErrorCode.SourceChanged"/>: nothing was sent.
    /// </exception>
    public static async Task<LoadSession> ResumeAsync(
        JournalFile journal, string id, IGraphDestination destination, LoadOptions options, LoadRunDescription description, bool force = false,
        Action<Reject>? onReject = null, LoadThrottle? throttle = null, RunMonitor? monitor = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(journal);
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(description);
        options.Validate();
        var run = journal.Run(id);
        if (!run.IsResumable && run.Status != MigrationStatus.Running)
            throw new MigrationException(ErrorCode.RunNotFound, $"The run {id} is {run.Status.ToString().ToLowerInvariant()}; there is nothing to resume.", "Run the migration anew.");
        if (run.Destination != destination.DisplayName)
            throw new MigrationException(
                ErrorCode.InvalidOptions, $"The run {id} loads into {run.Destination}, not into {destination.DisplayName}.", "Name the same destination.");
        var changed = ChangeIn(run, description);
        if (changed is not null && !force)
            throw new MigrationException(ErrorCode.SourceChanged, changed, "Run the migration anew, or force the resume: everything is then read again from the start.");
        var claimed = RunJournal.Claim(journal, id);
        var session = Create(claimed, destination, options, changed is null ? description : description with { ReadsSources = false }, onReject, throttle, monitor);
        try
        {
            if (description.Sources.Count > 0)
                claimed.Describe(description.Sources, description.MappingHash);
            await session.ReplayAsync(claimed.LastCheckpoint(), cancellationToken).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Finds the run to resume.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="id">Its id; null for the newest that can be resumed.</param>
    /// <param name="fromPlan">Whether it must come from a plan, or must not.</param>
    /// <param name="destination">Where it must load to; null for anywhere.</param>
    /// <param name="planPath">The full path of the file of the plan that it must come from; null for any.</param>
    /// <exception cref="MigrationException"><see cref="ErrorCode.RunNotFound"/>: there is none.</exception>
    public static MigrationRun Find(JournalFile journal, string? id, bool fromPlan, string? destination = null, string? planPath = null)
    {
        ArgumentNullException.ThrowIfNull(journal);
        var kind = planPath is not null ? $"of the plan {planPath}" : fromPlan ? "from a plan" : "from a pipeline";
        if (id is null)
            return journal.Runs().FirstOrDefault(r => r.IsResumable && r.Kind == MigrationKind.Load && r.IsFromPlan == fromPlan && (destination is null || r.Destination == destination) && IsOfPlan(r))
                ?? throw new MigrationException(
                    ErrorCode.RunNotFound, $"The journal {journal.Path} knows no run {kind}{(destination is null ? "" : $" into {destination}")} that could be resumed.", "See Get-Migration for the runs that it knows.");
        var run = journal.Run(id);
        return run.Kind == MigrationKind.Load && run.IsFromPlan == fromPlan && IsOfPlan(run)
            ? run
            : throw new MigrationException(
                ErrorCode.RunNotFound, $"The run {id} is no load {kind}.",
                run.IsFromPlan && fromPlan ? "Name the plan that it was run with, or none." : !run.IsFromPlan ? "Run its pipeline again, with Import-SafeAIData -Resume." : "Resume it with Resume-Migration or safeai-migrate resume.");

        bool IsOfPlan(MigrationRun run) => planPath is null || run.PlanPath == planPath;
    }

    private static LoadSession Create(
        RunJournal run, IGraphDestination destination, LoadOptions options, LoadRunDescription description, Action<Reject>? onReject, LoadThrottle? throttle, RunMonitor? monitor)
    {
        try
        {
            return new LoadSession(destination, options, onReject, throttle, monitor, run, description.ReadsSources);
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    private static string? ChangeIn(MigrationRun run, LoadRunDescription now)
    {
        if (run.MappingHash is not null && now.MappingHash is not null && run.MappingHash != now.MappingHash)
            return $"The mapping is not what it was when the run {run.Id} began.";
        if (run.Sources.Count == 0 || now.Sources.Count == 0)
            return null;
        if (run.Sources.Count != now.Sources.Count || run.Sources.Zip(now.Sources).Any(p => p.First.Name != p.Second.Name))
            return $"The run {run.Id} reads other sources: {string.Join(", ", run.Sources)}.";
        var changed = run.Sources.Zip(now.Sources).FirstOrDefault(p => p.First.Fingerprint is not null && p.First.Fingerprint != p.Second.Fingerprint).Second;
        return changed is null ? null : $"The source {changed} is not what it was when the run {run.Id} began.";
    }
}
