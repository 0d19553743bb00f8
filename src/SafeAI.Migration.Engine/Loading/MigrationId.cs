using System.Globalization;
using System.Security.Cryptography;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// Ids of runs: the time of the start in UTC, to the microsecond, and a random part, so that they sort by time and never meet.
/// </summary>
public static class MigrationId
{
    private static readonly object s_lock = new();
    private static long s_lastSecond;
    private static int s_lastMicrosecond;

    /// <summary>
    /// A new id, for instance <c>20260131-094502-8c1f03ab</c>: the second, then in hexadecimal digits five of the microsecond
    /// within it and three at random. Of two ids that one process makes in the same second the later sorts after the earlier.
    /// </summary>
    public static string Create(TimeProvider? clock = null)
    {
        var now = (clock ?? TimeProvider.System).GetUtcNow();
        var second = now.UtcTicks / TimeSpan.TicksPerSecond;
        var microsecond = (int)(now.UtcTicks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond);
        lock (s_lock)
        {
            if (second == s_lastSecond && microsecond <= s_lastMicrosecond)
                microsecond = s_lastMicrosecond + 1;
            (s_lastSecond, s_lastMicrosecond) = (second, microsecond);
        }

        return now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture) + "-"
            + microsecond.ToString("x5", CultureInfo.InvariantCulture) + RandomNumberGenerator.GetInt32(1 << 12).ToString("x3", CultureInfo.InvariantCulture);
    }
}
