using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Graph;

/// <summary>A uniqueness constraint.</summary>
/// <param name="Name">Its name.</param>
/// <param name="OnNodes">Whether it is for a label; otherwise for a relationship type.</param>
/// <param name="Label">The label or the type.</param>
/// <param name="Property">The property.</param>
internal sealed record UniqueConstraint(string Name, bool OnNodes, string Label, string Property);

/// <summary>
/// The index behind a uniqueness constraint: a hash for equality and, from the first time a range is asked for, a sorted form.
/// </summary>
internal sealed class UniqueIndex(UniqueConstraint constraint)
{
    private readonly Dictionary<object, Entity> _byValue = new(ValueComparison.Equivalence!);
    private readonly Lock _building = new();
    private SortedEntries? _sorted;

    public UniqueConstraint Constraint { get; } = constraint;

    /// <summary>How many entities have the property.</summary>
    public int Count => _byValue.Count;

    /// <summary>The entity with this value, or null.</summary>
    public Entity? Find(object? value) => value is not null && _byValue.TryGetValue(value, out var entity) ? entity : null;

    internal bool TryAdd(object value, Entity entity)
    {
        if (!_byValue.TryAdd(value, entity))
            return false;
        _sorted?.Add(value, entity);
        return true;
    }

    internal void Remove(object value)
    {
        if (_byValue.Remove(value))
            _sorted?.Remove(value);
    }

    internal void Reserve(int entries) => _byValue.EnsureCapacity(entries);

    /// <summary>The sorted form. Readers may ask for it at the same time; writers never run beside them.</summary>
    public SortedEntries Sorted()
    {
        lock (_building)
        {
            return _sorted ??= SortedEntries.Of(_byValue);
        }
    }
}
