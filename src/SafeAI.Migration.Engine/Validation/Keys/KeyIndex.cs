using System.Numerics;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Validation.Keys;

/// <summary>The keys seen so far, each with a number.</summary>
/// <param name="largestTable">Slots in memory at most, a power of two; 24 bytes each, three quarters of them used.</param>
internal sealed class KeyIndex(int largestTable = 1 << 22) : KeyIndex<long>(largestTable);

/// <summary>
/// The keys seen so far, each with a note: tells at once whether a key was seen before, at any size. The newest
/// keys are in memory; older ones lie sorted in a temporary file, of which a filter and an index stay in memory
/// (about 2.2 bytes a key). Not safe for several threads at once.
/// </summary>
internal class KeyIndex<T> : IDisposable
    where T : unmanaged
{
    private const int SmallestTable = 1 << 10;

    private readonly int _largestTable;
    private readonly List<KeyRun<T>> _runs = [];
    private readonly KeyFilters _filters;
    private UInt128[] _keys = new UInt128[SmallestTable];
    private T[] _notes = new T[SmallestTable];
    private int _count;
    private TemporaryFile? _file;
    private FileStream? _stream;
    private MigrationException? _failure;

    /// <summary>Creates an empty index.</summary>
    /// <param name="largestTable">Slots in memory at most, a power of two; 16 bytes and a note each, three quarters of them used.</param>
    public KeyIndex(int largestTable)
    {
        _largestTable = largestTable;
        _filters = new KeyFilters(largestTable / 4 * 3);
    }

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

        for (var run = _filters.Next(key, 0); run >= 0; run = _filters.Next(key, run + 1))
        {
            if (IsIn(_runs[run], key, out note))
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
        var slot = HomeOf(key);
        while (_keys[slot] != UInt128.Zero && _keys[slot] != key)
            slot = (slot + 1) & mask;
        return slot;
    }

    // By the first bits, so that the keys lie in the table almost in order.
    private int HomeOf(UInt128 key) => (int)((ulong)(key >> 64) >> (64 - BitOperations.Log2((uint)_keys.Length)));

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
        var used = Sort();
        try
        {
            _file ??= new TemporaryFile("keys");
            _stream ??= new FileStream(_file.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, 1 << 16);
            _filters.Add(_keys.AsSpan(0, used));
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

    // Moves the keys to the front, in order. A key is never far from its place, save those that found the table's end taken and
    // went on at its front.
    private int Sort()
    {
        var carried = 0;
        while (_keys[carried] != UInt128.Zero && HomeOf(_keys[carried]) > carried)
            carried++;
        var (keys, notes) = (_keys[..carried], _notes[..carried]);
        var used = 0;
        for (var i = carried; i < _keys.Length; i++)
        {
            if (_keys[i] != UInt128.Zero)
                Insert(_keys[i], _notes[i], used++);
        }

        for (var i = 0; i < carried; i++)
            Insert(keys[i], notes[i], used++);
        return used;
    }

    private void Insert(UInt128 key, T note, int at)
    {
        for (; at > 0 && _keys[at - 1] > key; at--)
        {
            _keys[at] = _keys[at - 1];
            _notes[at] = _notes[at - 1];
        }

        _keys[at] = key;
        _notes[at] = note;
    }
}
