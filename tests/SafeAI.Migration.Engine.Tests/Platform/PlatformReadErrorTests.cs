using System.Globalization;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Platform;

/// <summary>What is said when the platform is a source and cannot be read, word for word.</summary>
public sealed class PlatformReadErrorTests
{
    private const string Envelope = """{"error": {"code": "E1", "message": "No luck."}, "request_id": "r-1"}""";

    public static TheoryData<LocalAnswer, string, string> Refusals => new()
    {
        { new(Envelope, 401), ErrorCode.AuthenticationFailed, "The platform at {0} refused the key: No luck (E1, request r-1). Check the API key and that it belongs to this endpoint." },
        { new("", 401), ErrorCode.AuthenticationFailed, "The platform at {0} refused the key. Check the API key and that it belongs to this endpoint." },
        { new(Envelope, 403), ErrorCode.PermissionDenied, "The platform at {0} does not allow this key to do that: No luck (E1, request r-1). Ask for a key with that permission." },
        { new("<html>", 404), ErrorCode.RequestRefused, "There is nothing at {0}/v1/knowledge-graph/query. Check the endpoint; an installation with the other published paths is reached with Connect-SafeAI -QueryPath api/v1/query." },
        { new(Envelope, 400), ErrorCode.RequestRefused, "The platform at {0} refused the request with status 400: No luck (E1, request r-1)." },
        { new("<html>", 502), ErrorCode.PlatformFailed, "The platform at {0} failed with status 502. Try again later." },
        { new(Envelope, 429) { Headers = { ["Retry-After"] = "86400" } }, ErrorCode.RateLimited, "The rate limit of {0} is used up: No luck (E1, request r-1). It asks to be left alone for 86400 s, which is longer than the 300 s that are waited. Wait, or ask for a higher limit." },
        { new("<html>"), ErrorCode.UnexpectedAnswer, "The answer of {0} is not JSON. Check that the endpoint is the platform's and not a proxy's or a login page's." },
        { new("""{"results": ["""), ErrorCode.UnexpectedAnswer, "The answer of {0} is not JSON. Check that the endpoint is the platform's and not a proxy's or a login page's." },
        { new("[]"), ErrorCode.UnexpectedAnswer, "The platform's answer has no list of results. Check that the endpoint is the platform's." },
        { new("""{"results": 7}"""), ErrorCode.UnexpectedAnswer, "The platform's answer has no list of results. Check that the endpoint is the platform's." },
        { new("""{"results": [{"name": "a"}]}"""), ErrorCode.UnexpectedAnswer, "A row of the platform's answer has no column 'id'." },
        { new("""{"results": [7]}"""), ErrorCode.UnexpectedAnswer, "A row of the platform's answer has no column 'id'." },
        { new("""{"results": [["a"]]}"""), ErrorCode.UnexpectedAnswer, "A row of the platform's answer has no column 'properties'." },
        { new("""{"results": [[1, ["P"], {}, []]]}"""), ErrorCode.UnexpectedAnswer, "The column 'id' of the platform's answer is not text." },
        { new("""{"results": [["a", "P", {}, []]]}"""), ErrorCode.UnexpectedAnswer, "The platform at {0} gives nodes of the type P that are none: The requested operation requires an element of type 'Array', but the target element has type 'String'. Check that the endpoint is the platform's." },
        { new("""{"results": [["a", ["P"], "x", []]]}"""), ErrorCode.UnexpectedAnswer, "The platform at {0} gives nodes of the type P that are none: The requested operation requires an element of type 'Object', but the target element has type 'String'. Check that the endpoint is the platform's." },
        { new("""{"results": [["a", ["P"], {"x": {"y": 1}}, []]]}"""), ErrorCode.UnexpectedAnswer, "A property value is a nested map, which a graph cannot hold." },
        { new("""{"results": [["a", ["P"], {"x": [1, "2"]}, []]]}"""), ErrorCode.UnexpectedAnswer, "A property value is a list of several kinds, which a graph cannot hold." },
        { new("""{"results": [["a", ["P"], {"x": "y"}, [["x"]]]]}"""), ErrorCode.UnexpectedAnswer, "The platform at {0} gives nodes of the type P that are none: Index was outside the bounds of the array. Check that the endpoint is the platform's." },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task What_the_platform_refuses_or_answers_is_said_word_for_word(LocalAnswer answer, string code, string message)
    {
        using var server = new LocalHttpServer(_ => answer);
        await using var platform = Open(server.Address);
        var e = await Assert.ThrowsAnyAsync<MigrationException>(() => ReadAsync(platform.StreamNodesAsync("P")));
        Assert.Equal(code, e.Code);
        Assert.Equal(string.Format(CultureInfo.InvariantCulture, message, server.Address.GetLeftPart(UriPartial.Authority)), e.Message);
        Assert.DoesNotContain("canary", e.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "The schema of {0} has no list of nodes. Check that the endpoint is the platform's.")]
    [InlineData("""{"nodes": [], "relationships": {}}""", "The schema of {0} has no list of relationships. Check that the endpoint is the platform's.")]
    [InlineData("""{"nodes": [{"label": "P"}], "relationships": []}""", "The schema of {0} has nodes without a type. Check that the endpoint is the platform's.")]
    [InlineData("""{"nodes": ["P"], "relationships": []}""", "The schema of {0} has nodes without a type. Check that the endpoint is the platform's.")]
    public async Task A_schema_that_is_none_is_told(string schema, string message)
    {
        using var server = new LocalHttpServer(_ => new(schema));
        await using var platform = Open(server.Address);
        var e = await Assert.ThrowsAnyAsync<MigrationException>(() => platform.GetSchemaAsync());
        Assert.Equal(
            (ErrorCode.UnexpectedAnswer, string.Format(CultureInfo.InvariantCulture, message, server.Address.GetLeftPart(UriPartial.Authority))), (e.Code, e.Message));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Pages_that_come_again_end_in_an_error_and_not_in_an_endless_loop(int pages)
    {
        using var server = new LocalHttpServer(r => new($"{{\"results\": [{string.Join(',', Enumerable.Range(0, 1000).Select(i => $"[\"{(r.Number - 1) % pages}-{i:000}\", [\"P\"], {{}}, []]"))}]}}"));
        await using var platform = Open(server.Address);
        var nodes = new List<string>();
        var e = await Assert.ThrowsAnyAsync<MigrationException>(async () =>
        {
            await foreach (var node in platform.StreamNodesAsync("P"))
                nodes.Add(node.Id);
        });
        Assert.Equal(ErrorCode.UnexpectedAnswer, e.Code);
        Assert.Equal(
            $"The platform at {server.Address.GetLeftPart(UriPartial.Authority)} gives the same nodes of the type P again: those after '{pages - 1}-999' end with '0-999', as earlier ones did. The platform does not go on; nothing after these was read.",
            e.Message);
        Assert.Equal((1000 * pages, 1000 * pages, pages + 1), (nodes.Count, nodes.Distinct().Count(), server.Requests.Count));
    }

    [Fact]
    public async Task Nobody_answers()
    {
        Uri address;
        using (var server = new LocalHttpServer(_ => new("[]")))
            address = server.Address;
        await using var platform = Open(address);
        var e = await Assert.ThrowsAnyAsync<MigrationException>(() => ReadAsync(platform.StreamRelationshipsAsync("R")));
        Assert.Equal(
            (ErrorCode.EndpointUnreachable, $"The platform at {address.GetLeftPart(UriPartial.Authority)} cannot be reached: nobody listens there. Check the endpoint and the network.", true),
            (e.Code, e.Message, e.IsTransient));
    }

    [Fact]
    public async Task An_answer_that_breaks_off_or_does_not_come_is_told()
    {
        using var cut = new LocalHttpServer(_ => new("""{"results": [["a", ["P"], {}, []]]}""") { IsCut = true });
        await using var broken = Open(cut.Address);
        var e = await Assert.ThrowsAnyAsync<MigrationException>(() => ReadAsync(broken.StreamNodesAsync("P")));
        Assert.Equal((ErrorCode.PlatformFailed, true), (e.Code, e.IsTransient));
        Assert.Equal($"The connection to {cut.Address.GetLeftPart(UriPartial.Authority)} broke before the answer was whole: The response ended prematurely, with at least 18 additional bytes expected. (ResponseEnded)", e.Message);

        using var never = new ManualResetEventSlim();
        using var silent = new LocalHttpServer(_ =>
        {
            never.Wait();
            return new("{}");
        });
        await using var waiting = new PlatformDestination(new PlatformClient(new PlatformOptions { Endpoint = silent.Address, ApiKey = "canary", MaxRetries = 0, Timeout = TimeSpan.FromSeconds(1) }));
        e = await Assert.ThrowsAnyAsync<MigrationException>(() => ReadAsync(waiting.StreamNodesAsync("P")));
        never.Set();
        Assert.Equal((ErrorCode.PlatformFailed, true), (e.Code, e.IsTransient));
        Assert.Equal($"The platform at {silent.Address.GetLeftPart(UriPartial.Authority)} did not answer within 1 s. Use smaller batches, or try again later.", e.Message);
    }

    [Theory]
    [InlineData("""{"access": "canary"}""", 200, ErrorCode.UnexpectedAnswer, "The platform at {0} answered the client credentials without a token. Check that the endpoint is the platform's.")]
    [InlineData("[]", 200, ErrorCode.UnexpectedAnswer, "The platform at {0} answered the client credentials without a token. Check that the endpoint is the platform's.")]
    [InlineData("<html>", 200, ErrorCode.UnexpectedAnswer, "The answer of {0} is not JSON. Check that the endpoint is the platform's and not a proxy's or a login page's.")]
    [InlineData("{}", 401, ErrorCode.AuthenticationFailed, "The platform at {0} gave no token for these client credentials (status 401). Check the client id and the secret.")]
    public async Task No_token_is_given(string body, int status, string code, string message)
    {
        using var server = new LocalHttpServer(_ => new(body, status));
        await using var platform = new PlatformDestination(new PlatformClient(new PlatformOptions { Endpoint = server.Address, ClientId = "me", ClientSecret = "canary", MaxRetries = 0 }));
        var e = await Assert.ThrowsAnyAsync<MigrationException>(() => ReadAsync(platform.StreamNodesAsync("P")));
        Assert.Equal((code, string.Format(CultureInfo.InvariantCulture, message, server.Address.GetLeftPart(UriPartial.Authority))), (e.Code, e.Message));
        Assert.DoesNotContain("canary", e.ToString(), StringComparison.Ordinal);
    }

    private static PlatformDestination Open(Uri endpoint) => new(new PlatformClient(new PlatformOptions { Endpoint = endpoint, ApiKey = "canary", MaxRetries = 0 }));

    private static async Task ReadAsync<T>(IAsyncEnumerable<T> items)
        where T : GraphItem
    {
        await foreach (var item in items)
            Assert.NotEmpty(item.Id);
    }
}
