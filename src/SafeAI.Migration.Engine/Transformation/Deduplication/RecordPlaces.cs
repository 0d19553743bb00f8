using System.Buffers.Binary;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>Writes where records were read as a few bytes, and reads that back.</summary>
internal sealed class RecordPlaces
{
    private readonly List<string> _sources = [];

    public byte[] Encode(Record record)
    {
        var position = record.GetPosition();
        var source = _sources.LastIndexOf(position.Source);
        if (source < 0)
        {
            source = _sources.Count;
            _sources.Add(position.Source);
        }

        var bytes = new byte[20];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, source);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(4), position.Ordinal);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(12), position.Line);
        return bytes;
    }

    public RecordPosition Decode(byte[] bytes) => new(
        _sources[BinaryPrimitives.ReadInt32LittleEndian(bytes)],
        BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(4)),
        BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(12)));
}
