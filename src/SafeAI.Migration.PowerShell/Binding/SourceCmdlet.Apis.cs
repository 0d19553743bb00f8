using System.Collections;
using System.Management.Automation;
using System.Net;
using System.Security;
using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Apis;

namespace SafeAI.Migration.PowerShell.Binding;

/// <content>Which HTTP APIs are read.</content>
public abstract partial class SourceCmdlet
{
    private static readonly RestSourceOptions s_api = new() { Address = new Uri("https://localhost") };

    /// <summary>The address of an API's first page, answered with JSON or CSV, with whatever its query needs.</summary>
    [Parameter(Mandatory = true, ParameterSetName = UriSet)]
    [ValidateNotNull]
    public Uri? Uri { get; set; }

    /// <summary>How the API's pages follow each other: None, LinkHeader, NextAddress, Cursor, PageNumber or Offset.</summary>
    [Parameter(ParameterSetName = UriSet)]
    public ApiPagination Pagination { get; set; }

    /// <summary>The JSON Pointer to the next page's address or cursor in an answer, for instance /links/next. For NextAddress and Cursor.</summary>
    [Parameter(ParameterSetName = UriSet)]
    [ValidateNotNullOrEmpty]
    public string? PagePointer { get; set; }

    /// <summary>The query parameter that asks for a page: for Cursor, PageNumber and Offset. Without it: cursor, page or offset.</summary>
    [Parameter(ParameterSetName = UriSet)]
    [ValidateNotNullOrEmpty]
    public string? PageParameter { get; set; }

    /// <summary>The number of the first page, for PageNumber.</summary>
    [Parameter(ParameterSetName = UriSet)]
    [ValidateRange(0, int.MaxValue)]
    public int FirstPage { get; set; } = 1;

    /// <summary>The JSON Pointer to the number of all items in an answer. A read that ends with another number fails.</summary>
    [Parameter(ParameterSetName = UriSet)]
    [ValidateNotNullOrEmpty]
    public string? TotalPointer { get; set; }

    /// <summary>A bearer token for the API.</summary>
    [Parameter(ParameterSetName = UriSet)]
    [ValidateNotNull]
    public SecureString? Token { get; set; }

    /// <summary>A key for the API, sent in the header that -KeyHeader names.</summary>
    [Parameter(ParameterSetName = UriSet)]
    [ValidateNotNull]
    public SecureString? ApiKey { get; set; }

    /// <summary>The header in which the key is sent.</summary>
    [Parameter(ParameterSetName = UriSet)]
    [ValidateNotNullOrEmpty]
    public string KeyHeader { get; set; } = "X-Api-Key";

    /// <summary>Where tokens are issued for OAuth client credentials, which -Credential holds. They are fetched again when they expire.</summary>
    [Parameter(ParameterSetName = UriSet)]
    [ValidateNotNull]
    public Uri? AuthorizationUri { get; set; }

    /// <summary>The scope to ask for, with -AuthorizationUri.</summary>
    [Parameter(ParameterSetName = UriSet)]
    [ValidateNotNullOrEmpty]
    public string? Scope { get; set; }

    /// <summary>Further headers of every request, by name. A secret belongs into -Token, -ApiKey or -Credential.</summary>
    [Parameter(ParameterSetName = UriSet)]
    [ValidateNotNull]
    public Hashtable RequestHeader { get; set; } = [];

    /// <summary>How often a request is sent again that failed for a reason that may pass.</summary>
    [Parameter(ParameterSetName = UriSet)]
    [ValidateRange(0, 100)]
    public int MaxRetry { get; set; } = s_api.MaxRetries;

    /// <summary>How long one request may take, in seconds, its answer included.</summary>
    [Parameter(ParameterSetName = UriSet)]
    [ValidateRange(1, 86400)]
    public int TimeoutSecond { get; set; } = (int)s_api.Timeout.TotalSeconds;

    private SourceTarget ApiTarget() => new(Uri!.IsAbsoluteUri ? Uri.GetLeftPart(UriPartial.Path) : Uri.OriginalString, _ =>
    {
        if (AfterKey is not null)
            throw new MigrationException(ErrorCode.InvalidOptions, "An API goes on after a position, not after a key.", "Give -After the Position of the metadata of an earlier read.");
        return Task.FromResult<IRecordSource>(new RestSource(new RestSourceOptions
        {
            Address = Uri!,
            ItemsPointer = JsonPointer,
            Format = Format,
            Pagination = PaginationOptions(),
            TotalPointer = TotalPointer,
            Authentication = Authentication(),
            Headers = RequestHeader.Cast<DictionaryEntry>().ToDictionary(e => e.Key.ToString()!, e => InputBinder.Unwrap(e.Value)?.ToString() ?? ""),
            MaxRetries = MaxRetry,
            Timeout = TimeSpan.FromSeconds(TimeoutSecond),
            StartAfter = StartAfter,
            Csv = CsvOptions(),
            Json = JsonOptions(null),
        }));
    });

    private RestPagination PaginationOptions()
    {
        if (Pagination is ApiPagination.NextAddress or ApiPagination.Cursor != PagePointer is not null)
        {
            throw new MigrationException(
                ErrorCode.InvalidOptions, PagePointer is null ? $"The pagination {Pagination} needs -PagePointer." : $"-PagePointer does not go with the pagination {Pagination}.",
                "It goes with NextAddress and Cursor.");
        }

        return Pagination switch
        {
            ApiPagination.LinkHeader => new RestPagination.LinkHeader(),
            ApiPagination.NextAddress => new RestPagination.NextAddress(PagePointer!),
            ApiPagination.Cursor => new RestPagination.Cursor(PagePointer!, PageParameter ?? "cursor"),
            ApiPagination.PageNumber => new RestPagination.PageNumber(PageParameter ?? "page", FirstPage),
            ApiPagination.Offset => new RestPagination.Offset(PageParameter ?? "offset"),
            _ => new RestPagination.SinglePage(),
        };
    }

    private RestAuthentication? Authentication()
    {
        if (new object?[] { Token, ApiKey, Credential }.Count(a => a is not null) > 1)
            throw new MigrationException(ErrorCode.InvalidOptions, "More than one of -Token, -ApiKey and -Credential is given.", "Give one.");
        if (AuthorizationUri is not null && Credential is null)
            throw new MigrationException(ErrorCode.InvalidOptions, "-AuthorizationUri needs -Credential, with the client's id and secret.", "Give both.");
        return Token is not null ? new RestAuthentication.Bearer(Plain(Token))
            : ApiKey is not null ? new RestAuthentication.ApiKey(KeyHeader, Plain(ApiKey))
            : Credential is null ? null
            : AuthorizationUri is null ? new RestAuthentication.Basic(Credential.UserName, Credential.GetNetworkCredential().Password)
            : new RestAuthentication.ClientCredentials(AuthorizationUri, Credential.UserName, Credential.GetNetworkCredential().Password, Scope);
    }

    private static string Plain(SecureString secret) => new NetworkCredential("", secret).Password;
}
