namespace SafeAI.Migration.Engine.Monitoring;

/// <summary>
/// Makes progress and the time left out of figures that it is shown from time to time. Knows no clock: the figures say
/// how much time has gone by, so that a recorded run can be shown to it again.
/// </summary>
/// <remarks>
/// The work is counted in items: nodes, relationships, and items that are read back. How many of each there will be
/// follows from the share of the records that was read. The time left is, per phase, what remains by how fast it goes; a
/// phase that has not begun is taken to go as the one before it did. Where the destination limits
/// requests, the time of the windows that the remaining requests will fill takes the place of all
/// but the last window's work.
/// </remarks>
public sealed class ProgressTracker
{
    private const int Nodes = 0;
    private const int Relationships = 1;
    private const int Verification = 2;

    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(1);

    private readonly SmoothedRate[] _rates = [new(), new(), new()];
    private readonly SmoothedRate[] _active = [new(), new(), new()];
    private readonly SmoothedRate _reading = new();
    private readonly double[] _requestsPerItem = new double[3];
    private RunFigures _last = new();
    private readonly long[] _requestsAtStart = new long[3];

    /// <summary>What the last figures said.</summary>
    public MigrationProgress Progress { get; private set; } = new();

    /// <summary>Takes figures in.</summary>
    /// <param name="figures">Later ones than those before.</param>
    /// <param name="time">When they were taken.</param>
    public MigrationProgress Update(RunFigures figures, DateTimeOffset time = default)
    {
        ArgumentNullException.ThrowIfNull(figures);
        Learn(figures);
        var phase = PhaseOf(figures.Phase);
        var (done, total) = Work(figures);
        var left = figures.Phase == MigrationPhase.Ended ? 0 : SecondsLeft(figures, done, total);
        var current = _rates[Math.Min(phase, Verification)];
        _last = figures;
        return Progress = new MigrationProgress
        {
            Time = time,
            Phase = figures.Phase,
            TotalRecords = figures.Expected is { } expected ? Math.Max(expected, figures.Read) : null,
            ProcessedRecords = figures.Processed,
            SuccessRate = figures.Processed > 0 ? Math.Max(0, 1 - figures.Rejected / (double)figures.Processed) : null,
            CurrentRate = current.Current,
            AverageRate = figures.Phase == MigrationPhase.Ended ? AverageOfAll() : current.Average,
            PercentComplete = figures.Phase == MigrationPhase.Ended ? 100 : PercentOf(done, total),
            ElapsedSeconds = figures.Elapsed.TotalSeconds,
            SecondsRemaining = left,
            RateLimit = figures.RateLimit,
            RateLimitedUntil = IsWaiting(figures) ? time + figures.RateLimitReset : null,
            ActiveBatches = figures.ActiveBatches,
            Phases =
            [
                new PhaseProgress("Extract", figures.Read, figures.Expected is { } e ? Math.Max(e, figures.Read) : null, _reading.Average, _reading.Seconds),
                Of("Nodes", Nodes),
                Of("Relationships", Relationships),
                Of("Verification", Verification),
            ],
        };

        PhaseProgress Of(string name, int index) => new(name, done[index], total[index], _rates[index].Average, _rates[index].Seconds);
    }

    private static bool IsWaiting(RunFigures figures) =>
        figures is { RateLimit: not null, RateLimitLeft: <= 0, Phase: not MigrationPhase.Ended } && figures.RateLimitReset > TimeSpan.Zero;

    private double AverageOfAll()
    {
        var seconds = _rates.Sum(r => r.Seconds);
        return seconds > 0 ? _rates.Sum(r => r.Average * r.Seconds) / seconds : 0;
    }

    private static int PhaseOf(MigrationPhase phase) => phase switch
    {
        MigrationPhase.Nodes => Nodes,
        MigrationPhase.Relationships => Relationships,
        MigrationPhase.Verification => Verification,
        _ => Verification + 1,
    };

    // What is done in each phase, and what there is to be done as far as can be told.
    private static (long[] Done, long?[] Total) Work(RunFigures figures)
    {
        var share = figures switch
        {
            { Phase: not MigrationPhase.Nodes } => 1,
            { Expected: > 0, Read: > 0 } => Math.Max(1, figures.Expected.Value / (double)figures.Read),
            { Expected: 0 } => 1,
            _ => double.NaN,
        };
        long? Scaled(long count) => double.IsNaN(share) ? null : (long)(count * share);
        var nodes = Scaled(figures.NodesAccepted);
        var relationships = Scaled(figures.RelationshipsAccepted);
        return (
            [figures.NodesSettled, figures.RelationshipsSettled, figures.Verified],
            [nodes, relationships, figures.ToVerify == 0 ? 0 : figures.Phase == MigrationPhase.Nodes ? Scaled(figures.ToVerify) : figures.ToVerify]);
    }

    private void Learn(RunFigures figures)
    {
        var phase = PhaseOf(_last.Phase);
        if (phase > Verification)
            return;
        var seconds = (figures.Elapsed - _last.Elapsed).TotalSeconds;
        double[] counts =
        [
            Now(figures.NodesSettled, figures.NodesEarlier) - Now(_last.NodesSettled, _last.NodesEarlier),
            Now(figures.RelationshipsSettled, figures.RelationshipsEarlier) - Now(_last.RelationshipsSettled, _last.RelationshipsEarlier),
            figures.Verified - _last.Verified,
        ];
        _rates[phase].Add(counts[phase], seconds);
        if (phase == Nodes)
            _reading.Add(figures.Read - _last.Read, seconds);

        // Time in which everything waits for the next window says nothing about how fast the work itself is.
        if (counts[phase] > 0 || figures.RateLimit is null || figures.RateLimitLeft > 0)
            _active[phase].Add(counts[phase], seconds);
        long[] done = [Now(figures.NodesSettled, figures.NodesEarlier), Now(figures.RelationshipsSettled, figures.RelationshipsEarlier), figures.Verified];
        if (_last.Phase != figures.Phase && PhaseOf(figures.Phase) is <= Verification and var entered)
            _requestsAtStart[entered] = figures.Requests;
        if (done[phase] > 0)
            _requestsPerItem[phase] = Math.Max(0, figures.Requests - _requestsAtStart[phase]) / (double)done[phase];
    }

    // What an earlier process had done says nothing about how fast this one is. The earlier ones are counted before the rest.
    private static long Now(long settled, long earlier) => Math.Max(0, settled - earlier);

    private double? SecondsLeft(RunFigures figures, long[] done, long?[] total)
    {
        double seconds = 0, requests = 0;
        for (var i = 0; i < done.Length; i++)
        {
            if (total[i] is not { } all)
                return null;
            var remaining = Math.Max(0, all - done[i]);
            if (remaining == 0)
                continue;
            if (SpeedOf(i) is not (> 0 and var speed))
                return null;
            seconds += remaining / speed;
            requests += remaining * RequestsPerItem(i);
        }

        if (figures.RateLimit is not (> 0 and var limit) || requests <= figures.RateLimitLeft)
            return seconds;
        var later = requests - figures.RateLimitLeft;
        var fullWindows = Math.Ceiling(later / limit) - 1;
        var inLast = later - fullWindows * limit;
        return Math.Max(0, figures.RateLimitReset.TotalSeconds) + fullWindows * s_window.TotalSeconds + seconds * Math.Min(1, inLast / requests);
    }

    // Items a second of a phase; of one that has not begun, by comparison with those before it.
    private double SpeedOf(int phase)
    {
        for (var i = phase; i >= 0; i--)
        {
            if (_active[i].Current > 0)
                return _active[i].Current;
        }

        return 0;
    }

    private double RequestsPerItem(int phase)
    {
        for (var i = phase; i >= 0; i--)
        {
            if (_requestsPerItem[i] > 0)
                return _requestsPerItem[i];
        }

        return 0;
    }

    // The share of the items. Their times would be nearer to the truth, but are learnt on the way, and the share would jump.
    private static double? PercentOf(long[] done, long?[] total)
    {
        double worked = 0, work = 0;
        for (var i = 0; i < done.Length; i++)
        {
            if (total[i] is not { } all)
                return null;
            worked += Math.Min(done[i], all);
            work += all;
        }

        return work > 0 ? Math.Min(99.9, 100 * worked / work) : 0;
    }
}
