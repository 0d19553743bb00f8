using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using SafeAI.Migration.Sandbox.Http;

namespace SafeAI.Migration.Sandbox;

/// <summary>The sandbox as a program, for its own executable and for programs that offer it as a command.</summary>
public static class SandboxProgram
{
    /// <summary>Runs the sandbox until it is told to stop.</summary>
    /// <param name="arguments">The command line; <c>--help</c> says what there is.</param>
    /// <returns>0 when it was stopped, 1 when it could not start, 2 when the command line is wrong.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        try
        {
            var options = SandboxOptions.Parse(arguments);
            if (options.Help)
            {
                await Console.Out.WriteLineAsync(SandboxOptions.Usage);
                return 0;
            }

            await SandboxServer.RunAsync(options, Console.Out);
            return 0;
        }
        catch (FormatException wrong)
        {
            await Console.Error.WriteLineAsync(wrong.Message);
            return 2;
        }
        catch (Exception failed) when (failed is IOException or InvalidDataException or UnauthorizedAccessException or SqliteException or SocketException)
        {
            await Console.Error.WriteLineAsync(failed.Message);
            return 1;
        }
    }
}
