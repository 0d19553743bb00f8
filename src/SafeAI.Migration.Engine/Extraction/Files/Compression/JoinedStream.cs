namespace SafeAI.Migration.Engine.Extraction.Files.Compression;

/// <summary>Two streams, one after the other.</summary>
internal sealed class JoinedStream(Stream first, Stream second) : ReadOnlyStream
{
    private bool _firstEnded;

    public override int Read(Span<byte> buffer)
    {
        if (!_firstEnded)
        {
            var count = first.Read(buffer);
            if (count > 0 || buffer.IsEmpty)
                return count;
            _firstEnded = true;
        }

        return second.Read(buffer);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            first.Dispose();
            second.Dispose();
        }

        base.Dispose(disposing);
    }
}
