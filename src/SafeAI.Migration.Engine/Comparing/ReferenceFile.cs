using System.Buffers;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Rollback;

namespace SafeAI.Migration.Engine.Comparing;

/// <summary>
/// The reference of a comparison on disk: of each item its hash, its content, and whether the graph has it, too. What cannot be
/// written or read is a <see cref="MigrationException"/> with <see cref="ErrorCode.StoreFailed"/>; the comparison is over then.
/// </summary>
internal sealed class ReferenceFile : IDisposable
{
    private const int PageSize = 1000;

    private readonly TemporaryFile _file;
    private readonly SqliteConnection _connection;
    private readonly Dictionary<(bool IsNode, string Type), long> _kinds = [];
    private readonly SqliteCommand _insert;
    private readonly SqliteCommand _find;
    private readonly SqliteCommand _see;
    private readonly SqliteCommand _unseen;
    private readonly SqliteCommand _isSeen;

    public ReferenceFile()
    {
        (_file, _connection) = LocalDatabase.OpenTemporary(
            "compare",
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-16000;",
            "CREATE TABLE item (kind INTEGER NOT NULL, id TEXT NOT NULL, hash BLOB NOT NULL, data BLOB NOT NULL, seen INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (kind, id)) WITHOUT ROWID",
            Failure);
        _insert = LocalDatabase.PrepareForItem(_connection, "INSERT INTO item (kind, id, hash, data) VALUES ($kind, $id, $hash, $data) ON CONFLICT DO UPDATE SET hash = excluded.hash, data = excluded.data");
        _insert.Parameters.Add("$hash", SqliteType.Blob);
        _insert.Parameters.Add("$data", SqliteType.Blob);
        _find = LocalDatabase.PrepareForItem(_connection, "SELECT hash, data FROM item WHERE kind = $kind AND id = $id");
        _see = LocalDatabase.PrepareForItem(_connection, "UPDATE item SET seen = 1 WHERE kind = $kind AND id = $id");
        _unseen = LocalDatabase.PrepareForItem(_connection, "SELECT id FROM item WHERE kind = $kind AND id > $id AND seen = 0 ORDER BY id LIMIT $size");
        _unseen.Parameters.AddWithValue("$size", PageSize);
        _isSeen = LocalDatabase.PrepareForItem(_connection, "SELECT seen FROM item WHERE kind = $kind AND id = $id");
    }

    /// <summary>The kinds of items it has.</summary>
    public IEnumerable<(bool IsNode, string Type)> Kinds => _kinds.Keys;

    /// <summary>Whether the graph was seen to have an item; null where the reference does not have it.</summary>
    public bool? IsSeen(bool isNode, string type, string id)
    {
        if (!_kinds.TryGetValue((isNode, type), out var kind))
            return null;
        return Guarded(() =>
        {
            _isSeen.Parameters[0].Value = kind;
            _isSeen.Parameters[1].Value = id;
            return _isSeen.ExecuteScalar() is long seen ? seen != 0 : (bool?)null;
        });
    }

    /// <summary>An item; null where the reference does not have it.</summary>
    public GraphItem? Find(bool isNode, string type, string id)
    {
        if (!_kinds.TryGetValue((isNode, type), out var kind))
            return null;
        return Guarded(() =>
        {
            _find.Transaction = null;
            return Find(kind, id);
        })?.ToItem();
    }

    /// <summary>Keeps items of one kind.</summary>
    public void Put(IReadOnlyCollection<GraphItem> items)
    {
        if (items.Count > 0)
            Guarded(() => PutNow(items));
    }

    /// <summary>Looks up items of the graph, and remembers that it has them.</summary>
    /// <returns>Each item with the reference's; null where the reference does not have it.</returns>
    public List<(GraphItem Item, Entry? Reference)> See(bool isNode, string type, IReadOnlyList<GraphItem> items) => Guarded(() =>
    {
        var kind = KindOf(isNode, type);
        using var transaction = Begin();
        var found = new List<(GraphItem, Entry?)>(items.Count);
        foreach (var item in items)
        {
            var entry = Find(kind, item.Id);
            found.Add((item, entry));
            if (entry is null)
                continue;
            _see.Parameters[0].Value = kind;
            _see.Parameters[1].Value = item.Id;
            _see.ExecuteNonQuery();
        }

        transaction.Commit();
        return found;
    });

    /// <summary>The ids of the items that the graph was not seen to have.</summary>
    public IEnumerable<string> Unseen(bool isNode, string type)
    {
        var kind = KindOf(isNode, type);
        for (List<string> page = [""]; page.Count > 0;)
        {
            var after = page[^1];
            page = Guarded(() => Unseen(kind, after));
            foreach (var id in page)
                yield return id;
        }
    }

    public void Dispose()
    {
        _insert.Dispose();
        _find.Dispose();
        _see.Dispose();
        _unseen.Dispose();
        _isSeen.Dispose();
        _connection.Dispose();
        _file.Dispose();
    }

    private static MigrationException Failure(Exception cause, string path) => TemporaryFile.Failure(
        cause, $"What is compared cannot be kept in {path}", "compare again; nothing was changed.");

    private T Guarded<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (SqliteException e)
        {
            throw Failure(e, _file.Path);
        }
    }

    private int PutNow(IReadOnlyCollection<GraphItem> items)
    {
        using var transaction = Begin();
        var buffer = new ArrayBufferWriter<byte>(1024);
        foreach (var next in items)
        {
            var kind = KindOf(next is GraphNode, next.Type);
            var item = Find(kind, next.Id) is { } earlier ? Overlay(earlier.ToItem(), next) : next;
            buffer.ResetWrittenCount();
            using (var json = new Utf8JsonWriter(buffer))
                ArchiveJson.WriteItem(json, item, withNulls: true);
            _insert.Parameters[0].Value = kind;
            _insert.Parameters[1].Value = item.Id;
            _insert.Parameters[2].Value = GraphContent.Hash(item);
            _insert.Parameters[3].Value = buffer.WrittenSpan.ToArray();
            _insert.ExecuteNonQuery();
        }

        transaction.Commit();
        return items.Count;
    }

    private List<string> Unseen(long kind, string after)
    {
        _unseen.Parameters[0].Value = kind;
        _unseen.Parameters[1].Value = after;
        var ids = new List<string>();
        using var reader = _unseen.ExecuteReader();
        while (reader.Read())
            ids.Add(reader.GetString(0));
        return ids;
    }

    private static GraphItem Overlay(GraphItem earlier, GraphItem later) => later switch
    {
        GraphNode n => new GraphNode(n.Type, n.Id, earlier.Properties.Overlay(n.Properties), [.. ((GraphNode)earlier).Labels.Union(n.Labels)]),
        GraphRelationship r => new GraphRelationship(r.Type, r.Id, r.FromType, r.FromId, r.ToType, r.ToId, earlier.Properties.Overlay(r.Properties)),
        _ => throw new InvalidOperationException(),
    };

    private Entry? Find(long kind, string id)
    {
        _find.Parameters[0].Value = kind;
        _find.Parameters[1].Value = id;
        using var reader = _find.ExecuteReader();
        return reader.Read() ? new Entry((byte[])reader[0], (byte[])reader[1]) : null;
    }

    private SqliteTransaction Begin() => _insert.Transaction = _find.Transaction = _see.Transaction = _connection.BeginTransaction();

    private long KindOf(bool isNode, string type)
    {
        if (!_kinds.TryGetValue((isNode, type), out var kind))
            _kinds[(isNode, type)] = kind = _kinds.Count;
        return kind;
    }

    /// <summary>An item of the reference.</summary>
    internal sealed record Entry(byte[] Hash, byte[] Data)
    {
        public GraphItem ToItem()
        {
            using var document = JsonDocument.Parse(Data);
            var (key, item) = ArchiveJson.ReadItem(document.RootElement);
            return ItemStates.Before(key, item);
        }
    }
}
