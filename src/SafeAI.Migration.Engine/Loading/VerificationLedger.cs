using Microsoft.Data.Sqlite;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// Remembers on disk what every item of a run should look like at the destination: its id and the hash of its content.
/// The file is the run's own, readable by its owner only, and gone when the ledger is disposed.
/// </summary>
internal sealed class VerificationLedger : IDisposable
{
    private readonly TemporaryFile _file = new("verify");
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _put;
    private readonly object _lock = new();
    private readonly Dictionary<BatchKey, int> _keys = [];

    public VerificationLedger()
    {
        _connection = LocalDatabase.Open(_file.Path, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-32000;");
        LocalDatabase.Execute(_connection, "CREATE TABLE item (kind INTEGER NOT NULL, id TEXT NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID");
        _put = _connection.CreateCommand();
        _put.CommandText = "INSERT INTO item (kind, id, hash) VALUES ($kind, $id, $hash) ON CONFLICT DO UPDATE SET hash = excluded.hash";
        _put.Parameters.Add("$kind", SqliteType.Integer);
        _put.Parameters.Add("$id", SqliteType.Text);
        _put.Parameters.Add("$hash", SqliteType.Blob);
    }

    /// <summary>Remembers the items of a confirmed batch. A later batch with the same id wins.</summary>
    public void Put(BatchKey key, IReadOnlyList<(string Id, byte[] Hash)> items)
    {
        lock (_lock)
        {
            var kindKey = key with { Labels = "" };
            if (!_keys.TryGetValue(kindKey, out var kind))
                _keys[kindKey] = kind = _keys.Count;
            using var transaction = _connection.BeginTransaction();
            _put.Transaction = transaction;
            _put.Parameters[0].Value = kind;
            foreach (var (id, hash) in items)
            {
                _put.Parameters[1].Value = id;
                _put.Parameters[2].Value = hash;
                _put.ExecuteNonQuery();
            }

            transaction.Commit();
        }
    }

    /// <summary>Which of these ids are remembered.</summary>
    public HashSet<string> Find(BatchKey key, IEnumerable<string> ids)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        lock (_lock)
        {
            if (!_keys.TryGetValue(key with { Labels = "" }, out var kind))
                return found;
            using var command = _connection.CreateCommand();
            command.CommandText = "SELECT 1 FROM item WHERE kind = $kind AND id = $id";
            command.Parameters.AddWithValue("$kind", kind);
            var parameter = command.Parameters.Add("$id", SqliteType.Text);
            foreach (var id in ids)
            {
                parameter.Value = id;
                if (command.ExecuteScalar() is not null)
                    found.Add(id);
            }
        }

        return found;
    }

    /// <summary>Everything remembered, in pages of one kind.</summary>
    public IEnumerable<(BatchKey Key, IReadOnlyDictionary<string, byte[]> Items)> Pages(int size)
    {
        foreach (var (key, kind) in _keys)
        {
            var after = "";
            while (true)
            {
                var page = new Dictionary<string, byte[]>(StringComparer.Ordinal);
                lock (_lock)
                {
                    using var command = _connection.CreateCommand();
                    command.CommandText = "SELECT id, hash FROM item WHERE kind = $kind AND id > $after ORDER BY id LIMIT $size";
                    command.Parameters.AddWithValue("$kind", kind);
                    command.Parameters.AddWithValue("$after", after);
                    command.Parameters.AddWithValue("$size", size);
                    using var reader = command.ExecuteReader();
                    while (reader.Read())
                        page[after = reader.GetString(0)] = (byte[])reader[1];
                }

                if (page.Count > 0)
                    yield return (key, page);
                if (page.Count < size)
                    break;
            }
        }
    }

    public void Dispose()
    {
        _put.Dispose();
        _connection.Dispose();
        _file.Dispose();
    }
}
