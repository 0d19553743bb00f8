using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Export;

/// <summary>
/// Writes values of one column as COPY in its binary form takes them. The forms are those of the server's own receive
/// functions; a value that the column's type does not hold exactly is refused.
/// </summary>
internal abstract class PostgreSqlBinary
{
    private const long EpochTicks = 630822816000000000; // 2000-01-01
    private const int EpochDay = 730119;

    /// <summary>The .NET type that texts are converted to before they are written.</summary>
    public abstract Type Type { get; }

    /// <summary>Writes the length and the value.</summary>
    /// <exception cref="FormatException">It is of another type.</exception>
    /// <exception cref="OverflowException">It is beyond the range of the column's type.</exception>
    public abstract void Write(OutputBuffer output, object value);

    /// <summary>The writer for a type as the server's <c>format_type</c> writes it; null where there is none.</summary>
    public static PostgreSqlBinary? For(string type)
    {
        var open = type.IndexOf('(', StringComparison.Ordinal);
        var bare = open < 0 ? type : type[..open] + type[(type.IndexOf(')', open) + 1)..];
        return bare switch
        {
            "bigint" => new Int64Writer(),
            "integer" => new Int32Writer(),
            "smallint" => new Int16Writer(),
            "boolean" => new BooleanWriter(),
            "text" or "json" => new TextWriter(bare == "json", null),
            "character varying" or "character" => new TextWriter(false, open < 0 ? null : int.Parse(type.AsSpan(open + 1, type.IndexOf(')', open) - open - 1), CultureInfo.InvariantCulture)),
            "double precision" => new DoubleWriter(),
            "real" => new SingleWriter(),
            // What a scale would round must not be rounded silently.
            "numeric" => new NumericWriter(open < 0 ? null : ScaleOf(type[(open + 1)..type.IndexOf(')', open)])),
            "date" => new DateWriter(),
            "time without time zone" => new TimeWriter(PrecisionOf(type, open)),
            "timestamp without time zone" => new TimestampWriter(PrecisionOf(type, open)),
            "timestamp with time zone" => new TimestampTzWriter(PrecisionOf(type, open)),
            "uuid" => new UuidWriter(),
            "bytea" => new BytesWriter(),
            _ => null,
        };
    }

    private static int ScaleOf(string modifier) =>
        modifier.Split(',') is [_, var scale] ? int.Parse(scale, CultureInfo.InvariantCulture) : 0;

    private static int PrecisionOf(string type, int open) =>
        open < 0 ? PostgreSqlLiteral.MostDigits : int.Parse(type.AsSpan(open + 1, type.IndexOf(')', open) - open - 1), CultureInfo.InvariantCulture);

    /// <summary>Refuses a number whose digits the column's floating-point type does not keep.</summary>
    private static T Kept<T>(T stored, object value, int safeDigits)
        where T : struct, IFormattable
    {
        if (value is T or float || value is not (string or double or decimal or long or ulong or BigInteger))
            return stored;
        var text = value as string ?? GraphText.Format(value);
        if (NumberConverter.SignificantDigits(text) <= safeDigits || Rational.Read(text, NumberStyles.Float, CultureInfo.InvariantCulture) is not { } exact)
            return stored;
        var kept = Rational.Read(stored.ToString("R", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture);
        return kept == exact ? stored : throw new MigrationException(
            ErrorCode.LossyConversion, $"'{text}' has more digits than the column keeps.", "Round it in the mapping, or make the column numeric.") { Stage = MigrationStage.Load };
    }

    private static T As<T>(object value) => value is T own ? own : (T)ValueText.To(value, typeof(T))!;

    private static long Integer(object value) => value switch
    {
        long number => number,
        string text => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : As<long>(value),
        int number => number,
        _ => As<long>(value),
    };

    private static Span<byte> Field(OutputBuffer output, int length)
    {
        var span = output.GetSpan(length + 4)[..(length + 4)];
        BinaryPrimitives.WriteInt32BigEndian(span, length);
        output.Advance(length + 4);
        return span[4..];
    }

    private sealed class Int64Writer : PostgreSqlBinary
    {
        public override Type Type => typeof(long);

        public override void Write(OutputBuffer output, object value) => BinaryPrimitives.WriteInt64BigEndian(Field(output, 8), Integer(value));
    }

    private sealed class Int32Writer : PostgreSqlBinary
    {
        public override Type Type => typeof(int);

        public override void Write(OutputBuffer output, object value) => BinaryPrimitives.WriteInt32BigEndian(Field(output, 4), checked((int)Integer(value)));
    }

    private sealed class Int16Writer : PostgreSqlBinary
    {
        public override Type Type => typeof(short);

        public override void Write(OutputBuffer output, object value) => BinaryPrimitives.WriteInt16BigEndian(Field(output, 2), checked((short)Integer(value)));
    }

    private sealed class BooleanWriter : PostgreSqlBinary
    {
        public override Type Type => typeof(bool);

        public override void Write(OutputBuffer output, object value) => Field(output, 1)[0] = As<bool>(value) ? (byte)1 : (byte)0;
    }

    private sealed class TextWriter(bool isJson, int? maxLength) : PostgreSqlBinary
    {
        public override Type Type => typeof(string);

        public override void Write(OutputBuffer output, object value)
        {
            var text = isJson ? PostgreSqlLiteral.Format(value, "json") : value as string ?? ValueText.Format(value);
            if (text.Length > maxLength && text.EnumerateRunes().Count() > maxLength)
                throw new MigrationException(ErrorCode.LossyConversion, $"The text has more than the {maxLength} characters that the column holds.", "Truncate it in the mapping, or widen the column.") { Stage = MigrationStage.Load };
            var start = output.Length;
            Field(output, 0);
            var length = output.Add(text);
            var written = output.Written(start);
            if (written[4..].Contains((byte)0))
                throw PostgreSqlLiteral.NoNul();
            BinaryPrimitives.WriteInt32BigEndian(written, length);
        }
    }

    private sealed class DoubleWriter : PostgreSqlBinary
    {
        public override Type Type => typeof(double);

        public override void Write(OutputBuffer output, object value) => BinaryPrimitives.WriteDoubleBigEndian(Field(output, 8), value is float narrow ? narrow : Kept(As<double>(value), value, 15));
    }

    private sealed class SingleWriter : PostgreSqlBinary
    {
        public override Type Type => typeof(float);

        public override void Write(OutputBuffer output, object value) => BinaryPrimitives.WriteSingleBigEndian(Field(output, 4), Kept(As<float>(value), value, 6));
    }

    private sealed class DateWriter : PostgreSqlBinary
    {
        public override Type Type => typeof(DateOnly);

        public override void Write(OutputBuffer output, object value) =>
            BinaryPrimitives.WriteInt32BigEndian(Field(output, 4), As<DateOnly>(value).DayNumber - EpochDay);
    }

    private sealed class TimeWriter(int digits) : PostgreSqlBinary
    {
        public override Type Type => typeof(TimeOnly);

        public override void Write(OutputBuffer output, object value)
        {
            var ticks = As<TimeOnly>(value).Ticks;
            PostgreSqlLiteral.Whole(ticks, "The time", digits);
            BinaryPrimitives.WriteInt64BigEndian(Field(output, 8), ticks / TimeSpan.TicksPerMicrosecond);
        }
    }

    private sealed class TimestampWriter(int digits) : PostgreSqlBinary
    {
        public override Type Type => typeof(DateTime);

        public override void Write(OutputBuffer output, object value)
        {
            // A moment in a zone is not a local time; only the server's own zone could make one of it.
            if (value is DateTimeOffset || As<DateTime>(value) is not { Kind: DateTimeKind.Unspecified } local)
                throw PostgreSqlLiteral.InZone();
            var ticks = local.Ticks;
            PostgreSqlLiteral.Whole(ticks, "The time", digits);
            BinaryPrimitives.WriteInt64BigEndian(Field(output, 8), (ticks - EpochTicks) / TimeSpan.TicksPerMicrosecond);
        }
    }

    private sealed class TimestampTzWriter(int digits) : PostgreSqlBinary
    {
        public override Type Type => typeof(DateTimeOffset);

        public override void Write(OutputBuffer output, object value)
        {
            var ticks = value switch
            {
                DateTimeOffset moment => moment.UtcTicks,
                DateTime { Kind: not DateTimeKind.Unspecified } moment => moment.ToUniversalTime().Ticks,
                DateTime => throw new FormatException("The value is a time without a zone, and the column holds moments."),
                string text => Moment(text).UtcTicks,
                _ => As<DateTimeOffset>(value).UtcTicks,
            };
            PostgreSqlLiteral.Whole(ticks, "The time", digits);
            BinaryPrimitives.WriteInt64BigEndian(Field(output, 8), (ticks - EpochTicks) / TimeSpan.TicksPerMicrosecond);
        }

        private static DateTimeOffset Moment(string text)
        {
            // The form that most files have, read without the detours of the general one.
            if (text.Length == 20 && text[19] == 'Z' && text[4] == '-' && text[7] == '-' && text[10] is 'T' or ' ' && text[13] == ':' && text[16] == ':'
                && Digits(text, 0, 4, out var year) && Digits(text, 5, 2, out var month) && Digits(text, 8, 2, out var day)
                && Digits(text, 11, 2, out var hour) && Digits(text, 14, 2, out var minute) && Digits(text, 17, 2, out var second)
                && year > 0 && month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month) && hour < 24 && minute < 60 && second < 60)
                return new DateTimeOffset(year, month, day, hour, minute, second, TimeSpan.Zero);
            if (text.Length < 20 || !(text[^1] is 'Z' or 'z' || text.AsSpan(19).IndexOfAny('+', '-') >= 0))
                throw new FormatException($"'{text}' is a time without a zone, and the column holds moments.");
            return As<DateTimeOffset>(text);
        }

        private static bool Digits(string text, int start, int count, out int number)
        {
            number = 0;
            for (var i = start; i < start + count; i++)
            {
                if (!char.IsAsciiDigit(text[i]))
                    return false;
                number = (number * 10) + text[i] - '0';
            }

            return true;
        }
    }

    private sealed class UuidWriter : PostgreSqlBinary
    {
        public override Type Type => typeof(Guid);

        public override void Write(OutputBuffer output, object value) => As<Guid>(value).TryWriteBytes(Field(output, 16), bigEndian: true, out _);
    }

    private sealed class BytesWriter : PostgreSqlBinary
    {
        public override Type Type => typeof(byte[]);

        public override void Write(OutputBuffer output, object value)
        {
            var bytes = As<byte[]>(value);
            bytes.CopyTo(Field(output, bytes.Length));
        }
    }

    /// <summary>Decimal numbers as groups of four digits.</summary>
    private sealed class NumericWriter(int? scale) : PostgreSqlBinary
    {
        public override Type Type => typeof(decimal);

        public override void Write(OutputBuffer output, object value)
        {
            if (value is double or float && !double.IsFinite(Convert.ToDouble(value, CultureInfo.InvariantCulture)))
                throw new FormatException("The value is not a number, or infinite, and is not written to a numeric column.");
            var text = value switch
            {
                string own => own,
                decimal number => number.ToString(CultureInfo.InvariantCulture),
                BigInteger number => number.ToString(CultureInfo.InvariantCulture),
                _ => As<decimal>(value).ToString(CultureInfo.InvariantCulture),
            };
            if (!TryWrite(output, text, scale) && !TryWrite(output, As<decimal>(text).ToString(CultureInfo.InvariantCulture), scale))
                throw new FormatException($"'{text}' is not a number.");
        }

        private static bool TryWrite(OutputBuffer output, ReadOnlySpan<char> text, int? scale)
        {
            var isNegative = text.Length > 0 && text[0] == '-';
            if (text.Length > 0 && text[0] is '-' or '+')
                text = text[1..];
            var point = text.IndexOf('.');
            var whole = point < 0 ? text : text[..point];
            var fraction = point < 0 ? default : text[(point + 1)..];
            if (whole.IsEmpty || whole.ContainsAnyExceptInRange('0', '9') || fraction.ContainsAnyExceptInRange('0', '9') || text.Length > 10_000)
                return false;
            if (scale is { } places && fraction.TrimEnd('0').Length > places)
                throw new MigrationException(ErrorCode.LossyConversion, $"'{text}' has more places behind the point than the column, which would round it.", "Round it in the mapping.") { Stage = MigrationStage.Load };
            whole = whole.TrimStart('0');
            var displayed = fraction.Length;
            var start = output.Length;
            Field(output, 8);
            var weight = ((whole.Length + 3) / 4) - 1;
            var groups = 0;
            // Groups are counted from the point in both directions.
            for (var i = whole.Length % 4 == 0 ? 0 : (whole.Length % 4) - 4; i < whole.Length; i += 4)
                Group(output, whole, i, ref groups);
            for (var i = 0; i < fraction.Length; i += 4)
                Group(output, fraction, i, ref groups);
            var written = output.Written(start);
            // Groups of zeros at either end are left out.
            var skip = 0;
            while (skip < groups && BinaryPrimitives.ReadInt16BigEndian(written[(12 + (2 * skip))..]) == 0)
                skip++;
            var end = groups;
            while (end > skip && BinaryPrimitives.ReadInt16BigEndian(written[(10 + (2 * end))..]) == 0)
                end--;
            written[(12 + (2 * skip))..(12 + (2 * end))].CopyTo(written[12..]);
            groups = end - skip;
            output.Truncate(start + 12 + (2 * groups));
            BinaryPrimitives.WriteInt32BigEndian(written, 8 + (2 * groups));
            BinaryPrimitives.WriteInt16BigEndian(written[4..], (short)groups);
            BinaryPrimitives.WriteInt16BigEndian(written[6..], (short)(groups == 0 ? 0 : weight - skip));
            BinaryPrimitives.WriteInt16BigEndian(written[8..], isNegative && groups > 0 ? (short)0x4000 : (short)0);
            BinaryPrimitives.WriteInt16BigEndian(written[10..], (short)(scale is { } fixedScale ? Math.Max(fixedScale, 0) : displayed));
            return true;
        }

        private static void Group(OutputBuffer output, ReadOnlySpan<char> digits, int start, ref int groups)
        {
            var number = 0;
            for (var i = start; i < start + 4; i++)
                number = (number * 10) + (i >= 0 && i < digits.Length ? digits[i] - '0' : 0);
            BinaryPrimitives.WriteInt16BigEndian(output.GetSpan(2), (short)number);
            output.Advance(2);
            groups++;
        }
    }
}
