using System.Numerics;
using System.Runtime.InteropServices;

namespace SafeAI.Migration.Engine.Extraction.Profiling;

/// <summary>Counts different values in bounded memory: exactly while they are few, then by HyperLogLog within about 2 percent.</summary>
internal sealed class DistinctCounter
{
    private const int Precision = 12;
    private const int RegisterCount = 1 << Precision;
    private const int MostExact = 8192;

    private HashSet<ulong>? _exact = [];
    private byte[]? _registers;

    /// <summary>Whether the count is not an estimate.</summary>
    public bool IsExact => _exact is not null;

    /// <summary>How many different values were added.</summary>
    public long Count => _exact?.Count ?? Estimate();

    public void Add(object value) => Add(value switch
    {
        string text => Hash(MemoryMarshal.AsBytes(text.AsSpan()), 1),
        byte[] bytes => Hash(bytes, 2),
        IFormattable formattable => Hash(MemoryMarshal.AsBytes(formattable.ToString(null, System.Globalization.CultureInfo.InvariantCulture).AsSpan()), 3),
        _ => Hash(MemoryMarshal.AsBytes((value.ToString() ?? "").AsSpan()), 4),
    });

    private void Add(ulong hash)
    {
        if (_exact is not null)
        {
            _exact.Add(hash);
            if (_exact.Count <= MostExact)
                return;
            _registers = new byte[RegisterCount];
            foreach (var one in _exact)
                Register(one);
            _exact = null;
            return;
        }

        Register(hash);
    }

    private void Register(ulong hash)
    {
        ref var register = ref _registers![hash >> (64 - Precision)];
        register = Math.Max(register, (byte)(BitOperations.LeadingZeroCount((hash << Precision) | (1UL << (Precision - 1))) + 1));
    }

    private long Estimate()
    {
        var sum = 0.0;
        foreach (var register in _registers!)
            sum += Math.Pow(2, -register);
        const double alpha = 0.7213 / (1 + (1.079 / RegisterCount));
        return (long)Math.Round(alpha * RegisterCount * RegisterCount / sum);
    }

    // FNV-1a with a finishing mix, so that every bit depends on every byte.
    private static ulong Hash(ReadOnlySpan<byte> bytes, byte kind)
    {
        var hash = 14695981039346656037UL ^ kind;
        foreach (var b in bytes)
            hash = (hash ^ b) * 1099511628211UL;
        hash ^= hash >> 33;
        hash *= 0xFF51AFD7ED558CCDUL;
        hash ^= hash >> 33;
        hash *= 0xC4CEB9FE1A85EC53UL;
        return hash ^ (hash >> 33);
    }
}
