using System.Diagnostics;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Validation;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// The journal's part in a load as a whole: keeps how far the reading has come, and brings a resumed load to where it was.
/// Where nobody says how far the reading has come, as in a pipeline, a resumed load is given everything again.
/// </summary>
internal sealed class LoadLog
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);

    private readonly LoadContext _context;
    private readonly RunJournal _journal;
    private readonly RelationshipSpool _spool;
    private readonly bool _readsSources;
    private readonly Func<MigrationResult> _figures;
    private readonly List<SourceCounts> _finished = [];
    private ReadTracker? _tracker;
    private MigrationPhase _phase;
    private int _streams;
    private long _lastCheckpoint;
    private long _rejects;
    private bool _isReplaying;
    private bool _isResumed;

    public LoadLog(LoadContext context, RelationshipSpool spool, bool readsSources, Func<MigrationResult> figures)
    {
        (_context, _journal, _spool, _readsSources, _figures) = (context, context.Journal!, spool, readsSources, figures);
        if (readsSources)
            _tracker = new ReadTracker(new ReadMark()).Begin();
    }

    /// <summary>The stretch of the reading that items belong to now; null where nothing is kept of the reading.</summary>
    public ReadStretch? Stretch => _tracker?.Current;

    /// <summary>What was settled before and is met again; null where the run was not resumed.</summary>
    public SettledItems? Settled { get; private set; }

    /// <summary>The place from which the reading goes on.</summary>
    public ReadMark Start { get; private set; } = new();

    /// <summary>The phase in which the load goes on.</summary>
    public MigrationPhase StartPhase { get; private set; }

    /// <summary>The counts of the sources that were read to their end by earlier processes.</summary>
    public IReadOnlyList<SourceCounts> StartFinished { get; private set; } = [];

    /// <summary>Requests that earlier processes sent again.</summary>
    public long EarlierRetries { get; private set; }

    /// <summary>How long earlier processes worked.</summary>
    public double EarlierSeconds { get; private set; }

    /// <summary>Whether whoever feeds the load reads the sources itself.</summary>
    public bool ReadsSources => _readsSources;

    /// <summary>The lines of the rejects that do not come again; null where the run was not resumed.</summary>
    public IEnumerable<byte[]>? KeptRejects() => _isResumed ? _journal.Rejects() : null;

    /// <summary>Keeps a reject.</summary>
    public void Reject(Reject reject)
    {
        if (reject.Stage < MigrationStage.Load)
            _rejects++;
        _ = _journal.Reject(reject, RejectWriter.LineOf(reject));
    }

    /// <summary>Brings the load to where an earlier process left it.</summary>
    /// <returns>The nodes that were settled and do not come again, and the relationships that were put aside.</returns>
    public async Task<(long Nodes, long Relationships)> ReplayAsync(RunCheckpoint? checkpoint, CancellationToken cancellationToken)
    {
        _isReplaying = true;
        StartPhase = _phase = _readsSources && checkpoint?.Mark is not null && _journal.Run.Phase is MigrationPhase.Relationships or MigrationPhase.Verification ? MigrationPhase.Relationships : MigrationPhase.Nodes;
        Start = checkpoint?.Mark ?? new ReadMark();
        EarlierRetries = checkpoint?.Retries ?? 0;
        EarlierSeconds = checkpoint?.ElapsedSeconds ?? 0;
        if (checkpoint is not null)
        {
            _context.Accounts.Reserve(checkpoint.Streams, _readsSources ? (_phase > MigrationPhase.Nodes ? checkpoint.Streams.Count : Math.Max(0, Start.Stream)) : 0);
            _streams = checkpoint.Streams.Count;
            StartFinished = checkpoint.Finished;
            _finished.AddRange(checkpoint.Finished);
            if (_readsSources)
                _spool.Resume(checkpoint.SpoolLength, _phase > MigrationPhase.Nodes ? long.MaxValue : Start.Relationships, checkpoint.SpoolGaps);
        }

        if (_readsSources)
            _tracker = new ReadTracker(Start).Begin();
        var replay = new RunReplay(_context, _readsSources ? Start : null, _phase);
        await replay.RunAsync(cancellationToken).ConfigureAwait(false);
        Settled = replay.Settled;
        _rejects = _readsSources && _phase == MigrationPhase.Nodes ? Start.Rejects : _readsSources ? long.MaxValue / 2 : 0;
        _journal.ForgetRejects(_rejects, (stream, ordinal) => replay.Rejected.Contains((stream, ordinal)));
        _isResumed = true;
        _isReplaying = false;
        return (replay.NodesBefore, _spool.Count);
    }

    /// <summary>Writes the names of streams that are met for the first time, before anything of them is sent.</summary>
    public void NoteStreams()
    {
        if (_context.Accounts.StreamCount > _streams)
            Checkpoint(force: true);
    }

    /// <summary>Says that a source begins.</summary>
    /// <param name="source">Its number in the plan.</param>
    public void BeginSource(int source)
    {
        if (source != Start.Source || StartPhase > MigrationPhase.Nodes)
            _tracker?.Mark(AllBefore() with { Source = source });
    }

    /// <summary>Says that everything up to a place of a source was added, so that the reading can go on from there.</summary>
    /// <param name="source">The source's number in the plan.</param>
    /// <param name="stream">The stream of the last record.</param>
    /// <param name="position">The place.</param>
    /// <param name="counts">What was counted of the source.</param>
    public void Reached(int source, RecordSource stream, SourcePosition position, SourceCounts counts)
    {
        CrashPoint.Hit("read.batch");
        var mark = _context.Accounts.NumberOfKnown(stream) is { } number
            ? new ReadMark { Stream = number, Ordinal = position.Ordinal, Relationships = _spool.LastNumber, Rejects = _rejects }
            : AllBefore();
        _tracker?.Mark(mark with { Source = source, Position = position.ToJson(), Counts = counts });
        Checkpoint(force: false);
    }

    /// <summary>Says that a source was read to its end, and everything of it was added.</summary>
    public void EndSource(SourceCounts counts) => _finished.Add(counts);

    /// <summary>Says that a phase begins.</summary>
    public void EnterPhase(MigrationPhase phase)
    {
        if (phase <= _phase)
            return;
        _phase = phase;
        Checkpoint(force: true);
        CrashPoint.Hit(phase == MigrationPhase.Relationships ? "phase.relationships" : "phase.verify");
    }

    /// <summary>Ends the run in the journal.</summary>
    public void End(MigrationResult result)
    {
        CrashPoint.Hit("end.before");
        if (_journal.File.Failure is { } failure)
            throw failure;
        if (result.Status != MigrationStatus.Completed)
            Checkpoint(force: true);
        _journal.End(result, result.Status == MigrationStatus.Completed ? MigrationPhase.Ended : _phase);
        if (result.Status == MigrationStatus.Completed)
            RemoveFiles();
        CrashPoint.Hit("end.after");
    }

    private ReadMark AllBefore() => new() { Stream = _context.Accounts.StreamCount - 1, Ordinal = long.MaxValue, Relationships = _spool.LastNumber, Rejects = _rejects };

    private void Checkpoint(bool force)
    {
        if (_isReplaying || (!force && _lastCheckpoint != 0 && Stopwatch.GetElapsedTime(_lastCheckpoint) < s_interval))
            return;
        CrashPoint.Hit("checkpoint.before");
        var length = _readsSources && _phase <= MigrationPhase.Relationships ? _spool.Flush() : _spool.Length;
        CrashPoint.Hit("checkpoint.spooled");
        var mark = _tracker?.SettledMark();
        var figures = _figures();
        _streams = _context.Accounts.StreamCount;
        _ = _journal.Checkpoint(
            new RunCheckpoint
            {
                Streams = _context.Accounts.StreamNames,
                Mark = mark,
                Finished = mark is null || _phase > MigrationPhase.Nodes ? [.. _finished] : [.. _finished.Take(mark.Source)],
                SpoolLength = length,
                SpoolGaps = [.. _spool.Gaps],
                Retries = figures.Retries,
                ElapsedSeconds = figures.ElapsedSeconds,
                Result = figures,
            },
            _phase);
        CrashPoint.Hit("checkpoint.after");
        _lastCheckpoint = Stopwatch.GetTimestamp();
    }

    private void RemoveFiles()
    {
        _spool.Dispose();
        try
        {
            _journal.File.RelationshipFolder(_journal.Run.Id, remove: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // They take room until the run is removed, and nothing else.
        }
    }
}
