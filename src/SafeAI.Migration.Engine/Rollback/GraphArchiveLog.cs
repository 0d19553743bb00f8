using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Rollback;

/// <summary>
/// A whole graph in an archive, as batches that make another graph the same: relationships that it does not have go,
/// nodes and relationships get the values of then, nodes that it does not have go.
/// </summary>
internal sealed class GraphArchiveLog : UndoLog
{
    private const int BatchSize = 1000;
    private readonly RestoreArchive _archive;
    private readonly string _destination;
    private readonly ItemLedger _extras = new("undo");

    private GraphArchiveLog(RestoreArchive archive, string destination) => (_archive, _destination) = (archive, destination);

    public override string MigrationId => _archive.Name;

    public override string Destination => _destination;

    /// <summary>What there is beside the archive is another thing each time it is looked at.</summary>
    public override bool IsFixed => false;

    public override string ChangedReason => "It is not in the archive.";

    /// <summary>Opens the log, and finds what the destination has that the archive does not.</summary>
    public static async Task<UndoLog> OpenAsync(RestoreArchive archive, IGraphDestination destination, CancellationToken cancellationToken)
    {
        var log = new GraphArchiveLog(archive, destination.DisplayName);
        using var known = new ItemLedger("undo");
        foreach (var batch in archive.Items(ArchiveManifest.NodesName).Concat(archive.Items(ArchiveManifest.RelationshipsName)))
            known.Put(batch.Key.IsNode, batch.Key.Type, batch.Items.Select(i => (i.Id, (byte[]?)null)));
        var schema = await destination.GetSchemaAsync(cancellationToken).ConfigureAwait(false);
        foreach (var type in schema.RelationshipTypes)
            await log.CollectAsync(false, type, destination.StreamRelationshipsAsync(type, cancellationToken), known).ConfigureAwait(false);
        foreach (var type in schema.NodeTypes)
            await log.CollectAsync(true, type, destination.StreamNodesAsync(type, cancellationToken), known).ConfigureAwait(false);
        return log;
    }

    public override bool IsForced(JournaledBatch batch, bool force) => force || batch.Items[0].Existed;

    public override IEnumerable<JournaledBatch> Backwards()
    {
        var number = long.MaxValue;
        return Extras(isNode: false).Concat(_archive.Items(ArchiveManifest.NodesName)).Concat(_archive.Items(ArchiveManifest.RelationshipsName)).Concat(Extras(isNode: true))
            .Select(b => b with { Number = number-- });
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _extras.Dispose();
        base.Dispose(disposing);
    }

    private IEnumerable<JournaledBatch> Extras(bool isNode) => _extras.Pages(BatchSize).Where(p => p.IsNode == isNode).Select(page => new JournaledBatch(
        0, new BatchKey(page.Type, isNode ? null : "", isNode ? null : "", ""), BatchState.Confirmed,
        [.. page.Items.Select(i => new JournaledItem
        {
            Id = i.Key,
            FromId = isNode ? null : "",
            ToId = isNode ? null : "",
            Outcome = ItemOutcome.Created,
            AfterHash = new byte[GraphContent.HashLength],
            Tickets = [new JournaledTicket(new RecordTicket(0, 0), 0)],
        })],
        ArchiveJson.NoTemporals));

    private async Task CollectAsync<T>(bool isNode, string type, IAsyncEnumerable<T> items, ItemLedger known)
        where T : GraphItem
    {
        var page = new List<(string, byte[]?)>(BatchSize);
        await foreach (var item in items.ConfigureAwait(false))
        {
            // A node with several labels may be in the archive under another one.
            if (known.Contains(isNode, type, item.Id) || (item is GraphNode node && node.Labels.Any(l => known.Contains(true, l, item.Id))))
                continue;
            page.Add((item.Id, null));
            if (page.Count < BatchSize)
                continue;
            _extras.Put(isNode, type, page);
            page.Clear();
        }

        _extras.Put(isNode, type, page);
    }
}
