using System.Management.Automation;

namespace SafeAI.Migration.PowerShell.Binding;

/// <summary>
/// What all cmdlets share: a token that a stop cancels, waiting for the engine on the pipeline thread, and the
/// engine's failures as error records.
/// </summary>
public abstract class MigrationCmdlet : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Cancelled when the pipeline is stopped.</summary>
    protected CancellationToken StoppingToken => _stopping.Token;

    /// <inheritdoc/>
    protected override void StopProcessing() => _stopping.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends what is still under way. PowerShell calls this after a stop as well, when <c>EndProcessing</c> is not called.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
            _stopping.Dispose();
    }

    /// <summary>Waits for the engine; its failures end the command.</summary>
    /// <param name="work">The work.</param>
    /// <param name="meanwhile">What the pipeline thread does now and then while it waits; null for nothing.</param>
    protected T Wait<T>(Func<CancellationToken, Task<T>> work, Action? meanwhile = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        try
        {
            var task = Task.Run(() => work(StoppingToken));
            while (meanwhile is not null && !((IAsyncResult)task).AsyncWaitHandle.WaitOne(ProgressThrottle.Interval))
                meanwhile();
            return task.GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (StoppingToken.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
        catch (MigrationException e)
        {
            ThrowTerminatingError(Errors.RecordFor(e, e.Result));
            throw;
        }
    }

    /// <summary>Waits for the engine; its failures end the command.</summary>
    protected void Wait(Func<CancellationToken, Task> work) => Wait(async token =>
    {
        await work(token).ConfigureAwait(false);
        return true;
    });

    /// <summary>Runs a part of the command whose failures end it.</summary>
    protected T OrStop<T>(Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        try
        {
            return work();
        }
        catch (MigrationException e)
        {
            ThrowTerminatingError(Errors.RecordFor(e, e.Result));
            throw;
        }
    }

    /// <summary>The record that an object of the pipeline is; null where it is none, which is written as an error.</summary>
    private protected Record? RecordOrError(InputBinder binder, object? input)
    {
        try
        {
            return binder.Bind(input);
        }
        catch (MigrationException e)
        {
            WriteError(Errors.RecordFor(e, input));
            return null;
        }
    }

    /// <summary>The node or relationship that an object of the pipeline is; null where it is none, which is written as an error.</summary>
    private protected GraphItem? ItemOrError(object? input)
    {
        if (PipelineInput.Base(input) is GraphItem item)
            return item;
        WriteError(Errors.RecordFor(
            new MigrationException(
                ErrorCode.UnsupportedInput, $"{PipelineInput.Describe(input)} came down the pipeline, which is no node and no relationship.",
                "Send records through Convert-MigrationData first."),
            input));
        return null;
    }

    /// <summary>A path as the user gave it, as a full path of the file system; it need not exist.</summary>
    protected string FullPath(string path)
    {
        var full = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out var provider, out _);

        // Of another provider's path something would be made in the process's own folder.
        if (provider.Name != "FileSystem")
            OrStop<bool>(() => throw new MigrationException(
                ErrorCode.InvalidOptions, $"'{path}' is a path of the provider {provider.Name}, not of a file.", "Name a file."));
        return full;
    }

    /// <summary>Writes a reject as a non-terminating error that carries the record.</summary>
    protected void WriteReject(Reject reject) => WriteError(Errors.RecordFor(reject));
}
