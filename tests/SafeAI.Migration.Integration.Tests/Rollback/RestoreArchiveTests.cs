using System.IO.Compression;
using SafeAI.Migration.Engine.Audit;
using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Rollback;
using SafeAI.Migration.TestKit;
using SafeAI.Migration.TestKit.Sandbox;

namespace SafeAI.Migration.Integration.Tests.Rollback;

/// <summary>Restore points: in the journal, and in archives that another machine with another journal restores from.</summary>
public sealed class RestoreArchiveTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly JournalFile _journal;
    private readonly JournalFile _elsewhere;
    private readonly GraphStoreDestination _graph;

    public RestoreArchiveTests()
    {
        _journal = JournalFile.Open(Path.Combine(_folder.Path, "journal"));
        _elsewhere = JournalFile.Open(Path.Combine(_folder.Path, "elsewhere"));
        _graph = GraphStoreDestination.Open(Path.Combine(_folder.Path, "store.graph"), create: true);
    }

    private string Archive => Path.Combine(_folder.Path, "point.zip");

    public void Dispose()
    {
        _journal.Dispose();
        _elsewhere.Dispose();
        _folder.Dispose();
    }

    public Task InitializeAsync() => JournaledLoad.RunAsync(_journal, _graph, Given.Before);

    public async Task DisposeAsync() => await _graph.DisposeAsync();

    [Fact]
    public async Task A_run_is_put_back_from_its_archive_with_another_journal()
    {
        var before = await JournaledLoad.ContentAsync(_graph);
        var id = await JournaledLoad.RunAsync(_journal, _graph, Given.Later);
        var point = await RestoreArchiveWriter.WriteRunAsync(_journal, id, Archive);
        Assert.Equal((id, (long)Given.Later.Count), (point.MigrationId, point.Items));
        Assert.Equal(point, RestoreArchive.Open(Archive).Point);
        Assert.Equal(AuditActionType.CreateRestorePoint, AuditTrail.Events(_journal, id).Last().Action.Type);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Archive));

        var test = await RollbackTester.TestAsync(RestoreArchive.Open(Archive), _graph);
        Assert.Equal((true, 11L, 6L), (test.CanRollBack, test.ToDelete, test.ToRestore));
        var result = await RestoreArchive.Open(Archive).RestoreAsync(_elsewhere, _graph);

        Assert.Equal((true, true), (result.IsComplete, result.Verified));
        Assert.Equal(before, await JournaledLoad.ContentAsync(_graph));
        Assert.Equal(ErrorCode.InvalidOptions, (await Assert.ThrowsAsync<MigrationException>(() => RestoreArchiveWriter.WriteRunAsync(_journal, id, Archive))).Code);
    }

    [Fact]
    public async Task A_whole_graph_is_restored_into_another_one_and_what_is_beside_it_goes_only_with_force()
    {
        await using var sandbox = await SandboxServer.StartAsync();
        await using var platform = sandbox.Open();
        await RestoreArchiveWriter.WriteGraphAsync(_journal, _graph, Archive);
        await platform.WriteNodesAsync("Person", [new GraphNode("Person", "1", new PropertySet(["name"], ["other"])), new GraphNode("Person", "extra", PropertySet.Empty)]);
        await platform.WriteRelationshipsAsync("LIKES", "Person", "Person", [new GraphRelationship("LIKES", "x", "Person", "1", "Person", "extra", PropertySet.Empty)]);
        var archive = RestoreArchive.Open(Archive);
        var plan = await archive.PlanAsync(platform).ToListAsync();
        Assert.Equal((1, 18, 2), (Count(UndoAction.Restore), Count(UndoAction.Recreate), Count(UndoAction.Keep)));

        var kept = await archive.RestoreAsync(_elsewhere, platform);
        Assert.Equal((2L, false), (kept.Kept, kept.IsComplete));
        Assert.Equal(["extra", "x"], kept.KeptItems.Select(k => k.Id).Order());
        Assert.All(kept.KeptItems, k => Assert.Equal("It is not in the archive.", k.Reason));

        var forced = await archive.RestoreAsync(_elsewhere, platform, new UndoOptions { Force = true });
        Assert.Equal((1L, 1L, 19L, true), (forced.NodesDeleted, forced.RelationshipsDeleted, forced.AlreadyBefore, forced.IsComplete));
        using var comparison = new SafeAI.Migration.Engine.Comparing.DataComparison(isWhole: true);
        await comparison.AddAsync(_graph, ["Person"], ["KNOWS", "LIKES"]);
        Assert.Empty(await comparison.CompareAsync(platform, ["Person"], ["KNOWS", "LIKES"]).ToListAsync());
        Assert.Equal(19, comparison.Summary.Same);

        // And back again, where a node with several labels is one.
        var second = Path.Combine(_folder.Path, "second.zip");
        Assert.Equal(19, (await RestoreArchiveWriter.WriteGraphAsync(_journal, platform, second)).Items);
        await platform.DeleteNodesAsync("Person", ["3"], withRelationships: true);
        Assert.True((await RestoreArchive.Open(second).RestoreAsync(_elsewhere, platform)) is { NodesRestored: 1, RelationshipsRestored: 2, IsComplete: true });

        int Count(UndoAction action) => plan.Count(p => p.Action == action);
    }

    [Fact]
    public async Task A_damaged_archive_is_refused_before_anything_is_touched()
    {
        var before = await JournaledLoad.ContentAsync(_graph);
        await RestoreArchiveWriter.WriteGraphAsync(null, _graph, Archive);
        await _graph.WriteNodesAsync("Person", [new GraphNode("Person", "1", new PropertySet(["name"], ["other"]))]);
        using (var zip = ZipFile.Open(Archive, ZipArchiveMode.Update))
        {
            var entry = zip.GetEntry("nodes.ndjson")!;
            string text;
            using (var reader = new StreamReader(entry.Open()))
                text = await reader.ReadToEndAsync();
            entry.Delete();
            using var writer = new StreamWriter(zip.CreateEntry("nodes.ndjson").Open());
            await writer.WriteAsync(text.Replace("p2", "p3", StringComparison.Ordinal));
        }

        var archive = RestoreArchive.Open(Archive);
        var refusal = await Assert.ThrowsAsync<MigrationException>(() => archive.RestoreAsync(_elsewhere, _graph, new UndoOptions { Force = true }));

        Assert.Equal(ErrorCode.SourceUnreadable, refusal.Code);
        Assert.Contains("nodes.ndjson is not what it was", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("other", (await _graph.ReadNodesAsync("Person", ["1"])).Single().Properties["name"]);
        Assert.False((await RollbackTester.TestAsync(archive, _graph)).CanRollBack);
        Assert.Equal(ErrorCode.SourceUnreadable, Assert.Throws<MigrationException>(() => RestoreArchive.Open(_folder.Write("no.zip", "text"))).Code);
        Assert.NotEmpty(before);
    }

    [Fact]
    public async Task An_archive_that_cannot_be_written_whole_leaves_nothing()
    {
        var missing = Path.Combine(_folder.Path, "none", "point.zip");
        var refusal = await Assert.ThrowsAsync<MigrationException>(() => RestoreArchiveWriter.WriteGraphAsync(_journal, _graph, missing));
        Assert.Equal(ErrorCode.StoreFailed, refusal.Code);
        Assert.StartsWith($"The archive {missing} cannot be written: ", refusal.Message, StringComparison.Ordinal);

        using var stopping = new CancellationTokenSource();
        var stopped = InterceptedGraph.Of(_graph, (member, call) =>
        {
            if (member == nameof(IGraphDestination.StreamRelationshipsAsync))
                stopping.Cancel();
            return call();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RestoreArchiveWriter.WriteGraphAsync(_journal, stopped, Archive, stopping.Token));

        Assert.Empty(Directory.GetFiles(_folder.Path, "point.zip*"));
        Assert.DoesNotContain(AuditActionType.CreateRestorePoint, AuditTrail.Events(_journal).Select(e => e.Action.Type));
    }

    [Fact]
    public async Task The_test_of_a_rollback_says_what_stands_in_its_way()
    {
        var id = await JournaledLoad.RunAsync(_journal, _graph, Given.Later);
        Assert.True((await RollbackTester.TestAsync(_journal, id, _graph)).CanRollBack);
        await _graph.WriteNodesAsync("Person", [new GraphNode("Person", "1", new PropertySet(["name"], ["other"]))]);

        var changed = await RollbackTester.TestAsync(_journal, id, _graph);
        Assert.Equal((true, 1L, "1"), (changed.CanRollBack, changed.Changed, changed.LaterChanges.Single().Id));

        // A key that may read only.
        await using var sandbox = await SandboxServer.StartAsync("--read-only-key", "reader");
        await using var reader = sandbox.Open(apiKey: "reader");
        var refused = await RollbackTester.TestAsync(_journal, id, reader);
        Assert.False(refused.CanRollBack);
        Assert.Equal([("Images", true), ("Destination", false), ("Permission", false), ("Later changes", true)], refused.Checks.Select(c => (c.Name, c.Passed)));

        // An image with another value, which can be read all the same.
        _journal.Write(c =>
        {
            using var command = c.CreateCommand();
            command.CommandText = "SELECT data FROM batch WHERE key = (SELECT min(key) FROM batch WHERE key >> 32 = (SELECT max(number) FROM run))";
            var data = (byte[])command.ExecuteScalar()!;
            data[data.AsSpan().IndexOf("p1"u8) + 1] = (byte)'7';
            command.CommandText = "UPDATE batch SET data = $data WHERE key = (SELECT min(key) FROM batch WHERE key >> 32 = (SELECT max(number) FROM run))";
            command.Parameters.AddWithValue("$data", data);
            Assert.Equal(1, command.ExecuteNonQuery());
        });
        var damaged = (await RollbackTester.TestAsync(_journal, id, _graph)).Checks.First(c => c.Name == "Images");
        Assert.False(damaged.Passed);
        Assert.Contains("is not what was written", damaged.Message, StringComparison.Ordinal);

        // One that is gone.
        _journal.Write(c => LocalDatabase.Execute(c, "UPDATE batch SET data = x'0100' WHERE key = (SELECT max(key) FROM batch)"));
        Assert.False((await RollbackTester.TestAsync(_journal, id, _graph)).Checks.First(c => c.Name == "Images").Passed);
    }

    [Fact]
    public async Task The_journal_lists_its_restore_points()
    {
        var id = await JournaledLoad.RunAsync(_journal, _graph, Given.Later);
        await MigrationUndo.RunAsync(_journal, id, _graph);

        var points = RestorePoints.List(_journal).ToList();

        Assert.Equal(2, points.Count);
        Assert.Equal((id, MigrationStatus.RolledBack, (long)Given.Later.Count, _journal.Path), (points[0].MigrationId, points[0].Status, points[0].Items, points[0].Path));
        Assert.True(points[0].Size > 0);
        Assert.Equal(Given.Before.Count, RestorePoints.List(_journal, points[1].MigrationId).Single().Items);
    }
}
