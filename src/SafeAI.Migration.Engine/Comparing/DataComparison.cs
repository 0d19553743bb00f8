using System.Diagnostics;
using System.Runtime.CompilerServices;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Comparing;

/// <summary>
/// Compares a reference, whose items come in any order, with a graph. The reference is kept in a file of the comparison's
/// own, so that memory does not grow with it; the graph is streamed past it. For one thread at a time.
/// </summary>
/// <remarks>
/// Plain Cypher has no function that hashes a value, so that a platform cannot tell a checksum of a range of keys: every item
/// is read once. What is the same is told by its hash and never decoded.
/// </remarks>
public sealed class DataComparison : IDisposable
{
    private const int PageSize = 1000;
    private readonly ReferenceFile _reference = new();
    private readonly Dictionary<(bool IsNode, string Type), List<GraphItem>> _open = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly bool _isWhole;
    private DataComparisonSummary _summary = new();

    /// <summary>Begins a comparison.</summary>
    /// <param name="isWhole">
    /// Whether the reference's items are whole, as those of another graph are: a property that only the graph has is then a
    /// difference. What a mapping makes is not: a load leaves the other properties of a node alone.
    /// </param>
    public DataComparison(bool isWhole) => _isWhole = isWhole;

    /// <summary>The figures so far.</summary>
    public DataComparisonSummary Summary => _summary with { ElapsedSeconds = _clock.Elapsed.TotalSeconds };

    /// <summary>Takes an item of the reference in. Of several with one id, the properties of the later are laid over the earlier, as in a load.</summary>
    public void Add(GraphItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        var kind = (item is GraphNode, item.Type);
        if (!_open.TryGetValue(kind, out var page))
            _open[kind] = page = [];
        page.Add(item);
        if (page.Count < PageSize)
            return;
        _reference.Put(page);
        page.Clear();
    }

    /// <summary>Takes all nodes and relationships of a graph in.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="nodeTypes">The node types wanted.</param>
    /// <param name="relationshipTypes">The relationship types wanted.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task AddAsync(
        IGraphDestination graph, IEnumerable<string> nodeTypes, IEnumerable<string> relationshipTypes, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(graph);
        foreach (var type in nodeTypes)
        {
            await foreach (var node in graph.StreamNodesAsync(type, cancellationToken).ConfigureAwait(false))
                Add(node);
        }

        foreach (var type in relationshipTypes)
        {
            await foreach (var relationship in graph.StreamRelationshipsAsync(type, cancellationToken).ConfigureAwait(false))
                Add(relationship);
        }
    }

    /// <summary>Streams the differences, type by type; of each type first what differs or is extra, then what is missing.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="nodeTypes">The node types to compare; null for those of the reference.</param>
    /// <param name="relationshipTypes">The relationship types to compare; null for those of the reference.</param>
    /// <param name="cancellationToken">Ends the comparison.</param>
    public async IAsyncEnumerable<DataDifference> CompareAsync(
        IGraphDestination graph, IReadOnlyCollection<string>? nodeTypes = null, IReadOnlyCollection<string>? relationshipTypes = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(graph);
        foreach (var page in _open.Values)
            _reference.Put(page);
        var nodes = nodeTypes ?? (relationshipTypes is null ? Types(isNode: true) : []);
        var relationships = relationshipTypes ?? (nodeTypes is null ? Types(isNode: false) : []);
        _summary = _summary with { Destination = graph.DisplayName };
        foreach (var type in nodes.Distinct(StringComparer.Ordinal))
        {
            await foreach (var difference in CompareAsync(true, type, graph.StreamNodesAsync(type, cancellationToken)).ConfigureAwait(false))
                yield return difference;
        }

        foreach (var type in relationships.Distinct(StringComparer.Ordinal))
        {
            await foreach (var difference in CompareAsync(false, type, graph.StreamRelationshipsAsync(type, cancellationToken)).ConfigureAwait(false))
                yield return difference;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _reference.Dispose();

    private async IAsyncEnumerable<DataDifference> CompareAsync<T>(bool isNode, string type, IAsyncEnumerable<T> items)
        where T : GraphItem
    {
        var page = new List<GraphItem>(PageSize);
        await foreach (var item in items.ConfigureAwait(false))
        {
            page.Add(item);
            if (page.Count < PageSize)
                continue;
            foreach (var difference in Compare(isNode, type, page))
                yield return difference;
            page.Clear();
        }

        foreach (var difference in Compare(isNode, type, page))
            yield return difference;
        foreach (var id in _reference.Unseen(isNode, type))
        {
            _summary = _summary with { Items = _summary.Items + 1, Missing = _summary.Missing + 1 };
            yield return new DataDifference { Kind = DifferenceKind.Missing, IsNode = isNode, Type = type, Id = id };
        }
    }

    private List<DataDifference> Compare(bool isNode, string type, List<GraphItem> page)
    {
        var found = new List<DataDifference>();
        foreach (var (item, reference) in _reference.See(isNode, type, page))
        {
            var before = found.Count;
            if (reference is null)
                found.Add(new DataDifference { Kind = DifferenceKind.Extra, IsNode = isNode, Type = type, Id = item.Id });
            else if (!reference.Hash.AsSpan().SequenceEqual(GraphContent.Hash(item)))
                found.AddRange(ItemDifferences.Between(reference.ToItem(), item, _isWhole));
            _summary = _summary with
            {
                Items = _summary.Items + 1,
                Extra = _summary.Extra + (reference is null ? 1 : 0),
                Different = _summary.Different + (reference is not null && found.Count > before ? 1 : 0),
                Same = _summary.Same + (found.Count == before ? 1 : 0),
            };
        }

        return found;
    }

    private List<string> Types(bool isNode) => [.. _reference.Kinds.Where(k => k.IsNode == isNode).Select(k => k.Type)];
}
