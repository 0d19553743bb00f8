using System.Text;
using System.Text.Json;
using SafeAI.Migration.Sandbox.Faults;

namespace SafeAI.Migration.Sandbox.Http;

/// <summary>What tests ask of the sandbox itself. These requests are neither limited nor counted.</summary>
internal static class AdminEndpoints
{
    public static async Task StatsAsync(HttpContext context, SandboxState state)
    {
        long nodes, relationships, writes, version;
        int constraints;
        state.Graph.Gate.EnterReadLock();
        try
        {
            (nodes, relationships) = (state.Graph.NodeCount, state.Graph.RelationshipCount);
            (writes, version) = (state.Graph.CommittedChanges, state.Graph.Version);
            constraints = state.Graph.Constraints.Count;
        }
        finally
        {
            state.Graph.Gate.ExitReadLock();
        }

        using var self = System.Diagnostics.Process.GetCurrentProcess();
        await AnswerAsync(context, new
        {
            requests = state.Counts.Kinds,
            mutatingRequests = state.Counts.Mutating,
            tooManyRequests = state.Counts.TooMany,
            faults = state.Counts.Faults,
            largestBody = state.Counts.LargestBody,
            nodes,
            relationships,
            constraints,
            writes,
            transactions = version,
            workingSet = self.WorkingSet64,
        });
    }

    public static async Task FaultsAsync(HttpContext context, SandboxState state)
    {
        var text = await RequestBody.ReadAsync(context, state.Counts, body => Encoding.UTF8.GetString(body));
        try
        {
            state.Faults = FaultScript.Parse(text);
        }
        catch (FormatException wrong)
        {
            throw ApiError.Invalid(wrong.Message);
        }

        await AnswerAsync(context, new { faults = "set" });
    }

    public static Task CrashAsync(HttpContext context, SandboxState state)
    {
        Crash.Now();
        return Task.CompletedTask;
    }

    private static async Task AnswerAsync<T>(HttpContext context, T answer)
    {
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(answer), context.RequestAborted);
    }
}
