namespace SafeAI.Migration.Engine.Tests;

/// <summary>The tests that measure the process itself, such as its memory: they run when all others have ended.</summary>
[CollectionDefinition(nameof(MeasuredAlone), DisableParallelization = true)]
public sealed class MeasuredAlone;
