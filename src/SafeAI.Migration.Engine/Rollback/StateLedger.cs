using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Rollback;

/// <summary>
/// Remembers on disk which state each of any number of items should have. The file is the run's own, readable by its
/// owner only, and gone when the ledger is disposed. For one thread at a time.
/// </summary>
internal sealed class StateLedger : IDisposable
{
    private readonly TemporaryFile _file = new("undo");
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _put;
    private readonly SqliteCommand _remove;
    private readonly SqliteCommand _find;
    private readonly Dictionary<(bool IsNode, string Type), int> _kinds = [];

    public StateLedger()
    {
        _connection = LocalDatabase.Open(_file.Path, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-32000;");
        LocalDatabase.Execute(_connection, "CREATE TABLE item (kind INTEGER NOT NULL, id TEXT NOT NULL, hash BLOB, PRIMARY KEY (kind, id)) WITHOUT ROWID");
        _put = Prepare("INSERT INTO item (kind, id, hash) VALUES ($kind, $id, $hash) ON CONFLICT DO UPDATE SET hash = excluded.hash");
        _put.Parameters.Add("$hash", SqliteType.Blob);
        _remove = Prepare("DELETE FROM item WHERE kind = $kind AND id = $id");
        _find = Prepare("SELECT hash FROM item WHERE kind = $kind AND id = $id");
    }

    /// <summary>Remembers items of one kind; of an item that is known the new state counts.</summary>
    /// <param name="isNode">Whether they are nodes.</param>
    /// <param name="type">Their type.</param>
    /// <param name="items">Their ids and the hashes of their content; null where they should not be there.</param>
    public void Put(bool isNode, string type, IEnumerable<(string Id, byte[]? Hash)> items)
    {
        using var transaction = _connection.BeginTransaction();
        _put.Transaction = _find.Transaction = transaction;
        _put.Parameters[0].Value = KindOf(isNode, type);
        foreach (var (id, hash) in items)
        {
            _put.Parameters[1].Value = id;
            _put.Parameters[2].Value = (object?)hash ?? DBNull.Value;
            _put.ExecuteNonQuery();
        }

        transaction.Commit();
        _find.Transaction = null;
    }

    /// <summary>Forgets an item.</summary>
    public void Remove(bool isNode, string type, string id)
    {
        _remove.Parameters[0].Value = KindOf(isNode, type);
        _remove.Parameters[1].Value = id;
        _remove.ExecuteNonQuery();
    }

    /// <summary>Whether an item is remembered.</summary>
    public bool Contains(bool isNode, string type, string id) => Scalar(isNode, type, id) is not null;

    /// <summary>The bytes remembered for an item; null where there are none.</summary>
    public byte[]? Find(bool isNode, string type, string id) => Scalar(isNode, type, id) as byte[];

    /// <summary>Everything remembered, in pages of one kind.</summary>
    public IEnumerable<(bool IsNode, string Type, IReadOnlyDictionary<string, byte[]?> Items)> Pages(int size)
    {
        foreach (var ((isNode, type), kind) in _kinds)
        {
            var after = "";
            while (true)
            {
                var page = new Dictionary<string, byte[]?>(StringComparer.Ordinal);
                using (var command = _connection.CreateCommand())
                {
                    command.CommandText = "SELECT id, hash FROM item WHERE kind = $kind AND id > $after ORDER BY id LIMIT $size";
                    command.Parameters.AddWithValue("$kind", kind);
                    command.Parameters.AddWithValue("$after", after);
                    command.Parameters.AddWithValue("$size", size);
                    using var reader = command.ExecuteReader();
                    while (reader.Read())
                        page[after = reader.GetString(0)] = reader.IsDBNull(1) ? null : (byte[])reader[1];
                }

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
        _connection.Dispose();
        _file.Dispose();
    }

    private object? Scalar(bool isNode, string type, string id)
    {
        _find.Parameters[0].Value = KindOf(isNode, type);
        _find.Parameters[1].Value = id;
        return _find.ExecuteScalar();
    }

    private int KindOf(bool isNode, string type)
    {
        if (!_kinds.TryGetValue((isNode, type), out var kind))
            _kinds[(isNode, type)] = kind = _kinds.Count;
        return kind;
    }

    private SqliteCommand Prepare(string sql)
    {
        var command = _connection.CreateCommand();
#pragma warning disable CA2100 // The texts stand above; values are parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Parameters.Add("$kind", SqliteType.Integer);
        command.Parameters.Add("$id", SqliteType.Text);
        return command;
    }
}
