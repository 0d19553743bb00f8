using System.Globalization;
using System.Text;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Integration.Tests.Runner;
using SafeAI.Migration.TestKit;
using SafeAI.Migration.TestKit.Sandbox;
using Xunit.Abstractions;

namespace SafeAI.Migration.Integration.Tests.Platform;

/// <summary>
/// The console program loads over HTTP and is killed, at every named place and in the middle of its requests, while the
/// platform lives on. Resumed it must end in the graph, the figures and the rejects of an undisturbed run; put back, in the
/// graph of before. With SAFEAI_LONG_TESTS=1 at 300 random places and moments, else at a few.
/// </summary>
public sealed class KilledPlatformRunTests(ITestOutputHelper output) : IDisposable
{
    private const int People = 1200;
    private static readonly int s_random = Environment.GetEnvironmentVariable("SAFEAI_LONG_TESTS") == "1" ? 300 : 3;
    private readonly TemporaryFolder _folder = new();
    private readonly Random _random = new(Environment.GetEnvironmentVariable("SAFEAI_TEST_SEED") is { } seed ? int.Parse(seed, CultureInfo.InvariantCulture) : Environment.TickCount);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Killed_anywhere_a_run_ends_as_an_undisturbed_one_or_is_put_back_to_what_was_before()
    {
        WriteSources();
        await using var first = await Scene.CreateAsync(_folder, 0);
        await using var second = await Scene.CreateAsync(_folder, 1);
        await first.BeginAsync("whole");
        var before = await first.ContentAsync();
        var whole = await first.RunAsync(null, "run");
        Assert.Equal((0, true), (whole.ExitCode, whole.Json.GetProperty("verified").GetBoolean()));
        var expected = new Expected(before, await first.ContentAsync(), whole.Figures, first.Rejects());
        Assert.Equal(3, expected.Rejects.Count);
        Assert.NotEqual(before, expected.After);

        var failures = new List<string>();
        var (killed, cases) = (0, 0);
        var scenes = new System.Collections.Concurrent.ConcurrentBag<Scene> { first, second };
        await Parallel.ForEachAsync(Cases(() => Volatile.Read(ref killed)).Select((c, i) => (Case: c, Number: i)), new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (next, _) =>
        {
            Assert.True(scenes.TryTake(out var scene));
            try
            {
                await scene.BeginAsync($"case{next.Number}");
                var (wasKilled, failure) = await RunAsync(scene, next.Case, expected);
                lock (failures)
                {
                    killed += wasKilled ? 1 : 0;
                    cases++;
                    if (failure is not null)
                        failures.Add($"{next.Case}: {failure}");
                }
            }
            finally
            {
                scenes.Add(scene);
            }
        });

        output.WriteLine($"{killed} of {cases} runs were killed, {failures.Count} failed.");
        Assert.True(failures.Count == 0, string.Join("\n", failures));
        Assert.True(killed >= CrashPoint.All.Count + s_random);
    }

    private static async Task<(bool WasKilled, string? Failure)> RunAsync(Scene scene, Case given, Expected expected)
    {
        var first = await scene.RunAsync(given.First, "run");
        var wasKilled = first.ExitCode is not (0 or 3);
        if (!wasKilled && given.MustKill)
            return (wasKilled, $"the run was not killed, it ended with {first.ExitCode}: {first.Errors}");
        var run = scene.Run();
        if (given.Undo)
        {
            // Before its first entry in the journal nothing was sent, and there is nothing to put back.
            if (run is not null)
            {
                if (given.Second is not null)
                    await scene.RunAsync(given.Second, "undo", run.Id);
                if (scene.Run()!.Status != MigrationStatus.RolledBack)
                {
                    var undo = await scene.RunAsync(null, "undo", run.Id);
                    if (undo.ExitCode != 0)
                        return (wasKilled, $"the undo ended with {undo.ExitCode}: {undo.Errors} {undo.Output}");
                }

                if (scene.Run()!.Status != MigrationStatus.RolledBack)
                    return (wasKilled, $"the run is {scene.Run()!.Status}");
            }

            return (wasKilled, Difference(await scene.ContentAsync(), expected.Before));
        }

        var last = first;
        if (run is { IsResumable: true } && given.Second is not null)
            last = await scene.RunAsync(given.Second, "resume");
        if (scene.Run() is not { } left)
            last = await scene.RunAsync(null, "run");
        else if (left.IsResumable)
            last = await scene.RunAsync(null, "resume");

        // Killed after its very end, it had nobody to tell the figures to.
        if (scene.Run()!.Status != MigrationStatus.Completed)
            return (wasKilled, $"the run is {scene.Run()!.Status}: {last.ExitCode} {last.Errors} {last.Output}");
        if (last.ExitCode == 0 && last.Figures != expected.Figures)
            return (wasKilled, $"{last.Figures} in place of {expected.Figures}");
        if (!scene.Rejects().SequenceEqual(expected.Rejects))
            return (wasKilled, $"{scene.Rejects().Count} rejects in place of {expected.Rejects.Count}");
        return (wasKilled, Difference(await scene.ContentAsync(), expected.After));
    }

    private static string? Difference(List<string> content, List<string> expected) =>
        content.SequenceEqual(expected) ? null : $"another graph, {content.Count} items in place of {expected.Count}, {content.Except(expected).Count()} of them different";

    private IEnumerable<Case> Cases(Func<int> killed)
    {
        var number = 0;
        foreach (var place in CrashPoint.All)
            yield return new Case($"{place}:1", null, Undo: number++ % 2 == 1, MustKill: true);
        foreach (var place in new[] { "undo.planned:2", "undo.restored:3" })
            yield return new Case("answer.after:9", place, Undo: true, MustKill: true);

        // A place that is passed less often than that is not reached.
        var due = CrashPoint.All.Count + 2 + s_random;
        while (killed() < due)
        {
            var undo = _random.Next(2) == 1;
            yield return new Case(Place(CrashPoint.All), _random.Next(3) == 0 ? Place(undo ? CrashPoint.Undoing : CrashPoint.All) : null, undo, MustKill: false);
        }
    }

    // A named place, or a moment shortly after so many requests.
    private string Place(IReadOnlyList<string> places) => _random.Next(2) == 0
        ? $"request:{_random.Next(1, 40)}"
        : $"{places[_random.Next(places.Count)]}:{_random.Next(1, 30)}";

    private void WriteSources()
    {
        var people = new StringBuilder("id,name,joined,city\n");
        for (var i = 0; i < People; i++)
        {
            var joined = i is 190 or 1100 ? "never" : new DateOnly(2024, 1, 1).AddDays(i % 60).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            people.Append(i).Append(",Person ").Append(i).Append(',').Append(joined).Append(",c").Append(i == 650 ? 999 : i % 20).Append('\n');
        }

        _folder.Write("people.csv", people.ToString());
        var cities = new StringBuilder("code,name\n");
        for (var i = 0; i < 20; i++)
            cities.Append('c').Append(i).Append(",City ").Append(i).Append('\n');
        _folder.Write("cities.csv", cities.ToString());
    }

    /// <summary>Where a run is killed, where what follows it is, and what follows: a resume, or an undo.</summary>
    private sealed record Case(string First, string? Second, bool Undo, bool MustKill);

    private sealed record Expected(List<string> Before, List<string> After, string Figures, List<string> Rejects);

    /// <summary>A platform as a process of its own, and runs into it one after the other, each with a journal of its own.</summary>
    private sealed class Scene(TemporaryFolder folder, SandboxServer sandbox) : IAsyncDisposable
    {
        private string _name = "";
        private string _plan = "";

        private string JournalPath => Path.Combine(folder.Path, _name + ".journal");

        public static async Task<Scene> CreateAsync(TemporaryFolder folder, int number) =>
            new(folder, await SandboxServer.StartAsync("--api-key", $"key{number}"));

        /// <summary>Empties the platform but for what is there before a run: a third of the people, some with other values.</summary>
        public async Task BeginAsync(string name)
        {
            _name = name;
            await using var destination = sandbox.Open();
            (await destination.Client.QueryAsync("MATCH (n) DETACH DELETE n", [])).Dispose();
            await destination.PrepareAsync(["Person"], []);
            await destination.WriteNodesAsync("Person", [.. Enumerable.Range(0, People / 3).Select(i => new GraphNode(
                "Person", $"person:{i * 3}", PropertySet.From(
                    [new("name", i % 2 == 0 ? $"Person {i * 3}" : "Old"), new("number", (long)(i * 3)), new("joined", new DateOnly(2024, 1, 1).AddDays(i * 3 % 60)), new("own", (long)i)])))]);
            _plan = folder.Write(name + ".json", $$"""
                {
                  "sources": [
                    { "path": "people.csv", "mapping": {
                        "nodes": [
                          { "type": "Person", "id": "person:{id}", "merge": true, "properties": { "name": "name", "number": { "field": "id", "type": "integer" }, "joined": { "field": "joined", "type": "date" } } },
                          { "type": "Month", "id": "month:{joined}", "merge": true, "properties": { "day": { "field": "joined", "type": "date" } } } ],
                        "relationships": [
                          { "type": "LIVES_IN", "merge": true, "from": { "type": "Person", "id": "person:{id}" }, "to": { "type": "City", "id": "city:{city}" }, "properties": { "since": { "field": "joined", "type": "date" } } } ] } },
                    { "path": "cities.csv", "mapping": { "nodes": [ { "type": "City", "id": "city:{code}", "properties": { "name": "name" } } ] } }
                  ],
                  "destination": { "endpoint": "{{sandbox.Endpoint}}" },
                  "options": { "batchSize": 80, "verify": "content", "errorBudget": 5, "rejectPath": "{{name}}.rejects" }
                }
                """);
        }

        public async Task<List<string>> ContentAsync()
        {
            await using var destination = sandbox.Open();
            return await StoreContent.HashesAsync(destination);
        }

        public List<string> Rejects()
        {
            var path = Path.Combine(folder.Path, _name + ".rejects");
            return File.Exists(path) ? [.. File.ReadLines(path).Order(StringComparer.Ordinal)] : [];
        }

        /// <summary>The run as the journal has it; null where it has none.</summary>
        public MigrationRun? Run()
        {
            if (!File.Exists(JournalPath))
                return null;
            using var journal = JournalFile.Open(JournalPath);
            return journal.Runs().FirstOrDefault(r => r.Kind == MigrationKind.Load);
        }

        /// <summary>Runs the program, and kills it where that is asked: at a named place, or in the middle of its requests.</summary>
        public async Task<RunnerProcess> RunAsync(string? place, string command, string? id = null)
        {
            var environment = new Dictionary<string, string> { ["SAFEAI_API_KEY"] = sandbox.ApiKey };
            string[] arguments = command switch
            {
                "run" => ["run", _plan, "--json", "--journal", JournalPath],
                "undo" => ["undo", id!, "--json", "--journal", JournalPath],
                _ => [command, "--json", "--journal", JournalPath],
            };
            if (place?.StartsWith("request:", StringComparison.Ordinal) != true)
            {
                if (place is not null)
                    environment["SAFEAI_MIGRATION_CRASH_AT"] = place;
                return await RunnerProcess.RunAsync(folder.Path, environment, arguments);
            }

            var due = await sandbox.StatisticAsync("transactions") + int.Parse(place["request:".Length..], CultureInfo.InvariantCulture);
            return await RunnerProcess.RunAsync(folder.Path, environment, async process =>
            {
                while (!process.HasExited)
                {
                    if (await sandbox.StatisticAsync("transactions") < due)
                        continue;
                    process.Kill();
                    return;
                }
            }, arguments);
        }

        public ValueTask DisposeAsync() => sandbox.DisposeAsync();
    }
}
