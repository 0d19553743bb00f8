using System.Diagnostics;
using System.Globalization;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.Integration.Tests.Runner;
using SafeAI.Migration.TestKit;
using SafeAI.Migration.TestKit.Sandbox;
using Xunit.Abstractions;

namespace SafeAI.Migration.Integration.Tests.Platform;

/// <summary>Loads with a journal into a platform that fails in every way. With SAFEAI_LONG_TESTS=1 over 10,000 batches.</summary>
public sealed class FaultyLoadTests(ITestOutputHelper output) : IDisposable
{
    private static readonly bool s_isLong = Environment.GetEnvironmentVariable("SAFEAI_LONG_TESTS") == "1";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Many_batches_with_five_percent_faults_end_complete_and_equal()
    {
        await using var sandbox = await SandboxServer.StartAsync("--client-id", "loader", "--client-secret", "s", "--token-lifetime", "3600");
        await sandbox.SetFaultsAsync("""
            [ {"kind":"status500","probability":0.02,"seed":1}, {"kind":"resetAfterCommit","probability":0.01,"seed":2},
              {"kind":"resetBeforeCommit","probability":0.01,"seed":3}, {"kind":"status429","retryAfter":"none","probability":0.004,"seed":4},
              {"kind":"status429","retryAfter":"none","requests":[100,101,102,103,104,105,106,107,108,109,110,111,112,113,114,115,116,117,118,119]},
              {"kind":"status429","retryAfter":"seconds","seconds":1,"requests":[60,61,62,63]}, {"kind":"status429","retryAfter":"date","seconds":1,"requests":[160,161,162,163]},
              {"kind":"status429","retryAfter":"seconds","seconds":1,"probability":0.0005,"seed":7}, {"kind":"status429","retryAfter":"date","seconds":1,"probability":0.0005,"seed":8},
              {"kind":"expiredToken","probability":0.003,"seed":5}, {"kind":"slow","milliseconds":3000,"probability":0.003,"seed":6} ]
            """);
        var batches = s_isLong ? 10_000 : 250;
        const int lostEvery = 500;
        await using var destination = new PlatformDestination(new PlatformClient(new PlatformOptions
        {
            Endpoint = sandbox.Endpoint, ClientId = "loader", ClientSecret = "s", MaxRetries = 12, RetryDelay = TimeSpan.FromMilliseconds(10), Timeout = TimeSpan.FromSeconds(2),
        }));

        var result = await LoadAsync(destination, nodes: batches * 10, relationships: batches * 10, batchSize: 20, lostEvery: lostEvery);

        Assert.True(result.Retries > batches / 50, $"{result.Retries} retries");
        Assert.Equal(batches * 10 / lostEvery, result.Rejected);
        await AssertWholeAsync(sandbox, result, batches * 10, batches * 10 - batches * 10 / lostEvery);
        await sandbox.SetFaultsAsync("[]");
        Assert.Equal(
            Items(batches * 10, batches * 10, 0).Where((_, i) => i < batches * 10 || !IsLost(i - batches * 10, lostEvery)).Select(Hash).Order(StringComparer.Ordinal),
            (await StoreContent.HashesAsync(destination)).Order(StringComparer.Ordinal));
        output.WriteLine($"{result.Batches} batches, {result.Retries} requests sent again, {result.Rejected} rejected.");
    }

    [Fact]
    public async Task The_platform_killed_and_started_again_under_load_loses_and_doubles_nothing()
    {
        var store = Path.Combine(_folder.Path, "sandbox.graph");
        var sandbox = await SandboxServer.StartAsync("--store", store, "--api-key", "k");
        try
        {
            await using var destination = new PlatformDestination(new PlatformClient(new PlatformOptions
            {
                Endpoint = sandbox.Endpoint, ApiKey = "k", MaxRetries = 30, RetryDelay = TimeSpan.FromMilliseconds(50),
            }));
            await sandbox.SetFaultsAsync("""[{"kind":"crashAfterCommit","requests":[12],"mutatingOnly":true}]""");
            var loading = LoadAsync(destination, nodes: 2000, relationships: 2000, batchSize: 50);
            foreach (var next in new[] { """[{"kind":"crashBeforeCommit","requests":[15],"mutatingOnly":true}]""", """[{"kind":"crashAfterCommit","requests":[20],"mutatingOnly":true}]""", "[]" })
            {
                using (var process = Process.GetProcessById(sandbox.ProcessId))
                    await process.WaitForExitAsync();
                var port = sandbox.Endpoint.Port.ToString(CultureInfo.InvariantCulture);
                await sandbox.DisposeAsync();
                sandbox = await SandboxServer.StartAsync("--store", store, "--api-key", "k", "--port", port, "--faults", next);
            }

            await AssertWholeAsync(sandbox, await loading, 2000, 2000);
        }
        finally
        {
            await sandbox.DisposeAsync();
        }
    }

    [Fact]
    public async Task Five_nodes_ten_thousand_relationships_and_eight_threads_with_a_journal_make_no_duplicate_and_lose_none()
    {
        await using var sandbox = await SandboxServer.StartAsync();
        await using var destination = sandbox.Open();

        var result = await LoadAsync(destination, nodes: 5, relationships: 10_000, batchSize: 200, throttle: 8);

        await AssertWholeAsync(sandbox, result, 5, 10_000);
    }

    private static async Task AssertWholeAsync(SandboxServer sandbox, MigrationResult result, int nodes, int relationships)
    {
        Assert.Equal((MigrationStatus.Completed, true, null), (result.Status, result.Verified, result.Error));
        Assert.Equal((new ItemCounts(nodes, 0, 0), new ItemCounts(relationships, 0, 0)), (result.Nodes, result.Relationships));
        Assert.Equal((nodes, relationships), (await sandbox.StatisticAsync("nodes"), await sandbox.StatisticAsync("relationships")));
    }

    private async Task<MigrationResult> LoadAsync(PlatformDestination destination, int nodes, int relationships, int batchSize, int throttle = 4, int lostEvery = 0)
    {
        using var journal = JournalFile.Open(Path.Combine(_folder.Path, "journal"));
        await using var session = LoadRun.Begin(
            journal, destination,
            new LoadOptions { BatchSize = batchSize, ThrottleLimit = throttle, Verify = VerifyMode.Content, ErrorBudget = ErrorBudget.OfShare(lostEvery == 0 ? 0 : 0.01) }, new LoadRunDescription());
        foreach (var item in Items(nodes, relationships, lostEvery))
            await session.AddAsync(item);
        return await session.CompleteAsync();
    }

    // Of a batch with a relationship whose end is missing, the platform writes the others and says nothing of that one.
    private static IEnumerable<GraphItem> Items(int nodes, int relationships, int lostEvery) =>
        Enumerable.Range(0, nodes).Select(i => (GraphItem)new GraphNode("Thing", $"n{i}", new PropertySet(["number"], [(long)i]))).Concat(
            Enumerable.Range(0, relationships).Select(i => new GraphRelationship(
                "KNOWS", $"r{i}", "Thing", $"n{i % nodes}", "Thing", IsLost(i, lostEvery) ? "none" : $"n{(i * 7 + i / nodes) % nodes}", new PropertySet(["i"], [(long)i]))));

    private static bool IsLost(int relationship, int lostEvery) => lostEvery > 0 && relationship % lostEvery == lostEvery / 2;

    private static string Hash(GraphItem item) => Convert.ToHexString(GraphContent.Hash(item));
}
