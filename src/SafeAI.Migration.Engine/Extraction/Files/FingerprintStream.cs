using System.Security.Cryptography;

namespace SafeAI.Migration.Engine.Extraction.Files;

/// <summary>Counts what passes, and hashes it where that is wanted; the hash is computed beside the reader.</summary>
/// <param name="inner">The file.</param>
/// <param name="isHashed">Whether what passes is hashed.</param>
/// <param name="start">The byte of the file at which it begins.</param>
internal sealed class FingerprintStream(Stream inner, bool isHashed, long start = 0) : ReadOnlyStream
{
    private readonly IncrementalHash? _hash = isHashed ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
    private byte[] _block = [];
    private Task _hashing = Task.CompletedTask;

    /// <summary>The byte of the file up to which was read.</summary>
    public long BytesRead { get; private set; } = start;

    public override int Read(Span<byte> buffer)
    {
        var count = inner.Read(buffer);
        BytesRead += count;
        if (_hash is not null && count > 0)
            Append(buffer[..count]);
        return count;
    }

    /// <summary>Reads what is left and returns the SHA-256 of the whole, in hexadecimal; null where it was not hashed.</summary>
    public string? Finish()
    {
        if (_hash is null)
            return null;
        var rest = new byte[64 * 1024];
        while (Read(rest) > 0)
        {
        }

        _hashing.GetAwaiter().GetResult();
        return Convert.ToHexString(_hash.GetHashAndReset()).ToLowerInvariant();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hashing.GetAwaiter().GetResult();
            inner.Dispose();
            _hash?.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        _hashing.GetAwaiter().GetResult();
        if (_block.Length < bytes.Length)
            _block = new byte[bytes.Length];
        bytes.CopyTo(_block);
        var count = bytes.Length;
        _hashing = Task.Run(() => _hash!.AppendData(_block, 0, count));
    }
}
