using System.Management.Automation;
using System.Net;
using System.Security;
using SafeAI.Migration.Engine.Planning;
using SafeAI.Migration.Engine.Platform;

namespace SafeAI.Migration.PowerShell.Hosting;

/// <summary>The connection that <c>Connect-SafeAI</c> keeps for this PowerShell process, all of its runspaces included.</summary>
internal static class CurrentConnection
{
    private static volatile Held? s_held;

    /// <summary>What is known of it without its secret; null where there is none.</summary>
    public static SafeAIConnection? Info => s_held is { } held
        ? new SafeAIConnection(held.Endpoint, held.Credential is null ? "ApiKey" : "ClientCredentials")
        : null;

    public static void Open(Uri endpoint, SecureString? apiKey, PSCredential? credential, string? queryPath, string? schemaPath) =>
        s_held = new Held(endpoint, apiKey?.Copy(), credential, queryPath, schemaPath);

    public static void Close()
    {
        s_held?.ApiKey?.Dispose();
        s_held = null;
    }

    /// <summary>The options for a request: explicit parameters win over the open connection, and that over the environment.</summary>
    /// <exception cref="MigrationException">No endpoint or no key is known.</exception>
    public static PlatformOptions Options(
        string? endpoint, SecureString? apiKey, PSCredential? credential, int? maxRetries = null, string? queryPath = null, string? schemaPath = null)
    {
        var held = s_held;
        var address = endpoint is not null ? PlatformOptions.ParseEndpoint(endpoint)
            : held?.Endpoint
            ?? (Environment.GetEnvironmentVariable("SAFEAI_ENDPOINT") is { Length: > 0 } fromEnvironment ? PlatformOptions.ParseEndpoint(fromEnvironment) : null)
            ?? throw new MigrationException(
                ErrorCode.NoDestination, "No destination is named and no connection is open.",
                "Pass -Endpoint or -Store, use Connect-SafeAI, or set the environment variable SAFEAI_ENDPOINT.");

        // A key goes to the endpoint it was given for, and to no other.
        var same = held is not null && held.Endpoint == address;
        if (apiKey is null && credential is null && same)
            (apiKey, credential) = (held!.ApiKey, held.Credential);
        var defaults = new PlatformOptions { Endpoint = address, ApiKey = "" };
        return new PlatformOptions
        {
            Endpoint = address,
            ApiKey = credential is not null ? null
                : apiKey is not null ? new NetworkCredential("", apiKey).Password
                : Environment.GetEnvironmentVariable("SAFEAI_API_KEY") is { Length: > 0 } key ? key : null,
            ClientId = credential?.UserName,
            ClientSecret = credential?.GetNetworkCredential().Password,
            QueryPath = queryPath ?? (same ? held!.QueryPath : null) ?? defaults.QueryPath,
            SchemaPath = schemaPath ?? (same ? held!.SchemaPath : null) ?? defaults.SchemaPath,
            MaxRetries = maxRetries ?? defaults.MaxRetries,
        };
    }

    /// <summary>The options for the destination of a plan: explicit parameters win over the plan, and that over the open connection; null for a store.</summary>
    /// <exception cref="MigrationException">No endpoint or no key is known.</exception>
    public static PlatformOptions? Options(PlanDestination destination, SecureString? apiKey, PSCredential? credential)
    {
        if (destination.Store is not null)
            return null;
        if (apiKey is null && credential is null && destination.ApiKey is not null)
            apiKey = new NetworkCredential("", destination.ApiKey).SecurePassword;
        if (apiKey is null && credential is null && destination.ClientId is not null)
            credential = new PSCredential(destination.ClientId, new NetworkCredential("", destination.ClientSecret).SecurePassword);
        return Options(destination.Endpoint, apiKey, credential, maxRetries: null, destination.QueryPath, destination.SchemaPath);
    }

    private sealed record Held(Uri Endpoint, SecureString? ApiKey, PSCredential? Credential, string? QueryPath, string? SchemaPath);
}
