using SafeAI.Migration.Engine.Monitoring;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>What a load says of itself while it goes and at its end.</summary>
public sealed partial class LoadSession
{
    /// <summary>
    /// Makes what a stage of the pipeline before the load counted part of the run's figures, even if nothing of it arrived. To
    /// be called once everything was added.
    /// </summary>
    /// <param name="counts">The counts of a conversion, or a stream that was read.</param>
    public void FollowStage(object counts)
    {
        switch (counts)
        {
            case ConversionCounts conversion:
                Include(conversion);
                _pipeline?.Meet(conversion);
                break;

            // Where records arrive, they name the stream that they count for.
            case RecordSource source when _context.Accounts.StreamCount == 0:
                Include(source);
                _pipeline?.Meet(source);
                break;
        }
    }

    /// <summary>
    /// The same for a stage that turned everything away and was run by itself in the middle of what is before the load, as by a
    /// script block: it is taken to have been run for the load where nothing came to that.
    /// </summary>
    /// <param name="counts">The counts of a conversion, or a stream that was read.</param>
    public void FollowInner(object counts)
    {
        if (_context.Accounts.StreamCount == 0)
            FollowStage(counts);
    }

    private MigrationResult Result(MigrationStatus status)
    {
        var (read, loaded, unchanged, rejected, skipped) = _context.Accounts.Total();
        return new MigrationResult
        {
            MigrationId = MigrationId,
            Status = status,
            Destination = _context.Destination.DisplayName,
            Read = read,
            Loaded = loaded,
            Unchanged = unchanged,
            Rejected = rejected,
            Skipped = skipped,
            Nodes = _context.Counters.Nodes,
            Relationships = _context.Counters.Relationships,
            Batches = _context.Counters.Batches,
            Retries = _context.Destination.Retries + (_log?.EarlierRetries ?? 0),
            Verify = _options.Verify,
            ElapsedSeconds = _clock.Elapsed.TotalSeconds + (_log?.EarlierSeconds ?? 0),
            Progress = _monitor.Progress,
            Error = Failure?.Message,
            ErrorCode = Failure?.Code,
        };
    }

    private RunFigures Figures()
    {
        var (read, loaded, unchanged, rejected, _) = _context.Accounts.Total();
        var nodes = Interlocked.Read(ref _nodesAccepted);
        var relationships = Interlocked.Read(ref _relationshipsAccepted);
        var limit = _context.Destination.RateLimit;
        return new RunFigures
        {
            Read = read,
            Expected = _monitor.Expected(_context.Accounts.Sources),
            Processed = loaded + unchanged + rejected + _context.Accounts.SkippedByConversion,
            Rejected = rejected,
            Nodes = _context.Counters.Nodes,
            Relationships = _context.Counters.Relationships,
            NodesAccepted = nodes,
            RelationshipsAccepted = relationships,
            ToVerify = _options.Verify == VerifyMode.Content ? nodes + relationships : 0,
            Requests = _context.Destination.Requests,
            RateLimit = limit?.Limit,
            RateLimitLeft = limit?.Remaining ?? 0,
            RateLimitReset = limit is { } l ? l.Reset - DateTimeOffset.UtcNow : TimeSpan.Zero,
        };
    }
}
