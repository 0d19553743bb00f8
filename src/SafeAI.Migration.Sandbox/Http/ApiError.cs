using System.Globalization;
using System.Text.Json;
using SafeAI.Migration.Sandbox.Cypher;

namespace SafeAI.Migration.Sandbox.Http;

/// <summary>An answer that is an error, in the platform's envelope.</summary>
internal sealed class ApiError(int status, string code, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    /// <summary>What the error is about, in its parts.</summary>
    public IReadOnlyDictionary<string, object> Details { get; init; } = new Dictionary<string, object>();

    /// <summary>The value of Retry-After, if it is sent.</summary>
    public string? RetryAfter { get; init; }

    public static ApiError Invalid(string message) => new(StatusCodes.Status400BadRequest, "invalid_request", message);

    public static ApiError Unauthorized(string code, string message) => new(StatusCodes.Status401Unauthorized, code, message);

    public static ApiError Of(CypherException error) => new(StatusCodes.Status400BadRequest, error.Code, error.Message)
    {
        Details = error.Position is { } at
            ? new Dictionary<string, object> { ["line"] = at.Line, ["column"] = at.Column, ["offset"] = at.Offset }
            : new Dictionary<string, object>(),
    };

    /// <summary>Sends the error.</summary>
    public async Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = Status;
        response.ContentType = "application/json";
        if (RetryAfter is not null)
            response.Headers.RetryAfter = RetryAfter;
        if (Status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = "Bearer";
        var envelope = new
        {
            error = new
            {
                code = Code,
                message = Message,
                details = Details,
                timestamp = DateTimeOffset.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
            },
            request_id = context.TraceIdentifier,
            documentation_url = "https://platform.safeai.dev/docs/errors",
        };
        await response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(envelope), context.RequestAborted);
    }
}
