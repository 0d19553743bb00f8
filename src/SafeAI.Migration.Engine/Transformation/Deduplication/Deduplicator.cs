using System.Buffers.Binary;
using System.Globalization;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>What becomes of a record that was held against those before it.</summary>
internal enum Verdict
{
    Take,
    Skip,
    HeldBack,
    Supersedes,
    Failed,
}

/// <summary>Remembers the keys of all records of a run, at any number, and finds those that come again.</summary>
internal sealed class Deduplicator(DeduplicationMapping mapping, int memoryLimit) : IDisposable
{
    private readonly KeyTable _keys = new(memoryLimit);
    private readonly RecordSpool _spool = new();
    private readonly List<RecordSource> _sources = [];

    public DeduplicationMapping Mapping => mapping;

    /// <summary>Whether records are held back.</summary>
    public bool HoldsBack => mapping.Keep == KeepPolicy.Last;

    public Verdict Judge(ValueProgram[] key, RuleCounter counter, Evaluation evaluation)
    {
        var texts = new string[key.Length];
        for (var i = 0; i < key.Length; i++)
        {
            var value = key[i].Run(evaluation);
            if (evaluation.Failed)
                return Verdict.Failed;
            texts[i] = GraphText.Format(value);
            if (texts[i].Length == 0)
                return HoldsBack ? HoldBack(null, evaluation.Record) : Verdict.Take;
        }

        var id = KeyTable.KeyOf(texts);
        if (HoldsBack)
        {
            var verdict = HoldBack(id, evaluation.Record);
            if (verdict == Verdict.Supersedes)
                counter.NoteDropped();
            else
                counter.NoteSeen();
            return verdict;
        }

        if (_keys.GetOrAdd(id, Place(evaluation.Record)) is not { } first)
        {
            counter.NoteSeen();
            return Verdict.Take;
        }

        if (mapping.Keep == KeepPolicy.First)
        {
            counter.NoteDropped();
            return Verdict.Skip;
        }

        var shown = Array.Exists(key, k => k.IsPrivate) ? "The private key" : $"The key '{string.Join(", ", texts)}'";
        evaluation.Fail(ErrorCode.DuplicateKey, $"{shown} of {string.Join(", ", mapping.Key)} occurred already at {Place(first)}.", Array.Exists(key, k => k.IsPrivate) ? null : string.Join(", ", texts));
        counter.NoteReject(null, evaluation);
        evaluation.Blame(mapping.Path, string.Join(", ", mapping.Key));
        return Verdict.Failed;
    }

    /// <summary>The records that were held back, in the order in which they came, without those that came again.</summary>
    public IEnumerable<Record> TakeHeldBack() => _spool.Drain();

    public void Dispose()
    {
        _keys.Dispose();
        _spool.Dispose();
    }

    private Verdict HoldBack(UInt128? key, Record record) =>
        _spool.Add(key, record) ? Verdict.Supersedes : Verdict.HeldBack;

    private byte[] Place(Record record)
    {
        var source = _sources.IndexOf(record.GetSource());
        if (source < 0)
        {
            source = _sources.Count;
            _sources.Add(record.GetSource());
        }

        var position = record.GetPosition();
        var bytes = new byte[20];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, source);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(4), position.Ordinal);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(12), position.Line);
        return bytes;
    }

    private string Place(byte[] bytes) => new RecordPosition(
        _sources[BinaryPrimitives.ReadInt32LittleEndian(bytes)].Name,
        BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(4)),
        BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(12))).ToString();
}

/// <summary>Holds records in a temporary file; of several with one key the last stays.</summary>
internal sealed class RecordSpool : IDisposable
{
    private readonly List<RecordSchema> _schemas = [];
    private readonly List<RecordSource> _sources = [];
    private Loading.TemporaryFile? _file;
    private Microsoft.Data.Sqlite.SqliteConnection? _connection;
    private Microsoft.Data.Sqlite.SqliteCommand? _delete;
    private Microsoft.Data.Sqlite.SqliteCommand? _insert;

    /// <summary>Adds a record.</summary>
    /// <returns>Whether it took the place of an earlier one.</returns>
    public bool Add(UInt128? key, Record record)
    {
        Open();
        var position = record.GetPosition();
        var supersedes = false;
        object id = DBNull.Value;
        if (key is { } known)
        {
            id = known.ToString(CultureInfo.InvariantCulture);
            _delete!.Parameters[0].Value = id;
            supersedes = _delete.ExecuteNonQuery() > 0;
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
        return supersedes;
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
        _file = new Loading.TemporaryFile("records");
        _connection = Loading.LocalDatabase.Open(_file.Path, "PRAGMA journal_mode=OFF;PRAGMA synchronous=OFF;PRAGMA cache_size=-16384;PRAGMA locking_mode=EXCLUSIVE;");
        Loading.LocalDatabase.Execute(_connection,
            "CREATE TABLE records (sequence INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT, schema INTEGER, source INTEGER, ordinal INTEGER, line INTEGER, data BLOB); CREATE UNIQUE INDEX by_key ON records (key); BEGIN");
        _delete = _connection.CreateCommand();
        _delete.CommandText = "DELETE FROM records WHERE key = $key";
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
