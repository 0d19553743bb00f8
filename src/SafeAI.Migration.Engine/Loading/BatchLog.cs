using System.Buffers.Binary;
using SafeAI.Migration.Engine.Journal;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>The journal's part in one batch: what is about to be sent with what was there before, then what came of it.</summary>
internal sealed class BatchLog
{
    private readonly LoadContext _context;
    private readonly List<JournaledItem> _items;
    private readonly List<int> _corrected = [];
    private long _number;

    private BatchLog(LoadContext context, List<JournaledItem> items) => (_context, _items) = (context, items);

    /// <summary>Writes a batch ahead of its request, and waits until it is on disk.</summary>
    /// <param name="context">The load; it has a journal.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="existing">What is at the destination, by id; null for nothing.</param>
    public static async Task<BatchLog> SendAsync(LoadContext context, ItemBatch batch, Dictionary<string, GraphItem>? existing)
    {
        var items = new List<JournaledItem>(batch.Entries.Count);
        foreach (var entry in batch.Entries)
        {
            var stored = existing?.GetValueOrDefault(entry.Item.Id);
            items.Add(ItemFor(context, entry, stored?.Properties, (stored as GraphNode)?.Labels));
        }

        var log = new BatchLog(context, items);
        CrashPoint.Hit("sent.before");
        (log._number, var onDisk) = context.Journal!.Sent(batch.Key, items, context.Temporals.Of(batch.Key.Type));
        await onDisk.ConfigureAwait(false);
        CrashPoint.Hit("sent.after");
        return log;
    }

    /// <summary>Writes items that are not sent, with what became of them; nothing needs to wait for that.</summary>
    public static void Settled(LoadContext context, BatchKey key, IReadOnlyList<(ItemBatch.Entry Entry, byte[]? Hash, ItemOutcome Outcome)> settled)
    {
        if (context.Journal is not { } journal || settled.Count == 0)
            return;
        var items = new List<JournaledItem>(settled.Count);
        foreach (var (entry, hash, outcome) in settled)
        {
            items.Add(NewItem(entry, hash ?? new byte[GraphContent.HashLength], LoadContext.ContentHash(entry.First.Item)));
            items[^1].Outcome = outcome;
        }

        _ = journal.Settled(key, items, context.Temporals.Of(key.Type));
    }

    /// <summary>Notes what the answer says of an item.</summary>
    /// <param name="index">The item's place in the batch.</param>
    /// <param name="desired">The item.</param>
    /// <param name="outcome">What became of it.</param>
    /// <param name="before">What was there before, as far as the answer knows better.</param>
    /// <param name="labelsBefore">Its labels before.</param>
    /// <returns>The hash of its content now.</returns>
    public byte[] Note(int index, GraphItem desired, ItemOutcome outcome, PropertySet? before, IReadOnlyList<string>? labelsBefore)
    {
        var item = _items[index];
        item.Outcome = outcome;
        if (item.Before is null == before is null && (before is null || IsSame(item.Before!, before)) && HasSameLabels(item.LabelsBefore, labelsBefore))
            return item.AfterHash;
        item.Before = before;
        item.LabelsBefore = labelsBefore;
        item.AfterHash = _context.HashAfter(desired, before, labelsBefore);
        _corrected.Add(index);
        return item.AfterHash;
    }

    /// <summary>Notes that an item was turned away.</summary>
    public void NoteRejected(int index) => _items[index].Outcome = ItemOutcome.Rejected;

    /// <summary>Notes that an item was left as it was, and comes again in another batch.</summary>
    public void NoteNotWritten(int index) => _items[index].Outcome = ItemOutcome.NotWritten;

    /// <summary>Writes what came of the batch. It is on disk before the next batch or checkpoint is.</summary>
    public void Confirm()
    {
        CrashPoint.Hit("answer.after");
        _ = _context.Journal!.Confirmed(_number, _items, _corrected);
        CrashPoint.Hit("outcome.after");
    }

    /// <summary>Writes that nothing of the batch was written.</summary>
    public void Refuse() => _ = _context.Journal!.NotWritten(_number);

    private static JournaledItem ItemFor(LoadContext context, ItemBatch.Entry entry, PropertySet? before, IReadOnlyList<string>? labelsBefore)
    {
        var desired = entry.Item;
        var after = context.HashAfter(desired, before, labelsBefore, out var isAsAsked);

        // What becomes just what the one record asks for: one hash says both.
        var content = isAsAsked && entry.Others is null && !HasNull(desired.Properties)
            ? BinaryPrimitives.ReadUInt64LittleEndian(after)
            : LoadContext.ContentHash(entry.First.Item);
        var item = NewItem(entry, after, content);
        item.Before = before;
        item.LabelsBefore = labelsBefore;
        return item;
    }

    private static JournaledItem NewItem(ItemBatch.Entry entry, byte[] hash, ulong firstContent)
    {
        var tickets = new JournaledTicket[entry.Count];
        for (var i = 0; i < tickets.Length; i++)
            tickets[i] = new JournaledTicket(entry.At(i).Ticket, i == 0 ? firstContent : LoadContext.ContentHash(entry.At(i).Item));
        return new()
        {
            Id = entry.Item.Id,
            FromId = (entry.Item as GraphRelationship)?.FromId,
            ToId = (entry.Item as GraphRelationship)?.ToId,
            AfterHash = hash,
            Tickets = tickets,
        };
    }

    private static bool HasNull(PropertySet properties)
    {
        for (var i = 0; i < properties.Count; i++)
        {
            if (properties.GetValue(i) is null)
                return true;
        }

        return false;
    }

    private static bool HasSameLabels(IReadOnlyList<string>? a, IReadOnlyList<string>? b) =>
        (a?.Count ?? 0) == (b?.Count ?? 0) && (a is null || b is null || a.All(b.Contains));

    private static bool IsSame(PropertySet a, PropertySet b) => ReferenceEquals(a, b) || (a.Count == b.Count && GraphContent.Covers(a, b));
}
