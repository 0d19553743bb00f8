using System.Text.Json;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Audit;

/// <summary>
/// The last event of a trail, kept in a file beside the journal, so that a trail whose end was cut off shows. It is
/// written after the event is on disk, and may therefore stay behind when a process dies, or when two write at one moment.
/// </summary>
internal sealed record AuditHead(long Number, string Hash)
{
    private static readonly object s_keeping = new();

    /// <summary>The file of a journal's head.</summary>
    public static string PathFor(string journalPath) => journalPath + ".head";

    /// <summary>What the file says; null where there is none, or it says nothing.</summary>
    public static AuditHead? Read(string journalPath)
    {
        try
        {
            return File.Exists(PathFor(journalPath)) ? JsonSerializer.Deserialize<AuditHead>(File.ReadAllText(PathFor(journalPath))) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Keeps this head, unless a later one is kept already. Several threads may do so at once.</summary>
    public void Keep(string journalPath)
    {
        // Several runs of one process may share a journal.
        lock (s_keeping)
        {
            if (Read(journalPath) is { } kept && kept.Number > Number)
                return;
            var path = PathFor(journalPath);
            var next = $"{path}.{Environment.ProcessId}.tmp";
            PrivateFile.Create(next);
            File.WriteAllText(next, JsonSerializer.Serialize(this));
            File.Move(next, path, overwrite: true);
        }
    }
}
