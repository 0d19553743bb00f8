using System.Runtime.InteropServices;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>Hashes in ascending order in a temporary file, of which the first of each block stays in memory.</summary>
internal sealed class HashRun : IDisposable
{
    private const int BlockLength = 512;

    private readonly TemporaryFile _file = new("sent");
    private readonly FileStream _stream;
    private readonly List<ulong> _firsts = [];
    private long _count;

    private HashRun(int size)
    {
        Size = size;
        try
        {
            _stream = new FileStream(_file.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>How often the hashes were put together with others.</summary>
    public int Size { get; }

    /// <summary>Writes hashes.</summary>
    /// <param name="hashes">Holds them, in ascending order.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="size">See <see cref="Size"/>.</param>
    public static HashRun Write(IEnumerable<ulong> hashes, long count, int size)
    {
        var run = new HashRun(size);
        try
        {
            run._firsts.Capacity = (int)(count / BlockLength) + 1;
            var block = new ulong[BlockLength];
            var used = 0;
            foreach (var hash in hashes)
            {
                block[used++] = hash;
                if (used == BlockLength)
                    Flush();
            }

            Flush();
            return run;

            void Flush()
            {
                if (used == 0)
                    return;
                run._firsts.Add(block[0]);
                run._stream.Write(MemoryMarshal.AsBytes(block.AsSpan(0, used)));
                run._count += used;
                used = 0;
            }
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    /// <summary>Puts runs together; they stay as they are.</summary>
    public static HashRun Merge(IReadOnlyList<HashRun> runs) => Write(InOrder(runs), runs.Sum(r => r._count), runs[^1].Size + 1);

    /// <summary>Whether a hash is there.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public bool Contains(ulong hash)
    {
        var at = _firsts.BinarySearch(hash);
        if (at >= 0)
            return true;
        if (at == ~0)
            return false;
        Span<ulong> block = stackalloc ulong[BlockLength];
        block = block[..Read(~at - 1, block)];
        return block.BinarySearch(hash) >= 0;
    }

    public void Dispose()
    {
        _stream.Dispose();
        _file.Dispose();
    }

    private static IEnumerable<ulong> InOrder(IReadOnlyList<HashRun> runs)
    {
        var next = new PriorityQueue<IEnumerator<ulong>, ulong>();
        foreach (var hashes in runs.Select(r => r.All().GetEnumerator()))
        {
            if (hashes.MoveNext())
                next.Enqueue(hashes, hashes.Current);
        }

        while (next.TryPeek(out var hashes, out var hash))
        {
            yield return hash;
            if (hashes.MoveNext())
                next.DequeueEnqueue(hashes, hashes.Current);
            else
                next.Dequeue();
        }
    }

    private IEnumerable<ulong> All()
    {
        var block = new ulong[BlockLength];
        for (var number = 0; number < _firsts.Count; number++)
        {
            var length = Read(number, block);
            for (var i = 0; i < length; i++)
                yield return block[i];
        }
    }

    private int Read(int number, Span<ulong> block)
    {
        var offset = (long)number * BlockLength;
        block = block[..(int)Math.Min(BlockLength, _count - offset)];
        var bytes = MemoryMarshal.AsBytes(block);
        for (var done = 0; done < bytes.Length;)
        {
            var read = RandomAccess.Read(_stream.SafeFileHandle, bytes[done..], (offset * sizeof(ulong)) + done);
            if (read == 0)
                throw new EndOfStreamException($"The file {_file.Path} was cut short.");
            done += read;
        }

        return block.Length;
    }
}
