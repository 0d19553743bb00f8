using System.Diagnostics;
using SafeAI.Migration.Engine.Transformation;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Benchmarks;

/// <summary>Nine columns mapped with three functions and two conversions: through the PowerShell pipeline against a script block, and what counting costs.</summary>
internal static class TransformScenario
{
    public const string Name = "transform";

    private const string Mapping = """
        { "nodes": [ { "type": "Customer", "id": "customer:{id}", "properties": {
            "number": "id", "first": { "field": "first_name", "apply": ["trim"] }, "last": { "field": "last_name", "apply": ["upper"] },
            "email": { "field": "email", "apply": ["lower"] }, "city": "city", "balance": { "field": "balance", "type": "decimal" },
            "active": { "field": "active", "type": "boolean" }, "created": "created_at", "note": "note" } } ] }
        """;

    public static async Task RunAsync(long? asked)
    {
        var rows = asked ?? 100_000;
        Count(rows);
        var map = Path.Combine(Path.GetTempPath(), "safeai-benchmark.map.json");
        await File.WriteAllTextAsync(map, Mapping);
        var prepare = $"Import-Module '{Path.Combine(Repository.Root, "SafeAI.Migration.psd1")}'; $records = @(Get-SourceData '{SampleData.Csv(rows)}'); $chunks = @(Get-SourceData '{SampleData.Csv(rows)}' -ReadCount 1000); ";
        const string Script = """
            ForEach-Object { [pscustomobject]@{ Id = "customer:$($_.id)"; number = $_.id; first = $_.first_name.Trim(); last = $_.last_name.ToUpperInvariant(); email = $_.email.ToLowerInvariant(); city = $_.city; balance = [double]$_.balance; active = [bool]::Parse($_.active); created = $_.created_at; note = $_.note } }
            """;
        var measure = "$best = @{}; foreach ($round in 1..8) { foreach ($name in 'cmdlet', 'several', 'script') { [GC]::Collect(); $clock = [Diagnostics.Stopwatch]::StartNew(); "
            + $"if ($name -eq 'cmdlet') {{ $records | Convert-MigrationData '{map}' | Out-Null }} elseif ($name -eq 'several') {{ $chunks | Convert-MigrationData '{map}' -ReadCount 1000 | Out-Null }} else {{ $records | {Script.Trim()} | Out-Null }}; "
            + "$t = $clock.Elapsed.TotalMicroseconds / $records.Count; if (-not $best[$name] -or $t -lt $best[$name]) { $best[$name] = $t } } }; "
            + "'  Convert-MigrationData {0:0.0} us a record, with -ReadCount 1000 {3:0.00}, ForEach-Object {1:0.0} us a record: {2:0.0} and {4:0.0} times' -f $best.cmdlet, $best.script, ($best.script / $best.cmdlet), $best.several, ($best.script / $best.several)";
        using var process = Process.Start(new ProcessStartInfo("pwsh", ["-NoProfile", "-NonInteractive", "-Command", prepare + measure]))!;
        await process.WaitForExitAsync();
    }

    private static void Count(long rows)
    {
        string[] names = ["id", "first_name", "last_name", "email", "city", "balance", "active", "created_at", "note"];
        var schema = new RecordSchema("customers", names.Select(n => new RecordField(n, typeof(string))));
        var source = new RecordSource("made up");
        var records = Enumerable.Range(1, (int)rows).Select(i => schema.CreateRecord(
            [FormattableString.Invariant($"{i}"), " First ", "Last", "User@Example.com", "Paris", "12.50", "true", "2024-02-29T12:00:00Z", "a note"], source, i)).ToArray();
        var items = new List<GraphItem>();
        var (mapping, counting) = (double.MaxValue, double.MaxValue);
        long notes = 0;
        for (var round = 0; round < 8; round++)
        {
            using var log = new TransformationLog();
            using var mapper = new CompiledMapping(MappingDocument.Parse(Mapping), log);
            var clock = Stopwatch.StartNew();
            foreach (var record in records)
            {
                items.Clear();
                mapper.Map(record, items);
            }

            mapping = Math.Min(mapping, clock.Elapsed.TotalSeconds);
            notes = log.Statistics.Sum(s => s.Seen);
            // The same calls alone, with values that change as they do above.
            var counter = log.Counter("alone", "email", false);
            var evaluation = new Evaluation { Record = records[0] };
            var after = "user@example.com";
            for (var i = 0; i < 10; i++)
                counter.Note("User@Example.com", after, evaluation);
            clock.Restart();
            for (var i = 0L; i < notes; i++)
                counter.Note("User@Example.com", after, evaluation);
            counting = Math.Min(counting, clock.Elapsed.TotalSeconds);
        }

        Console.WriteLine(FormattableString.Invariant(
            $"{Name}: {rows} records of 9 fields, 3 functions, 2 conversions, best of 8\n  engine {mapping / rows * 1e6:F2} us a record; counting {notes / rows} values of it takes {counting / mapping:P1} of that"));
    }
}
