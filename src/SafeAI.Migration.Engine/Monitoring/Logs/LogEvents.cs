namespace SafeAI.Migration.Engine.Monitoring;

/// <summary>The stable ids of what a log tells. They never change, and none is used twice.</summary>
public static class LogEvents
{
    /// <summary>A run began.</summary>
    public const int RunStarted = 1000;

    /// <summary>A run came to a phase.</summary>
    public const int PhaseStarted = 1001;

    /// <summary>A run ended as it should, or was stopped.</summary>
    public const int RunEnded = 1002;

    /// <summary>A run failed.</summary>
    public const int RunFailed = 1003;

    /// <summary>The run keeps to other limits from now on.</summary>
    public const int LimitsChanged = 1004;

    /// <summary>The figures at a moment.</summary>
    public const int Progress = 1100;

    /// <summary>A batch was settled.</summary>
    public const int BatchSettled = 1200;

    /// <summary>A batch could not be brought to its end.</summary>
    public const int BatchFailed = 1201;

    /// <summary>A record or item was turned away.</summary>
    public const int RecordRejected = 1300;
}
