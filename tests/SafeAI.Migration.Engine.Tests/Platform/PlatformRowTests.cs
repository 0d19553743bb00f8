using System.Text.Json;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Platform;

/// <summary>The platform may send a row in more than one form, and rows of one answer need not be alike.</summary>
public sealed class PlatformRowTests
{
    private const string InOrder = """{"id": "a", "labels": ["P", "Q"], "properties": {"id": "a", "n": 1, "t": "x"}, "kinds": []}""";
    private const string InOtherOrder = """{"kinds": [], "properties": {"t": "x", "id": "a", "n": 1}, "labels": ["P", "Q"], "id": "a"}""";
    private const string WithAnother = """{"id": "a", "more": 7, "labels": ["P", "Q"], "properties": {"n": 1, "t": "x"}, "kinds": []}""";
    private const string AndOneAtTheEnd = """{"id": "a", "labels": ["P", "Q"], "properties": {"n": 1, "t": "x", "id": "a"}, "kinds": [], "more": 7}""";
    private const string AsArray = """["a", ["P", "Q"], {"t": "x", "n": 1}, []]""";

    [Theory]
    [InlineData(InOrder)]
    [InlineData(InOtherOrder)]
    [InlineData(WithAnother)]
    [InlineData(AndOneAtTheEnd)]
    [InlineData(AsArray)]
    [InlineData(InOrder, InOtherOrder, AsArray, InOrder)]
    [InlineData(AsArray, WithAnother, InOrder, AndOneAtTheEnd)]
    public async Task A_row_is_read_in_whatever_form_it_comes(params string[] rows)
    {
        var nodes = await ReadAsync(rows);

        Assert.Equal(rows.Length, nodes.Count);
        Assert.All(nodes, node => Assert.Equal(
            ("a", "Q", 2, 1L, "x"), (node.Id, Assert.Single(node.Labels), node.Properties.Count, node.Properties["n"], node.Properties["t"])));
    }

    [Fact]
    public async Task Rows_have_their_own_properties_whatever_the_row_before_had()
    {
        string[] properties =
        [
            """{"id": "a", "n": 1, "t": "x"}""", """{"id": "a", "n": 2}""", """{"n": 3, "id": "a", "t": "y", "u": true}""", """{"n": 4, "t": "z"}""",
            """{"t": "z", "n": 5}""", """{"id": "a"}""", "{}", """{"n": 6, "\u0074": "w"}""",
        ];

        var nodes = await ReadAsync([.. properties.Select(p => $$"""{"id": "a", "labels": ["P"], "properties": {{p}}, "kinds": []}""")]);

        Assert.Equal(
            ["n=1 t=x", "n=2", "n=3 t=y u=True", "n=4 t=z", "t=z n=5", "", "", "n=6 t=w"],
            nodes.Select(n => string.Join(' ', n.Properties.Select(p => $"{p.Key}={p.Value}"))));
    }

    [Fact]
    public void A_name_that_is_left_out_is_left_out_whatever_was_read_before()
    {
        using var document = JsonDocument.Parse("""{"id": "a", "n": 1}""");

        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(["id", "n"], GraphJson.ReadProperties(document.RootElement).Keys);
            Assert.Equal(["n"], GraphJson.ReadProperties(document.RootElement, without: "id").Keys);
            Assert.Equal(["id"], GraphJson.ReadProperties(document.RootElement, without: "n").Keys);
        }
    }

    [Fact]
    public async Task An_answer_to_a_write_names_its_items_itself()
    {
        const string answer = """{"results": [{"id": "b", "before": null, "labels": null, "kinds": null}, {"id": "a", "before": {"id": "a", "n": 1}, "labels": ["P", "Q"], "kinds": []}]}""";
        using var server = new LocalHttpServer(_ => new(answer));
        await using var platform = Open(server);

        var written = await platform.WriteNodesAsync("P", [Node("a"), Node("b")]);

        Assert.Equal([("b", null), ("a", 1L)], written.Items.Select(i => (i.Id, i.Before?["n"])));
    }

    private static async Task<IReadOnlyList<GraphNode>> ReadAsync(string[] rows)
    {
        using var server = new LocalHttpServer(_ => new($$"""{"results": [{{string.Join(", ", rows)}}]}"""));
        await using var platform = Open(server);
        return await platform.ReadNodesAsync("P", ["a"]);
    }

    private static GraphNode Node(string id) => new("P", id, PropertySet.Empty);

    private static PlatformDestination Open(LocalHttpServer server) => new(new PlatformClient(new PlatformOptions { Endpoint = server.Address, ApiKey = "key" }));
}
