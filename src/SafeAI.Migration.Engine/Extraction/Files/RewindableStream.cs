namespace SafeAI.Migration.Engine.Extraction.Files;

/// <summary>Remembers what it handed out since a given place, so that a reader can go back.</summary>
/// <param name="inner">The stream.</param>
/// <param name="start">The number of the stream's first byte.</param>
internal sealed class RewindableStream(Stream inner, long start = 0) : ReadOnlyStream
{
    private byte[] _window = new byte[256 * 1024];
    private long _windowOffset = start;
    private int _windowLength;
    private int _windowPosition;

    /// <summary>Tells the first place that may still be gone back to; asked whenever more is read.</summary>
    public Func<long>? KeepFrom { get; set; }

    /// <summary>How many bytes were handed out, without those that were taken back.</summary>
    public long Delivered => _windowOffset + _windowPosition;

    /// <summary>What was handed out from a place on, up to <see cref="Delivered"/>.</summary>
    public ReadOnlySpan<byte> Since(long offset) => _window.AsSpan((int)(offset - _windowOffset), (int)(Delivered - offset));

    /// <summary>The byte at a place that was handed out, or directly behind; null at the end of the stream.</summary>
    public byte? At(long offset)
    {
        if (offset == _windowOffset + _windowLength)
        {
            if (_windowLength == _window.Length)
                Array.Resize(ref _window, _window.Length * 2);
            _windowLength += inner.Read(_window, _windowLength, _window.Length - _windowLength);
        }

        return offset < _windowOffset + _windowLength ? _window[(int)(offset - _windowOffset)] : null;
    }

    /// <summary>Goes back, or forth within what was read already, so that the byte at a place is the next.</summary>
    public void Rewind(long offset)
    {
        if (offset < _windowOffset || offset > _windowOffset + _windowLength)
            throw new ArgumentOutOfRangeException(nameof(offset), offset, "This place is not kept.");
        _windowPosition = (int)(offset - _windowOffset);
    }

    public override int Read(Span<byte> buffer)
    {
        if (_windowPosition == _windowLength)
        {
            Forget(Math.Clamp(KeepFrom?.Invoke() ?? long.MaxValue, _windowOffset, Delivered));
            if (_window.Length - _windowLength < Math.Min(buffer.Length, _window.Length / 2))
                Array.Resize(ref _window, _window.Length * 2);
            _windowLength += inner.Read(_window, _windowLength, Math.Min(buffer.Length, _window.Length - _windowLength));
        }

        var count = Math.Min(buffer.Length, _windowLength - _windowPosition);
        _window.AsSpan(_windowPosition, count).CopyTo(buffer);
        _windowPosition += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private void Forget(long upTo)
    {
        var count = (int)(upTo - _windowOffset);
        if (count == 0)
            return;
        _window.AsSpan(count, _windowLength - count).CopyTo(_window);
        _windowOffset = upTo;
        _windowLength -= count;
        _windowPosition -= count;
    }
}
