using System.Net;
using System.Text.Json;

namespace SafeAI.Migration.Engine.Platform;

/// <summary>A token for client credentials: fetched when first needed, and again shortly before it expires or when it is refused.</summary>
internal sealed class AccessToken(HttpClient http, PlatformOptions options) : IDisposable
{
    // A token may be taken back the moment it was given, but not time after time.
    private const int MostRefusals = 3;

    private readonly SemaphoreSlim _fetching = new(1);
    private readonly object _lock = new();
    private volatile string? _token;
    private volatile string? _accepted;
    private DateTimeOffset _expires;
    private int _refusals;

    public async Task<string> GetAsync(CancellationToken cancellationToken)
    {
        await _fetching.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_token is not { } token || DateTimeOffset.UtcNow >= _expires)
                token = _token = await FetchAsync(cancellationToken).ConfigureAwait(false);
            return token;
        }
        finally
        {
            _fetching.Release();
        }
    }

    /// <summary>Says that a token was good for a request.</summary>
    public void Accept(string token)
    {
        if (ReferenceEquals(token, _accepted))
            return;
        lock (_lock)
            (_accepted, _refusals) = (token, 0);
    }

    /// <summary>Drops a token that was refused.</summary>
    /// <returns>Whether another one is worth trying: not where several in a row were never good for anything.</returns>
    public bool Forget(string token)
    {
        lock (_lock)
        {
            // Where there is another one already, somebody else was refused before.
            if (!ReferenceEquals(token, _token))
                return true;
            _token = null;
            return ReferenceEquals(token, _accepted) || ++_refusals < MostRefusals;
        }
    }

    public void Dispose() => _fetching.Dispose();

    private async Task<string> FetchAsync(CancellationToken cancellationToken)
    {
        using var content = new FormUrlEncodedContent(
        [
            new("grant_type", "client_credentials"),
            new("client_id", options.ClientId),
            new("client_secret", options.ClientSecret),
        ]);
        using var response = await http.PostAsync(new Uri(options.TokenPath, UriKind.Relative), content, cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
        {
            var isLimit = response.StatusCode == HttpStatusCode.TooManyRequests;
            var isFailure = response.StatusCode is >= HttpStatusCode.InternalServerError or HttpStatusCode.RequestTimeout;
            var retryAfter = PlatformErrors.RetryAfterOf(response);
            throw new PlatformException(
                isLimit ? ErrorCode.RateLimited : isFailure ? ErrorCode.PlatformFailed : ErrorCode.AuthenticationFailed,
                $"The platform at {options.Endpoint.GetLeftPart(UriPartial.Authority)} gave no token for these client credentials (status {(int)response.StatusCode}).",
                isLimit || isFailure ? "Try again later." : "Check the client id and the secret.")
            { IsTransient = isLimit || isFailure, RetryAfter = retryAfter, IsFinal = retryAfter > options.MaxRateLimitWait };
        }

        using var document = await JsonDocument.ParseAsync(
            await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), default, cancellationToken).ConfigureAwait(false);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("access_token", out var token) || token.ValueKind != JsonValueKind.String)
        {
            throw new PlatformException(
                ErrorCode.UnexpectedAnswer, $"The platform at {options.Endpoint.GetLeftPart(UriPartial.Authority)} answered the client credentials without a token.",
                "Check that the endpoint is the platform's.");
        }

        var lifetime = root.TryGetProperty("expires_in", out var seconds) && seconds.ValueKind == JsonValueKind.Number && seconds.TryGetInt32(out var told) ? told : 3600;

        // A little early, so that no request arrives with a token that expires on its way.
        _expires = DateTimeOffset.UtcNow + TimeSpan.FromSeconds(Math.Max(1, lifetime - Math.Min(60, lifetime / 10)));
        return token.GetString()!;
    }
}
