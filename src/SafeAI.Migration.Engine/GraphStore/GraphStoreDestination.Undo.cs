using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.GraphStore;

/// <content>What puts a graph back: deleting, taking labels away, and finding what hangs on a node.</content>
public sealed partial class GraphStoreDestination
{
    /// <inheritdoc/>
    public Task<WriteAnswer> RestoreNodesAsync(
        string type, IReadOnlyList<GraphNode> nodes, IReadOnlyCollection<string> removedLabels, CancellationToken cancellationToken = default) =>
        WriteAsync(nodes, (writer, node) => writer.Put(type, node, removedLabels), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> DeleteNodesAsync(
        string type, IReadOnlyCollection<string> ids, bool withRelationships, CancellationToken cancellationToken = default) =>
        InTransactionAsync<IReadOnlyList<string>>(writer => [.. ids.Where(id => writer.DeleteNode(type, id, withRelationships))], cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> DeleteRelationshipsAsync(string type, IReadOnlyCollection<string> ids, CancellationToken cancellationToken = default) =>
        InTransactionAsync<IReadOnlyList<string>>(writer => [.. ids.Where(id => writer.DeleteRelationship(type, id))], cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<GraphRelationship>> ReadRelationshipsOfAsync(
        string type, IReadOnlyCollection<string> ids, int limit, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<IReadOnlyList<GraphRelationship>>(Read(connection =>
        {
            using var command = Command(connection, """
                SELECT id, from_type, from_id, to_type, to_id, properties, type FROM relationship WHERE from_type = $type AND from_id = $id
                UNION SELECT id, from_type, from_id, to_type, to_id, properties, type FROM relationship WHERE to_type = $type AND to_id = $id
                LIMIT $limit
                """);
            command.Parameters.AddWithValue("$type", type);
            command.Parameters.AddWithValue("$limit", limit);
            var parameter = command.Parameters.Add("$id", Microsoft.Data.Sqlite.SqliteType.Text);
            var seen = new HashSet<(string, string)>();
            var found = new List<GraphRelationship>();
            foreach (var id in ids)
            {
                parameter.Value = id;
                using var reader = command.ExecuteReader();
                while (found.Count < limit && reader.Read())
                {
                    if (seen.Add((reader.GetString(6), reader.GetString(0))))
                        found.Add(GraphStoreRows.Relationship(reader.GetString(6), reader));
                }
            }

            return found;
        }));
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<GraphRelationship>> PageRelationshipsOfAsync(
        string type, string id, (string Type, string Id) after, int limit, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<IReadOnlyList<GraphRelationship>>(Read(connection =>
        {
            // Both parts come in the order of the indexes, so that only what is wanted is read.
            using var command = Command(connection, """
                SELECT id, from_type, from_id, to_type, to_id, properties, type FROM relationship
                WHERE from_type = $type AND from_id = $id AND (type, id) > ($afterType, $afterId)
                UNION ALL SELECT id, from_type, from_id, to_type, to_id, properties, type FROM relationship
                WHERE to_type = $type AND to_id = $id AND (type, id) > ($afterType, $afterId) AND NOT (from_type = $type AND from_id = $id)
                ORDER BY type, id LIMIT $limit
                """);
            command.Parameters.AddWithValue("$type", type);
            command.Parameters.AddWithValue("$id", id);
            command.Parameters.AddWithValue("$afterType", after.Type);
            command.Parameters.AddWithValue("$afterId", after.Id);
            command.Parameters.AddWithValue("$limit", limit);
            var found = new List<GraphRelationship>();
            using var reader = command.ExecuteReader();
            while (reader.Read())
                found.Add(GraphStoreRows.Relationship(reader.GetString(6), reader));
            return found;
        }));
    }

    /// <inheritdoc/>
    public Task ProbeWriteAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            File.Open(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite).Dispose();
            return Task.CompletedTask;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw GraphStoreError.From(e, _path);
        }
    }
}
