using System.Globalization;
using SafeAI.Migration.Engine.Planning;
using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.TestKit.Sandbox;

namespace SafeAI.Migration.Benchmarks;

/// <summary>
/// Runs a whole plan: a CSV file of which each row becomes a node and a relationship, with the journal and content
/// verification, and compares the peak memory of the loading process between all rows and a tenth of them.
/// </summary>
internal static class MemoryScenario
{
    /// <summary>Into a graph store, whose own memory is counted, as it is in the loading process.</summary>
    public const string Store = "memory";

    /// <summary>Over HTTP into a sandbox, which is a process of its own and holds the graph in memory.</summary>
    public const string Sandbox = "memory-sandbox";

    private const long Rows = 5_000_000;

    public static bool Has(string name) => name is Store or Sandbox;

    public static async Task RunAsync(string name, long? rows)
    {
        var all = rows ?? Rows;
        var tenth = await Measurement.OfAsync(name, (all / 10).ToString(CultureInfo.InvariantCulture));
        Print(name, all / 10, tenth);
        var whole = await Measurement.OfAsync(name, all.ToString(CultureInfo.InvariantCulture));
        Print(name, all, whole);
        Console.WriteLine(FormattableString.Invariant($"  peak memory, all rows / a tenth of them: {whole.PeakMegabytes / tenth.PeakMegabytes:F2}"));
    }

    /// <summary>Runs the plan once; the peak is that of this process.</summary>
    public static async Task<Measurement> MeasureAsync(string name, string rows)
    {
        var count = long.Parse(rows, CultureInfo.InvariantCulture);
        var folder = Directory.CreateTempSubdirectory("safeai-memory");
        try
        {
            var path = Path.Combine(folder.FullName, "people.csv");
            await WriteAsync(path, count);
            await using var sandbox = name == Sandbox ? await SandboxServer.StartAsync() : null;
            var plan = PlanFile.Parse(PlanText(sandbox?.Endpoint, Path.Combine(folder.FullName, "people.graph")), folder.FullName, "memory");
            var options = new PlanRunOptions
            {
                JournalPath = Path.Combine(folder.FullName, "journal"),
                Platform = sandbox is null ? null : new PlatformOptions { Endpoint = sandbox.Endpoint, ApiKey = sandbox.ApiKey },
            };
            var cpu = Measurement.OwnCpuSeconds();
            var clock = System.Diagnostics.Stopwatch.StartNew();
            var result = await PlanRunner.RunAsync(plan, options);
            return result.Status == MigrationStatus.Completed && result.Verified == true && result.Nodes.Created == count && result.Relationships.Created == count
                ? new Measurement(2 * count, clock.Elapsed.TotalSeconds, Measurement.OwnCpuSeconds() - cpu, Measurement.OwnPeakMegabytes())
                : throw new InvalidOperationException($"{name} ended {result.Status}: nodes {result.Nodes}, relationships {result.Relationships}. {result.Error}");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Print(string name, long rows, Measurement measured) => Console.WriteLine(FormattableString.Invariant(
        $"{name}: {rows} nodes and as many relationships: {measured.PeakMegabytes:F0} MB, {measured.Rows / measured.Seconds:F0} items/s"));

    private static async Task WriteAsync(string path, long rows)
    {
        await using var writer = new StreamWriter(path);
        await writer.WriteAsync("id,name,email,note,knows\n");
        for (var i = 0L; i < rows; i++)
            await writer.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"{i},Person number {i},person{i}@example.org,a note of some length,{i * 7919 % rows}\n"));
    }

    private static string PlanText(Uri? endpoint, string store) => $$"""
        {
          "sources": [ { "path": "people.csv", "mapping": {
            "nodes": [ { "type": "Person", "id": "person:{id}", "properties": { "name": "name", "email": "email", "note": "note", "number": { "field": "id", "type": "integer" } } } ],
            "relationships": [ { "type": "KNOWS", "from": { "type": "Person", "id": "person:{id}" }, "to": { "type": "Person", "id": "person:{knows}" }, "properties": { "since": { "field": "id", "type": "integer" } } } ] } } ],
          "destination": {{(endpoint is null ? $"{{ \"store\": \"{store}\" }}" : $"{{ \"endpoint\": \"{endpoint}\" }}")}},
          "options": { "verify": "content" }
        }
        """;
}
