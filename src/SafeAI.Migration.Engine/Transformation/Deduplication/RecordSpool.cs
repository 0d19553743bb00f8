using System.Globalization;
using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>Holds records in a temporary file; of several with one key the last stays.</summary>
internal sealed class RecordSpool : IDisposable
{
    private readonly List<RecordSchema> _schemas = [];
    private readonly List<RecordSource> _sources = [];
    private TemporaryFile? _file;
    private SqliteConnection? _connection;
    private SqliteCommand? _delete;
    private SqliteCommand? _insert;

    /// <summary>Adds a record.</summary>
    /// <returns>Where the earlier one was read whose place it took; null where there was none.</returns>
    public RecordPosition? Add(UInt128? key, Record record)
    {
        Open();
        var position = record.GetPosition();
        RecordPosition? superseded = null;
        object id = DBNull.Value;
        if (key is { } known)
        {
            id = known.ToString(CultureInfo.InvariantCulture);
            _delete!.Parameters[0].Value = id;
            using var earlier = _delete.ExecuteReader();
            if (earlier.Read())
                superseded = new RecordPosition(_sources[earlier.GetInt32(0)].Name, earlier.GetInt64(1), earlier.GetInt64(2));
        }

        var values = new object?[record.GetSchema().Fields.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = record.GetValue(i);
        var parameters = _insert!.Parameters;
        parameters[0].Value = id;
        parameters[1].Value = IndexOf(_schemas, record.GetSchema());
        parameters[2].Value = IndexOf(_sources, record.GetSource());
        parameters[3].Value = position.Ordinal;
        parameters[4].Value = position.Line;
        parameters[5].Value = ValueCodec.Encode(values);
        _insert.ExecuteNonQuery();
        return superseded;
    }

    public IEnumerable<Record> Drain()
    {
        if (_connection is null)
            yield break;
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT schema, source, ordinal, line, data FROM records ORDER BY sequence";
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            yield return _schemas[reader.GetInt32(0)].CreateRecord(
                ValueCodec.Decode((byte[])reader.GetValue(4)), _sources[reader.GetInt32(1)], reader.GetInt64(2), reader.GetInt64(3));
        }
    }

    public void Dispose()
    {
        _delete?.Dispose();
        _insert?.Dispose();
        _connection?.Dispose();
        _connection = null;
        _file?.Dispose();
    }

    private void Open()
    {
        if (_connection is not null)
            return;
        _file = new TemporaryFile("records");
        _connection = LocalDatabase.Open(_file.Path, "PRAGMA journal_mode=OFF;PRAGMA synchronous=OFF;PRAGMA cache_size=-16384;PRAGMA locking_mode=EXCLUSIVE;");
        LocalDatabase.Execute(_connection,
            "CREATE TABLE records (sequence INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT, schema INTEGER, source INTEGER, ordinal INTEGER, line INTEGER, data BLOB); CREATE UNIQUE INDEX by_key ON records (key); BEGIN");
        _delete = _connection.CreateCommand();
        _delete.CommandText = "DELETE FROM records WHERE key = $key RETURNING source, ordinal, line";
        _delete.Parameters.AddWithValue("$key", "");
        _insert = _connection.CreateCommand();
        _insert.CommandText = "INSERT INTO records (key, schema, source, ordinal, line, data) VALUES ($key, $schema, $source, $ordinal, $line, $data)";
        foreach (var name in new[] { "$key", "$schema", "$source", "$ordinal", "$line", "$data" })
            _insert.Parameters.AddWithValue(name, DBNull.Value);
    }

    private static int IndexOf<T>(List<T> list, T item)
        where T : class
    {
        var index = list.FindLastIndex(i => ReferenceEquals(i, item));
        if (index >= 0)
            return index;
        list.Add(item);
        return list.Count - 1;
    }
}
