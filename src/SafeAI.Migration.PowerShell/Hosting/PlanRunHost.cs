using System.Management.Automation;
using SafeAI.Migration.PowerShell.Binding;

namespace SafeAI.Migration.PowerShell.Hosting;

/// <summary>Runs plans for commands: in front of the user until they end, or as jobs.</summary>
internal static class PlanRunHost
{
    /// <summary>Runs a plan and shows it on the pipeline thread until its end. A run that fails ends the command.</summary>
    /// <param name="cmdlet">The command.</param>
    /// <param name="run">The run; it is disposed of.</param>
    /// <param name="display">Shows it.</param>
    /// <param name="stopping">Cancelled when the pipeline is stopped.</param>
    public static void Run(PSCmdlet cmdlet, PlanRun run, RunDisplay display, CancellationToken stopping)
    {
        using (run)
        {
            using var registration = stopping.Register(run.Stop);
            var running = run.Start();
            try
            {
                Show(cmdlet, run, display, running, stopping);
            }
            catch
            {
                // The pipeline was stopped, or an error was to end the command: the run must not go on behind the user's back.
                run.Stop();
                SayHowToGoOn(cmdlet, run, running);
                throw;
            }

            if (stopping.IsCancellationRequested)
                SayHowToGoOn(cmdlet, run, running);
            else
                End(cmdlet, run, running);
        }
    }

    /// <summary>Runs a plan as a job, which is entered in the session's list of jobs and written.</summary>
    public static void StartJob(PSCmdlet cmdlet, PlanRun run, string command)
    {
        var job = new MigrationJob(run, command);
        cmdlet.JobRepository.Add(job);
        job.Start();
        cmdlet.WriteObject(job);
    }

    private static void Show(PSCmdlet cmdlet, PlanRun run, RunDisplay display, Task<MigrationResult> running, CancellationToken stopping)
    {
        var streams = new CmdletStreams(cmdlet);
        while (!((IAsyncResult)running).AsyncWaitHandle.WaitOne(ProgressThrottle.Interval))
        {
            // After a stop the streams take nothing any more.
            if (stopping.IsCancellationRequested)
                continue;
            run.TellTo(streams);
            display.Update(run.ToProgressRecord);
        }

        if (stopping.IsCancellationRequested)
            return;
        run.TellTo(streams);
        display.Close();
    }

    private static void End(PSCmdlet cmdlet, PlanRun run, Task<MigrationResult> running)
    {
        MigrationResult result;
        try
        {
            result = running.GetAwaiter().GetResult();
        }
        catch (MigrationException e)
        {
            cmdlet.ThrowTerminatingError(Errors.RecordFor(e, e.Result));
            return;
        }

        cmdlet.WriteObject(result);
        if (run.ErrorFor(result) is { } error)
            cmdlet.ThrowTerminatingError(error);
    }

    // The pipeline takes nothing any more, but the host does.
    private static void SayHowToGoOn(PSCmdlet cmdlet, PlanRun run, Task<MigrationResult> running)
    {
        try
        {
            var result = running.GetAwaiter().GetResult();
            cmdlet.Host.UI.WriteWarningLine(result.Status == MigrationStatus.Stopped
                ? run.NoteFor(result)
                : $"The migration {result.MigrationId} was {result.Status.ToString().ToLowerInvariant()} before the stop reached it.");
        }
        catch (OperationCanceledException)
        {
            cmdlet.Host.UI.WriteWarningLine("The migration was stopped before anything was loaded.");
        }
        catch (MigrationException)
        {
            // It failed at once: there is nothing to go on with.
        }
    }
}
