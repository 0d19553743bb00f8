using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Monitoring;
using SafeAI.Migration.Engine.Validation;

namespace SafeAI.Migration.Engine.Planning;

/// <summary>
/// Where the rejects of a run go: into its reject file, into the journal, and to whoever listens. A resumed run begins its
/// file with the rejects that are settled; what comes again is kept once.
/// </summary>
internal sealed class RunRejects(string? path, RunMonitor monitor, Action<Reject>? listener, Action<string>? onMessage) : IDisposable
{
    private readonly RejectWriter? _file = path is null ? null : new RejectWriter(path);
    private LoadSession? _session;

    /// <summary>Connects the rejects with their run.</summary>
    public void Begin(LoadSession session)
    {
        _session = session;
        if (session.Log?.KeptRejects() is not { } kept)
            return;
        foreach (var line in kept)
            _file?.WriteLine(line);
    }

    /// <summary>Takes what was turned away before it came to the load.</summary>
    public void Add(Reject reject)
    {
        monitor.Rejected(reject);
        _session?.Log?.Reject(reject);
        AddEntered(reject);
    }

    /// <summary>Takes what the load has entered itself.</summary>
    public void AddEntered(Reject reject)
    {
        _file?.Write(reject);
        listener?.Invoke(reject);
    }

    public void Dispose()
    {
        try
        {
            // What is there of an earlier run was perhaps read by this one, so that it goes only now.
            if (_session is not null)
                _file?.Complete();
        }
        catch (MigrationException e)
        {
            onMessage?.Invoke(e.Message);
        }

        _file?.Dispose();
    }
}
