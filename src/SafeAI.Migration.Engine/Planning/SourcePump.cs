using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Transformation;
using SafeAI.Migration.Engine.Validation;

namespace SafeAI.Migration.Engine.Planning;

/// <summary>
/// Reads one source of a run through its mapping into the load. In a resumed run it goes on where the load says; a source
/// that was read to its end is not read again, and counts as it did.
/// </summary>
internal sealed class SourcePump(
    LoadSession session, int number, CompiledMapping mapping, StreamValidation? validation, Action<Reject> reject, Action<MigrationResult>? onProgress)
{
    private readonly List<GraphItem> _items = [];

    /// <summary>Reads the source.</summary>
    /// <param name="open">Opens it, at its start or after a position.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="cancellationToken">Stops at the next record at the latest.</param>
    public async Task RunAsync(Func<SourcePosition?, Task<IRecordSource>> open, string name, CancellationToken cancellationToken)
    {
        session.Include(mapping.Counts);
        var log = session.Log is { ReadsSources: true } known ? known : null;
        if (log is not null && number < log.StartFinished.Count)
        {
            var finished = new RecordSource(name);
            Count(finished, log.StartFinished[number]);
            session.Include(finished);
            return;
        }

        log?.BeginSource(number);
        var start = log?.Start is { Position: not null } mark && mark.Source == number ? mark : null;
        await using var source = await open(start?.Position is { } position ? SourcePosition.Parse(position) : null).ConfigureAwait(false);
        if (start is not null)
            Count(source.Source, start.Counts);
        session.Include(source.Source);
        await foreach (var batch in source.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var bad in batch.Rejects)
                reject(bad);
            foreach (var record in batch.Records)
            {
                _items.Clear();
                if (mapping.Map(record, _items) is { } bad)
                    reject(bad);
                else
                    await AddAsync(cancellationToken).ConfigureAwait(false);
            }

            Forget(source, batch);
            if (batch.Position is not null && batch.Records.Count > 0 && !mapping.RemembersRecords)
                log?.Reached(number, batch.Records[^1].GetSource(), batch.Position, CountsOf(source.Source));
            onProgress?.Invoke(session.Snapshot());
        }

        _items.Clear();
        foreach (var bad in mapping.Complete(_items))
        {
            if (bad is not null)
                reject(bad);
            await AddAsync(cancellationToken).ConfigureAwait(false);
            _items.Clear();
        }

        log?.EndSource(CountsOf(source.Source));
    }

    private async Task AddAsync(CancellationToken cancellationToken)
    {
        foreach (var item in _items)
        {
            var isHeld = false;
            if (validation?.Check(item, out isHeld) is { } bad)
                session.Reject(bad);
            else if (!isHeld)
                await session.AddAsync(item, cancellationToken).ConfigureAwait(false);
        }

        if (validation?.MustStop == true && validation.Failure() is { } failure)
            throw failure;
    }

    // What was turned away is kept as it comes; it need not wait for anybody.
    private void Forget(IRecordSource source, RecordBatch batch)
    {
        source.Source.TurnedAway.Forget();
        mapping.Counts.TurnedAway.Forget();
        if (batch.Records.Count > 0)
            batch.Records[^1].GetSource().TurnedAway.Forget();
    }

    private void Count(RecordSource source, SourceCounts counts)
    {
        source.AddRead(counts.Read - counts.Rejected);
        source.AddRejected(counts.Rejected);
        mapping.Counts.AddEarlier(counts.ConversionRejected, counts.ConversionSkipped);
    }

    private SourceCounts CountsOf(RecordSource source) => new(source.Read, source.Rejected, mapping.Counts.Rejected, mapping.Counts.Skipped);
}
