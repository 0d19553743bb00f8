using System.IO.Compression;

namespace SafeAI.Migration.Engine.Extraction.Files.Compression;

/// <summary>The content of a file in a Zip archive, with its length and checksum compared at the end.</summary>
internal sealed class ZipContent(ZipArchiveEntry entry) : ReadOnlyStream
{
    private static readonly uint[] s_table = MakeTable();

    private readonly Stream _content = entry.Open();
    private uint _crc = uint.MaxValue;
    private long _length;

    public override int Read(Span<byte> buffer)
    {
        var count = _content.Read(buffer);
        _length += count;
        var crc = _crc;
        foreach (var b in buffer[..count])
            crc = s_table[(byte)(crc ^ b)] ^ (crc >> 8);
        _crc = crc;
        if (count == 0 && !buffer.IsEmpty && (_length != entry.Length || ~_crc != entry.Crc32))
            throw new InvalidDataException($"the content of '{entry.FullName}' does not agree with its length and checksum in the archive.");
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _content.Dispose();
        base.Dispose(disposing);
    }

    // CRC-32 as in ISO 3309, which the framework does not offer for bytes in memory.
    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < table.Length; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++)
                value = (value & 1) != 0 ? 0xEDB88320u ^ (value >> 1) : value >> 1;
            table[i] = value;
        }

        return table;
    }
}
