using System.Text;
using SafeAI.Migration.Engine.Extraction.Files.Text;

namespace SafeAI.Migration.Engine.Extraction.Files.Json;

/// <summary>Cuts a file into blocks of whole lines, some of them ahead of the one in use.</summary>
/// <param name="text">The file's text; it may be sought only while no block is ahead.</param>
/// <param name="maxLine">The longest line, in bytes; of a longer one only the beginning is kept.</param>
/// <param name="ahead">How many blocks are made ready ahead, with the help of a second thread; 0 where the file's end is not at hand, as for a pipe.</param>
internal sealed class JsonLineBlocks(Utf8Stream text, int maxLine, int ahead) : IDisposable
{
    // Small, so that what is made of the lines is taken up before it leaves the processor's caches.
    private const int BlockSize = 64 * 1024;
    private const int KeptOfLongLine = 64 * 1024;

    // A thread of its own, so that lines do not wait for one of the pool's behind other work.
    private Thread? _helper;
    private bool _isClosed;
    // Changed by the present thread alone, under a lock on itself.
    private readonly Queue<JsonLineBlock> _ready = new();
    private readonly Stack<JsonLineBlock> _free = new();
    // What was read behind the last whole line of the newest block.
    private byte[] _rest = [];
    private int _restLength;
    private long _delivered = text.Encoding.PreambleLength;
    private bool _isEnded;

    /// <summary>Goes on at a place in the file.</summary>
    public void Seek(SourcePosition position)
    {
        lock (_ready)
        {
            while (_ready.TryDequeue(out var block))
                Free(block);
        }

        text.Seek(position);
        _restLength = 0;
        _isEnded = false;
        _delivered = position.Offset!.Value;
    }

    /// <summary>The next block; null at the end.</summary>
    /// <param name="used">The block before, which may be used again.</param>
    /// <param name="shape">The shape of the records; null while it is learnt, and nothing is made ready ahead.</param>
    /// <param name="reader">Reads records of that shape, or null.</param>
    public JsonLineBlock? Next(JsonLineBlock? used, JsonShape? shape, JsonPlainReader? reader)
    {
        if (used is not null)
            Free(used);
        var wanted = shape is null ? 0 : ahead;
        while (_ready.Count <= wanted && !_isEnded)
        {
            if (Read() is not { } block)
                break;
            if (block.Failure is null && !block.IsTooLong)
                block.Begin(shape, reader, wanted > 0);
            Add(block);
        }

        if (_isEnded)
            Close();
        JsonLineBlock? next;
        lock (_ready)
        {
            if (!_ready.TryDequeue(out next))
                return null;
        }

        // Rather than wait for another thread, this one takes up what comes later.
        if (!next.TryFrame())
        {
            foreach (var later in _ready)
            {
                if (next.IsSettled)
                    break;
                later.TryFrame();
            }
        }

        next.Settle();
        return next;
    }

    /// <summary>Waits until no other thread uses the text or a block.</summary>
    public void Dispose()
    {
        Close();
        _helper?.Join();
    }

    private void Add(JsonLineBlock block)
    {
        lock (_ready)
        {
            _ready.Enqueue(block);
            if (block.IsWaiting)
                Monitor.Pulse(_ready);
        }

        if (_helper is not null || !block.IsWaiting)
            return;
        _helper = new Thread(Help) { IsBackground = true, Name = "Lines ahead" };
        _helper.Start();
    }

    // What waits already is done yet; at a file's end the thread is of no more use.
    private void Close()
    {
        lock (_ready)
        {
            _isClosed = true;
            Monitor.Pulse(_ready);
        }
    }

    private void Help()
    {
        while (true)
        {
            JsonLineBlock? block;
            lock (_ready)
            {
                while ((block = _ready.FirstOrDefault(b => b.IsWaiting)) is null)
                {
                    if (_isClosed)
                        return;
                    Monitor.Wait(_ready);
                }
            }

            block.TryFrame();
        }
    }

    private void Free(JsonLineBlock block)
    {
        block.Clear();
        _free.Push(block);
    }

    private JsonLineBlock? Read()
    {
        var block = _free.TryPop(out var free) ? free : new JsonLineBlock();
        try
        {
            return Fill(block) ? block : null;
        }
        catch (Exception e) when (e is MigrationException or IOException or InvalidDataException or UnauthorizedAccessException)
        {
            // Whoever comes to this place sees it; the lines before are good.
            _isEnded = true;
            block.Length = 0;
            block.Failure = e;
            return block;
        }
    }

    private bool Fill(JsonLineBlock block)
    {
        if (block.Buffer.Length < Math.Max(BlockSize, _restLength * 2))
            block.Buffer = new byte[Math.Max(BlockSize, _restLength * 2)];
        _rest.AsSpan(0, _restLength).CopyTo(block.Buffer);
        block.Offset = _delivered - _restLength;
        var length = _restLength;
        _restLength = 0;
        // Behind a line that was passed over there may be whole lines already.
        var lines = block.Buffer.AsSpan(0, length).LastIndexOf((byte)'\n') + 1;
        while (lines == 0)
        {
            if (length > maxLine)
                return SkipLine(block, length);
            if (length == block.Buffer.Length)
                Grow(block, length);
            var count = text.Read(block.Buffer, length, block.Buffer.Length - length);
            _delivered += count;
            if (count == 0)
            {
                _isEnded = true;
                lines = length;
                break;
            }

            if (block.Buffer.AsSpan(length, count).LastIndexOf((byte)'\n') is >= 0 and var index)
                lines = length + index + 1;
            length += count;
        }

        block.Length = lines;
        _restLength = length - lines;
        if (_rest.Length < _restLength)
            _rest = new byte[Math.Max(BlockSize, _restLength)];
        block.Buffer.AsSpan(lines, _restLength).CopyTo(_rest);
        Describe(block);
        return lines > 0;
    }

    private static void Grow(JsonLineBlock block, int length)
    {
        var larger = new byte[(int)Math.Min((long)block.Buffer.Length * 2, Array.MaxLength)];
        block.Buffer.AsSpan(0, length).CopyTo(larger);
        block.Buffer = larger;
    }

    private bool SkipLine(JsonLineBlock block, int length)
    {
        var kept = Math.Min(length, KeptOfLongLine);
        var scratch = new byte[BlockSize];
        int index, count;
        do
        {
            count = text.Read(scratch, 0, scratch.Length);
            _delivered += count;
            index = scratch.AsSpan(0, count).IndexOf((byte)'\n');
        }
        while (index < 0 && count > 0);
        _isEnded = count == 0;
        _restLength = index < 0 ? 0 : count - index - 1;
        if (_rest.Length < _restLength)
            _rest = new byte[BlockSize];
        scratch.AsSpan(count - _restLength, _restLength).CopyTo(_rest);
        block.Length = kept;
        Describe(block);
        block.MarkTooLong();
        block.EndOffset = _delivered - _restLength;
        return true;
    }

    private void Describe(JsonLineBlock block)
    {
        block.IsPlain = text.IsPlain;
        block.IsUtf8 = text.Encoding.Encoding is UTF8Encoding;
        block.HasMarkers = text.HasMarkers;
        block.SettledEncoding = text.SettledEncoding;
    }
}
