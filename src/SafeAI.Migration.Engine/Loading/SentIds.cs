namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// Remembers roughly which ids a run has written, three bytes an id: it never forgets one, and takes about one in a hundred
/// thousand for one that was written. Safe for several threads.
/// </summary>
internal sealed class SentIds
{
    private const int Bits = 1 << 24;
    private const int Most = Bits / 24;
    private const int Probes = 8;

    private readonly object _lock = new();
    private readonly List<ulong[]> _filters = [];
    private int _inLast;

    public void Add(BatchKey key, string id)
    {
        var hash = StableHash.Of(key.Type, id, key.IsNode);
        lock (_lock)
        {
            if (_filters.Count == 0 || _inLast == Most)
            {
                _filters.Add(new ulong[Bits / 64]);
                _inLast = 0;
            }

            _inLast++;
            var filter = _filters[^1];
            for (var i = 0; i < Probes; i++)
            {
                var bit = BitOf(hash, i);
                filter[bit >> 6] |= 1UL << (bit & 63);
            }
        }
    }

    public bool MayContain(BatchKey key, string id)
    {
        var hash = StableHash.Of(key.Type, id, key.IsNode);
        lock (_lock)
            return _filters.Exists(f => IsIn(f, hash));
    }

    private static bool IsIn(ulong[] filter, ulong hash)
    {
        for (var i = 0; i < Probes; i++)
        {
            var bit = BitOf(hash, i);
            if ((filter[bit >> 6] & 1UL << (bit & 63)) == 0)
                return false;
        }

        return true;
    }

    private static int BitOf(ulong hash, int probe) => (int)((hash + (ulong)probe * ((hash >> 32) | 1)) % Bits);
}

/// <summary>A hash of texts that is the same in every process.</summary>
internal static class StableHash
{
    public static ulong Of(string first, string second, bool flag = false)
    {
        var hash = Add(Add(flag ? 0x9E3779B97F4A7C15 : 0xCBF29CE484222325, first), second);

        // The last characters differ most: they are to reach all bits.
        hash ^= hash >> 33;
        hash *= 0xFF51AFD7ED558CCD;
        hash ^= hash >> 33;
        hash *= 0xC4CEB9FE1A85EC53;
        return hash ^ hash >> 33;
    }

    private static ulong Add(ulong hash, string text)
    {
        foreach (var c in text)
            hash = (hash ^ c) * 0x100000001B3;
        return (hash ^ 0xFFFF) * 0x100000001B3;
    }
}
