using System.Globalization;

namespace SafeAI.Migration.TestKit.Postgres;

/// <summary>The tables of <c>pgbench</c>: accounts, tellers, branches and a history, with their foreign keys.</summary>
public static class PgBench
{
    /// <summary>Accounts per unit of scale.</summary>
    public const int AccountsPerScale = 100_000;

    /// <summary>Fills a database: 100,000 accounts, 10 tellers and 1 branch per unit of scale, with foreign keys.</summary>
    public static Task InitializeAsync(PostgresDatabase database, int scale = 1)
    {
        ArgumentNullException.ThrowIfNull(database);
        return database.RunAsync("pgbench", "-i", "-q", "-s", scale.ToString(CultureInfo.InvariantCulture), "--foreign-keys");
    }
}
