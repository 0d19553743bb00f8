using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.GraphStore;

/// <summary>The prepared statements that write, for one connection and one thread at a time.</summary>
internal sealed class GraphStoreWriter : IDisposable
{
    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private readonly Utf8JsonWriter _json;
    private readonly SqliteCommand _hasNode;
    private readonly SqliteCommand _findNode;
    private readonly SqliteCommand _putNode;
    private readonly SqliteCommand _findRelationship;
    private readonly SqliteCommand _putRelationship;
    private readonly SqliteCommand _deleteNode;
    private readonly SqliteCommand _deleteRelationship;
    private readonly SqliteCommand _hasRelationship;
    private readonly SqliteCommand _detach;
    private readonly SqliteCommand[] _all;

    public GraphStoreWriter(SqliteConnection connection)
    {
        _json = new Utf8JsonWriter(_buffer);
        _hasNode = Prepare("SELECT 1 FROM node WHERE type = $type AND id = $id", "$type", "$id");
        _findNode = Prepare("SELECT id, labels, properties FROM node WHERE type = $type AND id = $id", "$type", "$id");
        _putNode = Prepare(
            "INSERT INTO node (type, id, labels, properties) VALUES ($type, $id, $labels, $properties) "
            + "ON CONFLICT DO UPDATE SET labels = excluded.labels, properties = excluded.properties",
            "$type", "$id", "$labels", "$properties");
        _findRelationship = Prepare(
            "SELECT id, from_type, from_id, to_type, to_id, properties FROM relationship WHERE type = $type AND id = $id", "$type", "$id");
        _putRelationship = Prepare(
            "INSERT INTO relationship (type, id, from_type, from_id, to_type, to_id, properties) "
            + "VALUES ($type, $id, $from_type, $from_id, $to_type, $to_id, $properties) "
            + "ON CONFLICT DO UPDATE SET properties = excluded.properties",
            "$type", "$id", "$from_type", "$from_id", "$to_type", "$to_id", "$properties");
        _deleteNode = Prepare("DELETE FROM node WHERE type = $type AND id = $id", "$type", "$id");
        _deleteRelationship = Prepare("DELETE FROM relationship WHERE type = $type AND id = $id", "$type", "$id");
        _hasRelationship = Prepare(
            "SELECT EXISTS (SELECT 1 FROM relationship WHERE from_type = $type AND from_id = $id) OR EXISTS (SELECT 1 FROM relationship WHERE to_type = $type AND to_id = $id)",
            "$type", "$id");
        _detach = Prepare("DELETE FROM relationship WHERE (from_type = $type AND from_id = $id) OR (to_type = $type AND to_id = $id)", "$type", "$id");
        _all = [_hasNode, _findNode, _putNode, _findRelationship, _putRelationship, _deleteNode, _deleteRelationship, _hasRelationship, _detach];

        SqliteCommand Prepare(string sql, params string[] parameters)
        {
            var command = connection.CreateCommand();
#pragma warning disable CA2100 // The texts stand above; values are parameters.
            command.CommandText = sql;
#pragma warning restore CA2100
            foreach (var parameter in parameters)
                command.Parameters.Add(parameter, SqliteType.Text);
            return command;
        }
    }

    /// <summary>Makes the statements part of a transaction.</summary>
    public void Join(SqliteTransaction transaction) => Array.ForEach(_all, c => c.Transaction = transaction);

    /// <summary>Creates or updates a node.</summary>
    public WrittenItem? Put(string type, GraphNode node, IReadOnlyCollection<string>? removedLabels = null)
    {
        var before = FindNode(type, node.Id);
        string[] labels = before is null ? [.. node.Labels] : [.. before.Labels.Except(removedLabels ?? []).Union(node.Labels)];
        var parameters = _putNode.Parameters;
        parameters[0].Value = type;
        parameters[1].Value = node.Id;
        parameters[2].Value = labels.Length == 0 ? DBNull.Value : JsonSerializer.Serialize(labels);
        parameters[3].Value = Text(before is null ? node.Properties : before.Properties.Overlay(node.Properties));
        _putNode.ExecuteNonQuery();
        return new WrittenItem(node.Id, before?.Properties, before?.Labels);
    }

    /// <summary>Creates or updates a relationship; nothing is written where an end is missing.</summary>
    public WrittenItem? Put(string type, GraphRelationship relationship)
    {
        if (!HasNode(relationship.FromType, relationship.FromId) || !HasNode(relationship.ToType, relationship.ToId))
            return null;
        var before = FindRelationship(type, relationship.Id);
        if (before is not null && !ItemBatch.HasSameEnds(before, relationship))
            throw new MigrationException(
                ErrorCode.RequestRefused,
                $"There is a relationship {type} '{relationship.Id}' already, between other nodes ({before.FromType} '{before.FromId}' and {before.ToType} '{before.ToId}').",
                "Give the relationship an id of its own in the mapping.");
        var parameters = _putRelationship.Parameters;
        parameters[0].Value = type;
        parameters[1].Value = relationship.Id;
        parameters[2].Value = relationship.FromType;
        parameters[3].Value = relationship.FromId;
        parameters[4].Value = relationship.ToType;
        parameters[5].Value = relationship.ToId;
        parameters[6].Value = Text(before is null ? relationship.Properties : before.Properties.Overlay(relationship.Properties));
        _putRelationship.ExecuteNonQuery();
        return new WrittenItem(relationship.Id, before?.Properties);
    }

    /// <summary>Creates a node; one that is there stays as it is.</summary>
    public WrittenItem? Insert(string type, GraphNode node) =>
        FindNode(type, node.Id) is { } before ? new WrittenItem(node.Id, before.Properties, before.Labels) : Put(type, node);

    /// <summary>Creates a relationship; one between the same nodes that is there stays as it is, and nothing is written where an end is missing.</summary>
    public WrittenItem? Insert(string type, GraphRelationship relationship) =>
        FindRelationship(type, relationship.Id) is { } before && ItemBatch.HasSameEnds(before, relationship) ? new WrittenItem(relationship.Id, before.Properties) : Put(type, relationship);

    public void Dispose()
    {
        _json.Dispose();
        Array.ForEach(_all, c => c.Dispose());
    }

    /// <summary>Deletes a node, and its relationships where that is said; without it, one that has any is left alone.</summary>
    /// <returns>Whether it was there and is gone.</returns>
    public bool DeleteNode(string type, string id, bool withRelationships)
    {
        if (withRelationships)
            Execute(_detach, type, id);
        else if (HasRelationship(type, id))
            return false;
        return Execute(_deleteNode, type, id) > 0;
    }

    /// <summary>Deletes a relationship.</summary>
    /// <returns>Whether it was there.</returns>
    public bool DeleteRelationship(string type, string id) => Execute(_deleteRelationship, type, id) > 0;

    private static int Execute(SqliteCommand command, string type, string id)
    {
        command.Parameters[0].Value = type;
        command.Parameters[1].Value = id;
        return command.ExecuteNonQuery();
    }

    private bool HasRelationship(string type, string id)
    {
        _hasRelationship.Parameters[0].Value = type;
        _hasRelationship.Parameters[1].Value = id;
        return (long)_hasRelationship.ExecuteScalar()! != 0;
    }

    private bool HasNode(string type, string id)
    {
        _hasNode.Parameters[0].Value = type;
        _hasNode.Parameters[1].Value = id;
        return _hasNode.ExecuteScalar() is not null;
    }

    private GraphNode? FindNode(string type, string id)
    {
        _findNode.Parameters[0].Value = type;
        _findNode.Parameters[1].Value = id;
        using var reader = _findNode.ExecuteReader();
        return reader.Read() ? GraphStoreRows.Node(type, reader) : null;
    }

    private GraphRelationship? FindRelationship(string type, string id)
    {
        _findRelationship.Parameters[0].Value = type;
        _findRelationship.Parameters[1].Value = id;
        using var reader = _findRelationship.ExecuteReader();
        return reader.Read() ? GraphStoreRows.Relationship(type, reader) : null;
    }

    private string Text(PropertySet properties)
    {
        _buffer.ResetWrittenCount();
        _json.Reset();
        GraphJson.WriteProperties(_json, properties, tagged: true, withNulls: false);
        _json.Flush();
        return Encoding.UTF8.GetString(_buffer.WrittenSpan);
    }
}

/// <summary>Rows as items.</summary>
internal static class GraphStoreRows
{
    /// <summary>A node from the columns id, labels, properties.</summary>
    public static GraphNode Node(string type, SqliteDataReader reader) =>
        new(type, reader.GetString(0), Properties(reader.GetString(2)), reader.IsDBNull(1) ? null : JsonSerializer.Deserialize<string[]>(reader.GetString(1)));

    /// <summary>A relationship from the columns id, from_type, from_id, to_type, to_id, properties.</summary>
    public static GraphRelationship Relationship(string type, SqliteDataReader reader) =>
        new(type, reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), Properties(reader.GetString(5)));

    private static PropertySet Properties(string text)
    {
        if (text == "{}")
            return PropertySet.Empty;
        using var document = JsonDocument.Parse(text);
        return GraphJson.ReadProperties(document.RootElement);
    }
}
