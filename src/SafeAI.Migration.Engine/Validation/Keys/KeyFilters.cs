using System.Numerics;

namespace SafeAI.Migration.Engine.Validation.Keys;

/// <summary>
/// Tells which of many sets of keys may hold a key: a Bloom filter of each (Bloom, Space/Time Trade-offs in Hash Coding with
/// Allowable Errors, 1970) with 16 bits a key and eight hashes, so that about one key in 1,700 is looked for in vain. The bits
/// that small sets have in one place lie beside each other, so that up to 64 sets are asked with eight looks at memory at most.
/// </summary>
internal sealed class KeyFilters
{
    private const int BitsPerKey = 16;
    private const int Looks = 8;
    private const long BytesPerGroup = 4 << 20;

    private readonly long _places;
    private readonly int _width;
    private readonly List<ulong[]> _groups = [];
    private int _count;

    /// <param name="largestSet">How many keys the largest set will have.</param>
    public KeyFilters(int largestSet)
    {
        _places = ((long)largestSet * BitsPerKey) + 64;
        _width = (int)BitOperations.RoundUpToPowerOf2((ulong)Math.Clamp(BytesPerGroup * 8 / _places / 2, 1, 64));
    }

    /// <summary>Adds a set; sets are numbered from 0 in the order in which they are added.</summary>
    public void Add(ReadOnlySpan<UInt128> keys)
    {
        if (_count % _width == 0)
            _groups.Add(new ulong[((_places * _width) + 63) / 64]);
        var words = _groups[^1];
        var own = _count % _width;
        foreach (var key in keys)
        {
            var (hash, step) = Hashes(key);
            for (var look = 0; look < Looks; look++, hash += step)
            {
                var bit = BitOf(hash) + own;
                words[bit >> 6] |= 1UL << (int)(bit & 63);
            }
        }

        _count++;
    }

    /// <summary>The first set from one on that may hold the key; -1 where certainly none does.</summary>
    public int Next(UInt128 key, int from)
    {
        var (first, step) = Hashes(key);
        for (var group = from / _width; group < _groups.Count; group++)
        {
            var words = _groups[group];
            var start = group * _width;
            // Sets that are not there yet have no bits; those of the next place are not asked.
            var sets = (ulong.MaxValue >> (64 - _width)) & (ulong.MaxValue << Math.Max(0, from - start));
            var hash = first;
            for (var look = 0; look < Looks && sets != 0; look++, hash += step)
            {
                var bit = BitOf(hash);
                sets &= words[bit >> 6] >> (int)(bit & 63);
            }

            if (sets != 0)
                return start + BitOperations.TrailingZeroCount(sets);
        }

        return -1;
    }

    private static (ulong Hash, ulong Step) Hashes(UInt128 key) => ((ulong)(key >> 64), (ulong)key | 1);

    // The bits of one place never lie in two words, as their number is a power of two of at most 64.
    private long BitOf(ulong hash) => (long)Math.BigMul(hash, (ulong)_places, out _) * _width;
}
