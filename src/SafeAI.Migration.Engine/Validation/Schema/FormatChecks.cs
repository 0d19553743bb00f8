using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SafeAI.Migration.Engine.Validation.Schema;

/// <summary>The values of the keyword <c>format</c> that are checked.</summary>
internal static class FormatChecks
{
    private static readonly string[] s_dateTimeForms =
        ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd't'HH:mm:ssK", "yyyy-MM-dd't'HH:mm:ss.FFFFFFFK"];

    /// <summary>The check of a format, and the words for what does not pass; null where the format is not known.</summary>
    public static (Func<object?, bool> Passes, string Finding)? For(string format) => format switch
    {
        "date-time" => (v => v is DateTimeOffset or DateTime || IsDateTime(JsonValue.TextOf(v!)), "is not a date and time with a zone (RFC 3339)"),
        "date" => (v => v is DateOnly || IsDate(JsonValue.TextOf(v!)), "is not a date (yyyy-MM-dd)"),
        "time" => (v => v is TimeOnly || IsTime(JsonValue.TextOf(v!)), "is not a time (HH:mm:ss)"),
        "email" => (v => IsEmail(JsonValue.TextOf(v!)), "is not an e-mail address"),
        "uuid" or "guid" => (v => v is Guid || Guid.TryParseExact(JsonValue.TextOf(v!), "D", out _), "is not a UUID"),
        "uri" => (v => Uri.TryCreate(JsonValue.TextOf(v!), UriKind.Absolute, out var uri) && JsonValue.TextOf(v!).StartsWith(uri.Scheme, StringComparison.OrdinalIgnoreCase), "is not an absolute URI"),
        "ipv4" => (v => IsAddress(JsonValue.TextOf(v!), AddressFamily.InterNetwork), "is not an IPv4 address"),
        "ipv6" => (v => IsAddress(JsonValue.TextOf(v!), AddressFamily.InterNetworkV6), "is not an IPv6 address"),
        "hostname" => (v => Uri.CheckHostName(JsonValue.TextOf(v!)) == UriHostNameType.Dns && JsonValue.TextOf(v!).Length <= 253, "is not a host name"),
        _ => null,
    };

    private static bool IsDateTime(string text)
    {
        if (text.Length < 20 || text[10] is not ('T' or 't') || !char.IsAsciiDigit(text[0]))
            return false;
        var hasZone = text[^1] is 'Z' or 'z' || (text[^3] == ':' && text[^6] is '+' or '-');
        return hasZone && DateTimeOffset.TryParseExact(
            text[^1] == 'z' ? text[..^1] + "Z" : text, s_dateTimeForms, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
    }

    private static bool IsDate(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static bool IsTime(string text)
    {
        var plain = text.Length > 0 && text[^1] is 'Z' or 'z' ? text[..^1] : text.Length > 6 && text[^6] is '+' or '-' ? text[..^6] : text;
        return TimeOnly.TryParseExact(plain, ["HH:mm:ss", "HH:mm:ss.FFFFFFF"], CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
    }

    private static bool IsEmail(string text)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        return at > 0 && at < text.Length - 1 && text.LastIndexOf('@') == at && text[^1] != '.' && text[at + 1] != '.'
            && !text.Any(c => char.IsWhiteSpace(c) || c is ',' or ';' or '<' or '>');
    }

    private static bool IsAddress(string text, AddressFamily family) =>
        IPAddress.TryParse(text, out var address) && address.AddressFamily == family
        && (family == AddressFamily.InterNetworkV6 ? !text.Contains('%', StringComparison.Ordinal) && !text.Contains('[', StringComparison.Ordinal) : text.Split('.') is { Length: 4 } parts && parts.All(p => p.Length == 1 || p[0] != '0'));
}
