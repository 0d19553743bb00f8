using System.Text;
using SafeAI.Migration.Engine.Audit;
using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.TestKit;
using Xunit.Abstractions;

namespace SafeAI.Migration.Integration.Tests.Runner;

/// <summary>
/// A run is ended at every named place as a power cut would end it, resumed, and must end in the graph, the figures and
/// the rejects of an undisturbed one. With SAFEAI_LONG_TESTS=1 at 500 random places, else at a few.
/// </summary>
public sealed class CrashPointTests(ITestOutputHelper output) : IDisposable
{
    private const int People = 3300;
    private static readonly int s_random = Environment.GetEnvironmentVariable("SAFEAI_LONG_TESTS") == "1" ? 500 : 2;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Killed_anywhere_and_resumed_a_run_ends_as_an_undisturbed_one()
    {
        WriteSources();
        await PrepareAsync("before.graph");
        var whole = await RunAsync("whole", null, "run");
        Assert.Equal((0, true), (whole.ExitCode, whole.Json.GetProperty("verified").GetBoolean()));
        var expected = (Graph: await ContentAsync("whole"), whole.Figures, Rejects: Rejects("whole"));
        Assert.Equal(3, expected.Rejects.Count);

        var random = new Random(Environment.GetEnvironmentVariable("SAFEAI_TEST_SEED") is { } seed ? int.Parse(seed, System.Globalization.CultureInfo.InvariantCulture) : Environment.TickCount);
        var places = CrashPoint.All.Select(p => $"{p}:1")
            .Concat(["answer.after:25", "read.batch:3", "journal.commit:30", .. Enumerable.Range(3, 6).Select(n => $"journal.commit:{n}")])
            .ToList();
        var failures = new List<string>();
        var killed = 0;
        var due = places.Count + s_random;
        await Parallel.ForEachAsync(places.Concat(RandomPlaces(random, () => Volatile.Read(ref killed) < due)).Select((p, i) => (Place: p, Name: $"{(i % 2 == 0 || p.StartsWith("read.batch:", StringComparison.Ordinal) ? "merging" : "run")}{i}")), new ParallelOptions { MaxDegreeOfParallelism = 3 }, async (run, _) =>
        {
            var first = await RunAsync(run.Name, run.Place, "run");

            // A random place that is passed less often than that is not reached.
            if (first.ExitCode == 0 && !run.Place.EndsWith(":1", StringComparison.Ordinal))
                return;
            // Before its first entry the run is not in the journal yet: there is nothing to resume, and nothing was sent.
            var last = await RunAsync(run.Name, null, run.Place == "audit.before:1" ? "run" : "resume");
            var (graph, rejects) = (await ContentAsync(run.Name), Rejects(run.Name));
            lock (failures)
            {
                killed++;
                if (first.ExitCode is 0 or 3)
                    failures.Add($"{run.Place}: the run was not killed, it ended with {first.ExitCode}: {first.Errors}");
                else if (run.Place is "end.after:1" or "audit.after:2" ? last.ExitCode != 2 : last.ExitCode != 0)
                    failures.Add($"{run.Place}: the resumed run ended with {last.ExitCode}: {last.Errors} {last.Output}");
                else if (last.ExitCode == 0 && last.Figures != expected.Figures)
                    failures.Add($"{run.Place}: {last.Figures} in place of {expected.Figures}");
                else if (!graph.SequenceEqual(expected.Graph))
                    failures.Add($"{run.Place}: another graph, {graph.Count} items in place of {expected.Graph.Count}");
                else if (!rejects.SequenceEqual(expected.Rejects))
                    failures.Add($"{run.Place}: {rejects.Count} rejects in place of {expected.Rejects.Count}");
                else if (AuditFindings(run.Name) is { Count: > 0 } findings)
                    failures.Add($"{run.Place}: the audit trail: {findings[0].Message}");
            }
        });

        output.WriteLine($"{killed} runs were killed and resumed, {failures.Count} failed.");
        Assert.True(failures.Count == 0, string.Join("\n", failures));
        Assert.True(killed >= due);
    }

    // As long as there are too few: a place that is passed less often than that is not reached.
    private static IEnumerable<string> RandomPlaces(Random random, Func<bool> isDue)
    {
        while (isDue())
        {
            var place = CrashPoint.All[random.Next(CrashPoint.All.Count)];
            var isRare = place.StartsWith("phase.", StringComparison.Ordinal) || place.StartsWith("end.", StringComparison.Ordinal) || place.StartsWith("audit.", StringComparison.Ordinal);
            yield return $"{place}:{random.Next(1, isRare ? 3 : 40)}";
        }
    }

    private Task<RunnerProcess> RunAsync(string name, string? place, string command)
    {
        var plan = WritePlan(name);
        if (!File.Exists(StorePath(name)))
            File.Copy(Path.Combine(_folder.Path, "before.graph"), StorePath(name));
        var environment = new Dictionary<string, string>();
        if (place is not null)
            environment["SAFEAI_MIGRATION_CRASH_AT"] = place;
        var journal = Path.Combine(_folder.Path, name + ".journal");
        return command == "run"
            ? RunnerProcess.RunAsync(_folder.Path, environment, "run", plan, "--json", "--journal", journal)
            : RunnerProcess.RunAsync(_folder.Path, environment, "resume", "--json", "--journal", journal);
    }

    private IReadOnlyList<AuditFinding> AuditFindings(string name)
    {
        using var journal = JournalFile.Open(Path.Combine(_folder.Path, name + ".journal"));
        return AuditChecker.Check(journal).Findings;
    }

    private string StorePath(string name) => Path.Combine(_folder.Path, name + ".graph");

    private List<string> Rejects(string name)
    {
        var path = Path.Combine(_folder.Path, name + ".rejects");
        return File.Exists(path) ? [.. File.ReadLines(path).Order(StringComparer.Ordinal)] : [];
    }

    // A third of the people are there already, some with other values; the last have values that the run must keep.
    private async Task PrepareAsync(string store)
    {
        await using var destination = GraphStoreDestination.Open(Path.Combine(_folder.Path, store), create: true);
        await destination.WriteNodesAsync("Person", [.. Enumerable.Range(0, People / 3).Select(i => new GraphNode(
            "Person", $"person:{i * 3}", PropertySet.From(
                [new("name", i % 2 == 0 ? $"Person {i * 3}" : "Old"), new("number", (long)(i * 3)), new("joined", new DateOnly(2024, 1, 1).AddDays(i * 3 % 300)), new("own", (long)i)])))]);
    }

    private void WriteSources()
    {
        var people = new StringBuilder("id,name,joined,city\n");
        for (var i = 0; i < People; i++)
        {
            var joined = i is 900 or 2500 ? "never" : new DateOnly(2024, 1, 1).AddDays(i % 300).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
            people.Append(i).Append(",Person ").Append(i).Append(',').Append(joined).Append(",c").Append(i == 1800 ? 999 : i % 50).Append('\n');
        }

        _folder.Write("people.csv", people.ToString());
        var cities = new StringBuilder("code,name\n");
        for (var i = 0; i < 50; i++)
            cities.Append('c').Append(i).Append(",City ").Append(i).Append('\n');
        _folder.Write("cities.csv", cities.ToString());
    }

    // Where ids are held against each other, the file is read from its start again; where they merge, it goes on in its middle.
    private string WritePlan(string name) => _folder.Write(name + ".json", $$"""
        {
          "sources": [
            { "path": "people.csv", "mapping": {
                "nodes": [
                  { "type": "Person", "id": "person:{id}", "merge": {{(name.StartsWith("merging", StringComparison.Ordinal) ? "true" : "false")}}, "properties": { "name": "name", "number": { "field": "id", "type": "integer" }, "joined": { "field": "joined", "type": "date" } } },
                  { "type": "Month", "id": "month:{joined}", "merge": {{(name.StartsWith("merging", StringComparison.Ordinal) ? "true" : "false")}}, "properties": { "day": { "field": "joined", "type": "date" } } } ],
                "relationships": [
                  { "type": "LIVES_IN", "merge": {{(name.StartsWith("merging", StringComparison.Ordinal) ? "true" : "false")}}, "from": { "type": "Person", "id": "person:{id}" }, "to": { "type": "City", "id": "city:{city}" }, "properties": { "since": { "field": "joined", "type": "date" } } } ] } },
            { "path": "cities.csv", "mapping": { "nodes": [ { "type": "City", "id": "city:{code}", "properties": { "name": "name" } } ] } }
          ],
          "destination": { "store": "{{name}}.graph" },
          "options": { "batchSize": 200, "verify": "content", "errorBudget": 5, "rejectPath": "{{name}}.rejects" }
        }
        """);

    private Task<List<string>> ContentAsync(string name) => StoreContent.HashesAsync(StorePath(name));
}
