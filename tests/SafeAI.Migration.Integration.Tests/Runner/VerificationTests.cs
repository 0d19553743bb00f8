using SafeAI.Migration.TestKit;
using SafeAI.Migration.TestKit.Sandbox;

namespace SafeAI.Migration.Integration.Tests.Runner;

/// <summary>A run whose items somebody else changed before they were verified ends with the exit code of a failure.</summary>
public sealed class VerificationTests : IDisposable
{
    private const int PageSize = 500;
    private const int Pages = 4;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("content", "stop", false, 0, "completed", 2000)]
    [InlineData("content", "stop", true, 3, "failed", 2000)]
    [InlineData("content", "rollback", true, 3, "rolledBack", 1)]
    [InlineData("none", "rollback", true, 0, "completed", 2000)]
    public async Task A_difference_is_a_failure(string verify, string onError, bool isDisturbed, int exitCode, string status, int left)
    {
        await using var sandbox = await SandboxServer.StartAsync();
        await using var platform = sandbox.Open();
        using var disturbed = new ManualResetEventSlim();

        // The page after the last is not answered before somebody else was at work.
        using var server = new LocalHttpServer(request =>
        {
            var page = int.Parse(request.Query("page") ?? "1", System.Globalization.CultureInfo.InvariantCulture);
            if (page > Pages)
                disturbed.Wait(TimeSpan.FromMinutes(2));
            return new LocalAnswer($"[{string.Join(',', page > Pages ? [] : Enumerable.Range((page - 1) * PageSize, PageSize).Select(i => $$"""{"id": {{i}}, "name": "n"}"""))}]");
        });
        var plan = _folder.Write("plan.json", $$"""
            { "sources": [ { "address": "{{server.Address}}people", "pagination": { "type": "pageNumber" },
                "mapping": { "nodes": [ { "type": "Person", "id": "{id}", "properties": { "name": "name" } } ] } } ],
              "destination": { "endpoint": "{{sandbox.Endpoint}}" }, "onError": "{{onError}}",
              "options": { "batchSize": 100, "throttleLimit": 1, "verify": "{{verify}}" } }
            """);

        var run = await RunnerProcess.RunAsync(
            _folder.Path, new Dictionary<string, string> { ["SAFEAI_API_KEY"] = sandbox.ApiKey },
            async process =>
            {
                while (!process.HasExited && (await platform.ReadNodesAsync("Person", ["7"])).Count == 0)
                    await Task.Delay(10);
                if (isDisturbed)
                    await platform.WriteNodesAsync("Person", [new GraphNode("Person", "7", new PropertySet(["name"], ["other"]))]);
                disturbed.Set();
            },
            "run", plan, "--json", "--journal", "j");

        Assert.True(run.ExitCode == exitCode, $"{run.ExitCode}: {run.Output} {run.Errors}");
        Assert.Equal(status, run.Json.GetProperty("status").GetString());
        if (verify == "content")
            Assert.Equal((!isDisturbed, isDisturbed ? 1 : 0), (run.Json.GetProperty("verified").GetBoolean(), run.Json.GetProperty("differences").GetInt32()));
        Assert.Equal(left, (await platform.CountNodesAsync(["Person"]))["Person"]);
    }
}
