using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Rollback;

/// <summary>Puts a run back because it failed.</summary>
public static class FailureRollback
{
    /// <summary>Puts back what a failed run had loaded, and says so in its result and its failure.</summary>
    /// <param name="journal">The run's journal.</param>
    /// <param name="result">The run's result.</param>
    /// <param name="failure">Why it failed.</param>
    /// <param name="destination">Where it loaded to.</param>
    /// <param name="options">How it is put back; null for what others changed being kept.</param>
    /// <param name="cancellationToken">Stops it; Undo-Migration goes on with it.</param>
    /// <returns>The result with the status <see cref="MigrationStatus.RolledBack"/>, and the failure with what putting back did; the first failure is its inner cause.</returns>
    /// <exception cref="MigrationException">It could not be put back; the run's own failure is said, and what to do.</exception>
    public static async Task<(MigrationResult Result, MigrationException Failure)> RunAsync(
        JournalFile journal, MigrationResult result, MigrationException failure, IGraphDestination destination, UndoOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(failure);
        UndoResult undo;
        try
        {
            undo = await MigrationUndo.RunAsync(journal, result.MigrationId, destination, options, cancellationToken).ConfigureAwait(false);
        }
        catch (MigrationException e)
        {
            throw new MigrationException(
                failure.Code, $"{failure.What} Putting the run back failed as well: {e.Message}", $"See to that, then run Undo-Migration {result.MigrationId}.", failure)
            {
                IsTransient = failure.IsTransient, Stage = MigrationStage.Undo, Position = failure.Position, Field = failure.Field, Segment = failure.Segment, Result = result,
            };
        }

        var done = undo.Kept == 0 ? "The run was put back." : FormattableString.Invariant($"The run was put back, but for {undo.Kept} items that others changed meanwhile.");
        if (undo.Unconfirmed > 0)
            done += FormattableString.Invariant($" {undo.Unconfirmed} of its requests may have left and were never confirmed; should one still arrive, Undo-Migration {result.MigrationId} puts back what it writes.");
        var rolledBack = result with { Status = MigrationStatus.RolledBack };
        return (rolledBack, new MigrationException(failure.Code, $"{failure.What} {done}", failure.Remedy, failure)
        {
            IsTransient = failure.IsTransient,
            Stage = failure.Stage,
            Position = failure.Position,
            Field = failure.Field,
            Segment = failure.Segment,
            Result = rolledBack,
            Undo = undo,
        });
    }
}
