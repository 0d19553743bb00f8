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
public sealed class RestoreArchiveTests : GraphTests
{
    private readonly JournalFile _elsewhere;
    private readonly GraphStoreDestination _graph;

    public RestoreArchiveTests()
    {
        _elsewhere = OpenJournal("elsewhere");
        _graph = OpenStore();
    }

    private string Archive => Path.Combine(Folder.Path, "point.zip");

    public override Task InitializeAsync() => JournaledLoad.RunAsync(Journal, _graph, Given.Before);

    [Fact]
    public async Task A_run_is_put_back_from_its_archive_with_another_journal()
    {
        var before = await JournaledLoad.ContentAsync(_graph);
        var id = await JournaledLoad.RunAsync(Journal, _graph, Given.Later);
        var point = await RestoreArchiveWriter.WriteRunAsync(Journal, id, Archive);
        Assert.Equal((id, (long)Given.Later.Count), (point.MigrationId, point.Items));
        Assert.Equal(point, RestoreArchive.Open(Archive).Point);
        Assert.Equal(AuditActionType.CreateRestorePoint, AuditTrail.Events(Journal, id).Last().Action.Type);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Archive));

        var test = await RollbackTester.TestAsync(RestoreArchive.Open(Archive), _graph);
        Assert.Equal((true, 11L, 6L), (test.CanRollBack, test.ToDelete, test.ToRestore));
        var result = await RestoreArchive.Open(Archive).RestoreAsync(_elsewhere, _graph);

        Assert.Equal((true, true), (result.IsComplete, result.Verified));
        Assert.Equal(before, await JournaledLoad.ContentAsync(_graph));
        Assert.Equal(ErrorCode.InvalidOptions, (await Assert.ThrowsAsync<MigrationException>(() => RestoreArchiveWriter.WriteRunAsync(Journal, id, Archive))).Code);
    }

    [Fact]
    public async Task A_whole_graph_is_restored_into_another_one_and_what_is_beside_it_goes_only_with_force()
    {
        var platform = await OpenAsync(isPlatform: true);
        await RestoreArchiveWriter.WriteGraphAsync(Journal, _graph, Archive);
        await platform.WriteNodesAsync("Person", [new GraphNode("Person", "1", new PropertySet(["name"], ["other"])), new GraphNode("Person", "extra", PropertySet.Empty)]);
        await platform.WriteRelationshipsAsync("LIKES", "Person", "Person", [new GraphRelationship("LIKES", "x", "Person", "1", "Person", "extra", PropertySet.Empty)]);
        var archive = RestoreArchive.Open(Archive);
        var plan = await archive.PlanAsync(platform).ToListAsync();
        Assert.Equal((1, 18, 2), (Count(UndoAction.Restore), Count(UndoAction.Recreate), Count(UndoAction.Keep)));
        Assert.All(plan, p => Assert.True(p.EstimatedSeconds > 0));

        // Where nothing is there yet, nothing can be measured.
        Assert.All(await archive.PlanAsNewAsync().ToListAsync(), p => Assert.Null(p.EstimatedSeconds));

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
        var second = Path.Combine(Folder.Path, "second.zip");
        Assert.Equal(19, (await RestoreArchiveWriter.WriteGraphAsync(Journal, platform, second)).Items);
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
        Assert.Equal(ErrorCode.SourceUnreadable, Assert.Throws<MigrationException>(() => RestoreArchive.Open(Folder.Write("no.zip", "text"))).Code);
        Assert.NotEmpty(before);
    }

    [Theory]
    [InlineData("\"migrationId\"", "\"migrationIe\"", "its manifest is not what it was when it was written")]
    [InlineData("\"batches.ndjson\"", "\"batches.ndjsoo\"", "its manifest is not what it was when it was written")]
    [InlineData("\"format\": 2", "\"format\": 0", "its manifest is not what it was when it was written")]
    [InlineData(null, "null", "its manifest is empty")]
    [InlineData(null, """{ "format": 2, "parts": [] }""", "its manifest does not tell of nodes.ndjson and relationships.ndjson")]
    [InlineData(null, """{ "format": 2 }""", "its manifest does not tell of nodes.ndjson and relationships.ndjson")]
    [InlineData(null, """{ "format": 2, "migrationId": "a", "parts": [ { "name": "batches.ndjson", "sha256": "abc" } ] }""", "its manifest does not tell of batches.ndjson")]
    [InlineData(null, """{ "format": 3 }""", "it has the form 3, which this program does not know")]
    [InlineData("\"format\": 2", null, "the checksum of its manifest is missing")]
    public async Task A_damaged_manifest_is_refused_as_that_of_a_run_could_pass_for_one_of_an_empty_graph(string? from, string? to, string reason)
    {
        var id = await JournaledLoad.RunAsync(Journal, _graph, Given.Later);
        await RestoreArchiveWriter.WriteRunAsync(Journal, id, Archive);
        var before = await JournaledLoad.ContentAsync(_graph);
        ReplacePart("manifest.json", m => from is null ? to! : m.Replace(from, to ?? from, StringComparison.Ordinal));
        if (from is null || to is null)
            ReplacePart("manifest.sha256", _ => to is null ? null : Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(to))));

        var refusal = Assert.Throws<MigrationException>(() => RestoreArchive.Open(Archive));

        Assert.Equal((ErrorCode.SourceUnreadable, $"The archive {Archive} cannot be used: {reason}."), (refusal.Code, refusal.What));
        Assert.Equal(before, await JournaledLoad.ContentAsync(_graph));
    }

    [Fact]
    public async Task An_archive_of_the_first_form_which_has_no_checksum_of_its_manifest_is_restored()
    {
        var before = await JournaledLoad.ContentAsync(_graph);
        await RestoreArchiveWriter.WriteGraphAsync(null, _graph, Archive);
        ReplacePart("manifest.json", m => m.Replace("\"format\": 2", "\"format\": 1", StringComparison.Ordinal));
        ReplacePart("manifest.sha256", _ => null);
        await _graph.WriteNodesAsync("Person", [new GraphNode("Person", "1", new PropertySet(["name"], ["other"]))]);

        Assert.True((await RestoreArchive.Open(Archive).RestoreAsync(_elsewhere, _graph)).IsComplete);
        Assert.Equal(before, await JournaledLoad.ContentAsync(_graph));
    }

    [Fact]
    public async Task A_part_that_is_gone_is_missed()
    {
        await RestoreArchiveWriter.WriteGraphAsync(null, _graph, Archive);
        ReplacePart("nodes.ndjson", _ => null);
        var before = await JournaledLoad.ContentAsync(_graph);

        var refusal = await Assert.ThrowsAsync<MigrationException>(() => RestoreArchive.Open(Archive).RestoreAsync(_elsewhere, _graph, new UndoOptions { Force = true }));

        Assert.Contains("the part nodes.ndjson is missing", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, await JournaledLoad.ContentAsync(_graph));
    }

    [Theory]
    [InlineData("DELETE FROM batch WHERE key = (SELECT min(key) FROM own)", 1)]
    [InlineData("DELETE FROM batch WHERE key = (SELECT max(key) FROM own)", 7)]
    [InlineData("DELETE FROM batch WHERE key = (SELECT min(key) + 2 FROM own); DELETE FROM outcome WHERE key = (SELECT min(key) + 2 FROM own)", 3)]
    [InlineData("DELETE FROM batch WHERE key = (SELECT max(key) FROM own); DELETE FROM outcome WHERE key = (SELECT max(key) FROM own)", 7)]
    [InlineData("DELETE FROM batch WHERE key >= (SELECT max(key) - 1 FROM own); DELETE FROM outcome WHERE key >= (SELECT max(key) - 1 FROM own)", 6)]
    [InlineData("DELETE FROM batch WHERE key IN (SELECT key FROM own); DELETE FROM outcome WHERE key IN (SELECT key FROM own)", 1)]
    public async Task A_batch_that_is_gone_from_the_journal_is_missed(string sql, int number)
    {
        var id = await JournaledLoad.RunAsync(Journal, _graph, Given.Later);
        var before = await JournaledLoad.ContentAsync(_graph);
        Journal.Write(c => LocalDatabase.Execute(c, $"CREATE TEMP TABLE own AS SELECT key FROM batch WHERE key >> 32 = (SELECT max(number) FROM run); {sql}; DROP TABLE own"));

        var images = (await RollbackTester.TestAsync(Journal, id, _graph)).Checks.First(c => c.Name == "Images");
        var refusal = await Assert.ThrowsAsync<MigrationException>(() => MigrationUndo.RunAsync(Journal, id, _graph));

        var missing = $"the batch {number} of the run {id} is missing";
        Assert.False(images.Passed);
        Assert.Contains(missing, images.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorCode.JournalFailed, refusal.Code);
        Assert.Contains(missing, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, await JournaledLoad.ContentAsync(_graph));
        Assert.Equal(MigrationStatus.Completed, Journal.Run(id).Status);
        Assert.Equal(MigrationStatus.Completed, (await MigrationUndo.RunAsync(Journal, id, _graph, new UndoOptions { Force = true })).Status);
    }

    [Fact]
    public async Task An_archive_that_cannot_be_written_whole_leaves_nothing()
    {
        var missing = Path.Combine(Folder.Path, "none", "point.zip");
        var refusal = await Assert.ThrowsAsync<MigrationException>(() => RestoreArchiveWriter.WriteGraphAsync(Journal, _graph, missing));
        Assert.Equal(ErrorCode.StoreFailed, refusal.Code);
        Assert.StartsWith($"The archive {missing} cannot be written: ", refusal.Message, StringComparison.Ordinal);

        using var stopping = new CancellationTokenSource();
        var stopped = InterceptedGraph.Of(_graph, (member, call) =>
        {
            if (member == nameof(IGraphDestination.StreamRelationshipsAsync))
                stopping.Cancel();
            return call();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RestoreArchiveWriter.WriteGraphAsync(Journal, stopped, Archive, stopping.Token));

        Assert.Empty(Directory.GetFiles(Folder.Path, "point.zip*"));
        Assert.DoesNotContain(AuditActionType.CreateRestorePoint, AuditTrail.Events(Journal).Select(e => e.Action.Type));
    }

    [Fact]
    public async Task The_test_of_a_rollback_says_what_stands_in_its_way()
    {
        var id = await JournaledLoad.RunAsync(Journal, _graph, Given.Later);
        Assert.True((await RollbackTester.TestAsync(Journal, id, _graph)).CanRollBack);
        await _graph.WriteNodesAsync("Person", [new GraphNode("Person", "1", new PropertySet(["name"], ["other"]))]);

        var changed = await RollbackTester.TestAsync(Journal, id, _graph);
        Assert.Equal((true, 1L, "1"), (changed.CanRollBack, changed.Changed, changed.LaterChanges.Single().Id));

        // A key that may read only.
        await using var sandbox = await SandboxServer.StartAsync("--read-only-key", "reader");
        await using var reader = sandbox.Open(apiKey: "reader");
        var refused = await RollbackTester.TestAsync(Journal, id, reader);
        Assert.False(refused.CanRollBack);
        Assert.Equal([("Images", true), ("Destination", false), ("Permission", false), ("Later changes", true)], refused.Checks.Select(c => (c.Name, c.Passed)));

        // An image with another value, which can be read all the same.
        Journal.Write(c =>
        {
            using var command = c.CreateCommand();
            command.CommandText = "SELECT data FROM batch WHERE key = (SELECT min(key) FROM batch WHERE key >> 32 = (SELECT max(number) FROM run))";
            var data = (byte[])command.ExecuteScalar()!;
            data[data.AsSpan().IndexOf("p1"u8) + 1] = (byte)'7';
            command.CommandText = "UPDATE batch SET data = $data WHERE key = (SELECT min(key) FROM batch WHERE key >> 32 = (SELECT max(number) FROM run))";
            command.Parameters.AddWithValue("$data", data);
            Assert.Equal(1, command.ExecuteNonQuery());
        });
        var damaged = (await RollbackTester.TestAsync(Journal, id, _graph)).Checks.First(c => c.Name == "Images");
        Assert.False(damaged.Passed);
        Assert.Contains("is not what was written", damaged.Message, StringComparison.Ordinal);

        // One that is gone.
        Journal.Write(c => LocalDatabase.Execute(c, "UPDATE batch SET data = x'0100' WHERE key = (SELECT max(key) FROM batch)"));
        Assert.False((await RollbackTester.TestAsync(Journal, id, _graph)).Checks.First(c => c.Name == "Images").Passed);
    }

    [Theory]
    [InlineData("UPDATE batch SET type = 'Other'")]
    [InlineData("UPDATE batch SET labels = 'Other'")]
    [InlineData("UPDATE outcome SET state = 2")]
    [InlineData("UPDATE outcome SET state = 3")]
    [InlineData("UPDATE batch SET key = key + 1 WHERE key = (SELECT max(key) FROM batch)")]
    public async Task What_the_journal_says_about_a_batch_is_as_protected_as_what_is_in_it(string change)
    {
        var id = await JournaledLoad.RunAsync(Journal, _graph, Given.Before);
        Assert.True((await RollbackTester.TestAsync(Journal, id, _graph)).CanRollBack);

        Journal.Write(c => LocalDatabase.Execute(c, change));

        Assert.False((await RollbackTester.TestAsync(Journal, id, _graph)).Checks.First(c => c.Name == "Images").Passed);
    }

    [Fact]
    public async Task A_key_that_may_only_read_is_found_by_the_test_which_changes_nothing()
    {
        await using var sandbox = await SandboxServer.StartAsync("--read-only-key", "reader");
        await using var platform = sandbox.Open();
        await using var reader = sandbox.Open(apiKey: "reader");
        var id = await JournaledLoad.RunAsync(Journal, platform, Given.Before);
        var before = await JournaledLoad.ContentAsync(platform);
        var writes = await sandbox.StatisticAsync("writes");

        Assert.True((await RollbackTester.TestAsync(Journal, id, platform)).CanRollBack);
        var refused = await RollbackTester.TestAsync(Journal, id, reader);

        Assert.False(refused.CanRollBack);
        Assert.Equal([("Images", true), ("Destination", true), ("Permission", false), ("Later changes", true)], refused.Checks.Select(c => (c.Name, c.Passed)));
        Assert.Equal((19L, writes), (refused.ToDelete, await sandbox.StatisticAsync("writes")));
        Assert.Equal(ErrorCode.PermissionDenied, (await Assert.ThrowsAnyAsync<MigrationException>(() => MigrationUndo.RunAsync(Journal, id, reader))).Code);
        Assert.Equal(before, await JournaledLoad.ContentAsync(platform));
        Assert.True((await MigrationUndo.RunAsync(Journal, id, platform)).IsComplete);
    }

    [Fact]
    public async Task The_journal_lists_its_restore_points()
    {
        var id = await JournaledLoad.RunAsync(Journal, _graph, Given.Later);
        await MigrationUndo.RunAsync(Journal, id, _graph);

        var points = RestorePoints.List(Journal).ToList();

        Assert.Equal(2, points.Count);
        Assert.Equal((id, MigrationStatus.RolledBack, (long)Given.Later.Count, Journal.Path), (points[0].MigrationId, points[0].Status, points[0].Items, points[0].Path));
        Assert.True(points[0].Size > 0);
        Assert.Equal(Given.Before.Count, RestorePoints.List(Journal, points[1].MigrationId).Single().Items);
    }

    // Null takes the part away.
    private void ReplacePart(string name, Func<string, string?> replace)
    {
        using var zip = ZipFile.Open(Archive, ZipArchiveMode.Update);
        var entry = zip.GetEntry(name)!;
        string text;
        using (var reader = new StreamReader(entry.Open()))
            text = reader.ReadToEnd();
        entry.Delete();
        if (replace(text) is not { } replaced)
            return;
        using var writer = new StreamWriter(zip.CreateEntry(name).Open());
        writer.Write(replaced);
    }
}
