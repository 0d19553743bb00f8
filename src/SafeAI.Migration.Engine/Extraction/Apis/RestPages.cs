using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using SafeAI.Migration.Engine.Extraction.Files.Json;

namespace SafeAI.Migration.Engine.Extraction.Apis;

/// <summary>Finds the page that follows another.</summary>
internal static partial class RestPages
{
    /// <summary>The address of the first page.</summary>
    public static Uri First(RestSourceOptions options)
    {
        if (options.StartAfter?.Page is { } page)
            return Merge(options.Address, page);
        if (options.StartAt is { } start)
            return Follow(options.Address, start, "the position to start at");
        return options.Pagination is RestPagination.PageNumber numbered && GetQuery(options.Address, numbered.Parameter) is null
            ? SetQuery(options.Address, numbered.Parameter, numbered.First.ToString(CultureInfo.InvariantCulture))
            : options.Address;
    }

    /// <summary>The address of the next page; null where there is none.</summary>
    /// <param name="options">How pages follow each other.</param>
    /// <param name="page">The address of the present page.</param>
    /// <param name="answer">The present page.</param>
    /// <param name="items">How many items it holds.</param>
    public static Uri? Next(RestSourceOptions options, Uri page, RestAnswer answer, long items)
    {
        switch (options.Pagination)
        {
            case RestPagination.LinkHeader:
                return NextLink(answer.Links) is { } link ? Follow(page, link, "the next page") : null;
            case RestPagination.NextAddress next:
                return ReadText(answer.Body, next.Pointer, page) is { Length: > 0 } address ? Follow(page, address, "the next page") : null;
            case RestPagination.Cursor cursor:
                return ReadText(answer.Body, cursor.Pointer, page) is { Length: > 0 } value ? SetQuery(page, cursor.Parameter, value) : null;
            case RestPagination.PageNumber numbered:
                return items == 0 ? null : SetQuery(page, numbered.Parameter, (ReadNumber(page, numbered.Parameter, numbered.First) + 1).ToString(CultureInfo.InvariantCulture));
            case RestPagination.Offset offset:
                return items == 0 ? null : SetQuery(page, offset.Parameter, (ReadNumber(page, offset.Parameter, 0) + items).ToString(CultureInfo.InvariantCulture));
            default:
                return null;
        }
    }

    /// <summary>What a page's address has other than the first page's: its path, and the parts of its query that differ. So what the user put into the query, which may be a key, is not kept.</summary>
    public static string Difference(Uri first, Uri page)
    {
        var own = Pairs(first).ToHashSet(StringComparer.Ordinal);
        return $"{page.AbsolutePath}?{string.Join('&', Pairs(page).Where(p => !own.Contains(p)))}";
    }

    /// <summary>The address of a page of which the <see cref="Difference"/> was kept.</summary>
    private static Uri Merge(Uri first, string difference)
    {
        var parts = difference.Split('?', 2);
        var address = Follow(first, parts[0], "the page to go on with");
        var changed = parts.Length < 2 ? [] : parts[1].Split('&', StringSplitOptions.RemoveEmptyEntries);
        var names = changed.Select(NameOf).ToHashSet(StringComparer.Ordinal);
        return new UriBuilder(address) { Query = string.Join('&', Pairs(first).Where(p => !names.Contains(NameOf(p))).Concat(changed)) }.Uri;
    }

    private static string[] Pairs(Uri address) => address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries);

    private static string NameOf(string pair) => Uri.UnescapeDataString(pair.Split('=', 2)[0]);

    /// <summary>How deep an answer may be nested: deeper than any record may be, so that one that is too deep is rejected alone.</summary>
    public const int MaxDepth = 2000;

    /// <summary>The text, or the number as text, at a JSON Pointer; null where there is none.</summary>
    /// <param name="body">An answer that is valid JSON.</param>
    /// <param name="pointer">The JSON Pointer.</param>
    /// <param name="page">The answer's address.</param>
    public static string? ReadText(byte[] body, string pointer, Uri page)
    {
        var reader = new Utf8JsonReader(WithoutMark(body), new JsonReaderOptions { MaxDepth = MaxDepth });
        var seeker = new JsonPointerSeeker(pointer);
        while (!seeker.IsMissing && reader.Read())
        {
            if (!seeker.IsFoundAt(ref reader))
                continue;
            try
            {
                return reader.TokenType switch
                {
                    JsonTokenType.String => reader.GetString(),
                    JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
                    _ => null,
                };
            }
            catch (InvalidOperationException)
            {
                throw Error(ErrorCode.UnexpectedAnswer, $"The text at '{pointer}' in an answer of {RestClient.Describe(page)} is not valid UTF-8 or not valid Unicode.", "Nothing of a broken page can be trusted; start again from the last position.");
            }
        }

        return null;
    }

    /// <summary>The content without a byte order mark.</summary>
    public static ReadOnlySpan<byte> WithoutMark(byte[] body) => body.AsSpan().StartsWith("\uFEFF"u8) ? body.AsSpan(3) : body;

    /// <summary>A page's name as it begins a sentence.</summary>
    public static string Capital(string page) => char.ToUpperInvariant(page[0]) + page[1..];

    private static string? NextLink(IReadOnlyList<string> links)
    {
        foreach (var header in links)
        {
            foreach (Match link in LinkValue().Matches(header))
            {
                foreach (Match parameter in LinkParameter().Matches(link.Groups["parameters"].Value))
                {
                    if (parameter.Groups["name"].Value.Equals("rel", StringComparison.OrdinalIgnoreCase)
                        && parameter.Groups["value"].Value.Trim('"').Split(' ', StringSplitOptions.RemoveEmptyEntries).Contains("next", StringComparer.OrdinalIgnoreCase))
                        return link.Groups["target"].Value;
                }
            }
        }

        return null;
    }

    private static Uri Follow(Uri page, string target, string what)
    {
        if (!Uri.TryCreate(page, target, out var address))
            throw Error(ErrorCode.UnexpectedAnswer, $"The address of {what} of {RestClient.Describe(page)} is not valid.", "Check how the API names its pages.");
        // Keys go with every request, and so only to the host that they were given for.
        return RestClient.IsSameOrigin(address, page)
            ? address
            : throw Error(ErrorCode.UnexpectedAnswer, $"The address of {what} of {RestClient.Describe(page)} is on another host, {address.GetLeftPart(UriPartial.Authority)}.", "Only pages of the host that was named are read.");
    }

    private static long ReadNumber(Uri page, string parameter, long otherwise) =>
        long.TryParse(GetQuery(page, parameter), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    private static string? GetQuery(Uri address, string name)
    {
        foreach (var pair in address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            if (Uri.UnescapeDataString(parts[0]) == name)
                return parts.Length == 2 ? Uri.UnescapeDataString(parts[1]) : "";
        }

        return null;
    }

    private static Uri SetQuery(Uri address, string name, string value)
    {
        var pairs = address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Where(p => Uri.UnescapeDataString(p.Split('=', 2)[0]) != name);
        return new UriBuilder(address) { Query = string.Join('&', pairs.Append($"{Uri.EscapeDataString(name)}={Uri.EscapeDataString(value)}")) }.Uri;
    }

    private static MigrationException Error(string code, string what, string remedy) => new(code, what, remedy) { Stage = MigrationStage.Extract };

    [GeneratedRegex("""<(?<target>[^>]*)>(?<parameters>(?:\s*;\s*[^\s=;,]+(?:\s*=\s*(?:"[^"]*"|[^\s;,"]*))?)*)""", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex LinkValue();

    [GeneratedRegex(""";\s*(?<name>[^\s=;,]+)\s*=\s*(?<value>"[^"]*"|[^\s;,"]*)""", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex LinkParameter();
}
