namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// What can be done for a batch while it waits for its turn: finding out which of its items may be at the destination, and,
/// where none can be, writing it ahead of its request. The disk's time is then none of the request's.
/// </summary>
internal sealed class BatchHeadStart
{
    private Task<BatchLog>? _ahead;

    private BatchHeadStart(IReadOnlyList<string>? asked) => Asked = asked;

    /// <summary>The ids that may be at the destination; null where all may be.</summary>
    public IReadOnlyList<string>? Asked { get; }

    /// <summary>Begins. Batches that may have an id in common are to come here in the order in which they are sent.</summary>
    public static BatchHeadStart Of(LoadContext context, ItemBatch batch)
    {
        var startedEmpty = context.Types.StartedEmpty(batch.Key);
        if (startedEmpty == false)
            return new BatchHeadStart(null);
        List<string>? asked = null;
        foreach (var entry in batch.Entries)
        {
            if (context.Sent.Add(batch.Key, entry.Item.Id))
                (asked ??= []).Add(entry.Item.Id);
        }

        var start = new BatchHeadStart(asked ?? []);
        if (startedEmpty == true && asked is null && batch.Conflicts.Count == 0 && context.Journal is not null)
            start._ahead = Task.Run(() => BatchLog.SendAsync(context, batch, existing: null));
        return start;
    }

    /// <summary>Gives the journal's part of a batch that was written ahead, once it is on disk; null where it was not. To be called by whoever sends it now.</summary>
    public async ValueTask<BatchLog?> TakeLogAsync()
    {
        if (Interlocked.Exchange(ref _ahead, null) is not { } ahead)
            return null;
        return await ahead.ConfigureAwait(false);
    }

    /// <summary>Says that the batch is not sent: what was written ahead must not count as sent.</summary>
    public async Task AbandonAsync()
    {
        try
        {
            (await TakeLogAsync().ConfigureAwait(false))?.Refuse();
        }
        catch (MigrationException)
        {
            // It is not in the journal either; whoever writes there next is told.
        }
    }
}
