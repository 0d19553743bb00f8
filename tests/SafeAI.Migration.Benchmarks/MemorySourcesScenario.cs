using System.Globalization;
using System.IO.Compression;
using System.Text;
using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Apis;
using SafeAI.Migration.Engine.Extraction.Databases;
using SafeAI.Migration.Engine.Extraction.Files;
using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.TestKit;
using SafeAI.Migration.TestKit.Postgres;
using SafeAI.Migration.TestKit.Sandbox;

namespace SafeAI.Migration.Benchmarks;

/// <summary>Reads each kind of source in a process of its own, and compares its peak memory between all rows and a tenth of them.</summary>
internal static class MemorySourcesScenario
{
    /// <summary>The name on the command line.</summary>
    public const string Name = "memory-sources";

    private const string Prefix = "memory-of-";
    private const long Rows = 5_000_000;
    private const int PageSize = 1000;

    /// <summary>The kinds of sources.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["csv", "ndjson", "json", "gzip-folder", "sqlite", "postgresql", "pg_dump", "rest", "store", "platform"];

    /// <summary>Whether a contender is one of this scenario's.</summary>
    public static bool Has(string contender) => contender.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Makes the sources, measures and prints.</summary>
    /// <param name="rows">How many rows; null for the default.</param>
    /// <param name="kinds">Which sources; none for all.</param>
    public static async Task RunAsync(long? rows, IReadOnlyCollection<string> kinds)
    {
        foreach (var kind in kinds.Count > 0 ? kinds : Kinds)
        {
            // The platform's stand-in holds the graph in memory.
            var all = kind == "platform" && rows is null ? Rows / 10 : rows ?? Rows;
            var tenth = await MeasureOneAsync(kind, all / 10);
            var whole = await MeasureOneAsync(kind, all);
            Console.WriteLine(FormattableString.Invariant($"  {kind}: peak memory, all rows / a tenth of them: {whole.PeakMegabytes / tenth.PeakMegabytes:F2}"));
        }
    }

    /// <summary>Reads the source once.</summary>
    /// <returns>The records read.</returns>
    public static async Task<long> ReadAsync(string contender, string place)
    {
        var kind = contender[Prefix.Length..];
        if (kind is "store" or "platform")
            return await ReadGraphAsync(kind, place);
        await using IRecordSource source = kind switch
        {
            "sqlite" => SqliteSource.Open(new() { Path = place, Table = "bench" }),
            "postgresql" => await PostgreSqlSource.OpenAsync(new() { ConnectionString = place, Table = "bench" }),
            "rest" => new RestSource(new() { Address = new Uri(place), ItemsPointer = "/items", Pagination = new RestPagination.PageNumber() }),
            _ => FileSources.Open(new() { Path = place }),
        };
        var rows = 0L;
        await foreach (var batch in source.ReadAsync())
            rows += batch.Records.Count;
        return rows;
    }

    // Each node must come once, and they come in the order of their ids.
    private static async Task<long> ReadGraphAsync(string kind, string place)
    {
        var parts = place.Split('\n');
        await using IGraphDestination graph = kind == "store"
            ? GraphStoreDestination.Open(place, create: false)
            : new Engine.Platform.PlatformDestination(new Engine.Platform.PlatformClient(new() { Endpoint = new Uri(parts[0]), ApiKey = parts[1] }));
        var rows = 0L;
        var last = "";
        await foreach (var node in graph.StreamNodesAsync("Person"))
        {
            if (string.CompareOrdinal(node.Id, last) <= 0)
                throw new InvalidOperationException($"The node {node.Id} came after {last}.");
            last = node.Id;
            rows++;
        }

        return rows;
    }

    private static async Task<Measurement> MeasureOneAsync(string kind, long rows)
    {
        var folder = Directory.CreateTempSubdirectory("safeai-memory");
        try
        {
            await using var made = await MakeAsync(kind, folder.FullName, rows);
            var measured = await Measurement.OfAsync(Prefix + kind, made.Place);
            if (measured.Rows != rows)
                throw new InvalidOperationException($"{kind}: {rows} rows were made, but {measured.Rows} were read.");
            var size = File.Exists(made.Place) ? FormattableString.Invariant($", {new FileInfo(made.Place).Length / 1e6:F0} MB") : "";
            Console.WriteLine(FormattableString.Invariant($"{kind}: {rows} rows{size}: {measured.PeakMegabytes:F0} MB at most, {rows / measured.Seconds:F0} rows/s"));
            return measured;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<Made> MakeAsync(string kind, string folder, long rows)
    {
        switch (kind)
        {
            case "csv" or "ndjson" or "json":
                var path = Path.Combine(folder, "bench." + kind);
                SampleData.Write(path, kind, rows);
                return new Made(path);
            case "gzip-folder":
                for (var i = 0; i < 10; i++)
                    await using (var gzip = new GZipStream(File.Create(Path.Combine(folder, FormattableString.Invariant($"part-{i}.csv.gz"))), CompressionLevel.Fastest))
                        SampleData.Write(gzip, "csv", rows / 10);
                return new Made(folder);
            case "sqlite":
                return new Made(await MakeSqliteAsync(Path.Combine(folder, "bench.db"), rows));
            case "postgresql" or "pg_dump":
                var server = await PostgresServer.SharedAsync();
                Environment.SetEnvironmentVariable("PGPASSWORD", server.Password);
                var database = await PostgresScenario.MakeAsync(server, rows);
                if (kind == "postgresql")
                    return new Made(PostgresScenario.WithoutPassword(database), database);
                await using (database)
                    await database.RunAsync("pg_dump", "--file", Path.Combine(folder, "bench.sql"));
                return new Made(Path.Combine(folder, "bench.sql"));
            case "rest":
                var pages = new LocalHttpServer(request => new(Page(long.Parse(request.Query("page")!, CultureInfo.InvariantCulture), rows)));
                return new Made(pages.Address.AbsoluteUri, new Disposing(pages));
            case "store":
                await using (var store = GraphStoreDestination.Open(Path.Combine(folder, "bench.graph"), create: true))
                    await FillAsync(store, rows);
                return new Made(Path.Combine(folder, "bench.graph"));
            case "platform":
                var sandbox = await SandboxServer.StartAsync();
                await using (var platform = sandbox.Open())
                    await FillAsync(platform, rows);
                return new Made($"{sandbox.Endpoint}\n{sandbox.ApiKey}", sandbox);
            default:
                throw new ArgumentException($"There is no source '{kind}'. There are: {string.Join(", ", Kinds)}.", nameof(kind));
        }
    }

    private static async Task<string> MakeSqliteAsync(string path, long rows)
    {
        await using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = FormattableString.Invariant($"""
            PRAGMA journal_mode = OFF;
            CREATE TABLE bench (id INTEGER PRIMARY KEY, first_name TEXT, email TEXT, city TEXT, balance REAL, visits INTEGER, active INTEGER, created_at TEXT, note TEXT);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
            INSERT INTO bench SELECT i, 'First' || i % 997, 'user' || i || '@example.com', 'Łódź', i % 1000000 / 100.0, i % 1000, i % 2, '2024-01-01T12:00:00Z', 'a note of some length that is plain text ' || i FROM n;
            """);
        await command.ExecuteNonQueryAsync();
        return path;
    }

    private static string Page(long number, long rows)
    {
        var text = new StringBuilder("{\"items\":[");
        for (var i = ((number - 1) * PageSize) + 1; i <= Math.Min(number * PageSize, rows); i++)
            text.Append(CultureInfo.InvariantCulture, $$"""{{(text[^1] == '[' ? "" : ",")}}{"id":{{i}},"first_name":"First{{i % 997}}","email":"user{{i}}@example.com","balance":{{i % 100_000 / 100.0}},"active":true,"note":"a note of some length that is plain text {{i}}"}""");
        return text.Append("]}").ToString();
    }

    private static async Task FillAsync(IGraphDestination graph, long rows)
    {
        await graph.PrepareAsync(["Person"], []);
        for (var start = 0L; start < rows; start += PageSize)
        {
            var nodes = new List<GraphNode>(PageSize);
            for (var i = start; i < Math.Min(start + PageSize, rows); i++)
            {
                nodes.Add(new GraphNode("Person", FormattableString.Invariant($"person:{i:D9}"), new PropertySet(
                    ["name", "email", "number"], [FormattableString.Invariant($"Person number {i}"), FormattableString.Invariant($"user{i}@example.com"), i])));
            }

            await graph.WriteNodesAsync("Person", nodes);
        }
    }

    /// <summary>A source that was made, and what keeps it there.</summary>
    private sealed record Made(string Place, IAsyncDisposable? Keeper = null) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Keeper?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    private sealed class Disposing(IDisposable inner) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            inner.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
