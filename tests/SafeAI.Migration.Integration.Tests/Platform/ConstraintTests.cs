using System.Collections.Concurrent;
using System.Text.Json;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.TestKit;
using SafeAI.Migration.TestKit.Sandbox;

namespace SafeAI.Migration.Integration.Tests.Platform;

/// <summary>Ids are made unique before the first item of a type is written, and nothing of it is written where that is refused.</summary>
public sealed class ConstraintTests : IAsyncLifetime
{
    private SandboxServer _sandbox = null!;

    public async Task InitializeAsync() => _sandbox = await SandboxServer.StartAsync("--read-only-key", "reader");

    public async Task DisposeAsync() => await _sandbox.DisposeAsync();

    [Fact]
    public async Task Each_types_ids_are_unique_before_its_first_item_leaves()
    {
        var prepared = new ConcurrentDictionary<string, bool>();
        var early = new ConcurrentBag<string>();
        await using var inner = _sandbox.Open();
        await using var platform = InterceptedGraph.Of(inner, (member, arguments, call) => member switch
        {
            nameof(IGraphDestination.PrepareAsync) => PrepareAsync([.. (IReadOnlyCollection<string>)arguments[0]!, .. (IReadOnlyCollection<string>)arguments[1]!], () => (Task)call()!),
            nameof(IGraphDestination.WriteNodesAsync) or nameof(IGraphDestination.WriteRelationshipsAsync) => Written((string)arguments[0]!, call),
            _ => call(),
        });

        var result = await LoadAsync(platform, Graph());

        Assert.Equal((MigrationStatus.Completed, true), (result.Status, result.Verified));
        Assert.Empty(early);
        Assert.Equal(["A", "B", "C", "LIKES", "SEES"], prepared.Keys.Order());
        Assert.Equal(5, await _sandbox.StatisticAsync("constraints"));

        async Task PrepareAsync(string[] types, Func<Task> prepare)
        {
            await prepare();
            foreach (var type in types)
                prepared[type] = true;
        }

        object? Written(string type, Func<object?> call)
        {
            if (!prepared.ContainsKey(type))
                early.Add(type);
            return call();
        }
    }

    [Theory]
    [InlineData("CREATE (:B {id: 'twin'}), (:B {id: 'twin'})", "B", "cannot be made unique, so nothing of that type is written: ")]
    [InlineData("CREATE (a:X {id: 'x'}) CREATE (a)-[:SEES {id: 'twin'}]->(a) CREATE (a)-[:SEES {id: 'twin'}]->(a)", "SEES", "cannot be made unique, so nothing of that type is written: ")]
    public async Task Ids_that_occur_twice_already_end_the_run_before_anything_of_that_type_is_written(string twins, string type, string says)
    {
        await using var platform = _sandbox.Open();
        (await platform.Client.QueryAsync(twins, [])).Dispose();
        await using var session = new LoadSession(platform, new LoadOptions { BatchSize = 10 });

        var result = await LoadAsync(session, Graph());

        var failure = session.Failure!;
        Assert.Equal((MigrationStatus.Failed, ErrorCode.RequestRefused, false, MigrationStage.Load), (result.Status, failure.Code, failure.IsTransient, failure.Stage));
        Assert.StartsWith($"The ids of {type} {says}", failure.What, StringComparison.Ordinal);
        Assert.Contains("'twin'", failure.What, StringComparison.Ordinal);
        Assert.Equal("Where several have one id already, leave one of them, then run again.", failure.Remedy);
        Assert.Contains(type, failure.Segment?.Batch, StringComparison.Ordinal);
        Assert.Equal(ErrorCode.RequestRefused, Assert.IsAssignableFrom<MigrationException>(failure.InnerException).Code);
        Assert.Equal(2, (type == "B" ? await platform.CountNodesAsync(["B"]) : await platform.CountRelationshipsAsync(["SEES"]))[type]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_key_that_may_create_no_constraints_ends_the_run_before_anything_is_written(bool mayWrite)
    {
        var asked = new ConcurrentQueue<string>();
        using var gate = new LocalHttpServer(request =>
        {
            var statement = JsonDocument.Parse(request.Body).RootElement.GetProperty("query").GetString()!;
            asked.Enqueue(statement);
            return statement.StartsWith("CREATE CONSTRAINT", StringComparison.Ordinal) && mayWrite
                ? new LocalAnswer("""{"error": {"code": "Neo.ClientError.Security.Forbidden", "message": "Schema operation 'create_constraint' is not allowed."}}""", 403)
                : _sandbox.Forward(request, mayWrite ? _sandbox.ApiKey : "reader");
        });
        await using var platform = new Engine.Platform.PlatformDestination(new Engine.Platform.PlatformClient(new() { Endpoint = gate.Address, ApiKey = "k" }));
        await using var session = new LoadSession(platform, new LoadOptions { BatchSize = 10 });

        var result = await LoadAsync(session, Graph());

        var failure = session.Failure!;
        Assert.Equal((MigrationStatus.Failed, ErrorCode.PermissionDenied, false), (result.Status, failure.Code, failure.IsTransient));
        Assert.Contains(" cannot be made unique, so nothing of that type is written: ", failure.What, StringComparison.Ordinal);
        Assert.StartsWith("Ask for a key that may create constraints, or have this one created: CREATE CONSTRAINT `safeai_migration_node_", failure.Remedy, StringComparison.Ordinal);
        Assert.DoesNotContain(asked, s => s.Contains("MERGE", StringComparison.Ordinal));
        Assert.Equal(0, await _sandbox.StatisticAsync("writes"));
    }

    [Theory]
    [InlineData("REQUIRE x.id IS UNIQUE", true)]
    [InlineData("REQUIRE x.other IS UNIQUE", false)]
    public async Task A_key_that_may_create_no_constraints_loads_where_somebody_made_them(string rule, bool loads)
    {
        await using var admin = _sandbox.Open();
        foreach (var what in new[] { "(x:A)", "(x:B)", "(x:C)", "()-[x:LIKES]-()", "()-[x:SEES]-()" })
            (await admin.Client.QueryAsync($"CREATE CONSTRAINT FOR {what} {rule}", [])).Dispose();
        using var gate = new LocalHttpServer(request => JsonDocument.Parse(request.Body).RootElement.GetProperty("query").GetString()!.StartsWith("CREATE CONSTRAINT", StringComparison.Ordinal)
            ? new LocalAnswer("""{"error": {"code": "Neo.ClientError.Security.Forbidden", "message": "Schema operation 'create_constraint' is not allowed."}}""", 403)
            : _sandbox.Forward(request, _sandbox.ApiKey));
        await using var platform = new Engine.Platform.PlatformDestination(new Engine.Platform.PlatformClient(new() { Endpoint = gate.Address, ApiKey = "k" }));
        await using var session = new LoadSession(platform, new LoadOptions { BatchSize = 10 });

        var result = await LoadAsync(session, Graph());

        Assert.Equal(loads ? MigrationStatus.Completed : MigrationStatus.Failed, result.Status);
        Assert.Equal(loads ? (90L, 80L) : (0L, 0L), (result.Nodes.Created, result.Relationships.Created));
    }

    [Fact]
    public async Task A_node_type_and_a_relationship_type_never_share_a_constraint()
    {
        await using var platform = _sandbox.Open();

        await platform.PrepareAsync(["rel_SEES", "SEES"], ["SEES", "node_SEES"]);

        Assert.Equal(4, await _sandbox.StatisticAsync("constraints"));
    }

    private static IEnumerable<GraphItem> Graph() =>
        Enumerable.Range(0, 90).Select(i => (GraphItem)new GraphNode("ABC"[i % 3].ToString(), $"{i}", PropertySet.Empty))
            .Concat(Enumerable.Range(0, 80).Select(i => new GraphRelationship(
                i % 2 == 0 ? "LIKES" : "SEES", $"r{i}", "ABC"[i % 3].ToString(), $"{i}", "ABC"[(i + 1) % 3].ToString(), $"{i + 1}", PropertySet.Empty)));

    private static async Task<MigrationResult> LoadAsync(IGraphDestination platform, IEnumerable<GraphItem> items)
    {
        await using var session = new LoadSession(platform, new LoadOptions { BatchSize = 10, Verify = VerifyMode.Content });
        return await LoadAsync(session, items);
    }

    private static async Task<MigrationResult> LoadAsync(LoadSession session, IEnumerable<GraphItem> items)
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

        return await session.CompleteAsync();
    }
}
