using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Loading;

/// <summary>The hash by which a resumed run knows a record again is that of what the record asks for, whatever was there before.</summary>
public sealed class RecordHashTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, GraphItem?, GraphItem> Cases => new()
    {
        { "nothing was there", null, Node(["a", "b"], [1L, "x"]) },
        { "all of it is replaced", Node(["b", "a"], ["y", 2L]), Node(["a", "b"], [1L, "x"]) },
        { "some of it is left", Node(["a", "c"], [2L, "kept"]), Node(["a", "b"], [1L, "x"]) },
        { "a label is left", Node(["a"], [2L], "Old"), Node(["a"], [1L]) },
        { "a label is added", Node(["a"], [2L]), Node(["a"], [1L], "New") },
        { "a property goes", Node(["a", "b"], [2L, "y"]), Node(["a", "b"], [1L, null]) },
        { "a property that was not there goes", null, Node(["a", "b"], [1L, null]) },
        { "a relationship", Link(["a"], [2L]), Link(["a"], [1L]) },
        { "a relationship of which some is left", Link(["c"], [2L]), Link(["a"], [1L]) },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Whatever_was_there(string what, GraphItem? before, GraphItem asked)
    {
        await using var store = GraphStoreDestination.Open(Path.Combine(_folder.Path, "store.graph"), create: true);
        using var journal = JournalFile.Open(Path.Combine(_folder.Path, "journal"));
        if (before is not null)
            await LoadAsync(null, store, [Person, before]);
        var run = await LoadAsync(journal, store, [Person, asked]);

        var item = RunJournal.Batches(journal, run).SelectMany(b => b.Items).Single(i => i.Id == asked.Id);
        Assert.Equal((what, LoadContext.ContentHash(asked)), (what, item.Tickets[0].ContentHash));

        var present = asked is GraphNode ? (GraphItem)(await store.ReadNodesAsync("T", ["1"])).Single() : (await store.ReadRelationshipsAsync("R", ["r"])).Single();
        Assert.Equal(GraphContent.Hash(present), item.AfterHash);
    }

    [Fact]
    public async Task A_text_that_is_a_point_in_time_in_other_records_stays_what_the_record_asks_for()
    {
        await using var store = GraphStoreDestination.Open(Path.Combine(_folder.Path, "store.graph"), create: true);
        using var journal = JournalFile.Open(Path.Combine(_folder.Path, "journal"));
        var text = new GraphNode("T", "2", new PropertySet(["when"], ["2026-01-02T03:04:05.1000Z"]));
        var run = await LoadAsync(journal, store, [new GraphNode("T", "1", new PropertySet(["when"], [DateTimeOffset.UnixEpoch])), text]);

        var item = RunJournal.Batches(journal, run).SelectMany(b => b.Items).Single(i => i.Id == "2");
        Assert.Equal(LoadContext.ContentHash(text), item.Tickets[0].ContentHash);
    }

    private static GraphNode Person => new("P", "p", PropertySet.Empty);

    private static GraphNode Node(string[] names, object?[] values, params string[] labels) => new("T", "1", new PropertySet(names, values), labels);

    private static GraphRelationship Link(string[] names, object?[] values) => new("R", "r", "P", "p", "P", "p", new PropertySet(names, values));

    private static async Task<string> LoadAsync(JournalFile? journal, GraphStoreDestination store, GraphItem[] items)
    {
        await using var session = LoadRun.Begin(journal, store, new LoadOptions(), new LoadRunDescription());
        foreach (var item in items)
            await session.AddAsync(item);
        Assert.Equal(MigrationStatus.Completed, (await session.CompleteAsync()).Status);
        return session.MigrationId;
    }
}
