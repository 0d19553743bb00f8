using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Databases;
using SafeAI.Migration.TestKit.Postgres;

namespace SafeAI.Migration.Integration.Tests.Extraction.Databases;

/// <summary>One database for a test class.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    public PostgresDatabase Database { get; private set; } = null!;

    public async Task InitializeAsync() => Database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();

    public Task DisposeAsync() => Database.DisposeAsync().AsTask();

    public Task<PostgreSqlSource> OpenTableAsync(string table) =>
        PostgreSqlSource.OpenAsync(new() { ConnectionString = Database.ConnectionString, Table = table });

    public Task<PostgreSqlSource> OpenQueryAsync(string query) =>
        PostgreSqlSource.OpenAsync(new() { ConnectionString = Database.ConnectionString, Query = query });
}

internal static class SourceReading
{
    /// <summary>Reads all records; fails on a reject.</summary>
    public static async Task<List<Record>> ReadAllAsync(this IRecordSource source)
    {
        var records = new List<Record>();
        await foreach (var batch in source.ReadAsync())
        {
            Assert.Empty(batch.Rejects);
            records.AddRange(batch.Records);
        }

        return records;
    }

    /// <summary>The value of a field by its name.</summary>
    public static object? Get(this Record record, string field) => record.GetValue(record.GetSchema().IndexOf(field));
}
