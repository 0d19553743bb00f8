using System.Text.Json.Nodes;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.TestKit;
using SafeAI.Migration.TestKit.Sandbox;

namespace SafeAI.Migration.Integration.Tests.Platform;

/// <summary>The platform's answers in other forms than the sandbox gives them, between a load and a real graph.</summary>
public sealed class PlatformFormTests : IAsyncLifetime
{
    private SandboxServer _sandbox = null!;

    public async Task InitializeAsync() => _sandbox = await SandboxServer.StartAsync();

    public async Task DisposeAsync() => await _sandbox.DisposeAsync();

    [Fact]
    public async Task Rows_as_arrays_and_no_word_of_a_rate_limit_change_nothing()
    {
        using var relay = new LocalHttpServer(r => AsArrays(_sandbox.Forward(r, _sandbox.ApiKey)));
        await using var platform = Open(relay);

        var first = await LoadAsync(platform, Graph(5));
        var second = await LoadAsync(platform, Graph(5));
        var third = await LoadAsync(platform, Graph(6));

        Assert.Equal((MigrationStatus.Completed, true, 60L, 50L), (first.Status, first.Verified, first.Nodes.Created, first.Relationships.Created));
        Assert.Equal((true, 60L, 50L), (second.Verified, second.Nodes.Unchanged, second.Relationships.Unchanged));
        Assert.Equal((true, 60L, 50L), (third.Verified, third.Nodes.Updated, third.Relationships.Updated));
        Assert.Null(platform.RateLimit);
    }

    [Fact]
    public async Task Rows_that_are_missing_from_an_answer_are_not_taken_for_written()
    {
        using var relay = new LocalHttpServer(r => r.Body.Contains("MERGE (n:", StringComparison.Ordinal)
            ? WithoutItsLastRow(_sandbox.Forward(r, _sandbox.ApiKey))
            : _sandbox.Forward(r, _sandbox.ApiKey));
        await using var platform = Open(relay);
        var rejects = new List<Reject>();
        await using var session = new LoadSession(platform, new LoadOptions { BatchSize = 100, ThrottleLimit = 1, ErrorBudget = ErrorBudget.OfCount(1) }, rejects.Add);
        foreach (var node in Graph(5).OfType<GraphNode>())
            await session.AddAsync(node);

        var result = await session.CompleteAsync();

        Assert.Equal((MigrationStatus.Completed, 59L, 1L), (result.Status, result.Nodes.Created, result.Rejected));
        Assert.Equal((ErrorCode.WriteMismatch, "n59"), (Assert.Single(rejects).Code, rejects[0].Item!.Id));
    }

    [Fact]
    public async Task Answers_that_break_off_after_the_commit_are_asked_for_again_and_counted_once()
    {
        var cut = new HashSet<string>(StringComparer.Ordinal);
        using var relay = new LocalHttpServer(r =>
        {
            var answer = _sandbox.Forward(r, _sandbox.ApiKey);
            return r.Body.Contains("MERGE", StringComparison.Ordinal) && cut.Add(r.Body) ? answer with { IsCut = true } : answer;
        });
        await using var platform = new PlatformDestination(new PlatformClient(new PlatformOptions { Endpoint = relay.Address, ApiKey = "k", RetryDelay = TimeSpan.FromMilliseconds(1) }));

        var result = await LoadAsync(platform, Graph(5));

        Assert.Equal((MigrationStatus.Completed, true, 60L, 50L), (result.Status, result.Verified, result.Nodes.Created, result.Relationships.Created));
        Assert.Equal((cut.Count, 0L), (result.Retries, result.Nodes.Updated + result.Nodes.Unchanged + result.Relationships.Updated + result.Relationships.Unchanged));
        Assert.Equal(110, await _sandbox.StatisticAsync("nodes") + await _sandbox.StatisticAsync("relationships"));
    }

    [Theory]
    [InlineData("MERGE (n:", """{"results": [["n0", "before", ["Thing"], []]]}""")]
    [InlineData("MERGE (a)", """{"results": [["r0", "before", []]]}""")]
    [InlineData("MERGE (a)", """{"results": [[0, null, []]]}""")]
    [InlineData("MERGE (a)", "<html>Back soon</html>")]
    [InlineData("count(", """{"results": []}""")]
    public async Task An_answer_that_makes_no_sense_ends_the_run_and_says_so(string statement, string answer)
    {
        using var relay = new LocalHttpServer(r => r.Body.Contains(statement, StringComparison.Ordinal) ? new LocalAnswer(answer) : _sandbox.Forward(r, _sandbox.ApiKey));
        await using var platform = Open(relay);
        await using var session = new LoadSession(platform, new LoadOptions { BatchSize = 100 });
        await AddAsync(session, Graph(5));

        var result = await session.CompleteAsync();

        Assert.Equal((MigrationStatus.Failed, ErrorCode.UnexpectedAnswer, ErrorCode.UnexpectedAnswer), (result.Status, result.ErrorCode, session.Failure?.Code));
        Assert.Equal((MigrationStage.Load, false), (session.Failure!.Stage, session.Failure.IsTransient));
        Assert.NotNull(session.Failure.Segment);
    }

    [Fact]
    public async Task A_platform_that_dies_in_the_middle_is_worth_another_try_and_its_networks_error_is_kept()
    {
        await _sandbox.SetFaultsAsync("""[{"kind":"crashBeforeCommit","requests":[4]}]""");
        await using var platform = _sandbox.Open(maxRetries: 1);
        await using var session = new LoadSession(platform, new LoadOptions { BatchSize = 10, ThrottleLimit = 1 });
        await AddAsync(session, Graph(5).OfType<GraphNode>());

        var result = await session.CompleteAsync();

        var failure = session.Failure!;
        Assert.Equal((MigrationStatus.Failed, 10L), (result.Status, result.Nodes.Created));
        Assert.Equal((ErrorCode.PlatformFailed, true, MigrationStage.Load, "Thing"), (failure.Code, failure.IsTransient, failure.Stage, failure.Segment?.Batch));
        Assert.IsAssignableFrom<HttpRequestException>(failure.InnerException);
    }

    private static PlatformDestination Open(LocalHttpServer relay) => new(new PlatformClient(new PlatformOptions { Endpoint = relay.Address, ApiKey = "k" }));

    private static IEnumerable<GraphItem> Graph(long value) =>
        Enumerable.Range(0, 60).Select(i => (GraphItem)new GraphNode("Thing", $"n{i}", new PropertySet(["value", "day", "parts"], [value, new DateOnly(2024, 2, 29), new[] { 1.5, 2 }])))
            .Concat(Enumerable.Range(0, 50).Select(i => new GraphRelationship("LEADS_TO", $"r{i}", "Thing", $"n{i}", "Thing", $"n{i + 1}", new PropertySet(["value"], [value]))));

    private static async Task<MigrationResult> LoadAsync(IGraphDestination platform, IEnumerable<GraphItem> items)
    {
        await using var session = new LoadSession(platform, new LoadOptions { BatchSize = 20, Verify = VerifyMode.Content });
        foreach (var item in items)
            await session.AddAsync(item);
        return await session.CompleteAsync();
    }

    private static async Task AddAsync(LoadSession session, IEnumerable<GraphItem> items)
    {
        try
        {
            foreach (var item in items)
                await session.AddAsync(item);
        }
        catch (MigrationException e) when (e == session.Failure)
        {
            // The result says so.
        }
    }

    private static LocalAnswer AsArrays(LocalAnswer answer)
    {
        var document = JsonNode.Parse(answer.Body)!;
        if (document["results"] is JsonArray rows)
            document["results"] = new JsonArray([.. rows.Select(r => new JsonArray([.. r!.AsObject().Select(p => p.Value?.DeepClone())]))]);
        return answer with { Body = document.ToJsonString() };
    }

    private static LocalAnswer WithoutItsLastRow(LocalAnswer answer)
    {
        var document = JsonNode.Parse(answer.Body)!;
        document["results"]!.AsArray().RemoveAt(document["results"]!.AsArray().Count - 1);
        return answer with { Body = document.ToJsonString() };
    }
}
