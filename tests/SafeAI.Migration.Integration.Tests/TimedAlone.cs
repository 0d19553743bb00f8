namespace SafeAI.Migration.Integration.Tests;

/// <summary>The tests that keep to a real clock together with another process: they run when all others have ended.</summary>
[CollectionDefinition(nameof(TimedAlone), DisableParallelization = true)]
public sealed class TimedAlone;
