using System.Buffers;
using System.IO.Compression;

namespace SafeAI.Migration.Engine.Extraction.Files.Compression;

/// <summary>The content of a Brotli file; unlike the framework's stream it does not take a file that is cut off for one that ends.</summary>
internal sealed class BrotliContent(Stream compressed) : ReadOnlyStream
{
    private readonly byte[] _input = new byte[64 * 1024];
    private BrotliDecoder _decoder;
    private int _start;
    private int _end;
    private bool _ended;

    public override int Read(Span<byte> buffer)
    {
        while (!_ended && !buffer.IsEmpty)
        {
            var status = _decoder.Decompress(_input.AsSpan(_start, _end - _start), buffer, out var consumed, out var written);
            _start += consumed;
            _ended = status == OperationStatus.Done;
            if (status == OperationStatus.InvalidData)
                throw new InvalidDataException("the Brotli data is damaged.");
            if (written > 0)
                return written;
            if (status == OperationStatus.NeedMoreData)
                Fill();
        }

        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _decoder.Dispose();
            compressed.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Fill()
    {
        _input.AsSpan(_start, _end - _start).CopyTo(_input);
        (_start, _end) = (0, _end - _start);
        var count = compressed.Read(_input, _end, _input.Length - _end);
        _end += count;
        if (count == 0)
            throw new InvalidDataException("the Brotli data is cut off.");
    }
}
