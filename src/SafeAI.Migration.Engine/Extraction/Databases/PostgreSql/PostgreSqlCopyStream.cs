using System.Buffers.Binary;
using Npgsql;

namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>
/// The rows of a <c>COPY … TO STDOUT (FORMAT BINARY)</c>, framed but not decoded: the fastest way out of a server. The
/// layout is that of PostgreSQL's documentation of COPY, "Binary Format".
/// </summary>
internal sealed class PostgreSqlCopyStream : IAsyncDisposable
{
    // Eleven bytes of signature, flags and the length of an extension.
    private const int HeaderLength = 19;

    private readonly NpgsqlRawCopyStream _stream;
    private readonly int[] _starts;
    private readonly int[] _lengths;
    private byte[] _buffer = new byte[256 * 1024];
    private int _start;
    private int _end;

    private PostgreSqlCopyStream(NpgsqlRawCopyStream stream, int columns)
    {
        _stream = stream;
        _starts = new int[columns];
        _lengths = new int[columns];
    }

    /// <summary>Starts a statement.</summary>
    /// <param name="connection">The connection, which does nothing else meanwhile.</param>
    /// <param name="statement">The COPY statement.</param>
    /// <param name="columns">How many columns its rows have.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<PostgreSqlCopyStream> OpenAsync(NpgsqlConnection connection, string statement, int columns, CancellationToken cancellationToken)
    {
        var copy = new PostgreSqlCopyStream(await connection.BeginRawBinaryCopyAsync(statement, cancellationToken).ConfigureAwait(false), columns);
        try
        {
            while (copy._end < HeaderLength || copy._end < HeaderLength + copy.ExtensionLength)
                await copy.FillAsync(cancellationToken).ConfigureAwait(false);
            copy._start = HeaderLength + copy.ExtensionLength;
            return copy;
        }
        catch
        {
            await copy.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private int ExtensionLength => BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(HeaderLength - 4));

    /// <summary>The bytes of a field of the present row; empty where it is null.</summary>
    public ReadOnlySpan<byte> this[int column] => _buffer.AsSpan(_starts[column], Math.Max(0, _lengths[column]));

    /// <summary>Whether a field of the present row is null.</summary>
    public bool IsNull(int column) => _lengths[column] < 0;

    /// <summary>Goes to the next row.</summary>
    /// <returns>Whether there is one.</returns>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        int length;
        while ((length = Frame()) < 0)
            await FillAsync(cancellationToken).ConfigureAwait(false);
        _start += length;
        return length > 0;
    }

    /// <summary>Asks the server to send no more.</summary>
    public void Cancel() => _stream.Cancel();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    // The length of the row, 0 behind the last, or -1 where it has not wholly arrived.
    private int Frame()
    {
        var data = _buffer.AsSpan(_start, _end - _start);
        if (data.Length < sizeof(short))
            return -1;
        // The count of fields; -1 ends the data.
        if (BinaryPrimitives.ReadInt16BigEndian(data) < 0)
            return 0;
        var position = sizeof(short);
        for (var i = 0; i < _starts.Length; i++)
        {
            if (data.Length < position + sizeof(int))
                return -1;
            var length = BinaryPrimitives.ReadInt32BigEndian(data[position..]);
            position += sizeof(int);
            _starts[i] = _start + position;
            _lengths[i] = length;
            position += Math.Max(0, length);
        }

        return position <= data.Length ? position : -1;
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, (int)Math.Min((long)_buffer.Length * 2, Array.MaxLength));
        var count = await _stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        if (count == 0)
            throw new EndOfStreamException("The server ended the data in the middle of a row.");
        _end += count;
    }
}
