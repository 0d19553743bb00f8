using System.Collections.Concurrent;
using SafeAI.Migration.Engine.Journal;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>Per type of a run: prepares the destination once, and remembers how many items there were before.</summary>
internal sealed class TypeStates(IGraphDestination destination, RunJournal? journal = null, bool countsLabels = false)
{
    private readonly ConcurrentDictionary<(bool IsNode, string Type), Lazy<Task<long>>> _countBefore = new();
    private readonly ConcurrentDictionary<(bool IsNode, string Type), Lazy<Task<bool>>> _startedEmpty = new();
    private readonly ConcurrentDictionary<string, bool> _labels = new(StringComparer.Ordinal);
    private readonly IReadOnlyDictionary<(bool IsNode, string Type), long> _earlier =
        journal is null or { IsNew: true } ? new Dictionary<(bool IsNode, string Type), long>() : journal.TypeCounts();

    /// <summary>The counts at the start, of the types that were prepared and, where they are counted, of further labels.</summary>
    public async Task<IReadOnlyDictionary<(bool IsNode, string Type), long>> CountsBeforeAsync()
    {
        var counts = new Dictionary<(bool, string), long>(_earlier);
        foreach (var (type, count) in _countBefore)
            counts[type] = await count.Value.ConfigureAwait(false);
        return counts;
    }

    /// <summary>Makes the destination ready for a type, the first time it is met.</summary>
    /// <returns>Whether the destination had no item of this type then.</returns>
    public async Task<bool> PrepareAsync(BatchKey key, CancellationToken cancellationToken)
    {
        foreach (var label in countsLabels && key.Labels.Length > 0 ? key.LabelList : [])
        {
            _labels.TryAdd(label, true);
            await CountBeforeAsync((true, label), cancellationToken).ConfigureAwait(false);
        }

        return await _startedEmpty.GetOrAdd(
            (key.IsNode, key.Type),
            type => new Lazy<Task<bool>>(() => PrepareOnceAsync(type.IsNode, type.Type, cancellationToken))).Value.ConfigureAwait(false);
    }

    /// <summary>Whether a type was prepared already, and the destination had no item of it then; null where it was not prepared yet.</summary>
    public bool? StartedEmpty(BatchKey key) =>
        _startedEmpty.TryGetValue((key.IsNode, key.Type), out var empty) && empty is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true } counted }
            ? counted.Result
            : null;

    private async Task<bool> PrepareOnceAsync(bool isNode, string type, CancellationToken cancellationToken)
    {
        await destination.PrepareAsync(isNode ? [type] : [], isNode ? [] : [type], cancellationToken).ConfigureAwait(false);

        // Since it was counted as a further label, nodes with it may have come.
        var isCounted = isNode && _labels.ContainsKey(type);
        return await CountBeforeAsync((isNode, type), cancellationToken).ConfigureAwait(false) == 0 && !isCounted;
    }

    private Task<long> CountBeforeAsync((bool IsNode, string Type) type, CancellationToken cancellationToken) =>
        _countBefore.GetOrAdd(type, t => new Lazy<Task<long>>(() => CountOnceAsync(t.IsNode, t.Type, cancellationToken))).Value;

    private async Task<long> CountOnceAsync(bool isNode, string type, CancellationToken cancellationToken)
    {
        if (_earlier.TryGetValue((isNode, type), out var earlier))
            return earlier;
        var counts = isNode
            ? await destination.CountNodesAsync([type], cancellationToken).ConfigureAwait(false)
            : await destination.CountRelationshipsAsync([type], cancellationToken).ConfigureAwait(false);
        var count = counts.GetValueOrDefault(type);
        _ = journal?.TypeCount(isNode, type, count);
        return count;
    }
}
