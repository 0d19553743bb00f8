using System.Globalization;
using SafeAI.Migration.Engine.Comparing;
using SafeAI.Migration.Engine.Extraction.Files;
using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Planning;
using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.Engine.Transformation;
using SafeAI.Migration.TestKit.Sandbox;

namespace SafeAI.Migration.Benchmarks;

/// <summary>
/// Compares graphs, and a file through its mapping with a graph, in a process of its own, and the peak memory of that process
/// between all items and a tenth of them: where a tenth of the items are not the same, and where one side is empty.
/// </summary>
internal static class MemoryCompareScenario
{
    /// <summary>The name on the command line.</summary>
    public const string Name = "memory-compare";

    private const string Prefix = "comparison-of-";
    private const long Items = 3_000_000;

    // Divisible by all that the rows of a file are told apart by, and by the two items that each row makes.
    private const long Unit = 600;

    private const string Mapping = """
        {
          "nodes": [ { "type": "Person", "id": "person:{id}", "properties": { "name": "name", "email": "email", "note": "note", "number": { "field": "id", "type": "integer" } } } ],
          "relationships": [ { "type": "KNOWS", "from": { "type": "Person", "id": "person:{id}" }, "to": { "type": "Person", "id": "person:{knows}" }, "properties": { "since": "since" } } ]
        }
        """;

    /// <summary>The kinds of comparisons.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["stores", "stores-missing", "stores-extra", "source", "source-missing", "source-extra", "platform", "platform-missing", "platform-extra"];

    /// <summary>Whether a contender is one of this scenario's.</summary>
    public static bool Has(string contender) => contender.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Makes the graphs, measures and prints.</summary>
    /// <param name="items">How many nodes and relationships together; null for the default.</param>
    /// <param name="kinds">Which comparisons; none for all.</param>
    public static async Task RunAsync(long? items, IReadOnlyCollection<string> kinds)
    {
        foreach (var kind in kinds.Count > 0 ? kinds : Kinds)
        {
            // The platform's stand-in holds the graph in memory.
            var all = items ?? (kind.StartsWith("platform", StringComparison.Ordinal) ? Items / 3 : Items);
            all -= all % (10 * Unit);
            var tenth = await MeasureOneAsync(kind, all / 10);
            var whole = await MeasureOneAsync(kind, all);
            Console.WriteLine(FormattableString.Invariant($"  {kind}: peak memory, all items / a tenth of them: {whole.PeakMegabytes / tenth.PeakMegabytes:F2}"));
        }
    }

    /// <summary>Compares once.</summary>
    /// <returns>The items that are not the same.</returns>
    public static async Task<long> CompareAsync(string contender, string place)
    {
        var parts = place.Split('\n');
        var (kind, reference, graphPath) = (contender[Prefix.Length..], parts[0], parts[1]);
        await using IGraphDestination graph = kind.StartsWith("platform", StringComparison.Ordinal)
            ? new PlatformDestination(new PlatformClient(new() { Endpoint = new Uri(graphPath), ApiKey = parts[2] }))
            : GraphStoreDestination.Open(graphPath, create: false);
        var isSource = kind.StartsWith("source", StringComparison.Ordinal);
        using var comparison = new DataComparison(isWhole: !isSource);
        if (isSource)
        {
            await AddFileAsync(comparison, reference);
        }
        else
        {
            await using var store = GraphStoreDestination.Open(reference, create: false);
            await comparison.AddAsync(store, ["Person"], ["KNOWS"]);
        }

        var differences = 0L;
        await foreach (var _ in comparison.CompareAsync(graph, ["Person"], ["KNOWS"]))
            differences++;
        var figures = comparison.Summary;
        var others = figures.Items - figures.Same;
        return others == figures.Missing + figures.Extra + figures.Different && differences >= others
            ? others
            : throw new InvalidOperationException(FormattableString.Invariant($"{contender}: {differences} differences, but {figures}"));
    }

    private static async Task AddFileAsync(DataComparison comparison, string path)
    {
        using var log = new TransformationLog();
        using var mapper = new CompiledMapping(MappingDocument.Parse(Mapping), log);
        await using var source = FileSources.Open(new() { Path = path });
        var made = new List<GraphItem>();
        await foreach (var batch in source.ReadAsync())
        {
            foreach (var record in batch.Records)
            {
                made.Clear();
                mapper.Map(record, made);
                made.ForEach(comparison.Add);
            }
        }
    }

    private static async Task<Measurement> MeasureOneAsync(string kind, long items)
    {
        var folder = Directory.CreateTempSubdirectory("safeai-memory");
        try
        {
            var (first, second) = (Path.Combine(folder.FullName, "reference"), Path.Combine(folder.FullName, "graph"));
            var rows = items / 2;
            await WriteAsync(first + ".csv", kind.EndsWith("-extra", StringComparison.Ordinal) ? 0 : rows, isChanged: false);
            await WriteAsync(second + ".csv", kind.EndsWith("-missing", StringComparison.Ordinal) ? 0 : rows, isChanged: !kind.EndsWith("-extra", StringComparison.Ordinal));
            await using var sandbox = kind.StartsWith("platform", StringComparison.Ordinal) ? await SandboxServer.StartAsync() : null;
            await LoadAsync(folder.FullName, second, sandbox);
            if (!kind.StartsWith("source", StringComparison.Ordinal))
                await LoadAsync(folder.FullName, first, null);
            string[] place =
            [
                first + (kind.StartsWith("source", StringComparison.Ordinal) ? ".csv" : ".store"),
                .. sandbox is null ? [second + ".store"] : new[] { sandbox.Endpoint.AbsoluteUri, sandbox.ApiKey },
            ];
            var measured = await Measurement.OfAsync(Prefix + kind, string.Join('\n', place));
            var expected = kind.Contains('-', StringComparison.Ordinal) ? items : items / 10;
            if (measured.Rows != expected)
                throw new InvalidOperationException($"{kind}: {measured.Rows} items are not the same, but {expected} were made so.");
            Console.WriteLine(FormattableString.Invariant($"{kind}: {items} items, {expected} not the same: {measured.PeakMegabytes:F0} MB at most, {items / measured.Seconds:F0} items/s"));
            return measured;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // Of thirty rows that are changed, one has other values, one is left out, and one comes a second time with an id of its own.
    private static async Task WriteAsync(string path, long rows, bool isChanged)
    {
        await using var writer = new StreamWriter(path);
        await writer.WriteAsync("id,name,email,note,knows,since\n");
        for (var i = 0L; i < rows; i++)
        {
            var kind = isChanged ? i % 30 : 0;
            if (kind == 7)
                continue;
            await WriteRowAsync(i, kind == 17 ? "other" : "number");
            if (kind == 27)
                await WriteRowAsync(rows + i, "number");

            Task WriteRowAsync(long id, string word) => writer.WriteAsync(string.Create(
                CultureInfo.InvariantCulture, $"{id},Person {word} {id},person{id}@example.org,a note of some length,{i - (i % 10)},{word} {id}\n"));
        }
    }

    private static async Task LoadAsync(string folder, string path, SandboxServer? sandbox)
    {
        var text = $$"""
            {
              "sources": [ { "path": "{{path}}.csv", "mapping": {{Mapping}} } ],
              "destination": {{(sandbox is null ? $"{{ \"store\": \"{path}.store\" }}" : $"{{ \"endpoint\": \"{sandbox.Endpoint}\" }}")}}
            }
            """;
        var journal = path + ".journal";
        var result = await PlanRunner.RunAsync(PlanFile.Parse(text, folder, "compare"), new PlanRunOptions
        {
            JournalPath = journal,
            Platform = sandbox is null ? null : new PlatformOptions { Endpoint = sandbox.Endpoint, ApiKey = sandbox.ApiKey },
        });
        if (result.Status != MigrationStatus.Completed || result.Rejected > 0)
            throw new InvalidOperationException($"{path} ended {result.Status}: {result.Error}");
        foreach (var file in Directory.GetFiles(folder, Path.GetFileName(journal) + "*"))
            File.Delete(file);
    }
}
