using SafeAI.Migration.Engine.Journal;

namespace SafeAI.Migration.Engine.Rollback;

/// <summary>The batches of a run that is to be put back, wherever they are kept.</summary>
internal abstract class UndoLog : IDisposable
{
    /// <summary>The run.</summary>
    public abstract string MigrationId { get; }

    /// <summary>Where the run loaded to.</summary>
    public abstract string Destination { get; }

    /// <summary>Whether the batches and their numbers are the same each time.</summary>
    public virtual bool IsFixed => true;

    /// <summary>Why an item is kept that is neither as before nor as after.</summary>
    public virtual string ChangedReason => "It was changed since.";

    /// <summary>The batches, in the order in which they are dealt with: the latest first.</summary>
    public abstract IEnumerable<JournaledBatch> Backwards();

    /// <summary>Makes sure that no batch is gone from it.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.JournalFailed"/>: one is.</exception>
    public virtual void CheckWhole()
    {
    }

    /// <summary>Whether a batch's items are put back whatever they are now.</summary>
    public virtual bool IsForced(JournaledBatch batch, bool force) => force;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Lets go of what the log holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>The batches of a run in a journal.</summary>
internal sealed class JournalUndoLog(JournalFile journal, MigrationRun run) : UndoLog
{
    public override string MigrationId => run.Id;

    public override string Destination => run.Destination;

    public override IEnumerable<JournaledBatch> Backwards()
    {
        using var batches = RunJournal.Batches(journal, run.Id, backwards: true).GetEnumerator();
        while (MoveNext(batches))
            yield return batches.Current;
    }

    public override void CheckWhole()
    {
        if (RunJournal.FirstMissingBatch(journal, run.Id) is { } missing)
            throw new MigrationException(
                ErrorCode.JournalFailed, $"The journal {journal.Path} is damaged: the batch {missing} of the run {run.Id} is missing.",
                "Restore the journal from a backup, or insist with -Force on what is left of it.");
    }

    // What the destination did not have when it was asked was never there, or arrived late: what is other than that may be
    // somebody else's, and what was sent again is in a later batch.
    public override bool IsForced(JournaledBatch batch, bool force) => force && batch.State != BatchState.NotFound;

    // Bytes that do not decode are damage, whatever they make the decoder stumble over.
    private bool MoveNext(IEnumerator<JournaledBatch> batches)
    {
        try
        {
            return batches.MoveNext();
        }
        catch (Exception e) when (e is not (MigrationException or OutOfMemoryException))
        {
            throw new MigrationException(
                ErrorCode.JournalFailed, $"The journal {journal.Path} is damaged: a batch of the run {run.Id} is not readable.", "Restore the journal from a backup.", e);
        }
    }
}
