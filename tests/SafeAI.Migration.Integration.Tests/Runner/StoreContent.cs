using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Integration.Tests.Runner;

/// <summary>What a graph holds, as the hashes of its nodes and then its relationships, by type and id.</summary>
internal static class StoreContent
{
    public static async Task<List<string>> HashesAsync(string path)
    {
        await using var store = GraphStoreDestination.Open(path, create: false);
        return await HashesAsync(store);
    }

    public static async Task<List<string>> HashesAsync(IGraphDestination graph)
    {
        var content = new List<string>();
        var schema = await graph.GetSchemaAsync();
        foreach (var type in schema.NodeTypes)
        {
            await foreach (var node in graph.StreamNodesAsync(type))
                content.Add(Convert.ToHexString(GraphContent.Hash(node)));
        }

        foreach (var type in schema.RelationshipTypes)
        {
            await foreach (var relationship in graph.StreamRelationshipsAsync(type))
                content.Add(Convert.ToHexString(GraphContent.Hash(relationship)));
        }

        return content;
    }
}
