using System.Buffers.Binary;
using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SafeAI.Migration.Engine.Transformation;
using SafeAI.Migration.Engine.Validation.Schema;

namespace SafeAI.Migration.Engine.Validation.Keys;

/// <summary>
/// The 128-bit fingerprint of a key: the first half of a SHA-256 over its values, each with its kind and length.
/// Numbers are equal where their values are, whatever their type; text is compared by its characters, without case
/// or accents being folded. Not safe for several threads at once.
/// </summary>
internal sealed class KeyFingerprint
{
    private byte[] _buffer = new byte[256];
    private int _length;

    /// <summary>Begins a new key.</summary>
    public void Clear() => _length = 0;

    /// <summary>Adds the next value of the key.</summary>
    public void Add(object? value)
    {
        switch (value)
        {
            case null: Tag('0'); break;
            case string v: AddText('s', v); break;
            case bool v: Tag(v ? 'T' : 'F'); break;
            case long v: AddInteger(v); break;
            case int v: AddInteger(v); break;
            case short v: AddInteger(v); break;
            case byte v: AddInteger(v); break;
            case sbyte v: AddInteger(v); break;
            case ushort v: AddInteger(v); break;
            case uint v: AddInteger(v); break;
            case ulong v: AddNumber(v); break;
            case BigInteger v: AddBig(v); break;
            case decimal v: AddNumber(v); break;
            case float v: AddDouble(v); break;
            case double v: AddDouble(v); break;
            case DateTimeOffset v: AddTicks('z', v.UtcTicks); break;
            case DateTime v: AddTicks('l', v.Ticks); break;
            case DateOnly v: AddTicks('d', v.DayNumber); break;
            case TimeOnly v: AddTicks('t', v.Ticks); break;
            case TimeSpan v: AddTicks('p', v.Ticks); break;
            case byte[] v when NestedValue.IsBytes(v): AddBytes('b', v); break;
            case IDictionary v: AddTable(v); break;
            case IEnumerable v: AddList(v); break;
            default: AddText('x', Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""); break;
        }
    }

    /// <summary>The fingerprint of the values added since the last <see cref="Clear"/>.</summary>
    public UInt128 Value
    {
        get
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(_buffer.AsSpan(0, _length), hash);
            return BinaryPrimitives.ReadUInt128LittleEndian(hash);
        }
    }

    private void AddInteger(long value) => AddTicks('i', value);

    private void AddDouble(double value)
    {
        // An integral value is the same number as the integer, and one that a decimal holds the same as the decimal. A
        // decimal has 28 places after the point: below this limit it may lack some of the 17 digits that tell doubles apart.
        if (double.IsInteger(value) && Math.Abs(value) < 9.2e18)
            AddInteger((long)value);
        else if (double.IsFinite(value) && Math.Abs(value) > 1e-10)
            Add(JsonValue.NumberOf(value));
        else
            AddTicks('f', BitConverter.DoubleToInt64Bits(value));
    }

    private void AddNumber(decimal value)
    {
        if (decimal.IsInteger(value) && value is >= long.MinValue and <= long.MaxValue)
            AddInteger((long)value);
        else if (decimal.IsInteger(value))
            AddBig(new BigInteger(value));
        else
            AddText('m', value.ToString("G29", CultureInfo.InvariantCulture));
    }

    private void AddBig(BigInteger value)
    {
        if (value >= long.MinValue && value <= long.MaxValue)
            AddInteger((long)value);
        else
            AddBytes('I', value.ToByteArray());
    }

    private void AddTable(IDictionary table)
    {
        Tag('{');
        foreach (var key in table.Keys.Cast<object>().OrderBy(k => k.ToString(), StringComparer.Ordinal))
        {
            AddText('k', key.ToString() ?? "");
            Add(table[key]);
        }

        Tag('}');
    }

    private void AddList(IEnumerable list)
    {
        Tag('[');
        foreach (var element in list)
            Add(element);
        Tag(']');
    }

    private void AddTicks(char tag, long value)
    {
        Reserve(9);
        _buffer[_length] = (byte)tag;
        BinaryPrimitives.WriteInt64LittleEndian(_buffer.AsSpan(_length + 1), value);
        _length += 9;
    }

    private void AddText(char tag, string text)
    {
        // UTF-16 as it is: an encoding would make one of all texts with halves of surrogate pairs.
        Reserve(5 + 2 * text.Length);
        _buffer[_length] = (byte)tag;
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(_length + 1), text.Length);
        _length += 5;
        MemoryMarshal.AsBytes(text.AsSpan()).CopyTo(_buffer.AsSpan(_length));
        _length += 2 * text.Length;
    }

    private void AddBytes(char tag, byte[] bytes)
    {
        Reserve(5 + bytes.Length);
        _buffer[_length] = (byte)tag;
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(_length + 1), bytes.Length);
        bytes.CopyTo(_buffer, _length + 5);
        _length += 5 + bytes.Length;
    }

    private void Tag(char tag)
    {
        Reserve(1);
        _buffer[_length++] = (byte)tag;
    }

    private void Reserve(int count)
    {
        if (_buffer.Length - _length < count)
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + count));
    }
}
