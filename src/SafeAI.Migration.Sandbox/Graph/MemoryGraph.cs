using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Graph;

/// <summary>
/// The graph in memory. Readers share it under the lock's read side; one transaction at a time changes it under the write side.
/// </summary>
internal sealed class MemoryGraph : IDisposable
{
    private readonly Dictionary<string, LabelSet> _labelSets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RelationshipType> _types = new(StringComparer.Ordinal);
    private readonly Dictionary<string, UniqueIndex> _constraints = new(StringComparer.Ordinal);
    private readonly LabelSet _unlabelled;

    public MemoryGraph() => _unlabelled = SetOf([]);

    /// <summary>Who may touch the graph.</summary>
    public ReaderWriterLockSlim Gate { get; } = new(LockRecursionPolicy.NoRecursion);

    /// <summary>Every combination of labels that was ever used.</summary>
    public IReadOnlyCollection<LabelSet> LabelSets => _labelSets.Values;

    /// <summary>Every relationship type that was ever used.</summary>
    public IReadOnlyCollection<RelationshipType> Types => _types.Values;

    /// <summary>The uniqueness constraints with their indexes.</summary>
    public IReadOnlyCollection<UniqueIndex> Constraints => _constraints.Values;

    /// <summary>Changes whenever a constraint comes or goes: plans made before may not fit any more.</summary>
    public int SchemaVersion { get; private set; }

    /// <summary>The store behind the graph, if it has one.</summary>
    public SqliteGraphFile? File { get; internal set; }

    /// <summary>Every change of an item ever committed in this process.</summary>
    public long CommittedChanges { get; internal set; }

    /// <summary>How many transactions changed something; the graph's version.</summary>
    public long Version { get; internal set; }

    /// <summary>When it was last changed.</summary>
    public DateTimeOffset LastUpdated { get; internal set; } = DateTimeOffset.UtcNow;

    public long NodeCount => _labelSets.Values.Sum(s => (long)s.Nodes.Count);

    public long RelationshipCount => _types.Values.Sum(t => (long)t.Relationships.Count);

    internal long NextNodeId { get; set; }

    internal long NextRelationshipId { get; set; }

    /// <summary>The set of nodes without labels.</summary>
    public LabelSet Unlabelled => _unlabelled;

    /// <summary>The shared set of these labels, in any order and without repetition.</summary>
    public LabelSet SetOf(IEnumerable<string> labels)
    {
        string[] distinct = [.. labels.Distinct(StringComparer.Ordinal)];
        Array.Sort(distinct, StringComparer.Ordinal);
        // No label can hold this separator and stay apart from another set: its length says where each name ends.
        var key = string.Concat(distinct.Select(l => $"{l.Length}:{l}"));
        if (_labelSets.TryGetValue(key, out var known))
            return known;
        var created = new LabelSet(distinct) { Indexes = IndexesOf(distinct) };
        _labelSets.Add(key, created);
        return created;
    }

    /// <summary>A type that exists, or null.</summary>
    public RelationshipType? FindType(string name) => _types.GetValueOrDefault(name);

    /// <summary>A type, made where it is new.</summary>
    public RelationshipType TypeOf(string name)
    {
        if (_types.TryGetValue(name, out var known))
            return known;
        var created = new RelationshipType(name);
        _types.Add(name, created);
        created.Indexes = [.. _constraints.Values.Where(i => !i.Constraint.OnNodes && i.Constraint.Label == name)];
        return created;
    }

    /// <summary>The index of the uniqueness constraint on a label's or a type's property, or null.</summary>
    public UniqueIndex? FindIndex(bool onNodes, string label, string property)
    {
        foreach (var index in _constraints.Values)
        {
            var constraint = index.Constraint;
            if (constraint.OnNodes == onNodes && constraint.Property == property && constraint.Label == label)
                return index;
        }

        return null;
    }

    /// <summary>A constraint by its name, or null.</summary>
    public UniqueIndex? FindConstraint(string name) => _constraints.GetValueOrDefault(name);

    /// <summary>The nodes that have a label; all nodes when it is null.</summary>
    public IEnumerable<LabelSet> SetsWith(string? label)
    {
        foreach (var set in _labelSets.Values)
        {
            if (set.Nodes.Count > 0 && (label is null || set.Contains(label)))
                yield return set;
        }
    }

    /// <summary>How many nodes have a label.</summary>
    public long CountOf(string label) => SetsWith(label).Sum(s => (long)s.Nodes.Count);

    /// <inheritdoc/>
    public void Dispose()
    {
        File?.Dispose();
        Gate.Dispose();
    }

    internal void AddIndex(UniqueIndex index)
    {
        _constraints.Add(index.Constraint.Name, index);
        SchemaChanged(index.Constraint);
    }

    internal void RemoveIndex(UniqueIndex index)
    {
        _constraints.Remove(index.Constraint.Name);
        SchemaChanged(index.Constraint);
    }

    private void SchemaChanged(UniqueConstraint constraint)
    {
        SchemaVersion++;
        if (!constraint.OnNodes)
        {
            TypeOf(constraint.Label).Indexes =
                [.. _constraints.Values.Where(i => !i.Constraint.OnNodes && i.Constraint.Label == constraint.Label)];
            return;
        }

        foreach (var set in _labelSets.Values)
        {
            set.Indexes = IndexesOf(set.Labels);
        }
    }

    private UniqueIndex[] IndexesOf(IReadOnlyList<string> labels) =>
        [.. _constraints.Values.Where(i => i.Constraint.OnNodes && labels.Contains(i.Constraint.Label))];
}
