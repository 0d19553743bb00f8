using System.Text.Json;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Audit;

/// <summary>
/// The last event of a trail, kept in a file beside the journal, so that a trail whose end was cut off shows. It is
/// written after the event is on disk, and may therefore stay one behind when a process dies.
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
            return File.Exists(PathFor(journalPath)) ? JsonSerializer.Deserialize<AuditHead>(File.ReadAllText(PathFor(journalPath))) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Keeps this head, unless a later one is kept already.</summary>
    public void Keep(string journalPath)
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
