using System.Buffers.Binary;
using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using SafeAI.Migration.Engine.Extraction.Files;

namespace SafeAI.Migration.Engine.Extraction.Checks;

/// <summary>
/// Gives a source that is no file a fingerprint of what was read of it: of the fields' names and types and of every value.
/// It does not depend on the order in which the records come.
/// </summary>
public sealed class ContentFingerprintSource : IRecordSource
{
    private readonly IRecordSource _inner;
    private readonly Dictionary<RecordSchema, byte[]> _schemas = new(ReferenceEqualityComparer.Instance);
    private readonly MemoryStream _bytes = new();
    private readonly BinaryWriter _writer;
    private readonly ulong[] _sum = new ulong[4];

    private ContentFingerprintSource(IRecordSource inner)
    {
        _inner = inner;
        _writer = new BinaryWriter(_bytes, Encoding.UTF8, leaveOpen: true);
    }

    /// <inheritdoc/>
    public RecordSource Source => _inner.Source;

    /// <inheritdoc/>
    public SourceMetadata Metadata => _inner.Metadata;

    /// <summary>The source with a fingerprint; itself where it is a file, which has one of its bytes.</summary>
    /// <param name="source">The source, not read yet; it is disposed with the one that is returned.</param>
    public static IRecordSource Of(IRecordSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source is FileRecordSource or FileSetSource ? source : new ContentFingerprintSource(source);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<RecordBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var batch in _inner.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var record in batch.Records)
                Add(record);
            foreach (var reject in batch.Rejects)
                Add(reject.RawText ?? reject.Reason);
            yield return batch;
        }

        foreach (var part in _sum)
            _writer.Write(part);
        _writer.Write(Source.Read);
        Metadata.Fingerprint ??= "records:" + Convert.ToHexString(SHA256.HashData(_bytes.GetBuffer().AsSpan(0, (int)_bytes.Length))).ToLowerInvariant();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _writer.Dispose();
        _bytes.Dispose();
        return _inner.DisposeAsync();
    }

    private void Add(Record record)
    {
        var schema = record.GetSchema();
        if (!_schemas.TryGetValue(schema, out var described))
            _schemas.Add(schema, described = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', schema.Fields.Select(f => $"{f.Name}\t{f.SourceType}")))));
        _writer.Write(described);
        for (var i = 0; i < schema.Fields.Count; i++)
            Write(record.GetValue(i));
        AddWritten();
    }

    private void Add(string rejected)
    {
        _writer.Write(rejected);
        AddWritten();
    }

    // A sum, so that several readers of one table come to the same whichever was first.
    private void AddWritten()
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(_bytes.GetBuffer().AsSpan(0, (int)_bytes.Length), hash);
        for (var i = 0; i < _sum.Length; i++)
            _sum[i] += BinaryPrimitives.ReadUInt64LittleEndian(hash[(8 * i)..]);
        _bytes.SetLength(0);
    }

    private void Write(object? value)
    {
        switch (value)
        {
            case null:
                _writer.Write((byte)0);
                break;
            case string text:
                _writer.Write((byte)1);
                _writer.Write(text);
                break;
            case byte[] bytes:
                _writer.Write((byte)2);
                _writer.Write(bytes.Length);
                _writer.Write(bytes);
                break;
            case long or int or short:
                _writer.Write((byte)3);
                _writer.Write(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case double number:
                _writer.Write((byte)4);
                _writer.Write(number);
                break;
            case DateTime time:
                _writer.Write((byte)5);
                _writer.Write(time.Ticks);
                break;
            case DateTimeOffset time:
                _writer.Write((byte)6);
                _writer.Write(time.UtcTicks);
                _writer.Write(time.Offset.Ticks);
                break;
            case IDictionary<string, object?> map:
                _writer.Write((byte)7);
                _writer.Write(map.Count);
                foreach (var (key, inner) in map)
                {
                    _writer.Write(key);
                    Write(inner);
                }

                break;
            case IEnumerable list:
                _writer.Write((byte)8);
                foreach (var inner in list)
                    Write(inner);
                _writer.Write((byte)9);
                break;
            default:
                _writer.Write((byte)10);
                _writer.Write(value.GetType().Name);
                _writer.Write(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
                break;
        }
    }
}
