using System.Collections;
using System.Numerics;
using System.Text.Json;

namespace SafeAI.Migration.Engine.Loading;

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
