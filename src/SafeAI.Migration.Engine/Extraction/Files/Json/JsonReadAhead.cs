namespace SafeAI.Migration.Engine.Extraction.Files.Json;

/// <summary>
/// Reads the later lines of a buffer on another thread while the earlier ones are read on the present one. It takes only
/// lines in the form of <see cref="JsonPlainReader"/>; what it makes of a line is what the present thread would have made.
/// </summary>
internal sealed class JsonReadAhead
{
    /// <summary>The fewest bytes for which another thread is worth its while.</summary>
    public const int LeastBytes = 64 * 1024;

    private readonly List<(int Start, object?[]? Values)> _lines = [];
    private Task? _reading;
    private JsonShape? _shape;
    private int _from;
    private int _next;

    /// <summary>Begins with lines that are valid UTF-8; the buffer must stay as it is until <see cref="Settle"/>.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="from">Where a line begins in it.</param>
    /// <param name="to">Behind the break of the last line.</param>
    /// <param name="shape">The shape of the records.</param>
    /// <param name="reader">Reads records of that shape.</param>
    public void Start(byte[] buffer, int from, int to, JsonShape shape, JsonPlainReader reader)
    {
        Settle();
        _lines.Clear();
        (_from, _next, _shape) = (from, 0, shape);
        _reading = Task.Run(() =>
        {
            for (var start = from; start < to;)
            {
                var length = buffer.AsSpan(start, to - start).IndexOf((byte)'\n');
                var line = buffer.AsSpan(start, length).Trim(" \t\r"u8);
                if (!line.IsEmpty)
                {
                    var values = new object?[shape.Count];
                    _lines.Add((start, reader.TryRead(line, values) ? values : null));
                }

                start += length + 1;
            }
        });
    }

    /// <summary>The values of a line, where they were read ahead.</summary>
    /// <param name="start">Where the line begins in the buffer.</param>
    /// <param name="shape">The shape that records have now; of another one nothing was read.</param>
    /// <param name="values">The values in the order of the shape.</param>
    public bool TryTake(int start, JsonShape? shape, out object?[] values)
    {
        values = [];
        if (_reading is null || start < _from || !ReferenceEquals(shape, _shape))
            return false;
        _reading.GetAwaiter().GetResult();
        while (_next < _lines.Count && _lines[_next].Start < start)
            _next++;
        if (_next == _lines.Count || _lines[_next].Start != start || _lines[_next].Values is not { } found)
            return false;
        values = found;
        return true;
    }

    /// <summary>Waits until the buffer is no longer read, and forgets what was.</summary>
    public void Settle()
    {
        _reading?.GetAwaiter().GetResult();
        _reading = null;
    }
}
