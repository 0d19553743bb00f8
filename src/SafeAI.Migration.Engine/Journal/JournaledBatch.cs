using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Journal;

/// <summary>What is known of a batch.</summary>
internal enum BatchState
{
    /// <summary>It may have been sent; whether it arrived is not known.</summary>
    Sent = 0,

    /// <summary>Its outcome is known, item by item.</summary>
    Confirmed = 1,

    /// <summary>Nothing of it was written: the destination refused it.</summary>
    NotWritten = 2,

    /// <summary>
    /// It may have been sent by a process that died; asked afterwards, the destination did not have it, and its items were
    /// sent again in other batches. It may arrive later than the question.
    /// </summary>
    NotFound = 3,
}

/// <summary>What became of an item of a batch.</summary>
internal enum ItemOutcome : byte
{
    /// <summary>Not known yet.</summary>
    Pending = 0,

    /// <summary>It was there with the same values, and was not written.</summary>
    Unchanged = 1,

    /// <summary>It is new.</summary>
    Created = 2,

    /// <summary>It was there with other values.</summary>
    Updated = 3,

    /// <summary>It was turned away.</summary>
    Rejected = 4,

    /// <summary>This batch left it as it was; it comes again in another one.</summary>
    NotWritten = 5,
}

/// <summary>A batch of a run as the journal keeps it.</summary>
/// <param name="Number">Its number in the run; later batches have greater ones.</param>
/// <param name="Key">What its items have in common.</param>
/// <param name="State">What is known of it.</param>
/// <param name="Items">Its items, each id once.</param>
/// <param name="Temporals">The properties of the type that hold points in time, which an answer gives as text.</param>
internal sealed record JournaledBatch(
    long Number, BatchKey Key, BatchState State, IReadOnlyList<JournaledItem> Items, IReadOnlyDictionary<string, Type> Temporals)
{
    /// <summary>The hash of an item as the destination gives it, to be compared with <see cref="JournaledItem.AfterHash"/>.</summary>
    public byte[] HashOf(GraphItem present) => HashOf(present, present.Properties, (present as GraphNode)?.Labels);

    /// <summary>The hash of an item with other properties and further labels than its own.</summary>
    public byte[] HashOf(GraphItem item, PropertySet properties, IEnumerable<string>? labels) =>
        GraphContent.Hash(item, TemporalProperties.Restore(properties, Temporals), labels);
}

/// <summary>An item of a batch.</summary>
internal sealed class JournaledItem
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>The id of the node where it starts; null for a node.</summary>
    public string? FromId { get; init; }

    /// <summary>The id of the node where it ends; null for a node.</summary>
    public string? ToId { get; init; }

    /// <summary>The hash of its content once the batch is written, as <see cref="GraphContent"/> makes it.</summary>
    public required byte[] AfterHash { get; set; }

    /// <summary>Whether it was there before the batch.</summary>
    public bool Existed => Before is not null;

    /// <summary>The properties that it had before the batch; null where it was not there, or does not change.</summary>
    public PropertySet? Before { get; set; }

    /// <summary>The further labels that it had before the batch; null where it was not there, or is a relationship.</summary>
    public IReadOnlyList<string>? LabelsBefore { get; set; }

    /// <summary>What became of it.</summary>
    public ItemOutcome Outcome { get; set; }

    /// <summary>The records that it was made of, in their order; at least one.</summary>
    public required IReadOnlyList<JournaledTicket> Tickets { get; init; }
}

/// <summary>A record's part in an item.</summary>
/// <param name="Ticket">The record's place in the accounts.</param>
/// <param name="ContentHash">A short hash of what this record alone asks for.</param>
internal readonly record struct JournaledTicket(RecordTicket Ticket, ulong ContentHash);
