using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>
/// Bytes by key: in memory while there are few, in a temporary SQLite file of bounded cache beyond that. Keys are kept
/// as 128 bits of their SHA-256, which no two keys share by chance.
/// </summary>
internal sealed class KeyTable(int memoryLimit) : IDisposable
{
    /// <summary>How many keys are held in memory unless told otherwise.</summary>
    public const int DefaultMemoryLimit = 200_000;

    private Dictionary<UInt128, byte[]>? _memory = [];
    private TemporaryFile? _file;
    private SqliteConnection? _connection;
    private SqliteCommand? _insert;
    private SqliteCommand? _replace;
    private SqliteCommand? _find;

    public long Count { get; private set; }

    /// <summary>A key of several texts that no other texts make.</summary>
    public static UInt128 KeyOf(ReadOnlySpan<string> texts)
    {
        Span<byte> hash = stackalloc byte[32];
        if (texts.Length == 1)
        {
            SHA256.HashData(MemoryMarshal.AsBytes(texts[0].AsSpan()), hash);
            return MemoryMarshal.Read<UInt128>(hash);
        }

        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var text in texts)
        {
            var length = text.Length;
            sha.AppendData(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in length)));
            sha.AppendData(MemoryMarshal.AsBytes(text.AsSpan()));
        }

        sha.GetHashAndReset(hash);
        return MemoryMarshal.Read<UInt128>(hash);
    }

    /// <summary>Adds a key, or finds what is there.</summary>
    /// <returns>Null where it was added; else what was there.</returns>
    public byte[]? GetOrAdd(UInt128 key, byte[] value)
    {
        if (_memory is { } memory)
        {
            ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(memory, key, out var exists);
            if (exists)
                return place;
            place = value;
            Count++;
            SpillWhereMany();
            return null;
        }

        Bind(_insert!, key, value);
        if (_insert!.ExecuteNonQuery() == 0)
            return Find(key);
        Count++;
        return null;
    }

    /// <summary>Adds a key or replaces what is there.</summary>
    public void Set(UInt128 key, byte[] value)
    {
        if (_memory is { } memory)
        {
            ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(memory, key, out var exists);
            place = value;
            Count += exists ? 0 : 1;
            SpillWhereMany();
            return;
        }

        Bind(_replace!, key, value);
        _replace!.ExecuteNonQuery();
    }

    public byte[]? Find(UInt128 key)
    {
        if (_memory is { } memory)
            return memory.GetValueOrDefault(key);
        _find!.Parameters[0].Value = Bytes(key);
        return (byte[]?)_find.ExecuteScalar();
    }

    public void Dispose()
    {
        _insert?.Dispose();
        _replace?.Dispose();
        _find?.Dispose();
        _connection?.Dispose();
        _file?.Dispose();
        _memory = null;
    }

    private void SpillWhereMany()
    {
        if (_memory!.Count <= memoryLimit)
            return;
        _file = new TemporaryFile("keys");

        // The file lives as long as this process at most, so nothing is kept safe against a crash.
        _connection = LocalDatabase.Open(_file.Path, "PRAGMA journal_mode=OFF;PRAGMA synchronous=OFF;PRAGMA cache_size=-16384;PRAGMA locking_mode=EXCLUSIVE;");
        LocalDatabase.Execute(_connection, "CREATE TABLE keys (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID; BEGIN");
        _insert = Prepare("INSERT OR IGNORE INTO keys VALUES ($key, $value)", withValue: true);
        _replace = Prepare("INSERT OR REPLACE INTO keys VALUES ($key, $value)", withValue: true);
        _find = Prepare("SELECT value FROM keys WHERE key = $key", withValue: false);
        foreach (var (key, value) in _memory.OrderBy(p => p.Key, Comparer<UInt128>.Create((a, b) => Bytes(a).AsSpan().SequenceCompareTo(Bytes(b)))))
        {
            Bind(_insert, key, value);
            _insert.ExecuteNonQuery();
        }

        _memory = null;
    }

    private SqliteCommand Prepare(string sql, bool withValue)
    {
        var command = _connection!.CreateCommand();
#pragma warning disable CA2100 // Every text comes from this class.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Parameters.Add("$key", SqliteType.Blob);
        if (withValue)
            command.Parameters.Add("$value", SqliteType.Blob);
        return command;
    }

    private static void Bind(SqliteCommand command, UInt128 key, byte[] value)
    {
        command.Parameters[0].Value = Bytes(key);
        command.Parameters[1].Value = value;
    }

    private static byte[] Bytes(UInt128 key)
    {
        var bytes = new byte[16];
        MemoryMarshal.Write(bytes, in key);
        return bytes;
    }
}
