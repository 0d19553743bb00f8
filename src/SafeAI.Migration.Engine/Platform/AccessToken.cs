using System.Text.Json;

namespace SafeAI.Migration.Engine.Platform;

/// <summary>A token for client credentials: fetched when first needed, and again shortly before it expires or when it is refused.</summary>
internal sealed class AccessToken(HttpClient http, PlatformOptions options) : IDisposable
{
    private readonly SemaphoreSlim _fetching = new(1);
    private string? _token;
    private DateTimeOffset _expires;
    private DateTimeOffset _fetched;

    public async Task<string> GetAsync(CancellationToken cancellationToken)
    {
        await _fetching.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_token is null || DateTimeOffset.UtcNow >= _expires)
                await FetchAsync(cancellationToken).ConfigureAwait(false);
            return _token!;
        }
        finally
        {
            _fetching.Release();
        }
    }

    /// <summary>Drops a token that was refused.</summary>
    /// <returns>Whether another one is worth trying: not if this one was fetched a moment ago.</returns>
    public bool Forget()
    {
        _token = null;
        return DateTimeOffset.UtcNow - _fetched > TimeSpan.FromMilliseconds(50) || _expires != default;
    }

    public void Dispose() => _fetching.Dispose();

    private async Task FetchAsync(CancellationToken cancellationToken)
    {
        using var content = new FormUrlEncodedContent(
        [
            new("grant_type", "client_credentials"),
            new("client_id", options.ClientId),
            new("client_secret", options.ClientSecret),
        ]);
        using var response = await http.PostAsync(new Uri(options.TokenPath, UriKind.Relative), content, cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
            throw new PlatformException(
                ErrorCode.AuthenticationFailed,
                $"The platform at {options.Endpoint.GetLeftPart(UriPartial.Authority)} gave no token for these client credentials (status {(int)response.StatusCode}).",
                "Check the client id and the secret.")
            { IsTransient = (int)response.StatusCode >= 500 };
        using var document = await JsonDocument.ParseAsync(
            await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), default, cancellationToken).ConfigureAwait(false);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("access_token", out var token) || token.ValueKind != JsonValueKind.String)
        {
            throw new PlatformException(
                ErrorCode.UnexpectedAnswer, $"The platform at {options.Endpoint.GetLeftPart(UriPartial.Authority)} answered the client credentials without a token.",
                "Check that the endpoint is the platform's.");
        }

        _token = token.GetString();
        var lifetime = root.TryGetProperty("expires_in", out var seconds) && seconds.ValueKind == JsonValueKind.Number ? seconds.GetInt32() : 3600;
        _fetched = DateTimeOffset.UtcNow;

        // A little early, so that no request arrives with a token that expires on its way.
        _expires = _fetched + TimeSpan.FromSeconds(Math.Max(1, lifetime - Math.Min(60, lifetime / 10)));
    }
}
