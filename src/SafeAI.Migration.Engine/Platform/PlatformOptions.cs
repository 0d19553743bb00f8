using System.Net;

namespace SafeAI.Migration.Engine.Platform;

/// <summary>How to reach the platform.</summary>
public sealed class PlatformOptions
{
    /// <summary>The published endpoint.</summary>
    public const string DefaultEndpoint = "https://platform.safeai.dev";

    /// <summary>The endpoint without a path. Plain HTTP is accepted for this machine's own addresses only.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>The API key, or null where <see cref="ClientId"/> is given.</summary>
    public string? ApiKey { get; init; }

    /// <summary>The client id for OAuth 2 client credentials, or null.</summary>
    public string? ClientId { get; init; }

    /// <summary>The client secret for OAuth 2 client credentials, or null.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>Where statements are posted. The platform's other published form is <c>api/v1/query</c>.</summary>
    public string QueryPath { get; init; } = "v1/knowledge-graph/query";

    /// <summary>Where the schema is read. The platform's other published form is <c>api/v1/knowledge-graph/schema</c>.</summary>
    public string SchemaPath { get; init; } = "v1/knowledge-graph/schema";

    /// <summary>Where tokens are issued for client credentials.</summary>
    public string TokenPath { get; init; } = "oauth/token";

    /// <summary>How long one request may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>How often a request is sent again after a failure that may pass, at most.</summary>
    public int MaxRetries { get; init; } = 6;

    /// <summary>The wait before the first of these, doubled with each further one, with jitter.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest wait that is obeyed where an answer asks for one, before giving up.</summary>
    public TimeSpan MaxRateLimitWait { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The longest wait for the end of the rate limit's window before giving up: a limit by the hour is waited for, one by the day is not.</summary>
    public TimeSpan MaxWindowWait { get; init; } = TimeSpan.FromMinutes(65);

    /// <summary>Reads an endpoint as people write it.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.EndpointUnreachable"/>: it is no usable address.</exception>
    public static Uri ParseEndpoint(string text)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text);
        var full = text.Contains("://", StringComparison.Ordinal) ? text : "https://" + text;
        if (!Uri.TryCreate(full, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp))
            throw new MigrationException(ErrorCode.EndpointUnreachable, $"'{text}' is not an endpoint.", $"Give an address such as {DefaultEndpoint}.");
        if (!string.IsNullOrEmpty(uri.UserInfo))
            throw new MigrationException(ErrorCode.EndpointUnreachable, "The endpoint holds a user name or password.", "Leave it out, and give the key separately.");
        if (uri.Scheme == Uri.UriSchemeHttp && !IsThisMachine(uri))
            throw new MigrationException(
                ErrorCode.EndpointUnreachable,
                $"The endpoint {uri.GetLeftPart(UriPartial.Authority)} is not encrypted, and the key would cross the network in clear.",
                "Use https; plain http is accepted for this machine's own addresses only.");
        return uri;
    }

    private static bool IsThisMachine(Uri uri) =>
        uri.IsLoopback || (IPAddress.TryParse(uri.Host, out var address) && IPAddress.IsLoopback(address));
}
