using System.CommandLine;
using SafeAI.Migration.Engine.Rollback;

namespace SafeAI.Migration.Runner;

/// <summary><c>safeai-migrate undo ID</c>: puts a run back where it loaded to.</summary>
internal static class UndoCommand
{
    public static Command Create()
    {
        var id = new Argument<string>("id") { Description = "The run's id." };
        var journal = new Option<string?>("--journal") { Description = "The journal's file; without it, the one in the user's own state folder." };
        var force = new Option<bool>("--force") { Description = "Put back what others changed since, too." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object with the figures, and nothing else, on standard output." };
        var command = new Command("undo", "Puts a run back: what it created goes, what it overwrote gets its old values. It warns of requests that were never confirmed and may still arrive; the same command puts back what they write.") { id, journal, force, json };
        command.SetAction((parsed, stopping) => RunAsync(
            parsed.GetValue(id)!, parsed.GetValue(journal), new UndoOptions { Force = parsed.GetValue(force) }, parsed.GetValue(json), stopping));
        return command;
    }

    private static async Task<int> RunAsync(string id, string? journal, UndoOptions options, bool json, CancellationToken stopping)
    {
        var output = new RunOutput(json);
        try
        {
            var result = await MigrationUndo.RunAsync(id, journal, options, stopping);
            output.Show(result);
            return result.IsComplete ? ExitCode.Done : ExitCode.Failed;
        }
        catch (OperationCanceledException)
        {
            RunOutput.Warn("stopped; the same command goes on with it");
            return ExitCode.Stopped;
        }
        catch (MigrationException e)
        {
            output.Fail(e);
            return ExitCode.For(e);
        }
        catch (Exception e)
        {
            output.Fail(e);
            return ExitCode.UnexpectedError;
        }
    }
}
