using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Platform;

namespace SafeAI.Migration.Engine.Planning;

/// <summary>Opens the destinations of plans.</summary>
public static class PlanDestinations
{
    /// <summary>Opens the destination of a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="platform">How to reach the platform, where the host knows better than the plan and the environment; or null.</param>
    /// <param name="create">Whether a store is created where there is none.</param>
    /// <exception cref="MigrationException">No destination or no key is known, or a store cannot be opened.</exception>
    public static IGraphDestination Open(MigrationPlan plan, PlatformOptions? platform, bool create)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (plan.Destination.Store is { } store)
            return GraphStoreDestination.Open(store, create);
#pragma warning disable CA2000 // The destination owns the client.
        return new PlatformDestination(new PlatformClient(platform ?? Options(plan.Destination)) { MaxRequestsPerMinute = plan.MaxRequestsPerMinute });
#pragma warning restore CA2000
    }

    /// <summary>How to reach the platform by what a plan and the environment say.</summary>
    /// <exception cref="MigrationException">Neither names an endpoint.</exception>
    public static PlatformOptions Options(PlanDestination destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var named = destination.Endpoint ?? Environment.GetEnvironmentVariable("SAFEAI_ENDPOINT");
        if (string.IsNullOrEmpty(named))
        {
            throw new MigrationException(
                ErrorCode.NoDestination, "The plan names neither a store nor an endpoint.",
                "Name one under destination, or set the environment variable SAFEAI_ENDPOINT.");
        }

        var endpoint = PlatformOptions.ParseEndpoint(named);
        var defaults = new PlatformOptions { Endpoint = endpoint };
        return new PlatformOptions
        {
            Endpoint = endpoint,
            ApiKey = destination.ClientId is not null ? null : destination.ApiKey ?? Environment.GetEnvironmentVariable("SAFEAI_API_KEY"),
            ClientId = destination.ClientId,
            ClientSecret = destination.ClientSecret,
            QueryPath = destination.QueryPath ?? defaults.QueryPath,
            SchemaPath = destination.SchemaPath ?? defaults.SchemaPath,
        };
    }
}
