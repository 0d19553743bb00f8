using System.Buffers;
using System.Text;

namespace SafeAI.Migration.Engine.Export;

/// <summary>Bytes on their way to a file or server: what was begun can be taken back.</summary>
internal sealed class OutputBuffer : IBufferWriter<byte>
{
    /// <summary>From how many bytes on it is worth writing them out.</summary>
    public const int FlushSize = 1 << 17;

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private byte[] _data = new byte[2 * FlushSize];

    public int Length { get; private set; }

    /// <summary>All bytes written to files so far.</summary>
    public long Total { get; private set; }

    public void Add(byte value)
    {
        if (Length == _data.Length)
            Grow(1);
        _data[Length++] = value;
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        Length += bytes.Length;
    }

    /// <summary>Adds a text as UTF-8; returns how many bytes it is.</summary>
    /// <exception cref="MigrationException">It holds half of a surrogate pair.</exception>
    public int Add(ReadOnlySpan<char> text)
    {
        try
        {
            var count = s_utf8.GetBytes(text, GetSpan(text.Length * 3));
            Length += count;
            return count;
        }
        catch (EncoderFallbackException)
        {
            ValueText.Checked(text.ToString());
            throw;
        }
    }

    public void Truncate(int length) => Length = length;

    public Span<byte> Written(int start) => _data.AsSpan(start, Length - start);

    public void WriteTo(Stream stream)
    {
        stream.Write(_data, 0, Length);
        Total += Length;
        Length = 0;
    }

    public void Advance(int count) => Length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Grow(Math.Max(sizeHint, 256));
        return _data.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Grow(Math.Max(sizeHint, 16));
        return _data.AsSpan(Length);
    }

    private void Grow(int more)
    {
        if (_data.Length - Length < more)
            Array.Resize(ref _data, Math.Max(_data.Length * 2, Length + more));
    }
}
