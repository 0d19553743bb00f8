using Microsoft.Data.Sqlite;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// Remembers on disk what each of any number of items should look like: its id and the hash of its content. The file is the
/// run's own, readable by its owner only, and gone when the ledger is disposed. Safe for several threads. What cannot be
/// written or read is a <see cref="MigrationException"/> with <see cref="ErrorCode.StoreFailed"/>; from then on nothing can be told.
/// </summary>
internal sealed class ItemLedger : IDisposable
{
    private readonly TemporaryFile _file;
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _put;
    private readonly SqliteCommand _remove;
    private readonly SqliteCommand _find;
    private readonly SqliteCommand _page;
    private readonly object _lock = new();
    private readonly Dictionary<(bool IsNode, string Type), int> _kinds = [];
    private MigrationException? _failure;

    /// <param name="purpose">What it is for; a part of the file's name.</param>
    public ItemLedger(string purpose)
    {
        (_file, _connection) = LocalDatabase.OpenTemporary(
            purpose,
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-32000;",
            "CREATE TABLE item (kind INTEGER NOT NULL, id TEXT NOT NULL, hash BLOB, PRIMARY KEY (kind, id)) WITHOUT ROWID",
            Failure);
        _put = LocalDatabase.PrepareForItem(_connection, "INSERT INTO item (kind, id, hash) VALUES ($kind, $id, $hash) ON CONFLICT DO UPDATE SET hash = excluded.hash");
        _put.Parameters.Add("$hash", SqliteType.Blob);
        _remove = LocalDatabase.PrepareForItem(_connection, "DELETE FROM item WHERE kind = $kind AND id = $id");
        _find = LocalDatabase.PrepareForItem(_connection, "SELECT hash FROM item WHERE kind = $kind AND id = $id");
        _page = LocalDatabase.PrepareForItem(_connection, "SELECT id, hash FROM item WHERE kind = $kind AND id > $id ORDER BY id LIMIT $size");
        _page.Parameters.Add("$size", SqliteType.Integer);
    }

    /// <summary>Remembers the items of a confirmed batch. A later batch with the same id wins.</summary>
    public void Put(BatchKey key, IReadOnlyList<(string Id, byte[] Hash)> items) => Put(key.IsNode, key.Type, items!);

    /// <summary>Remembers items of one kind; of an item that is known the new state counts.</summary>
    /// <param name="isNode">Whether they are nodes.</param>
    /// <param name="type">Their type.</param>
    /// <param name="items">Their ids and the hashes of their content; null where they should not be there. May ask the ledger.</param>
    public void Put(bool isNode, string type, IEnumerable<(string Id, byte[]? Hash)> items) => Guarded(() =>
    {
        using var transaction = _connection.BeginTransaction();
        _put.Transaction = _find.Transaction = transaction;
        var kind = KindOf(isNode, type);
        foreach (var (id, hash) in items)
        {
            _put.Parameters[0].Value = kind;
            _put.Parameters[1].Value = id;
            _put.Parameters[2].Value = (object?)hash ?? DBNull.Value;
            _put.ExecuteNonQuery();
        }

        transaction.Commit();
        return _find.Transaction = null;
    });

    /// <summary>Forgets an item.</summary>
    public void Remove(bool isNode, string type, string id) => Guarded(() =>
    {
        _remove.Parameters[0].Value = KindOf(isNode, type);
        _remove.Parameters[1].Value = id;
        return _remove.ExecuteNonQuery();
    });

    /// <summary>Whether an item is remembered.</summary>
    public bool Contains(bool isNode, string type, string id) => Scalar(isNode, type, id) is not null;

    /// <summary>The bytes remembered for an item; null where there are none.</summary>
    public byte[]? Find(bool isNode, string type, string id) => Scalar(isNode, type, id) as byte[];

    /// <summary>Which of these ids are remembered.</summary>
    public HashSet<string> Find(BatchKey key, IEnumerable<string> ids) =>
        ids.Where(id => Contains(key.IsNode, key.Type, id)).ToHashSet(StringComparer.Ordinal);

    /// <summary>Everything remembered, in pages of one kind.</summary>
    public IEnumerable<(bool IsNode, string Type, IReadOnlyDictionary<string, byte[]?> Items)> Pages(int size)
    {
        foreach (var ((isNode, type), kind) in _kinds)
        {
            var after = "";
            while (true)
            {
                var page = Guarded(() => Page(kind, ref after, size));
                if (page.Count > 0)
                    yield return (isNode, type, page);
                if (page.Count < size)
                    break;
            }
        }
    }

    public void Dispose()
    {
        _put.Dispose();
        _remove.Dispose();
        _find.Dispose();
        _page.Dispose();
        _connection.Dispose();
        _file.Dispose();
    }

    private static MigrationException Failure(Exception cause, string path) => TemporaryFile.Failure(
        cause, $"What the items should look like cannot be kept in {path}", "go on with the run; what was confirmed is kept.");

    private Dictionary<string, byte[]?> Page(int kind, ref string after, int size)
    {
        var page = new Dictionary<string, byte[]?>(StringComparer.Ordinal);
        _page.Parameters[0].Value = kind;
        _page.Parameters[1].Value = after;
        _page.Parameters[2].Value = size;
        using var reader = _page.ExecuteReader();
        while (reader.Read())
            page[after = reader.GetString(0)] = reader.IsDBNull(1) ? null : (byte[])reader[1];
        return page;
    }

    private object? Scalar(bool isNode, string type, string id) => Guarded(() =>
    {
        _find.Parameters[0].Value = KindOf(isNode, type);
        _find.Parameters[1].Value = id;
        return _find.ExecuteScalar();
    });

    // Without a journal of its own the file is in disorder after a failure.
    private T Guarded<T>(Func<T> work)
    {
        lock (_lock)
        {
            if (_failure is not null)
                throw _failure;
            try
            {
                return work();
            }
            catch (SqliteException e)
            {
                throw _failure = Failure(e, _file.Path);
            }
        }
    }

    private int KindOf(bool isNode, string type)
    {
        if (!_kinds.TryGetValue((isNode, type), out var kind))
            _kinds[(isNode, type)] = kind = _kinds.Count;
        return kind;
    }
}
