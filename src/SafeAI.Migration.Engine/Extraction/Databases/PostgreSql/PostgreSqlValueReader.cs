using System.Buffers.Binary;
using Npgsql;

namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>
/// Reads the values of one column. Where the column's .NET type cannot hold a value (infinity, a date before year 1,
/// a number beyond decimal), the value comes in another type and <c>odd</c> is set: the row then gets the schema in
/// which this field holds any type. Nothing is rounded, clamped or dropped.
/// </summary>
internal abstract class PostgreSqlValueReader(Type type, bool asText, string? note = null, string? oddNote = null)
{
    /// <summary>The .NET type of the values.</summary>
    public Type Type { get; } = type;

    /// <summary>Whether the server is asked for the text form of this column, where a statement's result is read.</summary>
    public bool AsText { get; } = asText;

    /// <summary>Whether the server is asked for the text form of this column, where a table is copied in binary form.</summary>
    public virtual bool CopyAsText => AsText;

    /// <summary>What a reader of the schema should know.</summary>
    public string? Note { get; } = note;

    /// <summary>What a reader of the wide schema should know; null where no value is ever odd.</summary>
    public string? OddNote { get; } = oddNote;

    /// <summary>Reads a value that is not null.</summary>
    public abstract object Read(NpgsqlDataReader reader, int ordinal, ref bool odd);

    /// <summary>Reads a value that is not null from its binary form, or from its text where <see cref="CopyAsText"/>.</summary>
    public abstract object Read(ReadOnlySpan<byte> value, ref bool odd);
}

/// <summary>Decodes the binary form of a value.</summary>
internal delegate T BinaryDecoder<T>(ReadOnlySpan<byte> value);

internal sealed class PlainReader<T>(BinaryDecoder<T> decode) : PostgreSqlValueReader(typeof(T), asText: false)
    where T : notnull
{
    public override object Read(NpgsqlDataReader reader, int ordinal, ref bool odd) => reader.GetFieldValue<T>(ordinal);

    public override object Read(ReadOnlySpan<byte> value, ref bool odd) => decode(value);
}

internal sealed class BooleanReader() : PostgreSqlValueReader(typeof(bool), asText: false)
{
    private static readonly object s_true = true;
    private static readonly object s_false = false;

    public override object Read(NpgsqlDataReader reader, int ordinal, ref bool odd) => reader.GetBoolean(ordinal) ? s_true : s_false;

    public override object Read(ReadOnlySpan<byte> value, ref bool odd) => value[0] != 0 ? s_true : s_false;
}

/// <param name="note">What a reader of the schema should know.</param>
/// <param name="prefix">How many bytes precede the text in its binary form.</param>
internal sealed class StringReader(string? note = null, int prefix = 0) : PostgreSqlValueReader(typeof(string), asText: false, note)
{
    public override object Read(NpgsqlDataReader reader, int ordinal, ref bool odd) => reader.GetString(ordinal);

    public override object Read(ReadOnlySpan<byte> value, ref bool odd) => PostgreSqlText.Decode(value[prefix..]);
}

internal sealed class TextFormReader(string? note) : PostgreSqlValueReader(typeof(string), asText: true, note)
{
    public override object Read(NpgsqlDataReader reader, int ordinal, ref bool odd) => reader.GetString(ordinal);

    public override object Read(ReadOnlySpan<byte> value, ref bool odd) => PostgreSqlText.Decode(value);
}

internal sealed class OidReader() : PostgreSqlValueReader(typeof(long), asText: false)
{
    public override object Read(NpgsqlDataReader reader, int ordinal, ref bool odd) => (long)reader.GetFieldValue<uint>(ordinal);

    public override object Read(ReadOnlySpan<byte> value, ref bool odd) => (long)BinaryPrimitives.ReadUInt32BigEndian(value);
}

internal sealed class NumericReader() : PostgreSqlValueReader(
    typeof(decimal), asText: true, oddNote: "Numbers beyond decimal come as BigInteger or text; NaN and infinity as double.")
{
    public override bool CopyAsText => false;

    public override object Read(NpgsqlDataReader reader, int ordinal, ref bool odd) => Checked(PostgreSqlText.ToNumber(reader.GetString(ordinal)), ref odd);

    public override object Read(ReadOnlySpan<byte> value, ref bool odd) => Checked(PostgreSqlNumeric.Decode(value), ref odd);

    private static object Checked(object value, ref bool odd)
    {
        if (value is not decimal)
            odd = true;
        return value;
    }
}

internal sealed class TimestampReader() : PostgreSqlValueReader(typeof(DateTime), asText: false, oddNote: PostgreSqlText.OddTime)
{
    public override object Read(NpgsqlDataReader reader, int ordinal, ref bool odd) => From(reader.GetFieldValue<long>(ordinal), ref odd);

    public override object Read(ReadOnlySpan<byte> value, ref bool odd) => From(BinaryPrimitives.ReadInt64BigEndian(value), ref odd);

    private static object From(long microseconds, ref bool odd)
    {
        if (PostgreSqlText.TryToTicks(microseconds, out var ticks))
            return new DateTime(ticks, DateTimeKind.Unspecified);
        odd = true;
        return PostgreSqlText.FormatTimestamp(microseconds, zone: "");
    }
}

internal sealed class TimestampTzReader() : PostgreSqlValueReader(typeof(DateTimeOffset), asText: false, oddNote: PostgreSqlText.OddTime)
{
    public override object Read(NpgsqlDataReader reader, int ordinal, ref bool odd) => From(reader.GetFieldValue<long>(ordinal), ref odd);

    public override object Read(ReadOnlySpan<byte> value, ref bool odd) => From(BinaryPrimitives.ReadInt64BigEndian(value), ref odd);

    private static object From(long microseconds, ref bool odd)
    {
        if (PostgreSqlText.TryToTicks(microseconds, out var ticks))
            return new DateTimeOffset(ticks, TimeSpan.Zero);
        odd = true;
        return PostgreSqlText.FormatTimestamp(microseconds, zone: "+00");
    }
}

internal sealed class DateReader() : PostgreSqlValueReader(typeof(DateOnly), asText: false, oddNote: PostgreSqlText.OddTime)
{
    public override object Read(NpgsqlDataReader reader, int ordinal, ref bool odd) => From(reader.GetFieldValue<int>(ordinal), ref odd);

    public override object Read(ReadOnlySpan<byte> value, ref bool odd) => From(BinaryPrimitives.ReadInt32BigEndian(value), ref odd);

    private static object From(int days, ref bool odd)
    {
        var number = days + (long)PostgreSqlText.EpochDay;
        if (number >= DateOnly.MinValue.DayNumber && number <= DateOnly.MaxValue.DayNumber)
            return DateOnly.FromDayNumber((int)number);
        odd = true;
        return days switch
        {
            int.MaxValue => "infinity",
            int.MinValue => "-infinity",
            _ => PostgreSqlText.FormatDate(days),
        };
    }
}

internal sealed class TimeReader() : PostgreSqlValueReader(typeof(TimeOnly), asText: false, oddNote: "The time 24:00:00 comes as text.")
{
    public override object Read(NpgsqlDataReader reader, int ordinal, ref bool odd) => From(reader.GetFieldValue<long>(ordinal), ref odd);

    public override object Read(ReadOnlySpan<byte> value, ref bool odd) => From(BinaryPrimitives.ReadInt64BigEndian(value), ref odd);

    private static object From(long microseconds, ref bool odd)
    {
        var ticks = microseconds * TimeSpan.TicksPerMicrosecond;
        if (ticks <= TimeOnly.MaxValue.Ticks)
            return new TimeOnly(ticks);
        odd = true;
        return "24:00:00";
    }
}

/// <summary>
/// Arrays of one dimension as .NET arrays. Arrays of several dimensions, or that do not begin at 1, come as
/// PostgreSQL writes them; those with nulls or odd values inside as an array of objects.
/// </summary>
internal sealed class ArrayReader<T>(Func<string, object> parse, string? note = null, char delimiter = ',') : PostgreSqlValueReader(
    typeof(T[]), asText: true, note,
    oddNote: "Arrays of several dimensions, or not from 1 on, come as text; those with nulls or odd values inside as arrays of objects.")
{
    public override object Read(NpgsqlDataReader reader, int ordinal, ref bool odd) => From(reader.GetString(ordinal), ref odd);

    public override object Read(ReadOnlySpan<byte> value, ref bool odd) => From(PostgreSqlText.Decode(value), ref odd);

    private object From(string text, ref bool odd)
    {
        var elements = PostgreSqlText.ParseArray(text, delimiter);
        if (elements is null)
        {
            odd = true;
            return text;
        }

        var values = new T[elements.Count];
        for (var i = 0; i < values.Length; i++)
        {
            if (elements[i] is { } element && parse(element) is T value)
                values[i] = value;
            else if (elements[i] is null && !typeof(T).IsValueType)
                values[i] = default!;
            else
            {
                odd = true;
                return elements.Select(e => e is null ? null : parse(e)).ToArray();
            }
        }

        return values;
    }
}
