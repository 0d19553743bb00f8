using System.Buffers;

namespace SafeAI.Migration.Sandbox.Http;

/// <summary>
/// An answer while it is made: first in memory, beyond a limit in a temporary file. So no lock on the graph is held while a slow
/// client reads, an error after the first row is still a proper error, and a million rows do not fill the memory.
/// </summary>
internal sealed class AnswerBuffer : IBufferWriter<byte>, IAsyncDisposable
{
    private const int ChunkSize = 64 * 1024;
    private const long MemoryLimit = 32L * 1024 * 1024;

    private readonly List<(byte[] Buffer, int Count)> _chunks = [];
    private byte[] _current = ArrayPool<byte>.Shared.Rent(ChunkSize);
    private int _used;
    private long _inMemory;
    private FileStream? _spill;

    /// <summary>How long the answer is.</summary>
    public long Length { get; private set; }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        _used += count;
        Length += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _current.AsMemory(_used);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _current.AsSpan(_used);
    }

    /// <summary>Sends the answer.</summary>
    public async Task CopyToAsync(Stream target, CancellationToken cancellation)
    {
        if (_spill is not null)
        {
            _spill.Position = 0;
            await _spill.CopyToAsync(target, ChunkSize, cancellation);
        }

        foreach (var (buffer, count) in _chunks)
        {
            await target.WriteAsync(buffer.AsMemory(0, count), cancellation);
        }

        await target.WriteAsync(_current.AsMemory(0, _used), cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        ReturnChunks();
        ArrayPool<byte>.Shared.Return(_current);
        _current = [];
        if (_spill is not null)
            await _spill.DisposeAsync();
    }

    private void Reserve(int sizeHint)
    {
        var needed = Math.Max(sizeHint, 1);
        if (_current.Length - _used >= needed)
            return;
        if (_used > 0)
        {
            _chunks.Add((_current, _used));
            _inMemory += _used;
        }
        else
        {
            ArrayPool<byte>.Shared.Return(_current);
        }

        _current = ArrayPool<byte>.Shared.Rent(Math.Max(ChunkSize, needed));
        _used = 0;
        if (_inMemory > MemoryLimit)
            Spill();
    }

    private void Spill()
    {
        _spill ??= CreateFile();
        foreach (var (buffer, count) in _chunks)
        {
            _spill.Write(buffer, 0, count);
        }

        ReturnChunks();
    }

    private static FileStream CreateFile()
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Options = FileOptions.DeleteOnClose,
        };
        // What the graph holds is nobody else's to read.
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(Path.Combine(Path.GetTempPath(), $"safeai-sandbox-{Guid.NewGuid():N}.answer"), options);
    }

    private void ReturnChunks()
    {
        foreach (var (buffer, _) in _chunks)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        _chunks.Clear();
        _inMemory = 0;
    }
}
