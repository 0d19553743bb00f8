using System.Globalization;
using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Rollback;
using SafeAI.Migration.Integration.Tests.Runner;
using SafeAI.Migration.TestKit;
using Xunit.Abstractions;

namespace SafeAI.Migration.Integration.Tests.Rollback;

/// <summary>
/// The console program is killed at random places while it puts a run back, again and again, and must end with the graph
/// and the figures of an undisturbed undo. With SAFEAI_LONG_TESTS=1 500 times, else a few.
/// </summary>
public sealed class RandomlyKilledUndoTests(ITestOutputHelper output) : IDisposable
{
    private static readonly int s_kills = Environment.GetEnvironmentVariable("SAFEAI_LONG_TESTS") == "1" ? 500 : 4;

    // Every write to the journal is a place, too. With each, about how often an undisturbed undo passes it.
    private static readonly (string Name, int Times)[] s_places =
    [
        ("undo.planned", 45), ("undo.deleted", 45), ("undo.restored", 45), ("undo.confirmed", 45), ("undo.verify", 2), ("undo.end", 1),
        ("journal.commit", 90), ("audit.before", 2), ("audit.after", 2),
    ];

    private readonly TemporaryFolder _folder = new();
    private readonly Random _random = new(Environment.GetEnvironmentVariable("SAFEAI_TEST_SEED") is { } seed ? int.Parse(seed, CultureInfo.InvariantCulture) : Environment.TickCount);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task However_often_it_is_killed_an_undo_ends_as_an_undisturbed_one()
    {
        var (expected, total) = await UndisturbedAsync();
        Assert.Equal(3 * 40 + 2 * 30, total);
        Assert.Equal(CrashPoint.Undoing, s_places.Select(p => p.Name).Take(CrashPoint.Undoing.Count));
        var failures = new List<string>();
        var (killed, runs) = (0, 0);
        await Parallel.ForEachAsync(Runs(() => Volatile.Read(ref killed)), new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (run, _) =>
        {
            var (kills, failure) = await RunAsync(run.Name, run.Places, expected);
            lock (failures)
            {
                killed += kills;
                runs++;
                if (failure is not null)
                    failures.Add($"{string.Join(", ", run.Places)}: {failure}");
            }
        });

        output.WriteLine($"{killed} times {runs} undos were killed, {failures.Count} failed.");
        Assert.True(failures.Count == 0, string.Join("\n", failures));
        Assert.True(killed >= s_kills);
    }

    // Until so many were killed: a place that is passed less often than that is not reached.
    private IEnumerable<(List<string> Places, string Name)> Runs(Func<int> killed)
    {
        for (var number = 0; killed() < s_kills; number++)
            yield return ([.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => s_places[_random.Next(s_places.Length)]).Select(p => $"{p.Name}:{_random.Next(1, p.Times + 1)}")], $"run{number}");
    }

    private async Task<(int Kills, string? Failure)> RunAsync(string name, List<string> places, string expected)
    {
        var (id, before, journalPath, storePath) = await LoadAsync(name);
        var kills = 0;
        RunnerProcess? last = null;
        foreach (var place in places.Append(null))
        {
            var environment = new Dictionary<string, string>();
            if (place is not null)
                environment["SAFEAI_MIGRATION_CRASH_AT"] = place;
            last = await RunnerProcess.RunAsync(_folder.Path, environment, "undo", id, "--journal", journalPath, "--json");
            if (last.ExitCode == 0)
                break;
            if (place is null || last.ExitCode is >= 0 and <= 4)
                return (kills, $"at {place ?? "the end"} it ended with {last.ExitCode}: {last.Errors} {last.Output}");
            kills++;
            using var meanwhile = JournalFile.Open(journalPath);
            if (meanwhile.Runs().FirstOrDefault(r => r.Kind == MigrationKind.Undo)?.Status != MigrationStatus.Completed)
                continue;

            // Killed when all was done, it had nobody to tell the figures to.
            last = null;
            break;
        }

        using var journal = JournalFile.Open(journalPath);
        await using var store = GraphStoreDestination.Open(storePath, create: false);
        var content = await JournaledLoad.ContentAsync(store);
        return (kills,
            !content.SequenceEqual(before) ? $"another graph: {string.Join("; ", content.Except(before).Concat(before.Except(content)).Take(3))}"
            : last is not null && Figures(last) != expected ? $"{Figures(last)} in place of {expected}"
            : journal.Run(id).Status != MigrationStatus.RolledBack ? $"the run is {journal.Run(id).Status}"
            : Engine.Audit.AuditChecker.Check(journal) is { IsIntact: false } audit ? $"the audit trail: {audit.Findings[0].Message}"
            : null);
    }

    private async Task<(string Figures, long Total)> UndisturbedAsync()
    {
        var (id, before, journalPath, storePath) = await LoadAsync("whole");
        var undo = await RunnerProcess.RunAsync(_folder.Path, "undo", id, "--journal", journalPath, "--json");
        Assert.Equal(0, undo.ExitCode);
        await using var store = GraphStoreDestination.Open(storePath, create: false);
        Assert.Equal(before, await JournaledLoad.ContentAsync(store));
        return (Figures(undo), new[] { "nodesDeleted", "nodesRestored", "relationshipsDeleted", "relationshipsRestored" }.Sum(n => undo.Json.GetProperty(n).GetInt64()));
    }

    private static string Figures(RunnerProcess undo) => string.Join(' ', new[] { "status", "nodesDeleted", "nodesRestored", "relationshipsDeleted", "relationshipsRestored", "alreadyBefore", "kept", "detached", "verified" }
        .Select(n => $"{n}={undo.Json.GetProperty(n).GetRawText()}"));

    // A run of 45 batches that creates, changes, and changes again what it changed before.
    private async Task<(string Id, IReadOnlyList<string> Before, string JournalPath, string StorePath)> LoadAsync(string name)
    {
        var (journalPath, storePath) = (Path.Combine(_folder.Path, name + ".journal"), Path.Combine(_folder.Path, name + ".graph"));
        using var journal = JournalFile.Open(journalPath);
        await using var graph = GraphStoreDestination.Open(storePath, create: true);
        await graph.WriteNodesAsync("Person", [.. Enumerable.Range(0, 60).Select(i => Person(i, "old", new DateOnly(2024, 1, 1).AddDays(i)))]);
        await graph.WriteRelationshipsAsync("KNOWS", "Person", "Person", [.. Enumerable.Range(0, 30).Select(i => Knows(i, 1990L))]);
        var before = await JournaledLoad.ContentAsync(graph);
        GraphItem[] items =
        [
            .. Enumerable.Range(20, 40).Select(i => Person(i, "new", "a text now")),
            .. Enumerable.Range(60, 40).Select(i => Person(i, "new", null)),
            .. Enumerable.Range(20, 40).Select(i => Person(i, "newer", 7L)),
            .. Enumerable.Range(0, 60).Select(i => Knows(i, 2024L)),
        ];
        return (await JournaledLoad.RunAsync(journal, graph, items, batchSize: 4), before, journalPath, storePath);

        static GraphNode Person(int i, string name, object? day) => new("Person", $"p{i}", new PropertySet(["name", "day"], [name, day]));

        static GraphRelationship Knows(int i, long since) => new("KNOWS", $"k{i}", "Person", $"p{i}", "Person", $"p{i + 1}", new PropertySet(["since"], [since]));
    }
}
