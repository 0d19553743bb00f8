using System.Collections;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>Writes relationships and the records they came from into a file of the run's own, in a compact binary form.</summary>
internal sealed class ItemFileWriter : IDisposable
{
    private readonly BinaryWriter _writer;
    private readonly Dictionary<RecordSchema, int> _schemaNumbers = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<RecordSource, int> _sourceNumbers = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, int> _texts = new(StringComparer.Ordinal);

    public ItemFileWriter(string path) => _writer = new BinaryWriter(
        new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 1 << 16), Encoding.UTF8);

    /// <summary>The schemas of the records, by number; they stay in memory.</summary>
    public List<RecordSchema> Schemas { get; } = [];

    /// <summary>The streams of the records, by number; they stay in memory.</summary>
    public List<RecordSource> Sources { get; } = [];

    public void Write(LoadItem item)
    {
        var relationship = (GraphRelationship)item.Item;
        WriteCommon(relationship.Type);
        _writer.Write(relationship.Id);
        WriteCommon(relationship.FromType);
        _writer.Write(relationship.FromId);
        WriteCommon(relationship.ToType);
        _writer.Write(relationship.ToId);
        var properties = relationship.Properties;
        _writer.Write7BitEncodedInt(properties.Count);
        for (var i = 0; i < properties.Count; i++)
        {
            WriteCommon(properties.GetName(i));
            ValueCodec.Write(_writer, properties.GetValue(i));
        }

        _writer.Write7BitEncodedInt(item.Ticket.Source);
        _writer.Write7BitEncodedInt64(item.Ticket.Ordinal);
        WriteRecord(relationship.GetRecord());
    }

    public void Flush() => _writer.Flush();

    public void Dispose() => _writer.Dispose();

    private void WriteRecord(Record? record)
    {
        _writer.Write(record is not null);
        if (record is null)
            return;
        var schema = record.GetSchema();
        _writer.Write7BitEncodedInt(NumberOf(_schemaNumbers, Schemas, schema));
        _writer.Write7BitEncodedInt(NumberOf(_sourceNumbers, Sources, record.GetSource()));
        var position = record.GetPosition();
        _writer.Write7BitEncodedInt64(position.Ordinal);
        _writer.Write7BitEncodedInt64(position.Line);
        for (var i = 0; i < schema.Fields.Count; i++)
            ValueCodec.Write(_writer, record.GetValue(i));
    }

    // Types and names recur: each is spelt once.
    private void WriteCommon(string text)
    {
        if (_texts.TryGetValue(text, out var number))
        {
            _writer.Write7BitEncodedInt(number);
            return;
        }

        _writer.Write7BitEncodedInt(_texts.Count);
        _writer.Write(text);
        _texts.Add(text, _texts.Count);
    }

    private static int NumberOf<T>(Dictionary<T, int> numbers, List<T> all, T one)
        where T : notnull
    {
        if (numbers.TryGetValue(one, out var number))
            return number;
        numbers[one] = all.Count;
        all.Add(one);
        return all.Count - 1;
    }
}

/// <summary>Reads what <see cref="ItemFileWriter"/> wrote.</summary>
internal static class ItemFileReader
{
    public static IEnumerable<LoadItem> Read(string path, IReadOnlyList<RecordSchema> schemas, IReadOnlyList<RecordSource> sources)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 16, FileOptions.SequentialScan);
        using var reader = new BinaryReader(stream, Encoding.UTF8);
        var texts = new List<string>();
        string[]? names = null;
        while (stream.Position < stream.Length)
        {
            var type = ReadCommon(reader, texts);
            var id = reader.ReadString();
            var fromType = ReadCommon(reader, texts);
            var fromId = reader.ReadString();
            var toType = ReadCommon(reader, texts);
            var toId = reader.ReadString();
            var count = reader.Read7BitEncodedInt();
            var ownNames = new string[count];
            var values = new object?[count];
            for (var i = 0; i < count; i++)
            {
                ownNames[i] = ReadCommon(reader, texts);
                values[i] = ValueCodec.Read(reader);
            }

            if (names is null || !names.AsSpan().SequenceEqual(ownNames))
                names = ownNames;
            var ticket = new RecordTicket(reader.Read7BitEncodedInt(), reader.Read7BitEncodedInt64());
            var record = ReadRecord(reader, schemas, sources);
            yield return new LoadItem(
                new GraphRelationship(type, id, fromType, fromId, toType, toId, count == 0 ? PropertySet.Empty : new PropertySet(names, values), record),
                ticket);
        }
    }

    private static Record? ReadRecord(BinaryReader reader, IReadOnlyList<RecordSchema> schemas, IReadOnlyList<RecordSource> sources)
    {
        if (!reader.ReadBoolean())
            return null;
        var schema = schemas[reader.Read7BitEncodedInt()];
        var source = sources[reader.Read7BitEncodedInt()];
        var ordinal = reader.Read7BitEncodedInt64();
        var line = reader.Read7BitEncodedInt64();
        var values = new object?[schema.Fields.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = ValueCodec.Read(reader);
        return schema.CreateRecord(values, source, ordinal, line);
    }

    private static string ReadCommon(BinaryReader reader, List<string> texts)
    {
        var number = reader.Read7BitEncodedInt();
        if (number == texts.Count)
            texts.Add(reader.ReadString());
        return texts[number];
    }
}

/// <summary>Values of records and properties in a compact binary form. A value of another kind is kept as its JSON text.</summary>
internal static class ValueCodec
{
    private enum Tag : byte
    {
        Null, String, True, False, Int64, Int32, Int16, Byte, Double, Single, Decimal, Guid, DateTime, DateTimeOffset,
        DateOnly, TimeOnly, TimeSpan, Bytes, BigInteger, Char, List, Map, Text,
    }

    public static void Write(BinaryWriter writer, object? value)
    {
        switch (value)
        {
            case null: writer.Write((byte)Tag.Null); break;
            case string v: Start(Tag.String).Write(v); break;
            case bool v: writer.Write((byte)(v ? Tag.True : Tag.False)); break;
            case long v: Start(Tag.Int64).Write(v); break;
            case int v: Start(Tag.Int32).Write(v); break;
            case short v: Start(Tag.Int16).Write(v); break;
            case byte v: Start(Tag.Byte).Write(v); break;
            case double v: Start(Tag.Double).Write(v); break;
            case float v: Start(Tag.Single).Write(v); break;
            case decimal v: Start(Tag.Decimal).Write(v); break;
            case char v: Start(Tag.Char).Write((ushort)v); break;
            case Guid v: Start(Tag.Guid).Write(v.ToByteArray()); break;
            case DateTime v: Start(Tag.DateTime).Write(v.ToBinary()); break;
            case DateTimeOffset v:
                Start(Tag.DateTimeOffset).Write(v.Ticks);
                writer.Write(v.Offset.Ticks);
                break;
            case DateOnly v: Start(Tag.DateOnly).Write(v.DayNumber); break;
            case TimeOnly v: Start(Tag.TimeOnly).Write(v.Ticks); break;
            case TimeSpan v: Start(Tag.TimeSpan).Write(v.Ticks); break;
            case BigInteger v: WriteBytes(Tag.BigInteger, v.ToByteArray()); break;
            case byte[] v: WriteBytes(Tag.Bytes, v); break;
            case IDictionary v: WriteMap(writer, v); break;
            case IList v: WriteList(writer, v); break;
            default: Start(Tag.Text).Write(JsonSerializer.Serialize(value, value.GetType())); break;
        }

        BinaryWriter Start(Tag tag)
        {
            writer.Write((byte)tag);
            return writer;
        }

        void WriteBytes(Tag tag, byte[] bytes)
        {
            Start(tag).Write7BitEncodedInt(bytes.Length);
            writer.Write(bytes);
        }
    }

    public static object? Read(BinaryReader reader)
    {
        var tag = (Tag)reader.ReadByte();
        return tag switch
        {
            Tag.Null => null,
            Tag.String or Tag.Text => reader.ReadString(),
            Tag.True => true,
            Tag.False => false,
            Tag.Int64 => reader.ReadInt64(),
            Tag.Int32 => reader.ReadInt32(),
            Tag.Int16 => reader.ReadInt16(),
            Tag.Byte => reader.ReadByte(),
            Tag.Double => reader.ReadDouble(),
            Tag.Single => reader.ReadSingle(),
            Tag.Decimal => reader.ReadDecimal(),
            Tag.Char => (char)reader.ReadUInt16(),
            Tag.Guid => new Guid(reader.ReadBytes(16)),
            Tag.DateTime => DateTime.FromBinary(reader.ReadInt64()),
            Tag.DateTimeOffset => new DateTimeOffset(reader.ReadInt64(), new TimeSpan(reader.ReadInt64())),
            Tag.DateOnly => DateOnly.FromDayNumber(reader.ReadInt32()),
            Tag.TimeOnly => new TimeOnly(reader.ReadInt64()),
            Tag.TimeSpan => new TimeSpan(reader.ReadInt64()),
            Tag.BigInteger => new BigInteger(reader.ReadBytes(reader.Read7BitEncodedInt())),
            Tag.Bytes => reader.ReadBytes(reader.Read7BitEncodedInt()),
            Tag.List => ReadList(reader),
            Tag.Map => ReadMap(reader),
            _ => throw new InvalidDataException($"The spool holds an unknown value kind {(byte)tag}."),
        };
    }

    private static void WriteList(BinaryWriter writer, IList list)
    {
        writer.Write((byte)Tag.List);
        writer.Write7BitEncodedInt(list.Count);

        // An array of one kind comes back as such an array; everything else as an array of objects.
        var element = list.GetType().GetElementType() ?? typeof(object);
        writer.Write(element == typeof(object) || element.Assembly != typeof(object).Assembly ? "" : element.FullName!);
        foreach (var value in list)
            Write(writer, value);
    }

    private static Array ReadList(BinaryReader reader)
    {
        var count = reader.Read7BitEncodedInt();
        var name = reader.ReadString();
        var array = Array.CreateInstance(name.Length == 0 ? typeof(object) : typeof(object).Assembly.GetType(name, throwOnError: true)!, count);
        for (var i = 0; i < count; i++)
            array.SetValue(Read(reader), i);
        return array;
    }

    private static void WriteMap(BinaryWriter writer, IDictionary map)
    {
        writer.Write((byte)Tag.Map);
        writer.Write7BitEncodedInt(map.Count);
        foreach (DictionaryEntry entry in map)
        {
            writer.Write(entry.Key.ToString()!);
            Write(writer, entry.Value);
        }
    }

    private static Dictionary<string, object?> ReadMap(BinaryReader reader)
    {
        var count = reader.Read7BitEncodedInt();
        var map = new Dictionary<string, object?>(count, StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
            map[reader.ReadString()] = Read(reader);
        return map;
    }
}
