using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Graph;

/// <summary>
/// Distinct values in Cypher's order with their entities, as a list of blocks: finding a place costs two binary searches,
/// a change moves at most one block.
/// </summary>
internal sealed class SortedEntries
{
    private const int BlockSize = 512;

    private readonly List<Block> _blocks = [];

    public static SortedEntries Of(Dictionary<object, Entity> entries)
    {
        var keys = new object[entries.Count];
        var entities = new Entity[entries.Count];
        var next = 0;
        foreach (var (key, entity) in entries)
        {
            keys[next] = key;
            entities[next++] = entity;
        }

        Array.Sort(keys, entities, ValueComparison.Order);
        var sorted = new SortedEntries();
        const int Fill = BlockSize * 3 / 4;
        for (var start = 0; start < keys.Length; start += Fill)
        {
            var block = new Block { Count = Math.Min(Fill, keys.Length - start) };
            Array.Copy(keys, start, block.Keys, 0, block.Count);
            Array.Copy(entities, start, block.Entities, 0, block.Count);
            sorted._blocks.Add(block);
        }

        return sorted;
    }

    public void Add(object key, Entity entity)
    {
        if (_blocks.Count == 0)
            _blocks.Add(new Block());
        var number = BlockOf(key);
        var block = _blocks[number];
        if (block.Count == BlockSize)
        {
            var upper = block.Split();
            _blocks.Insert(number + 1, upper);
            if (ValueComparison.Order.Compare(key, upper.Keys[0]) >= 0)
                block = upper;
        }

        var place = block.LowerBound(key);
        block.Insert(place, key, entity);
    }

    public void Remove(object key)
    {
        var number = BlockOf(key);
        var block = _blocks[number];
        block.RemoveAt(block.LowerBound(key));
        if (block.Count == 0)
            _blocks.RemoveAt(number);
    }

    /// <summary>
    /// The entities between two keys; a bound that is null is open. The caller stops where it likes.
    /// </summary>
    public IEnumerable<Entity> Range(object? low, bool lowInclusive, object? high, bool highInclusive, bool descending) =>
        descending ? Down(low, lowInclusive, high, highInclusive) : Up(low, lowInclusive, high, highInclusive);

    private IEnumerable<Entity> Up(object? low, bool lowInclusive, object? high, bool highInclusive)
    {
        if (_blocks.Count == 0)
            yield break;
        var number = low is null ? 0 : BlockOf(low);
        var place = low is null ? 0 : _blocks[number].Bound(low, after: !lowInclusive);
        for (; number < _blocks.Count; number++, place = 0)
        {
            var block = _blocks[number];
            var end = high is null || ValueComparison.Order.Compare(block.Keys[block.Count - 1], high) < 0
                ? block.Count
                : block.Bound(high, after: highInclusive);
            for (; place < end; place++)
            {
                yield return block.Entities[place];
            }

            if (end < block.Count)
                yield break;
        }
    }

    private IEnumerable<Entity> Down(object? low, bool lowInclusive, object? high, bool highInclusive)
    {
        if (_blocks.Count == 0)
            yield break;
        var number = high is null ? _blocks.Count - 1 : BlockOf(high);
        var place = high is null ? _blocks[number].Count : _blocks[number].Bound(high, after: highInclusive);
        while (true)
        {
            var block = _blocks[number];
            var start = low is null || ValueComparison.Order.Compare(block.Keys[0], low) > 0 ? 0 : block.Bound(low, after: !lowInclusive);
            while (--place >= start)
            {
                yield return block.Entities[place];
            }

            if (start > 0 || --number < 0)
                yield break;
            place = _blocks[number].Count;
        }
    }

    // The last block whose first key is not above the key.
    private int BlockOf(object key)
    {
        var (low, high) = (0, _blocks.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (ValueComparison.Order.Compare(_blocks[middle].Keys[0], key) <= 0)
                low = middle;
            else
                high = middle - 1;
        }

        return low;
    }

    private sealed class Block
    {
        public readonly object[] Keys = new object[BlockSize];
        public readonly Entity[] Entities = new Entity[BlockSize];

        public int Count { get; set; }

        public int LowerBound(object key) => Bound(key, after: false);

        public int Bound(object key, bool after)
        {
            var (low, high) = (0, Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                var order = ValueComparison.Order.Compare(Keys[middle], key);
                if (order < 0 || (after && order == 0))
                    low = middle + 1;
                else
                    high = middle;
            }

            return low;
        }

        public void Insert(int place, object key, Entity entity)
        {
            Array.Copy(Keys, place, Keys, place + 1, Count - place);
            Array.Copy(Entities, place, Entities, place + 1, Count - place);
            Keys[place] = key;
            Entities[place] = entity;
            Count++;
        }

        public void RemoveAt(int place)
        {
            Count--;
            Array.Copy(Keys, place + 1, Keys, place, Count - place);
            Array.Copy(Entities, place + 1, Entities, place, Count - place);
            Keys[Count] = null!;
            Entities[Count] = null!;
        }

        public Block Split()
        {
            var upper = new Block();
            var half = Count / 2;
            upper.Count = Count - half;
            Array.Copy(Keys, half, upper.Keys, 0, upper.Count);
            Array.Copy(Entities, half, upper.Entities, 0, upper.Count);
            Array.Clear(Keys, half, upper.Count);
            Array.Clear(Entities, half, upper.Count);
            Count = half;
            return upper;
        }
    }
}
