using System.Numerics;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// Remembers which ids a run has sent: it never forgets one, and takes hardly any other for one that was sent. Needs
/// the same memory for any number: the newest are in memory, older ones lie as sorted hashes in temporary files, and a filter
/// of a fixed size says of most ids that they are not there. Safe for several threads.
/// </summary>
/// <param name="mostInMemory">How many ids are kept in memory before they go to a file.</param>
/// <param name="filterBytes">How big the filter is, a power of two.</param>
internal sealed class SentIds(int mostInMemory = 1 << 16, int filterBytes = 8 << 20) : IDisposable
{
    private const int WordsPerBlock = 8;
    private const int Looks = 4;

    // As many files of about one size become one, so that few have to be asked and each id is written few times.
    private const int FilesPerSize = 4;

    private readonly object _lock = new();
    private readonly List<HashRun> _runs = [];
    private readonly ulong[] _newest = new ulong[BitOperations.RoundUpToPowerOf2((uint)mostInMemory * 2)];
    private readonly ulong[] _sorted = new ulong[mostInMemory];
    private int _count;
    private ulong[]? _filter;
    private bool _isFileLost;

    /// <summary>Adds an id.</summary>
    /// <returns>False where it is certain that the id was not there before.</returns>
    public bool Add(BatchKey key, string id)
    {
        var hash = HashOf(key, id);
        lock (_lock)
        {
            var slot = SlotOf(hash);
            if (_newest[slot] == hash || (_filter is not null && IsInFilter(hash) && IsInFiles(hash)))
                return true;
            _newest[slot] = hash;
            if (++_count == mostInMemory)
                PutAside();
            return false;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var run in _runs)
                run.Dispose();
            _runs.Clear();
        }
    }

    // An empty slot is zero.
    private static ulong HashOf(BatchKey key, string id) => Math.Max(1, StableHash.Of(key.Type, id, key.IsNode));

    private int SlotOf(ulong hash)
    {
        var mask = _newest.Length - 1;
        var slot = (int)hash & mask;
        while (_newest[slot] != 0 && _newest[slot] != hash)
            slot = (slot + 1) & mask;
        return slot;
    }

    private void PutAside()
    {
        _filter ??= new ulong[filterBytes / sizeof(ulong)];
        var used = 0;
        foreach (var hash in _newest)
        {
            if (hash == 0)
                continue;
            _sorted[used++] = hash;
            AddToFilter(hash);
        }

        Array.Clear(_newest);
        _count = 0;
        if (_isFileLost)
            return;
        try
        {
            Array.Sort(_sorted);
            _runs.Add(HashRun.Write(_sorted, _sorted.Length, size: 0));
            while (_runs.Count >= FilesPerSize && _runs[^FilesPerSize].Size == _runs[^1].Size)
                Merge();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LoseFiles();
        }
    }

    private void Merge()
    {
        var merged = _runs[^FilesPerSize..];
        var run = HashRun.Merge(merged);
        _runs.RemoveRange(_runs.Count - FilesPerSize, FilesPerSize);
        _runs.Add(run);
        foreach (var old in merged)
            old.Dispose();
    }

    private bool IsInFiles(ulong hash)
    {
        try
        {
            return _isFileLost || _runs.Exists(r => r.Contains(hash));
        }
        catch (IOException)
        {
            LoseFiles();
            return true;
        }
    }

    // Without the files the filter is taken at its word: more ids are asked for at the destination than need be, none is missed.
    private void LoseFiles()
    {
        _isFileLost = true;
        Dispose();
    }

    // All bits of a hash lie in one block of as many bytes as the processor reads at once.
    private void AddToFilter(ulong hash)
    {
        var block = BlockOf(hash);
        for (var look = 0; look < Looks; look++)
        {
            var bit = (int)(hash >> (9 * look)) & 511;
            _filter![block + (bit >> 6)] |= 1UL << (bit & 63);
        }
    }

    private bool IsInFilter(ulong hash)
    {
        var block = BlockOf(hash);
        for (var look = 0; look < Looks; look++)
        {
            var bit = (int)(hash >> (9 * look)) & 511;
            if ((_filter![block + (bit >> 6)] & 1UL << (bit & 63)) == 0)
                return false;
        }

        return true;
    }

    private int BlockOf(ulong hash) => (int)((hash >> 36) & (uint)((_filter!.Length / WordsPerBlock) - 1)) * WordsPerBlock;
}
