using System.Buffers.Text;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Unicode;
using SafeAI.Migration.Engine.Extraction.Databases;

namespace SafeAI.Migration.Engine.Extraction.Files.Sql;

/// <summary>What the values of a column become.</summary>
internal enum SqlValueKind
{
    /// <summary>By the literal itself, as in SQLite and where no type is known.</summary>
    Any,
    Text,
    Boolean,
    Int16,
    Int32,
    Int64,
    Single,
    Double,
    Decimal,
    Date,
    Time,
    Timestamp,
    TimestampTz,
    Uuid,
    Bytes,

    /// <summary>A number that MySQL writes as its bytes.</summary>
    Bits,

    /// <summary>An array of PostgreSQL.</summary>
    Array,
}

/// <summary>The form in which a value stands in a dump.</summary>
internal enum SqlLiteral
{
    Text,
    Number,
    Boolean,
    Bytes,
}

/// <summary>A column of a table and how its values are read. What its .NET type cannot hold arrives in another form, marked as odd.</summary>
internal sealed class SqlColumn(string name, string? sourceType, SqlDialect dialect)
{
    private readonly SqlColumn? _element = sourceType is not null && SqlTypes.KindOf(sourceType, dialect) == SqlValueKind.Array
        ? new SqlColumn(name, sourceType[..sourceType.IndexOf('[', StringComparison.Ordinal)].TrimEnd(), dialect)
        : null;

    public string Name { get; } = name;

    public string? SourceType { get; } = sourceType;

    public bool IsNullable { get; set; } = true;

    /// <summary>Whether the database computes it from others; a dump has no values of it.</summary>
    public bool IsComputed { get; set; }

    public SqlValueKind Kind { get; } = SqlTypes.KindOf(sourceType, dialect);

    /// <summary>The .NET type of the values.</summary>
    public Type Type => _element is null ? SqlTypes.TypeOf(Kind) : _element.Type.MakeArrayType();

    public RecordField ToField() => new(Name, Type, SourceType, IsNullable || IsComputed, IsComputed ? "The database computes it; a dump does not hold it." : null);

    /// <summary>The field in the schema of rows with odd values.</summary>
    public RecordField ToWideField() => Kind is SqlValueKind.Any or SqlValueKind.Text || IsComputed
        ? ToField()
        : new RecordField(Name, typeof(object), SourceType, IsNullable, "What the column's own type does not hold comes in another type, or as text.");

    /// <summary>Reads a value.</summary>
    /// <param name="value">What stands in the dump, with quotes and escapes resolved.</param>
    /// <param name="literal">In which form it stands there.</param>
    /// <param name="isOdd">Set where the column's type does not hold the value.</param>
    /// <returns>The value; null where a text is not valid UTF-8.</returns>
    public object? Read(ReadOnlySpan<byte> value, SqlLiteral literal, ref bool isOdd)
    {
        switch (Kind)
        {
            case SqlValueKind.Any:
                return ReadAny(value, literal);
            case SqlValueKind.Text:
                return TextOf(value);
            case SqlValueKind.Bytes when literal == SqlLiteral.Bytes || dialect == SqlDialect.MySql:
                return value.ToArray();
            case SqlValueKind.Bits:
                return BitsOf(value, literal);
            case SqlValueKind.Array:
                return ReadArray(value, ref isOdd);
        }

        if (ReadTyped(value, literal) is { } typed)
            return typed;
        isOdd = true;
        return literal == SqlLiteral.Bytes ? value.ToArray()
            : TextOf(value) is not { } text ? null
            : Kind == SqlValueKind.Decimal ? NumberOf(text)
            : text;
    }

    /// <summary>A number that decimal does not hold: exactly, or as its text.</summary>
    private static object NumberOf(string text)
    {
        try
        {
            return text.Length == 0 ? text : PostgreSqlText.ToNumber(text);
        }
        catch (FormatException)
        {
            return text;
        }
    }

    /// <summary>An array of one dimension; with nulls or odd values inside an array of objects; any other as its text.</summary>
    private object? ReadArray(ReadOnlySpan<byte> value, ref bool isOdd)
    {
        if (TextOf(value) is not { } text)
            return null;
        List<string?>? elements;
        try
        {
            elements = PostgreSqlText.ParseArray(text);
        }
        catch (IndexOutOfRangeException)
        {
            elements = null;
        }

        if (elements is null)
        {
            isOdd = true;
            return text;
        }

        var array = Array.CreateInstance(_element!.Type, elements.Count);
        var isMixed = false;
        var values = new object?[elements.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = elements[i] is { } element ? _element.Read(Encoding.UTF8.GetBytes(element), SqlLiteral.Text, ref isMixed) : null;
            isMixed |= values[i] is null && _element.Type.IsValueType;
            if (!isMixed)
                array.SetValue(values[i], i);
        }

        isOdd |= isMixed;
        return isMixed ? values : array;
    }

    private object? ReadTyped(ReadOnlySpan<byte> value, SqlLiteral literal)
    {
        switch (Kind)
        {
            case SqlValueKind.Boolean:
                return value is [(byte)'t' or (byte)'T' or (byte)'1', ..] ? true : value is [(byte)'f' or (byte)'F' or (byte)'0', ..] ? false : null;
            case SqlValueKind.Int16:
                return Utf8Parser.TryParse(value, out short int16, out var used) && used == value.Length ? int16 : null;
            case SqlValueKind.Int32:
                return Utf8Parser.TryParse(value, out int int32, out used) && used == value.Length ? int32 : null;
            case SqlValueKind.Int64:
                return Utf8Parser.TryParse(value, out long int64, out used) && used == value.Length ? int64 : null;
            case SqlValueKind.Bytes:
                return literal == SqlLiteral.Text && value.StartsWith("\\x"u8) && value.Length % 2 == 0 ? SqlValues.FromHex(value[2..]) : null;
        }

        if (value.Length > 256)
            return null;
        Span<char> buffer = stackalloc char[value.Length];
        if (Encoding.ASCII.GetChars(value, buffer) != value.Length)
            return null;
        ReadOnlySpan<char> text = buffer;
        var culture = CultureInfo.InvariantCulture;
        return Kind switch
        {
            SqlValueKind.Single => float.TryParse(text, NumberStyles.Float, culture, out var single) ? single : null,
            SqlValueKind.Double => double.TryParse(text, NumberStyles.Float, culture, out var number) ? number : null,
            SqlValueKind.Decimal => (object?)DecimalOf(text),
            SqlValueKind.Date => DateOnly.TryParseExact(text, "yyyy-MM-dd", culture, DateTimeStyles.None, out var date) ? date : null,
            SqlValueKind.Time => TimeOnly.TryParseExact(text, "HH:mm:ss.FFFFFF", culture, DateTimeStyles.None, out var time) ? time : null,
            SqlValueKind.Timestamp => DateTime.TryParseExact(text, "yyyy-MM-dd HH:mm:ss.FFFFFF", culture, DateTimeStyles.None, out var moment) ? moment : null,
            SqlValueKind.TimestampTz => DateTimeOffset.TryParseExact(text, s_zoned, culture, DateTimeStyles.None, out var zoned) ? zoned.ToUniversalTime() : null,
            SqlValueKind.Uuid => Guid.TryParseExact(text, "D", out var guid) ? guid : null,
            _ => null,
        };
    }

    private static readonly string[] s_zoned = ["yyyy-MM-dd HH:mm:ss.FFFFFFzz", "yyyy-MM-dd HH:mm:ss.FFFFFFzzz"];

    /// <summary>A decimal where it holds the number exactly, with all its places.</summary>
    private static decimal? DecimalOf(ReadOnlySpan<char> text) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
        && (text.Length <= 28 || value.ToString(CultureInfo.InvariantCulture).AsSpan().SequenceEqual(text))
            ? value
            : null;

    private static object? ReadAny(ReadOnlySpan<byte> value, SqlLiteral literal)
    {
        switch (literal)
        {
            case SqlLiteral.Boolean:
                return (value[0] | 0x20) == 't';
            case SqlLiteral.Bytes:
                return value.ToArray();
            case SqlLiteral.Text:
                return TextOf(value);
        }

        if (Utf8Parser.TryParse(value, out long integer, out var used) && used == value.Length)
            return integer;
        var text = Encoding.ASCII.GetString(value);
        if (BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var large))
            return large;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : text;
    }

    private static object? BitsOf(ReadOnlySpan<byte> value, SqlLiteral literal)
    {
        if (literal == SqlLiteral.Number && Utf8Parser.TryParse(value, out long number, out var used) && used == value.Length)
            return number;
        if (value.Length > 8 || (value.Length == 8 && value[0] >= 0x80))
            return value.ToArray();
        var bits = 0L;
        foreach (var b in value)
            bits = (bits << 8) | b;
        return bits;
    }

    private static string? TextOf(ReadOnlySpan<byte> value) => Utf8.IsValid(value) ? Encoding.UTF8.GetString(value) : null;
}
