using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;

namespace SafeAI.Migration.PowerShell.Hosting;

/// <summary>The sandboxes that this PowerShell process started. Each ends by itself when this process does.</summary>
internal static class SandboxProcess
{
    private static readonly ConcurrentDictionary<int, Process> s_running = new();

    /// <summary>The sandboxes that still run.</summary>
    public static IReadOnlyCollection<int> Running => [.. s_running.Where(p => !p.Value.HasExited).Select(p => p.Key)];

    /// <summary>Starts a sandbox and waits until it listens.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.SandboxFailed"/>: it did not start.</exception>
    public static (SandboxInfo Info, string ApiKey) Start(int port, string? store, int rateLimit, string? faults, CancellationToken stopping)
    {
        var assembly = Path.Combine(Path.GetDirectoryName(typeof(SandboxProcess).Assembly.Location)!, "sandbox", "SafeAI.Migration.Sandbox.dll");
        if (!File.Exists(assembly))
            throw new MigrationException(ErrorCode.SandboxFailed, $"The sandbox is not where the module expects it: {assembly}.", "Install the module again, or build it with 'dotnet build'.");
        var key = Convert.ToHexString(RandomNumberGenerator.GetBytes(24)).ToLowerInvariant();
        var start = new ProcessStartInfo(DotnetHost()) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.ArgumentList.Add(assembly);
        Add("--port", port);
        Add("--parent-pid", Environment.ProcessId);
        if (rateLimit > 0)
            Add("--rate-limit", rateLimit);
        if (store is not null)
            Add("--store", store);
        if (faults is not null)
            Add("--faults", faults);

        // Not on the command line, where every user of the machine could read it.
        start.Environment["SAFEAI_SANDBOX_API_KEY"] = key;
        var process = Launch(start);
        var errors = new List<string>();
        process.ErrorDataReceived += (_, e) =>
        {
            lock (errors)
            {
                if (e.Data is { Length: > 0 } line && errors.Count < 20)
                    errors.Add(line);
            }
        };
        process.BeginErrorReadLine();
        string? first;
        try
        {
            first = process.StandardOutput.ReadLineAsync(stopping).AsTask().GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }

        if (first is null)
        {
            process.WaitForExit();
            var said = string.Join(Environment.NewLine, errors);
            throw new MigrationException(
                ErrorCode.SandboxFailed,
                $"The sandbox ended with code {process.ExitCode}: {said}",
                said.Contains("Microsoft.AspNetCore.App", StringComparison.Ordinal) || said.Contains("framework", StringComparison.OrdinalIgnoreCase)
                    ? "Install the ASP.NET Core Runtime 10 from https://dotnet.microsoft.com/download/dotnet/10.0."
                    : null);
        }

        using var document = JsonDocument.Parse(first);
        s_running[process.Id] = process;
        return (new SandboxInfo(new Uri(document.RootElement.GetProperty("url").GetString()!), process.Id, store), key);

        void Add(string name, object value)
        {
            start.ArgumentList.Add(name);
            start.ArgumentList.Add(Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!);
        }
    }

    /// <summary>Ends a sandbox.</summary>
    /// <returns>Whether it was one of this process's sandboxes.</returns>
    public static bool Stop(int processId)
    {
        if (!s_running.TryRemove(processId, out var process))
            return false;
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }

        process.Dispose();
        return true;
    }

    private static Process Launch(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new MigrationException(
                ErrorCode.SandboxFailed, "The sandbox needs the command 'dotnet', which was not found.",
                "Install the ASP.NET Core Runtime 10 from https://dotnet.microsoft.com/download/dotnet/10.0.", e);
        }
    }

    private static string DotnetHost()
    {
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } root && File.Exists(Path.Combine(root, name)))
            return Path.Combine(root, name);
        return name;
    }
}
