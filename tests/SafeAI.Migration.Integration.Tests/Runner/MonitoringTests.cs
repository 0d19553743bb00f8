using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using SafeAI.Migration.TestKit;
using SafeAI.Migration.TestKit.Sandbox;

namespace SafeAI.Migration.Integration.Tests.Runner;

/// <summary>Watches the console program from outside, as a real process.</summary>
public sealed class MonitoringTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_log_is_lines_of_json_with_stable_ids_and_tells_the_run_from_its_start_to_its_end()
    {
        WritePeople(30, bad: 4);

        var run = await RunnerProcess.RunAsync(_folder.Path, "run", WritePlan(), "--json", "--log", "run.ndjson", "--log-level", "Debug");

        Assert.Equal(0, run.ExitCode);
        var lines = File.ReadLines(Path.Combine(_folder.Path, "run.ndjson")).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.All(lines, l => Assert.Equal(run.Json.GetProperty("migrationId").GetString(), l.GetProperty("migrationId").GetString()));
        Assert.All(lines, l => Assert.Equal(TimeSpan.Zero, l.GetProperty("time").GetDateTimeOffset().Offset));
        Assert.Equal((1000, "run.started"), (Id(lines[0]), lines[0].GetProperty("event").GetString()));
        Assert.Equal((1002, "run.ended"), (Id(lines[^1]), lines[^1].GetProperty("event").GetString()));
        Assert.Equal((30, 26, 4), (lines[^1].GetProperty("read").GetInt32(), lines[^1].GetProperty("loaded").GetInt32(), lines[^1].GetProperty("rejected").GetInt32()));
        var rejects = lines.Where(l => Id(l) == 1300).ToList();
        Assert.Equal([2, 3, 4, 5], rejects.Select(r => r.GetProperty("line").GetInt32()));
        Assert.All(rejects, r => Assert.Equal(("warning", "ConversionFailed", "age"), (Text(r, "level"), Text(r, "code"), Text(r, "field"))));
        Assert.Contains(lines, l => Id(l) == 1100 && Text(l, "level") == "debug");
        Assert.Equal(26, lines.Where(l => Id(l) == 1200).Sum(l => l.GetProperty("items").GetInt32()));

        // A later run with a higher level goes on with the same file.
        await RunnerProcess.RunAsync(_folder.Path, "run", WritePlan(budget: "0"), "--log", "run.ndjson", "--log-level", "Error");
        var more = File.ReadLines(Path.Combine(_folder.Path, "run.ndjson")).Skip(lines.Count).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal([1003], more.Select(Id));

        static int Id(JsonElement line) => line.GetProperty("eventId").GetInt32();
        static string? Text(JsonElement line, string name) => line.GetProperty(name).GetString();
    }

    [Fact]
    public async Task The_metrics_file_is_prometheus_text_with_the_results_figures()
    {
        WritePeople(300, bad: 4);

        var run = await RunnerProcess.RunAsync(_folder.Path, "run", WritePlan(), "--json", "--metrics-file", "run.prom");

        Assert.Equal(0, run.ExitCode);
        var text = File.ReadAllText(Path.Combine(_folder.Path, "run.prom"));
        var samples = new Dictionary<string, double>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith('#'))
            {
                Assert.Matches(@"^# (HELP [a-z_]+ .+|TYPE [a-z_]+ (counter|gauge|histogram))$", line);
                continue;
            }

            var match = Regex.Match(line, """^([a-z_]+)(\{([a-z_]+="([^"\\]|\\.)*",?)+\})? (-?[0-9.E+-]+)$""");
            Assert.True(match.Success, line);
            samples[match.Groups[1].Value + Regex.Match(line, "outcome=\"([a-z]+)\"").Groups[1].Value] = double.Parse(match.Groups[5].Value, CultureInfo.InvariantCulture);
        }

        Assert.Equal(300, samples["safeai_migration_records_read_total"]);
        Assert.Equal(4, samples["safeai_migration_records_rejected_total"]);
        Assert.Equal(296, samples["safeai_migration_items_totalcreated"]);
        Assert.Equal(run.Json.GetProperty("batches").GetInt32(), samples["safeai_migration_batch_duration_seconds_count"]);
        Assert.Equal(samples["safeai_migration_batch_duration_seconds_count"], samples["safeai_migration_batch_duration_seconds_bucket"]);
        Assert.Equal(1, samples["safeai_migration_run_duration_seconds_count"]);
        Assert.DoesNotContain(Directory.GetFiles(_folder.Path), f => f.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Measurements_and_spans_arrive_at_a_receiver_of_OTLP()
    {
        WritePeople(30, bad: 0);
        using var receiver = new LocalHttpServer(_ => new LocalAnswer("", ContentType: "application/x-protobuf"));

        var run = await RunnerProcess.RunAsync(_folder.Path, "run", WritePlan(), "--otlp-endpoint", receiver.Address.AbsoluteUri);

        Assert.Equal(0, run.ExitCode);
        var metrics = string.Concat(receiver.Requests.Where(r => r.PathAndQuery == "/v1/metrics").Select(r => r.Body));
        var spans = string.Concat(receiver.Requests.Where(r => r.PathAndQuery == "/v1/traces").Select(r => r.Body));
        foreach (var name in new[] { "safeai-migrate", "safeai.migration.records.read", "safeai.migration.batch.duration", "safeai.migration.run.duration" })
            Assert.Contains(name, metrics, StringComparison.Ordinal);
        foreach (var name in new[] { "migration run", "migration nodes", "migration batch" })
            Assert.Contains(name, spans, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_receiver_that_is_not_there_and_a_file_that_cannot_be_written_are_told_apart_from_a_failed_run()
    {
        WritePeople(3, bad: 0);

        Assert.Equal(0, (await RunnerProcess.RunAsync(_folder.Path, "run", WritePlan(), "--otlp-endpoint", "http://127.0.0.1:9")).ExitCode);
        Assert.Equal(2, (await RunnerProcess.RunAsync(_folder.Path, "run", WritePlan(), "--otlp-endpoint", "ftp://x")).ExitCode);
        var unwritable = await RunnerProcess.RunAsync(_folder.Path, "run", WritePlan("other.graph"), "--log", "none/run.ndjson");
        Assert.NotEqual(0, unwritable.ExitCode);
        Assert.Contains("The log cannot be written", unwritable.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder.Path, "other.graph")));
    }

    [Fact]
    public async Task No_secret_and_no_private_value_is_in_any_stream_log_or_file_of_measurements()
    {
        await using var sandbox = await SandboxServer.StartAsync("--api-key", "canary-key-1", "--rate-limit", "0");
        _folder.Write("people.csv", "id,age,pin,note\n1,30,1,canary-note-1\n2,canary-age-2,2,canary-note-2\n3,40,canary-pin-3,canary-note-3\n");
        var plan = _folder.Write("plan.json", """
            {
              "sources": [ { "path": "people.csv", "mapping": { "nodes": [ { "type": "Person", "id": "person:{id}", "properties": {
                "age": { "field": "age", "type": "integer", "private": true },
                "pin": { "field": "pin", "type": "integer", "private": true },
                "note": { "field": "note", "private": true } } } ] } } ],
              "destination": { },
              "options": { "errorBudget": "unlimited" }
            }
            """);
        using var receiver = new LocalHttpServer(_ => new LocalAnswer("", ContentType: "application/x-protobuf"));
        var environment = new Dictionary<string, string> { ["SAFEAI_API_KEY"] = "canary-key-1", ["SAFEAI_ENDPOINT"] = sandbox.Endpoint.ToString() };
        string[] watched = ["--json", "--log", "run.ndjson", "--log-level", "Debug", "--metrics-file", "run.prom", "--otlp-endpoint", receiver.Address.AbsoluteUri];

        var run = await RunnerProcess.RunAsync(_folder.Path, environment, ["run", plan, .. watched]);
        environment["SAFEAI_API_KEY"] = "canary-key-2";
        var refused = await RunnerProcess.RunAsync(_folder.Path, environment, ["run", plan, .. watched]);

        Assert.Equal((2, 1), (run.Json.GetProperty("rejected").GetInt32(), run.Json.GetProperty("loaded").GetInt32()));
        Assert.NotEqual(0, refused.ExitCode);
        var all = run.Output + run.Errors + refused.Output + refused.Errors + string.Concat(receiver.Requests.Select(r => r.Body + string.Concat(r.Headers.Values)));
        foreach (var file in Directory.GetFiles(_folder.Path).Where(f => Path.GetFileName(f) != "people.csv"))
            all += File.ReadAllText(file);
        Assert.Contains("record.rejected", all, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", all, StringComparison.Ordinal);

        // The journal keeps rejected records whole, so that they can be mended; a key it never has.
        string[] journal = Directory.GetFiles(Path.Combine(_folder.Path, "state"), "*", SearchOption.AllDirectories);
        Assert.NotEmpty(journal);
        Assert.All(journal, f => Assert.DoesNotContain("canary-key", File.ReadAllText(f), StringComparison.Ordinal));
    }

    private void WritePeople(int count, int bad) => _folder.Write(
        "people.csv", "id,age\n" + string.Concat(Enumerable.Range(1, count).Select(i => FormattableString.Invariant($"{i},{(i <= bad ? "old" : "30")}\n"))));

    private string WritePlan(string store = "people.graph", string budget = "unlimited") => _folder.Write("plan.json", $$"""
        {
          "sources": [ { "path": "people.csv", "mapping": { "nodes": [ { "type": "Person", "id": "person:{id}", "properties": { "age": { "field": "age", "type": "integer" } } } ] } } ],
          "destination": { "store": "{{store}}" },
          "options": { "errorBudget": "{{budget}}", "batchSize": 100 }
        }
        """);
}
