using System.Diagnostics;
using System.Globalization;
using SafeAI.Migration.Sandbox.Cypher;
using SafeAI.Migration.Sandbox.Faults;
using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Http;

/// <summary>POST …/query: one statement, one transaction.</summary>
internal static class QueryEndpoint
{
    public static async Task HandleAsync(HttpContext context, SandboxState state, Caller caller)
    {
        var (text, parameters) = await RequestBody.ReadAsync(context, state.Counts, RequestBody.ParseQuery);
        PreparedStatement? statement = null;
        CypherException? refused = null;
        try
        {
            statement = state.Runner.Prepare(text);
        }
        catch (CypherException wrong)
        {
            refused = wrong;
        }

        var mutating = statement is { IsMutating: true };
        state.Counts.Count(mutating ? "write" : "read");
        if (mutating)
            state.Counts.CountMutating();
        var script = state.Faults;
        var fault = script.Next(mutating);
        if (fault is not null)
        {
            state.Counts.CountFault();
            RefuseBy(fault, state, caller);
        }

        if (fault?.Kind == FaultKind.Late)
            await script.Replaced;
        if (refused is not null)
            throw ApiError.Of(refused);
        if (mutating && !caller.MayWrite)
            throw new ApiError(StatusCodes.Status403Forbidden, "forbidden", "This key may read, it may not write");
        await RunAsync(context, state, statement!, parameters, fault);
    }

    private static async Task RunAsync(
        HttpContext context, SandboxState state, PreparedStatement statement, CypherMap parameters, Fault? fault)
    {
        await using var answer = new QueryAnswer();
        try
        {
            var started = Stopwatch.GetTimestamp();
            // Statements that only read commit nothing: for them the hook's moment is here.
            if (!statement.IsMutating)
                BeforeCommit(fault);
            var result = state.Runner.Run(statement, parameters, answer, () => BeforeCommit(fault), fault?.Kind == FaultKind.Late ? default : context.RequestAborted);
            answer.End(Stopwatch.GetElapsedTime(started).TotalMilliseconds, result);
        }
        catch (CypherException failed)
        {
            throw ApiError.Of(failed);
        }
        catch (ConnectionResetFault)
        {
            context.Abort();
            return;
        }

        switch (fault?.Kind)
        {
            case FaultKind.CrashAfterCommit:
                Crash.Now();
                break;
            case FaultKind.ResetAfterCommit:
                context.Abort();
                return;
            case FaultKind.Slow:
                await Task.Delay(fault.Milliseconds, context.RequestAborted);
                break;
        }

        await answer.SendAsync(context);
    }

    private static void BeforeCommit(Fault? fault)
    {
        if (fault?.Kind == FaultKind.CrashBeforeCommit)
            Crash.Now();
        if (fault?.Kind == FaultKind.ResetBeforeCommit)
            throw new ConnectionResetFault();
    }

    private static void RefuseBy(Fault fault, SandboxState state, Caller caller)
    {
        switch (fault.Kind)
        {
            case FaultKind.Status429:
                throw new ApiError(StatusCodes.Status429TooManyRequests, "rate_limit_exceeded", "Too many requests (a scripted fault)")
                {
                    RetryAfter = RetryAfter(fault),
                };
            case FaultKind.Status500:
                throw new ApiError(StatusCodes.Status500InternalServerError, "internal_error", "Something went wrong (a scripted fault)");
            case FaultKind.Status503:
                throw new ApiError(StatusCodes.Status503ServiceUnavailable, "service_unavailable", "The service is not available (a scripted fault)")
                {
                    RetryAfter = RetryAfter(fault),
                };
            case FaultKind.ExpiredToken:
                state.Access.Expire(caller.Token);
                throw ApiError.Unauthorized("token_expired", "The access token has expired (a scripted fault)");
        }
    }

    private static string? RetryAfter(Fault fault) => fault.RetryAfter switch
    {
        RetryAfterForm.Seconds => fault.Seconds.ToString(CultureInfo.InvariantCulture),
        RetryAfterForm.Date => DateTimeOffset.UtcNow.AddSeconds(fault.Seconds).ToString("R", CultureInfo.InvariantCulture),
        _ => null,
    };

    private sealed class ConnectionResetFault : Exception;
}

/// <summary>The end of the process as a power cut would bring it: nothing is flushed, nothing finishes.</summary>
internal static class Crash
{
    public static void Now()
    {
        using var self = Process.GetCurrentProcess();
        self.Kill();
        // The signal may take a moment; nothing of this request may happen in it.
        Thread.Sleep(Timeout.Infinite);
    }
}
