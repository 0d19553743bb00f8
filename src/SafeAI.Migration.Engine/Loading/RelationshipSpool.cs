namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// Keeps relationships until all nodes are loaded, in partitions by their ends, so that batches of different
/// partition pairs that have no partition in common share no node. Beyond a number of items they lie on disk.
/// </summary>
internal sealed class RelationshipSpool(int partitions, int inMemory) : IDisposable
{
    private readonly Dictionary<(int, int), Bucket> _buckets = [];
    private readonly List<LoadItem> _recent = [];

    /// <summary>How many relationships are kept.</summary>
    public long Count { get; private set; }

    /// <summary>Whether some of them lie on disk.</summary>
    public bool IsOnDisk { get; private set; }

    public void Add(LoadItem item)
    {
        Count++;
        _recent.Add(item);
        if (_recent.Count < inMemory)
            return;
        IsOnDisk = true;
        foreach (var kept in _recent)
            BucketFor((GraphRelationship)kept.Item).Write(kept);
        _recent.Clear();
    }

    /// <summary>Everything in the order in which it came. Only while nothing lies on disk.</summary>
    public IReadOnlyList<LoadItem> InMemory => IsOnDisk ? throw new InvalidOperationException("Part of the spool lies on disk.") : _recent;

    /// <summary>The partition pairs and what is in them, each in the order in which it came.</summary>
    public IReadOnlyList<(int First, int Second, IEnumerable<LoadItem> Items)> Buckets()
    {
        var recent = _recent.ToLookup(i => PairOf((GraphRelationship)i.Item));
        return [.. _buckets.Keys.Union(recent.Select(g => g.Key))
            .Order()
            .Select(pair => (pair.Item1, pair.Item2, (_buckets.TryGetValue(pair, out var bucket) ? bucket.Read() : []).Concat(recent[pair])))];
    }

    public void Dispose()
    {
        foreach (var bucket in _buckets.Values)
            bucket.Dispose();
        _buckets.Clear();
    }

    private (int, int) PairOf(GraphRelationship relationship)
    {
        var from = PartitionOf(relationship.FromType, relationship.FromId);
        var to = PartitionOf(relationship.ToType, relationship.ToId);
        return from <= to ? (from, to) : (to, from);
    }

    private int PartitionOf(string type, string id) => (int)((uint)HashCode.Combine(type, id) % (uint)partitions);

    private Bucket BucketFor(GraphRelationship relationship)
    {
        var pair = PairOf(relationship);
        if (!_buckets.TryGetValue(pair, out var bucket))
            _buckets[pair] = bucket = new Bucket();
        return bucket;
    }

    private sealed class Bucket : IDisposable
    {
        private readonly TemporaryFile _file = new("spool");
        private readonly ItemFileWriter _writer;

        public Bucket() => _writer = new ItemFileWriter(_file.Path);

        public void Write(LoadItem item) => _writer.Write(item);

        public IEnumerable<LoadItem> Read()
        {
            _writer.Flush();
            return ItemFileReader.Read(_file.Path, _writer.Schemas, _writer.Sources);
        }

        public void Dispose()
        {
            _writer.Dispose();
            _file.Dispose();
        }
    }
}
