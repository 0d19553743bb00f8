using System.Diagnostics;
using System.Text;
using System.Text.Json;
using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Integration.Tests.Runner;

/// <summary>The journal on a real disk that is full, becomes full, or may not be written: one in memory that only the program sees.</summary>
public sealed class FullDiskTests : IDisposable
{
    private const int People = 20_000;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("size=1m", "head -c 2000000 /dev/zero > disk/rest 2> /dev/null", "is full")]
    [InlineData("size=1m,ro", ":", "cannot be opened for writing")]
    public async Task A_run_ends_before_anything_is_sent(string options, string before, string said)
    {
        WriteSources();

        await InShellAsync($"""
            mount -t tmpfs -o {options} tmpfs disk
            {before}
            $PROGRAM run plan.json --json --journal disk/j > first.json
            echo $? > first.code
            """);

        var first = Answer("first");
        Assert.Equal((3, "JournalFailed"), (first.Code, first.Json.GetProperty("code").GetString()));
        Assert.Contains(said, first.Json.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder.Path, "people.graph")));
    }

    [Theory]
    [InlineData("nodes", 400)]
    [InlineData("relationships", 1100)]
    public async Task A_disk_that_becomes_full_stops_the_run_and_with_room_it_goes_on(string what, int kilobytesLeft)
    {
        WriteSources();
        var whole = await RunnerProcess.RunAsync(_folder.Path, "run", WritePlan("whole"), "--json", "--journal", Path.Combine(_folder.Path, "whole.journal"));
        Assert.Equal(0, whole.ExitCode);

        await InShellAsync($"""
            mount -t tmpfs -o size=8m tmpfs disk
            head -c $(((8192 - {kilobytesLeft}) * 1024)) /dev/zero > disk/rest
            $PROGRAM run plan.json --json --journal disk/j > first.json
            echo $? > first.code
            rm disk/rest
            mkdir kept
            cp disk/j disk/j-wal disk/j-shm disk/j.head kept
            cp people.graph kept.graph
            mount -o remount,size=200m disk
            $PROGRAM resume --json --journal disk/j > second.json
            echo $? > second.code
            """);

        var (first, second) = (Answer("first"), Answer("second"));
        Assert.True(first.Code == 3, first.Json.ToString());
        Assert.Contains("is full", first.Json.GetProperty("error").GetString(), StringComparison.Ordinal);

        // Whatever arrived was written ahead.
        using (var journal = JournalFile.Open(Path.Combine(_folder.Path, "kept", "j")))
        {
            await using var store = GraphStoreDestination.Open(Path.Combine(_folder.Path, "kept.graph"), create: false);
            var run = Assert.Single(journal.Runs());
            Assert.True(run.IsResumable);
            var ahead = RunJournal.Batches(journal, run.Id).Where(b => b.Key.IsNode).SelectMany(b => b.Items).Select(i => i.Id).ToHashSet();
            var arrived = await store.StreamNodesAsync("Person").Select(n => n.Id).ToListAsync();
            Assert.InRange(arrived.Count, 0, People - (what == "nodes" ? 1 : 0));
            Assert.Empty(arrived.Except(ahead));
        }

        Assert.True(second.Code == 0, second.Json.ToString());
        Assert.True(second.Json.GetProperty("verified").GetBoolean());
        Assert.Equal(whole.Json.GetProperty("nodes").GetRawText(), second.Json.GetProperty("nodes").GetRawText());
        Assert.Equal(whole.Json.GetProperty("relationships").GetRawText(), second.Json.GetProperty("relationships").GetRawText());
        Assert.Equal(
            await StoreContent.HashesAsync(Path.Combine(_folder.Path, "whole.graph")), await StoreContent.HashesAsync(Path.Combine(_folder.Path, "people.graph")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(150)]
    public async Task An_undo_whose_journal_has_no_room_stops_and_goes_on_with_room(int kilobytesLeft)
    {
        WriteSources();

        await InShellAsync($"""
            mount -t tmpfs -o size=100m tmpfs disk
            $PROGRAM run plan.json --json --journal disk/j > first.json
            echo $? > first.code
            cp people.graph loaded.graph
            ID=$(sed -n 's/.*"migrationId": *"\([^"]*\)".*/\1/p' first.json)
            USED=$(du -sk disk | cut -f1)
            mount -o remount,size=$((USED + {kilobytesLeft} + 64))k disk
            head -c 100000000 /dev/zero > disk/rest 2> /dev/null
            truncate -s -{kilobytesLeft}K disk/rest
            $PROGRAM undo $ID --json --journal disk/j > second.json
            echo $? > second.code
            cp people.graph half.graph
            rm disk/rest
            mount -o remount,size=200m disk
            $PROGRAM undo $ID --json --journal disk/j > third.json
            echo $? > third.code
            cp disk/j disk/j-wal disk/j-shm disk/j.head . 2> /dev/null
            """);

        var (first, second, third) = (Answer("first"), Answer("second"), Answer("third"));
        Assert.True(first.Code == 0, first.Json.ToString());
        Assert.True((second.Code, second.Json.GetProperty("code").GetString()) == (3, "JournalFailed"), second.Json.ToString());
        Assert.True(second.Json.GetProperty("error").GetString()!.Contains("is full", StringComparison.Ordinal), second.Json.ToString());
        var half = await StoreContent.HashesAsync(Path.Combine(_folder.Path, "half.graph"));
        var loaded = await StoreContent.HashesAsync(Path.Combine(_folder.Path, "loaded.graph"));
        Assert.Empty(half.Except(loaded));
        if (kilobytesLeft == 0)
            Assert.Equal(loaded, half);
        else
            Assert.InRange(half.Count, 1, loaded.Count - 1);

        Assert.True((third.Code, third.Json.GetProperty("verified").GetBoolean()) == (0, true), third.Json.ToString());
        Assert.Empty(await StoreContent.HashesAsync(Path.Combine(_folder.Path, "people.graph")));
        using var journal = JournalFile.Open(Path.Combine(_folder.Path, "j"));
        Assert.Equal(MigrationStatus.RolledBack, journal.Runs().Single(r => r.Kind == MigrationKind.Load).Status);
    }

    [Fact]
    public async Task A_full_folder_for_temporary_files_stops_a_load_and_an_undo_until_there_is_room()
    {
        WriteSources();

        await InShellAsync("""
            export TMPDIR=$PWD/disk
            mount -t tmpfs -o size=4m tmpfs disk
            head -c 100000000 /dev/zero > disk/rest 2> /dev/null
            truncate -s -1500K disk/rest
            $PROGRAM run plan.json --json --journal j > first.json
            echo $? > first.code
            mount -o remount,size=200m disk
            $PROGRAM resume --json --journal j > second.json
            echo $? > second.code
            cp people.graph loaded.graph
            ID=$(sed -n 's/.*"migrationId": *"\([^"]*\)".*/\1/p' second.json)
            mount -o remount,size=4m disk
            head -c 100000000 /dev/zero > disk/rest 2> /dev/null
            $PROGRAM undo $ID --json --journal j > third.json
            echo $? > third.code
            ls disk > left
            mount -o remount,size=200m disk
            $PROGRAM undo $ID --json --journal j > fourth.json
            echo $? > fourth.code
            """);

        foreach (var (code, json) in new[] { Answer("first"), Answer("third") })
        {
            Assert.True(code == 3 && (json.TryGetProperty("errorCode", out var id) || json.TryGetProperty("code", out id)) && id.GetString() == "StoreFailed", json.ToString());
            Assert.Matches("^What the items should look like cannot be kept in .*/disk/.*: its disk is full. Make room in the folder for temporary files, ", json.GetProperty("error").GetString());
        }

        var second = Answer("second");
        Assert.True((second.Code, second.Json.GetProperty("verified").GetBoolean()) == (0, true), second.Json.ToString());
        Assert.Equal(People + 50, second.Json.GetProperty("nodes").GetProperty("created").GetInt32());
        Assert.Equal(People + 50 + People, (await StoreContent.HashesAsync(Path.Combine(_folder.Path, "loaded.graph"))).Count);
        Assert.DoesNotContain("safeai-migration", await File.ReadAllTextAsync(Path.Combine(_folder.Path, "left")), StringComparison.Ordinal);
        var fourth = Answer("fourth");
        Assert.True((fourth.Code, fourth.Json.GetProperty("verified").GetBoolean()) == (0, true), fourth.Json.ToString());
        Assert.Empty(await StoreContent.HashesAsync(Path.Combine(_folder.Path, "people.graph")));
    }

    // A shell with mounts of its own; who is not the system's administrator becomes one for its time.
    private async Task InShellAsync(string script)
    {
        WritePlan("people", "plan.json");
        Directory.CreateDirectory(Path.Combine(_folder.Path, "disk"));
        var command = Repository.Program("SafeAI.Migration.Runner", "safeai-migrate");
        var start = new ProcessStartInfo("unshare", [.. Environment.IsPrivilegedProcess ? Array.Empty<string>() : ["--user", "--map-root-user"], "--mount", "sh", _folder.Write("script", script + "\n")])
        {
            WorkingDirectory = _folder.Path, RedirectStandardError = true,
        };
        start.Environment["PROGRAM"] = string.Join(' ', command);
        using var shell = Process.Start(start)!;
        var errors = await shell.StandardError.ReadToEndAsync();
        await shell.WaitForExitAsync();
        Assert.True(File.Exists(Path.Combine(_folder.Path, "first.code")), errors);
    }

    private (int Code, JsonElement Json) Answer(string name) => (
        int.Parse(File.ReadAllText(Path.Combine(_folder.Path, name + ".code")), System.Globalization.CultureInfo.InvariantCulture),
        JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder.Path, name + ".json"))).RootElement);

    private void WriteSources()
    {
        var people = new StringBuilder("id,city\n");
        for (var i = 0; i < People; i++)
            people.Append(i).Append(",c").Append(i % 50).Append('\n');
        _folder.Write("people.csv", people.ToString());
        var cities = new StringBuilder("code\n");
        for (var i = 0; i < 50; i++)
            cities.Append('c').Append(i).Append('\n');
        _folder.Write("cities.csv", cities.ToString());
    }

    private string WritePlan(string store, string? name = null) => _folder.Write(name ?? store + ".json", $$"""
        {
          "sources": [
            { "path": "people.csv", "mapping": {
                "nodes": [ { "type": "Person", "id": "person:{id}", "merge": true, "properties": { "number": { "field": "id", "type": "integer" } } } ],
                "relationships": [ { "type": "LIVES_IN", "merge": true, "from": { "type": "Person", "id": "person:{id}" }, "to": { "type": "City", "id": "city:{city}" } } ] } },
            { "path": "cities.csv", "mapping": { "nodes": [ { "type": "City", "id": "city:{code}" } ] } }
          ],
          "destination": { "store": "{{store}}.graph" },
          "options": { "batchSize": 500, "verify": "content" }
        }
        """);
}
