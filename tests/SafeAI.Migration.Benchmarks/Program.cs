using System.Globalization;
using SafeAI.Migration.Benchmarks;
using SafeAI.Migration.Runner;

// A measurement runs in a process of its own, so that its peak memory is its own too.
if (args is ["measure", var contender, var path])
{
    // As the console program does.
    StartUpProfile.Begin(contender, Path.Combine(Path.GetTempPath(), "safeai-benchmark-start-up"));
    await Contenders.MeasureAsync(contender, path);
    return 0;
}

string[] scenarios = args.Length > 0 ? [args[0]] : [.. Scenario.All.Select(s => s.Name), PostgresScenario.Name, ValidationScenario.Name, ExportScenario.Name, TransformScenario.Name, LoadScenario.Name];
long? rows = args.Length > 1 ? long.Parse(args[1], CultureInfo.InvariantCulture) : null;
foreach (var name in scenarios)
{
    if (name == PostgresScenario.Name)
    {
        await PostgresScenario.RunAsync(rows);
        continue;
    }

    if (name == LoadScenario.Name)
    {
        await LoadScenario.RunAsync(rows);
        continue;
    }

    if (name == MemorySourcesScenario.Name)
    {
        await MemorySourcesScenario.RunAsync(rows, args.Length > 2 ? args[2..] : []);
        continue;
    }

    if (name == MemoryCompareScenario.Name)
    {
        await MemoryCompareScenario.RunAsync(rows, args.Length > 2 ? args[2..] : []);
        continue;
    }

    if (MemoryScenario.Has(name))
    {
        await MemoryScenario.RunAsync(name, rows);
        continue;
    }

    if (name == ExportScenario.Name)
    {
        await ExportScenario.RunAsync(rows);
        continue;
    }

    if (name == TransformScenario.Name)
    {
        await TransformScenario.RunAsync(rows);
        continue;
    }

    if (name == ValidationScenario.Name)
    {
        await ValidationScenario.RunAsync(rows);
        continue;
    }

    var scenario = Scenario.All.FirstOrDefault(s => s.Name == name);
    if (scenario is null)
    {
        await Console.Error.WriteLineAsync($"There is no scenario '{name}'. There are: {string.Join(", ", Scenario.All.Select(s => s.Name))}, {PostgresScenario.Name}, {ValidationScenario.Name}, {ExportScenario.Name}, {TransformScenario.Name}, {LoadScenario.Name}, {MemoryScenario.Store}, {MemoryScenario.Sandbox}, {MemorySourcesScenario.Name}, {MemoryCompareScenario.Name}.");
        return 2;
    }

    await scenario.RunAsync(rows ?? scenario.Rows);
}

return 0;
