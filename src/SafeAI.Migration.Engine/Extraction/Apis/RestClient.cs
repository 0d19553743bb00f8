using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Polly;
using Polly.Retry;
using SafeAI.Migration.Engine.Platform;

namespace SafeAI.Migration.Engine.Extraction.Apis;

/// <summary>One answer of an API.</summary>
/// <param name="Body">The content.</param>
/// <param name="MediaType">The Content-Type without its parameters, or null.</param>
/// <param name="Charset">The charset of the Content-Type, or null.</param>
/// <param name="Links">The values of the header <c>Link</c>.</param>
internal sealed record RestAnswer(byte[] Body, string? MediaType, string? Charset, IReadOnlyList<string> Links);

/// <summary>Fetches pages: authenticates, waits when it is told to, and asks again after failures that may pass.</summary>
internal sealed class RestClient : IDisposable
{
    private const int MaxRedirects = 5;

    private readonly RestSourceOptions _options;
    private readonly HttpClient _http;
    private readonly ResiliencePipeline<RestAnswer> _retries;
    private readonly TimeProvider _clock;
    private long _retryCount;
    private string? _token;
    private DateTimeOffset _tokenExpires;

    public RestClient(RestSourceOptions options, TimeProvider clock)
    {
        _options = options;
        _clock = clock;
#pragma warning disable CA2000 // The client disposes the handler.
        _http = new HttpClient(new SocketsHttpHandler
        {
            // A redirect to another host must not take a key along.
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.All,
            PooledConnectionLifetime = TimeSpan.FromMinutes(15),
            UseCookies = false,
        })
        { Timeout = System.Threading.Timeout.InfiniteTimeSpan };
#pragma warning restore CA2000
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("SafeAI.Migration", typeof(RestClient).Assembly.GetName().Version?.ToString(3)));
        var pipeline = new ResiliencePipelineBuilder<RestAnswer> { TimeProvider = clock };
        if (options.MaxRetries > 0)
        {
            pipeline.AddRetry(new RetryStrategyOptions<RestAnswer>
            {
                ShouldHandle = new PredicateBuilder<RestAnswer>().Handle<MigrationException>(e => e.IsTransient),
                MaxRetryAttempts = options.MaxRetries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = options.RetryDelay,
                MaxDelay = TimeSpan.FromSeconds(30),
                DelayGenerator = args => ValueTask.FromResult((args.Outcome.Exception as RestException)?.RetryAfter),
                OnRetry = _ =>
                {
                    Interlocked.Increment(ref _retryCount);
                    return default;
                },
            });
        }

        _retries = pipeline.Build();
    }

    /// <summary>Requests that were sent again so far.</summary>
    public long Retries => Interlocked.Read(ref _retryCount);

    /// <summary>An address without its query, which may hold a key.</summary>
    public static string Describe(Uri address) => address.GetLeftPart(UriPartial.Path);

    /// <summary>Fetches a page.</summary>
    /// <exception cref="MigrationException">It cannot be had.</exception>
    public async Task<RestAnswer> GetAsync(Uri address, CancellationToken cancellationToken) =>
        await _retries.ExecuteAsync(async token => await GetOnceAsync(address, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

    public void Dispose() => _http.Dispose();

    private async ValueTask<RestAnswer> GetOnceAsync(Uri address, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(_options.Timeout);
        try
        {
            var isTokenNew = false;
            var target = address;
            for (var redirects = 0; ;)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, target);
                isTokenNew |= await AuthenticateAsync(request, timeout.Token).ConfigureAwait(false);
                using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token).ConfigureAwait(false);
                if (response.StatusCode == HttpStatusCode.Unauthorized && _token is not null)
                {
                    _token = null;
                    // A token that was fetched for this very request is not refused for its age.
                    if (!isTokenNew)
                        continue;
                }

                if ((int)response.StatusCode is 301 or 302 or 303 or 307 or 308 && response.Headers.Location is { } location)
                {
                    target = new Uri(target, location);
                    if (!IsSameOrigin(target, address))
                        throw Error(ErrorCode.SourceUnreadable, $"{Describe(address)} redirects to another host, {target.GetLeftPart(UriPartial.Authority)}.", "Give that address, if the keys may go there.");
                    if (++redirects > MaxRedirects)
                        throw Error(ErrorCode.SourceUnreadable, $"{Describe(address)} redirects in a circle.", "Check the address.");
                    continue;
                }

                if (!response.IsSuccessStatusCode)
                    throw Refused(response, address);
                return new RestAnswer(
                    await ReadBodyAsync(response, address, timeout.Token).ConfigureAwait(false),
                    response.Content.Headers.ContentType?.MediaType, response.Content.Headers.ContentType?.CharSet?.Trim('"'),
                    response.Headers.TryGetValues("Link", out var links) ? [.. links] : []);
            }
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Error(
                ErrorCode.EndpointUnreachable, string.Create(CultureInfo.InvariantCulture, $"{Describe(address)} did not answer within {_options.Timeout.TotalSeconds} seconds."),
                "Raise the timeout, or ask for smaller pages.", e, transient: true);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            var reason = (e.InnerException ?? e).Message.TrimEnd('.');
            var isCertificate = e is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError };
            throw Error(
                ErrorCode.EndpointUnreachable, $"{Describe(address)} could not be read: {reason}.", isCertificate ? "Check the server's certificate." : "Check the address and the network.", e, transient: !isCertificate);
        }
    }

    /// <summary>Whether two addresses lead to the same server, so that keys for the one may go to the other.</summary>
    public static bool IsSameOrigin(Uri a, Uri b) =>
        Uri.Compare(a, b, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;

    private async Task<byte[]> ReadBodyAsync(HttpResponseMessage response, Uri address, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using var disposeStream = stream.ConfigureAwait(false);
        var buffer = new byte[81920];
        while (await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var count and > 0)
        {
            if (body.Length + count > _options.MaxPageSize)
            {
                throw Error(
                    ErrorCode.SourceUnreadable, string.Create(CultureInfo.InvariantCulture, $"An answer of {Describe(address)} is longer than the limit of {_options.MaxPageSize} bytes."),
                    "Ask for smaller pages.");
            }

            body.Write(buffer, 0, count);
        }

        return body.ToArray();
    }

    /// <summary>Adds the headers.</summary>
    /// <returns>Whether a token was fetched for this request.</returns>
    private async Task<bool> AuthenticateAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Accept.ParseAdd("application/json, text/csv;q=0.9, */*;q=0.1");
        foreach (var (name, value) in _options.Headers)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }

        switch (_options.Authentication)
        {
            case RestAuthentication.Bearer bearer:
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer.Token);
                return false;
            case RestAuthentication.Basic basic:
                request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{basic.UserName}:{basic.Password}")));
                return false;
            case RestAuthentication.ApiKey key:
                request.Headers.TryAddWithoutValidation(key.Header, key.Key);
                return false;
            case RestAuthentication.ClientCredentials credentials:
                var isNew = _token is null || _clock.GetUtcNow() >= _tokenExpires;
                if (isNew)
                    await FetchTokenAsync(credentials, cancellationToken).ConfigureAwait(false);
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
                return isNew;
            default:
                return false;
        }
    }

    private async Task FetchTokenAsync(RestAuthentication.ClientCredentials credentials, CancellationToken cancellationToken)
    {
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = credentials.ClientId,
            ["client_secret"] = credentials.ClientSecret,
        };
        if (credentials.Scope is not null)
            form["scope"] = credentials.Scope;
        using var content = new FormUrlEncodedContent(form);
        using var response = await _http.PostAsync(credentials.TokenAddress, content, cancellationToken).ConfigureAwait(false);
        var status = (int)response.StatusCode;
        if (!response.IsSuccessStatusCode)
        {
            throw Error(
                ErrorCode.AuthenticationFailed,
                string.Create(CultureInfo.InvariantCulture, $"{Describe(credentials.TokenAddress)} gave no token for these client credentials (status {status})."),
                "Check the client's id and secret.", transient: status is 429 or >= 500, retryAfter: PlatformErrors.RetryAfterOf(response));
        }

        try
        {
            using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false));
            _token = document.RootElement.GetProperty("access_token").GetString();
            var lifetime = document.RootElement.TryGetProperty("expires_in", out var seconds) ? seconds.GetDouble() : 3600;
            // A little early, so that no request arrives with a token that expires on its way.
            _tokenExpires = _clock.GetUtcNow() + TimeSpan.FromSeconds(Math.Max(1, lifetime - Math.Min(60, lifetime / 10)));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Error(ErrorCode.UnexpectedAnswer, $"The answer of {Describe(credentials.TokenAddress)} holds no token.", "Check that it is the address at which tokens are issued.");
        }
    }

    private RestException Refused(HttpResponseMessage response, Uri address)
    {
        var status = (int)response.StatusCode;
        var where = Describe(address);
        var words = string.Create(CultureInfo.InvariantCulture, $"status {status}{(string.IsNullOrEmpty(response.ReasonPhrase) ? "" : $" {response.ReasonPhrase}")}");
        var retryAfter = PlatformErrors.RetryAfterOf(response);
        if (retryAfter > _options.MaxRetryAfter)
        {
            return Error(
                ErrorCode.RateLimited,
                string.Create(CultureInfo.InvariantCulture, $"{where} asks to wait for {Math.Ceiling(retryAfter.Value.TotalSeconds)} seconds ({words}), which is longer than the {_options.MaxRetryAfter.TotalSeconds} seconds allowed."),
                "Start again later from the last position.");
        }

        return status switch
        {
            401 => Error(ErrorCode.AuthenticationFailed, $"{where} refused the credentials ({words}).", "Check the key, the token or the password."),
            403 => Error(ErrorCode.PermissionDenied, $"{where} may not be read with these credentials ({words}).", "Ask for the permission to read it."),
            404 or 410 => Error(ErrorCode.SourceNotFound, $"There is nothing at {where} ({words}).", "Check the address.", status: status),
            429 => Error(ErrorCode.RateLimited, $"{where} was asked too often ({words}).", "Start again later from the last position.", transient: true, retryAfter: retryAfter),
            408 or >= 500 => Error(ErrorCode.SourceUnreadable, $"{where} failed ({words}).", "Start again later from the last position.", transient: status != 501, retryAfter: retryAfter),
            _ => Error(ErrorCode.RequestRefused, $"{where} refused the request ({words}).", "Check the address and its parameters."),
        };
    }

    private static RestException Error(
        string code, string what, string? remedy, Exception? inner = null, bool transient = false, TimeSpan? retryAfter = null, int status = 0) =>
        new(code, what, remedy, inner) { Stage = MigrationStage.Extract, IsTransient = transient, RetryAfter = retryAfter, Status = status };
}

/// <summary>A failure of an API, with the wait that it asked for.</summary>
internal sealed class RestException(string code, string what, string? remedy, Exception? inner) : MigrationException(code, what, remedy, inner)
{
    /// <summary>The wait that the API asked for, or null.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The HTTP status where it was 404 or 410, else 0.</summary>
    public int Status { get; init; }
}
