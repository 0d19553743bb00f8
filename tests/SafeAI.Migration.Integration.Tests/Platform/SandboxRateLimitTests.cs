using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.TestKit.Sandbox;

namespace SafeAI.Migration.Integration.Tests.Platform;

/// <summary>The rate limit of a sandbox whose windows are a second long: a request that other work holds up would come in the next one.</summary>
[Collection(nameof(TimedAlone))]
public sealed class SandboxRateLimitTests
{
    [Fact]
    public async Task The_limit_is_used_up_and_never_exceeded()
    {
        await using var sandbox = await SandboxServer.StartAsync("--rate-limit", "20", "--rate-window", "1");
        using var client = new PlatformClient(sandbox.Options());

        await Parallel.ForEachAsync(Enumerable.Range(0, 70), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (_, token) =>
            (await client.QueryAsync(CypherStatements.Ping, ["one"], null, token)).Dispose());

        Assert.Equal(0, await sandbox.StatisticAsync("tooManyRequests"));
    }
}
