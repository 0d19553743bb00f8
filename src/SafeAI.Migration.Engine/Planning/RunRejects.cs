using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Monitoring;
using SafeAI.Migration.Engine.Validation;

namespace SafeAI.Migration.Engine.Planning;

/// <summary>
/// Where the rejects of a run go: into its reject file, into the journal, and to whoever listens. A resumed run begins its
/// file with the rejects that are settled; what comes again is kept once.
/// </summary>
internal sealed class RunRejects(string? path, RunMonitor monitor, Action<Reject>? listener) : IDisposable
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

    public void Add(Reject reject)
    {
        // The load enters its own.
        if (reject.Stage < MigrationStage.Load)
        {
            monitor.Rejected(reject);
            _session?.Log?.Reject(reject);
        }

        _file?.Write(reject);
        listener?.Invoke(reject);
    }

    public void Dispose() => _file?.Dispose();
}
