using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Audit;

/// <summary>
/// The last event of a trail, kept in a file beside the journal, so that a trail whose end was cut off shows. It is never
/// ahead of the trail, and behind it only where a process died between the event and the file, until the journal is opened
/// again. Once the trail is not the one that the file knows, the file stays as it is, so that this goes on showing.
/// </summary>
internal sealed record AuditHead(long Number, string Hash)
{
    /// <summary>The file of a journal's head.</summary>
    public static string PathFor(string journalPath) => journalPath + ".head";

    /// <summary>What the file says; null where there is none, or it says nothing.</summary>
    public static AuditHead? Read(string journalPath)
    {
        try
        {
            var head = File.Exists(PathFor(journalPath)) ? JsonSerializer.Deserialize(File.ReadAllText(PathFor(journalPath)), AuditHeadJson.Default.AuditHead) : null;
            return head is { Number: 0, Hash: "" } or { Number: > 0, Hash.Length: 64 } ? head : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Brings the file up to the last event on disk. Several processes may do so at once.</summary>
    /// <param name="connection">The journal, outside of a transaction.</param>
    /// <param name="journalPath">The journal's file.</param>
    public static void Advance(SqliteConnection connection, string journalPath)
    {
        if (Next(connection, journalPath) is null)
            return;
        try
        {
            // What is the last event, and what the file says of it, must not change in between.
            LocalDatabase.Execute(connection, "BEGIN IMMEDIATE");
        }
        catch (SqliteException e) when (e.SqliteErrorCode is 5 or 6)
        {
            // Somebody writes for long; whoever comes next brings the file up to date.
            return;
        }

        try
        {
            Next(connection, journalPath)?.Write(journalPath);
        }
        finally
        {
            LocalDatabase.Execute(connection, "ROLLBACK");
        }
    }

    /// <summary>Writes the file, as a whole or not at all.</summary>
    public void Write(string journalPath)
    {
        var path = PathFor(journalPath);
        var next = path + ".tmp";
        PrivateFile.Create(next);
        File.WriteAllText(next, JsonSerializer.Serialize(this, AuditHeadJson.Default.AuditHead));
        File.Move(next, path, overwrite: true);
    }

    // What the file is to say; null where it says so already, or must not be touched.
    private static AuditHead? Next(SqliteConnection connection, string journalPath)
    {
        var last = Row(connection, "SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1", 0) ?? new AuditHead(0, "");
        if (!File.Exists(PathFor(journalPath)))
            return last.Number == 0 ? last : null;
        if (Read(journalPath) is not { } kept || kept.Number >= last.Number)
            return null;
        return kept.Number == 0 || Row(connection, "SELECT number, hash FROM audit WHERE number = $number", kept.Number)?.Hash == kept.Hash ? last : null;
    }

    private static AuditHead? Row(SqliteConnection connection, string sql, long number)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The texts stand above.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Parameters.AddWithValue("$number", number);
        using var reader = command.ExecuteReader();
        return reader.Read() ? new AuditHead(reader.GetInt64(0), reader.GetString(1)) : null;
    }
}

/// <summary>The form of the file.</summary>
[JsonSerializable(typeof(AuditHead))]
internal sealed partial class AuditHeadJson : JsonSerializerContext;
