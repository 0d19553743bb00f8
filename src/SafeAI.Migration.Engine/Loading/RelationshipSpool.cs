using System.Buffers.Binary;
using SafeAI.Migration.Engine.Journal;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// Keeps relationships until all nodes are loaded, in partitions by their ends, so that batches of different
/// partition pairs that have no partition in common share no node. Beyond a number of items they lie in a file, in blocks
/// of one pair each; a file of the run's own lets another process go on with them.
/// </summary>
internal sealed class RelationshipSpool : IDisposable
{
    private const uint Magic = 0x4C525331; // "1SRL" in the file
    private const int HeaderLength = 8;
    private const int BlockHeaderLength = 16;

    private readonly RecordAccounts _accounts;
    private readonly SpoolShapes _shapes = new();
    private readonly SortedDictionary<(int First, int Second), Bucket> _buckets = [];
    private readonly string? _path;
    private readonly int _inMemory;
    private readonly List<NumberRange> _gaps = [];
    private readonly MemoryStream _block = new();
    private int _partitions;
    private int _waiting;
    private long _length;
    private TemporaryFile? _temporary;
    private FileStream? _file;
    private MigrationException? _failure;

    /// <summary>Creates an empty spool.</summary>
    /// <param name="accounts">Knows the streams of the records.</param>
    /// <param name="partitions">How many partitions the nodes are in.</param>
    /// <param name="inMemory">Beyond how many relationships they go to the file.</param>
    /// <param name="path">The run's own file; null for a temporary one.</param>
    public RelationshipSpool(RecordAccounts accounts, int partitions, int inMemory, string? path = null)
    {
        (_accounts, _partitions, _inMemory, _path) = (accounts, partitions, inMemory, path);
    }

    /// <summary>How many relationships are kept.</summary>
    public long Count { get; private set; }

    /// <summary>The number of the last relationship that came.</summary>
    public long LastNumber { get; private set; }

    /// <summary>How many bytes are in the file.</summary>
    public long Length => _length;

    /// <summary>The numbers that do not count: relationships of a stretch that an earlier process began to read and this one reads again.</summary>
    public IReadOnlyList<NumberRange> Gaps => _gaps;

    /// <summary>Goes on with the file of an earlier process.</summary>
    /// <param name="length">How many bytes of it are whole.</param>
    /// <param name="lastNumber">The last relationship of it that counts; those behind it come again.</param>
    /// <param name="gaps">The numbers before that one that do not count.</param>
    public void Resume(long length, long lastNumber, IReadOnlyList<NumberRange> gaps)
    {
        if (length == 0 || _path is null)
            return;
        var file = OpenFile(FileMode.Open);
        Span<byte> header = stackalloc byte[HeaderLength];
        file.ReadExactly(header);
        if (file.Length < length || BinaryPrimitives.ReadUInt32LittleEndian(header) != Magic)
            throw new MigrationException(ErrorCode.JournalFailed, $"{_path} is not what the run kept its relationships in.", "Restore the file, or begin the run anew.");
        _partitions = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        Span<byte> block = stackalloc byte[BlockHeaderLength];
        for (long at = HeaderLength; at < length;)
        {
            file.Position = at;
            file.ReadExactly(block);
            var size = BinaryPrimitives.ReadInt32LittleEndian(block);
            var pair = ((int)BinaryPrimitives.ReadUInt16LittleEndian(block[4..]), (int)BinaryPrimitives.ReadUInt16LittleEndian(block[6..]));
            LastNumber = Math.Max(LastNumber, BinaryPrimitives.ReadInt64LittleEndian(block[8..]));
            BucketOf(pair).Blocks.Add((at + BlockHeaderLength, size));
            at += BlockHeaderLength + size;
        }

        file.SetLength(length);
        _length = length;
        _gaps.AddRange(gaps);
        if (LastNumber > lastNumber)
            _gaps.Add(new NumberRange(lastNumber + 1, LastNumber));
        Count = LastNumber - _gaps.Sum(g => g.Last - g.First + 1);
    }

    public void Add(LoadItem item)
    {
        Count++;
        BucketOf(PairOf((GraphRelationship)item.Item)).Waiting.Add(item with { Number = ++LastNumber });
        if (++_waiting >= _inMemory)
            Write();
    }

    /// <summary>Brings everything to the disk.</summary>
    /// <returns>The file's length.</returns>
    public long Flush()
    {
        if (_waiting > 0)
            Write();
        try
        {
            _file?.Flush(flushToDisk: true);
        }
        catch (IOException e)
        {
            throw Fail(e);
        }

        return _length;
    }

    /// <summary>The partition pairs and what is in them, each in the order in which it came.</summary>
    public IReadOnlyList<(int First, int Second, IEnumerable<LoadItem> Items)> Buckets() =>
        [.. _buckets.Where(b => b.Value.Blocks.Count + b.Value.Waiting.Count > 0).Select(b => (b.Key.First, b.Key.Second, Items(b.Value)))];

    /// <summary>Everything in the order in which it came, all at once in memory.</summary>
    public IEnumerable<LoadItem> InOrder() => _buckets.Values.SelectMany(Items).OrderBy(i => i.Number);

    /// <summary>The same relationships in another number of partitions, in a file of their own. This spool must stay as it is while that one is used.</summary>
    public RelationshipSpool Divide(int partitions)
    {
        var other = new RelationshipSpool(_accounts, partitions, _inMemory);
        try
        {
            // Those of one id have the same ends, and so stay in their order.
            foreach (var item in _buckets.Values.SelectMany(Items))
                other.Add(item);
            return other;
        }
        catch
        {
            other.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        try
        {
            _file?.Dispose();
        }
        catch (IOException) when (_failure is not null)
        {
            // What is still to be written finds no room, as was said.
        }

        _temporary?.Dispose();
        _buckets.Clear();
    }

    private IEnumerable<LoadItem> Items(Bucket bucket)
    {
        foreach (var block in bucket.Blocks)
        {
            foreach (var item in ReadBlock(block))
            {
                if (!_gaps.Exists(g => g.First <= item.Number && item.Number <= g.Last))
                    yield return item;
            }
        }

        foreach (var item in bucket.Waiting)
            yield return item;
    }

    private List<LoadItem> ReadBlock((long Offset, int Size) block)
    {
        var data = new byte[block.Size];
        lock (_shapes)
        {
            _file!.Position = block.Offset;
            _file.ReadExactly(data);
        }

        return SpoolBlock.Read(data, _accounts, _shapes);
    }

    private void Write()
    {
        // After a failure nobody knows what of a block is on the disk.
        if (_failure is not null)
            throw _failure;
        try
        {
            WriteBlocks();
        }
        catch (IOException e)
        {
            throw Fail(e);
        }
    }

    private void WriteBlocks()
    {
        if (_file is null)
        {
            var file = OpenFile(FileMode.Create);
            Span<byte> start = stackalloc byte[HeaderLength];
            BinaryPrimitives.WriteUInt32LittleEndian(start, Magic);
            BinaryPrimitives.WriteInt32LittleEndian(start[4..], _partitions);
            file.Write(start);
            _length = HeaderLength;
        }

        _file!.Position = _length;
        Span<byte> header = stackalloc byte[BlockHeaderLength];
        foreach (var (pair, bucket) in _buckets)
        {
            if (bucket.Waiting.Count == 0)
                continue;
            var data = SpoolBlock.Write(_block, bucket.Waiting, _shapes);
            BinaryPrimitives.WriteInt32LittleEndian(header, data.Length);
            BinaryPrimitives.WriteUInt16LittleEndian(header[4..], (ushort)pair.First);
            BinaryPrimitives.WriteUInt16LittleEndian(header[6..], (ushort)pair.Second);
            BinaryPrimitives.WriteInt64LittleEndian(header[8..], LastNumber);
            _file.Write(header);
            _file.Write(data);
            bucket.Blocks.Add((_length + BlockHeaderLength, data.Length));
            _length += BlockHeaderLength + data.Length;
            bucket.Waiting.Clear();
        }

        _waiting = 0;
    }

    private FileStream OpenFile(FileMode mode)
    {
        try
        {
            var path = _path;
            if (path is null)
                path = (_temporary = new TemporaryFile("spool")).Path;
            else if (mode == FileMode.Create)
                PrivateFile.Create(path);
            // An existing file keeps its owner and permissions.
            return _file = new FileStream(path, mode == FileMode.Create ? FileMode.Truncate : mode, FileAccess.ReadWrite, FileShare.Read, 1 << 16);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fail(e);
        }
    }

    private MigrationException Fail(Exception cause)
    {
        var isFull = JournalError.IsFullDisk(cause);
        return _failure = new MigrationException(
            ErrorCode.JournalFailed,
            $"The relationships that wait for their nodes cannot be kept in {_path ?? _temporary?.Path ?? Path.GetTempPath()}: {(isFull ? "its disk is full." : cause.Message)}",
            isFull ? "Make room, then resume the run; what was confirmed is kept." : "Check the file and its folder.", cause) { IsTransient = isFull };
    }

    private (int, int) PairOf(GraphRelationship relationship)
    {
        var from = PartitionOf(relationship.FromType, relationship.FromId);
        var to = PartitionOf(relationship.ToType, relationship.ToId);
        return from <= to ? (from, to) : (to, from);
    }

    private int PartitionOf(string type, string id) => (int)(StableHash.Of(type, id) % (uint)_partitions);

    private Bucket BucketOf((int, int) pair)
    {
        if (!_buckets.TryGetValue(pair, out var bucket))
            _buckets[pair] = bucket = new Bucket();
        return bucket;
    }

    private sealed class Bucket
    {
        public List<(long Offset, int Size)> Blocks { get; } = [];

        public List<LoadItem> Waiting { get; } = [];
    }
}
