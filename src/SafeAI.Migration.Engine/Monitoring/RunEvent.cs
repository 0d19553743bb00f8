namespace SafeAI.Migration.Engine.Monitoring;

/// <summary>Hears what happens in a run. Called from any thread, several at once; must be quick and must not throw.</summary>
public interface IRunObserver
{
    /// <summary>Takes notice.</summary>
    void Observe(RunEvent happened);
}

/// <summary>Something that happened in a run.</summary>
/// <param name="MigrationId">The run's id.</param>
/// <param name="Time">When, in UTC.</param>
public abstract record RunEvent(string MigrationId, DateTimeOffset Time);

/// <summary>A run began.</summary>
public sealed record RunStarted(string MigrationId, DateTimeOffset Time, string Destination, LoadOptions Options) : RunEvent(MigrationId, Time);

/// <summary>A run came to a phase.</summary>
public sealed record PhaseStarted(string MigrationId, DateTimeOffset Time, MigrationPhase Phase) : RunEvent(MigrationId, Time);

/// <summary>A batch was settled.</summary>
/// <param name="MigrationId">The run's id.</param>
/// <param name="Time">When, in UTC.</param>
/// <param name="IsNode">Whether it held nodes; relationships otherwise.</param>
/// <param name="Type">The type of its items.</param>
/// <param name="Items">How many items it held.</param>
/// <param name="Elapsed">How long it took, waits for the rate limit included.</param>
public sealed record BatchSettled(string MigrationId, DateTimeOffset Time, bool IsNode, string Type, int Items, TimeSpan Elapsed) : RunEvent(MigrationId, Time);

/// <summary>A batch could not be brought to its end.</summary>
/// <param name="MigrationId">The run's id.</param>
/// <param name="Time">When, in UTC.</param>
/// <param name="IsNode">Whether it held nodes; relationships otherwise.</param>
/// <param name="Type">The type of its items.</param>
/// <param name="Items">How many items it held.</param>
/// <param name="Code">The error's stable id.</param>
public sealed record BatchFailed(string MigrationId, DateTimeOffset Time, bool IsNode, string Type, int Items, string Code) : RunEvent(MigrationId, Time);

/// <summary>A record or item was turned away.</summary>
public sealed record RecordRejected(string MigrationId, DateTimeOffset Time, Reject Reject) : RunEvent(MigrationId, Time);

/// <summary>The figures at a moment, several times a second at most.</summary>
public sealed record ProgressMade(string MigrationId, DateTimeOffset Time, RunFigures Figures, MigrationProgress Progress) : RunEvent(MigrationId, Time);

/// <summary>Somebody changed a run's limits, and it keeps to them from now on.</summary>
public sealed record LimitsChanged(string MigrationId, DateTimeOffset Time, RunLimits Limits) : RunEvent(MigrationId, Time);

/// <summary>A run ended.</summary>
public sealed record RunEnded(string MigrationId, DateTimeOffset Time, MigrationResult Result) : RunEvent(MigrationId, Time);
