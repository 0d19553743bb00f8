using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Polly;
using SafeAI.Migration.Engine.Monitoring;

namespace SafeAI.Migration.Engine.Platform;

/// <summary>
/// Speaks the platform's HTTP interface: posts statements, keeps to the rate limit, sends again what failed for a
/// reason that may pass, and turns everything else into an error with a stable id. Safe for several threads.
/// </summary>
public sealed class PlatformClient : IDisposable
{
    private readonly PlatformOptions _options;
    private readonly HttpClient _http;
    private readonly AccessToken? _token;
    private readonly RateLimit _rateLimit;
    private readonly ResiliencePipeline _retries;
    private readonly ConcurrentBag<ArrayBufferWriter<byte>> _bodies = [];
    private long _retryCount;
    private long _requestCount;
    private volatile bool _hasAnswered;

    /// <summary>Creates a client; nothing is sent yet.</summary>
    /// <param name="options">How to reach the platform.</param>
    /// <param name="clock">The clock, for waits.</param>
    /// <exception cref="MigrationException"><see cref="ErrorCode.AuthenticationFailed"/>: neither a key nor client credentials are given.</exception>
    public PlatformClient(PlatformOptions options, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _rateLimit = new RateLimit(clock ?? TimeProvider.System, options.MaxWindowWait, DisplayName);
#pragma warning disable CA2000, CA5398 // The client disposes the handler; the contract asks for this version of TLS.
        _http = new HttpClient(new SocketsHttpHandler
        {
            PooledConnectionLifetime = TimeSpan.FromMinutes(15),
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.All,
            UseProxy = !options.Endpoint.IsLoopback,
            SslOptions = { EnabledSslProtocols = System.Security.Authentication.SslProtocols.Tls13 },
        })
        {
            BaseAddress = new Uri(options.Endpoint.AbsoluteUri.TrimEnd('/') + "/"),
            Timeout = System.Threading.Timeout.InfiniteTimeSpan,
        };
#pragma warning restore CA2000, CA5398
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("SafeAI.Migration", typeof(PlatformClient).Assembly.GetName().Version?.ToString(3)));
        if (options.ClientId is not null)
            _token = new AccessToken(_http, options);
        else if (options.ApiKey is null)
            throw new MigrationException(
                ErrorCode.AuthenticationFailed, "No API key is given.", "Pass -ApiKey, use Connect-SafeAI, or set the environment variable SAFEAI_API_KEY.");
        _retries = RetryPolicy.Create(options, clock, () =>
        {
            Interlocked.Increment(ref _retryCount);
            MigrationTelemetry.Retries.Add(1);
        });
    }

    /// <summary>The endpoint, for messages.</summary>
    public string DisplayName => _options.Endpoint.GetLeftPart(UriPartial.Authority);

    /// <summary>Requests that were sent again so far.</summary>
    public long Retries => Interlocked.Read(ref _retryCount);

    /// <summary>Requests that were answered so far, whatever the answer.</summary>
    public long Requests => Interlocked.Read(ref _requestCount);

    /// <summary>What the platform last said of its rate limit, or <see cref="MaxRequestsPerMinute"/> where that is lower; null where there is neither.</summary>
    public RateLimitStatus? RateLimitStatus => _rateLimit.Status;

    /// <summary>Requests a minute at most, whatever the platform allows; from 1, or null for no limit of one's own. May be changed at any time.</summary>
    public int? MaxRequestsPerMinute
    {
        get => _rateLimit.Cap;
        set
        {
            if (value is { } cap)
                ArgumentOutOfRangeException.ThrowIfLessThan(cap, 1);
            _rateLimit.Cap = value;
        }
    }

    /// <summary>Runs a statement; one request is one transaction.</summary>
    /// <param name="statement">The text; every value in it is a parameter.</param>
    /// <param name="columns">The names of the columns it returns, in order.</param>
    /// <param name="writeParameters">Writes the parameters' names and values into an object that is already open; null for none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MigrationException">The platform did not answer, or refused.</exception>
    public async Task<PlatformAnswer> QueryAsync(
        string statement, IReadOnlyList<string> columns, Action<Utf8JsonWriter>? writeParameters = null, CancellationToken cancellationToken = default)
    {
        var body = _bodies.TryTake(out var used) ? used : new ArrayBufferWriter<byte>(4096);
        using (var writer = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            writer.WriteString("query", statement);
            writer.WriteStartObject("parameters");
            writeParameters?.Invoke(writer);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        var answer = await SendAsync(
            () => new HttpRequestMessage(HttpMethod.Post, _options.QueryPath)
            {
                Content = new ReadOnlyMemoryContent(body.WrittenMemory) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
            },
            (document, repeated) => new PlatformAnswer(document, columns, repeated),
            cancellationToken).ConfigureAwait(false);

        // After a failure a connection may still be reading the body: that one is not used again.
        body.ResetWrittenCount();
        _bodies.Add(body);
        return answer;
    }

    /// <summary>Reads the platform's description of its node and relationship types.</summary>
    public Task<JsonDocument> GetSchemaAsync(CancellationToken cancellationToken = default) =>
        SendAsync(() => new HttpRequestMessage(HttpMethod.Get, _options.SchemaPath), (document, _) => document, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _http.Dispose();
        _token?.Dispose();
    }

    private async Task<T> SendAsync<T>(Func<HttpRequestMessage> request, Func<JsonDocument, bool, T> answer, CancellationToken cancellationToken)
    {
        var attempts = 0;
        return _options.MaxRetries == 0 ? await AttemptAsync(cancellationToken).ConfigureAwait(false) : await _retries.ExecuteAsync(
            async token => await AttemptAsync(token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

        async ValueTask<T> AttemptAsync(CancellationToken token)
        {
            attempts++;
            await _rateLimit.WaitAsync(token).ConfigureAwait(false);
            try
            {
                return answer(await SendOnceAsync(request, token).ConfigureAwait(false), attempts > 1);
            }
            finally
            {
                _rateLimit.Done();
            }
        }
    }

    private async Task<JsonDocument> SendOnceAsync(Func<HttpRequestMessage> create, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(_options.Timeout);
        try
        {
            using var request = create();
            var token = _token is null ? null : await _token.GetAsync(timeout.Token).ConfigureAwait(false);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token ?? _options.ApiKey);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token).ConfigureAwait(false);
            _hasAnswered = true;
            Interlocked.Increment(ref _requestCount);
            _rateLimit.Observe(response.Headers);
            if (!response.IsSuccessStatusCode)
                throw await PlatformErrors.FromAsync(response, request, token, this, timeout.Token).ConfigureAwait(false);
            if (token is not null)
                _token!.Accept(token);
            using var stream = await response.Content.ReadAsStreamAsync(timeout.Token).ConfigureAwait(false);
            return await JsonDocument.ParseAsync(stream, default, timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new PlatformException(
                ErrorCode.PlatformFailed,
                FormattableString.Invariant($"The platform at {DisplayName} did not answer within {_options.Timeout.TotalSeconds} s."),
                "Use smaller batches, or try again later.", e) { IsTransient = true };
        }
        catch (HttpRequestException e)
        {
            throw PlatformErrors.FromNetwork(e, DisplayName, _hasAnswered);
        }
        catch (IOException e)
        {
            throw new PlatformException(ErrorCode.PlatformFailed, $"The connection to {DisplayName} broke before the answer was whole: {e.Message}", null, e) { IsTransient = true };
        }
        catch (JsonException e)
        {
            throw new PlatformException(
                ErrorCode.UnexpectedAnswer, $"The answer of {DisplayName} is not JSON.", "Check that the endpoint is the platform's and not a proxy's or a login page's.", e);
        }
    }

    /// <summary>Acts on an error before it is thrown: forgets a token that expired, stops everybody when the limit is reached.</summary>
    internal (bool TokenRenewable, TimeSpan MaxWait) Notice(HttpStatusCode status, TimeSpan? retryAfter, string? token)
    {
        if (status == HttpStatusCode.TooManyRequests && retryAfter is { } wait && wait <= _options.MaxRateLimitWait)
            _rateLimit.PauseFor(wait);
        var renewable = status == HttpStatusCode.Unauthorized && token is not null && _token!.Forget(token);
        return (renewable, _options.MaxRateLimitWait);
    }
}
