using System.Globalization;

namespace SafeAI.Migration.Engine.Extraction.Files.Compression;

/// <summary>Passes on what a decompressor makes, up to a limit.</summary>
/// <param name="inner">The decompressor.</param>
/// <param name="path">The file's name for messages.</param>
/// <param name="options">The limits.</param>
/// <param name="compressedBytes">How many compressed bytes were read so far.</param>
internal sealed class ExpansionGuard(Stream inner, string path, CompressionOptions options, Func<long> compressedBytes) : ReadOnlyStream
{
    private const long FreeBytes = 64 * 1024 * 1024;

    private long _expanded;

    public override int Read(Span<byte> buffer)
    {
        var count = inner.Read(buffer);
        _expanded += count;
        if (_expanded > options.MaxExpandedSize)
            throw Exceeded(string.Create(CultureInfo.InvariantCulture, $"more than {options.MaxExpandedSize} bytes"));
        if (_expanded > FreeBytes && _expanded / options.MaxExpansion > compressedBytes())
            throw Exceeded(string.Create(CultureInfo.InvariantCulture, $"more than {options.MaxExpansion} times its size"));
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private MigrationException Exceeded(string size) => new(
        ErrorCode.SourceUnreadable,
        $"'{path}' expands to {size}, as a file made to exhaust its reader does.",
        "Raise the limit of expansion if the content is right.")
    { Stage = MigrationStage.Extract };
}
