using ZstdSharp;

namespace SafeAI.Migration.Engine.Extraction.Files.Compression;

/// <summary>The content of a Zstandard file, all of its frames; one that is damaged or cut off is an error and not an end.</summary>
internal sealed class ZstandardContent(Stream compressed) : ReadOnlyStream
{
    private readonly DecompressionStream _frames = new(compressed, checkEndOfStream: true, leaveOpen: false);

    public override int Read(Span<byte> buffer)
    {
        try
        {
            return _frames.Read(buffer);
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException("the Zstandard data is cut off.", e);
        }
        catch (ZstdException e)
        {
            throw new InvalidDataException($"the Zstandard data is damaged ({e.Message}).", e);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _frames.Dispose();
        base.Dispose(disposing);
    }
}
