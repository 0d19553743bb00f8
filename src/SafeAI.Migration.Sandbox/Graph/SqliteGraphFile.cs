using Microsoft.Data.Sqlite;
using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Graph;

/// <summary>
/// The graph in one SQLite file. A transaction is written and on the disk before its statement is answered;
/// the file is read once, at the start.
/// </summary>
internal sealed class SqliteGraphFile : IDisposable
{
    private const int FormatVersion = 1;

    // "SAIS", in the file's header; the first files had none.
    private const long ApplicationId = 0x53414953;

    // "SAIG", which the graph stores of the engine have.
    private const long GraphStoreId = 0x53414947;

    private readonly SqliteConnection _connection;
    private readonly StoredJson _json = new();
    private readonly SqliteCommand _saveNode;
    private readonly SqliteCommand _saveRelationship;
    private readonly SqliteCommand _deleteNode;
    private readonly SqliteCommand _deleteRelationship;
    private readonly SqliteCommand _addConstraint;
    private readonly SqliteCommand _dropConstraint;

    private SqliteGraphFile(SqliteConnection connection)
    {
        _connection = connection;
        _saveNode = Prepare(
            "INSERT INTO nodes(id, labels, properties) VALUES ($1, $2, $3) "
            + "ON CONFLICT(id) DO UPDATE SET labels = excluded.labels, properties = excluded.properties", 3);
        _saveRelationship = Prepare(
            "INSERT INTO relationships(id, type, start_node, end_node, properties) VALUES ($1, $2, $3, $4, $5) "
            + "ON CONFLICT(id) DO UPDATE SET properties = excluded.properties", 5);
        _deleteNode = Prepare("DELETE FROM nodes WHERE id = $1", 1);
        _deleteRelationship = Prepare("DELETE FROM relationships WHERE id = $1", 1);
        _addConstraint = Prepare("INSERT INTO constraints(name, on_nodes, label, property) VALUES ($1, $2, $3, $4)", 4);
        _dropConstraint = Prepare("DELETE FROM constraints WHERE name = $1", 1);
    }

    /// <summary>Opens or creates a file and reads its graph.</summary>
    public static MemoryGraph Load(string path)
    {
        SQLitePCL.Batteries_V2.Init();
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            connection.Open();
            Check(connection, path);
            return Load(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Writes everything a transaction touched, as one transaction of the file.</summary>
    public void Write(MemoryGraph graph, GraphTransaction changes)
    {
        var (entities, constraints) = changes.Touched();
        using var transaction = _connection.BeginTransaction(deferred: false);
        foreach (var entity in entities)
        {
            Save(entity, transaction);
        }

        foreach (var (constraint, added) in constraints)
        {
            if (added)
                Run(_addConstraint, transaction, constraint.Name, constraint.OnNodes ? 1L : 0L, constraint.Label, constraint.Property);
            else
                Run(_dropConstraint, transaction, constraint.Name);
        }

        transaction.Commit();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _json.Dispose();
        _saveNode.Dispose();
        _saveRelationship.Dispose();
        _deleteNode.Dispose();
        _deleteRelationship.Dispose();
        _addConstraint.Dispose();
        _dropConstraint.Dispose();
        _connection.Dispose();
    }

    // Before anything is written: a file of somebody else's stays as it is.
    private static void Check(SqliteConnection connection, string path)
    {
        long application, version, foreign;
        try
        {
            // As long as nobody has read the file yet, it spares an index that others would need.
            Execute(connection, "PRAGMA locking_mode = EXCLUSIVE");
            application = (long)Scalar(connection, "PRAGMA application_id")!;
            version = (long)Scalar(connection, "PRAGMA user_version")!;
            foreign = (long)Scalar(connection, "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name NOT IN ('nodes', 'relationships', 'constraints')")!;
        }
        catch (SqliteException notADatabase) when (notADatabase.SqliteErrorCode == 26)
        {
            throw new InvalidDataException($"{path} is no sandbox file. Name another file, or one that does not exist.", notADatabase);
        }
        catch (SqliteException inUse) when (inUse.SqliteErrorCode is 5 or 6)
        {
            throw new IOException($"{path} is in use by another sandbox. Stop that one first, or name another file.", inUse);
        }

        if (application == GraphStoreId)
            throw new InvalidDataException(
                $"{path} is a graph store, not a sandbox file. Start the sandbox with another file, and copy the graph store into it: "
                + "Get-SafeAIData reads it, Import-SafeAIData writes it to the sandbox.");
        if (application != ApplicationId && (application != 0 || foreign > 0))
            throw new InvalidDataException($"{path} is a database of another kind, no sandbox file. Name another file, or one that does not exist.");
        if (version > FormatVersion)
            throw new InvalidDataException($"{path} was written by a newer sandbox (format {version}).");
    }

    private static MemoryGraph Load(SqliteConnection connection)
    {
        Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 10000;");
        Execute(connection, $"""
            BEGIN IMMEDIATE;
            CREATE TABLE IF NOT EXISTS nodes(id INTEGER PRIMARY KEY, labels BLOB NOT NULL, properties BLOB NOT NULL);
            CREATE TABLE IF NOT EXISTS relationships(
              id INTEGER PRIMARY KEY, type TEXT NOT NULL, start_node INTEGER NOT NULL, end_node INTEGER NOT NULL, properties BLOB NOT NULL);
            CREATE TABLE IF NOT EXISTS constraints(
              name TEXT PRIMARY KEY, on_nodes INTEGER NOT NULL, label TEXT NOT NULL, property TEXT NOT NULL);
            PRAGMA user_version = {FormatVersion};
            PRAGMA application_id = {ApplicationId};
            COMMIT;
            """);
        var graph = new MemoryGraph();
        ReadInto(graph, connection);
        graph.File = new SqliteGraphFile(connection);
        return graph;
    }

    private static void ReadInto(MemoryGraph graph, SqliteConnection connection)
    {
        var nodes = new Dictionary<long, Node>();
        using (var command = Command(connection, "SELECT id, labels, properties FROM nodes ORDER BY id"))
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                var labels = (object?[])StoredJson.Read(reader.GetFieldValue<byte[]>(1))!;
                var node = new Node(reader.GetInt64(0), graph.SetOf(labels.Cast<string>()));
                SetProperties(node, reader.GetFieldValue<byte[]>(2));
                GraphEdit.Insert(node);
                nodes.Add(node.Id, node);
                graph.NextNodeId = node.Id + 1;
            }
        }

        using (var command = Command(connection, "SELECT id, type, start_node, end_node, properties FROM relationships ORDER BY id"))
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                var relationship = new Relationship(
                    reader.GetInt64(0), graph.TypeOf(reader.GetString(1)), nodes[reader.GetInt64(2)], nodes[reader.GetInt64(3)]);
                SetProperties(relationship, reader.GetFieldValue<byte[]>(4));
                GraphEdit.Insert(relationship);
                graph.NextRelationshipId = relationship.Id + 1;
            }
        }

        using (var command = Command(connection, "SELECT name, on_nodes, label, property FROM constraints ORDER BY name"))
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                var index = new UniqueIndex(
                    new UniqueConstraint(reader.GetString(0), reader.GetInt64(1) != 0, reader.GetString(2), reader.GetString(3)));
                GraphEdit.Fill(graph, index);
                graph.AddIndex(index);
            }
        }
    }

    private static void SetProperties(Entity entity, byte[] json)
    {
        var map = (CypherMap)StoredJson.Read(json)!;
        entity.Shape = map.Shape;
        entity.Values = map.Values;
    }

    private void Save(Entity entity, SqliteTransaction transaction)
    {
        switch (entity)
        {
            case { Deleted: true }:
                Run(entity is Node ? _deleteNode : _deleteRelationship, transaction, entity.Id);
                break;
            case Node node:
                Run(_saveNode, transaction, node.Id, node.Labels.Stored, _json.Write(node.Shape, node.Values));
                break;
            case Relationship relationship:
                Run(
                    _saveRelationship,
                    transaction,
                    relationship.Id,
                    relationship.Type.Name,
                    relationship.Start.Id,
                    relationship.End.Id,
                    _json.Write(relationship.Shape, relationship.Values));
                break;
            default:
                throw new InvalidOperationException("Neither node nor relationship");
        }
    }

    private SqliteCommand Prepare(string text, int parameters)
    {
        var command = Command(_connection, text);
        for (var i = 1; i <= parameters; i++)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = "$" + (char)('0' + i) });
        }

        command.Prepare();
        return command;
    }

    private static void Run(SqliteCommand command, SqliteTransaction transaction, params ReadOnlySpan<object> values)
    {
        command.Transaction = transaction;
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }

        command.ExecuteNonQuery();
    }

    // Every text is a constant of this class.
#pragma warning disable CA2100
    private static SqliteCommand Command(SqliteConnection connection, string text)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        return command;
    }
#pragma warning restore CA2100

    private static void Execute(SqliteConnection connection, string text)
    {
        using var command = Command(connection, text);
        command.ExecuteNonQuery();
    }

    private static object? Scalar(SqliteConnection connection, string text)
    {
        using var command = Command(connection, text);
        return command.ExecuteScalar();
    }
}
