using SafeAI.Migration.Engine.Journal;

namespace SafeAI.Migration.Engine.Rollback;

/// <summary>The batches of a run that is to be put back, wherever they are kept.</summary>
internal abstract class BatchLog
{
    /// <summary>The run.</summary>
    public abstract string MigrationId { get; }

    /// <summary>Where the run loaded to.</summary>
    public abstract string Destination { get; }

    /// <summary>The batches, the latest first.</summary>
    public abstract IEnumerable<JournaledBatch> Backwards();
}

/// <summary>The batches of a run in a journal.</summary>
internal sealed class JournalBatchLog(JournalFile journal, MigrationRun run) : BatchLog
{
    public override string MigrationId => run.Id;

    public override string Destination => run.Destination;

    public override IEnumerable<JournaledBatch> Backwards() => RunJournal.Batches(journal, run.Id, backwards: true);
}
