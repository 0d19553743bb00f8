using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Json;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.TestKit.Sandbox;

namespace SafeAI.Migration.Benchmarks;

/// <summary>
/// Loads into a sandbox of each contender's own: a bare client that posts the same, already serialised batches with as
/// many at once, and the engine without a journal, with one, and with one and content verification.
/// </summary>
internal static class LoadScenario
{
    public const string Name = "load";
    private const int BatchSize = 1000;
    private const int AtOnce = 4;
    private const int Rounds = 3;
    private static readonly string[] s_contenders = ["load-bare", "load-plain", "load-journal", "load-verify", "update-plain", "update-journal"];

    public static bool Has(string contender) => s_contenders.Contains(contender);

    /// <summary>Measures every contender, in turns, and prints each one's best round.</summary>
    public static async Task RunAsync(long? items)
    {
        var count = (items ?? 100_000).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var best = new Dictionary<string, Measurement>();
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var contender in s_contenders)
            {
                var one = await Measurement.OfAsync(contender, count);
                if (!best.TryGetValue(contender, out var known) || one.Seconds < known.Seconds)
                    best[contender] = one;
            }
        }

        Console.WriteLine(FormattableString.Invariant($"{Name}: {count} nodes and as many relationships into the sandbox, {BatchSize} a batch, {AtOnce} at once, best of {Rounds}"));
        foreach (var (contender, measured) in best)
            Console.WriteLine(FormattableString.Invariant(
                $"  {contender,-16} {measured.Rows / measured.Seconds,10:F0} items/s  {measured.CpuSeconds,6:F1} s of its processor time  {measured.PeakMegabytes,5:F0} MB"));
        Console.WriteLine(FormattableString.Invariant($"  throughput with journal / bare client:        {best["load-bare"].Seconds / best["load-journal"].Seconds:F2}"));
        Console.WriteLine(FormattableString.Invariant($"  share of the journal in a load of new items:  {1 - best["load-plain"].Seconds / best["load-journal"].Seconds:P0}"));
        Console.WriteLine(FormattableString.Invariant($"  share of journal and before-images, updates:  {1 - best["update-plain"].Seconds / best["update-journal"].Seconds:P0}"));
        Console.WriteLine(FormattableString.Invariant($"  content verification / load:                  {best["load-verify"].Seconds / best["load-journal"].Seconds - 1:F2}"));
    }

    /// <summary>Loads once; the clock runs from the first request to the last answer.</summary>
    public static async Task<Measurement> MeasureAsync(string contender, string count)
    {
        var items = int.Parse(count, System.Globalization.CultureInfo.InvariantCulture);
        await using var sandbox = await SandboxServer.StartAsync();
        if (contender.StartsWith("update", StringComparison.Ordinal))
            await LoadAsync(sandbox, items, "before", null, VerifyMode.None);
        using var client = contender == "load-bare" ? new BareClient(sandbox, items) : null;
        var folder = Directory.CreateTempSubdirectory("safeai-bench");
        var cpu = Measurement.OwnCpuSeconds();
        var clock = System.Diagnostics.Stopwatch.StartNew();
        if (client is not null)
        {
            await client.PostAsync();
        }
        else
        {
            using var journal = contender.EndsWith("plain", StringComparison.Ordinal) ? null : JournalFile.Open(Path.Combine(folder.FullName, "journal"));
            await LoadAsync(sandbox, items, "after", journal, contender == "load-verify" ? VerifyMode.Content : VerifyMode.None);
        }

        var measurement = new Measurement(2L * items, clock.Elapsed.TotalSeconds, Measurement.OwnCpuSeconds() - cpu, Measurement.OwnPeakMegabytes());
        folder.Delete(recursive: true);
        return await sandbox.StatisticAsync("nodes") == items && await sandbox.StatisticAsync("relationships") == items
            ? measurement
            : throw new InvalidOperationException($"{contender} did not load everything.");
    }

    private static async Task LoadAsync(SandboxServer sandbox, int items, string note, JournalFile? journal, VerifyMode verify)
    {
        await using var destination = sandbox.Open();
        await using var session = LoadRun.Begin(
            journal, destination, new LoadOptions { BatchSize = BatchSize, ThrottleLimit = AtOnce, Verify = verify }, new LoadRunDescription { ReadsSources = true });

        // As a mapping gives them: of each record a node and a relationship.
        foreach (var (node, relationship) in Nodes(items, note).Zip(Relationships(items, note)))
        {
            await session.AddAsync(node);
            await session.AddAsync(relationship);
        }

        var result = await session.CompleteAsync();
        if (result.Status != MigrationStatus.Completed)
            throw new InvalidOperationException(result.Error);
    }

    private static IEnumerable<GraphNode> Nodes(int count, string note)
    {
        string[] names = ["name", "email", "number", "active", "note"];
        for (var i = 0; i < count; i++)
            yield return new GraphNode("Person", $"person:{i:D8}", new PropertySet(names, [$"Person number {i}", $"person{i}@example.org", (long)i, i % 2 == 0, note]));
    }

    private static IEnumerable<GraphRelationship> Relationships(int count, string note)
    {
        string[] names = ["since", "note"];
        for (var i = 0; i < count; i++)
            yield return new GraphRelationship(
                "KNOWS", $"k{i:D8}", "Person", $"person:{i:D8}", "Person", $"person:{(int)(i * 7919L % count):D8}", new PropertySet(names, [(long)(i % 3000), note]));
    }

    /// <summary>Posts what it was given, as many at once as allowed, and does nothing else.</summary>
    private sealed class BareClient : IDisposable
    {
        private readonly HttpClient _http;
        private readonly List<byte[]> _nodes;
        private readonly List<byte[]> _relationships;

        public BareClient(SandboxServer sandbox, int items)
        {
            _http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = sandbox.Endpoint };
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", sandbox.ApiKey);
            _nodes = [.. Nodes(items, "after").Chunk(BatchSize).Select(c => Body(CypherStatements.MergeNodes("Person", [], []), c))];
            _relationships = [.. Relationships(items, "after").Chunk(BatchSize).Select(c => Body(CypherStatements.MergeRelationships("KNOWS", "Person", "Person", []), c))];
        }

        public async Task PostAsync()
        {
            await PostAsync([Body(CypherStatements.NodeConstraint("Person"), []), Body(CypherStatements.RelationshipConstraint("KNOWS"), [])]);
            await PostAsync(_nodes);
            await PostAsync(_relationships);
        }

        public void Dispose() => _http.Dispose();

        private static byte[] Body(string statement, IReadOnlyList<GraphItem> items)
        {
            var body = new ArrayBufferWriter<byte>();
            using (var writer = new Utf8JsonWriter(body))
            {
                writer.WriteStartObject();
                writer.WriteString("query", statement);
                writer.WriteStartObject("parameters");
                writer.WriteStartArray("rows");
                foreach (var item in items)
                {
                    writer.WriteStartObject();
                    writer.WriteString("id", item.Id);
                    if (item is GraphRelationship r)
                    {
                        writer.WriteString("from", r.FromId);
                        writer.WriteString("to", r.ToId);
                    }

                    writer.WritePropertyName("properties");
                    GraphJson.WriteProperties(writer, item.Properties, tagged: false, withNulls: true);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
                writer.WriteEndObject();
                writer.WriteEndObject();
            }

            return body.WrittenSpan.ToArray();
        }

        private Task PostAsync(IEnumerable<byte[]> bodies) => Parallel.ForEachAsync(bodies, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (body, token) =>
        {
            using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            using var answer = await _http.PostAsync(new Uri("/v1/knowledge-graph/query", UriKind.Relative), content, token);
            answer.EnsureSuccessStatusCode();
            await answer.Content.ReadAsByteArrayAsync(token);
        });
    }
}
