using System.Diagnostics;
using System.Runtime.CompilerServices;
using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Comparing;

/// <summary>
/// Compares a reference, whose items come in any order, with a graph. The reference is kept in a file of the comparison's
/// own, so that memory does not grow with it; the graph is streamed past it. For one thread at a time.
/// </summary>
/// <remarks>
/// Of two graph stores, what is the same byte for byte is passed over in the database, and only the rest is read. Plain Cypher
/// has no function that hashes a value, so that a platform cannot tell a checksum of a range of keys: every item of it is read
/// once, and what is the same is told by its hash.
/// </remarks>
public sealed class DataComparison : IDisposable
{
    private const int PageSize = 1000;
    private readonly ReferenceFile _reference = new();
    private readonly Dictionary<(bool IsNode, string Type), List<GraphItem>> _open = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly bool _isWhole;
    private DataComparisonSummary _summary = new();

    // A graph store that is all there is of the reference, and its types; it is read only where the graph is no store.
    private (string Path, List<(bool IsNode, string Type)> Types)? _store;

    // Whether a node of the reference stands in it under each of its labels.
    private bool _isByEveryLabel;

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
        if (_store is not null)
            throw new InvalidOperationException("A graph store is the reference, and nothing beside it.");
        Keep(item);
    }

    private void Keep(GraphItem item)
    {
        var kind = (item is GraphNode, item.Type);
        if (!_open.TryGetValue(kind, out var page))
            _open[kind] = page = [];
        page.Add(item);
        if (page.Count < PageSize)
            return;
        _reference.Put(page);
        page.Clear();
    }

    /// <summary>Takes all nodes and relationships of a graph in, as the whole reference.</summary>
    /// <param name="graph">The graph. A graph store is read when it is compared, and may be closed before.</param>
    /// <param name="nodeTypes">The node types wanted.</param>
    /// <param name="relationshipTypes">The relationship types wanted.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task AddAsync(
        IGraphDestination graph, IEnumerable<string> nodeTypes, IEnumerable<string> relationshipTypes, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(graph);
        List<(bool IsNode, string Type)> types = [.. nodeTypes.Distinct().Select(t => (true, t)), .. relationshipTypes.Distinct().Select(t => (false, t))];
        if (graph is GraphStoreDestination)
            _store = (graph.DisplayName, types);
        else
            await KeepAsync(graph, types, cancellationToken).ConfigureAwait(false);
        _isByEveryLabel |= graph.ListsByEveryLabel;
    }

    /// <summary>
    /// Streams the differences, type by type; of each type first what differs or is extra, then what is missing. Where the
    /// reference lists a node under each of its labels, the missing nodes come after those of all types.
    /// </summary>
    /// <param name="graph">The graph.</param>
    /// <param name="nodeTypes">The node types to compare; null for those of the reference, and of the graph where the reference is whole.</param>
    /// <param name="relationshipTypes">The relationship types to compare; null likewise.</param>
    /// <param name="cancellationToken">Ends the comparison.</param>
    public async IAsyncEnumerable<DataDifference> CompareAsync(
        IGraphDestination graph, IReadOnlyCollection<string>? nodeTypes = null, IReadOnlyCollection<string>? relationshipTypes = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(graph);
        using var pair = _store is { } store && graph is GraphStoreDestination ? new StorePair(graph.DisplayName, store.Path) : null;
        if (pair is null)
            await KeepStoreAsync(cancellationToken).ConfigureAwait(false);
        foreach (var page in _open.Values)
            _reference.Put(page);
        _summary = _summary with { Destination = graph.DisplayName };
        var (nodes, relationships) = await TypesAsync(graph, nodeTypes, relationshipTypes, cancellationToken).ConfigureAwait(false);
        foreach (var type in nodes)
        {
            await foreach (var difference in (pair is null ? CompareAsync(true, type, graph.StreamNodesAsync(type, cancellationToken), graph.ListsByEveryLabel ? nodes : []) : CompareAsync(pair, true, type, graph, cancellationToken)).ConfigureAwait(false))
                yield return difference;
            foreach (var difference in pair is null && !_isByEveryLabel ? Missing(true, type) : [])
                yield return difference;
        }

        foreach (var type in pair is null && _isByEveryLabel ? nodes : [])
        {
            foreach (var difference in Missing(true, type, nodes))
                yield return difference;
        }

        foreach (var type in relationships)
        {
            await foreach (var difference in (pair is null ? CompareAsync(false, type, graph.StreamRelationshipsAsync(type, cancellationToken), []) : CompareAsync(pair, false, type, graph, cancellationToken)).ConfigureAwait(false))
                yield return difference;
            foreach (var difference in pair is null ? Missing(false, type) : [])
                yield return difference;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _reference.Dispose();

    // The types that are compared. Of two graphs, one that only the graph has would be extra as a whole.
    private async Task<(IReadOnlyList<string> Nodes, IReadOnlyList<string> Relationships)> TypesAsync(
        IGraphDestination graph, IReadOnlyCollection<string>? nodeTypes, IReadOnlyCollection<string>? relationshipTypes, CancellationToken cancellationToken)
    {
        if (nodeTypes is not null || relationshipTypes is not null)
            return ([.. (nodeTypes ?? []).Distinct(StringComparer.Ordinal)], [.. (relationshipTypes ?? []).Distinct(StringComparer.Ordinal)]);
        var schema = _isWhole ? await graph.GetSchemaAsync(cancellationToken).ConfigureAwait(false) : new GraphSchema([], []);
        return ([.. Types(isNode: true).Union(schema.NodeTypes)], [.. Types(isNode: false).Union(schema.RelationshipTypes)]);
    }

    private async IAsyncEnumerable<DataDifference> CompareAsync<T>(bool isNode, string type, IAsyncEnumerable<T> items, IReadOnlyList<string> listedTypes)
        where T : GraphItem
    {
        var page = new List<GraphItem>(PageSize);
        await foreach (var item in items.ConfigureAwait(false))
        {
            if (IsAnothers(type, item, listedTypes))
                continue;
            page.Add(item);
            if (page.Count < PageSize)
                continue;
            foreach (var difference in Compare(isNode, type, page))
                yield return difference;
            page.Clear();
        }

        foreach (var difference in Compare(isNode, type, page))
            yield return difference;
    }

    // A node that the graph lists under several of the types is compared under one: the first that the reference has it under.
    private bool IsAnothers(string type, GraphItem item, IReadOnlyList<string> listedTypes)
    {
        if (listedTypes.Count < 2 || item is not GraphNode { Labels.Count: > 0 } node)
            return false;
        string[] own = [.. listedTypes.Where(t => t == type || node.Labels.Contains(t))];
        return own.Length > 1 && (Array.Find(own, t => _reference.IsSeen(true, t, node.Id) is not null) ?? own[0]) != type;
    }

    private IEnumerable<DataDifference> Missing(bool isNode, string type, IReadOnlyList<string>? listedTypes = null)
    {
        foreach (var id in _reference.Unseen(isNode, type))
        {
            // A node that the reference has under several of the types is missing once, or was met under another.
            if (listedTypes is not null && _reference.Find(isNode, type, id) is GraphNode { Labels.Count: > 0 } node)
            {
                string[] own = [.. listedTypes.Where(t => t == type || node.Labels.Contains(t))];
                if (own[0] != type || own.Any(t => _reference.IsSeen(true, t, id) == true))
                    continue;
            }

            yield return Missing(isNode, type, id);
        }
    }

    private async IAsyncEnumerable<DataDifference> CompareAsync(
        StorePair pair, bool isNode, string type, IGraphDestination graph, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var isInReference = _store!.Value.Types.Contains((isNode, type));
        await using var reference = GraphStoreDestination.Open(_store.Value.Path, create: false);
        var same = pair.Count(isNode, type);
        foreach (var page in pair.NotTheSame(isNode, type, isInReference).Chunk(PageSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            same -= page.Length;
            string[] known = [.. page.Where(r => r.IsKnown).Select(r => r.Id)];
            var actual = await Rollback.ItemStates.ReadAsync(graph, isNode, type, known, cancellationToken).ConfigureAwait(false);
            var expected = await Rollback.ItemStates.ReadAsync(reference, isNode, type, known, cancellationToken).ConfigureAwait(false);
            foreach (var (id, isKnown) in page)
            {
                // What went meanwhile was there when it was compared.
                if (isKnown && !(actual.ContainsKey(id) && expected.ContainsKey(id)))
                    continue;
                foreach (var difference in Tell(isNode, type, id, isKnown ? actual[id] : null, isKnown ? expected[id] : null))
                    yield return difference;
            }
        }

        _summary = _summary with { Items = _summary.Items + same, Same = _summary.Same + same };
        foreach (var id in isInReference ? pair.Missing(isNode, type) : [])
            yield return Missing(isNode, type, id);
    }

    private List<DataDifference> Compare(bool isNode, string type, List<GraphItem> page)
    {
        var found = new List<DataDifference>();
        foreach (var (item, reference) in _reference.See(isNode, type, page))
            found.AddRange(Tell(isNode, type, item.Id, item, reference is null || reference.Hash.AsSpan().SequenceEqual(GraphContent.Hash(item)) ? null : reference.ToItem(), isSame: reference is not null));
        return found;
    }

    private List<DataDifference> Tell(bool isNode, string type, string id, GraphItem? item, GraphItem? reference, bool isSame = false)
    {
        List<DataDifference> found = reference is not null ? [.. ItemDifferences.Between(reference, item!, _isWhole)]
            : isSame ? []
            : [new DataDifference { Kind = DifferenceKind.Extra, IsNode = isNode, Type = type, Id = id }];
        var isExtra = reference is null && !isSame;
        _summary = _summary with
        {
            Items = _summary.Items + 1,
            Extra = _summary.Extra + (isExtra ? 1 : 0),
            Different = _summary.Different + (!isExtra && found.Count > 0 ? 1 : 0),
            Same = _summary.Same + (found.Count == 0 ? 1 : 0),
        };
        return found;
    }

    private DataDifference Missing(bool isNode, string type, string id)
    {
        _summary = _summary with { Items = _summary.Items + 1, Missing = _summary.Missing + 1 };
        return new DataDifference { Kind = DifferenceKind.Missing, IsNode = isNode, Type = type, Id = id };
    }

    private async Task KeepStoreAsync(CancellationToken cancellationToken)
    {
        if (_store is not { } store)
            return;
        await using var graph = GraphStoreDestination.Open(store.Path, create: false);
        await KeepAsync(graph, store.Types, cancellationToken).ConfigureAwait(false);
    }

    private async Task KeepAsync(IGraphDestination graph, IEnumerable<(bool IsNode, string Type)> types, CancellationToken cancellationToken)
    {
        foreach (var (isNode, type) in types)
        {
            if (isNode)
            {
                await foreach (var node in graph.StreamNodesAsync(type, cancellationToken).ConfigureAwait(false))
                    Keep(node);
            }
            else
            {
                await foreach (var relationship in graph.StreamRelationshipsAsync(type, cancellationToken).ConfigureAwait(false))
                    Keep(relationship);
            }
        }
    }

    private List<string> Types(bool isNode) => _store is { } store
        ? [.. store.Types.Where(t => t.IsNode == isNode).Select(t => t.Type)]
        : [.. _reference.Kinds.Where(k => k.IsNode == isNode).Select(k => k.Type)];
}
