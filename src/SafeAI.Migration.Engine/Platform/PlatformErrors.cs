using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace SafeAI.Migration.Engine.Platform;

/// <summary>A failure at the platform.</summary>
internal sealed class PlatformException(string code, string what, string? remedy = null, Exception? inner = null)
    : MigrationException(code, what, remedy, inner)
{
    /// <summary>How long the platform asked to wait, or null.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether sending again at once is of no use, although the same may succeed later.</summary>
    public bool IsFinal { get; init; }
}

/// <summary>Turns the platform's answers and the network's failures into errors.</summary>
internal static class PlatformErrors
{
    public static async Task<PlatformException> FromAsync(
        HttpResponseMessage response, HttpRequestMessage request, string? token, PlatformClient client, CancellationToken cancellationToken)
    {
        var (code, message, requestId) = await ReadEnvelopeAsync(response, cancellationToken).ConfigureAwait(false);
        var retryAfter = RetryAfterOf(response);
        var (tokenRenewable, maxWait) = client.Notice(response.StatusCode, retryAfter, token);
        var isTooLong = retryAfter > maxWait;
        var where = client.DisplayName;
        var told = (message is null ? "" : $": {message.TrimEnd('.')}")
            + (code is null && requestId is null ? "" : $" ({string.Join(", ", new[] { code, requestId is null ? null : "request " + requestId }.OfType<string>())})") + "."
            + (isTooLong ? FormattableString.Invariant($" It asks to be left alone for {retryAfter!.Value.TotalSeconds:0} s, which is longer than the {maxWait.TotalSeconds:0} s that are waited.") : "");
        return response.StatusCode switch
        {
            HttpStatusCode.Unauthorized => new PlatformException(
                ErrorCode.AuthenticationFailed, $"The platform at {where} refused the {(token is null ? "key" : "token")}{told}",
                token is null ? "Check the API key and that it belongs to this endpoint." : "Check what these client credentials are good for, and that they belong to this endpoint.")
            { IsTransient = tokenRenewable, RetryAfter = tokenRenewable ? TimeSpan.Zero : null },
            HttpStatusCode.Forbidden => new PlatformException(
                ErrorCode.PermissionDenied, $"The platform at {where} does not allow this key to do that{told}", "Ask for a key with that permission."),
            HttpStatusCode.TooManyRequests => new PlatformException(
                ErrorCode.RateLimited, $"The rate limit of {where} is used up{told}", "Wait, or ask for a higher limit.")
            { IsTransient = true, RetryAfter = retryAfter, IsFinal = isTooLong },
            HttpStatusCode.NotFound => new PlatformException(
                ErrorCode.RequestRefused, $"There is nothing at {where}{request.RequestUri?.PathAndQuery}{told}",
                "Check the endpoint; an installation with the other published paths is reached with Connect-SafeAI -QueryPath api/v1/query."),
            >= HttpStatusCode.InternalServerError or HttpStatusCode.RequestTimeout => new PlatformException(
                ErrorCode.PlatformFailed, $"The platform at {where} failed with status {(int)response.StatusCode}{told}", "Try again later.")
            { IsTransient = true, RetryAfter = retryAfter, IsFinal = isTooLong },
            _ => new PlatformException(ErrorCode.RequestRefused, $"The platform at {where} refused the request with status {(int)response.StatusCode}{told}")
            {
                // The store's own name for what is worth trying again, deadlocks among them.
                IsTransient = code?.StartsWith("Neo.TransientError", StringComparison.Ordinal) == true,
            },
        };
    }

    public static PlatformException FromNetwork(HttpRequestException e, string where, bool hasAnswered)
    {
        var socket = e.InnerException as SocketException;
        var reason = e.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => "the name is not known",
            HttpRequestError.SecureConnectionError => "no secure connection could be made: " + (e.InnerException?.Message ?? e.Message),
            HttpRequestError.ConnectionError when socket?.SocketErrorCode == SocketError.ConnectionRefused => "nobody listens there",
            _ => e.InnerException?.Message ?? e.Message,
        };
        return hasAnswered
            ? new PlatformException(ErrorCode.PlatformFailed, $"The connection to {where} was lost: {reason}.", null, e) { IsTransient = true }
            : new PlatformException(ErrorCode.EndpointUnreachable, $"The platform at {where} cannot be reached: {reason}.", "Check the endpoint and the network.", e)
            {
                // Most likely the endpoint is wrong, which is told at once; but who listens nowhere now may do so later.
                IsTransient = e.HttpRequestError != HttpRequestError.SecureConnectionError && socket?.SocketErrorCode != SocketError.HostNotFound,
                IsFinal = true,
            };
    }

    /// <summary>The wait asked for, in seconds or as a date; null where none is.</summary>
    public static TimeSpan? RetryAfterOf(HttpResponseMessage response)
    {
        var header = response.Headers.RetryAfter;
        if (header is null)
            return null;

        // By the clock that said the date, where it is told.
        var wait = header.Delta ?? (header.Date - (response.Headers.Date ?? DateTimeOffset.UtcNow));
        return wait is { Ticks: < 0 } ? TimeSpan.Zero : wait;
    }

    private static async Task<(string? Code, string? Message, string? RequestId)> ReadEnvelopeAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            using var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            using var document = await JsonDocument.ParseAsync(stream, default, cancellationToken).ConfigureAwait(false);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                return default;
            var error = root.TryGetProperty("error", out var e) && e.ValueKind == JsonValueKind.Object ? e : root;
            return (Text(error, "code"), Text(error, "message"), Text(root, "request_id"));
        }
        catch (Exception e) when (e is JsonException or IOException or HttpRequestException)
        {
            // A proxy's page or a broken body says no more than the status does.
            return default;
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
