using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsvHelper;
using SafeAI.Migration.Engine.Extraction.Files;

namespace SafeAI.Migration.Benchmarks;

/// <summary>The ways of reading a file that are compared, each run in a process of its own.</summary>
internal static class Contenders
{
    /// <summary>Reads a file once and prints the measurement as JSON.</summary>
    public static async Task MeasureAsync(string contender, string path)
    {
        if (LoadScenario.Has(contender))
        {
            Console.WriteLine(JsonSerializer.Serialize(await LoadScenario.MeasureAsync(contender, path)));
            return;
        }

        if (MemoryScenario.Has(contender))
        {
            Console.WriteLine(JsonSerializer.Serialize(await MemoryScenario.MeasureAsync(contender, path)));
            return;
        }

        var cpu = Measurement.OwnCpuSeconds();
        var clock = Stopwatch.StartNew();
        var rows = contender switch
        {
            "engine" => await ReadWithEngineAsync(path),
            "csvhelper" => ReadWithCsvHelper(path),
            "jsonnode" => ReadWithJsonNode(path),
            _ when MemorySourcesScenario.Has(contender) => await MemorySourcesScenario.ReadAsync(contender, path),
            _ when MemoryCompareScenario.Has(contender) => await MemoryCompareScenario.CompareAsync(contender, path),
            _ when ExportScenario.Has(contender) => await ExportScenario.CopyAsync(contender, path),
            _ when PostgresScenario.Has(contender) => await PostgresScenario.ReadAsync(contender, path),
            _ => throw new ArgumentException($"There is no contender '{contender}'.", nameof(contender)),
        };
        var seconds = clock.Elapsed.TotalSeconds;
        Console.WriteLine(JsonSerializer.Serialize(new Measurement(rows, seconds, Measurement.OwnCpuSeconds() - cpu, Measurement.OwnPeakMegabytes())));
    }

    private static async Task<long> ReadWithEngineAsync(string path)
    {
        var rows = 0L;
        await using var source = FileSources.Open(new FileSourceOptions { Path = path });
        await foreach (var batch in source.ReadAsync())
            rows += batch.Records.Count;
        return rows;
    }

    /// <summary>The bare parser, with every field made a string and thrown away.</summary>
    private static long ReadWithCsvHelper(string path)
    {
        var rows = 0L;
        using var reader = CsvReader.FromFile(path);
        while (reader.Read())
        {
            var values = new string[reader.FieldCount];
            for (var i = 0; i < values.Length; i++)
                values[i] = reader.GetString(i);
            rows++;
        }

        return rows;
    }

    private static long ReadWithJsonNode(string path)
    {
        var rows = 0L;
        foreach (var line in File.ReadLines(path))
            rows += JsonNode.Parse(line) is JsonObject { Count: > 0 } ? 1 : 0;
        return rows;
    }
}
