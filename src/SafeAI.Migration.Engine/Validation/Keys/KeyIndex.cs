using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Validation.Keys;

/// <summary>The keys seen so far, each with a number.</summary>
/// <param name="largestTable">Slots in memory at most, a power of two; 24 bytes each, three quarters of them used.</param>
internal sealed class KeyIndex(int largestTable = 1 << 22) : KeyIndex<long>(largestTable);

/// <summary>
/// The keys seen so far, each with a note: tells at once whether a key was seen before, at any size. The newest
/// keys are in memory; older ones lie sorted in a temporary file, of which a filter and an index stay in memory
/// (about 1.4 bytes a key). Not safe for several threads at once.
/// </summary>
internal class KeyIndex<T> : IDisposable
    where T : unmanaged
{
    private const int SmallestTable = 1 << 10;

    private readonly int _largestTable;
    private readonly List<KeyRun<T>> _runs = [];
    private UInt128[] _keys = new UInt128[SmallestTable];
    private T[] _notes = new T[SmallestTable];
    private int _count;
    private TemporaryFile? _file;
    private FileStream? _stream;
    private MigrationException? _failure;

    /// <summary>Creates an empty index.</summary>
    /// <param name="largestTable">Slots in memory at most, a power of two; 16 bytes and a note each, three quarters of them used.</param>
    public KeyIndex(int largestTable) => _largestTable = largestTable;

    /// <summary>Different keys seen.</summary>
    public long Count { get; private set; }

    /// <summary>Adds a key unless it is there.</summary>
    /// <param name="key">The key's fingerprint.</param>
    /// <param name="note">What to remember of it.</param>
    /// <param name="first">What was remembered when the key was added; <paramref name="note"/> if that is now.</param>
    /// <returns>Whether it was new.</returns>
    /// <exception cref="MigrationException"><see cref="ErrorCode.StoreFailed"/>: the temporary file cannot be written or read. From then on, nothing can be told.</exception>
    public bool TryAdd(UInt128 key, T note, out T first)
    {
        if (Find(key, out first, out var slot))
            return false;
        if (_count >= _keys.Length / 4 * 3)
        {
            if (_keys.Length < _largestTable)
                Grow();
            else
                WriteRun();
            slot = SlotOf(NonZero(key));
        }

        _keys[slot] = NonZero(key);
        _notes[slot] = note;
        _count++;
        Count++;
        first = note;
        return true;
    }

    /// <summary>Whether a key is there, and what is remembered of it.</summary>
    public bool Contains(UInt128 key, out T note) => Find(key, out note, out _);

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _stream?.Dispose();
        }
        catch (IOException)
        {
            // What found no room before finds none now; the file is not needed any more.
        }

        _file?.Dispose();
        GC.SuppressFinalize(this);
    }

    // An empty slot is zero; no SHA-256 that anybody will see is.
    private static UInt128 NonZero(UInt128 key) => key == UInt128.Zero ? UInt128.One : key;

    private bool Find(UInt128 key, out T note, out int slot)
    {
        if (_failure is not null)
            throw _failure;
        key = NonZero(key);
        slot = SlotOf(key);
        if (_keys[slot] == key)
        {
            note = _notes[slot];
            return true;
        }

        foreach (var run in _runs)
        {
            if (run.MayContain(key) && IsIn(run, key, out note))
                return true;
        }

        note = default;
        return false;
    }

    private bool IsIn(KeyRun<T> run, UInt128 key, out T note)
    {
        try
        {
            return run.TryFind(_stream!.SafeFileHandle, key, out note);
        }
        catch (IOException e)
        {
            throw _failure = new MigrationException(
                ErrorCode.StoreFailed, $"The keys seen so far cannot be read from {_file!.Path}: {e.Message}", "Run the check again.", e);
        }
    }

    private int SlotOf(UInt128 key)
    {
        var mask = _keys.Length - 1;
        var slot = (int)(ulong)key & mask;
        while (_keys[slot] != UInt128.Zero && _keys[slot] != key)
            slot = (slot + 1) & mask;
        return slot;
    }

    private void Grow()
    {
        var (keys, notes) = (_keys, _notes);
        _keys = new UInt128[keys.Length * 2];
        _notes = new T[keys.Length * 2];
        for (var i = 0; i < keys.Length; i++)
        {
            if (keys[i] == UInt128.Zero)
                continue;
            var slot = SlotOf(keys[i]);
            _keys[slot] = keys[i];
            _notes[slot] = notes[i];
        }
    }

    private void WriteRun()
    {
        var used = 0;
        for (var i = 0; i < _keys.Length; i++)
        {
            if (_keys[i] == UInt128.Zero)
                continue;
            _keys[used] = _keys[i];
            _notes[used] = _notes[i];
            used++;
        }

        Array.Sort(_keys, _notes, 0, used);
        try
        {
            _file ??= new TemporaryFile("keys");
            _stream ??= new FileStream(_file.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, 1 << 16);
            _runs.Add(KeyRun<T>.Write(_stream, _keys.AsSpan(0, used), _notes.AsSpan(0, used)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The table is in disorder now: whatever it said of a key could be wrong.
            throw _failure = new MigrationException(
                ErrorCode.StoreFailed, $"The keys seen so far cannot be written to {_file?.Path ?? Path.GetTempPath()}: {e.Message}",
                "Make room in the folder for temporary files, or name another with the environment variable TMPDIR (TEMP on Windows).", e);
        }

        Array.Clear(_keys);
        _count = 0;
    }
}

/// <summary>Keys that were written to a file in order.</summary>
internal sealed class KeyRun<T>
    where T : unmanaged
{
    private const int BlockSize = 128;
    private const int BitsPerKey = 10;

    private readonly long _offset;
    private readonly int _count;
    private readonly UInt128[] _blocks;
    private readonly ulong[] _filter;

    private KeyRun(long offset, int count)
    {
        _offset = offset;
        _count = count;
        _blocks = new UInt128[(count + BlockSize - 1) / BlockSize];
        _filter = new ulong[(int)(((long)count * BitsPerKey + 63) / 64) + 1];
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        public ulong Upper;
        public ulong Lower;
        public T Note;

        public readonly UInt128 Key => new(Upper, Lower);
    }

    /// <summary>Writes keys in ascending order at the file's end.</summary>
    public static KeyRun<T> Write(FileStream file, ReadOnlySpan<UInt128> keys, ReadOnlySpan<T> notes)
    {
        file.Position = file.Length;
        var run = new KeyRun<T>(file.Position, keys.Length);
        Span<Entry> block = stackalloc Entry[BlockSize];
        for (var start = 0; start < keys.Length; start += BlockSize)
        {
            var length = Math.Min(BlockSize, keys.Length - start);
            run._blocks[start / BlockSize] = keys[start];
            for (var i = 0; i < length; i++)
            {
                var key = keys[start + i];
                block[i] = new Entry { Upper = (ulong)(key >> 64), Lower = (ulong)key, Note = notes[start + i] };
                run.SetFilter(key);
            }

            file.Write(MemoryMarshal.AsBytes(block[..length]));
        }

        file.Flush();
        return run;
    }

    /// <summary>False where the key is certainly not in this run; true for it and for about one other in a hundred.</summary>
    public bool MayContain(UInt128 key)
    {
        var (hash, step) = Hashes(key);
        for (var i = 0; i < 5; i++, hash += step)
        {
            var bit = BitOf(hash);
            if ((_filter[bit >> 6] & (1UL << (int)(bit & 63))) == 0)
                return false;
        }

        return true;
    }

    /// <summary>Looks the key up in the file.</summary>
    public bool TryFind(Microsoft.Win32.SafeHandles.SafeFileHandle file, UInt128 key, out T note)
    {
        note = default;
        var at = Array.BinarySearch(_blocks, key);
        var block = at >= 0 ? at : ~at - 1;
        if (block < 0)
            return false;
        Span<Entry> entries = stackalloc Entry[BlockSize];
        entries = entries[..Math.Min(BlockSize, _count - block * BlockSize)];
        var bytes = MemoryMarshal.AsBytes(entries);
        var offset = _offset + (long)block * BlockSize * Unsafe.SizeOf<Entry>();
        for (var done = 0; done < bytes.Length;)
        {
            var read = RandomAccess.Read(file, bytes[done..], offset + done);
            if (read == 0)
                throw new MigrationException(ErrorCode.StoreFailed, "The temporary file of the keys seen so far was cut short.", "Run the check again.");
            done += read;
        }

        var (low, high) = (0, entries.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var found = entries[middle].Key;
            if (found == key)
            {
                note = entries[middle].Note;
                return true;
            }

            if (found < key)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return false;
    }

    private void SetFilter(UInt128 key)
    {
        var (hash, step) = Hashes(key);
        for (var i = 0; i < 5; i++, hash += step)
        {
            var bit = BitOf(hash);
            _filter[bit >> 6] |= 1UL << (int)(bit & 63);
        }
    }

    private static (ulong Hash, ulong Step) Hashes(UInt128 key) => ((ulong)(key >> 64), (ulong)key | 1);

    private long BitOf(ulong hash) => (long)Math.BigMul(hash, (ulong)_filter.Length * 64, out _);
}
