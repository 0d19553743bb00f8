using System.Text.Unicode;
using SafeAI.Migration.Engine.Extraction.Files.Text;

namespace SafeAI.Migration.Engine.Extraction.Files.Json;

/// <summary>
/// Some whole lines of a file in memory. Another thread can frame them and read those in the form of
/// <see cref="JsonPlainReader"/> while earlier blocks are made use of; what it makes of a line is what the present thread
/// would have made.
/// </summary>
internal sealed class JsonLineBlock
{
    private readonly List<Line> _lines = [];
    // 0 while any thread may take the block, 1 once one has.
    private int _isTaken = 1;
    private TaskCompletionSource? _framing;
    private JsonPlainReader? _reader;

    /// <summary>Where the bytes are; the last line may have no break.</summary>
    public byte[] Buffer { get; set; } = [];

    /// <summary>How many bytes of the buffer are in use.</summary>
    public int Length { get; set; }

    /// <summary>The byte of the file at which the block begins, where the file's own bytes pass.</summary>
    public long Offset { get; set; }

    /// <summary>Whether the file's own bytes pass, so that places in the text are places in the file.</summary>
    public bool IsPlain { get; set; }

    /// <summary>Whether the text is UTF-8 as it came, valid or not.</summary>
    public bool IsUtf8 { get; set; }

    /// <summary>Whether markers stand for bytes that were not valid.</summary>
    public bool HasMarkers { get; set; }

    /// <summary>The encoding where it could not change any more; otherwise null.</summary>
    public string? SettledEncoding { get; set; }

    /// <summary>Whether the block is the beginning of one line that is too long.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>The byte of the file behind a line that is too long.</summary>
    public long EndOffset { get; set; }

    /// <summary>Why the file could not be read on, or null. There are no lines then.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Whether all its text is known to be valid; known when the lines are.</summary>
    public bool IsValid { get; private set; }

    /// <summary>The shape for which lines were read; null where they were only framed.</summary>
    public JsonShape? Shape { get; private set; }

    /// <summary>How many lines there are; they must be framed.</summary>
    public int LineCount => _lines.Count;

    /// <summary>A line; they must be framed.</summary>
    public Line LineAt(int index) => _lines[index];

    /// <summary>Begins to frame and read the lines; the block must stay as it is until <see cref="Settle"/>.</summary>
    /// <param name="shape">The shape of the records, or null.</param>
    /// <param name="reader">Reads records of that shape, or null.</param>
    /// <param name="beside">Whether any thread may do it, by <see cref="TryFrame"/>; otherwise it is done when this returns.</param>
    public void Begin(JsonShape? shape, JsonPlainReader? reader, bool beside)
    {
        Shape = reader is null ? null : shape;
        _reader = reader;
        if (!beside)
        {
            Frame();
            return;
        }

        _framing = new TaskCompletionSource();
        Volatile.Write(ref _isTaken, 0);
    }

    /// <summary>Frames the lines on the present thread, unless a thread has begun to.</summary>
    public bool TryFrame()
    {
        if (Interlocked.Exchange(ref _isTaken, 1) != 0)
            return false;
        try
        {
            Frame();
            _framing!.SetResult();
        }
        catch (Exception e)
        {
            _framing!.SetException(e);
        }

        return true;
    }

    /// <summary>Whether the lines wait for a thread to frame them.</summary>
    public bool IsWaiting => Volatile.Read(ref _isTaken) == 0;

    /// <summary>Whether the lines are framed, or there is nothing to wait for.</summary>
    public bool IsSettled => _framing is not { Task.IsCompleted: false };

    /// <summary>Says that all there is are the first bytes of one line.</summary>
    public void MarkTooLong()
    {
        IsTooLong = true;
        _lines.Add(new Line(0, Length, null));
    }

    /// <summary>Waits until no other thread uses the block.</summary>
    public void Settle()
    {
        if (_framing is not { } framing)
            return;
        TryFrame();
        framing.Task.GetAwaiter().GetResult();
        _framing = null;
    }

    /// <summary>Makes the block ready for other lines.</summary>
    public void Clear()
    {
        Settle();
        _lines.Clear();
        Length = 0;
        IsTooLong = IsValid = false;
        Failure = null;
        Shape = null;
    }

    private void Frame()
    {
        var text = Buffer.AsSpan(0, Length);
        IsValid = IsUtf8 && Utf8.IsValid(text);
        for (var start = 0; start < Length;)
        {
            var length = text[start..].IndexOf((byte)'\n');
            if (length < 0)
                length = Length - start;
            object?[]? values = null;
            if (IsValid && Shape is { } shape && text.Slice(start, length).Trim(" \t\r"u8) is { IsEmpty: false } line)
            {
                values = new object?[shape.Count];
                if (!_reader!.TryRead(line, values))
                    values = null;
            }

            _lines.Add(new Line(start, length, values));
            start += length + 1;
        }
    }

    /// <summary>A line of the block.</summary>
    /// <param name="Start">Where it begins in the buffer.</param>
    /// <param name="Length">Its bytes, without its break.</param>
    /// <param name="Values">What was read of it in the order of the shape; null where it must be looked at.</param>
    public readonly record struct Line(int Start, int Length, object?[]? Values);
}
