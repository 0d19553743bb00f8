namespace SafeAI.Migration.Runner;

/// <summary>What the process's exit code says.</summary>
internal static class ExitCode
{
    /// <summary>Done, within the error budget.</summary>
    public const int Done = 0;

    /// <summary>An error that nobody foresaw.</summary>
    public const int UnexpectedError = 1;

    /// <summary>The arguments or the plan are wrong.</summary>
    public const int BadArguments = 2;

    /// <summary>Failed: the error budget was exceeded, verification found differences, or not everything was loaded.</summary>
    public const int Failed = 3;

    /// <summary>Stopped before the end.</summary>
    public const int Stopped = 4;

    /// <summary>The migration window closed before the end, and the plan says that nobody waits for the next.</summary>
    public const int WindowClosed = 5;

    /// <summary>The code for a run's result.</summary>
    public static int For(MigrationResult result) => result.Status switch
    {
        MigrationStatus.Completed => Done,
        MigrationStatus.Stopped when result.ErrorCode == ErrorCode.WindowClosed => WindowClosed,
        MigrationStatus.Stopped => Stopped,
        _ => Failed,
    };

    /// <summary>The code for a failure before anything was loaded.</summary>
    public static int For(MigrationException failure) => failure.Code switch
    {
        ErrorCode.InvalidPlan or ErrorCode.InvalidMapping or ErrorCode.UnknownField or ErrorCode.UnsafeIdentifier or ErrorCode.UnknownFormat
            or ErrorCode.SourceNotFound or ErrorCode.NoDestination or ErrorCode.RunNotFound
            or ErrorCode.InvalidConnection or ErrorCode.InvalidOptions or ErrorCode.InvalidQuery or ErrorCode.InvalidSchema => BadArguments,
        _ => Failed,
    };
}
