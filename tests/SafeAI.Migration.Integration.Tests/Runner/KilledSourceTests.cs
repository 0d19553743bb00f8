using System.IO.Compression;
using System.Text;
using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.TestKit;
using SafeAI.Migration.TestKit.Postgres;

namespace SafeAI.Migration.Integration.Tests.Runner;

/// <summary>A run is killed in the middle of each kind of source, and goes on in its middle: after the key of a table, at a place in a file.</summary>
public sealed class KilledSourceTests : IDisposable
{
    private const int Rows = 100_000;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("csv")]
    [InlineData("csv.gz")]
    [InlineData("ndjson")]
    [InlineData("json")]
    [InlineData("sqlite")]
    [InlineData("postgresql")]
    public async Task It_goes_on_where_it_was_and_ends_as_an_undisturbed_run(string kind)
    {
        await using var database = kind == "postgresql" ? await (await PostgresServer.SharedAsync()).CreateDatabaseAsync() : null;
        var source = await MakeAsync(kind, database);
        var whole = await RunAsync("whole", source, "run");
        Assert.Equal((0, Rows), (whole.ExitCode, whole.Json.GetProperty("nodes").GetProperty("created").GetInt32()));

        // A run notes where it is four times a second; three quarters of the source take longer than that.
        var killed = await RunAsync("killed", source, "run", "read.batch:300");
        Assert.NotInRange(killed.ExitCode, 0, 5);
        Assert.True(HasMark());
        Assert.InRange((await ContentAsync("killed")).Count, 1, Rows - 1);

        var last = await RunAsync("killed", source, "resume");

        Assert.Equal((0, whole.Figures), (last.ExitCode, last.Figures));
        Assert.Equal(await ContentAsync("whole"), await ContentAsync("killed"));
    }

    private static IEnumerable<(int Id, string Name)> People() => Enumerable.Range(0, Rows).Select(i => (i, $"Person {i}, \"the {i}th\""));

    // Whether the journal has a place in the source from where the reading can go on.
    private bool HasMark()
    {
        using var journal = JournalFile.Open(Path.Combine(_folder.Path, "killed.journal"));
        return journal.Stream("SELECT data FROM checkpoint", r => RunRows.FromJson<RunCheckpoint>(r.GetString(0))!).Any(c => c.Mark?.Position is not null);
    }

    private async Task<string> MakeAsync(string kind, PostgresDatabase? database)
    {
        var csv = "id,name\n" + string.Concat(People().Select(p => $"{p.Id},\"{p.Name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"\n"));
        var json = People().Select(p => System.Text.Json.JsonSerializer.Serialize(new { id = p.Id, name = p.Name }));
        switch (kind)
        {
            case "csv.gz":
                await using (var file = new GZipStream(File.Create(Path.Combine(_folder.Path, "people.csv.gz")), CompressionLevel.Fastest))
                    await file.WriteAsync(Encoding.UTF8.GetBytes(csv));
                return "\"path\": \"people.csv.gz\"";
            case "csv":
                _folder.Write("people.csv", csv);
                return "\"path\": \"people.csv\"";
            case "ndjson":
                _folder.Write("people.ndjson", string.Join('\n', json));
                return "\"path\": \"people.ndjson\"";
            case "json":
                _folder.Write("people.json", $"[{string.Join(",\n", json)}]");
                return "\"path\": \"people.json\"";
            case "sqlite":
                await using (var connection = new SqliteConnection($"Data Source={Path.Combine(_folder.Path, "people.db")};Pooling=False"))
                {
                    await connection.OpenAsync();
                    await using var command = connection.CreateCommand();
                    command.CommandText = $"""
                        CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT);
                        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {Rows}) INSERT INTO people SELECT i, 'Person ' || i FROM n;
                        """;
                    await command.ExecuteNonQueryAsync();
                }

                return "\"type\": \"sqlite\", \"path\": \"people.db\", \"table\": \"people\"";
            default:
                await database!.ExecuteAsync($"CREATE TABLE people (id int PRIMARY KEY, name text); INSERT INTO people SELECT i, 'Person ' || i FROM generate_series(0, {Rows - 1}) i");
                return $"\"type\": \"postgresql\", \"connectionString\": \"{database.Uri}\", \"table\": \"people\"";
        }
    }

    private Task<RunnerProcess> RunAsync(string name, string source, string command, string? crashAt = null)
    {
        var plan = _folder.Write(name + ".json", $$"""
            {
              "sources": [ { {{source}}, "mapping": { "nodes": [ { "type": "Person", "id": "person:{id}", "merge": true, "properties": { "name": "name", "number": { "field": "id", "type": "integer" } } } ] } } ],
              "destination": { "store": "{{name}}.graph" },
              "options": { "batchSize": 200, "verify": "content" }
            }
            """);
        return RunnerProcess.RunPlanAsync(_folder.Path, name, plan, command, crashAt);
    }

    private Task<List<string>> ContentAsync(string name) => StoreContent.HashesAsync(Path.Combine(_folder.Path, name + ".graph"));
}
