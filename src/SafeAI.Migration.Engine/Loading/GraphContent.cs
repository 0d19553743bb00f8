using System.Buffers;
using System.Buffers.Binary;
using System.Collections;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// What two items must share to be the same: equality and hashes over canonical values. A whole number equals the
/// same number with a fraction of zero, since JSON does not keep them apart; a point in time equals its ISO 8601
/// text, since an answer in JSON carries it as text; a property that is null equals one that is absent.
/// </summary>
public static class GraphContent
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_buffer;
    // Used again, as making one takes as long as hashing a small item.
    [ThreadStatic]
    private static IncrementalHash? t_sha;
    [ThreadStatic]
    private static (IEnumerable<string>? Names, int[] Order) t_order;
    [ThreadStatic]
    private static (IEnumerable<string>? Names, int[] Order) t_otherOrder;

    /// <summary>The length of a content hash in bytes.</summary>
    public const int HashLength = 16;

    /// <summary>Whether laying <paramref name="desired"/> over <paramref name="actual"/> would change nothing.</summary>
    public static bool Covers(PropertySet actual, PropertySet desired)
    {
        ArgumentNullException.ThrowIfNull(actual);
        ArgumentNullException.ThrowIfNull(desired);
        for (var i = 0; i < desired.Count; i++)
        {
            var place = actual.PlaceOf(desired.GetName(i), i);
            if (!ValueEquals(desired.GetValue(i), place < 0 ? null : actual.GetValue(place)))
                return false;
        }

        return true;
    }

    /// <summary>Whether a value is the same as one that was read back.</summary>
    /// <param name="desired">The value that was meant, of a kind that <see cref="PropertySet"/> allows.</param>
    /// <param name="actual">The value that was read; text where the answer carries no other form.</param>
    public static bool ValueEquals(object? desired, object? actual)
    {
        if (desired is null || actual is null)
            return desired is null && actual is null;
        return (desired, actual) switch
        {
            (string a, string b) => string.Equals(a, b, StringComparison.Ordinal),
            (bool a, bool b) => a == b,
            (long a, long b) => a == b,
            (double a, double b) => a.Equals(b),
            (long a, double b) => IsWhole(b) && (long)b == a,
            (double a, long b) => IsWhole(a) && (long)a == b,
            (IList a, IList b) => ListEquals(a, b),
            (_, string text) when GraphTemporal.IsTemporal(desired) =>
                GraphTemporal.TryParse(desired.GetType(), text, out var parsed) && ValueEquals(desired, parsed),
            (DateTimeOffset a, DateTimeOffset b) => a.EqualsExact(b),
            _ => desired.Equals(actual) || (Widen(desired) is var a && Widen(actual) is var b && (a.GetType() != desired.GetType() || b.GetType() != actual.GetType()) && ValueEquals(a, b)),
        };
    }

    // Items made by hand may have numbers of other kinds than those that are stored.
    private static object Widen(object value) => GraphTemporal.IsTemporal(value) ? value : StorableItem.TryMakeStorable(value, out var own, out _, out _) ? own ?? value : value;

    /// <summary>The hash of an item as it is.</summary>
    public static byte[] Hash(GraphItem item) => Hash(item, item.Properties, (item as GraphNode)?.Labels);

    /// <summary>A hash over the type's place in the graph, the labels and the properties, independent of their order.</summary>
    /// <param name="item">The item.</param>
    /// <param name="properties">The properties it is to have, in place of its own.</param>
    /// <param name="labels">The further labels it is to have; null for relationships.</param>
    public static byte[] Hash(GraphItem item, PropertySet properties, IEnumerable<string>? labels)
    {
        ArgumentNullException.ThrowIfNull(item);
        ArgumentNullException.ThrowIfNull(properties);
        var buffer = t_buffer ??= new ArrayBufferWriter<byte>(1024);
        buffer.ResetWrittenCount();
        WriteText(buffer, item.Type);
        WriteText(buffer, item.Id);
        if (item is GraphRelationship relationship)
        {
            // Not the types of the ends: an answer gives all labels of a node and does not say which is the main one.
            WriteText(buffer, relationship.FromId);
            WriteText(buffer, relationship.ToId);
        }

        if (labels is not null and not IReadOnlyCollection<string> { Count: 0 })
        {
            foreach (var label in labels.Distinct().Order(StringComparer.Ordinal))
                WriteText(buffer, label);
        }

        foreach (var i in OrderOf(properties))
        {
            if (properties.GetValue(i) is not { } value)
                continue;
            WriteText(buffer, properties.GetName(i));
            WriteValue(buffer, value);
        }

        Span<byte> hash = stackalloc byte[32];
        var sha = t_sha ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(buffer.WrittenSpan);
        sha.GetHashAndReset(hash);
        return hash[..HashLength].ToArray();
    }

    // Items of one mapping share their array of names, and so do those of one answer: what is hashed in turn has one of two.
    private static int[] OrderOf(PropertySet properties)
    {
        if (ReferenceEquals(t_order.Names, properties.Keys))
            return t_order.Order;
        (t_order, t_otherOrder) = (t_otherOrder, t_order);
        if (ReferenceEquals(t_order.Names, properties.Keys))
            return t_order.Order;
        var order = new int[properties.Count];
        var names = new string[properties.Count];
        for (var i = 0; i < order.Length; i++)
            (order[i], names[i]) = (i, properties.GetName(i));
        Array.Sort(names, order, StringComparer.Ordinal);
        t_order = (properties.Keys, order);
        return order;
    }

    // Such a number is the same as a whole number of 64 bits, whatever its size.
    private static bool IsWhole(double value) => value is >= -9223372036854775808.0 and < 9223372036854775808.0 && value == Math.Floor(value);

    private static bool ListEquals(IList a, IList b)
    {
        if (a.Count != b.Count)
            return false;
        for (var i = 0; i < a.Count; i++)
        {
            if (!ValueEquals(a[i], b[i]))
                return false;
        }

        return true;
    }

    private static void WriteValue(ArrayBufferWriter<byte> buffer, object value)
    {
        switch (value)
        {
            case string text:
                WriteTag(buffer, 's');
                WriteText(buffer, text);
                break;
            case bool flag:
                WriteTag(buffer, flag ? 't' : 'f');
                break;
            case long number:
                WriteTag(buffer, 'i');
                WriteNumber(buffer, number);
                break;
            case double number when IsWhole(number):
                WriteTag(buffer, 'i');
                WriteNumber(buffer, (long)number);
                break;
            case double number:
                WriteTag(buffer, 'd');
                WriteNumber(buffer, BitConverter.DoubleToInt64Bits(number));
                break;
            case IList list:
                WriteTag(buffer, 'l');
                WriteNumber(buffer, list.Count);
                foreach (var element in list)
                    WriteValue(buffer, element!);
                break;
            case var _ when Widen(value) is var own && own.GetType() != value.GetType():
                WriteValue(buffer, own);
                break;
            default:
                WriteTag(buffer, 's');
                WriteText(buffer, GraphTemporal.IsTemporal(value)
                    ? GraphTemporal.Format(value)
                    : Convert.ToString(value, CultureInfo.InvariantCulture)!);
                break;
        }
    }

    private static void WriteTag(ArrayBufferWriter<byte> buffer, char tag)
    {
        buffer.GetSpan(1)[0] = (byte)tag;
        buffer.Advance(1);
    }

    private static void WriteNumber(ArrayBufferWriter<byte> buffer, long number)
    {
        BinaryPrimitives.WriteInt64LittleEndian(buffer.GetSpan(8), number);
        buffer.Advance(8);
    }

    private static void WriteText(ArrayBufferWriter<byte> buffer, string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        WriteNumber(buffer, length);
        Encoding.UTF8.GetBytes(text, buffer.GetSpan(length));
        buffer.Advance(length);
    }
}
