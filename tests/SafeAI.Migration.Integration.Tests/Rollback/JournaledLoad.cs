using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Integration.Tests.Rollback;

/// <summary>How the last batch of a load ends.</summary>
internal enum LastBatch
{
    /// <summary>Its outcome is in the journal.</summary>
    Confirmed,

    /// <summary>It arrived, and the process died before the answer.</summary>
    Arrived,

    /// <summary>It was written ahead, and the process died before it was sent.</summary>
    NotSent,
}

/// <summary>Loads items as a run of a journal: one batch after the other, written ahead, sent, confirmed.</summary>
internal static class JournaledLoad
{
    public static async Task<string> RunAsync(
        JournalFile journal, IGraphDestination destination, IReadOnlyList<GraphItem> items, int batchSize = 3, LastBatch last = LastBatch.Confirmed)
    {
        using var run = RunJournal.Begin(journal, new MigrationRun { Id = MigrationId.Create(), Destination = destination.DisplayName, Started = DateTimeOffset.UtcNow });
        var chunks = items.OrderBy(i => i is GraphNode ? 0 : 1).GroupBy(BatchKey.For).SelectMany(g => g.Chunk(batchSize).Select(c => (g.Key, Items: c))).ToList();
        foreach (var (key, chunk) in chunks)
        {
            var batch = await JournaledAsync(destination, key, chunk);
            var (number, onDisk) = run.Sent(key, batch);
            await onDisk;
            var isLast = chunk == chunks[^1].Items;
            if (isLast && last == LastBatch.NotSent)
                return run.Run.Id;
            if (key.IsNode)
                await destination.WriteNodesAsync(key.Type, [.. chunk.Cast<GraphNode>()]);
            else
                await destination.WriteRelationshipsAsync(key.Type, key.FromType!, key.ToType!, [.. chunk.Cast<GraphRelationship>()]);
            if (isLast && last == LastBatch.Arrived)
                return run.Run.Id;
            foreach (var item in batch)
                item.Outcome = item.Existed ? ItemOutcome.Updated : ItemOutcome.Created;
            await run.Confirmed(number, batch, []);
        }

        run.End(new MigrationResult { MigrationId = run.Run.Id, Status = MigrationStatus.Completed }, MigrationPhase.Ended);
        return run.Run.Id;
    }

    /// <summary>Everything in a graph, spelt out with the types of the values, in a fixed order.</summary>
    public static async Task<IReadOnlyList<string>> ContentAsync(IGraphDestination graph)
    {
        var content = new List<string>();
        var schema = await graph.GetSchemaAsync();
        foreach (var type in schema.NodeTypes)
        {
            await foreach (var node in graph.StreamNodesAsync(type))
                content.Add($"(:{type}:{string.Join(':', node.Labels.Order())} {node.Id}) {Text(node.Properties)}");
        }

        foreach (var type in schema.RelationshipTypes)
        {
            await foreach (var r in graph.StreamRelationshipsAsync(type))
                content.Add($"({r.FromType} {r.FromId})-[:{type} {r.Id}]->({r.ToType} {r.ToId}) {Text(r.Properties)}");
        }

        // A node with several labels is listed under each.
        return [.. content.Where(c => !c.StartsWith("(:Extra", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

        static string Text(PropertySet properties) => string.Join(", ", properties.Where(p => p.Value is not null).OrderBy(p => p.Key, StringComparer.Ordinal).Select(p =>
            $"{p.Key}={p.Value!.GetType().Name}:{(p.Value is Array list ? string.Join('|', list.Cast<object>()) : p.Value)}"));
    }

    private static async Task<JournaledItem[]> JournaledAsync(IGraphDestination destination, BatchKey key, IReadOnlyList<GraphItem> chunk)
    {
        string[] ids = [.. chunk.Select(i => i.Id)];
        IEnumerable<GraphItem> found = key.IsNode ? await destination.ReadNodesAsync(key.Type, ids) : await destination.ReadRelationshipsAsync(key.Type, ids);
        var existing = found.ToDictionary(i => i.Id);
        return [.. chunk.Select((item, i) =>
        {
            var before = existing.GetValueOrDefault(item.Id);
            var labels = (before as GraphNode)?.Labels;
            return new JournaledItem
            {
                Id = item.Id,
                FromId = (item as GraphRelationship)?.FromId,
                ToId = (item as GraphRelationship)?.ToId,
                Before = before?.Properties,
                LabelsBefore = labels,
                AfterHash = GraphContent.Hash(
                    item, before?.Properties.Overlay(item.Properties) ?? item.Properties, (item as GraphNode)?.Labels.Union(labels ?? [])),
                Tickets = [new JournaledTicket(new RecordTicket(0, i + 1), 0)],
            };
        })];
    }
}
