namespace SafeAI.Migration.Engine.Rollback;

/// <summary>How a run is put back.</summary>
public sealed record UndoOptions
{
    /// <summary>Whether items that others changed since are put back as well, and relationships of others go with the nodes that go.</summary>
    public bool Force { get; init; }

    /// <summary>Receives the figures after each batch; null for nobody.</summary>
    public Action<UndoResult>? OnProgress { get; init; }
}
