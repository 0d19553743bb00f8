using System.Buffers;
using System.Globalization;

namespace SafeAI.Migration.Engine.Validation.Quality;

/// <summary>What a text can be read as. Kinds overlap: every whole number is a number too, every date a point in time.</summary>
internal static class TextKind
{
    public const int Boolean = 0;
    public const int Integer = 1;
    public const int Number = 2;
    public const int Date = 3;
    public const int Moment = 4;
    public const int Guid = 5;
    public const int Email = 6;
    public const int Url = 7;
    public const int Count = 8;

    /// <summary>The ways to write one kind that are told apart.</summary>
    public const int FormatCount = 12;

    private static readonly SearchValues<char> s_notInEmail = SearchValues.Create(" \t\r\n,;<>");

    private static readonly string[] s_names =
        ["true or false", "a whole number", "a number", "a date", "a date and time", "a GUID", "an e-mail address", "a web address"];

    private static readonly string[] s_formats =
        ["", "true/false", "yes/no", "y/n", "t/f", "on/off", "1/0", "yyyy-MM-dd", "yyyy/MM/dd", "day.month.year", "dates with slashes", "date and time"];

    public static string NameOf(int kind) => s_names[kind];

    public static string FormatName(int format) => s_formats[format];

    /// <summary>Whether values of this kind are written in one of several known ways.</summary>
    public static bool HasFormats(int kind) => kind is Boolean or Date or Moment;

    /// <summary>The first and the last of the formats of a kind.</summary>
    public static (int First, int Last) FormatsOf(int kind) => kind switch
    {
        Boolean => (1, 6),
        Date => (7, 10),
        _ => (7, 11),
    };

    /// <summary>The kinds of a text without white space around it, as bits, and the way in which it is written.</summary>
    public static int Of(ReadOnlySpan<char> text, out int format)
    {
        format = 0;
        var kinds = 0;
        var first = text[0];
        if (char.IsAsciiDigit(first) || first is '+' or '-' or '.')
            kinds |= NumberKinds(text);
        if (text.Length <= 5)
        {
            format = BooleanFormat(text);
            if (format != 0)
                kinds |= 1 << Boolean;
        }

        if (char.IsAsciiDigit(first) && text.Length >= 8)
        {
            var temporal = TemporalFormat(text);
            if (temporal != 0)
            {
                format = temporal;
                kinds |= temporal == 11 ? 1 << Moment : (1 << Date) | (1 << Moment);
            }
        }

        if (text.Length == 36 && System.Guid.TryParseExact(text, "D", out _))
            kinds |= 1 << Guid;
        if (kinds == 0 && text.Contains('@') && IsEmail(text))
            kinds |= 1 << Email;
        if (first is 'h' or 'H' && IsUrl(text))
            kinds |= 1 << Url;
        return kinds;
    }

    /// <summary>The kinds of a value that is not text.</summary>
    public static int Of(object value) => value switch
    {
        bool => 1 << Boolean,
        sbyte or byte or short or ushort or int or uint or long or ulong or System.Numerics.BigInteger => (1 << Integer) | (1 << Number),
        float or double or decimal or Half => 1 << Number,
        DateOnly => (1 << Date) | (1 << Moment),
        DateTime or DateTimeOffset => 1 << Moment,
        System.Guid => 1 << Guid,
        _ => 0,
    };

    private static int NumberKinds(ReadOnlySpan<char> text)
    {
        var i = text[0] is '+' or '-' ? 1 : 0;
        var digits = SkipDigits(text, ref i);
        if (i == text.Length)
            return digits > 0 ? (1 << Integer) | (1 << Number) : 0;
        if (text[i] == '.')
        {
            i++;
            digits += SkipDigits(text, ref i);
        }

        if (digits == 0)
            return 0;
        if (i < text.Length && text[i] is 'e' or 'E')
        {
            i++;
            if (i < text.Length && text[i] is '+' or '-')
                i++;
            if (SkipDigits(text, ref i) == 0)
                return 0;
        }

        return i == text.Length ? 1 << Number : 0;
    }

    private static int SkipDigits(ReadOnlySpan<char> text, ref int i)
    {
        var start = i;
        while (i < text.Length && char.IsAsciiDigit(text[i]))
            i++;
        return i - start;
    }

    private static int BooleanFormat(ReadOnlySpan<char> text)
    {
        if (Is(text, "true") || Is(text, "false"))
            return 1;
        if (Is(text, "yes") || Is(text, "no"))
            return 2;
        if (Is(text, "y") || Is(text, "n"))
            return 3;
        if (Is(text, "t") || Is(text, "f"))
            return 4;
        if (Is(text, "on") || Is(text, "off"))
            return 5;
        return text is "1" or "0" ? 6 : 0;
    }

    private static bool Is(ReadOnlySpan<char> text, string word) => text.Equals(word, StringComparison.OrdinalIgnoreCase);

    private static int TemporalFormat(ReadOnlySpan<char> text)
    {
        if (text.Length == 10)
        {
            if (text[4] == '-' && IsDate(text, "yyyy-MM-dd"))
                return 7;
            if (text[4] == '/' && IsDate(text, "yyyy/MM/dd"))
                return 8;
        }

        if (text.Length <= 10)
        {
            if (text.Contains('.') && IsDate(text, "d.M.yyyy"))
                return 9;
            return text.Contains('/') && (IsDate(text, "d/M/yyyy") || IsDate(text, "M/d/yyyy")) ? 10 : 0;
        }

        return text.Length <= 40 && text[4] == '-' && text[10] is 'T' or ' ' or 't'
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _) ? 11 : 0;
    }

    private static bool IsDate(ReadOnlySpan<char> text, string format) =>
        DateOnly.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static bool IsEmail(ReadOnlySpan<char> text)
    {
        var at = text.IndexOf('@');
        var domain = text[(at + 1)..];
        var dot = domain.LastIndexOf('.');
        return at > 0 && dot > 0 && dot < domain.Length - 1 && !domain.Contains('@')
            && !text.ContainsAny(s_notInEmail) && !domain.Contains("..", StringComparison.Ordinal);
    }

    private static bool IsUrl(ReadOnlySpan<char> text) =>
        (text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
        && Uri.TryCreate(text.ToString(), UriKind.Absolute, out _);
}
