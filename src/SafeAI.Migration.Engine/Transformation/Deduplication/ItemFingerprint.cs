using System.Buffers.Binary;
using System.Collections;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>
/// Hashes of what an item is and of what it says, in a few nanoseconds. They begin with numbers that are drawn for each process, so
/// that nobody can choose values that share one; two different ones share one by chance as good as never. Remembers what items
/// of one mapping share; not safe for several threads at once.
/// </summary>
internal sealed class ItemFingerprint
{
    private const ulong Odd = 0x9E3779B97F4A7C15;

    private static readonly ulong[] s_seeds = MemoryMarshal.Cast<byte, ulong>(RandomNumberGenerator.GetBytes(24)).ToArray();

    // By itself, as it is asked for most.
    private static readonly ulong s_seed = s_seeds[0];

    private (string? Name, bool IsNode, ulong Upper, ulong Lower) _type;
    private (IEnumerable<string>? Keys, ulong[] Hashes) _names;

    /// <summary>Of a type and the item's id.</summary>
    public UInt128 OfId(GraphItem item, string type)
    {
        var isNode = item is GraphNode;
        if (!ReferenceEquals(_type.Name, type) || _type.IsNode != isNode)
        {
            var kind = isNode ? 1UL : 2UL;
            _type = (type, isNode, Text(s_seeds[0] ^ kind, type), Text(s_seeds[1] ^ kind, type));
        }

        return new UInt128(Text(_type.Upper, item.Id), Text(_type.Lower, item.Id));
    }

    /// <summary>Of the ends or labels and the properties, whatever their order; one that is null counts as absent.</summary>
    public ulong OfContent(GraphItem item)
    {
        var hash = s_seeds[2];
        if (item is GraphRelationship relationship)
        {
            hash = Text(Text(Text(Text(hash, relationship.FromType), relationship.FromId), relationship.ToType), relationship.ToId);
        }
        else
        {
            foreach (var label in ((GraphNode)item).Labels)
                hash += Text(Odd, label);
        }

        var properties = item.Properties;
        var names = NamesOf(properties);
        for (var i = 0; i < names.Length; i++)
        {
            if (properties.GetValue(i) is { } value)
                hash += Value(names[i], value);
        }

        return hash;
    }

    // Items of one mapping share their array of names.
    private ulong[] NamesOf(PropertySet properties)
    {
        if (ReferenceEquals(_names.Keys, properties.Keys))
            return _names.Hashes;
        var hashes = new ulong[properties.Count];
        for (var i = 0; i < hashes.Length; i++)
            hashes[i] = Text(s_seeds[2], properties.GetName(i));
        _names = (properties.Keys, hashes);
        return hashes;
    }

    private static ulong Value(ulong hash, object value) => value switch
    {
        string text => Text(hash ^ 's', text),
        long number => Number(hash ^ 'i', number),
        // JSON does not keep a whole number and the same number with a fraction of zero apart.
        double number when number == Math.Floor(number) && Math.Abs(number) <= 1L << 53 => Number(hash ^ 'i', (long)number),
        double number => Number(hash ^ 'f', BitConverter.DoubleToInt64Bits(number)),
        bool truth => Number(hash ^ 'b', truth ? 1 : 0),
        DateOnly date => Number(hash ^ 'd', date.DayNumber),
        TimeOnly time => Number(hash ^ 't', time.Ticks),
        TimeSpan duration => Number(hash ^ 'p', duration.Ticks),
        DateTimeOffset moment => Number(Number(hash ^ 'z', moment.Ticks), moment.Offset.Ticks),
        DateTime local => Number(hash ^ 'l', local.Ticks),
        IList list => Elements(hash, list),
        _ => Text(hash ^ 'x', GraphText.Format(value)),
    };

    private static ulong Elements(ulong hash, IList list)
    {
        hash = Number(hash ^ '[', list.Count);
        foreach (var element in list)
            hash = element is null ? Number(hash, 0) : Value(hash, element);
        return hash;
    }

    private static ulong Number(ulong hash, long number) => Mix(hash + Odd, (ulong)number ^ s_seeds[1]);

    // Eight letters a multiplication; the length, which comes last, tells texts apart that end in letters of the code zero.
    private static ulong Text(ulong hash, string text)
    {
        var letters = MemoryMarshal.AsBytes(text.AsSpan());
        for (; letters.Length >= 16; letters = letters[16..])
            hash = Mix(BinaryPrimitives.ReadUInt64LittleEndian(letters) ^ s_seed, BinaryPrimitives.ReadUInt64LittleEndian(letters[8..]) ^ hash);
        var (low, high) = (0UL, 0UL);
        if (letters.Length >= 8)
        {
            // What is left is read from both of its ends.
            low = BinaryPrimitives.ReadUInt64LittleEndian(letters);
            high = BinaryPrimitives.ReadUInt64LittleEndian(letters[^8..]);
        }
        else
        {
            foreach (var half in MemoryMarshal.Cast<byte, ushort>(letters))
                low = (low << 16) | half;
        }

        return Mix(Mix(low ^ s_seed, high ^ hash) ^ Odd, (ulong)text.Length ^ s_seeds[1]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return high ^ low ^ b;
    }
}
