namespace SafeAI.Migration.Benchmarks;

/// <summary>One kind of file, read by the engine and by its peers in the same run.</summary>
/// <param name="Name">The name on the command line.</param>
/// <param name="Rows">How many rows where none are asked for.</param>
/// <param name="Rounds">How often each contender reads; its best counts.</param>
/// <param name="Make">Makes the file.</param>
/// <param name="Peers">The peers, by what they are called in the report.</param>
internal sealed record Scenario(string Name, long Rows, int Rounds, Func<long, string> Make, IReadOnlyList<(string Name, Func<string, Task<Measurement?>> Measure)> Peers)
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("csv", 1_000_000, 3, SampleData.Csv,
        [
            ("CsvHelper, strings only", async path => await Measurement.OfAsync("csvhelper", path)),
            ("Import-Csv | Measure-Object", path => Measurement.OfPowerShellAsync($"Import-Csv '{path}' | Measure-Object", rounds: 3)),
        ]),
        new("ndjson", 1_000_000, 1, SampleData.NdJson,
        [
            ("JsonNode.Parse of each line", async path => await Measurement.OfAsync("jsonnode", path)),
            ("Get-Content | ConvertFrom-Json", path => Measurement.OfPowerShellAsync($"Get-Content '{path}' | ConvertFrom-Json | Measure-Object")),
        ]),
    ];

    // The runtime compiles PowerShell's own pipeline anew during about the first half million objects of each process.
    private const int ModuleRounds = 4;

    /// <summary>Measures and prints a table; every contender's best round counts.</summary>
    public async Task RunAsync(long rows)
    {
        var path = Make(rows);
        Console.WriteLine(FormattableString.Invariant($"{Name}: {rows} rows, {new FileInfo(path).Length / 1e6:F0} MB, best of {Rounds}"));
        var engine = await BestAsync(async p => await Measurement.OfAsync("engine", p), path);
        Print("engine", engine!, engine!);
        var module = await Measurement.OfModuleAsync($"Get-SourceData '{path}'", ModuleRounds);
        if (module is not null)
            Print("Get-SourceData, counted", module, engine!);
        var several = await Measurement.OfModuleAsync($"Get-SourceData '{path}' -ReadCount 1000", ModuleRounds);
        if (several is not null)
            Print("Get-SourceData -ReadCount 1000", several, engine!);
        foreach (var (name, measure) in Peers)
        {
            var peer = name.Contains('|', StringComparison.Ordinal) ? await measure(path) : await BestAsync(measure, path);
            if (peer is null)
                Console.WriteLine($"  {name,-32} not installed");
            else
                Print(name, peer, engine!);
            if (peer is not null && module is not null && name.Contains('|', StringComparison.Ordinal))
                Console.WriteLine(FormattableString.Invariant($"  {"",-32} {peer.Seconds / module.Seconds:F2} x the time of Get-SourceData, {peer.FirstSeconds / module.FirstSeconds:F2} x in the first round of a process, {peer.CpuSeconds / module.CpuSeconds:F2} x its processor time"));
            if (peer is not null && several is not null && name.Contains('|', StringComparison.Ordinal))
                Console.WriteLine(FormattableString.Invariant($"  {"",-32} {peer.Seconds / several.Seconds:F2} x the time of it with -ReadCount 1000, {peer.FirstSeconds / several.FirstSeconds:F2} x in the first round of a process, {peer.CpuSeconds / several.CpuSeconds:F2} x its processor time"));
        }

        var small = await Measurement.OfAsync("engine", Make(rows / 10));
        if (module is not null && await Measurement.OfModuleAsync($"Get-SourceData '{Make(rows / 10)}'") is { } tenth)
            Console.WriteLine(FormattableString.Invariant($"  peak memory of Get-SourceData, all rows / a tenth of them: {module.PeakMegabytes / tenth.PeakMegabytes:F2}"));
        Console.WriteLine(FormattableString.Invariant($"  peak memory, all rows / a tenth of them: {engine!.PeakMegabytes / small.PeakMegabytes:F2}"));
    }

    private async Task<Measurement?> BestAsync(Func<string, Task<Measurement?>> measure, string path)
    {
        Measurement? best = null;
        for (var i = 0; i < Rounds; i++)
        {
            var one = await measure(path);
            if (one is not null && (best is null || one.Seconds < best.Seconds))
                best = one;
        }

        return best;
    }

    private static void Print(string name, Measurement measured, Measurement engine) => Console.WriteLine(FormattableString.Invariant(
        $"  {name,-32} {measured.Rows / measured.Seconds,12:F0} rows/s  {measured.PeakMegabytes,6:F0} MB  {measured.Seconds / engine.Seconds,6:F2} x the engine's time, {measured.CpuSeconds / engine.CpuSeconds,6:F2} x its processor time"));
}
