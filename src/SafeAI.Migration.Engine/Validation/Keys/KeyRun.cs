using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SafeAI.Migration.Engine.Validation.Keys;

/// <summary>Keys that were written to a file in order.</summary>
internal sealed class KeyRun<T>
    where T : unmanaged
{
    private const int BlockSize = 128;

    private readonly long _offset;
    private readonly int _count;
    private readonly UInt128[] _blocks;

    private KeyRun(long offset, int count)
    {
        _offset = offset;
        _count = count;
        _blocks = new UInt128[(count + BlockSize - 1) / BlockSize];
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
                block[i] = new Entry { Upper = (ulong)(keys[start + i] >> 64), Lower = (ulong)keys[start + i], Note = notes[start + i] };

            file.Write(MemoryMarshal.AsBytes(block[..length]));
        }

        file.Flush();
        return run;
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
}
