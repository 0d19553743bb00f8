using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.Journal;

namespace SafeAI.Migration.Engine.Audit;

/// <summary>
/// The audit trail in a journal: events that are only ever added, each with the hash of the one before. The text over
/// which the hash goes is kept as it was hashed.
/// </summary>
public static class AuditTrail
{
    /// <summary>The environment variable with the key that events are signed with; without it, they are not signed.</summary>
    public const string KeyVariable = "SAFEAI_AUDIT_KEY";

    private static readonly string s_version = typeof(AuditTrail).Assembly.GetName().Version?.ToString(3) ?? "";

    /// <summary>The events, in their order.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="migrationId">Only those of this run; the id may end in an asterisk. Null for all.</param>
    /// <param name="actions">Only these actions; null or empty for all.</param>
    /// <param name="since">Only those of this moment or later; null for all.</param>
    /// <param name="until">Only those before this moment; null for all.</param>
    /// <param name="isActor">Tells of an actor's id whether its events are wanted; null for all.</param>
    public static IEnumerable<AuditEvent> Events(
        JournalFile journal, string? migrationId = null, IReadOnlyCollection<AuditActionType>? actions = null, DateTimeOffset? since = null, DateTimeOffset? until = null,
        Func<string, bool>? isActor = null)
    {
        ArgumentNullException.ThrowIfNull(journal);
        var isPrefix = migrationId?.EndsWith('*') == true;
        return Rows(journal)
            .Select(r => r.ToEvent())
            .Where(e => (migrationId is null || (isPrefix ? e.MigrationId?.StartsWith(migrationId[..^1], StringComparison.Ordinal) == true : e.MigrationId == migrationId))
                && (actions is null || actions.Count == 0 || actions.Contains(e.Action.Type))
                && (since is null || e.Time >= since) && (until is null || e.Time < until)
                && (isActor is null || isActor(e.Actor.Id)));
    }

    /// <summary>Adds an event in the transaction that is open on the connection.</summary>
    internal static void Append(SqliteConnection connection, AuditEntry entry)
    {
        using var last = connection.CreateCommand();
        last.CommandText = "SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1";
        var (number, previous) = (1L, "");
        using (var reader = last.ExecuteReader())
        {
            if (reader.Read())
                (number, previous) = (reader.GetInt64(0) + 1, reader.GetString(1));
        }

        using var self = System.Diagnostics.Process.GetCurrentProcess();
        var text = Serialize(new AuditEvent
        {
            Number = number,
            Time = DateTimeOffset.UtcNow,
            MigrationId = entry.MigrationId,
            Actor = new AuditActor(
                string.IsNullOrEmpty(Environment.UserDomainName) || Environment.UserDomainName == Environment.MachineName
                    ? Environment.UserName
                    : $"{Environment.UserDomainName}\\{Environment.UserName}",
                "user"),
            Action = new AuditAction(entry.Action, entry.Target, entry.Details),
            Context = new AuditContext(
                Environment.MachineName, string.Create(CultureInfo.InvariantCulture, $"{self.ProcessName} {self.Id}"),
                $"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}"),
            Metadata = new AuditMetadata(s_version, "", previous, null) { Batches = entry.Batches },
        });
        var hash = HashOf(text);
        using var insert = connection.CreateCommand();
        insert.CommandText = "INSERT INTO audit (number, data, hash, signature) VALUES ($number, $data, $hash, $signature)";
        insert.Parameters.AddWithValue("$number", number);
        insert.Parameters.AddWithValue("$data", text);
        insert.Parameters.AddWithValue("$hash", hash);
        insert.Parameters.AddWithValue(
            "$signature", Environment.GetEnvironmentVariable(KeyVariable) is { Length: > 0 } key ? Sign(hash, key) : DBNull.Value);
        insert.ExecuteNonQuery();
    }

    internal static IEnumerable<AuditRow> Rows(JournalFile journal) => journal.Stream(
        "SELECT number, data, hash, signature FROM audit ORDER BY number",
        r => new AuditRow(r.GetInt64(0), r.GetString(1), r.GetString(2), r.IsDBNull(3) ? null : r.GetString(3)));

    internal static string HashOf(string text) => Hex(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    internal static string Sign(string hash, string key) =>
        Hex(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(hash)));

#pragma warning disable CA1308 // Digits, as other programs write hashes.
    private static string Hex(byte[] bytes) => Convert.ToHexString(bytes).ToLowerInvariant();
#pragma warning restore CA1308

    // A list of values in a fixed order: there is one way only to write it. What few events have comes last, and is left out of the others.
    private static string Serialize(AuditEvent e)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(text))
        {
            writer.WriteStartArray();
            writer.WriteNumberValue(e.Number);
            string?[] values =
            [
                JournalFile.Text(e.Time), e.MigrationId, e.Actor.Id, e.Actor.Type, e.Action.Type.ToString(), e.Action.Target, e.Action.Details,
                e.Context.Location, e.Context.Session, e.Context.System, e.Metadata.Version, e.Metadata.PreviousHash,
            ];
            foreach (var value in values)
                writer.WriteStringValue(value);
            if (e.Metadata.Batches is { } batches)
                writer.WriteNumberValue(batches);
            writer.WriteEndArray();
        }

        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}

/// <summary>What is to be entered.</summary>
/// <param name="Action">What was done.</param>
/// <param name="MigrationId">The run concerned, or null.</param>
/// <param name="Target">What it was done to, without any secret.</param>
/// <param name="Details">More about it.</param>
/// <param name="Batches">How many batches the journal has of a load that ends; null for all else.</param>
internal sealed record AuditEntry(AuditActionType Action, string? MigrationId, string Target, string Details, long? Batches = null);

/// <summary>An event as it stands in the journal.</summary>
internal sealed record AuditRow(long Number, string Data, string Hash, string? Signature)
{
    /// <summary>The event.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.JournalFailed"/>: it is not what an event looks like.</exception>
    public AuditEvent ToEvent()
    {
        try
        {
            using var document = JsonDocument.Parse(Data);
            string[] values = [.. document.RootElement.EnumerateArray().Select(v => v.ToString())];
            return new AuditEvent
            {
                Number = long.Parse(values[0], CultureInfo.InvariantCulture),
                Time = DateTimeOffset.Parse(values[1], CultureInfo.InvariantCulture),
                MigrationId = document.RootElement[2].GetString(),
                Actor = new AuditActor(values[3], values[4]),
                Action = new AuditAction(Enum.Parse<AuditActionType>(values[5]), values[6], values[7]),
                Context = new AuditContext(values[8], values[9], values[10]),
                Metadata = new AuditMetadata(values[11], Hash, values[12], Signature) { Batches = values.Length > 13 ? document.RootElement[13].GetInt64() : null },
            };
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException or IndexOutOfRangeException or InvalidOperationException)
        {
            throw new MigrationException(
                ErrorCode.JournalFailed, $"The event {Number} of the audit trail is not readable.", "See Test-MigrationAudit for what is wrong with the trail.", e);
        }
    }
}
