using System.Globalization;
using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Integration.Tests.Runner;

/// <summary>A run that ends in the middle of the pages of an API goes on at the page it was at; what the server was asked for proves it.</summary>
public sealed class KilledApiTests : IDisposable
{
    private const int Pages = 200;
    private const int PageSize = 500;
    private readonly TemporaryFolder _folder = new();
    private volatile int _brokenPage = int.MaxValue;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{ "type": "pageNumber", "parameter": "page" }""")]
    [InlineData("""{ "type": "cursor", "pointer": "/cursor", "parameter": "page" }""")]
    [InlineData("""{ "type": "nextAddress", "pointer": "/next" }""")]
    public async Task A_killed_run_does_not_ask_for_earlier_pages_again(string pagination)
    {
        using var server = new LocalHttpServer(Answer);
        var whole = await RunAsync("whole", server, pagination, "run");
        Assert.Equal((0, Pages * PageSize), (whole.ExitCode, whole.Json.GetProperty("nodes").GetProperty("created").GetInt32()));
        AssertAskedFrom(1, server, atLeast: 1);
        server.Requests.Clear();

        // A run notes where it is four times a second; three quarters of the pages take longer than that.
        var killed = await RunAsync("killed", server, pagination, "run", "read.batch:300");
        Assert.NotInRange(killed.ExitCode, 0, 5);
        var first = PageOf(Marked("killed"));
        Assert.InRange(first, 2, Pages);
        Assert.Equal(1, PageOf(server.Requests.First().PathAndQuery));
        server.Requests.Clear();

        var last = await RunAsync("killed", server, pagination, "resume");

        Assert.Equal((0, whole.Figures), (last.ExitCode, last.Figures));
        AssertAskedFrom(first, server);
        Assert.Equal(await ContentAsync("whole"), await ContentAsync("killed"));
    }

    [Fact]
    public async Task A_run_that_a_page_failed_goes_on_at_the_page_that_failed()
    {
        using var server = new LocalHttpServer(Answer);
        const string pages = """{ "type": "pageNumber" }""";
        var whole = await RunAsync("whole", server, pages, "run");
        _brokenPage = 120;
        var failed = await RunAsync("failed", server, pages, "run");
        Assert.Equal((3, "failed"), (failed.ExitCode, failed.Json.GetProperty("status").GetString()));
        Assert.Equal(
            $"{server.Address}people may not be read with these credentials (status 403 Forbidden). Ask for the permission to read it.",
            failed.Json.GetProperty("error").GetString());
        _brokenPage = int.MaxValue;
        server.Requests.Clear();

        var last = await RunAsync("failed", server, pages, "resume");

        Assert.Equal((0, whole.Figures), (last.ExitCode, last.Figures));
        AssertAskedFrom(PageOf(Marked("failed")), server, atLeast: 100);
        Assert.Equal(await ContentAsync("whole"), await ContentAsync("failed"));
    }

    [Fact]
    public async Task A_mapping_made_from_the_first_pages_does_not_ask_for_them_again()
    {
        using var server = new LocalHttpServer(Answer);
        var run = await RunAsync("automatic", server, """{ "type": "nextAddress", "pointer": "/next" }""", "run", mapping: "\"auto\"");
        Assert.Equal((0, Pages * PageSize), (run.ExitCode, run.Json.GetProperty("nodes").GetProperty("created").GetInt32()));
        AssertAskedFrom(1, server, atLeast: 1);
    }

    // Each page from the first on, once and in order.
    private static void AssertAskedFrom(int first, LocalHttpServer server, int atLeast = 2)
    {
        var asked = server.Requests.Select(r => PageOf(r.PathAndQuery)).Where(p => p <= Pages).ToList();
        Assert.InRange(asked[0], atLeast, first);
        Assert.Equal(Enumerable.Range(asked[0], Pages - asked[0] + 1), asked);
    }

    private static int PageOf(string address) =>
        int.Parse(System.Web.HttpUtility.ParseQueryString(new Uri("http://localhost" + address).Query)["page"] ?? "1", CultureInfo.InvariantCulture);

    private LocalAnswer Answer(LocalRequest request)
    {
        var page = PageOf(request.PathAndQuery);
        if (page >= _brokenPage)
            return new("{}", 403);
        var items = page > Pages ? [] : Enumerable.Range((page - 1) * PageSize, PageSize).Select(i => $$"""{"id": {{i}}, "name": "Person {{i}}"}""");
        var hasNext = page < Pages;
        return new($$"""{"items": [{{string.Join(',', items)}}], "cursor": {{(hasNext ? page + 1 : "null")}}, "next": {{(hasNext ? $"\"/people?size={PageSize}&page={page + 1}\"" : "null")}}}""");
    }

    /// <summary>The last page that the journal noted.</summary>
    private string Marked(string name)
    {
        using var journal = JournalFile.Open(Path.Combine(_folder.Path, name + ".journal"));
        var mark = journal.Stream("SELECT data FROM checkpoint", r => RunRows.FromJson<RunCheckpoint>(r.GetString(0))!).Select(c => c.Mark).Last(m => m?.Position is not null);
        return SourcePosition.Parse(mark!.Position!).Page!;
    }

    private Task<RunnerProcess> RunAsync(string name, LocalHttpServer server, string pagination, string command, string? crashAt = null, string? mapping = null)
    {
        mapping ??= """{ "nodes": [ { "type": "Person", "id": "person:{id}", "merge": true, "properties": { "name": "name", "number": "id" } } ] }""";
        var plan = _folder.Write(name + ".json", $$"""
            {
              "sources": [ {
                "address": "{{server.Address}}people?size={{PageSize}}", "itemsPointer": "/items", "pagination": {{pagination}},
                "mapping": {{mapping}} } ],
              "destination": { "store": "{{name}}.graph" },
              "options": { "batchSize": 200, "verify": "content" }
            }
            """);
        return RunnerProcess.RunPlanAsync(_folder.Path, name, plan, command, crashAt);
    }

    private Task<List<string>> ContentAsync(string name) => StoreContent.HashesAsync(Path.Combine(_folder.Path, name + ".graph"));
}
