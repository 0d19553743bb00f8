namespace SafeAI.Migration;

/// <summary>How much a log says.</summary>
public enum MigrationLogLevel
{
    /// <summary>Everything, the figures of each moment included.</summary>
    Debug,

    /// <summary>The run's beginning, phases, batches and end.</summary>
    Information,

    /// <summary>What was turned away.</summary>
    Warning,

    /// <summary>What failed.</summary>
    Error,
}
