using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Comparing;

/// <summary>
/// Two graph stores on this machine, opened as one database. It walks both in the order of their keys and gives only what is
/// not the same byte for byte; all else is neither read into this program nor decoded. Only reads.
/// </summary>
internal sealed class StorePair : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly string _path;

    /// <summary>Opens both.</summary>
    /// <param name="path">The graph's file.</param>
    /// <param name="referencePath">The reference's file.</param>
    /// <exception cref="MigrationException"><see cref="ErrorCode.StoreFailed"/>.</exception>
    public StorePair(string path, string referencePath)
    {
        _path = path;
        SqliteConnection? connection = null;
        try
        {
            connection = LocalDatabase.OpenToRead(path, "PRAGMA cache_size=-32000;", referencePath);
            using var attach = connection.CreateCommand();
            attach.CommandText = "ATTACH DATABASE $path AS reference";
            attach.Parameters.AddWithValue("$path", referencePath);
            attach.ExecuteNonQuery();
            _connection = connection;
        }
        catch (SqliteException e)
        {
            connection?.Dispose();
            throw GraphStoreError.From(e, path);
        }
    }

    /// <summary>How many items the graph has of a type.</summary>
    public long Count(bool isNode, string type) => Rows(
        $"SELECT COUNT(*) FROM main.{Table(isNode)} WHERE type = $type", type, null, r => r.GetInt64(0)).Single();

    /// <summary>The ids of the graph's items that are not the same in the reference, in their order, each with whether the reference has it at all.</summary>
    /// <param name="isNode">Whether nodes are wanted.</param>
    /// <param name="type">Their type.</param>
    /// <param name="isInReference">Whether the type belongs to the reference; all is extra where it does not.</param>
    public IEnumerable<(string Id, bool IsKnown)> NotTheSame(bool isNode, string type, bool isInReference)
    {
        // The types of the ends are no part of what is compared.
        var content = isNode ? "a.labels IS NOT b.labels" : "a.from_id <> b.from_id OR a.to_id <> b.to_id";
        return Rows(
            $"""
            SELECT a.id, b.id IS NOT NULL FROM main.{Table(isNode)} a LEFT JOIN reference.{Table(isNode)} b ON b.type = $other AND b.id = a.id
            WHERE a.type = $type AND (b.id IS NULL OR a.properties <> b.properties OR {content}) ORDER BY a.id
            """,
            type, isInReference ? type : null, r => (r.GetString(0), r.GetBoolean(1)));
    }

    /// <summary>The ids of the reference's items that the graph does not have, in their order.</summary>
    public IEnumerable<string> Missing(bool isNode, string type) => Rows(
        $"""
        SELECT b.id FROM reference.{Table(isNode)} b WHERE b.type = $type
        AND NOT EXISTS (SELECT 1 FROM main.{Table(isNode)} a WHERE a.type = b.type AND a.id = b.id) ORDER BY b.id
        """,
        type, null, r => r.GetString(0));

    public void Dispose() => _connection.Dispose();

    private static string Table(bool isNode) => isNode ? "node" : "relationship";

    private IEnumerable<T> Rows<T>(string sql, string type, string? other, Func<SqliteDataReader, T> read)
    {
        using var command = _connection.CreateCommand();
#pragma warning disable CA2100 // The texts stand above; values are parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Parameters.AddWithValue("$type", type);
        command.Parameters.AddWithValue("$other", (object?)other ?? DBNull.Value);
        SqliteDataReader? reader = null;
        try
        {
            while (true)
            {
                T row;
                try
                {
                    reader ??= command.ExecuteReader();
                    if (!reader.Read())
                        yield break;
                    row = read(reader);
                }
                catch (SqliteException e)
                {
                    throw GraphStoreError.From(e, _path);
                }

                yield return row;
            }
        }
        finally
        {
            reader?.Dispose();
        }
    }
}
