using System.Diagnostics;
using System.Globalization;
using Npgsql;
using SafeAI.Migration.Engine.Extraction.Databases;
using SafeAI.Migration.TestKit.Postgres;

namespace SafeAI.Migration.Benchmarks;

/// <summary>A PostgreSQL table of nine mixed columns, read by the engine and by PostgreSQL's own client in the same run.</summary>
internal static class PostgresScenario
{
    /// <summary>The name on the command line.</summary>
    public const string Name = "postgres";

    private const long DefaultRows = 1_000_000;
    private const int Rounds = 5;
    private const string ContenderPrefix = "postgres-";

    /// <summary>Whether a contender is one of this scenario's.</summary>
    public static bool Has(string contender) => contender.StartsWith(ContenderPrefix, StringComparison.Ordinal);

    /// <summary>Reads the table once with as many readers as the contender's name says.</summary>
    public static async Task<long> ReadAsync(string contender, string connectionString)
    {
        var rows = 0L;
        await using var source = await PostgreSqlSource.OpenAsync(new()
        {
            ConnectionString = connectionString,
            Table = "bench",
            Readers = int.Parse(contender[ContenderPrefix.Length..], CultureInfo.InvariantCulture),
        });
        await foreach (var batch in source.ReadAsync())
            rows += batch.Records.Count;
        return rows;
    }

    /// <summary>Makes the tables, measures and prints.</summary>
    public static async Task RunAsync(long? asked)
    {
        var rows = asked ?? DefaultRows;
        var server = await PostgresServer.SharedAsync();
        // The contenders' processes inherit it; a command line would show it.
        Environment.SetEnvironmentVariable("PGPASSWORD", server.Password);
        await using var database = await MakeAsync(server, rows);
        await using var tenth = await MakeAsync(server, rows / 10);
        Console.WriteLine(FormattableString.Invariant($"{Name}: {rows} rows, best of {Rounds}"));
        var copy = double.MaxValue;
        Measurement? one = null, four = null, module = null, moduleFour = null, several = null, severalFour = null;
        for (var round = 0; round < Rounds; round++)
        {
            // In turn, so that what else the machine does hits all alike.
            var clock = Stopwatch.StartNew();
            await database.RunAsync("psql", "-qc", @"\copy bench to /dev/null csv");
            copy = Math.Min(copy, clock.Elapsed.TotalSeconds);
            one = Better(one, await Measurement.OfAsync("postgres-1", WithoutPassword(database)));
            four = Better(four, await Measurement.OfAsync("postgres-4", WithoutPassword(database)));
            if (await Measurement.OfModuleAsync($"Get-SourceData -ConnectionString '{WithoutPassword(database)}' -Table bench", Rounds) is { } counted)
                module = Better(module, counted);
            if (await Measurement.OfModuleAsync($"Get-SourceData -ConnectionString '{WithoutPassword(database)}' -Table bench -ReadCount 1000", Rounds) is { } arrays)
                several = Better(several, arrays);
            if (await Measurement.OfModuleAsync($"Get-SourceData -ConnectionString '{WithoutPassword(database)}' -Table bench -Unordered", Rounds) is { } countedFour)
                moduleFour = Better(moduleFour, countedFour);
            if (await Measurement.OfModuleAsync($"Get-SourceData -ConnectionString '{WithoutPassword(database)}' -Table bench -Unordered -ReadCount 1000", Rounds) is { } arraysOfFour)
                severalFour = Better(severalFour, arraysOfFour);
        }

        var small = await Measurement.OfAsync("postgres-1", WithoutPassword(tenth));
        Console.WriteLine(FormattableString.Invariant($"  psql \\copy to /dev/null, CSV       {rows / copy,12:F0} rows/s"));
        Print("engine, one reader", one!, copy);
        Print("engine, four readers", four!, copy);
        if (module is not null && moduleFour is not null && several is not null && severalFour is not null)
        {
            Print("Get-SourceData, counted", module, copy);
            Print("Get-SourceData -Unordered", moduleFour, copy);
            Print("Get-SourceData -ReadCount 1000", several, copy);
            Print("the same with -Unordered", severalFour, copy);
        }

        Console.WriteLine(FormattableString.Invariant($"  time of four readers / of one: {four!.Seconds / one!.Seconds:F2}"));
        Console.WriteLine(FormattableString.Invariant($"  peak memory, all rows / a tenth of them: {one.PeakMegabytes / small.PeakMegabytes:F2}"));
    }

    private static Measurement Better(Measurement? best, Measurement measured) => best is null || measured.Seconds < best.Seconds ? measured : best;

    private static void Print(string name, Measurement measured, double copy) => Console.WriteLine(FormattableString.Invariant(
        $"  {name,-32} {measured.Rows / measured.Seconds,12:F0} rows/s  {measured.PeakMegabytes,6:F0} MB  {measured.Seconds / copy,6:F2} x the time of \\copy"));

    /// <summary>How to connect, without the password, which processes take from their environment.</summary>
    public static string WithoutPassword(PostgresDatabase database) =>
        new NpgsqlConnectionStringBuilder(database.ConnectionString) { Password = null }.ConnectionString;

    /// <summary>A database with the table <c>bench</c>.</summary>
    public static async Task<PostgresDatabase> MakeAsync(PostgresServer server, long rows)
    {
        var database = await server.CreateDatabaseAsync("bench");
        await database.ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"""
            CREATE UNLOGGED TABLE bench (id bigint PRIMARY KEY, first_name text, email text, city varchar(60), balance numeric(12,2), visits int, active bool, created_at timestamptz, note text);
            INSERT INTO bench SELECT i, 'First' || i % 997, 'user' || i || '@example.com', (ARRAY['Łódź', 'Paris', 'New York', 'São Paulo'])[i % 4 + 1], (i::bigint * 7919 % 1000000) / 100.0, i % 1000, i % 2 = 0,
                timestamptz '2024-01-01' + i * interval '1 minute', CASE WHEN i % 10 <> 0 THEN 'a note of some length that is plain text ' || i END FROM generate_series(1, {rows}) i;
            """));
        await database.ExecuteAsync("VACUUM ANALYZE bench");
        return database;
    }
}
