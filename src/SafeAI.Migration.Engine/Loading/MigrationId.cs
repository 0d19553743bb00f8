using System.Globalization;
using System.Security.Cryptography;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>Ids of runs: the time of the start in UTC and a random part, so that they sort by time and never meet.</summary>
public static class MigrationId
{
    /// <summary>A new id, for instance <c>20260131-094502-8c1f03ab</c>.</summary>
    public static string Create(TimeProvider? clock = null) =>
        (clock ?? TimeProvider.System).GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)
        + "-" + Convert.ToHexString(RandomNumberGenerator.GetBytes(4)).ToLowerInvariant();
}
