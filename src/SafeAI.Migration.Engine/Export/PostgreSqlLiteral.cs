using System.Globalization;
using System.Numerics;
using System.Text;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Export;

/// <summary>What types and values are in PostgreSQL's text. What the server could not hold exactly is refused.</summary>
internal static class PostgreSqlLiteral
{
    /// <summary>The most digits after the second that the server keeps.</summary>
    public const int MostDigits = 6;

    private static readonly CultureInfo s_culture = CultureInfo.InvariantCulture;

    /// <summary>The type of a column that holds every value of a .NET type.</summary>
    public static string TypeOf(Type type) =>
        type == typeof(bool) ? "boolean"
        : type == typeof(sbyte) || type == typeof(byte) || type == typeof(short) ? "smallint"
        : type == typeof(ushort) || type == typeof(int) ? "integer"
        : type == typeof(uint) || type == typeof(long) ? "bigint"
        : type == typeof(ulong) ? "numeric(20,0)"
        : type == typeof(decimal) || type == typeof(BigInteger) ? "numeric"
        : type == typeof(float) ? "real"
        : type == typeof(double) ? "double precision"
        : type == typeof(DateOnly) ? "date"
        : type == typeof(TimeOnly) ? "time without time zone"
        : type == typeof(DateTime) ? "timestamp without time zone"
        : type == typeof(DateTimeOffset) ? "timestamp with time zone"
        : type == typeof(TimeSpan) ? "interval"
        : type == typeof(Guid) ? "uuid"
        : type == typeof(byte[]) ? "bytea"
        : type == typeof(object) ? "json"
        : type.IsSZArray ? TypeOf(type.GetElementType()!) is var element && element.EndsWith(']') ? "json" : element == "numeric(20,0)" ? "numeric[]" : element + "[]"
        : "text";

    /// <summary>A value as the server reads it, without quotes around it.</summary>
    /// <param name="value">The value, not null.</param>
    /// <param name="type">The column's type; the text of other types is as in JSON.</param>
    /// <exception cref="MigrationException">The server could not hold it exactly.</exception>
    public static string Format(object value, string type) => value switch
    {
        _ when type == "json" => Checked(ValueText.ToJson(value)).Contains("\\u0000", StringComparison.Ordinal) ? throw NoNul() : ValueText.ToJson(value),
        string text => Checked(text),
        DateTime { Kind: not DateTimeKind.Unspecified } moment => type.EndsWith("without time zone", StringComparison.Ordinal) ? throw InZone() : Format(new DateTimeOffset(moment), type),
        DateTime moment when Whole(moment.Ticks, "The time") => moment.ToString("yyyy-MM-dd HH:mm:ss.FFFFFF", s_culture),
        DateTimeOffset moment when Whole(moment.Ticks, "The time") => moment.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss.FFFFFF+00", s_culture),
        TimeOnly time when Whole(time.Ticks, "The time") => time.ToString("HH:mm:ss.FFFFFF", s_culture),
        TimeSpan span when Whole(span.Ticks, "The duration") => Format(span),
        decimal number => number.ToString(s_culture),
        char letter => Checked(letter.ToString()),
        byte[] bytes when NestedValue.IsBytes(value) => "\\x" + Convert.ToHexString(bytes).ToLowerInvariant(),
        Array list when type.EndsWith(']') => FormatArray(list, type),
        _ => Checked(ValueText.Format(value)),
    };

    /// <summary>A name in double quotes.</summary>
    public static string Quote(string name) => $"\"{Checked(name).Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>Whether a time has no more digits after the second than a column keeps.</summary>
    /// <exception cref="MigrationException">It has. The server's clock counts microseconds, and that of some columns less.</exception>
    public static bool Whole(long ticks, string what, int digits = MostDigits)
    {
        if (ticks % (long)Math.Pow(10, 7 - digits) == 0)
            return true;
        throw digits < MostDigits
            ? new MigrationException(ErrorCode.LossyConversion, $"{what} has more than the {digits} digits after the second that the column keeps.", "Truncate it in the mapping, or widen the column.") { Stage = MigrationStage.Load }
            : new MigrationException(
                ErrorCode.LossyConversion, $"{what} has a part finer than a microsecond, which PostgreSQL cannot hold.", "Truncate it in the mapping, or export to a file of another format.") { Stage = MigrationStage.Load };
    }

    public static string Checked(string text) => text.Contains('\0', StringComparison.Ordinal) ? throw NoNul() : ValueText.Checked(text);

    /// <summary>A column of local times would keep what clocks show in the zone, and lose which it is.</summary>
    public static MigrationException InZone() => new(
        ErrorCode.LossyConversion, "The value is a moment in a time zone, and the column holds times without one.", "Convert it to a DateTimeOffset, or in a mapping to the type localdatetime with a timeZone.") { Stage = MigrationStage.Load };

    public static MigrationException NoNul() => new(
        ErrorCode.UnsupportedValue, "The text holds a NUL character, which PostgreSQL cannot hold.", "Remove it with the function stripControl.") { Stage = MigrationStage.Load };

    // The server reads no sign before an ISO 8601 duration.
    private static string Format(TimeSpan span)
    {
        var ticks = span.Ticks < 0 ? (ulong)-(span.Ticks + 1) + 1 : (ulong)span.Ticks;
        var (seconds, part) = Math.DivRem(ticks, TimeSpan.TicksPerSecond);
        return string.Create(s_culture, $"{(span.Ticks < 0 ? "-" : "")}{seconds / 3600:00}:{seconds / 60 % 60:00}:{seconds % 60:00}.{part / TimeSpan.TicksPerMicrosecond:000000}");
    }

    private static string FormatArray(Array list, string type)
    {
        var text = new StringBuilder("{");
        foreach (var element in list)
        {
            if (text.Length > 1)
                text.Append(',');
            if (element is null)
            {
                text.Append("NULL");
                continue;
            }

            text.Append('"').Append(Format(element, type[..^2]).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)).Append('"');
        }

        return text.Append('}').ToString();
    }
}
