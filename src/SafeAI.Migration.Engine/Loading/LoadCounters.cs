namespace SafeAI.Migration.Engine.Loading;

/// <summary>Counts of items and batches of a run. Safe for several threads.</summary>
internal sealed class LoadCounters
{
    private readonly long[] _nodes = new long[3];
    private readonly long[] _relationships = new long[3];
    private long _batches;
    private long _rejectedItems;

    public ItemCounts Nodes => Snapshot(_nodes);

    public ItemCounts Relationships => Snapshot(_relationships);

    public long Batches => Interlocked.Read(ref _batches);

    public long RejectedItems => Interlocked.Read(ref _rejectedItems);

    /// <summary>Nodes and relationships that were created, by type.</summary>
    public System.Collections.Concurrent.ConcurrentDictionary<(bool IsNode, string Type), long> CreatedByType { get; } = new();

    /// <summary>Nodes that have a further label since this run, by label.</summary>
    public System.Collections.Concurrent.ConcurrentDictionary<string, long> GainedByLabel { get; } = new();

    /// <summary>Counts the further labels that a node of a batch has and did not have before.</summary>
    public void CountLabels(BatchKey key, IReadOnlyList<string>? before)
    {
        foreach (var label in key.Labels.Length == 0 ? [] : key.LabelList.Except(before ?? []))
            GainedByLabel.AddOrUpdate(label, 1, (_, gained) => gained + 1);
    }

    public void Count(BatchKey key, long created = 0, long updated = 0, long unchanged = 0)
    {
        var counts = key.IsNode ? _nodes : _relationships;
        Interlocked.Add(ref counts[0], created);
        Interlocked.Add(ref counts[1], updated);
        Interlocked.Add(ref counts[2], unchanged);
        if (created > 0)
            CreatedByType.AddOrUpdate((key.IsNode, key.Type), created, (_, before) => before + created);
    }

    public void AddBatch() => Interlocked.Increment(ref _batches);

    public void AddRejectedItem() => Interlocked.Increment(ref _rejectedItems);

    private static ItemCounts Snapshot(long[] counts) =>
        new(Interlocked.Read(ref counts[0]), Interlocked.Read(ref counts[1]), Interlocked.Read(ref counts[2]));
}
