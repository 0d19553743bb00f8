using SafeAI.Migration.Engine.Extraction.Files;

namespace SafeAI.Migration.Engine.Extraction.Apis;

/// <summary>Which API is read, and how its pages follow each other.</summary>
public sealed record RestSourceOptions
{
    /// <summary>The address of the first page, with whatever its query needs, for instance <c>https://api.example.com/v1/customers?limit=500</c>. It may not hold a user or password.</summary>
    public required Uri Address { get; init; }

    /// <summary>The JSON Pointer (RFC 6901) to the array of items in an answer, for instance <c>/data/items</c>; null where the array is the root.</summary>
    public string? ItemsPointer { get; init; }

    /// <summary>The format of the answers, <see cref="FileFormat.Json"/> or <see cref="FileFormat.Csv"/>; null tells it from their Content-Type.</summary>
    public FileFormat? Format { get; init; }

    /// <summary>How the next page is found.</summary>
    public RestPagination Pagination { get; init; } = new RestPagination.SinglePage();

    /// <summary>How the requests are authenticated; null for not at all.</summary>
    public RestAuthentication? Authentication { get; init; }

    /// <summary>Further headers of every request, by name.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Where to begin instead of at the first page: a <see cref="RestSource.Position"/> of an earlier read.</summary>
    public string? StartAt { get; init; }

    /// <summary>The position after which to begin, as a batch of an earlier read said it; null for the start. Counts instead of <see cref="StartAt"/>.</summary>
    public SourcePosition? StartAfter { get; init; }

    /// <summary>
    /// The JSON Pointer to the number of all items in an answer; null where it is not told. Where it is, a read that ends
    /// with another number of items fails.
    /// </summary>
    public string? TotalPointer { get; init; }

    /// <summary>What the records are called; null takes the last part of the address.</summary>
    public string? SchemaName { get; init; }

    /// <summary>How often a request is sent again that failed for a reason that may pass; 0 for never.</summary>
    public int MaxRetries { get; init; } = 6;

    /// <summary>The first wait before a request is sent again, where the API does not say how long; it doubles each time, with jitter, up to 30 seconds.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest wait that the API may ask for.</summary>
    public TimeSpan MaxRetryAfter { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long one request may take, its answer included.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>The longest answer, in bytes; one page is in memory at a time.</summary>
    public int MaxPageSize { get; init; } = 256 * 1024 * 1024;

    /// <summary>Whether two pages may hold exactly the same items. Otherwise that is taken for an API that does not go on.</summary>
    public bool AllowRepeatedPages { get; init; }

    /// <summary>How JSON answers are read; the pointer in it is not used.</summary>
    public JsonOptions Json { get; init; } = new();

    /// <summary>How CSV answers are read.</summary>
    public CsvOptions Csv { get; init; } = new();

    // A record's own text would show headers and secrets.
    /// <inheritdoc/>
    public override string ToString() => nameof(RestSourceOptions);
}

/// <summary>How the next page of an API is found.</summary>
public abstract record RestPagination
{
    private RestPagination()
    {
    }

    /// <summary>There is only one page.</summary>
    public sealed record SinglePage : RestPagination;

    /// <summary>The header <c>Link</c> with <c>rel="next"</c> (RFC 8288) names the next page; without one, that was the last.</summary>
    public sealed record LinkHeader : RestPagination;

    /// <summary>The answer holds the address of the next page; null, empty or absent on the last.</summary>
    /// <param name="Pointer">The JSON Pointer to the address, for instance <c>/links/next</c>.</param>
    public sealed record NextAddress(string Pointer) : RestPagination;

    /// <summary>The answer holds a cursor for the next page; null, empty or absent on the last.</summary>
    /// <param name="Pointer">The JSON Pointer to the cursor, for instance <c>/meta/next_cursor</c>.</param>
    /// <param name="Parameter">The query parameter in which it is sent.</param>
    public sealed record Cursor(string Pointer, string Parameter = "cursor") : RestPagination;

    /// <summary>Pages are numbered; the first without items is the end.</summary>
    /// <param name="Parameter">The query parameter with the number.</param>
    /// <param name="First">The number of the first page.</param>
    public sealed record PageNumber(string Parameter = "page", int First = 1) : RestPagination;

    /// <summary>Pages begin at a number of items to skip; the first without items is the end. It grows by the items received, however many were asked for.</summary>
    /// <param name="Parameter">The query parameter with the number.</param>
    public sealed record Offset(string Parameter = "offset") : RestPagination;
}

/// <summary>How requests are authenticated. No form of it shows its secrets as text.</summary>
public abstract record RestAuthentication
{
    private RestAuthentication()
    {
    }

    /// <inheritdoc/>
    public sealed override string ToString() => GetType().Name;

    /// <summary><c>Authorization: Bearer …</c></summary>
    /// <param name="Token">The token.</param>
    public sealed record Bearer(string Token) : RestAuthentication;

    /// <summary><c>Authorization: Basic …</c></summary>
    /// <param name="UserName">The user.</param>
    /// <param name="Password">The password.</param>
    public sealed record Basic(string UserName, string Password) : RestAuthentication;

    /// <summary>A key in a header.</summary>
    /// <param name="Header">The header's name, for instance <c>X-Api-Key</c>.</param>
    /// <param name="Key">The key.</param>
    public sealed record ApiKey(string Header, string Key) : RestAuthentication;

    /// <summary>OAuth 2 client credentials: a token is fetched, and again when it expires or is refused.</summary>
    /// <param name="TokenAddress">Where tokens are issued.</param>
    /// <param name="ClientId">The client's id.</param>
    /// <param name="ClientSecret">The client's secret.</param>
    /// <param name="Scope">The scope to ask for, or null.</param>
    public sealed record ClientCredentials(Uri TokenAddress, string ClientId, string ClientSecret, string? Scope = null) : RestAuthentication;
}
