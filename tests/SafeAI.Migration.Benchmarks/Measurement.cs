using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Benchmarks;

/// <summary>What one contender took.</summary>
/// <param name="Rows">The rows read.</param>
/// <param name="Seconds">From opening the source to its end, without the start of the process.</param>
/// <param name="CpuSeconds">The time of all processors in between; it varies less than the other on a machine with other work.</param>
/// <param name="PeakMegabytes">The most memory resident at once; 0 where it is not known.</param>
/// <param name="FirstSeconds">The time of the first of several rounds in one process, in which the runtime still compiles; 0 where there was one round.</param>
internal sealed record Measurement(long Rows, double Seconds, double CpuSeconds, double PeakMegabytes, double FirstSeconds = 0)
{
    /// <summary>The most memory that this process had resident at once.</summary>
    public static double OwnPeakMegabytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / (1024.0 * 1024.0);
    }

    /// <summary>The processor time of this process so far, in seconds.</summary>
    public static double OwnCpuSeconds() => Environment.CpuUsage.TotalTime.TotalSeconds;

    /// <summary>Runs a contender of this program in a new process.</summary>
    public static Task<Measurement> OfAsync(string contender, string path) =>
        RunAsync(Environment.ProcessPath!, [.. Entry(), "measure", contender, path]);

    /// <summary>Runs the module's own pipeline into a compiled command that counts, in a new PowerShell; null where there is none.</summary>
    public static Task<Measurement?> OfModuleAsync(string source, int rounds = 1) => OfPowerShellAsync(
        $"{source} | Measure-BenchmarkRecord",
        rounds,
        $"Import-Module '{Path.Combine(Repository.Root, "SafeAI.Migration.psd1")}'; Import-Module '{typeof(Measurement).Assembly.Location}'; ");

    /// <summary>Runs a script in a new PowerShell that prints the rows and the seconds as JSON; null where there is no PowerShell.</summary>
    /// <param name="pipeline">What is measured; it emits something with a Count.</param>
    /// <param name="rounds">How often it runs in that PowerShell; the best counts. The first says what a fresh process takes.</param>
    /// <param name="before">What comes before, and is not measured.</param>
    public static async Task<Measurement?> OfPowerShellAsync(string pipeline, int rounds = 1, string before = "")
    {
        var script = before + string.Create(CultureInfo.InvariantCulture, $$"""
            $me = [Diagnostics.Process]::GetCurrentProcess()
            $all = foreach ($round in 1..{{rounds}}) {
                $me.Refresh(); $cpu = $me.TotalProcessorTime; $clock = [Diagnostics.Stopwatch]::StartNew()
                $rows = ({{pipeline}}).Count
                $seconds = $clock.Elapsed.TotalSeconds; $me.Refresh()
                [pscustomobject]@{ Rows = $rows; Seconds = $seconds; CpuSeconds = ($me.TotalProcessorTime - $cpu).TotalSeconds }
            }
            $best = $all | Sort-Object Seconds | Select-Object -First 1
            @{ Rows = $best.Rows; Seconds = $best.Seconds; CpuSeconds = $best.CpuSeconds; PeakMegabytes = $me.PeakWorkingSet64 / 1MB; FirstSeconds = @($all)[0].Seconds } | ConvertTo-Json -Compress
            """);
        try
        {
            return await RunAsync("pwsh", ["-NoProfile", "-NonInteractive", "-Command", script]);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static string[] Entry() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet" ? [typeof(Measurement).Assembly.Location] : [];

    private static async Task<Measurement> RunAsync(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<Measurement>(output)!
            : throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{program} ended with {process.ExitCode}: {output}"));
    }
}
