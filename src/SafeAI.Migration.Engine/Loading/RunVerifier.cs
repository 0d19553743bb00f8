using SafeAI.Migration.Engine.Journal;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>What reading a run back found: <see cref="Items"/> = <see cref="Same"/> + <see cref="Different"/> + <see cref="Missing"/>.</summary>
/// <param name="MigrationId">The run.</param>
/// <param name="Destination">Where it loaded to, without any secret.</param>
/// <param name="Items">Nodes and relationships that the run has confirmed.</param>
/// <param name="Same">Those that are as the run left them.</param>
/// <param name="Different">Those that have other values now.</param>
/// <param name="Missing">Those that are there no more.</param>
/// <param name="Samples">Some of those that differ or are missing, by type and id.</param>
public sealed record RunVerification(
    string MigrationId, string Destination, long Items, long Same, long Different, long Missing, IReadOnlyList<string> Samples)
{
    /// <summary>Whether everything is as the run left it.</summary>
    public bool IsSame => Same == Items;
}

/// <summary>Reads back at any time what a run in the journal has loaded, and compares it with the run's log. Only reads.</summary>
public static class RunVerifier
{
    private const int PageSize = 1000;
    private const int MostSamples = 20;

    /// <summary>Reads a run back.</summary>
    /// <param name="journal">The journal that knows it.</param>
    /// <param name="id">The run's id.</param>
    /// <param name="destination">Where it loaded to.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="MigrationException">
    /// <see cref="ErrorCode.RunNotFound"/>, <see cref="ErrorCode.RunInUse"/> while the run is at work, <see cref="ErrorCode.InvalidOptions"/>
    /// where it is no load, was put back, or loaded to another destination, or what the destination says.
    /// </exception>
    public static async Task<RunVerification> RunAsync(JournalFile journal, string id, IGraphDestination destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(journal);
        ArgumentNullException.ThrowIfNull(destination);
        var run = journal.Run(id);
        if (run.Status == MigrationStatus.Running)
            throw new MigrationException(ErrorCode.RunInUse, $"The run {id} is at work in process {run.ProcessId} on {run.Machine}.", "Wait for it, or stop it first.");
        if (run.Kind != MigrationKind.Load || run.Status is MigrationStatus.RollingBack or MigrationStatus.RolledBack)
            throw new MigrationException(ErrorCode.InvalidOptions, $"There is nothing of the run {id} to be read back: it is {(run.Kind == MigrationKind.Load ? "put back" : "an undo")}.", "Name a run that loaded.");
        if (run.Destination != destination.DisplayName)
            throw new MigrationException(ErrorCode.InvalidOptions, $"The run {id} loaded into {run.Destination}, not into {destination.DisplayName}.", "Name the same destination.");

        using var ledger = new ItemLedger("verify");
        var temporals = new TemporalProperties();
        foreach (var batch in RunJournal.Batches(journal, id).Where(b => b.State == BatchState.Confirmed))
        {
            cancellationToken.ThrowIfCancellationRequested();
            temporals.Learn(batch.Key.Type, batch.Temporals);
            ledger.Put(batch.Key, [.. batch.Items.Where(i => i.Outcome is not (ItemOutcome.Pending or ItemOutcome.Rejected or ItemOutcome.NotWritten)).Select(i => (i.Id, i.AfterHash))]);
        }

        long items = 0, same = 0, missing = 0;
        var samples = new SortedSet<string>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(
            ledger.Pages(PageSize),
            new ParallelOptions { MaxDegreeOfParallelism = run.Options.ThrottleLimit, CancellationToken = cancellationToken },
            async (page, token) =>
            {
                IEnumerable<GraphItem> found = page.IsNode
                    ? await destination.ReadNodesAsync(page.Type, [.. page.Items.Keys], token).ConfigureAwait(false)
                    : await destination.ReadRelationshipsAsync(page.Type, [.. page.Items.Keys], token).ConfigureAwait(false);
                var present = found.ToDictionary(i => i.Id, StringComparer.Ordinal);
                lock (samples)
                {
                    foreach (var (itemId, expected) in page.Items)
                    {
                        items++;
                        if (!present.TryGetValue(itemId, out var item))
                            missing++;
                        else if (GraphContent.Hash(item, temporals.Restore(item.Type, item.Properties), (item as GraphNode)?.Labels).AsSpan().SequenceEqual(expected))
                        {
                            same++;
                            continue;
                        }

                        if (samples.Count < MostSamples)
                            samples.Add($"{page.Type} {itemId}: {(item is null ? "missing" : "different")}");
                    }
                }
            }).ConfigureAwait(false);
        return new RunVerification(id, run.Destination, items, same, items - same - missing, missing, [.. samples]);
    }
}
