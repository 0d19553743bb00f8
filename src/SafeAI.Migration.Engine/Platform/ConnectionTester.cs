using System.Diagnostics;

namespace SafeAI.Migration.Engine.Platform;

/// <summary>Finds out what works with an endpoint and a key, without writing anything.</summary>
public static class ConnectionTester
{
    /// <summary>Tests a connection. What does not work is said in the result, not thrown.</summary>
    /// <param name="options">The connection.</param>
    /// <param name="testWrite">Whether to send a statement that needs the right to write and writes nothing.</param>
    /// <param name="cancellationToken">Ends the test.</param>
    public static async Task<ConnectionTestResult> TestAsync(PlatformOptions options, bool testWrite, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var client = new PlatformClient(options);
        var result = new ConnectionTestResult { Endpoint = options.Endpoint };
        try
        {
            var started = Stopwatch.GetTimestamp();
            (await client.QueryAsync(CypherStatements.Ping, ["one"], null, cancellationToken).ConfigureAwait(false)).Dispose();
            result = result with
            {
                Reachable = true, Authenticated = true, CanRead = true,
                LatencyMilliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds,
            };
            await using var destination = new PlatformDestination(client);
            var schema = await destination.GetSchemaAsync(cancellationToken).ConfigureAwait(false);
            result = result with { NodeTypes = schema.NodeTypes, RelationshipTypes = schema.RelationshipTypes };
            if (testWrite)
            {
                await destination.ProbeWriteAsync(cancellationToken).ConfigureAwait(false);
                result = result with { CanWrite = true };
            }
        }
        catch (MigrationException e)
        {
            result = result with
            {
                Error = e.Message,
                Reachable = e.Code != ErrorCode.EndpointUnreachable,
                Authenticated = result.Authenticated || e.Code == ErrorCode.PermissionDenied,
                CanWrite = result.CanRead && testWrite && e.Code == ErrorCode.PermissionDenied ? false : null,
            };
        }

        var limit = client.RateLimitStatus;
        return result with { RateLimit = limit?.Limit, RateLimitRemaining = limit?.Remaining };
    }
}
