using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace SafeAI.Migration.Sandbox.Tests.Http;

/// <summary>One sandbox for all tests of a class.</summary>
public sealed class SharedSandbox : IAsyncLifetime
{
    private SandboxProcess? _process;

    internal SandboxProcess Process => _process!;

    public async Task InitializeAsync() => _process = await SandboxProcess.StartAsync(
        "--read-only-key", "reader", "--client-id", "id", "--client-secret=secret", "--token-lifetime", "3600");

    public Task DisposeAsync()
    {
        _process?.Dispose();
        return Task.CompletedTask;
    }
}

public sealed class ContractTests(SharedSandbox shared) : IClassFixture<SharedSandbox>
{
    private SandboxProcess Sandbox => shared.Process;

    [Theory]
    [InlineData("/v1/knowledge-graph/query")]
    [InlineData("/api/v1/query")]
    public async Task AnswersWithOneObjectARow(string path)
    {
        using var response = await Sandbox.PostAsync("UNWIND $l AS x RETURN x, x * 2.0 AS y", new { l = new[] { 1, 2 } }, path);
        var answer = JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync());
        Assert.Equal("""[{"x":1,"y":2.0},{"x":2,"y":4.0}]""", answer.GetProperty("results").GetRawText());
        Assert.True(answer.GetProperty("metadata").GetProperty("execution_time").GetDouble() >= 0);
        Assert.Equal(0, answer.GetProperty("metadata").GetProperty("nodes_accessed").GetInt64());
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
    }

    [Theory]
    [InlineData("RETURN 1 AS", 400, "Neo.ClientError.Statement.SyntaxError")]
    [InlineData("RETURN $p", 400, "Neo.ClientError.Statement.ParameterMissing")]
    [InlineData("RETURN 1 / 0", 400, "Neo.ClientError.Statement.ArithmeticError")]
    public async Task PutsErrorsIntoTheEnvelope(string query, int status, string code)
    {
        using var response = await Sandbox.PostAsync(query);
        await AssertErrorAsync(response, status, code);
    }

    [Fact]
    public async Task SaysWhereASyntaxErrorIs()
    {
        using var response = await Sandbox.PostAsync("MATCH (n)\nRETURN m");
        var details = (await AssertErrorAsync(response, 400, "Neo.ClientError.Statement.SyntaxError")).GetProperty("details");
        Assert.Equal((2, 8, 17), (details.GetProperty("line").GetInt32(), details.GetProperty("column").GetInt32(), details.GetProperty("offset").GetInt32()));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"query": 1}""")]
    [InlineData("""{"query": "RETURN 1", "parameters": 1}""")]
    [InlineData("""{"query": "RETURN 1", "statement": "x"}""")]
    [InlineData("""{"query": "RETURN 1"} x""")]
    [InlineData("""{"query": "RETURN $p", "parameters": {"p": "\uD800"}}""")]
    [InlineData("")]
    public async Task RefusesABodyThatIsNotTheContracts(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Sandbox.Client.PostAsync(new Uri(SandboxProcess.QueryPath, UriKind.Relative), content);
        await AssertErrorAsync(response, 400, "invalid_request");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer wrong")]
    [InlineData("Basic eDp5")]
    [InlineData("Bearer")]
    public async Task RefusesAWrongKey(string? header)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, SandboxProcess.QueryPath) { Content = SandboxProcess.Body("RETURN 1") };
        using var client = new HttpClient { BaseAddress = Sandbox.Client.BaseAddress };
        if (header is not null)
            request.Headers.TryAddWithoutValidation("Authorization", header);
        using var response = await client.SendAsync(request);
        await AssertErrorAsync(response, 401, "unauthorized");
        using var health = await client.GetAsync(new Uri("/health", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
    }

    [Fact]
    public async Task TheReadOnlyKeyMayNotWrite()
    {
        using var client = ClientWith("reader");
        using var read = await client.PostAsync(new Uri(SandboxProcess.QueryPath, UriKind.Relative), SandboxProcess.Body("MATCH (n) RETURN count(n)"));
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        foreach (var statement in new[] { "MERGE (n:ReadOnly)", "CREATE CONSTRAINT ro FOR (n:ReadOnly) REQUIRE n.id IS UNIQUE", "MATCH (n) DETACH DELETE n" })
        {
            using var write = await client.PostAsync(new Uri(SandboxProcess.QueryPath, UriKind.Relative), SandboxProcess.Body(statement));
            await AssertErrorAsync(write, 403, "forbidden");
        }

        Assert.Equal("0", await Sandbox.ValueAsync("MATCH (n:ReadOnly) RETURN count(n)"));
    }

    [Fact]
    public async Task GivesTokensForClientCredentials()
    {
        var token = await TokenAsync("secret");
        Assert.Equal("Bearer", token.GetProperty("token_type").GetString());
        Assert.Equal(3600, token.GetProperty("expires_in").GetInt32());
        using var client = ClientWith(token.GetProperty("access_token").GetString()!);
        using var response = await client.PostAsync(new Uri(SandboxProcess.QueryPath, UriKind.Relative), SandboxProcess.Body("RETURN 1"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);

        using var form = new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_id", "id"), new("client_secret", "no")]);
        using var refused = await Sandbox.Client.PostAsync(new Uri("/oauth/token", UriKind.Relative), form);
        await AssertErrorAsync(refused, 401, "invalid_client");
    }

    [Fact]
    public async Task AnExpiredTokenFaultMakesTheTokenWorthless()
    {
        using var client = ClientWith((await TokenAsync("secret")).GetProperty("access_token").GetString()!);
        await Sandbox.SetFaultsAsync("""[{"kind": "expiredToken", "times": 1}]""");
        for (var i = 0; i < 2; i++)
        {
            using var response = await client.PostAsync(new Uri(SandboxProcess.QueryPath, UriKind.Relative), SandboxProcess.Body("RETURN 1"));
            await AssertErrorAsync(response, 401, "token_expired");
        }

        await Sandbox.RunAsync("RETURN 1");
    }

    [Fact]
    public async Task UnknownPathsAreAnErrorOfTheSameForm()
    {
        using var response = await Sandbox.Client.GetAsync(new Uri("/v1/nothing", UriKind.Relative));
        await AssertErrorAsync(response, 404, "not_found");
    }

    [Fact]
    public async Task TakesAndGivesLargeBodies()
    {
        var big = new string('x', 33 * 1024 * 1024);
        Assert.Equal((big.Length * 2).ToString(System.Globalization.CultureInfo.InvariantCulture), await Sandbox.ValueAsync("RETURN size($a) + size($b)", new { a = big, b = big }));
        // Beyond what an answer keeps in memory, and each row intact.
        var rows = await Sandbox.RunAsync("UNWIND range(1, 40) AS i RETURN i, $t AS t", new { t = new string('y', 1024 * 1024) });
        Assert.Equal(40, rows.GetArrayLength());
        Assert.Equal(40, rows[39].GetProperty("i").GetInt32());
        Assert.Equal(1024 * 1024, rows[33].GetProperty("t").GetString()!.Length);
    }

    [Fact]
    public async Task TakesACompressedBody()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            await gzip.WriteAsync("""{"query": "RETURN 7 AS x"}"""u8.ToArray());
        }

        using var content = new ByteArrayContent(packed.ToArray());
        content.Headers.ContentEncoding.Add("gzip");
        using var response = await Sandbox.Client.PostAsync(new Uri(SandboxProcess.QueryPath, UriKind.Relative), content);
        Assert.Contains("""[{"x":7}]""", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WritesAndReadsNodesRelationshipsAndSchema()
    {
        await PostJsonAsync("/api/v1/knowledge-graph/nodes", """{"nodes": [{"id": "s1", "type": "SchemaA", "properties": {"x": 1}}, {"id": "s2", "type": "SchemaB"}]}""", 200);
        await PostJsonAsync("/api/v1/knowledge-graph/nodes", """{"nodes": [{"id": "s1", "type": "SchemaA", "properties": {"y": 2}}]}""", 200);
        await PostJsonAsync("/api/v1/knowledge-graph/relationships", """{"relationships": [{"source": "s1", "target": "s2", "type": "SCHEMA_T", "properties": {"w": 1.5}}]}""", 200);
        var missing = await PostJsonAsync(
            "/api/v1/knowledge-graph/relationships",
            """{"relationships": [{"source": "s2", "target": "s1", "type": "SCHEMA_T"}, {"source": "s1", "target": "nobody", "type": "SCHEMA_T"}]}""",
            404);
        Assert.Equal("[1]", missing.GetProperty("error").GetProperty("details").GetProperty("missing").GetRawText());
        await PostJsonAsync("/api/v1/knowledge-graph/nodes", """{"nodes": [{"id": "s3"}]}""", 400);

        var schema = await Sandbox.Client.GetStringAsync(new Uri("/v1/knowledge-graph/schema", UriKind.Relative));
        Assert.Contains("""{"type":"SchemaA","properties":["id","x","y"]}""", schema, StringComparison.Ordinal);
        Assert.Contains("""{"type":"SCHEMA_T","start":"SchemaA","end":"SchemaB","properties":["w"]}""", schema, StringComparison.Ordinal);
        Assert.DoesNotContain("\"start\":\"SchemaB\"", schema, StringComparison.Ordinal);

        var all = JsonSerializer.Deserialize<JsonElement>(await Sandbox.Client.GetStringAsync(new Uri("/api/v1/knowledge-graph", UriKind.Relative)));
        Assert.Contains(all.GetProperty("nodes").EnumerateArray(), n => n.GetProperty("id").ToString() == "s2" && n.GetProperty("type").GetString() == "SchemaB");
        Assert.Contains(all.GetProperty("relationships").EnumerateArray(), r => r.GetProperty("source").ToString() == "s1" && r.GetProperty("target").ToString() == "s2");
    }

    private static async Task<JsonElement> AssertErrorAsync(HttpResponseMessage response, int status, string code)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == status, text);
        var envelope = JsonSerializer.Deserialize<JsonElement>(text);
        Assert.Equal(["error", "request_id", "documentation_url"], envelope.EnumerateObject().Select(p => p.Name));
        var error = envelope.GetProperty("error");
        Assert.Equal(["code", "message", "details", "timestamp"], error.EnumerateObject().Select(p => p.Name));
        Assert.Equal(code, error.GetProperty("code").GetString());
        return error;
    }

    private async Task<JsonElement> PostJsonAsync(string path, string json, int status)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await Sandbox.Client.PostAsync(new Uri(path, UriKind.Relative), content);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == status, text);
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    private async Task<JsonElement> TokenAsync(string secret)
    {
        using var form = new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_id", "id"), new("client_secret", secret)]);
        using var response = await Sandbox.Client.PostAsync(new Uri("/oauth/token", UriKind.Relative), form);
        return JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync());
    }

    private HttpClient ClientWith(string key)
    {
        var client = new HttpClient { BaseAddress = Sandbox.Client.BaseAddress };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }
}
