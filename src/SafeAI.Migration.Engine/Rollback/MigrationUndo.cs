using System.Diagnostics;
using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Platform;

namespace SafeAI.Migration.Engine.Rollback;

/// <summary>Puts runs back: what they created goes, what they overwrote gets its old values, what others changed since stays.</summary>
public static class MigrationUndo
{
    /// <summary>Puts a run back, or goes on with an attempt that was ended before its time.</summary>
    /// <param name="journal">The journal that knows the run; it keeps the undo, too.</param>
    /// <param name="id">The run's id.</param>
    /// <param name="destination">Where the run loaded to.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Stops it; it can be gone on with.</param>
    /// <exception cref="MigrationException">
    /// <see cref="ErrorCode.RunNotFound"/>, <see cref="ErrorCode.RunInUse"/>, <see cref="ErrorCode.InvalidOptions"/> where the run loaded to
    /// another destination, <see cref="ErrorCode.VerificationFailed"/>, or what the destination says. The undo can be gone on with by the same call.
    /// </exception>
    public static Task<UndoResult> RunAsync(
        JournalFile journal, string id, IGraphDestination destination, UndoOptions? options = null, CancellationToken cancellationToken = default) =>
        RunAsync(journal, LogOf(journal, id), destination, options ?? new UndoOptions(), cancellationToken);

    /// <summary>Puts a run back where it loaded to: the graph store's file, or the platform with the key from the environment.</summary>
    /// <param name="id">The run's id.</param>
    /// <param name="journalPath">The journal; null for the one in the user's own state folder.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Stops it; it can be gone on with.</param>
    public static async Task<UndoResult> RunAsync(string id, string? journalPath, UndoOptions? options = null, CancellationToken cancellationToken = default)
    {
        using var journal = JournalFile.OpenExisting(journalPath ?? JournalFile.DefaultPath);
        await using var destination = OpenDestination(journal.Run(id).Destination);
        return await RunAsync(journal, id, destination, options, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Streams what putting a run back would do; only reads.</summary>
    public static IAsyncEnumerable<UndoPlanItem> PlanAsync(
        JournalFile journal, string id, IGraphDestination destination, bool force = false, CancellationToken cancellationToken = default) =>
        PlanAsync(LogOf(journal, id), destination, force, cancellationToken);

    /// <summary>Opens the destination of a run by the name that the journal has for it.</summary>
    /// <param name="name">An endpoint, or a graph store's file.</param>
    /// <param name="options">How to reach the platform; null for the key from the environment.</param>
    public static IGraphDestination OpenDestination(string name, PlatformOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!name.StartsWith("http://", StringComparison.OrdinalIgnoreCase) && !name.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
            return GraphStoreDestination.Open(name, create: false);
#pragma warning disable CA2000 // The destination owns the client.
        return new PlatformDestination(new PlatformClient(options ?? new PlatformOptions
        {
            Endpoint = PlatformOptions.ParseEndpoint(name),
            ApiKey = Environment.GetEnvironmentVariable("SAFEAI_API_KEY"),
        }));
#pragma warning restore CA2000
    }

    internal static IAsyncEnumerable<UndoPlanItem> PlanAsync(UndoLog log, IGraphDestination destination, bool force, CancellationToken cancellationToken)
    {
        CheckDestination(log, destination, force);
        return new UndoPlanner(destination, log, force).PlanAsync(cancellationToken);
    }

    internal static async Task<UndoResult> RunAsync(
        JournalFile journal, UndoLog log, IGraphDestination destination, UndoOptions options, CancellationToken cancellationToken)
    {
        CheckDestination(log, destination, options.Force);
        if (!options.Force)
            log.CheckWhole();
        var clock = Stopwatch.StartNew();
        using var undo = UndoJournal.Open(journal, log.MigrationId, destination.DisplayName, options.Force);
        UndoSession? session = null;
        session = new UndoSession(destination, log, undo, options, options.OnProgress is null ? null : () => options.OnProgress(Result(MigrationStatus.Running)));
        try
        {
            undo.SetTargetStatus(MigrationStatus.RollingBack);
            await session.RunAsync(cancellationToken).ConfigureAwait(false);
            var differences = await session.CountDifferencesAsync(cancellationToken).ConfigureAwait(false);
            if (differences > 0)
                throw new MigrationException(
                    ErrorCode.VerificationFailed, $"{differences} items are not as before the run {log.MigrationId}, although they were put back.",
                    "Find out who else writes there, then undo again.") { Stage = MigrationStage.Undo };
            var result = Result(MigrationStatus.Completed) with { Verified = true };
            undo.SetTargetStatus(MigrationStatus.RolledBack);
            CrashPoint.Hit("undo.end");
            undo.End(result);
            return result;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            undo.End(Result(MigrationStatus.Stopped));
            throw;
        }
        catch (MigrationException e) when (e.Code != ErrorCode.JournalFailed)
        {
            undo.End(Result(MigrationStatus.Failed) with { Error = e.Message, Verified = e.Code == ErrorCode.VerificationFailed ? false : null });
            throw;
        }

        UndoResult Result(MigrationStatus status)
        {
            var p = undo.Progress;
            return new UndoResult
            {
                UndoId = undo.Id,
                MigrationId = log.MigrationId,
                Status = status,
                Destination = destination.DisplayName,
                NodesDeleted = p.NodesDeleted,
                NodesRestored = p.NodesRestored,
                RelationshipsDeleted = p.RelationshipsDeleted,
                RelationshipsRestored = p.RelationshipsRestored,
                AlreadyBefore = p.AlreadyBefore,
                Kept = p.Kept,
                Detached = p.Detached,
                Batches = p.Batches,
                Unconfirmed = session?.Unconfirmed ?? 0,
                KeptItems = status == MigrationStatus.Running ? [] : undo.FirstKept(),
                ElapsedSeconds = clock.Elapsed.TotalSeconds,
            };
        }
    }

    internal static UndoLog LogOf(JournalFile journal, string id)
    {
        ArgumentNullException.ThrowIfNull(journal);
        var run = journal.Run(id);
        if (run.Kind == MigrationKind.Undo)
            throw new MigrationException(ErrorCode.InvalidOptions, $"The run {id} is an undo itself.", $"Run the migration {run.Target} again instead.");
        if (run.Status == MigrationStatus.Running)
            throw new MigrationException(ErrorCode.RunInUse, $"The run {id} is at work in process {run.ProcessId} on {run.Machine}.", "Stop it first.");
        return new JournalUndoLog(journal, run);
    }

    private static void CheckDestination(UndoLog log, IGraphDestination destination, bool force)
    {
        if (!force && !string.Equals(log.Destination, destination.DisplayName, StringComparison.OrdinalIgnoreCase))
            throw new MigrationException(
                ErrorCode.InvalidOptions, $"The run {log.MigrationId} loaded into {log.Destination}, not into {destination.DisplayName}.",
                "Name that destination, or insist with -Force.");
    }
}
