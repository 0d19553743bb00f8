namespace SafeAI.Migration.Engine.Transformation;

/// <summary>The ids of a run whose mappings are all known, so that what one of them makes is held against what the others make.</summary>
/// <param name="mappings">Each with all that it makes of one stream.</param>
internal sealed class RunIds(IReadOnlyList<MappingDocument> mappings) : IDisposable
{
    /// <summary>The ids.</summary>
    public UniqueIds Ids { get; } = new();

    /// <summary>All that is made in the run.</summary>
    public MadeTypes Types { get; } = new(mappings);

    /// <summary>Whether several streams make things of one type, so that none can go on in its middle without those before it.</summary>
    public bool AreShared => Types.AreShared();

    /// <inheritdoc/>
    public void Dispose() => Ids.Dispose();
}
