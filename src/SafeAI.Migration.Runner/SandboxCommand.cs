using System.CommandLine;
using System.Diagnostics;
using System.Globalization;

namespace SafeAI.Migration.Runner;

/// <summary><c>safeai-migrate sandbox</c>: runs the sandbox, a program of its own, so that only this command needs ASP.NET Core.</summary>
internal static class SandboxCommand
{
    public static Command Create()
    {
        var command = new Command("sandbox", "Runs a local stand-in for the platform. Its first line on standard output has the URL and the key.");
        string[] names = ["--port", "--store", "--api-key", "--rate-limit", "--faults"];
        string[] descriptions =
        [
            "The port; 0, the default, takes a free one.",
            "A file to keep the graph in, durable before each answer; without it the graph is in memory.",
            "The key; without it a random one. Better set in the environment as SAFEAI_SANDBOX_API_KEY, where other users cannot read it.",
            "Requests allowed a minute; 0, the default, is no limit.",
            "Scripted faults: a JSON text or the path of a JSON file.",
        ];
        var options = names.Zip(descriptions, (name, description) => new Option<string?>(name) { Description = description }).ToArray();
        foreach (var option in options)
            command.Add(option);
        command.SetAction(async (parsed, stopping) =>
        {
            var assembly = Path.Combine(AppContext.BaseDirectory, "sandbox", "SafeAI.Migration.Sandbox.dll");
            var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet") { UseShellExecute = false };
            start.ArgumentList.Add(assembly);
            start.ArgumentList.Add("--parent-pid");
            start.ArgumentList.Add(Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            foreach (var option in options)
            {
                if (parsed.GetValue(option) is not { } value)
                    continue;
                if (option.Name == "--api-key")
                {
                    start.Environment["SAFEAI_SANDBOX_API_KEY"] = value;
                    continue;
                }

                start.ArgumentList.Add(option.Name);
                start.ArgumentList.Add(value);
            }

            using var process = Process.Start(start)!;
            try
            {
                await process.WaitForExitAsync(stopping);
                return process.ExitCode == 0 ? ExitCode.Done : ExitCode.UnexpectedError;
            }
            catch (OperationCanceledException)
            {
                process.Kill();
                await process.WaitForExitAsync(CancellationToken.None);
                return ExitCode.Done;
            }
        });
        return command;
    }
}
