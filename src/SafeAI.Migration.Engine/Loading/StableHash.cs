namespace SafeAI.Migration.Engine.Loading;

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
