using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Integration.Tests.Runner;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Integration.Tests.Rollback;

/// <summary>The console program is killed while it puts a run back, at every named place, and started again.</summary>
public sealed class KilledUndoTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string JournalPath => Path.Combine(_folder.Path, "journal");

    private string StorePath => Path.Combine(_folder.Path, "store.graph");

    public static TheoryData<string> Places { get; } = [.. CrashPoint.Undoing.Select(p => p is "undo.verify" or "undo.end" ? $"{p}:1" : $"{p}:3")];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Started_again_it_ends_with_the_graph_and_the_figures_of_an_undisturbed_one(string place)
    {
        string id;
        IReadOnlyList<string> before;
        using (var journal = JournalFile.Open(JournalPath))
        {
            await using var graph = GraphStoreDestination.Open(StorePath, create: true);
            await JournaledLoad.RunAsync(journal, graph, Given.Before);
            before = await JournaledLoad.ContentAsync(graph);
            id = await JournaledLoad.RunAsync(journal, graph, Given.Later, batchSize: 2);
        }

        var killed = await RunnerProcess.RunAsync(
            _folder.Path, new Dictionary<string, string> { ["SAFEAI_MIGRATION_CRASH_AT"] = place }, "undo", id, "--journal", JournalPath, "--json");
        Assert.NotInRange(killed.ExitCode, 0, 4);
        using (var journal = JournalFile.Open(JournalPath))
            Assert.Equal(MigrationStatus.Interrupted, journal.Runs().First(r => r.Kind == MigrationKind.Undo).Status);

        var last = await RunnerProcess.RunAsync(_folder.Path, "undo", id, "--journal", JournalPath, "--json");

        Assert.Equal((0, ""), (last.ExitCode, last.Errors));
        Assert.Equal(
            (6L, 4L, 5L, 2L, 0L, 0L, true),
            (Figure("nodesDeleted"), Figure("nodesRestored"), Figure("relationshipsDeleted"), Figure("relationshipsRestored"), Figure("alreadyBefore"), Figure("kept"),
                last.Json.GetProperty("verified").GetBoolean()));
        await using var store = GraphStoreDestination.Open(StorePath, create: false);
        Assert.Equal(before, await JournaledLoad.ContentAsync(store));
        using var end = JournalFile.Open(JournalPath);
        Assert.Equal(MigrationStatus.RolledBack, end.Run(id).Status);
        Assert.Equal(MigrationStatus.Completed, end.Runs().Single(r => r.Kind == MigrationKind.Undo).Status);

        long Figure(string name) => last.Json.GetProperty(name).GetInt64();
    }
}
