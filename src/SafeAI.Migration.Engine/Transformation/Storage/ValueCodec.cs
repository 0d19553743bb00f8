using System.Collections;
using System.Numerics;
using System.Text.Json;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>
/// Writes the values of records as bytes and reads them back equal. A list comes back as an array, of its own elements where they are of a
/// type of this list and of objects otherwise, a map as a dictionary.
/// </summary>
internal static class ValueCodec
{
    private enum Tag : byte
    {
        Null, Text, Long, Int, Short, Byte, Double, Single, Decimal, True, False, DateTime, Moment, Date, Time, Duration, Uuid, Bytes, Big, Json, List, Map, SByte, UShort, UInt, ULong, Char, Array,
    }

    private static readonly Type[] s_elements =
    [
        typeof(string), typeof(long), typeof(int), typeof(short), typeof(byte), typeof(sbyte), typeof(ushort), typeof(uint), typeof(ulong), typeof(char), typeof(double), typeof(float),
        typeof(decimal), typeof(bool), typeof(DateTime), typeof(DateTimeOffset), typeof(DateOnly), typeof(TimeOnly), typeof(TimeSpan), typeof(Guid), typeof(byte[]), typeof(BigInteger),
    ];

    public static byte[] Encode(IReadOnlyList<object?> values)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write7BitEncodedInt(values.Count);
        foreach (var value in values)
            Write(writer, value);
        writer.Flush();
        return stream.ToArray();
    }

    public static object?[] Decode(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        var values = new object?[reader.Read7BitEncodedInt()];
        for (var i = 0; i < values.Length; i++)
            values[i] = Read(reader);
        return values;
    }

    private static void Write(BinaryWriter writer, object? value)
    {
        switch (value)
        {
            case null or DBNull: Put(Tag.Null); break;
            case string v: Put(Tag.Text); WriteText(writer, v); break;
            case long v: Put(Tag.Long); writer.Write(v); break;
            case int v: Put(Tag.Int); writer.Write(v); break;
            case short v: Put(Tag.Short); writer.Write(v); break;
            case byte v: Put(Tag.Byte); writer.Write(v); break;
            case sbyte v: Put(Tag.SByte); writer.Write(v); break;
            case ushort v: Put(Tag.UShort); writer.Write(v); break;
            case uint v: Put(Tag.UInt); writer.Write(v); break;
            case ulong v: Put(Tag.ULong); writer.Write(v); break;
            case char v: Put(Tag.Char); writer.Write((ushort)v); break;
            case double v: Put(Tag.Double); writer.Write(v); break;
            case float v: Put(Tag.Single); writer.Write(v); break;
            case decimal v: Put(Tag.Decimal); writer.Write(v); break;
            case bool v: Put(v ? Tag.True : Tag.False); break;
            case DateTime v: Put(Tag.DateTime); writer.Write(v.Ticks); writer.Write((byte)v.Kind); break;
            case DateTimeOffset v: Put(Tag.Moment); writer.Write(v.Ticks); writer.Write((short)v.TotalOffsetMinutes); break;
            case DateOnly v: Put(Tag.Date); writer.Write(v.DayNumber); break;
            case TimeOnly v: Put(Tag.Time); writer.Write(v.Ticks); break;
            case TimeSpan v: Put(Tag.Duration); writer.Write(v.Ticks); break;
            case Guid v: Put(Tag.Uuid); writer.Write(v.ToByteArray()); break;
            case byte[] v when NestedValue.IsBytes(v): Put(Tag.Bytes); writer.Write7BitEncodedInt(v.Length); writer.Write(v); break;
            case BigInteger v: Put(Tag.Big); WriteText(writer, v.ToString(System.Globalization.CultureInfo.InvariantCulture)); break;
            case JsonElement v: Put(Tag.Json); WriteText(writer, v.ValueKind == JsonValueKind.Undefined ? "null" : v.GetRawText()); break;
            case IDictionary or IEnumerable<KeyValuePair<string, object?>>:
                Put(Tag.Map);
                var members = NestedValue.Members(value).ToList();
                writer.Write7BitEncodedInt(members.Count);
                foreach (var (key, member) in members)
                {
                    WriteText(writer, key);
                    Write(writer, member);
                }

                break;
            case Array v when v.Rank == 1 && Array.IndexOf(s_elements, v.GetType().GetElementType()) is >= 0 and var kind:
                Put(Tag.Array);
                writer.Write((byte)kind);
                writer.Write7BitEncodedInt(v.Length);
                foreach (var element in v)
                    Write(writer, element);
                break;
            case IEnumerable v:
                Put(Tag.List);
                var elements = v.Cast<object?>().ToList();
                writer.Write7BitEncodedInt(elements.Count);
                foreach (var element in elements)
                    Write(writer, element);
                break;
            default: Put(Tag.Text); WriteText(writer, GraphText.Format(value)); break;
        }

        void Put(Tag tag) => writer.Write((byte)tag);
    }

    private static object? Read(BinaryReader reader)
    {
        var tag = (Tag)reader.ReadByte();
        switch (tag)
        {
            case Tag.Null: return null;
            case Tag.Text: return ReadText(reader);
            case Tag.Long: return reader.ReadInt64();
            case Tag.Int: return reader.ReadInt32();
            case Tag.Short: return reader.ReadInt16();
            case Tag.Byte: return reader.ReadByte();
            case Tag.SByte: return reader.ReadSByte();
            case Tag.UShort: return reader.ReadUInt16();
            case Tag.UInt: return reader.ReadUInt32();
            case Tag.ULong: return reader.ReadUInt64();
            case Tag.Char: return (char)reader.ReadUInt16();
            case Tag.Array:
                var array = Array.CreateInstance(s_elements[reader.ReadByte()], reader.Read7BitEncodedInt());
                for (var i = 0; i < array.Length; i++)
                    array.SetValue(Read(reader), i);
                return array;
            case Tag.Double: return reader.ReadDouble();
            case Tag.Single: return reader.ReadSingle();
            case Tag.Decimal: return reader.ReadDecimal();
            case Tag.True: return true;
            case Tag.False: return false;
            case Tag.DateTime: return new DateTime(reader.ReadInt64(), (DateTimeKind)reader.ReadByte());
            case Tag.Moment: return new DateTimeOffset(reader.ReadInt64(), TimeSpan.FromMinutes(reader.ReadInt16()));
            case Tag.Date: return DateOnly.FromDayNumber(reader.ReadInt32());
            case Tag.Time: return new TimeOnly(reader.ReadInt64());
            case Tag.Duration: return new TimeSpan(reader.ReadInt64());
            case Tag.Uuid: return new Guid(reader.ReadBytes(16));
            case Tag.Bytes: return reader.ReadBytes(reader.Read7BitEncodedInt());
            case Tag.Big: return BigInteger.Parse(ReadText(reader), System.Globalization.CultureInfo.InvariantCulture);
            case Tag.Json:
                using (var document = JsonDocument.Parse(ReadText(reader), new JsonDocumentOptions { MaxDepth = 1000 }))
                    return document.RootElement.Clone();
            case Tag.Map:
                var map = new Dictionary<string, object?>(StringComparer.Ordinal);
                for (var count = reader.Read7BitEncodedInt(); count > 0; count--)
                {
                    var key = ReadText(reader);
                    map[key] = Read(reader);
                }

                return map;
            default:
                var list = new object?[reader.Read7BitEncodedInt()];
                for (var i = 0; i < list.Length; i++)
                    list[i] = Read(reader);
                return list;
        }
    }

    // As UTF-16, so that even half of a surrogate pair comes back.
    private static void WriteText(BinaryWriter writer, string text)
    {
        writer.Write7BitEncodedInt(text.Length);
        writer.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(text.AsSpan()));
    }

    private static string ReadText(BinaryReader reader)
    {
        var length = reader.Read7BitEncodedInt();
        return string.Create(length, reader, (span, r) =>
        {
            var bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(span);
            r.BaseStream.ReadExactly(bytes);
        });
    }
}
