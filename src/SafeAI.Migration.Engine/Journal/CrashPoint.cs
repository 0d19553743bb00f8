using System.Diagnostics;
using System.Globalization;

namespace SafeAI.Migration.Engine.Journal;

/// <summary>
/// Named places at which a test ends this process as a power cut would: at once, nothing is flushed, nothing finishes.
/// Without the environment variable <c>SAFEAI_MIGRATION_CRASH_AT</c>, which names a place and how often it is passed before
/// (<c>sent.before:3</c>), a place does nothing.
/// </summary>
internal static class CrashPoint
{
    private static readonly (string? Name, int Count) s_target = Parse(Environment.GetEnvironmentVariable("SAFEAI_MIGRATION_CRASH_AT"));
    private static int s_passed;

    /// <summary>All places, for tests that go through every one.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "read.batch", "batch.before", "sent.before", "sent.after", "request.started", "answer.after", "outcome.after", "journal.commit", "audit.before", "audit.after",
        "checkpoint.before", "checkpoint.spooled", "checkpoint.after", "phase.relationships", "phase.verify", "verify.page", "end.before", "end.after",
    ];

    /// <summary>All places at which a run is put back.</summary>
    public static IReadOnlyList<string> Undoing { get; } =
        ["undo.planned", "undo.deleted", "undo.restored", "undo.confirmed", "undo.verify", "undo.end"];

    /// <summary>Passes a place.</summary>
    public static void Hit(string name)
    {
        if (s_target.Name is null || s_target.Name != name || Interlocked.Increment(ref s_passed) != s_target.Count)
            return;
        using var self = Process.GetCurrentProcess();
        self.Kill();

        // The signal may take a moment; nothing may happen in it.
        Thread.Sleep(Timeout.Infinite);
    }

    private static (string?, int) Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return (null, 0);
        var colon = text.LastIndexOf(':');
        return colon > 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? (text[..colon], count)
            : (text, 1);
    }
}
