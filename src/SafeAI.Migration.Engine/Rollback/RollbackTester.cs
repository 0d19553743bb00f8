using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Rollback;

/// <summary>Finds out whether a run can be put back, and changes nothing.</summary>
public static class RollbackTester
{
    private const int MostChanges = 1000;

    /// <summary>Tests a run of a journal.</summary>
    /// <exception cref="MigrationException">The journal knows no such run, or a process works on it.</exception>
    public static Task<RollbackTestResult> TestAsync(JournalFile journal, string id, IGraphDestination destination, CancellationToken cancellationToken = default) =>
        TestAsync(journal, id, () => destination, cancellationToken);

    /// <summary>Tests a run of a journal; that its destination cannot be opened is a part of what is found.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="id">The run's id.</param>
    /// <param name="open">Opens the destination, which the caller closes.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="MigrationException">The journal knows no such run, or a process works on it.</exception>
    public static async Task<RollbackTestResult> TestAsync(JournalFile journal, string id, Func<IGraphDestination> open, CancellationToken cancellationToken = default)
    {
        using var log = MigrationUndo.LogOf(journal, id);
        return await TestAsync(id, log.Destination, log.CheckWhole, log.Backwards, open, _ => Task.FromResult(log), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Tests an archive.</summary>
    /// <exception cref="MigrationException">The archive cannot be read at all.</exception>
    public static Task<RollbackTestResult> TestAsync(RestoreArchive archive, IGraphDestination destination, CancellationToken cancellationToken = default) =>
        TestAsync(archive, () => destination, cancellationToken);

    /// <summary>Tests an archive; that the destination cannot be opened is a part of what is found.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="open">Opens the destination, which the caller closes.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static Task<RollbackTestResult> TestAsync(RestoreArchive archive, Func<IGraphDestination> open, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(archive);

        // It need not be restored where it comes from.
        return TestAsync(archive.Name, null, archive.Check, archive.All, open, d => archive.LogAsync(d, cancellationToken), cancellationToken);
    }

    private static async Task<RollbackTestResult> TestAsync(
        string id, string? expected, Action checkWhole, Func<IEnumerable<JournaledBatch>> batches, Func<IGraphDestination> open, Func<IGraphDestination, Task<UndoLog>> openLog,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(open);
        var checks = new List<RollbackCheck>();
        var result = new RollbackTestResult { MigrationId = id };
        IGraphDestination? destination = null;
        var isReadable = await TryAsync("Images", () =>
        {
            checkWhole();
            return Task.FromResult(CheckImages(batches(), cancellationToken));
        }).ConfigureAwait(false);
        await TryAsync("Destination", async () =>
        {
            destination = open();
            await destination.GetSchemaAsync(cancellationToken).ConfigureAwait(false);
            return expected is null || string.Equals(expected, destination.DisplayName, StringComparison.OrdinalIgnoreCase)
                ? $"{destination.DisplayName} answers."
                : throw new MigrationException(ErrorCode.InvalidOptions, $"The run loaded into {expected}, not into {destination.DisplayName}.");
        }).ConfigureAwait(false);
        if (destination is null)
            return result with { Checks = checks };
        await TryAsync("Permission", async () =>
        {
            await destination.ProbeWriteAsync(cancellationToken).ConfigureAwait(false);
            return "Writing is allowed.";
        }).ConfigureAwait(false);
        if (isReadable)
        {
            await TryAsync("Later changes", async () =>
            {
                using var log = await openLog(destination).ConfigureAwait(false);
                result = await PlanAsync(log, destination, result, cancellationToken).ConfigureAwait(false);
                return result.Changed == 0 ? "Nothing was changed since." : FormattableString.Invariant($"{result.Changed} items were changed since by others, and would be kept.");
            }).ConfigureAwait(false);
        }

        return result with { Checks = checks };

        async Task<bool> TryAsync(string name, Func<Task<string>> check)
        {
            try
            {
                checks.Add(new RollbackCheck(name, true, await check().ConfigureAwait(false)));
                return true;
            }
            catch (MigrationException e)
            {
                checks.Add(new RollbackCheck(name, false, e.Message));
                return false;
            }
        }
    }

    private static string CheckImages(IEnumerable<JournaledBatch> batches, CancellationToken cancellationToken)
    {
        long count = 0, images = 0;
        foreach (var batch in batches)
        {
            cancellationToken.ThrowIfCancellationRequested();
            count++;
            foreach (var item in batch.Items.Where(ItemStates.IsTouched))
            {
                if (item.Outcome == ItemOutcome.Updated && !item.Existed)
                    throw new MigrationException(ErrorCode.JournalFailed, $"What {item.Id} was before batch {batch.Number} of {batch.Key} is missing.");
                if (item.AfterHash.Length != GraphContent.HashLength)
                    throw new MigrationException(ErrorCode.JournalFailed, $"The hash of {item.Id} in batch {batch.Number} of {batch.Key} is damaged.");
                images += item.Existed ? 1 : 0;
            }
        }

        return FormattableString.Invariant($"{count} batches are readable, with {images} images of what was there before.");
    }

    private static async Task<RollbackTestResult> PlanAsync(
        UndoLog log, IGraphDestination destination, RollbackTestResult result, CancellationToken cancellationToken)
    {
        long delete = 0, restore = 0, before = 0, changed = 0;
        var changes = new List<UndoPlanItem>();
        var seconds = 0.0;
        await foreach (var item in new UndoPlanner(destination, log, force: false).PlanAsync(cancellationToken).ConfigureAwait(false))
        {
            seconds = item.EstimatedSeconds ?? seconds;
            delete += item.Action == UndoAction.Delete ? 1 : 0;
            restore += item.Action is UndoAction.Restore or UndoAction.Recreate ? 1 : 0;
            before += item.Action == UndoAction.None ? 1 : 0;
            if (item.Action != UndoAction.Keep)
                continue;
            changed++;
            if (changes.Count < MostChanges)
                changes.Add(item);
        }

        return result with { ToDelete = delete, ToRestore = restore, AlreadyBefore = before, Changed = changed, LaterChanges = changes, EstimatedSeconds = seconds };
    }
}
