namespace SafeAI.Migration.Engine.Transformation;

/// <summary>The ids of a run whose mappings are all known, so that what one of them makes is held against what the others make.</summary>
internal sealed class RunIds : IDisposable
{
    private readonly Dictionary<(Type Kind, string Type), int> _counts;

    /// <param name="mappings">Each with all that it makes of one stream.</param>
    public RunIds(IReadOnlyList<MappingDocument> mappings)
    {
        _counts = mappings.SelectMany(m => m.Items).GroupBy(KeyOf).ToDictionary(g => g.Key, g => g.Count());
        var types = mappings.Select(m => m.Items.Where(i => i.IsChecked).Select(KeyOf).ToHashSet());
        AreShared = types.SelectMany(t => t).GroupBy(t => t).Any(g => g.Count() > 1);
    }

    /// <summary>The ids.</summary>
    public UniqueIds Ids { get; } = new();

    /// <summary>Whether several streams make things of one type, so that none can go on in its middle without those before it.</summary>
    public bool AreShared { get; }

    /// <summary>Whether nothing else in the run makes things of the item's type.</summary>
    public bool IsOnlyOfItsType(ItemMapping item) => _counts.GetValueOrDefault(KeyOf(item)) <= 1;

    /// <inheritdoc/>
    public void Dispose() => Ids.Dispose();

    private static (Type Kind, string Type) KeyOf(ItemMapping item) => (item.GetType(), item.Type);
}
