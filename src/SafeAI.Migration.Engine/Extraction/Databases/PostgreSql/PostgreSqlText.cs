using System.Globalization;
using System.Numerics;
using System.Text;

namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>Converts PostgreSQL's values from and to their text form, exactly or not at all.</summary>
internal static class PostgreSqlText
{
    public const string OddTime = "Infinity, and what lies outside the years 1 to 9999, comes as text.";

    /// <summary>The day number of 2000-01-01, from which PostgreSQL counts.</summary>
    public const int EpochDay = 730119;

    private const long MicrosecondsPerDay = 86_400_000_000;
    private const long EpochTicks = EpochDay * TimeSpan.TicksPerDay;
    private const long MinMicroseconds = -EpochTicks / TimeSpan.TicksPerMicrosecond;

    // What is not valid is an error and not another character.
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly long s_maxMicroseconds = (DateTime.MaxValue.Ticks - EpochTicks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>A text as the server sends it.</summary>
    /// <exception cref="DecoderFallbackException">It is not valid UTF-8, as can be in a database that knows no encoding.</exception>
    public static string Decode(ReadOnlySpan<byte> text) => s_strict.GetString(text);

    /// <summary>Turns microseconds since 2000 into ticks, unless that is outside the years 1 to 9999.</summary>
    public static bool TryToTicks(long microseconds, out long ticks)
    {
        ticks = 0;
        if (microseconds < MinMicroseconds || microseconds > s_maxMicroseconds)
            return false;
        ticks = EpochTicks + microseconds * TimeSpan.TicksPerMicrosecond;
        return true;
    }

    /// <summary>A timestamp in PostgreSQL's ISO form, for any year.</summary>
    public static string FormatTimestamp(long microseconds, string zone)
    {
        if (microseconds == long.MaxValue)
            return "infinity";
        if (microseconds == long.MinValue)
            return "-infinity";
        var days = Math.DivRem(microseconds, MicrosecondsPerDay, out var inDay);
        if (inDay < 0)
        {
            inDay += MicrosecondsPerDay;
            days--;
        }

        var (year, month, day) = ToDate(days);
        var time = new TimeOnly(inDay * TimeSpan.TicksPerMicrosecond);
        var fraction = inDay % 1_000_000 == 0 ? "" : time.ToString(".ffffff", CultureInfo.InvariantCulture).TrimEnd('0');
        var suffix = year <= 0 ? " BC" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{(year <= 0 ? 1 - year : year):0000}-{month:00}-{day:00} {time:HH':'mm':'ss}{fraction}{zone}{suffix}");
    }

    /// <summary>A date in PostgreSQL's ISO form, for any year.</summary>
    public static string FormatDate(int days)
    {
        var (year, month, day) = ToDate(days);
        return string.Create(CultureInfo.InvariantCulture, $"{(year <= 0 ? 1 - year : year):0000}-{month:00}-{day:00}{(year <= 0 ? " BC" : "")}");
    }

    /// <summary>A number: decimal where it fits exactly, BigInteger or text where not, double for NaN and infinity.</summary>
    public static object ToNumber(string text)
    {
        // 28 digits always fit; the sign and the point take up to two more places.
        if (text.Length <= 28 && text[^1] <= '9')
            return decimal.Parse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
        switch (text)
        {
            case "NaN":
                return double.NaN;
            case "Infinity":
                return double.PositiveInfinity;
            case "-Infinity":
                return double.NegativeInfinity;
        }

        if (decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number.ToString(CultureInfo.InvariantCulture) == text)
            return number;
        return text.Contains('.', StringComparison.Ordinal) ? text : BigInteger.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
    }

    /// <summary>A text as a literal of a statement, for sessions in which a backslash in it is a backslash.</summary>
    public static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    public static float ToSingle(string text) => float.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    public static double ToDouble(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    public static object ToTimestamp(string text) =>
        DateTime.TryParseExact(text, s_timestampForms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var value) ? value : text;

    public static object ToTimestampTz(string text) =>
        DateTimeOffset.TryParseExact(text, s_timestampTzForms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var value)
            ? value.ToUniversalTime()
            : text;

    public static object ToDate(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var value) ? value : text;

    public static object ToTime(string text) =>
        TimeOnly.TryParseExact(text, "HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture, DateTimeStyles.None, out var value) ? value : text;

    /// <summary>The text form of a value that came out of a key column, as the server reads it back.</summary>
    public static string FormatKey(object value) => value switch
    {
        string s => s,
        bool b => b ? "t" : "f",
        DateTime d => d.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture),
        DateTimeOffset d => d.ToString("yyyy-MM-dd HH:mm:ss.ffffffzzz", CultureInfo.InvariantCulture),
        DateOnly d => d.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        TimeOnly t => t.ToString("HH:mm:ss.ffffff", CultureInfo.InvariantCulture),
        float f => float.IsInfinity(f) ? (f > 0 ? "Infinity" : "-Infinity") : f.ToString("R", CultureInfo.InvariantCulture),
        double d => double.IsInfinity(d) ? (d > 0 ? "Infinity" : "-Infinity") : d.ToString("R", CultureInfo.InvariantCulture),
        byte[] bytes => "\\x" + Convert.ToHexString(bytes),
        Array array => FormatArray(array),
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    /// <summary>
    /// The elements of an array literal of one dimension, null for NULL; null where the literal has several
    /// dimensions or bounds of its own.
    /// </summary>
    /// <param name="text">The literal.</param>
    /// <param name="delimiter">The element type's delimiter: a comma for all of PostgreSQL's own types but box.</param>
    public static List<string?>? ParseArray(string text, char delimiter = ',')
    {
        if (text.Length < 2 || text[0] != '{')
            return null;
        var elements = new List<string?>();
        if (text == "{}")
            return elements;
        var element = new StringBuilder();
        var i = 1;
        while (i < text.Length)
        {
            element.Clear();
            var quoted = text[i] == '"';
            if (text[i] == '{')
                return null;
            if (quoted)
                i++;
            while (quoted ? text[i] != '"' : text[i] != delimiter && text[i] != '}')
            {
                if (text[i] == '\\')
                    i++;
                element.Append(text[i++]);
            }

            if (quoted)
                i++;
            var value = element.ToString();
            elements.Add(!quoted && value == "NULL" ? null : value);
            // After the delimiter or the closing brace.
            i++;
        }

        return elements;
    }

    private static readonly string[] s_timestampForms = ["yyyy-MM-dd HH:mm:ss.FFFFFF"];
    private static readonly string[] s_timestampTzForms = ["yyyy-MM-dd HH:mm:ss.FFFFFFzz", "yyyy-MM-dd HH:mm:ss.FFFFFFzzz"];

    private static string FormatArray(Array array)
    {
        var text = new StringBuilder("{");
        foreach (var element in array)
        {
            if (text.Length > 1)
                text.Append(',');
            if (element is null)
                text.Append("NULL");
            else
                text.Append('"').Append(FormatKey(element).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)).Append('"');
        }

        return text.Append('}').ToString();
    }

    /// <summary>The proleptic Gregorian date of a day since 2000-01-01; year 0 is 1 BC.</summary>
    private static (long Year, int Month, int Day) ToDate(long days)
    {
        // Eras of 400 years, each beginning on March 1st of a year that 400 divides.
        var day = days + EpochDay + 306;
        var era = Math.DivRem(day, 146_097, out var inEra);
        if (inEra < 0)
        {
            inEra += 146_097;
            era--;
        }

        var year = (inEra - inEra / 1460 + inEra / 36_524 - inEra / 146_096) / 365;
        var inYear = inEra - (365 * year + year / 4 - year / 100);
        var month = (5 * inYear + 2) / 153;
        var dayOfMonth = (int)(inYear - (153 * month + 2) / 5 + 1);
        return (era * 400 + year + (month >= 10 ? 1 : 0), (int)(month < 10 ? month + 3 : month - 9), dayOfMonth);
    }
}
