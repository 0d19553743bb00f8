using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace SafeAI.Migration.Sandbox.Http;

/// <summary>Who asks.</summary>
/// <param name="Name">What the rate limit is counted by.</param>
/// <param name="MayWrite">Whether statements that write are allowed.</param>
/// <param name="Token">The access token, when it was no API key.</param>
internal sealed record Caller(string Name, bool MayWrite, string? Token);

/// <summary>Keys and access tokens.</summary>
internal sealed class AccessControl(SandboxOptions options, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, DateTimeOffset> _tokens = new(StringComparer.Ordinal);

    /// <summary>The caller behind a request; an <see cref="ApiError"/> where there is none.</summary>
    public Caller Authenticate(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (header.Length == 0)
            throw ApiError.Unauthorized("unauthorized", "The request has no Authorization header: send 'Authorization: Bearer <api key or access token>'");
        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            throw ApiError.Unauthorized("unauthorized", "The Authorization header must be of the form 'Bearer <api key or access token>'");
        var key = header["Bearer ".Length..].Trim();
        if (Same(key, options.ApiKey))
            return new Caller("api-key", MayWrite: true, null);
        if (options.ReadOnlyKey is { Length: > 0 } readOnly && Same(key, readOnly))
            return new Caller("read-only-key", MayWrite: false, null);
        if (!_tokens.TryGetValue(key, out var expires))
            throw ApiError.Unauthorized("unauthorized", "The key or access token is not valid");
        if (expires <= clock.GetUtcNow())
            throw ApiError.Unauthorized("token_expired", "The access token has expired");
        return new Caller("client", MayWrite: true, key);
    }

    /// <summary>Gives out an access token for client credentials.</summary>
    public (string Token, int LifetimeSeconds) Issue(string grantType, string clientId, string clientSecret)
    {
        if (grantType != "client_credentials")
            throw new ApiError(StatusCodes.Status400BadRequest, "unsupported_grant_type", "grant_type must be client_credentials");
        if (options.ClientId is null || !Same(clientId, options.ClientId) || !Same(clientSecret, options.ClientSecret!))
            throw ApiError.Unauthorized("invalid_client", "The client id or its secret is wrong");
        foreach (var (old, expires) in _tokens)
        {
            // Long expired tokens are forgotten; a fresh one still gets its own message.
            if (expires < clock.GetUtcNow().AddHours(-1))
                _tokens.TryRemove(old, out _);
        }

        var token = "at-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        _tokens[token] = clock.GetUtcNow().AddSeconds(options.TokenLifetimeSeconds);
        return (token, options.TokenLifetimeSeconds);
    }

    /// <summary>Lets a token expire now.</summary>
    public void Expire(string? token)
    {
        if (token is not null)
            _tokens[token] = clock.GetUtcNow();
    }

    private static bool Same(string a, string b) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(a), Encoding.UTF8.GetBytes(b));
}
