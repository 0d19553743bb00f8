using System.Diagnostics;
using Npgsql;
using SafeAI.Migration.Engine.Export;
using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Files;
using SafeAI.Migration.TestKit.Postgres;

namespace SafeAI.Migration.Benchmarks;

/// <summary>A CSV file into a PostgreSQL table of nine typed columns, by the engine and by psql's \copy in the same run.</summary>
internal static class ExportScenario
{
    public const string Name = "export";

    private const int Rounds = 3;
    private const string Contender = "export-table ";

    /// <summary>Whether a contender is one of this scenario's.</summary>
    public static bool Has(string contender) => contender.StartsWith(Contender, StringComparison.Ordinal);

    /// <summary>Copies a file into the table once, reading ahead on another thread as the pipeline does.</summary>
    public static async Task<long> CopyAsync(string contender, string path)
    {
        using var export = await TableExport.OpenAsync(new() { ConnectionString = contender[Contender.Length..], Table = "bench" }, r => throw new InvalidOperationException(r.ToString()));
        await using var source = FileSources.Open(new FileSourceOptions { Path = path });
        var channel = System.Threading.Channels.Channel.CreateBounded<RecordBatch>(4);
        var reading = Task.Run(async () =>
        {
            await foreach (var batch in source.ReadAsync())
                await channel.Writer.WriteAsync(batch);
            channel.Writer.Complete();
        });
        await foreach (var batch in channel.Reader.ReadAllAsync())
        {
            foreach (var record in batch.Records)
                export.Add(record);
        }

        await reading;
        return export.Complete().Written;
    }

    public static async Task RunAsync(long? asked)
    {
        var rows = asked ?? 1_000_000;
        var path = SampleData.Csv(rows);
        var server = await PostgresServer.SharedAsync();
        // The contenders' processes inherit it; a command line would show it.
        Environment.SetEnvironmentVariable("PGPASSWORD", server.Password);
        await using var database = await server.CreateDatabaseAsync("bench");
        await database.ExecuteAsync("CREATE UNLOGGED TABLE bench (id bigint, first_name text, last_name text, email text, city text, balance numeric(12,2), active bool, created_at timestamptz, note text)");
        var address = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Password = null }.ConnectionString;
        Console.WriteLine(FormattableString.Invariant($"{Name}: {rows} rows, {new FileInfo(path).Length / 1e6:F0} MB of CSV into a table, best of {Rounds}"));
        var copy = double.MaxValue;
        Measurement? engine = null;
        for (var round = 0; round < Rounds; round++)
        {
            // In turn, so that what else the machine does hits both alike.
            await database.ExecuteAsync("TRUNCATE bench");
            var clock = Stopwatch.StartNew();
            await database.RunAsync("psql", "-qXc", $@"\copy bench from '{path}' csv header");
            copy = Math.Min(copy, clock.Elapsed.TotalSeconds);
            await database.ExecuteAsync("TRUNCATE bench");
            var one = await Measurement.OfAsync(Contender + address, path);
            if (one.Rows != rows)
                throw new InvalidOperationException($"{one.Rows} of {rows} rows were written.");
            if (engine is null || one.Seconds < engine.Seconds)
                engine = one;
        }

        Console.WriteLine(FormattableString.Invariant($"  psql \\copy from CSV               {rows / copy,12:F0} rows/s"));
        Console.WriteLine(FormattableString.Invariant($"  engine, CSV to binary COPY        {rows / engine!.Seconds,12:F0} rows/s  {engine.PeakMegabytes,6:F0} MB  {engine.Seconds / copy:F2} x the time of \\copy"));
    }
}
