using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.GraphStore;

/// <summary>
/// A graph in one local SQLite file, readable by its owner only. A batch is one transaction and on disk before it
/// counts. Several processes may read while one writes.
/// </summary>
public sealed partial class GraphStoreDestination : IGraphDestination
{
    private const int PageSize = 1000;

    private readonly string _path;
    private readonly ConcurrentBag<SqliteConnection> _readers = [];
    private readonly SemaphoreSlim _writing = new(1);
    private SqliteConnection? _writer;
    private GraphStoreWriter? _statements;

    private GraphStoreDestination(string path) => _path = path;

    /// <inheritdoc/>
    public string DisplayName => _path;

    /// <inheritdoc/>
    public long Retries => 0;

    /// <summary>Opens a store.</summary>
    /// <param name="path">The file.</param>
    /// <param name="create">Whether to open it for writing, and create it where it does not exist. Without it, the first write opens it for writing.</param>
    /// <exception cref="MigrationException"><see cref="ErrorCode.StoreFailed"/>: it cannot be opened, or is no graph store.</exception>
    public static GraphStoreDestination Open(string path, bool create)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var full = Path.GetFullPath(path);
        if (!create && !File.Exists(full))
            throw new MigrationException(ErrorCode.StoreFailed, $"There is no graph store at {full}.", "Check the path; a load creates the file.");
        if (Path.GetDirectoryName(full) is { } folder && !Directory.Exists(folder))
            throw new MigrationException(ErrorCode.StoreFailed, $"The folder of the graph store {full} does not exist.", "Create the folder first, or name another.");
        var store = new GraphStoreDestination(full);
        try
        {
            if (create)
            {
                PrivateFile.Create(full);
                store.OpenWriter();
            }
            else
            {
                using var reader = LocalDatabase.OpenToRead(full, "");
                GraphStoreSchema.Check(reader, full);
            }

            return store;
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw GraphStoreError.From(e, full);
        }
    }

    /// <inheritdoc/>
    public Task PrepareAsync(IReadOnlyCollection<string> nodeTypes, IReadOnlyCollection<string> relationshipTypes, CancellationToken cancellationToken = default) =>
        Task.CompletedTask;

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<string, long>> CountNodesAsync(IReadOnlyCollection<string> types, CancellationToken cancellationToken = default) =>
        Task.FromResult(Count("node", types));

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<string, long>> CountRelationshipsAsync(IReadOnlyCollection<string> types, CancellationToken cancellationToken = default) =>
        Task.FromResult(Count("relationship", types));

    /// <inheritdoc/>
    public Task<GraphSchema> GetSchemaAsync(CancellationToken cancellationToken = default)
    {
        return Task.FromResult(Read(connection => new GraphSchema(Types(connection, "node"), Types(connection, "relationship"))));

        static List<string> Types(SqliteConnection connection, string table)
        {
            // Walks from one type to the next along the key instead of reading every row.
            using var command = Command(connection, $"""
                WITH RECURSIVE t(type) AS (
                    SELECT MIN(type) FROM {table}
                    UNION ALL SELECT (SELECT MIN(type) FROM {table} WHERE type > t.type) FROM t WHERE t.type IS NOT NULL)
                SELECT type FROM t WHERE type IS NOT NULL
                """);
            using var reader = command.ExecuteReader();
            var types = new List<string>();
            while (reader.Read())
                types.Add(reader.GetString(0));
            return types;
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<GraphNode>> ReadNodesAsync(string type, IReadOnlyCollection<string> ids, CancellationToken cancellationToken = default) =>
        Task.FromResult(ReadByIds(ids, "SELECT id, labels, properties FROM node WHERE type = $type AND id = $id", type, r => GraphStoreRows.Node(type, r), cancellationToken));

    /// <inheritdoc/>
    public Task<IReadOnlyList<GraphRelationship>> ReadRelationshipsAsync(string type, IReadOnlyCollection<string> ids, CancellationToken cancellationToken = default) =>
        Task.FromResult(ReadByIds(
            ids, "SELECT id, from_type, from_id, to_type, to_id, properties FROM relationship WHERE type = $type AND id = $id",
            type, r => GraphStoreRows.Relationship(type, r), cancellationToken));

    /// <inheritdoc/>
    public Task<WriteAnswer> WriteNodesAsync(string type, IReadOnlyList<GraphNode> nodes, CancellationToken cancellationToken = default) =>
        WriteAsync(nodes, (writer, node) => writer.Put(type, node), cancellationToken);

    /// <inheritdoc/>
    public Task<WriteAnswer> WriteRelationshipsAsync(
        string type, string fromType, string toType, IReadOnlyList<GraphRelationship> relationships, CancellationToken cancellationToken = default) =>
        WriteAsync(relationships, (writer, relationship) => writer.Put(type, relationship), cancellationToken);

    /// <inheritdoc/>
    public Task<WriteAnswer> InsertNodesAsync(string type, IReadOnlyList<GraphNode> nodes, CancellationToken cancellationToken = default) =>
        WriteAsync(nodes, (writer, node) => writer.Insert(type, node), cancellationToken);

    /// <inheritdoc/>
    public Task<WriteAnswer> InsertRelationshipsAsync(
        string type, string fromType, string toType, IReadOnlyList<GraphRelationship> relationships, CancellationToken cancellationToken = default) =>
        WriteAsync(relationships, (writer, relationship) => writer.Insert(type, relationship), cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<GraphNode> StreamNodesAsync(string type, CancellationToken cancellationToken = default) =>
        StreamNodesAsync(type, [], "", cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<GraphNode> StreamNodesAsync(
        string type, IReadOnlyCollection<string> labels, string after, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var nodes = StreamAsync(
            "SELECT id, labels, properties FROM node WHERE type = $type AND id > $after ORDER BY id LIMIT $limit",
            type, r => GraphStoreRows.Node(type, r), after, cancellationToken);
        await foreach (var node in nodes.ConfigureAwait(false))
        {
            if (labels.All(node.Labels.Contains))
                yield return node;
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<GraphRelationship> StreamRelationshipsAsync(string type, CancellationToken cancellationToken = default) =>
        StreamRelationshipsAsync(type, "", cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<GraphRelationship> StreamRelationshipsAsync(string type, string after, CancellationToken cancellationToken = default) =>
        StreamAsync(
            "SELECT id, from_type, from_id, to_type, to_id, properties FROM relationship WHERE type = $type AND id > $after ORDER BY id LIMIT $limit",
            type, r => GraphStoreRows.Relationship(type, r), after, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        foreach (var reader in _readers)
            reader.Dispose();
        _statements?.Dispose();
        _writer?.Dispose();
        _writing.Dispose();
        return ValueTask.CompletedTask;
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // Table names come from this class; values are parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command;
    }

    private T Read<T>(Func<SqliteConnection, T> read)
    {
        try
        {
            if (!_readers.TryTake(out var connection))
                connection = LocalDatabase.OpenToRead(_path, "PRAGMA cache_size=-16000;");
            try
            {
                return read(connection);
            }
            finally
            {
                _readers.Add(connection);
            }
        }
        catch (SqliteException e)
        {
            throw GraphStoreError.From(e, _path);
        }
    }

    private GraphStoreWriter OpenWriter()
    {
        if (_statements is not null)
            return _statements;
        var writer = LocalDatabase.Open(_path, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-64000;");
        try
        {
            GraphStoreSchema.Prepare(writer, _path);
            _writer = writer;
            return _statements = new GraphStoreWriter(writer);
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

#pragma warning disable CA1859 // The interface's tasks are of the interface's types.
    private IReadOnlyDictionary<string, long> Count(string table, IReadOnlyCollection<string> types)
    {
        return Read(connection =>
        {
            using var command = Command(connection, $"SELECT COUNT(*) FROM {table} WHERE type = $type");
            var parameter = command.Parameters.Add("$type", SqliteType.Text);
            var counts = new Dictionary<string, long>(StringComparer.Ordinal);
            foreach (var type in types)
            {
                parameter.Value = type;
                counts[type] = (long)command.ExecuteScalar()!;
            }

            return counts;
        });
    }

    private IReadOnlyList<T> ReadByIds<T>(
        IReadOnlyCollection<string> ids, string sql, string type, Func<SqliteDataReader, T> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Read(connection =>
        {
            using var command = Command(connection, sql);
            command.Parameters.AddWithValue("$type", type);
            var parameter = command.Parameters.Add("$id", SqliteType.Text);
            var items = new List<T>(ids.Count);
            foreach (var id in ids)
            {
                parameter.Value = id;
                using var reader = command.ExecuteReader();
                if (reader.Read())
                    items.Add(read(reader));
            }

            return items;
        });
    }
#pragma warning restore CA1859

    private async IAsyncEnumerable<T> StreamAsync<T>(
        string sql, string type, Func<SqliteDataReader, T> read, string after, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : GraphItem
    {
        // A page at a time, so that a slow reader does not hold back the write-ahead log.
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var page = Read(connection =>
            {
                using var command = Command(connection, sql);
                command.Parameters.AddWithValue("$type", type);
                command.Parameters.AddWithValue("$after", after);
                command.Parameters.AddWithValue("$limit", PageSize);
                using var reader = command.ExecuteReader();
                var rows = new List<T>(PageSize);
                while (reader.Read())
                    rows.Add(read(reader));
                return rows;
            });

            foreach (var item in page)
                yield return item;
            if (page.Count < PageSize)
                yield break;
            after = page[^1].Id;
            await Task.Yield();
        }
    }

    private async Task<WriteAnswer> WriteAsync<T>(IReadOnlyList<T> items, Func<GraphStoreWriter, T, WrittenItem?> put, CancellationToken cancellationToken) => new(
        await InTransactionAsync(
            writer =>
            {
                var written = new List<WrittenItem>(items.Count);
                foreach (var item in items)
                {
                    if (put(writer, item) is { } answer)
                        written.Add(answer);
                }

                return written;
            },
            cancellationToken).ConfigureAwait(false),
        WasRepeated: false);

    private async Task<T> InTransactionAsync<T>(Func<GraphStoreWriter, T> work, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var writer = OpenWriter();
            using var transaction = _writer!.BeginTransaction();
            writer.Join(transaction);
            var answer = work(writer);
            transaction.Commit();
            return answer;
        }
        catch (SqliteException e)
        {
            throw GraphStoreError.From(e, _path);
        }
        finally
        {
            _writing.Release();
        }
    }
}
